from dataclasses import replace

import numpy as np
import pytest

from costcheck.physics import ownership
from costcheck.physics.ownership import CapitalPrice, Ownership

H100 = Ownership(
    capital_usd=31_250.0,
    life_years=5.0,
    cost_of_capital=0.085,
    salvage_fraction=0.0,
    maintenance_fraction=0.02,
    staff_usd_per_year=350.0,
    it_watts=1_400.0,
    load_fraction=0.8,
    pue=1.25,
    electricity_usd_per_kwh=0.083,
    colocation_usd_per_kw_month=130.0,
    utilization=0.9,
)


def _rate(terms):
    return sum(ownership.owned_usd_per_gpu_hour(ownership=terms).values())


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


def test_break_even_capital_makes_owning_cost_the_rent():
    capital = ownership.break_even_capital_usd(rent_usd_per_gpu_hour=2.0, ownership=H100)
    assert _rate(replace(H100, capital_usd=float(capital))) == pytest.approx(2.0)


def test_rent_below_the_running_costs_leaves_nothing_for_capital():
    assert ownership.break_even_capital_usd(rent_usd_per_gpu_hour=0.1, ownership=H100) < 0.0


def test_a_building_of_ones_own_replaces_colocation():
    owned = replace(
        H100,
        colocation_usd_per_kw_month=0.0,
        building_usd_per_it_watt=12.5,
        building_life_years=15.0,
    )
    parts = ownership.owned_usd_per_gpu_hour(ownership=owned)
    assert parts["colocation"] == 0.0
    # 12.5 USD/W x 1,400 W x CRF(8.5 %, 15 y) = 2,107 a year.
    assert parts["building"] == pytest.approx(2_107.4 / (8_766 * 0.9), rel=1e-4)


def test_no_single_input_lowers_the_rate_when_it_gets_worse():
    for field, worse in [
        ("capital_usd", 40_000.0),
        ("cost_of_capital", 0.13),
        ("life_years", 4.0),
        ("utilization", 0.7),
        ("pue", 1.5),
        ("load_fraction", 0.95),
        ("maintenance_fraction", 0.04),
    ]:
        assert _rate(replace(H100, **{field: worse})) > _rate(H100)


def test_an_owned_h800_hour_spans_what_deepseek_assumed():
    # 2.788M hours between the cheap and the dear end of the H800's capital contain 4.5M USD.
    china = replace(H100, colocation_usd_per_kw_month=90.0, electricity_usd_per_kwh=0.09, pue=1.3)
    low = _rate(replace(china, capital_usd=31_125.0)) * 2.788e6
    high = _rate(replace(china, capital_usd=50_000.0)) * 2.788e6
    assert low < 4.5e6 < high


def test_capital_follows_the_date():
    rows = [
        CapitalPrice("GB200", "2025-08-20", 54_200.0, 43_000.0, 69_400.0, "a"),
        CapitalPrice("B200", "2024-12-17", 59_300.0, 50_000.0, 69_000.0, "a"),
        CapitalPrice("H100", "2023-06-01", 50_000.0, 41_000.0, 56_000.0, "b"),
        CapitalPrice("H100", "2025-08-20", 31_250.0, 28_750.0, 47_000.0, "a"),
    ]

    def usd(hardware, as_of):
        return ownership.choose_capital(rows, hardware=hardware, as_of=as_of).usd

    assert usd("NVIDIA H100 SXM5 80GB", "2024-12-26") == 50_000.0
    assert usd("NVIDIA H100 SXM5 80GB", "2025-08-20") == 31_250.0
    assert usd("NVIDIA H100 SXM5 80GB", "2022-01-01") == 50_000.0
    assert usd("NVIDIA GB200 NVL72", "2026-01-01") == 54_200.0
    assert ownership.choose_capital(rows, hardware="Abacus", as_of="2026-01-01") is None


def test_vector_equals_scalar():
    rates = np.array([0.0, 0.06, 0.13])
    lives = np.array([[4.0], [6.0]])
    together = _rate(replace(H100, cost_of_capital=rates, life_years=lives))
    assert together.shape == (2, 3)
    for row, life in enumerate(lives[:, 0]):
        for column, rate in enumerate(rates):
            alone = _rate(replace(H100, cost_of_capital=rate, life_years=life))
            assert together[row, column] == pytest.approx(alone, rel=1e-15)
