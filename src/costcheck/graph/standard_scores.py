"""Standard scores: symmetric variables that are -1, 0 and 1 at their 5, 50 and 95 % points."""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.units import HIGH_PROBABILITY, NORMAL_DEVIATIONS

_normal_quantile = np.frompyfunc(NormalDist().inv_cdf, 1, 1)


def standard_score(probability: FloatArray, degrees_of_freedom: float = math.inf) -> FloatArray:
    """The Student score [1] that is -1, 0 and 1 at probabilities 5, 50 and 95 %, normal at last."""
    uniform = np.asarray(probability, dtype=np.float64)
    if math.isinf(degrees_of_freedom):
        return normal_quantile(uniform) / NORMAL_DEVIATIONS
    unit = student_quantile(np.array(HIGH_PROBABILITY), degrees_of_freedom)
    return student_quantile(uniform, degrees_of_freedom) / unit


def normal_quantile(probability: FloatArray) -> FloatArray:
    """Find standard normal quantiles [1], shape of `probability`."""
    # scipy has a faster one, and importing it takes longer than all draws of an estimate.
    return np.asarray(_normal_quantile(probability), dtype=np.float64)


def student_quantile(probability: FloatArray, degrees_of_freedom: float) -> FloatArray:
    """Student t quantiles by inverting the integrated density, to about 1 part in 1e9.

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
    """The log tail probability, the log angle and its slope at the nodes of a table."""
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
def score_strata(degrees_of_freedom: float, count: int) -> FloatArray:
    """The scores at the midpoints of `count` equally likely strata, rising, read-only."""
    half = standard_score(midpoints(count)[: (count + 1) // 2], degrees_of_freedom)
    table = np.empty(count)
    table[: half.size] = half
    table[count - half.size :] = -half[::-1]
    table.flags.writeable = False
    return table


@lru_cache(maxsize=16)
def midpoints(count: int) -> FloatArray:
    """The probabilities ``(i + 1/2) / count``, read-only."""
    table: FloatArray = (np.arange(count, dtype=np.float64) + 0.5) / count
    table.flags.writeable = False
    return table
