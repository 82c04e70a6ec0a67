"""How numbers look, and that the quantity reader reads them back."""

import pytest
from hypothesis import given, strategies as st

from costcheck.report.views.figures import figure, money, with_unit
from costcheck.text.quantity import parse


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5_576_000, "USD", "$5.58M"),
        (999_999, "USD", "$1.00M"),
        (294_000, "USD", "$294K"),
        (95.2, "USD", "$95.20"),
        (95.2e9, "USD", "$95.2B"),
        (-5_576_000, "USD", "-$5.58M"),
        (2.0, "USD/GPU-hour", "$2.00"),
        (3.29e24, "FLOP", "3.29e24"),
        (2_788_000, "GPU-hours", "2.79M"),
        (999_999, "GPU-hours", "1.00M"),
        (56.722, "days", "56.7 days"),
        (0.248, "days", "5.95 hours"),
        (1234.5, "days", "3.38 years"),
        (0.39079, "share", "39.1%"),
        (2048, "GPUs", "2,048"),
        (7.1e10, "bytes", "71.0 GB"),
        (3_330_000, "kWh", "3.33 GWh"),
        (1_750_000, "kg", "1.75K t"),
        (350, "kg", "350 kg"),
        (14.62, "s", "14.6 s"),
        (0.0000197, "1/GPU-hour", "1.97e-5"),
        (0, "USD", "$0.00"),
        (float("inf"), "days", "unlimited"),
    ],
)
def test_figures(value, unit, text):
    assert figure(value, unit) == text


POSITIVE = st.floats(min_value=1e3, max_value=1e14)


@given(POSITIVE)
def test_money_is_read_back(value):
    assert parse(money(value), "money").value == pytest.approx(value, rel=6e-3)


@pytest.mark.parametrize(
    ("unit", "dimension", "scale"),
    [("GPU-hours", "gpu_hours", 1.0), ("tokens", "tokens", 1.0), ("FLOP", "flop", 1.0),
     ("kWh", "energy", 1.0), ("bytes", "bytes", 1.0), ("share", "ratio", 1e-14)],
)  # fmt: skip
@given(value=POSITIVE)
def test_quantities_are_read_back(unit, dimension, scale, value):
    text = with_unit(value * scale, unit)
    assert parse(text, dimension).value == pytest.approx(value * scale, rel=6e-3)
