import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from costcheck.graph.quantiles import QuantileHistogram, controlled_quantiles, quantiles

MODERATE = st.one_of(st.just(0.0), st.floats(1e-6, 1e20), st.floats(-1e20, -1e-6))
PROBABILITIES = (0.01, 0.05, 0.5, 0.95, 0.99)


def counted(values: np.ndarray, pieces: int = 7) -> QuantileHistogram:
    histogram = QuantileHistogram()
    for piece in np.array_split(values, pieces):
        histogram.add(piece)
    return histogram


def test_quantiles_are_numpys_hazen_definition():
    values = np.random.default_rng(0).lognormal(size=(3, 1_001))
    expected = np.quantile(values, PROBABILITIES, axis=-1, method="hazen")
    np.testing.assert_allclose(quantiles(values, PROBABILITIES), expected, rtol=1e-12)


@pytest.mark.parametrize("width", [0.01, 0.5, 3.0])
def test_a_histogram_is_within_a_twentieth_of_a_percent(width):
    values = np.exp(width * np.random.default_rng(1).standard_normal(200_000))
    found = counted(values).quantiles(PROBABILITIES)
    np.testing.assert_allclose(found, quantiles(values, PROBABILITIES), rtol=5e-4)


def test_a_histogram_counts_both_signs_and_zeros():
    values = np.concatenate(
        [
            -np.exp(np.linspace(0.0, 3.0, 400_000)),
            np.zeros(100_000),
            np.exp(np.linspace(-5, 9, 500_000)),
        ]
    )
    found = counted(np.random.default_rng(2).permutation(values)).quantiles((0.1, 0.3, 0.45, 0.9))
    expected = quantiles(values, (0.1, 0.3, 0.45, 0.9))
    np.testing.assert_allclose(found, expected, rtol=5e-4)


def test_undefined_values_are_counted_apart():
    histogram = counted(np.array([1.0, np.nan, 2.0, np.nan]), pieces=1)
    assert (histogram.count, histogram.undefined) == (2, 2)
    assert np.isnan(QuantileHistogram().quantiles()).all()


def test_infinite_values_stay_infinite():
    histogram = counted(np.array([1.0, np.inf, np.inf, np.inf]), pieces=1)
    assert histogram.quantiles((0.9,))[0] == np.inf


@given(arrays(np.float64, st.integers(1, 200), elements=MODERATE))
def test_a_histogram_stays_within_what_it_saw(values):
    found = counted(values, pieces=2).quantiles((0.0, 0.5, 1.0))
    slack = 6e-4 * np.max(np.abs(values)) + 1e-300
    assert np.all(found >= values.min() - slack)
    assert np.all(found <= values.max() + slack)


def test_controls_correct_a_biased_sample():
    generator = np.random.default_rng(4)
    controls = generator.standard_normal((3, 4_000)) + 0.05  # draws that lie too high
    values = np.exp(controls.sum(axis=0) / 10.0)
    exact = np.exp(np.sqrt(3.0) / 10.0 * 1.6448536269514722)
    plain = quantiles(values)[2]
    controlled = controlled_quantiles(values, controls)[2, 0]
    assert abs(controlled / exact - 1.0) < 0.2 * abs(plain / exact - 1.0)


def test_results_that_do_not_vary_are_left_alone():
    controls = np.random.default_rng(5).standard_normal((2, 100))
    values = np.stack([np.full(100, 3.0), np.linspace(1.0, 2.0, 100), np.full(100, np.inf)])
    found = controlled_quantiles(values, controls)
    np.testing.assert_array_equal(found[:, 0], [3.0, 3.0, 3.0])
    np.testing.assert_array_equal(found[:, 2], [np.inf] * 3)
    np.testing.assert_allclose(
        controlled_quantiles(values[1], np.empty((0, 100)))[:, 0], quantiles(values[1])
    )


@pytest.mark.parametrize("draws", [1, 2, 10, 40])
def test_few_draws_are_left_alone(draws):
    generator = np.random.default_rng(6)
    values = generator.lognormal(size=(2, draws))
    found = controlled_quantiles(values, generator.standard_normal((15, draws)))
    np.testing.assert_array_equal(found, quantiles(values))
