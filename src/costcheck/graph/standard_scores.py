"""Standard scores: symmetric variables that are -1, 0 and 1 at their 5, 50 and 95 % points."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Score = Literal["normal", "uniform", "triangular", "student"]

LOW_PROBABILITY = 0.05
HIGH_PROBABILITY = 0.95

# Wichura's AS 241 (PPND16), highest power first: numerator and denominator for the centre, the
# near tail and the far tail.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_NEAR_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
     4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
     2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
     5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)  # fmt: skip


def standard_score(
    probability: FloatArray, score: Score, degrees_of_freedom: float = math.inf
) -> FloatArray:
    """Return the symmetric score that is -1, 0 and 1 at probabilities 5, 50 and 95 %.

    Parameters
    ----------
    probability : array_like
        Probabilities strictly between 0 and 1 [1].
    score : {"normal", "uniform", "triangular", "student"}
        Family. The triangular one has its mode at the median.
    degrees_of_freedom : float, optional
        Of the Student family.

    Returns
    -------
    numpy.ndarray
        Scores [1], shape of `probability`.
    """
    uniform = np.asarray(probability, dtype=np.float64)
    if score == "uniform":
        return (uniform - 0.5) / (HIGH_PROBABILITY - 0.5)
    if score == "triangular":
        tail = np.minimum(uniform, 1.0 - uniform)
        size = (1.0 - np.sqrt(2.0 * tail)) / (1.0 - math.sqrt(2.0 * LOW_PROBABILITY))
        return np.copysign(size, uniform - 0.5)
    if score == "student" and math.isfinite(degrees_of_freedom):
        unit = student_quantile(np.array(HIGH_PROBABILITY), degrees_of_freedom)
        return student_quantile(uniform, degrees_of_freedom) / unit
    return normal_quantile(uniform) / normal_quantile(np.array(HIGH_PROBABILITY))


def normal_quantile(probability: FloatArray) -> FloatArray:
    """Return standard normal quantiles, to about 1 part in 1e16.

    Parameters
    ----------
    probability : array_like
        Probabilities strictly between 0 and 1 [1].

    Returns
    -------
    numpy.ndarray
        Quantiles [1], shape of `probability`.

    References
    ----------
    .. [1] Wichura, "Algorithm AS 241: The percentage points of the normal distribution",
       Applied Statistics 37 (1988) 477-484.
    """
    uniform = np.atleast_1d(np.asarray(probability, dtype=np.float64))
    centred = uniform - 0.5
    result = centred * _ratio(_CENTRE, 0.180625 - centred * centred)
    outside = np.abs(centred) > 0.425
    if np.any(outside):
        tail = np.minimum(uniform[outside], 1.0 - uniform[outside])
        depth = np.sqrt(-np.log(tail))
        size = np.where(
            depth <= 5.0, _ratio(_NEAR_TAIL, depth - 1.6), _ratio(_FAR_TAIL, depth - 5.0)
        )
        result[outside] = np.copysign(size, centred[outside])
    return result.reshape(np.shape(probability))


def student_quantile(probability: FloatArray, degrees_of_freedom: float) -> FloatArray:
    """Return Student t quantiles by inverting the integrated density, to about 1 part in 1e9.

    Parameters
    ----------
    probability : array_like
        Probabilities strictly between 0 and 1 [1].
    degrees_of_freedom : float
        At least 1.

    Returns
    -------
    numpy.ndarray
        Quantiles [1], shape of `probability`.

    Notes
    -----
    With ``t = sqrt(nu) / tan(a)`` the upper tail is proportional to the integral of
    ``sin(s)^(nu - 1)`` from 0 to ``a``. On logarithmic axes it is close to a straight line, so
    that cubic interpolation keeps its relative precision far into the tail.
    """
    uniform = np.asarray(probability, dtype=np.float64)
    nodes, angles, slopes = _student_tail(float(degrees_of_freedom))
    at = np.log(np.minimum(uniform, 1.0 - uniform))
    cell = np.clip(np.searchsorted(nodes, at) - 1, 0, nodes.size - 2)
    width = nodes[cell + 1] - nodes[cell]
    part = (at - nodes[cell]) / width
    rest = 1.0 - part
    angle = np.exp(
        angles[cell] * rest**2 * (1.0 + 2.0 * part)
        + angles[cell + 1] * part**2 * (1.0 + 2.0 * rest)
        + width * part * rest * (slopes[cell] * rest - slopes[cell + 1] * part)
    )
    return np.copysign(math.sqrt(degrees_of_freedom) / np.tan(angle), uniform - 0.5)


@lru_cache(maxsize=32)
def _student_tail(degrees_of_freedom: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the log tail probability, the log angle and its slope at the nodes of a table."""
    smallest = max(1e-12, math.exp(-600.0 / degrees_of_freedom))
    log_angle = np.linspace(math.log(smallest), math.log(math.pi / 2.0), 4_097)
    step = log_angle[1] - log_angle[0]

    def integrand(at: FloatArray) -> FloatArray:
        angle = np.exp(at)
        return angle * np.sin(angle) ** (degrees_of_freedom - 1.0)

    edge = integrand(log_angle)
    centre = integrand(log_angle[:-1] + step / 2.0)
    first = smallest**degrees_of_freedom / degrees_of_freedom
    cells = step * (edge[:-1] + 4.0 * centre + edge[1:]) / 6.0
    area = first + np.concatenate(([0.0], np.cumsum(cells)))
    return np.log(0.5 * area / area[-1]), log_angle, area / edge


@lru_cache(maxsize=16)
def score_strata(score: Score, degrees_of_freedom: float, count: int) -> FloatArray:
    """Return the scores at the midpoints of `count` equally likely strata, rising, read-only."""
    half = standard_score(midpoints(count)[: (count + 1) // 2], score, degrees_of_freedom)
    table = np.empty(count)
    table[: half.size] = half
    table[count - half.size :] = -half[::-1]
    table.flags.writeable = False
    return table


@lru_cache(maxsize=16)
def midpoints(count: int) -> FloatArray:
    """Return the probabilities ``(i + 1/2) / count``, read-only."""
    table: FloatArray = (np.arange(count, dtype=np.float64) + 0.5) / count
    table.flags.writeable = False
    return table


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], at: FloatArray) -> FloatArray:
    above = np.zeros_like(at)
    below = np.zeros_like(at)
    for top, bottom in zip(*polynomials, strict=True):
        above = above * at + top
        below = below * at + bottom
    return above / below
