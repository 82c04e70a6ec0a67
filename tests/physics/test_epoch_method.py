import csv
from datetime import date
from pathlib import Path

import pytest
import yaml

from costcheck.physics import epoch_method
from costcheck.physics.amortization import PurchasePrice

COSTS = Path(__file__).parents[2] / "configs" / "costs"
DATA = yaml.safe_load((COSTS / "epoch.yaml").read_text(encoding="utf-8"))


def _day(text):
    return float(date.fromisoformat(text).toordinal())


PRICES = (
    PurchasePrice(_day("2020-05-21"), "NVIDIA A100 SXM4 40 GB", 24_875.0, 8.0, "DGX A100", "a"),
    PurchasePrice(_day("2014-11-17"), "NVIDIA Tesla K80", 5_000.0, 1.0, "Single-unit", "k"),
    PurchasePrice(_day("2025-02-21"), "NVIDIA H800 SXM5", 44_750.0, 8.0, "DGX, 8 GPU", "h"),
    PurchasePrice(_day("2023-07-10"), "NVIDIA A800 PCIe", 15_000.0, 0.0, "yuan a card", "c"),
)
METHOD = epoch_method.read_method(DATA, prices=PRICES, day_of=_day)


def _price(name, released="2020-03-01"):
    return epoch_method.server_price(METHOD, name, _day(released))


def test_a_server_price_needs_no_overhead():
    price = _price("NVIDIA A100")
    assert price.usd_per_chip == 24_875.0
    assert price.acquired_day == _day("2020-03-01") + 90
    assert not price.is_extension


def test_a_single_unit_is_scaled_to_its_server():
    price = _price("NVIDIA Tesla K80", "2014-11-17")
    assert price.usd_per_chip == pytest.approx(5_000.0 * 1.64)


def test_tpus_are_used_before_they_are_sold():
    price = _price("Google TPU v4", "2021-05-20")
    assert price.usd_per_chip == pytest.approx(5_167.0 * 1.64)
    assert price.may_precede_purchase
    early = epoch_method.value_at_start(METHOD, price, start_day=_day("2021-01-01"))
    assert early > price.usd_per_chip


def test_gpus_are_not_used_before_they_are_bought():
    price = _price("NVIDIA A100")
    early = epoch_method.value_at_start(METHOD, price, start_day=_day("2019-01-01"))
    assert early == price.usd_per_chip


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        ("NVIDIA H800 SXM5", 44_750.0),
        ("NVIDIA A800 PCIe 80 GB", 15_000.0 * 1.64),
        ("Google TPU v5p", 3_694.0 * 1.64),
        ("Google TPU v6e Trillium", 6_518.0 * 1.64),
        ("Google TPU v7 Ironwood", 25_000.0),
        ("NVIDIA GB200", 43_056.0),
    ],
)
def test_hardware_the_method_stops_at_is_priced_by_our_rows_and_says_so(hardware, expected):
    price = _price(hardware)
    assert price.usd_per_chip == pytest.approx(expected)
    assert price.is_extension


def test_unpriced_hardware_stays_unpriced():
    assert _price("NVIDIA GeForce RTX 4090") is None


@pytest.mark.parametrize(
    ("hardware", "ratio", "draw"),
    [
        ("NVIDIA H100 SXM5 80GB", 10.2 / 8 / 0.7, 0.75),
        ("NVIDIA A100", 6.5 / 8 / 0.4, 0.75),
        ("NVIDIA Tesla K80", 1.8, 0.75),
        ("Google TPU v3", 1.47, 0.43),
        ("Google TPU v5p", 1.56, 0.43),
        ("NVIDIA GB200", 1.5972, 0.75),
    ],
)
def test_power_factors(hardware, ratio, draw):
    assert epoch_method.power_over_rated(METHOD, hardware) == (pytest.approx(ratio), draw)


@pytest.mark.parametrize(
    ("organization", "pue"),
    [("Meta AI", 1.1), ("DeepMind,University of Toronto", 1.1), ("OpenAI", 1.25), ("", 1.25)],
)
def test_hyperscalers_cool_better(organization, pue):
    assert epoch_method.pue_of(METHOD, organization) == pue


def test_years_beyond_the_series_take_its_nearest_end():
    assert epoch_method.usd_per_kwh_in(METHOD, 2026) == 0.0826
    assert epoch_method.usd_per_kwh_in(METHOD, 1999) == 0.0677


def test_known_trainings_override_the_publication_date():
    published = _day("2023-03-15")
    gpt4 = epoch_method.start_day(
        METHOD, model="GPT-4", publication_day=published, training_hours=2280.0
    )
    assert gpt4 == _day("2022-05-12")
    other = epoch_method.start_day(
        METHOD, model="GPT-4o mini", publication_day=published, training_hours=None
    )
    # 793.5 hours without a stated time, and 60 days before publication.
    assert int(other) == _day("2023-03-15") - 94


def test_every_key_of_the_data_has_a_source():
    keys = {source["key"] for source in DATA["sources"]}

    def named(value):
        if isinstance(value, dict):
            for key, each in value.items():
                if key in ("source", "sources"):
                    yield from ([each] if isinstance(each, str) else each)
                elif key != "title":
                    yield from named(each)
        elif isinstance(value, list):
            for each in value:
                yield from named(each)

    used = set(named({key: value for key, value in DATA.items() if key != "sources"}))
    with (COSTS / "epoch-chips.csv").open(encoding="utf-8") as text:
        used.update(row["source"] for row in csv.DictReader(text))
    assert used <= keys
