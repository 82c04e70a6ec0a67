"""Measured steps of other layouts: worked by hand after the one-way random effects model."""

import math

import pytest

from costcheck.physics.shared_bias import shared_bias


def test_one_row_is_trusted_by_the_shared_part_of_the_variance():
    # b2 = 0.09 (1 - 0.64) = 0.0324; w2 = (2/3) 0.0576 = 0.0384; trust = 0.0324/0.0708 = 0.45763.
    bias, remaining = shared_bias(log_ratios=[0.2], spread=0.3, own_share=0.8, usual_rows=2.0)
    assert bias == pytest.approx(0.2 * 0.457627, rel=1e-5)
    assert remaining == pytest.approx(math.sqrt(0.0384 + 0.0324 * 0.542373), rel=1e-5)


def test_many_rows_that_agree_are_believed():
    bias, remaining = shared_bias(log_ratios=[0.2] * 100, spread=0.3, own_share=0.8, usual_rows=2.0)
    assert bias == pytest.approx(0.2, rel=0.01)
    assert remaining < 0.05


def test_layouts_that_share_nothing_say_nothing():
    bias, remaining = shared_bias(log_ratios=[0.5, -0.5], spread=0.1, own_share=1.0, usual_rows=2.0)
    assert bias == 0.0
    assert remaining > 0.1


def test_scatter_of_the_rows_is_what_remains():
    rows = [0.4, -0.4] * 500
    _, remaining = shared_bias(log_ratios=rows, spread=0.1, own_share=0.5, usual_rows=2.0)
    assert remaining == pytest.approx(0.4, rel=0.01)
