"""Where an implied value lies among what is typical: the audit's own priors as 90 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from costcheck.audit.facts import ClaimContext
from costcheck.audit.network import hardware_prior, utilisation
from costcheck.audit.priors import LogSpread, Priors
from costcheck.quantities import IMPLIED
from costcheck.units import HIGH_PROBABILITY, LOW_PROBABILITY

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
    is_listed: bool = False
    """Whether the implied one is among the rents that the price book lists."""

    @property
    def is_unusual(self) -> bool:
        """Whether the implied one lies outside that interval."""
        return not LOW_PROBABILITY <= self.percentile <= HIGH_PROBABILITY


def typical_values(
    implied: dict[str, float], context: ClaimContext, priors: Priors
) -> dict[str, Typical]:
    """What is typical for each implied quantity."""
    typical = {}
    for figure in IMPLIED:
        if figure.name not in implied:
            continue
        if figure.variable == "mfu":
            mixture = utilisation(context, priors)
        else:
            mixture = [(1.0, hardware_prior(context, priors, figure.variable))]
        placed = _placed(implied[figure.name], figure.per_variable, mixture)
        part = context.hardware if figure.variable == "price" else None
        low, high = (part and part.listed) or (math.inf, 0.0)
        is_listed = low <= implied[figure.name] / figure.per_variable <= high
        typical[figure.name] = replace(placed, is_listed=is_listed)
    return typical


def _placed(value: float, size: float, mixture: Sequence[tuple[float, LogSpread]]) -> Typical:
    """A value among those of a mixture, which is of a unit that many times as large."""
    return Typical(
        low=_quantile(LOW_PROBABILITY, mixture) * size,
        median=_quantile(0.5, mixture) * size,
        high=_quantile(HIGH_PROBABILITY, mixture) * size,
        percentile=_below(math.log(value / size), mixture),
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
    """The share of a mixture of two-piece normals below a value."""
    total = sum(weight for weight, _ in mixture)
    return sum(weight * _share(log_value, spread) for weight, spread in mixture) / total


def _share(log_value: float, spread: LogSpread) -> float:
    away = log_value - math.log(spread.median)
    left = spread.below / (spread.below + spread.above)
    if away < 0.0:
        return left * (1.0 + math.erf(away / spread.below / math.sqrt(2.0)))
    return left + (1.0 - left) * math.erf(away / spread.above / math.sqrt(2.0))
