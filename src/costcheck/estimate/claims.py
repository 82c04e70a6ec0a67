"""Compare public statements with the estimate by their written precision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from costcheck import units
from costcheck.estimate.result import CLAIM_VERDICTS, ClaimedNumber, ClaimVerdict, Figure
from costcheck.quantities import CLAIMED, Definition
from costcheck.scenario.claim import Claim, numbers as stated_numbers, source_line
from costcheck.scenario.pricing import LINES, Overheads, Pricing, unstated
from costcheck.scenario.schema import Scenario
from costcheck.text.quantity import Quantity

NOT_COMPARED = "not compared"
"""Of a number that says nothing about the verdict, because estimates have none like it."""


def claim_verdict(
    claim: Claim,
    figures: Mapping[str, Figure],
    excludes: tuple[str, ...] = (),
    *,
    about_this: bool = True,
) -> ClaimVerdict:
    """What a claim states beside what the estimate finds."""
    numbers = tuple(_numbers(claim, figures)) if about_this else ()
    verdicts = [number.verdict for number in numbers]
    # A claim is as good as its worst number.
    verdict = next((word for word in CLAIM_VERDICTS if word in verdicts), "not checkable")
    return ClaimVerdict(
        id=claim.id,
        text=claim.text or "",
        source=source_line(claim),
        verdict=verdict,
        numbers=numbers,
        implied=implied(claim, figures) if about_this else {},
        excludes=excludes if claim.cost is not None else (),
        notes=_notes(claim, about_this=about_this),
    )


def _notes(claim: Claim, *, about_this: bool) -> tuple[str, ...]:
    ratios = tuple(
        f"{ratio.of} {ratio.times.text} of {ratio.to}: not compared with this estimate"
        for ratio in claim.ratios
    )
    if about_this:
        return ratios
    other = f"about {claim.about}" if claim.tense in (None, "done") else str(claim.tense)
    return (f"{other}, which is not what is estimated here", *ratios)


def stated(claim: Claim, key: str) -> tuple[Quantity, ...]:
    """The quantities a claim states under a key."""
    value = getattr(claim, key)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def implied(claim: Claim, figures: Mapping[str, Figure]) -> dict[str, float | None]:
    """What the claim's own numbers imply, the estimate's where it is silent."""
    hours = _hours(claim) or _central(figures, "gpu_hours")
    count = _value(claim, "gpus") or _central(figures, "gpus")
    flops = _value(claim, "compute") or _central(figures, "training_flops")
    peak = _value(claim, "peak") or _central(figures, "peak")
    cost, capex = (_value(claim, key) for key in ("cost", "capex"))
    energy = _value(claim, "energy")
    peak_flop = None if not (hours and peak) else hours * units.SECONDS_PER_HOUR * peak
    return {
        "mfu": _ratio(flops, peak_flop),
        "usd_per_gpu_hour": _ratio(cost, hours),
        "kw_per_gpu": _ratio(energy, hours),
        "usd_per_gpu": _ratio(capex, count),
    }


OWNERS_PAY = frozenset(
    line.label for line in LINES if line.key in ("storage", "idle", "commitment")
)
"""Lines that the rate of an owned hour holds already, or that owners have none of."""


def excluded(scenario: Scenario, *, adapts: bool = False) -> tuple[str, ...]:
    """What the cost of the run leaves out; its further rungs are on the ladder."""
    first = scenario.stages[0].pricing if scenario.stages else None
    pricing = scenario.pricing or first or Pricing()
    lines = unstated(scenario.overheads or Overheads())
    if pricing.own is not None:
        # Capital holds storage, yearly cost the people who run the machines and idle hours.
        staff, lines = "researchers", tuple(line for line in lines if line not in OWNERS_PAY)
    else:
        staff = "staff"
    bought = pricing.own is not None or pricing.amortized is not None
    purchase = () if bought else ("the purchase of the cluster",)
    if adapts:
        return ("preparing the data", "trial runs", "evaluation", staff, *lines, *purchase)
    return ("research, ablations and failed runs", staff, "data", *lines, *purchase)


def _numbers(claim: Claim, figures: Mapping[str, Figure]) -> Iterable[ClaimedNumber]:
    for key, quantity in stated_numbers(claim):
        row = CLAIMED[key]
        if row.name in figures:
            yield _compare(row, quantity, row.scale, figures[row.name])
        else:
            yield _uncompared(row, quantity)


def _uncompared(row: Definition, quantity: Quantity) -> ClaimedNumber:
    return ClaimedNumber(
        field=row.key,
        stated=quantity.text,
        verdict=NOT_COMPARED,
        why="an estimate has no such figure; the audit looks at it",
        stated_low=quantity.low * row.scale,
        stated_high=quantity.high * row.scale,
        unit=row.unit,
    )


def _compare(row: Definition, quantity: Quantity, scale: float, figure: Figure) -> ClaimedNumber:
    low, high = quantity.low * scale, quantity.high * scale
    base = ClaimedNumber(
        field=row.key,
        stated=quantity.text,
        verdict="not checkable",
        why=figure.reason,
        stated_low=low,
        stated_high=high,
        unit=row.unit,
    )
    if figure.central is None:
        return base
    verdict, why = _judge(quantity, scale, figure)
    return replace(
        base,
        verdict=verdict,
        why=why,
        found_low=figure.low,
        found_central=figure.central,
        found_high=figure.high,
    )


def _judge(quantity: Quantity, scale: float, figure: Figure) -> tuple[str, str]:
    low, high, found = quantity.low * scale, quantity.high * scale, figure.central
    assert found is not None  # noqa: S101 - the caller checked
    if low <= found <= high:
        return "consistent", "the estimate lies inside what is stated"
    off = found / (quantity.value * scale) - 1.0
    apart = f"the estimate is {off:+.1%} of the stated value"
    half = (high - low) / 2.0
    if quantity.kind in ("stated", "approx") and low - half <= found <= high + half:
        return "rounded", f"{apart}: within one unit of the last digit"
    if _overlap(figure, low, high):
        return "consistent", f"{apart}, inside its range"
    if abs(off) < 1.0:
        return "inconsistent", apart
    factor = found / (quantity.value * scale)
    times = max(factor, 1.0 / factor)
    way = "larger" if factor > 1.0 else "smaller"
    return "inconsistent", f"the estimate is {times:.3g} times {way}"


def _overlap(figure: Figure, low: float, high: float) -> bool:
    if figure.low is None or figure.high is None:
        return False
    return figure.low < figure.high and figure.low <= high and low <= figure.high


def _value(claim: Claim, key: str) -> float | None:
    quantities: Sequence[Quantity] = stated(claim, key)
    return quantities[0].value if quantities else None


def _hours(claim: Claim) -> float | None:
    count, duration = _value(claim, "gpus"), _value(claim, "duration")
    if stated(claim, "gpu_hours"):
        return _value(claim, "gpu_hours")
    return count * duration if count and duration else None


def _central(figures: Mapping[str, Figure], name: str) -> float | None:
    figure = figures.get(name)
    # Part of an amount over the whole of another would be a third figure that nobody means.
    return figure.central if figure and not figure.at_least else None


def _ratio(over: float | None, under: float | None) -> float | None:
    return over / under if over and under else None
