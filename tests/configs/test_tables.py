"""The tables beside the accelerators: prices, energy, failures. Every row has a dated source."""

import csv
import itertools
import math
import re
import statistics
from datetime import date
from pathlib import Path

import pytest

from costcheck.catalog.files import Catalog, bundled_folder
from costcheck.text import yaml_text
from costcheck.text.quantity import parse

CATALOG = Catalog()
TERMS = {"on-demand", "monthly", "reserved-1y", "reserved-3y", "spot"}
KINDS = {"hyperscaler", "neocloud", "marketplace", "china"}
NOT_RENT = {"hardware_purchase", "stand_ins", "index"}
DOTTED_FILES = ["prices/defaults.yaml", "energy/power.yaml"]
COUNTRIES_IN_TWO_SERIES = 212
LARGE_COUNTRIES = (
    "USA", "CHN", "FRA", "DEU", "GBR", "SWE", "NOR", "FIN", "CHE", "CAN", "ISL", "IRL", "NLD",
    "DNK", "POL", "ESP", "ITA", "JPN", "KOR", "TWN", "SGP", "IND", "AUS", "BRA", "ARE",
)  # fmt: skip


def _rows(relative):
    return list(csv.DictReader(CATALOG.text(relative).splitlines()))


def _load(relative):
    document = yaml_text.parse(CATALOG.text(relative), relative)
    assert document.diagnostics == ()
    return document.data


def _rent_files():
    folder = Path(bundled_folder()) / "prices"
    return sorted(path.stem for path in folder.glob("*.csv") if path.stem not in NOT_RENT)


def _keys(relative):
    sources = _load(relative)["sources"]
    for source in sources:
        assert source["title"]
        date.fromisoformat(source.get("date") or source["checked"])
    return {source["key"] for source in sources}


@pytest.mark.parametrize("family", _rent_files())
def test_every_rent_is_sourced_and_in_order(family):
    known = _keys("prices/sources.yaml")
    for row in _rows(f"prices/{family}.csv"):
        assert row["gpu"] == family or row["gpu"].startswith(f"{family}-"), row
        assert row["term"] in TERMS
        assert row["provider_kind"] in KINDS
        assert row["source"] in known
        assert row["url"] == "" or row["url"].startswith("http")
        assert date.fromisoformat(row["date"]) <= date.fromisoformat(CATALOG.date)
        low, median, high = (float(row[f"{name}_usd"]) for name in ("low", "median", "high"))
        assert 0.02 < low <= median <= high < 40
        assert int(row["rows"]) >= 1


@pytest.mark.parametrize("family", _rent_files())
def test_a_price_file_belongs_to_a_part(family):
    assert any(each == family or each.startswith(f"{family}-") for each in CATALOG.names("gpus"))


def test_a_provider_has_one_row_per_part_term_and_month():
    for family in _rent_files():
        keys = [
            (row["gpu"], row["provider"], row["term"], row["date"][:7])
            for row in _rows(f"prices/{family}.csv")
        ]
        assert len(set(keys)) == len(keys), family


def test_the_catalog_says_how_far_the_rents_reach():
    newest = max(row["date"] for family in _rent_files() for row in _rows(f"prices/{family}.csv"))
    assert _load("catalog.yaml")["prices_until"] == newest
    assert newest <= CATALOG.date


def test_the_claimed_two_dollars_are_no_quote():
    assert not any(float(row["median_usd"]) == 2.0 for row in _rows("prices/h800.csv"))


def test_stand_ins_lead_to_quotes():
    names = CATALOG.names("gpus")
    for row in _rows("prices/stand_ins.csv"):
        assert any(each == row["part"] or each.startswith(f"{row['part']}-") for each in names)
        assert CATALOG.has(f"prices/{row['stand_in']}.csv")
        assert 0.1 < float(row["factor"]) <= 1.5
        assert 0.1 <= float(row["log_sd"]) <= 0.6
        assert row["reason"]
        assert row["source"]
        date.fromisoformat(row["date"])


def test_term_ratios_are_those_of_the_quotes():
    """The file says how they were measured; measure them again, by kind of provider."""
    rules = _load("prices/defaults.yaml")["terms"]
    rows = [row for family in _rent_files() for row in _rows(f"prices/{family}.csv")]
    listed = {_offer(row): float(row["median_usd"]) for row in rows if row["term"] == "on-demand"}
    measured = 0
    for term, kinds in rules.items():
        for kind, entry in kinds.items():
            if "pairs" not in entry["why"] or "median" not in entry["why"]:
                continue
            ratios = sorted(
                float(row["median_usd"]) / listed[_offer(row)]
                for row in rows
                if (row["term"], row["provider_kind"]) == (term, kind) and _offer(row) in listed
            )
            assert float(entry["value"]) == pytest.approx(ratios[len(ratios) // 2], rel=0.02)
            assert f"of {len(ratios)} pairs" in entry["why"]
            measured += 1
    assert measured == 5


def _offer(row):
    return row["gpu"], row["provider"], row["date"][:7]


def test_the_index_is_the_median_of_the_quotes_of_its_quarter():
    """Marketplaces lie below neoclouds by the ratio of the kinds; a provider counts once."""
    usual = float(_load("prices/defaults.yaml")["kinds"]["marketplace"]["value"])
    for level in _rows("prices/index.csv"):
        if level["source"] != "quotes":
            assert level["source"] in _keys("prices/sources.yaml")
            continue
        by_provider = {}
        for row in _rows(f"prices/{level['part']}.csv"):
            market = {"neocloud": 1.0, "marketplace": usual}.get(row["provider_kind"])
            if market and row["term"] == "on-demand" and _quarter(row) == _quarter(level):
                offers = by_provider.setdefault(row["provider"], [])
                offers.append(float(row["median_usd"]) / market)
        typical = statistics.median(map(statistics.median, by_provider.values()))
        assert float(level["usd"]) == pytest.approx(typical, rel=0.02), level
        assert f"of {len(by_provider)} providers" in level["why"]


def _quarter(row):
    return row["date"][:4], (int(row["date"][5:7]) - 1) // 3


def test_purchase_prices_are_sourced():
    for row in _rows("prices/hardware_purchase.csv"):
        date.fromisoformat(row["date"])
        assert row["source"].startswith("http")
        assert 20 < float(row["price_per_chip_usd"]) < 3e6


def test_the_grid_is_sourced_and_has_both_series():
    known = _keys("energy/sources.yaml")
    rows = _rows("energy/grid.csv")
    by_code = {
        code: {row["source"]: float(row["g_per_kwh"]) for row in group}
        for code, group in itertools.groupby(rows, key=lambda row: row["code"])
    }
    for row in rows:
        assert row["source"] in known
        assert 2000 < int(row["year"]) <= 2026
        assert 0 <= float(row["g_per_kwh"]) < 1500
        assert re.fullmatch(r"[A-Z]{3}(-[A-Z0-9]+)?|WORLD", row["code"])
    assert sum(len(each) == 2 for each in by_code.values()) == COUNTRIES_IN_TWO_SERIES
    # Published values, to the gram: Ember 2023 and EcoLogits.
    published = {"USA": (369, 384), "CHN": (582, 525), "FRA": (56, 41), "SWE": (41, 35)}
    for code, (ember, newer) in published.items():
        assert round(by_code[code]["owid-ember"]) == ember
        assert round(by_code[code]["ecologits"]) == newer


def test_the_grid_spread_is_that_of_the_two_series():
    series = {}
    for row in _rows("energy/grid.csv"):
        series.setdefault(row["code"], {})[row["source"]] = float(row["g_per_kwh"])
    pairs = [series[code] for code in LARGE_COUNTRIES]
    logs = [math.log(pair["owid-ember"] / pair["ecologits"]) for pair in pairs]
    spread = math.sqrt(sum(x * x for x in logs) / len(logs))
    stated = float(_load("energy/power.yaml")["grid_spread"]["log_sd"])
    assert stated == pytest.approx(spread, abs=0.04)


def test_electricity_prices_are_sourced():
    known = _keys("energy/sources.yaml")
    for row in _rows("energy/electricity_prices.csv"):
        assert row["source"] in known
        assert 0.02 < float(row["usd_per_kwh"]) < 0.5


@pytest.mark.parametrize("relative", DOTTED_FILES)
def test_every_default_names_a_dated_source_and_a_range_around_its_value(relative):
    known = _keys(relative)
    facts = list(_facts({k: v for k, v in _load(relative).items() if k != "sources"}))
    assert len(facts) > 10
    for fact in facts:
        assert fact["source"] in known
        if "low" in fact:
            assert float(fact["low"]) < float(fact["value"]) < float(fact["high"])


def _facts(node):
    if isinstance(node, dict) and "source" in node:
        yield node
    elif isinstance(node, dict):
        for child in node.values():
            yield from _facts(child)
    elif isinstance(node, list):
        for child in node:
            yield from _facts(child)


def test_server_ratios_agree_with_the_servers_of_the_parts():
    ratios = _load("energy/power.yaml")["server_over_chip"]
    for name, identifier in (
        ("H100", "h100-sxm5-80gb"),
        ("A100", "a100-sxm4-40gb"),
        ("H200", "h200-sxm-141gb"),
        ("B200", "b200-sxm-180gb"),
        ("B300", "b300-sxm-288gb"),
        ("GB200", "gb200-nvl72"),
    ):
        entry = _load(f"gpus/{identifier}.yaml")
        ratio = parse(entry["server_power"], "power").value / parse(entry["tdp"], "power").value
        assert ratio == pytest.approx(float(ratios[name]["value"]), rel=0.01)


@pytest.mark.parametrize("table", ["server_over_chip", "measured_watts"])
def test_power_tables_name_parts_of_the_catalog(table):
    models = {CATALOG.part_words.read(each).model for each in CATALOG.names("gpus")}
    for name in _load("energy/power.yaml")[table]:
        assert name in {"gpu", "tpu"} or CATALOG.part_words.read(name).model in models


# Accelerator-hours, PUE and MWh of runs whose system power was measured. The interval was set
# from these same measurements, so this guards the data and is no validation.
MEASURED_RUNS = [
    ("TPU v3", 245_760, 1.12, 85.7),  # T5-11B, Patterson 2021 table 4
    ("TPU v3", 737_280, 1.09, 232.0),  # Meena
    ("TPU v3", 76_185.6, 1.09, 24.1),  # GShard
    ("TPU v3", 663_552, 1.10, 179.0),  # Switch
    ("V100", 3_552_000, 1.10, 1287.0),  # GPT-3, count assumed there
    ("TPU v4", 8_404_992, 1.08, 3435.8),  # PaLM 540B
]


@pytest.mark.parametrize(("chip", "hours", "pue", "mwh"), MEASURED_RUNS)
def test_published_energy_lies_in_the_range_of_measured_power(chip, hours, pue, mwh):
    watts = _load("energy/power.yaml")["measured_watts"][chip]
    low, high = (float(watts[name]) * hours * pue / 1e6 for name in ("low", "high"))
    assert low < mwh < high


def test_failure_rates_are_counts_over_hours():
    for row in _rows("reliability/failure_rates.csv"):
        rate = float(row["interruptions"]) / (float(row["accelerators"]) * float(row["hours"]))
        assert float(row["per_gpu_hour"]) == pytest.approx(rate, rel=0.005)
        assert row["source"]
        assert row["url"].startswith("https://")
        date.fromisoformat(row["date"])


def test_the_search_knows_which_degrees_were_measured():
    """prediction.yaml repeats the largest degrees of throughput.csv, by software generation."""
    counted: dict[str, dict[str, int]] = {}
    for row in _rows("performance/throughput.csv"):
        most = counted.setdefault(row["software"], {})
        for key in ("tensor", "pipeline", "context", "expert"):
            most[key] = max(most.get(key, 1), int(float(row[key] or 1)))
    wide = {name: {k: n for k, n in most.items() if n > 1} for name, most in counted.items()}
    assert _load("performance/prediction.yaml")["search"]["measured"] == {
        name: {key: str(number) for key, number in most.items()} for name, most in wide.items()
    }
