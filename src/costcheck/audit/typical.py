"""Where an implied value lies among what is typical: the audit's own priors as 90 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from costcheck.audit.facts import ClaimContext
from costcheck.audit.network import utilisation
from costcheck.audit.priors import LogSpread, Priors
from costcheck.units import WATTS_PER_KILOWATT

_REACH = 12.0
"""ln of how far from the medians a quantile is looked for."""
_STEPS = 60
"""Halvings of that reach: to the precision of floating point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """The 90 % interval of a quantity before any claim was read."""

    low: float
    median: float
    high: float
    percentile: float
    """Share of the typical values that lie below the implied one."""


def typical_values(
    implied: dict[str, float], context: ClaimContext, priors: Priors
) -> dict[str, Typical]:
    """Return what is typical for each implied quantity."""
    mixtures = _mixtures(context, priors)
    return {name: _placed(value, mixtures[name]) for name, value in implied.items()}


def _mixtures(context: ClaimContext, priors: Priors) -> dict[str, list[tuple[float, LogSpread]]]:
    known, loose = context.hardware, priors.unknown_hardware
    watts = known.power if known and known.power else loose["power"]
    kilowatts = LogSpread(watts.median / WATTS_PER_KILOWATT, watts.below, watts.above)
    return {
        "mfu": utilisation(context, priors),
        "usd_per_gpu_hour": [(1.0, known.price if known else loose["price"])],
        "kw_per_gpu": [(1.0, kilowatts)],
        "usd_per_gpu": [(1.0, known.capex if known else loose["capex"])],
    }


def _placed(value: float, mixture: Sequence[tuple[float, LogSpread]]) -> Typical:
    return Typical(
        low=_quantile(0.05, mixture),
        median=_quantile(0.5, mixture),
        high=_quantile(0.95, mixture),
        percentile=_below(math.log(value), mixture),
    )


def _quantile(share: float, mixture: Sequence[tuple[float, LogSpread]]) -> float:
    low = min(math.log(spread.median) for _, spread in mixture) - _REACH
    high = max(math.log(spread.median) for _, spread in mixture) + _REACH
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if _below(middle, mixture) < share:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2.0)


def _below(log_value: float, mixture: Sequence[tuple[float, LogSpread]]) -> float:
    """Return the share of a mixture of two-piece normals below a value."""
    total = sum(weight for weight, _ in mixture)
    return sum(weight * _share(log_value, spread) for weight, spread in mixture) / total


def _share(log_value: float, spread: LogSpread) -> float:
    away = log_value - math.log(spread.median)
    left = spread.below / (spread.below + spread.above)
    if away < 0.0:
        return left * (1.0 + math.erf(away / spread.below / math.sqrt(2.0)))
    return left + (1.0 - left) * math.erf(away / spread.above / math.sqrt(2.0))
