"""Compare the results with the limits a scenario sets itself."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck.core import units
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


def budget_findings(budget: Budget | None, figures: Mapping[str, Figure]) -> tuple[Finding, ...]:
    """Return one finding for every limit.

    Parameters
    ----------
    budget : Budget or None
        The limits.
    figures : mapping of str to Figure
        Results of the estimate.
    """
    found = []
    for key, name, scale in _LIMITS:
        quantity = getattr(budget, key, None)
        if quantity is None:
            continue
        limit, figure = quantity.high * scale, figures[name]
        if quantity.kind in ("stated", "exact", "approx"):
            limit = quantity.value * scale
        if figure.central is None or figure.high is None:
            message = f"{key}: {quantity.text}: {figure.reason}"
            found.append(Finding(key, "stretch", message, limit=limit))
        elif figure.central > limit:
            message = f"{key}: over {quantity.text}"
            found.append(Finding(key, "infeasible", message, value=figure.central, limit=limit))
        elif figure.high > limit:
            message = f"{key}: within {quantity.text}, but not at the high end of the range"
            found.append(Finding(key, "stretch", message, value=figure.central, limit=limit))
        else:
            message = f"{key}: within {quantity.text}"
            found.append(Finding(key, "feasible", message, value=figure.central, limit=limit))
    return tuple(found)
