"""Compare the results with the limits a scenario sets itself."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from costcheck.estimate.claim_units import short
from costcheck.estimate.currency import BASE_CURRENCY, Rates, dollars_per_unit
from costcheck.estimate.result import Figure, Finding, Verdict
from costcheck.quantities import CLAIMED
from costcheck.scenario.pricing import Budget

LIMITED = {field.name: CLAIMED[field.name] for field in fields(Budget)}
"""Results that a budget may limit, by its keys."""

_SHOWN = {
    "USD": (1.0, "$", ""),
    "days": (1.0, "", " days"),
    "GPU-hours": (1.0, "", " GPU-hours"),
    "kWh": (1e-3, "", " MWh"),
    "kg": (1e-3, "", " t"),
}
"""By the unit of a result: unit shown per unit of it, what stands before the number and after."""


def budget_findings(
    budget: Budget | None, figures: Mapping[str, Figure], rates: Rates
) -> tuple[Finding, ...]:
    """One finding for every limit."""
    found = []
    for key, limit, text in limits_of(budget, rates):
        row = LIMITED[key]
        figure = figures[row.name]
        verdict, words = _judged(figure, limit, row.unit, text)
        message = f"{key}: {words}"
        found.append(Finding(key, verdict, message, value=figure.central, limit=limit))
    return tuple(found)


def limits_of(budget: Budget | None, rates: Rates) -> Iterator[tuple[str, float, str]]:
    """Limits in the units of the results: the key, the limit, and how it is written."""
    for key, row in LIMITED.items():
        quantity = getattr(budget, key, None)
        if quantity is not None:
            stated = quantity.kind in ("stated", "exact", "approx")
            most = quantity.value if stated else quantity.high
            limit = most * row.scale * dollars_per_unit(quantity, rates)
            foreign = quantity.currency not in (None, BASE_CURRENCY)
            dollars = f" = {_shown(row.unit, limit)}" if foreign else ""
            yield key, limit, f"{quantity.text}{dollars}"


def _judged(figure: Figure, limit: float, unit: str, stated: str) -> tuple[Verdict, str]:
    if figure.central is None or figure.high is None:
        return "stretch", f"{stated}: {figure.reason}"
    if figure.central > limit:
        return "over-budget", f"{_shown(unit, figure.central)} is above the limit ({stated})"
    if figure.at_least:
        return "stretch", f"a part is unknown, and what is known keeps {stated}"
    if figure.high > limit:
        high = _shown(unit, figure.high)
        return "stretch", f"keeps {stated}, but not at the high end of its range, {high}"
    return "feasible", f"keeps {stated}"


def _shown(unit: str, value: float) -> str:
    per_unit, before, after = _SHOWN[unit]
    return f"{before}{short(value * per_unit)}{after}"
