"""How an uncertain input is spread: a centre, its 5 % and 95 % points, and a shape.

Every shape is one standard score ``w(u)`` with ``w(0.05) = -1``, ``w(0.5) = 0`` and
``w(0.95) = 1``, carried to the quantity on a linear, logarithmic or logit scale with its own
width on each side. So the median is always the central value and the interval always the stated
one, also where it is lopsided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.graph.standard_scores import Score, midpoints, score_strata, standard_score
from costcheck.units import HIGH_PROBABILITY, LOW_PROBABILITY

Shape = Literal[
    "exact",
    "normal",
    "lognormal",
    "logit-normal",
    "uniform",
    "loguniform",
    "triangular",
    "log-student",
    "logit-student",
    "empirical",
]
Scale = Literal["linear", "log", "logit"]

_SCORE_AND_SCALE: dict[str, tuple[Score, Scale]] = {
    "normal": ("normal", "linear"),
    "lognormal": ("normal", "log"),
    "logit-normal": ("normal", "logit"),
    "uniform": ("uniform", "linear"),
    "loguniform": ("uniform", "log"),
    "triangular": ("triangular", "linear"),
    "log-student": ("student", "log"),
    "logit-student": ("student", "logit"),
}


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A quantity's uncertainty by its median and the ends of its 90 % interval."""

    central: float
    """Median; the value of the deterministic estimate."""
    low: float
    """5 % point."""
    high: float
    """95 % point."""
    shape: Shape = "lognormal"
    degrees_of_freedom: float = math.inf
    """Of the Student shapes: small values give heavy tails beyond the same interval."""
    lower_bound: float = -math.inf
    """Values below are moved here; for a quantity with a physical floor."""
    upper_bound: float = math.inf
    points: tuple[float, ...] = ()
    """Of the empirical shape: its quantiles at (i + 1/2) / n, rising."""

    def __post_init__(self) -> None:
        """Reject, with a `ValueError`, a spread that no draw could follow."""
        if not self.low <= self.central <= self.high:
            raise ValueError(f"not in order: {self.low} <= {self.central} <= {self.high}")
        scale = _SCORE_AND_SCALE.get(self.shape, ("normal", "linear"))[1]
        if scale != "linear" and self.low <= 0.0:
            raise ValueError(f"a {self.shape} spread needs positive values, got {self.low}")
        if scale == "logit" and self.high >= 1.0:
            raise ValueError(f"a {self.shape} spread needs values below 1, got {self.high}")
        if self.shape == "empirical" and not self.points:
            raise ValueError("an empirical spread needs its points")

    @classmethod
    def exact(cls, value: float) -> Spread:
        """The spread of a value that is known."""
        return cls(central=value, low=value, high=value, shape="exact")

    @classmethod
    def empirical(cls, points: Sequence[float]) -> Spread:
        """A spread that follows observed or mixed quantiles instead of a formula."""
        rising = tuple(sorted(float(point) for point in points))
        low, central, high = np.interp(
            (LOW_PROBABILITY, 0.5, HIGH_PROBABILITY), midpoints(len(rising)), rising
        )
        return cls(
            central=float(central),
            low=float(low),
            high=float(high),
            shape="empirical",
            points=rising,
        )

    @property
    def is_exact(self) -> bool:
        """Whether every draw is the central value."""
        return self.shape == "exact" or (self.low == self.high and not self.points)

    def scaled(self, factor: float) -> Spread:
        """The spread of this quantity times a positive constant, as for a unit change."""
        return replace(
            self,
            central=self.central * factor,
            low=self.low * factor,
            high=self.high * factor,
            lower_bound=self.lower_bound * factor,
            upper_bound=self.upper_bound * factor,
            points=tuple(point * factor for point in self.points),
        )

    def inverse_cdf(self, probability: FloatArray) -> FloatArray:
        """The value below which a draw falls with probabilities strictly between 0 and 1."""
        uniform = np.asarray(probability, dtype=np.float64)
        if self.is_exact:
            return np.full(uniform.shape, float(self.central))
        if self.shape == "empirical":
            value = np.interp(uniform, midpoints(len(self.points)), self.points)
        else:
            score, scale = _SCORE_AND_SCALE[self.shape]
            value = self._at(standard_score(uniform, score, self.degrees_of_freedom), scale)
        return self._bounded(value)

    def strata(self, count: int) -> FloatArray:
        """``inverse_cdf((i + 1/2) / count)``, rising; the scores come from a shared table."""
        if self.is_exact or self.shape == "empirical":
            return self.inverse_cdf(midpoints(count))
        score, scale = _SCORE_AND_SCALE[self.shape]
        return self._bounded(self._at(score_strata(score, self.degrees_of_freedom, count), scale))

    def _at(self, score: FloatArray, scale: Scale) -> FloatArray:
        ends = (self.low, self.central, self.high)
        low, central, high = (_forward(value, scale) for value in ends)
        width = np.where(score < 0.0, central - low, high - central)
        return _backward(central + width * score, scale)

    def _bounded(self, value: FloatArray) -> FloatArray:
        if self.lower_bound == -math.inf and self.upper_bound == math.inf:
            return value
        return np.clip(value, self.lower_bound, self.upper_bound)


def _forward(value: float, scale: Scale) -> float:
    if scale == "log":
        return math.log(value)
    if scale == "logit":
        return math.log(value / (1.0 - value))
    return value


def _backward(value: FloatArray, scale: Scale) -> FloatArray:
    if scale == "log":
        return np.exp(value)
    if scale == "logit":
        return 1.0 / (1.0 + np.exp(-value))
    return value
