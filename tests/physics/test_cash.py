"""Payments over time against textbook values."""

import numpy as np
import pytest

from costcheck.physics import cash, ownership


def test_a_loan_repaid_evenly_is_worth_its_principal():
    # Textbook: 7,264.89 a year for 30 years repay 100,000 at 6 %.
    value = cash.present_value(usd=30 * 7_264.89, first=0, last=360, cost_of_capital=0.06)
    assert value == pytest.approx(100_000, abs=0.1)


@pytest.mark.parametrize(("rate", "worth"), [(0.0, 1_000.0), (0.1, 1_000 / 1.21)])
def test_what_is_paid_at_once_in_two_years(rate, worth):
    value = cash.present_value(usd=1_000.0, first=24, last=24, cost_of_capital=rate)
    assert value == pytest.approx(worth)


def test_years_add_up_to_the_annuity():
    months = np.arange(0, 24)
    parts = cash.paid_between(usd=2_400.0, first=0, last=24, start=months, end=months + 1)
    assert parts == pytest.approx(np.full(24, 100.0))
    values = cash.present_value(usd=parts, first=months, last=months + 1, cost_of_capital=0.085)
    factor = ownership.capital_recovery_factor(cost_of_capital=0.085, life_years=2.0)
    assert values.sum() == pytest.approx(1_200.0 / factor)


@pytest.mark.parametrize(
    ("start", "end", "paid"), [(-1, 0, 1.0), (0, 1, 0.0), (23, 24, 0.0), (-1, 24, 1.0)]
)
def test_what_is_paid_at_once_falls_into_one_period(start, end, paid):
    found = cash.paid_between(usd=1.0, first=0, last=0, start=start, end=end)
    assert float(found) == paid


def test_the_share_that_has_to_come_back():
    terms = {"rented": 80.0, "capital_at_end": 100.0}
    shares = cash.break_even_resale(owned_before_resale=np.array([97.0, 70.0]), **terms)
    assert shares == pytest.approx([0.17, -0.10])
