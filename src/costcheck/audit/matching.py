"""How the numbers of a claim match the figures of known runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from costcheck.audit.exact import outside
from costcheck.audit.statements import Statement
from costcheck.catalog.known_runs import KnownRun
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.text.quantity import Quantity
from costcheck.units import HOURS_PER_DAY

SLACK = 0.03
"""ln by which two accounts of one run differ for no reason worth telling."""
_EDGE = 0.1
"""ln by which the ends of a printed range are off."""
DIFFUSE = -math.log(3.0)
"""ln density of a number that a known run does not cover."""
_ATTENTION = 1.15
"""How far attention and rounding carry compute from 6 x parameters x tokens."""
_ON_A_BASE = frozenset({"rl", "fine-tuning", "post-training", "with-base"})
CONTRADICTED = 2.5
"""Standard deviations past which a figure and a statement disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureMatch:
    """One statement against one known figure of the same quantity."""

    run: KnownRun
    field: str
    figure: Quantity
    printed: Quantity
    """The statement's."""
    distance: float
    """Standard deviations between them; 0 where a bound holds."""
    sd: float
    """What one of them is in ln."""
    score: float
    """ln density of the statement if it means this figure."""

    @property
    def holds(self) -> bool:
        """Whether the statement may mean the figure."""
        return self.distance < CONTRADICTED

    @property
    def is_close(self) -> bool:
        """Whether the printed digits are the figure's: rounded, truncated or all but equal."""
        printed, known = self.printed, self.figure.value
        off = abs(math.log(printed.value / known))
        return off < SLACK or printed.low <= known <= printed.high


def figure_of(run: KnownRun, field: str) -> Quantity | None:
    """What a run published of a quantity, else what its published factors make it."""
    if field == "compute" and field not in run.figures and run.stage not in _ON_A_BASE:
        return model_compute(run.figures)
    if field == "duration" and field not in run.figures and run.is_account:
        return _fleet_time(run.figures)
    return run.figures.get(field)


def model_compute(figures: Mapping[str, Quantity]) -> Quantity | None:
    """The compute of a language model, by its size and its tokens."""
    size, tokens = (
        figures.get("active_parameters", figures.get("parameters")),
        figures.get("tokens"),
    )
    if size is None or tokens is None:
        return None
    value = FLOP_PER_PARAMETER_TOKEN * size.value * tokens.value
    text = f"{value:.3g} FLOP (6 x parameters x tokens)"
    return _worked_out(value, _ATTENTION, text, "flop")


def _fleet_time(figures: Mapping[str, Quantity]) -> Quantity | None:
    """The time of a run by its GPU-hours and its GPUs."""
    work, gpus = figures.get("gpu_hours"), figures.get("gpus")
    if work is None or gpus is None or "stated" not in (gpus.kind, work.kind):
        return None
    hours = work.value / gpus.value
    text = f"{hours / HOURS_PER_DAY:.1f} days (derived)"
    return _worked_out(hours, math.exp(SLACK), text, "time")


def _worked_out(value: float, factor: float, text: str, dimension: str) -> Quantity:
    return Quantity(
        value=value,
        low=value / factor,
        high=value * factor,
        kind="approx",
        dimension=dimension,
        text=text,
        digits=2,
    )


def compare(statement: Statement, run: KnownRun, field: str | None = None) -> FigureMatch | None:
    """How a statement fits a run's figure for `field`, by default its own."""
    name = field or statement.field
    figure = figure_of(run, name)
    if figure is None or figure.value <= 0.0:
        return None
    own = max(figure.half_unit / math.sqrt(3.0), 0.0) if figure.kind == "stated" else 0.1
    if figure.kind == "range":
        own = math.log(figure.high / figure.low) / 2.6
    sd = math.hypot(math.hypot(statement.sd, SLACK), min(own, 0.3))
    fit = _fit_of_bound if statement.factor is not None else _fit
    distance, score = fit(statement, figure, sd)
    return FigureMatch(
        run=run,
        field=name,
        figure=figure,
        printed=statement.quantity,
        distance=distance,
        sd=sd,
        score=score,
    )


def _fit(statement: Statement, figure: Quantity, sd: float) -> tuple[float, float]:
    """Standard deviations between a number and a figure, and the ln density of the number."""
    off = statement.log_value - math.log(figure.value)
    if figure.kind == "at_least" and off > 0.0:
        off = max(0.0, off - 1.0)
    elif figure.kind == "at_most" and off < 0.0:
        off = min(0.0, off + 1.0)
    distance = abs(off) / sd
    if statement.quantity.kind == "range":
        # A text that prints both ends says where the figure lies.
        ends = (statement.quantity.low, statement.quantity.high)
        distance = abs(outside((figure.low, figure.high), ends)) / math.hypot(SLACK, _EDGE)
    return distance, -0.5 * (off / sd) ** 2 - math.log(sd)


def _fit_of_bound(statement: Statement, figure: Quantity, sd: float) -> tuple[float, float]:
    """How a bound fits: it holds on its side, and is meant to be near."""
    side = 1.0 if statement.quantity.kind == "at_most" else -1.0
    inside = side * (statement.log_value - math.log(figure.value))
    past = max(-inside, 0.0) / math.hypot(sd, 0.05)
    # A bound three times off is true and says little; it is not another figure.
    distance = past + max(inside - 1.5, 0.0)
    return distance, -0.5 * distance**2 - max(inside, 0.0) / 0.3 - math.log(0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMatch:
    """All statements of a claim against one run."""

    run: KnownRun
    score: float
    """ln likelihood, uncovered numbers diffuse."""
    matched: tuple[int, ...]


def rank(statements: Sequence[Statement], registry: Iterable[KnownRun]) -> list[RunMatch]:
    """The runs that cover any of the statements, best first."""
    found = []
    for run in registry:
        fits = {i: fit for i, item in enumerate(statements) if (fit := compare(item, run))}
        if fits:
            unknown = DIFFUSE * (len(statements) - len(fits))
            score = unknown + sum(fit.score for fit in fits.values())
            matched = tuple(i for i, fit in fits.items() if fit.holds)
            found.append(RunMatch(run=run, score=score, matched=matched))
    return sorted(found, key=lambda match: (-match.score, match.run.id))


def significant_digits(value: float) -> int:
    """How many digits of a value are not zeros at its end: 200,000 has one."""
    return len(f"{value:.6e}".partition("e")[0].replace(".", "").rstrip("0"))


def leading(value: float, count: int) -> str:
    """The first significant digits of a value."""
    return f"{value:.{count - 1}e}".partition("e")[0]


def digits_found(
    statement: Statement, field: str, registry: Iterable[KnownRun], subjects: frozenset[str]
) -> Iterator[tuple[KnownRun, int]]:
    """Yield known figures for `field` that show the statement's digits at another power of 1000.

    Only runs of these subjects are tried: the more figures one tries, the less a match means.
    """
    digits = max(statement.quantity.digits, 1)
    if digits < 3 or statement.value <= 0.0:
        return
    for run in registry:
        figure = run.figures.get(field)
        if run.subject not in subjects or figure is None or figure.value <= 0.0:
            continue
        own = run.figures.get(statement.field)
        if own is not None and abs(math.log(own.value / statement.value)) < SLACK:
            continue  # printed as published: its digits need no other account
        shared = min(digits, 4)
        power = math.log(figure.value / statement.value) / math.log(1000.0)
        moved = field != statement.field or round(power) != 0
        if moved and leading(figure.value, shared) == leading(statement.value, shared):
            yield run, shared
