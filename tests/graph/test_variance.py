import numpy as np
import pytest
from scipy import stats

from costcheck.graph.distributions import Spread
from costcheck.graph.variance import elasticities, product_shares, swings, variance_shares

ANGLE = Spread(central=0.0, low=stats.norm.ppf(0.05), high=stats.norm.ppf(0.95), shape="normal")


def ishigami(x):
    # Uniform on (-pi, pi), from standard normal variables.
    a, b, c = (np.pi * (2.0 * stats.norm.cdf(x[name]) - 1.0) for name in "abc")
    return np.sin(a) + 7.0 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def ishigami_shares():
    # Ishigami and Homma 1990 in closed form for a = 7, b = 0.1.
    alone = 0.5 * (1.0 + 0.1 * np.pi**4 / 5.0) ** 2
    second = 7.0**2 / 8.0
    joint = 0.1**2 * np.pi**8 * 8.0 / 225.0
    whole = alone + second + joint
    return (
        {"a": alone / whole, "b": second / whole, "c": 0.0},
        {"a": (alone + joint) / whole, "b": second / whole, "c": joint / whole},
    )


def test_the_ishigami_function_splits_as_published():
    first, total = ishigami_shares()
    found = variance_shares(ishigami, dict.fromkeys("abc", ANGLE), base=2**17)
    assert found.first_order == pytest.approx(first, abs=0.01)
    assert found.total == pytest.approx(total, abs=0.01)


PRODUCT = {
    "flops": Spread(central=3.3e24, low=3e24, high=3.63e24),
    "mfu": Spread(central=0.35, low=0.25, high=0.49),
    "price": Spread(central=2.0, low=1.0, high=4.0),
}


def cost(x):
    return x["flops"] / (x["mfu"] * 989e12 * 3600.0) * x["price"]


def product_reference():
    # ln of each factor is normal, so its variance goes with the squared log width.
    widths = {"flops": np.log(1.1), "mfu": np.log(1.4), "price": np.log(2.0)}
    whole = sum(width**2 for width in widths.values())
    return {name: width**2 / whole for name, width in widths.items()}


def test_a_product_splits_by_log_variance():
    found = product_shares(cost, PRODUCT)
    assert found.first_order == pytest.approx(product_reference(), abs=0.002)
    assert found.total == found.first_order


def test_sampling_agrees_with_the_closed_form_of_a_product():
    found = variance_shares(cost, PRODUCT, logarithmic=True)
    assert found.first_order == pytest.approx(product_reference(), abs=0.01)
    assert found.total == pytest.approx(product_reference(), abs=0.01)


def test_elasticities_are_exponents():
    assert elasticities(cost, PRODUCT) == pytest.approx(
        {"flops": 1.0, "mfu": -1.0, "price": 1.0}, rel=1e-6
    )


def test_a_tornado_has_its_widest_bar_first():
    bars = swings(cost, PRODUCT)
    assert list(bars) == ["price", "mfu", "flops"]
    middle = cost({name: spread.central for name, spread in PRODUCT.items()})
    price = bars["price"]
    assert (price.low, price.high) == pytest.approx((middle / 2.0, middle * 2.0))
    assert bars["mfu"].low > bars["mfu"].high  # more utilization, less cost


def test_inputs_without_effect_or_spread_get_nothing():
    spreads = {**PRODUCT, "unused": ANGLE, "fixed": Spread(central=2.0, low=2.0, high=2.0)}
    found = variance_shares(lambda x: x["price"] * x["fixed"], spreads, base=1_024)
    assert found.first_order["price"] == pytest.approx(1.0, abs=0.06)
    assert found.total["unused"] == found.first_order["fixed"] == found.total["flops"] == 0.0


def test_a_constant_has_no_shares():
    found = variance_shares(lambda x: np.full_like(x["price"], 7.0), PRODUCT, base=64)
    assert set(found.first_order.values()) == {0.0}
    assert set(product_shares(lambda x: np.full_like(x["price"], 7.0), PRODUCT).total.values()) == {
        0.0
    }


def test_shares_are_the_same_every_time():
    assert variance_shares(cost, PRODUCT, base=512) == variance_shares(cost, PRODUCT, base=512)
