"""Bounded, regularised least squares on log errors, in plain numpy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray

Residuals = Callable[[dict[str, float]], FloatArray]

STEP = 1e-4
LONGEST_MOVE = 1.5
ROUNDS = 30
TRIES = 6


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of a constant before any row is seen."""

    low: float
    central: float
    high: float
    """Physical bounds and the expected value."""
    spread: float
    """Standard deviation on the log-odds scale between the bounds."""


def priors_of(constants: Mapping[str, Mapping[str, Any]]) -> dict[str, Prior]:
    """Priors of the constants of a data file that are fitted, by name."""
    stated = {name: entry["prior"] for name, entry in constants.items() if "prior" in entry}
    return {
        name: Prior(**{key: float(value) for key, value in prior.items()})
        for name, prior in stated.items()
    }


def source_weights(sources: Sequence[str]) -> FloatArray:
    """Weights under which every source counts the same by the root of its rows, which err alike."""
    return np.asarray([1.0 / np.sqrt(sources.count(source)) for source in sources])


def left_out(
    groups: Sequence[str], predict: Callable[[NDArray[np.bool_], NDArray[np.bool_]], Any]
) -> FloatArray:
    """What `predict` says of each group of rows from the other rows alone."""
    names, found = np.asarray(groups), np.empty(len(groups))
    for group in dict.fromkeys(groups):
        own = names == group
        found[own] = predict(~own, own)
    return found


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted values, and the point to start a similar fit from."""

    values: dict[str, float]
    point: FloatArray
    cost: float


class Problem:
    """Weighted robust residuals plus the distance from the priors.

    Each value is low + (high - low) / (1 + exp(-x)), so that no fit leaves its physical bounds.
    A residual beyond `tail` counts linearly: a handful of odd published rows must not bend a
    constant.
    The weights set the strength of the data against the priors.
    """

    def __init__(
        self,
        *,
        priors: Mapping[str, Prior],
        residuals: Residuals,
        weights: FloatArray,
        tail: float = 0.1,
    ) -> None:
        self._names = list(priors)
        table = np.asarray([[p.low, p.central, p.high, p.spread] for p in priors.values()])
        self._low, central, self._high, self._spread = table.T
        self.start = np.log((central - self._low) / (self._high - central))
        self._residuals, self._weights, self._tail = residuals, weights, tail

    def values(self, point: FloatArray) -> dict[str, float]:
        """Constants at a point of the unbounded space."""
        share = 1.0 / (1.0 + np.exp(-point))
        numbers = self._low + (self._high - self._low) * share
        return dict(zip(self._names, map(float, numbers), strict=True))

    def errors(self, point: FloatArray) -> FloatArray:
        """Log error of every row."""
        return self._residuals(self.values(point))

    def cost(self, point: FloatArray, errors: FloatArray) -> float:
        """What the fit minimises."""
        size = np.abs(errors)
        robust = np.where(size < self._tail, size**2, self._tail * (2.0 * size - self._tail))
        distance = (point - self.start) / self._spread
        return float(self._weights @ robust + distance @ distance)

    def _step(self, point: FloatArray, errors: FloatArray) -> tuple[FloatArray, FloatArray]:
        slopes = np.empty((len(errors), len(point)))
        for column in range(len(point)):
            moved = point.copy()
            moved[column] += STEP
            slopes[:, column] = (self.errors(moved) - errors) / STEP
        robust = self._weights * np.minimum(1.0, self._tail / np.maximum(np.abs(errors), 1e-12))
        precision = 1.0 / self._spread**2
        curvature = slopes.T @ (robust[:, None] * slopes) + np.diag(precision)
        gradient = slopes.T @ (robust * errors) + precision * (point - self.start)
        return curvature, gradient

    def solve(self, start: FloatArray | None = None) -> Fit:
        """Levenberg-Marquardt from the priors or from a given point."""
        point = (self.start if start is None else start).copy()
        errors = self.errors(point)
        cost, damping = self.cost(point, errors), 1e-2
        for _ in range(ROUNDS):
            curvature, gradient = self._step(point, errors)
            for _ in range(TRIES):
                damped = curvature + damping * np.diag(np.diag(curvature))
                move = np.clip(np.linalg.solve(damped, gradient), -LONGEST_MOVE, LONGEST_MOVE)
                trial = point - move
                trial_errors = self.errors(trial)
                gain = cost - self.cost(trial, trial_errors)
                if gain > 0.0:
                    break
                damping *= 4.0
            else:
                break
            point, errors, cost, damping = trial, trial_errors, cost - gain, damping / 4.0
            if gain < 1e-6 * cost:
                break
        return Fit(self.values(point), point, cost)
