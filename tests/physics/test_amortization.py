import numpy as np
import pytest
from scipy import integrate

from costcheck.physics import amortization
from costcheck.physics.amortization import PurchasePrice

PRICES = (
    PurchasePrice(30.0, "NVIDIA X100 80GB", 40_000.0, 8.0, "DGX, 8 GPU", "b"),
    PurchasePrice(10.0, "NVIDIA X100", 9_000.0, 1.0, "Single-unit list price", "a"),
    PurchasePrice(20.0, "NVIDIA Y100", 5_000.0, 0.0, "", "c"),
)


def test_a_quoted_server_beats_an_earlier_chip():
    chosen = amortization.choose_purchase_price(prices=PRICES, alias="X100")
    assert chosen.source == "b"


def test_without_a_server_the_earliest_price_counts():
    chosen = amortization.choose_purchase_price(prices=PRICES, alias="100")
    assert chosen.source == "b"
    assert amortization.choose_purchase_price(prices=PRICES[1:], alias="100").source == "a"
    assert amortization.choose_purchase_price(prices=PRICES, alias="Z100") is None


def test_single_units_lack_a_server_and_say_so_or_not():
    assert [amortization.is_bare_chip(price) for price in PRICES] == [False, True, False]
    assert [amortization.lacks_server(price) for price in PRICES] == [False, True, True]


def test_aliases_are_tried_in_order_and_match_parts_of_names():
    aliases = ("P100", "K40")
    assert amortization.matching_alias(hardware="NVIDIA Quadro GP100", aliases=aliases) == "P100"
    assert amortization.matching_alias(hardware="NVIDIA Quadro K4000", aliases=aliases) == "K40"
    assert amortization.matching_alias(hardware="NVIDIA p100", aliases=aliases) is None


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        (0.0, 1.0),  # bought and used on one day: full price
        (1.0 / 0.14, 0.1),  # progress of a decade: a tenth
    ],
)
def test_value_falls_with_progress(years, expected):
    value = amortization.value_at_start(
        price_usd=1.0, acquired_day=0.0, start_day=365.25 * years, progress_ooms_per_year=0.14
    )
    assert value == pytest.approx(expected, rel=1e-3)


def test_amortising_forever_at_falling_value_spends_the_price():
    # The hourly wear V k ln 10 / 8766 of a value that falls as 10**-kt integrates to the price.
    years = np.linspace(0.0, 60.0, 200_001)
    value = 1_000.0 * 10.0 ** (-0.14 * years)
    hourly = amortization.server_usd_per_chip_hour(value_usd=value, progress_ooms_per_year=0.14)
    assert integrate.trapezoid(hourly * 8_766.0, years) == pytest.approx(1_000.0, rel=1e-4)


def test_interconnect_is_its_share_of_the_cluster():
    network = amortization.interconnect_usd(server_usd=81.0, cluster_share=0.19)
    assert network / (81.0 + network) == pytest.approx(0.19)


def test_training_starts_whole_hours_before_publication():
    start = amortization.training_start_day(
        publication_day=1_000.0, training_hours=60.9, lag_days=60.0
    )
    assert start == 1_000.0 - 60.0 - 2.5


def test_nobody_buys_before_release_plus_delay():
    assert amortization.acquisition_day(price_day=9.0, release_day=0.0, delay_days=90.0) == 90.0
    assert amortization.acquisition_day(price_day=120.0, release_day=0.0, delay_days=90.0) == 120.0


def test_vector_equals_scalar():
    starts = np.array([0.0, 400.0, -100.0])
    together = amortization.amortized_usd(
        chip_hours=np.array([[1.0], [1e6]]),
        value_usd=amortization.value_at_start(
            price_usd=44_489.88, acquired_day=0.0, start_day=starts, progress_ooms_per_year=0.14
        ),
        progress_ooms_per_year=0.14,
        cluster_share=0.19,
        facility_kwh=1e3,
        usd_per_kwh=0.08,
    )
    assert together["servers"].shape == (2, 3)
    alone = amortization.amortized_usd(
        chip_hours=1e6,
        value_usd=amortization.value_at_start(
            price_usd=44_489.88, acquired_day=0.0, start_day=400.0, progress_ooms_per_year=0.14
        ),
        progress_ooms_per_year=0.14,
        cluster_share=0.19,
        facility_kwh=1e3,
        usd_per_kwh=0.08,
    )
    assert together["servers"][1, 1] == alone["servers"]
    assert together["interconnect"][1, 1] == alone["interconnect"]
    assert together["energy"] == alone["energy"] == 80.0
