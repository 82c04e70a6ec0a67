"""How a node of an evaluated graph becomes a figure: its range, its reason, what it leaves out."""

import math

import pytest

from costcheck.estimate.reading import figure_of
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Input, Product, Sum, Unknown

KNOWN = Input(name="known", unit="USD", value=3.0)
MISSING = Unknown(name="missing", unit="USD", why="nobody says")
TOTAL = Sum(name="total", unit="USD", parts=(KNOWN, MISSING))


def read(node, ends=None):
    return figure_of(node, evaluate([node]), ends or {}, "a basis")


def test_a_sum_without_a_part_is_at_least_what_is_known():
    figure = read(TOTAL)
    assert (figure.central, figure.at_least) == (3.0, True)
    assert figure.basis == "a basis"


def test_a_ratio_under_such_a_sum_is_no_bound():
    # 6 over "at least 3" is at most 2, so nothing may call it "at least".
    ratio = Product(
        name="ratio", unit="1", over=(Input(name="six", unit="USD", value=6.0),), under=(TOTAL,)
    )
    figure = read(ratio)
    assert (figure.central, figure.at_least) == (2.0, False)
    assert figure.basis == "a part is unknown; a basis"


def test_an_unknown_figure_says_why():
    figure = read(MISSING)
    assert (figure.low, figure.central, figure.high) == (None, None, None)
    assert figure.reason == "nobody says"


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_what_is_not_finite_is_unknown(value):
    figure = read(Input(name="wild", unit="USD", value=value))
    assert figure.central is None
    assert figure.reason


def test_a_range_holds_the_central_value():
    assert (read(KNOWN, {KNOWN: (4.0, 5.0)}).low, read(KNOWN, {KNOWN: (1.0, 2.0)}).high) == (3, 3)
