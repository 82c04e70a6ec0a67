import numpy as np
import pytest

from costcheck.physics import ownership
from tests.estimate.files import DEEPSEEK_V3, MEASURED_OWNER, estimated


def test_capital_recovery_factor_is_a_loan_payment():
    # Textbook loan: 100,000 at 6 % over 30 years is 7,264.89 a year.
    factor = ownership.capital_recovery_factor(cost_of_capital=0.06, life_years=30)
    assert 100_000 * factor == pytest.approx(7_264.89, abs=0.005)


@pytest.mark.parametrize(
    ("rate", "life", "expected"),
    [
        (0.0, 5.0, 0.2),  # no interest: the straight line
        (1e-12, 5.0, 0.2),  # next to no interest: no digits lost
        (0.1, 1e6, 0.1),  # a perpetuity: interest only
        (0.1, 1.0, 1.1),  # one year: all of it plus a year's interest
    ],
)
def test_capital_recovery_factor_limits(rate, life, expected):
    factor = ownership.capital_recovery_factor(cost_of_capital=rate, life_years=life)
    assert factor == pytest.approx(expected, rel=1e-10)


def test_payments_repay_the_capital():
    rate, life, capital, salvage = 0.085, 5, 31_250.0, 0.2
    yearly = ownership.capital_usd_per_year(
        capital_usd=capital, salvage_fraction=salvage, cost_of_capital=rate, life_years=life
    )
    debt = capital
    for _ in range(life):
        debt = debt * (1.0 + rate) - yearly
    assert debt == pytest.approx(salvage * capital)


def test_full_salvage_leaves_only_the_interest():
    yearly = ownership.capital_usd_per_year(
        capital_usd=1_000.0, salvage_fraction=1.0, cost_of_capital=0.05, life_years=7.0
    )
    assert yearly == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("term", "worse"),
    [
        ("capital", "$40,000/GPU"),
        ("cost_of_capital", "13%"),
        ("life", "4 years"),
        ("utilization", "70%"),
        ("pue", "1.5"),
        ("load", "95%"),
        ("maintenance", "4%"),
    ],
)
def test_no_single_input_lowers_the_rate_when_it_gets_worse(term, worse):
    assert _rate({term: worse}) > _rate({})


def test_an_owned_h800_hour_spans_what_deepseek_assumed():
    # 2.788M hours between the cheap and the dear end of the H800's capital contain 4.5M USD.
    china = {"colocation": "$90/kW-month", "electricity": "$0.09/kWh", "pue": "1.3"}
    low = _rate({**china, "capital": "$31,125/GPU"}) * 2.788e6
    high = _rate({**china, "capital": "$50,000/GPU"}) * 2.788e6
    assert low < 4.5e6 < high


def test_vector_equals_scalar():
    terms = {"capital_usd": 31_250.0, "salvage_fraction": 0.1}
    rates, lives = np.array([0.0, 0.06, 0.13]), np.array([[4.0], [6.0]])
    together = ownership.capital_usd_per_year(cost_of_capital=rates, life_years=lives, **terms)
    assert together.shape == (2, 3)
    for row, life in enumerate(lives[:, 0]):
        for column, rate in enumerate(rates):
            alone = ownership.capital_usd_per_year(cost_of_capital=rate, life_years=life, **terms)
            assert together[row, column] == pytest.approx(alone, rel=1e-15)


def _rate(terms):
    owned = {"own": {**MEASURED_OWNER, **terms}}
    return estimated(DEEPSEEK_V3, pricing=owned, samples=64).figures["usd_per_gpu_hour"].central
