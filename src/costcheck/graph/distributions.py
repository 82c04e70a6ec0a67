"""How an uncertain input is spread: a centre, its 5 % and 95 % points, and a shape.

Every shape is one standard score ``w(u)`` with ``w(0.05) = -1``, ``w(0.5) = 0`` and
``w(0.95) = 1``, carried to the quantity on a linear, logarithmic or logit scale with its own
width on each side. So the median is always the central value and the interval always the stated
one, also where it is lopsided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.graph.standard_scores import score_strata, standard_score

Shape = Literal["normal", "lognormal", "logit-normal", "log-student"]
Scale = Literal["linear", "log", "logit"]

_SCALES: dict[Shape, Scale] = {
    "normal": "linear",
    "lognormal": "log",
    "logit-normal": "logit",
    "log-student": "log",
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
    """Of the Student shape: small values give heavy tails beyond the same interval; infinite, the
    score is normal."""
    lower_bound: float = -math.inf
    """Values below are moved here; for a quantity with a physical floor."""
    upper_bound: float = math.inf

    def __post_init__(self) -> None:
        """Reject, with a `ValueError`, a spread that no draw could follow."""
        if not self.low <= self.central <= self.high:
            raise ValueError(f"not in order: {self.low} <= {self.central} <= {self.high}")
        scale = _SCALES[self.shape]
        if scale != "linear" and self.low <= 0.0:
            raise ValueError(f"a {self.shape} spread needs positive values, got {self.low}")
        if scale == "logit" and self.high >= 1.0:
            raise ValueError(f"a {self.shape} spread needs values below 1, got {self.high}")

    @property
    def is_exact(self) -> bool:
        """Whether every draw is the central value."""
        return self.low == self.high

    def inverse_cdf(self, probability: FloatArray) -> FloatArray:
        """The value below which a draw falls with probabilities strictly between 0 and 1."""
        uniform = np.asarray(probability, dtype=np.float64)
        return self._at(standard_score(uniform, self.degrees_of_freedom))

    def strata(self, count: int) -> FloatArray:
        """``inverse_cdf((i + 1/2) / count)``, rising; the scores come from a shared table."""
        return self._at(score_strata(self.degrees_of_freedom, count))

    def _at(self, score: FloatArray) -> FloatArray:
        scale, ends = _SCALES[self.shape], (self.low, self.central, self.high)
        low, central, high = (_forward(value, scale) for value in ends)
        width = np.where(score < 0.0, central - low, high - central)
        value = _backward(central + width * score, scale)
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
