import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from costcheck.graph.distributions import Spread

POSITIVE_SHAPES = ("normal", "lognormal", "uniform", "loguniform", "triangular", "log-student")
RATIO_SHAPES = ("logit-normal", "logit-student")


def lopsided(shape: str, **more: float) -> Spread:
    return Spread(central=0.4, low=0.3, high=0.8, shape=shape, **more)


@pytest.mark.parametrize("shape", [*POSITIVE_SHAPES, *RATIO_SHAPES])
def test_a_spread_passes_through_its_three_points(shape):
    spread = lopsided(shape, degrees_of_freedom=4.0)
    points = spread.inverse_cdf(np.array([0.05, 0.5, 0.95]))
    np.testing.assert_allclose(points, [0.3, 0.4, 0.8], rtol=1e-7)


@pytest.mark.parametrize("shape", [*POSITIVE_SHAPES, *RATIO_SHAPES])
def test_quantiles_rise_and_strata_are_the_quantiles_at_midpoints(shape):
    spread = lopsided(shape, degrees_of_freedom=4.0)
    strata = spread.strata(1_001)
    middle = (np.arange(1_001) + 0.5) / 1_001
    assert np.all(np.diff(strata) > 0.0)
    np.testing.assert_allclose(strata, spread.inverse_cdf(middle), rtol=1e-9)


@pytest.mark.parametrize("shape", [*POSITIVE_SHAPES, *RATIO_SHAPES])
def test_vector_equals_scalar(shape):
    spread = lopsided(shape, degrees_of_freedom=3.0)
    at = np.array([[0.01, 0.3], [0.5, 0.999]])
    whole = spread.inverse_cdf(at)
    single = [[float(spread.inverse_cdf(np.array(p))) for p in row] for row in at]
    np.testing.assert_allclose(whole, single, rtol=1e-12)


def test_a_symmetric_lognormal_is_scipys():
    spread = Spread(central=2.0, low=1.0, high=4.0)
    sigma = np.log(2.0) / stats.norm.ppf(0.95)
    at = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(
        spread.inverse_cdf(at), stats.lognorm.ppf(at, sigma, scale=2.0), rtol=1e-10
    )


def test_a_triangular_spread_has_its_mode_at_the_median():
    spread = Spread(central=5.0, low=4.0, high=6.0, shape="triangular")
    half = 1.0 / (1.0 - np.sqrt(0.1))
    reference = stats.triang(0.5, loc=5.0 - half, scale=2.0 * half)
    at = np.linspace(0.01, 0.99, 99)
    np.testing.assert_allclose(spread.inverse_cdf(at), reference.ppf(at), rtol=1e-12)


def test_ratios_stay_ratios_even_with_the_heaviest_tails():
    spread = Spread(central=0.9, low=0.5, high=0.98, shape="logit-student", degrees_of_freedom=1.0)
    draws = spread.inverse_cdf(np.array([1e-2, 1.0 - 1e-2]))
    assert np.all((draws > 0.0) & (draws < 1.0))


def test_bounds_clip():
    spread = Spread(central=1.2, low=1.0, high=1.6, shape="normal", lower_bound=1.0)
    assert spread.inverse_cdf(np.array([1e-6])) == 1.0


def test_an_exact_value_never_moves():
    spread = Spread.exact(3.0)
    assert spread.is_exact
    np.testing.assert_array_equal(spread.inverse_cdf(np.array([0.01, 0.99])), [3.0, 3.0])
    np.testing.assert_array_equal(spread.strata(4), np.full(4, 3.0))


def test_an_empirical_spread_follows_its_points():
    spread = Spread.empirical([5.0, 1.0, 2.0, 4.0, 3.0])
    np.testing.assert_allclose(spread.inverse_cdf(np.array([0.1, 0.5, 0.9])), [1.0, 3.0, 5.0])
    assert spread.central == 3.0


def test_scaling_commutes_with_drawing():
    spread = lopsided("lognormal")
    at = np.array([0.1, 0.7])
    np.testing.assert_allclose(spread.scaled(8.0).inverse_cdf(at), 8.0 * spread.inverse_cdf(at))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"central": 1.0, "low": 2.0, "high": 3.0}, "not in order"),
        ({"central": 1.0, "low": 0.0, "high": 3.0}, "positive"),
        ({"central": 0.9, "low": 0.5, "high": 1.0, "shape": "logit-normal"}, "below 1"),
        ({"central": 1.0, "low": 0.5, "high": 2.0, "shape": "empirical"}, "points"),
        ({"central": float("nan"), "low": 1.0, "high": 2.0}, "not in order"),
    ],
)
def test_impossible_spreads_are_refused(fields, says):
    with pytest.raises(ValueError, match=says):
        Spread(**fields)


@given(
    st.floats(1e-6, 1e9),
    st.floats(1.001, 50.0),
    st.floats(1.001, 50.0),
    st.sampled_from(["lognormal", "loguniform", "log-student"]),
)
def test_positive_quantities_stay_positive(central, below, above, shape):
    spread = Spread(
        central=central, low=central / below, high=central * above, shape=shape,
        degrees_of_freedom=4.0,
    )  # fmt: skip
    assert np.all(spread.strata(64) > 0.0)
