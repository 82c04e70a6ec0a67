import numpy as np
import pytest
from scipy import integrate, stats

from costcheck.audit import piecewise
from costcheck.audit.piecewise import Piecewise, log_normal_cdf, moments


def factor(fields: tuple[float, ...]) -> Piecewise:
    names = ("knot", "left_slope", "left_precision", "right_slope", "right_precision", "height")
    return Piecewise(**{n: np.array([v]) for n, v in zip(names, fields, strict=True)})


def value(fields: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    knot, ls, lp, rs, rp, height = fields
    d = x - knot
    left = ls * d - lp * d**2 / 2
    right = rs * d - rp * d**2 / 2
    return np.exp(height + np.where(d < 0, left, right))


@pytest.mark.parametrize("x", [-30.0, -8.0, -1.0, 0.0, 0.5, 3.0, 9.0])
def test_log_normal_cdf_is_scipys_far_into_the_tail(x: float) -> None:
    assert log_normal_cdf(np.array([x]))[0] == pytest.approx(
        stats.norm.logcdf(x), rel=1e-6, abs=1e-7
    )


CASES = {
    "two-piece prior": piecewise.two_piece(-1.0, 0.4, 0.2),
    "under $6M": piecewise.at_most(15.6, 0.28, 0.03),
    "$100M+": piecewise.at_least(18.4, 0.35, 0.03),
    "gaussian": piecewise.gaussian(2.0, 0.3),
    "ceiling": piecewise.ceiling(1.0, 0.7),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("shift", "sd"), [(0.0, 0.3), (0.8, 1.0), (-1.5, 0.2), (0.3, 2.0)])
def test_moments_are_those_of_numerical_integration(name: str, shift: float, sd: float) -> None:
    fields = CASES[name]
    mean = fields[0] + shift
    log_z, first, second = moments(factor(fields), np.array([mean]), np.array([sd**2]))
    grid = np.linspace(mean - 14 * sd, mean + 14 * sd, 400_001)
    weight = value(fields, grid) * stats.norm.pdf(grid, mean, sd)
    z = integrate.trapezoid(weight, grid)
    m = integrate.trapezoid(weight * grid, grid) / z
    v = integrate.trapezoid(weight * (grid - m) ** 2, grid) / z
    assert log_z[0] == pytest.approx(np.log(z), abs=1e-4)
    assert first[0] == pytest.approx(m, abs=1e-4)
    assert second[0] == pytest.approx(v, rel=1e-3)


def test_one_sided_wordings_are_densities() -> None:
    for name in ("two-piece prior", "under $6M", "$100M+", "gaussian"):
        fields = CASES[name]
        grid = np.linspace(fields[0] - 12, fields[0] + 12, 2_000_001)
        assert integrate.trapezoid(value(fields, grid), grid) == pytest.approx(1.0, rel=1e-4)


def test_vector_equals_scalar() -> None:
    fields = CASES["two-piece prior"]
    means = np.array([-2.0, -1.0, 0.4])
    together = moments(factor(fields), means, np.full(3, 0.25))
    for k, mean in enumerate(means):
        alone = moments(factor(fields), np.array([mean]), np.array([0.25]))
        for many, one in zip(together, alone, strict=True):
            assert many[k] == pytest.approx(one[0], rel=1e-12)
