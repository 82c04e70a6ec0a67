"""Printed columns add up to the printed total, whatever the numbers."""

import math

import pytest
from hypothesis import given, strategies as st

from costcheck.report.views.apportion import apportion, grain


def test_the_worked_example_prints_a_column_that_adds_up():
    exact = [1_410_948.0, 1_193_947.0, 77_901.0, -844_326.0]
    scale = grain([1_838_471.0, *exact])
    total = scale.units(sum(exact))
    printed = [scale.write(n, sign=True) for n in apportion(exact, total, scale.step)]
    # 1.411 + 1.194 + 0.078 - 0.844 = 1.839 beside a total of 1.838: the worst rounding gives way.
    assert printed == ["+$1.411M", "+$1.194M", "+$0.078M", "-$0.845M"]
    assert scale.write(total, sign=True) == "+$1.838M"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "USD", "$0"),
        (12.34, "USD", "$12.34"),
        (999.96, "USD", "$1000.0"),
        (5_604_251.0, "USD", "$5.604M"),
        (7.5, "days", "7.500"),
        (3.29e24, "FLOP", "3.290e24"),
        (4.2e-5, "share", "0.00004200"),
    ],
)
def test_four_digits_of_the_largest(value, unit, text):
    scale = grain([value], unit)
    assert scale.write(scale.units(value)).replace(",", "") == text


amounts = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=12)


@given(amounts)
def test_lines_sum_to_the_total_and_signs_turn(values):
    scale = grain([*values, sum(values)])
    total = scale.units(sum(values))
    whole = apportion(values, total, scale.step)
    assert sum(whole) == total
    # Nobody is moved by more than the rounding of the total asks for.
    for units, value in zip(whole, values, strict=True):
        assert math.isclose(units, value / scale.step, abs_tol=1.5)
