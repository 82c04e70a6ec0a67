"""Compare the results with the limits a scenario sets itself."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck import units
from costcheck.estimate.currency import Rates, dollars_per_unit
from costcheck.estimate.result import Figure, Finding
from costcheck.scenario.pricing import Budget

_LIMITS = (
    ("cost", "cost_usd", 1.0),
    ("duration", "days", 1.0 / units.HOURS_PER_DAY),
    ("gpu_hours", "gpu_hours", 1.0),
    ("energy", "energy_kwh", 1.0),
    ("carbon", "carbon_kg", 1.0),
)
"""Key of the budget, result, result per unit of the key."""

_SHOWN = {
    "cost": (1.0, "$", ""),
    "duration": (1.0, "", " days"),
    "gpu_hours": (1.0, "", " GPU-hours"),
    "energy": (1e-3, "", " MWh"),
    "carbon": (1e-3, "", " t"),
}
"""Unit shown per unit of the result, what stands before the number and after it."""


def budget_findings(
    budget: Budget | None, figures: Mapping[str, Figure], rates: Rates
) -> tuple[Finding, ...]:
    """Return one finding for every limit."""
    found = []
    for key, name, per_unit in _LIMITS:
        quantity = getattr(budget, key, None)
        if quantity is None:
            continue
        scale = per_unit * dollars_per_unit(quantity, rates)
        limit, figure = quantity.high * scale, figures[name]
        if quantity.kind in ("stated", "exact", "approx"):
            limit = quantity.value * scale
        if figure.central is None or figure.high is None:
            message = f"{key}: {quantity.text}: {figure.reason}"
            found.append(Finding(key, "stretch", message, limit=limit))
        elif figure.central > limit:
            message = f"{key}: {_shown(key, figure.central)} is above the limit ({quantity.text})"
            found.append(Finding(key, "infeasible", message, value=figure.central, limit=limit))
        elif figure.partial:
            message = f"{key}: a part is unknown, and what is known keeps {quantity.text}"
            found.append(Finding(key, "stretch", message, value=figure.central, limit=limit))
        elif figure.high > limit:
            high = _shown(key, figure.high)
            message = f"{key}: keeps {quantity.text}, but not at the high end of its range, {high}"
            found.append(Finding(key, "stretch", message, value=figure.central, limit=limit))
        else:
            message = f"{key}: keeps {quantity.text}"
            found.append(Finding(key, "feasible", message, value=figure.central, limit=limit))
    return tuple(found)


def _shown(key: str, value: float) -> str:
    """Return a figure in the unit people state such a limit in."""
    per_unit, before, after = _SHOWN[key]
    return f"{before}{_short(value * per_unit)}{after}"


def _short(value: float) -> str:
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= 0.9995 * size:
            return f"{value / size:.3g}{suffix}"
    return f"{value:.3g}"
