import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from costcheck.graph.distributions import Spread
from costcheck.graph.quantiles import controlled_quantiles, quantiles
from costcheck.graph.sampling import (
    DEFAULT_SAMPLES,
    name_key,
    normal_scores,
    plan,
    prepare,
)

# A standard normal variable.
UNIT = Spread(central=0.0, low=stats.norm.ppf(0.05), high=stats.norm.ppf(0.95), shape="normal")
PRICE = Spread(central=2.0, low=1.3, high=3.2)


def draws(name, spread, start=0, stop=DEFAULT_SAMPLES, **sequence):
    return prepare({name: spread}, **sequence)[name].slice(start, stop)


def test_draws_are_the_same_everywhere_and_always():
    assert name_key("pricing/rent", 7) == 0x1BDEAA08BEBDDC31
    first = draws("pricing/rent", PRICE, 0, 3)
    np.testing.assert_array_equal(first, draws("pricing/rent", PRICE, 0, 3))


def test_an_input_does_not_depend_on_its_company():
    alone = prepare({"rent": PRICE})["rent"].slice(0, DEFAULT_SAMPLES)
    among = prepare({"mfu": UNIT, "rent": PRICE, "pue": UNIT})["rent"].slice(0, DEFAULT_SAMPLES)
    np.testing.assert_array_equal(alone, among)


def test_a_changed_spread_keeps_the_ranks():
    before = draws("rent", PRICE)
    after = draws("rent", Spread(central=3.0, low=1.0, high=4.0))
    np.testing.assert_array_equal(np.argsort(before), np.argsort(after))


def test_names_and_seeds_give_other_orders():
    assert not np.array_equal(draws("a", UNIT), draws("b", UNIT))
    assert not np.array_equal(draws("a", UNIT, seed=1), draws("a", UNIT, seed=2))


@pytest.mark.parametrize("total", [1, 2, 3, 5, 100, 1_000, 8_192, 10_000, 50_000])
def test_every_stratum_of_a_block_is_drawn_once(total):
    block = plan(total=total).block
    sequence = draws("mfu", UNIT, 0, total, total=total)
    for start in range(0, total - block + 1, block):
        place = np.floor(stats.norm.cdf(sequence[start : start + block]) * block).astype(int)
        np.testing.assert_array_equal(np.sort(place), np.arange(block))


@settings(max_examples=40)
@given(st.integers(1, 60_000), st.integers(0, 60_000), st.integers(0, 60_000), st.text(max_size=8))
def test_a_slice_is_the_part_of_the_whole(total, one, other, name):
    start, stop = sorted((min(one, total), min(other, total)))
    stop = min(stop, start + 20_000)
    ready = prepare({name: UNIT}, total=total)[name]
    offset = (start // 8_192) * 8_192
    whole = [ready.slice(a, min(a + 8_192, total)) for a in range(offset, stop, 8_192)]
    expected = np.concatenate([np.empty(0), *whole])[start - offset : stop - offset]
    np.testing.assert_array_equal(ready.slice(start, stop), expected)


def test_each_block_has_an_order_of_its_own():
    # In one order for all blocks two inputs would repeat the same pairs, 8,192 of a million.
    long = prepare({"a": UNIT}, total=400_000)["a"]
    first, second = (np.argsort(long.slice(k * 8_192, (k + 1) * 8_192)) for k in range(2))
    correlation = np.corrcoef(first, second)[0, 1] * np.sqrt(8_192)
    assert abs(correlation) < 5.0


def test_a_slice_beyond_the_sequence_is_refused():
    with pytest.raises(ValueError, match="not a slice of 8192"):
        draws("a", UNIT, 0, 9_000)


@pytest.mark.parametrize("total", [0, -1])
def test_an_empty_sequence_is_refused(total):
    with pytest.raises(ValueError, match="at least one draw"):
        prepare({"a": UNIT}, total=total)


def test_exact_inputs_are_not_drawn():
    assert list(prepare({"a": UNIT, "b": Spread(central=2.0, low=2.0, high=2.0)})) == ["a"]


def test_names_are_uncorrelated_beyond_chance():
    names = [f"stage/{place}/input" for place in range(60)]
    scores = normal_scores(names)
    correlations = np.corrcoef(scores)[np.triu_indices(60, 1)] * np.sqrt(DEFAULT_SAMPLES)
    # 1,770 pairs of a standard normal variable: its spread, and nothing beyond five deviations
    assert 0.9 < np.std(correlations) < 1.1
    assert np.max(np.abs(correlations)) < 5.0


def test_a_long_sequence_reaches_further_into_the_tails():
    short = draws("a", UNIT, 0, 8_192)
    long = prepare({"a": UNIT}, total=1_000_000)["a"]
    assert long.slice(0, 1_000_000).min() < short.min()


def test_the_default_is_close_to_ten_million_draws():
    # A DeepSeek-V3-like product: the reference is the exact lognormal of the product.
    widths = (1.5, 1.25, 1.2, 1.15, 1.15, 1.1, 1.1, 1.08, 1.05, 1.05, 1.03, 1.02)
    inputs = {
        f"input {place}": Spread(central=1.0, low=1.0 / width, high=width)
        for place, width in enumerate(widths)
    }
    sampled = {name: ready.slice(0, DEFAULT_SAMPLES) for name, ready in prepare(inputs).items()}
    product = np.prod(np.stack(list(sampled.values())), axis=0)
    controlled = controlled_quantiles(product, normal_scores(sampled))[:, 0]
    half = np.sqrt(np.sum(np.square(np.log(widths))))
    exact = np.exp([-half, 0.0, half])
    np.testing.assert_allclose(controlled, exact, rtol=0.002)
    np.testing.assert_allclose(quantiles(product), exact, rtol=0.02)


def test_no_inputs_give_no_controls():
    assert normal_scores([], total=10).shape == (0, 10)
