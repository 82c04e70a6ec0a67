import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from costcheck.graph.distributions import Spread

SHAPES = ("normal", "lognormal", "logit-normal", "log-student")


def lopsided(shape: str, **more: float) -> Spread:
    return Spread(central=0.4, low=0.3, high=0.8, shape=shape, **more)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_spread_passes_through_its_three_points(shape):
    spread = lopsided(shape, degrees_of_freedom=4.0)
    points = spread.inverse_cdf(np.array([0.05, 0.5, 0.95]))
    np.testing.assert_allclose(points, [0.3, 0.4, 0.8], rtol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_rise_and_strata_are_the_quantiles_at_midpoints(shape):
    spread = lopsided(shape, degrees_of_freedom=4.0)
    strata = spread.strata(1_001)
    middle = (np.arange(1_001) + 0.5) / 1_001
    assert np.all(np.diff(strata) > 0.0)
    np.testing.assert_allclose(strata, spread.inverse_cdf(middle), rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
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


def test_ratios_stay_ratios_far_into_the_tails():
    spread = Spread(central=0.9, low=0.5, high=0.98, shape="logit-normal")
    draws = spread.inverse_cdf(np.array([1e-12, 1.0 - 1e-12]))
    assert np.all((draws > 0.0) & (draws < 1.0))


def test_bounds_clip():
    spread = Spread(central=1.2, low=1.0, high=1.6, shape="normal", lower_bound=1.0)
    assert spread.inverse_cdf(np.array([1e-6])) == 1.0


def test_an_exact_value_never_moves():
    spread = Spread(central=3.0, low=3.0, high=3.0)
    assert spread.is_exact
    np.testing.assert_allclose(spread.strata(4), np.full(4, 3.0), rtol=1e-15)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"central": 1.0, "low": 2.0, "high": 3.0}, "not in order"),
        ({"central": 1.0, "low": 0.0, "high": 3.0}, "positive"),
        ({"central": 0.9, "low": 0.5, "high": 1.0, "shape": "logit-normal"}, "below 1"),
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
    st.sampled_from(["lognormal", "log-student"]),
)
def test_positive_quantities_stay_positive(central, below, above, shape):
    spread = Spread(
        central=central, low=central / below, high=central * above, shape=shape,
        degrees_of_freedom=4.0,
    )  # fmt: skip
    assert np.all(spread.strata(64) > 0.0)
