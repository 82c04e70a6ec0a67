"""Quantiles of draws: exact, sharpened by control variates, or from a histogram of fixed size."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.graph.standard_scores import midpoints, normal_quantile
from costcheck.units import HIGH_PROBABILITY, LOW_PROBABILITY

INTERVAL = (LOW_PROBABILITY, 0.5, HIGH_PROBABILITY)
"""Low, central and high end of the 90 % range."""

_DRAWS_PER_CONTROL = 20
"""Fewer would let the regression follow chance."""

_MANTISSA_BITS = 11
_SHIFT = 52 - _MANTISSA_BITS
"""Bins per octave as a power of two: 2,048, at most 0.05 % wide, interpolated within."""


def quantiles(values: FloatArray, probabilities: Sequence[float] = INTERVAL) -> FloatArray:
    """Quantiles of draws along the last axis, linear between the draws at (i + 1/2) / draws.

    Draws of shape (..., draws) give an array of shape (probabilities, ...).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=-1)
    return np.moveaxis(_at(ordered, np.asarray(probabilities, dtype=np.float64)), -1, 0)


def controlled_quantiles(
    values: FloatArray, controls: FloatArray, probabilities: Sequence[float] = INTERVAL
) -> FloatArray:
    """Quantiles of draws, corrected by what the same draws do to a variable we know.

    Draws of shape (results, draws) and standard normal scores of the inputs in the same draws [1],
    shape (inputs, draws), give an array of shape (probabilities, results).

    Notes
    -----
    The regression of a result (of its logarithm where positive) on the scores is exactly normal,
    so the share of draws below its known quantile shows how far these draws misplace that
    quantile; the result is read at the probability shifted by the same amount, times the
    regression coefficient of one indicator on the other. For 8,192 draws of products of ten to
    fifteen inputs this halves the error or better.

    References
    ----------
    .. [1] Hesterberg and Nelson, "Control Variates for Probability and Quantile Estimation",
       Management Science 44 (1998) 1295-1312.
    """
    draws = np.atleast_2d(np.asarray(values, dtype=np.float64))
    wanted = np.asarray(probabilities, dtype=np.float64)
    thresholds = normal_quantile(wanted)
    enough = 0 < len(controls) * _DRAWS_PER_CONTROL <= draws.shape[-1]
    gram: FloatArray = controls @ controls.T
    projection = np.asarray(np.linalg.pinv(gram), dtype=np.float64) if enough else gram
    found = np.empty((wanted.size, len(draws)))
    for column, row in enumerate(draws):
        ordered = np.sort(row)
        found[:, column] = _at(ordered, wanted)
        varies = np.isfinite(ordered[-1]) and ordered[-1] > ordered[0]
        if enough and varies:
            known = _regression(row, ordered[0] > 0.0, controls, projection)
            levels = _levels(row, found[:, column], known, wanted, thresholds)
            found[:, column] = _at(ordered, levels)
    return found


def _regression(
    draws: FloatArray, positive: np.bool_, controls: FloatArray, projection: FloatArray
) -> FloatArray:
    """The standardised regression of a result on the controls, shape (draws,)."""
    response = np.log(draws) if positive else draws
    slopes = projection @ (controls @ (response - response.mean()))
    size = max(float(np.sqrt(slopes @ slopes)), np.finfo(np.float64).tiny)
    standardised: FloatArray = (slopes / size) @ controls
    return standardised


def _levels(
    draws: FloatArray,
    ends: FloatArray,
    known: FloatArray,
    wanted: FloatArray,
    thresholds: FloatArray,
) -> FloatArray:
    rising = np.sort(known)
    # Where the same interpolation as in `_at` finds them.
    true = np.interp(thresholds, rising, midpoints(rising.size))
    slopes = np.array([_slope(known, rising, draws <= end) for end in ends])
    corrected: FloatArray = np.clip(wanted + slopes * (true - wanted), 0.0, 1.0)
    return corrected


def _slope(known: FloatArray, rising: FloatArray, below: NDArray[np.bool_]) -> float:
    """How much of a misplaced quantile of the known variable the result shares.

    It is the regression coefficient between the result lying below its quantile and the known
    variable lying below its own quantile of the same draws.
    """
    count, kept = below.size, int(np.count_nonzero(below))
    both = np.count_nonzero(below & (known <= rising[max(kept - 1, 0)])) / count
    share = kept / count
    return (both - share * share) / max(share * (1.0 - share), 1.0 / count)


def _at(ordered: FloatArray, probability: FloatArray) -> FloatArray:
    last = ordered.shape[-1] - 1
    place = np.clip(probability * (last + 1) - 0.5, 0.0, last)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, last)
    part = place - below
    first, second = ordered[..., below], ordered[..., above]
    with np.errstate(invalid="ignore"):  # infinite neighbours have no difference
        between = first + part * (second - first)
    return np.where(first == second, first, between)


class QuantileHistogram:
    """Counts of draws in bins of equal relative width: quantiles in memory that does not grow.

    A bin is the exponent and the first eleven bits of the mantissa of a double, so finding it is
    one shift. Negative values, zeros and NaN are counted apart.
    """

    def __init__(self) -> None:
        self._positive = _Bins()
        self._negative = _Bins()
        self.zeros = 0
        self.undefined = 0

    @property
    def count(self) -> int:
        """Draws seen, without NaN."""
        return self._positive.total + self._negative.total + self.zeros

    def add(self, values: FloatArray) -> None:
        """Count draws, shape (draws,)."""
        draws = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
        if draws.size == 0:
            return
        if draws.min() > 0.0:
            self._positive.add(draws)
            return
        self.undefined += int(np.count_nonzero(np.isnan(draws)))
        self.zeros += int(np.count_nonzero(draws == 0.0))
        self._positive.add(draws[draws > 0.0])
        self._negative.add(-draws[draws < 0.0])

    def quantiles(self, probabilities: Sequence[float] = INTERVAL) -> FloatArray:
        """Quantiles to within a twentieth of a percent; NaN where nothing was counted."""
        if not self.count:
            return np.full(len(probabilities), np.nan)
        return np.array([self._quantile(wanted) for wanted in probabilities])

    def _quantile(self, probability: float) -> float:
        place = probability * self.count
        if place < self._negative.total:
            return -self._negative.value_at(self._negative.total - place)
        place -= self._negative.total
        if place < self.zeros:
            return 0.0
        place -= self.zeros
        if not self._positive.total:
            return -self._negative.value_at(0.0) if not self.zeros else 0.0
        return self._positive.value_at(place)


class _Bins:
    """Counts of positive values over a run of bins that grows with the range seen."""

    def __init__(self) -> None:
        self.first = 0
        self.counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.total = 0

    def add(self, values: FloatArray) -> None:
        if values.size == 0:
            return
        bins = values.view(np.int64) >> _SHIFT
        low, high = int(bins.min()), int(bins.max())
        self._cover(low, high)
        bins -= low
        self.counts[low - self.first : high - self.first + 1] += np.bincount(bins)
        self.total += values.size

    def value_at(self, place: float) -> float:
        """The value below which `place` of the counts lie."""
        cumulative = np.cumsum(self.counts)
        found = int(np.searchsorted(cumulative, place, side="right"))
        if found == self.counts.size:
            found = int(np.flatnonzero(self.counts)[-1])
        inside = int(self.counts[found])
        part = (place - (int(cumulative[found]) - inside)) / inside
        low, high = (
            np.array([self.first + found, self.first + found + 1], dtype=np.int64) << _SHIFT
        ).view(np.float64)
        if not np.isfinite(high):
            return float(low)
        return float(low + part * (high - low))

    def _cover(self, low: int, high: int) -> None:
        if self.total == 0:
            margin = 1 << _MANTISSA_BITS
            self.first = max(low - margin, 0)
            self.counts = np.zeros(high + margin - self.first, dtype=np.int64)
            return
        end = self.first + self.counts.size
        if low >= self.first and high < end:
            return
        before, after = max(self.first - low, 0), max(high + 1 - end, 0)
        self.counts = np.pad(self.counts, (before, after))
        self.first -= before
