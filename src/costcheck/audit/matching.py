"""How the numbers of a claim match the figures of known runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from costcheck.audit.exact import outside
from costcheck.audit.identities import identities
from costcheck.audit.priors import rules
from costcheck.audit.prose import amount
from costcheck.audit.statements import Statement
from costcheck.catalog.known_runs import KnownRun
from costcheck.quantities import CLAIMED, FLOP_PER_PARAMETER_TOKEN, SIZES, having
from costcheck.text.quantity import Quantity

Closeness = Literal["exact", "rounded", "truncated", "approximate", "mis-scoped"]
"""How a printed number renders a known one, or that a garbled one is of something else too."""


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
        return bool(self.distance < rules("matching")["contradicted"])

    @property
    def is_close(self) -> bool:
        """Whether the printed digits are the figure's: rounded, truncated or all but equal."""
        printed, known = self.printed, self.figure.value
        return agree(printed.value, known) or printed.low <= known <= printed.high

    @property
    def is_printed(self) -> bool:
        """Whether the figure, rounded or cut to the printed digits, is what is printed."""
        printed, known = self.printed, self.figure.value
        is_near = abs(math.log(printed.value / known)) < rules("matching")["printed"]
        within = printed.low <= known <= printed.high
        return is_near or within or closeness(printed, known) == "truncated"


def closeness(printed: Quantity, known: float) -> Closeness:
    """How a printed number renders a known one: exact, rounded, truncated or approximate."""
    off = abs(math.log(printed.value / known))
    if off < 1e-6:
        return "exact"
    if printed.low <= known <= printed.high:
        return "rounded"
    scale = 10.0 ** (math.floor(math.log10(known)) - printed.digits + 1)
    if math.isclose(math.floor(known / scale) * scale, printed.value, rel_tol=1e-9):
        return "truncated"
    return "rounded" if off < rules("matching")["loosely"] else "approximate"


def agree(one: float, other: float) -> bool:
    """Whether two accounts of one thing differ for no reason worth telling."""
    return bool(abs(math.log(one / other)) < rules("matching")["slack"])


def diffuse(count: int) -> float:
    """Log density of so many numbers that a known run does not cover."""
    return float(count * math.log(rules("matching")["covers_not"]))


def figure_of(run: KnownRun, field: str) -> Quantity | None:
    """What a run published of a quantity, else what its published factors make it."""
    if field == "compute" and field not in run.figures:
        on_base = {*rules("scopes")["on_base"], "with-base"}
        # Nobody knows which part of a mixture works on a token where no record says so.
        is_known = run.stage not in on_base and "active_parameters" in run.figures
        return model_compute(run.figures) if is_known else None
    published = run.figures.get(field)
    return _derived(field, run.figures) if published is None and run.is_account else published


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
    return _worked_out(value, rules("matching")["attention"], text, "flop")


def _derived(field: str, figures: Mapping[str, Quantity]) -> Quantity | None:
    """What a run's figures make of a quantity by the first product that has it and only them."""
    for target, factors, constant in _products_of(field):
        parts = [figures[name] for name in {target, *factors} - {field} if name in figures]
        if len(parts) < len(factors) or not _can_multiply(parts):
            continue
        value = math.prod(figures[name].value for name in factors if name != field) * constant
        value = value if field == target else figures[target].value / value
        told, loose = amount(value, field), math.exp(rules("matching")["slack"])
        found = _worked_out(value, loose, f"{told} (worked out)", CLAIMED[field].dimension)
        return replace(found, written=told)
    return None


@cache
def _products_of(field: str) -> tuple[tuple[str, tuple[str, ...], float], ...]:
    """The products that a quantity of a run is in, which does not count the model's work."""
    recipe = having("recipe") | SIZES | {"compute"}
    return tuple(
        (item.target, item.factors, item.constant)
        for item in identities()
        if field in {item.target, *item.factors} and recipe.isdisjoint({item.target, *item.factors})
    )


def _can_multiply(parts: Sequence[Quantity]) -> bool:
    """Whether figures are no bounds, and one of them is plainly printed."""
    kinds = {part.kind for part in parts}
    return "stated" in kinds and kinds.isdisjoint({"at_least", "at_most"})


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
    limits = rules("matching")
    own = figure.half_unit / math.sqrt(3.0) if figure.kind == "stated" else limits["loose"]
    if figure.kind == "range":
        own = math.log(figure.high / figure.low) / limits["range_width"]
    # Names round sizes as they like: Llama 3.2 1B has 1.23B parameters.
    is_plain = statement.quantity.kind == "stated" and name not in SIZES
    said = min(statement.sd, limits["widest_rounding"]) if is_plain else statement.sd
    sd = math.hypot(said, limits["slack"], min(own, limits["widest"]))
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
    limits = rules("matching")
    off = statement.log_value - math.log(figure.value)
    if figure.kind == "at_least" and off > 0.0:
        off = max(0.0, off - limits["bound_reach"])
    elif figure.kind == "at_most" and off < 0.0:
        off = min(0.0, off + limits["bound_reach"])
    distance = abs(off) / sd
    if statement.quantity.kind == "range":
        # A text that prints both ends says where the figure lies.
        ends = (statement.quantity.low, statement.quantity.high)
        edge = math.hypot(limits["slack"], limits["range_edge"])
        distance = abs(outside((figure.low, figure.high), ends)) / edge
    return distance, -0.5 * (off / sd) ** 2 - math.log(sd)


def _fit_of_bound(statement: Statement, figure: Quantity, sd: float) -> tuple[float, float]:
    """How a bound fits: it holds on its side, and is meant to be near."""
    limits, near = rules("matching"), rules("matching")["bound_near"]
    side = 1.0 if statement.quantity.kind == "at_most" else -1.0
    inside = side * (statement.log_value - math.log(figure.value))
    past = max(-inside, 0.0) / math.hypot(sd, limits["bound_edge"])
    # A bound three times off is true and says little; it is not another figure.
    distance = past + max(inside - limits["bound_far"], 0.0)
    return distance, -0.5 * distance**2 - max(inside, 0.0) / near - math.log(near)


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
            score = diffuse(len(statements) - len(fits)) + sum(fit.score for fit in fits.values())
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
    least, most = rules("matching")["digits"]
    shared = min(statement.quantity.digits, most)
    if shared < least or statement.value <= 0.0:
        return
    for run in registry:
        figure = run.figures.get(field)
        if run.subject not in subjects or figure is None or figure.value <= 0.0:
            continue
        own = run.figures.get(statement.field)
        if own is not None and agree(own.value, statement.value):
            continue  # printed as published: its digits need no other account
        power = math.log(figure.value / statement.value) / math.log(1000.0)
        moved = field != statement.field or round(power) != 0
        if moved and leading(figure.value, shared) == leading(statement.value, shared):
            yield run, shared
