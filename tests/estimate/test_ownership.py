"""What an owned GPU-hour costs, through the estimate."""

from __future__ import annotations

import pytest

from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import walk
from tests.estimate.files import DEEPSEEK_V3, MEASURED_OWNER, built, estimated

# Worked cases of the note on ownership, USD per used GPU-hour, printed to a cent.
WORKED = [
    ("H100 at a hyperscaler", {}, 1.535),
    ("H100 at 50,000", {"capital": "$50,000/GPU"}, 2.19),
    (
        "H800 in China",
        {
            "capital": "$40,000/GPU",
            "colocation": "$90/kW-month",
            "electricity": "$0.09/kWh",
            "pue": "1.3",
        },
        1.77,
    ),
    ("GB200", {"capital": "$54,200/GPU", "power": "1.9 kW"}, 2.48),
    ("four years", {"life": "4 years"}, 1.74),
    ("six years", {"life": "6 years"}, 1.40),
    ("cheap money", {"cost_of_capital": "6%"}, 1.47),
    ("dear money", {"cost_of_capital": "13%"}, 1.66),
    ("half idle", {"utilization": "70%"}, 1.97),
    ("salvage", {"salvage": "20%"}, 1.40),
]


@pytest.mark.parametrize(
    ("terms", "expected"), [row[1:] for row in WORKED], ids=[r[0] for r in WORKED]
)
def test_worked_cases(terms: dict[str, str], expected: float) -> None:
    result = estimated(DEEPSEEK_V3, pricing={"own": {**MEASURED_OWNER, **terms}}, samples=64)
    rate = result.figures["usd_per_gpu_hour"]
    assert rate.central == pytest.approx(expected, abs=0.006)
    assert rate.low == rate.high  # every term is stated, none is uncertain


def test_parts_add_up_and_are_named() -> None:
    model = built(DEEPSEEK_V3, pricing={"own": MEASURED_OWNER})
    rate = model.totals["usd_per_gpu_hour"]
    values = evaluate([rate])
    parts = {part.name: float(values[part]) for part in rate.children}
    assert list(parts) == [
        f"price/own/{part}"
        for part in ("capital", "maintenance", "staff", "colocation", "electricity")
    ]
    assert sum(parts.values()) == pytest.approx(float(values[rate]))
    assert parts["price/own/electricity"] == pytest.approx(0.13, abs=0.005)


def test_what_is_not_stated_is_assumed_with_sources() -> None:
    result = estimated(DEEPSEEK_V3, pricing={"own": {}})
    assumed = {line.path: line for line in result.inputs if line.source == "default"}
    for term in ("own/life", "own/cost_of_capital", "own/utilization", "own/staff", "capital"):
        assert assumed[term].sources
        assert assumed[term].low is not None
    assert result.figures["cost_usd"].assumed


def test_owned_deepseek_contains_four_and_a_half_million() -> None:
    cost = estimated(DEEPSEEK_V3, pricing={"own": {}}).figures["cost_usd"]
    assert cost.low < 4.5e6 < cost.high


def test_capital_is_the_newest_known_on_the_day() -> None:
    def capital(day: str) -> float:
        made = estimated(DEEPSEEK_V3, fleet={"gpu": "h100", "count": "1"}, as_of=day, samples=64)
        return made.figures["capex_usd"].central

    assert capital("2023-06-01") == 50_000
    assert capital("2024-06-01") == 42_300
    assert capital("2026-01-01") == 31_250


def test_capital_without_a_row_comes_from_a_server_price() -> None:
    made = built(DEEPSEEK_V3, fleet={"gpu": "a800", "count": "8"})
    names = {node.name for node in walk([made.totals["capex_usd"]])}
    assert "capital/server" in names
    assert "capital/cluster_over_server" in names


def test_capital_nobody_quoted_is_unknown_with_the_reason() -> None:
    fleet = {"gpu": {"name": "Homemade", "peak": {"bf16": "100 TFLOPS"}}, "count": "8"}
    capex = estimated(DEEPSEEK_V3, fleet=fleet, samples=64).figures["capex_usd"]
    assert capex.central is None
    assert "pricing.own.capital" in capex.reason


def test_electricity_is_not_paid_twice() -> None:
    model = built(DEEPSEEK_V3, pricing={"own": {}})
    lines = [node.name for node in model.totals["cost_usd"].children]
    assert lines == ["cost/compute/owned"]


def test_two_stages_share_the_terms_of_the_file() -> None:
    stages = [{"name": "a", "gpu_hours": "1M"}, {"name": "b", "kind": "sft", "gpu_hours": "1K"}]
    scenario = {k: v for k, v in DEEPSEEK_V3.items() if k not in ("gpu_hours", "training")}
    result = estimated(scenario, pricing={"own": {"life": "4 years"}}, stages=stages)
    lives = [line.path for line in result.inputs if line.path.endswith("own/life_hours")]
    assert len(lives) == 1


def owner(**changes):
    """An owner's cost, energy and graph, in Germany unless said otherwise."""
    pricing = {"own": changes.pop("own", {})}
    return built(
        DEEPSEEK_V3,
        pricing=pricing,
        **{"energy": {"grid": "DEU"}, "as_of": "2024-12-26", **changes},
    )


def values_of(model, *names):
    nodes = {node.name: node for node in walk(model.totals.values())}
    found = evaluate([nodes[name] for name in names])
    return [float(found[nodes[name]]) for name in names]


@pytest.mark.parametrize(
    "energy",
    [{"grid": "DEU"}, {"grid": "DEU", "pue": "1.1"}, {"pue": "1.6", "power": "1.2 kW"}],
)
def test_the_energy_that_is_printed_is_the_energy_that_is_paid(energy):
    model = owner(energy=energy, own={"utilization": "100%"})
    kwh, hours, rate, price = values_of(
        model, "energy_kwh", "gpu_hours", "price/own/electricity", "energy/usd_per_kwh"
    )
    assert hours * rate == pytest.approx(kwh * price)


def test_electricity_costs_what_it_costs_where_the_run_is():
    # Industry in 2024: 0.0771 USD/kWh in the US (EIA), 0.155 in Germany and 0.102 in France
    # (Eurostat, 20-70 GWh a year, without taxes).
    prices = {"USA": 0.0771, "DEU": 0.1552, "FRA": 0.1024}
    for grid, usd in prices.items():
        assert values_of(owner(energy={"grid": grid}), "energy/usd_per_kwh") == [usd]
    (unnamed,) = values_of(owner(energy={"pue": "1.1"}), "energy/usd_per_kwh")
    assert unnamed == prices["USA"]
    (region,) = values_of(owner(energy={"grid": "CHN-YN"}), "energy/usd_per_kwh")
    assert region == 0.079  # of the country
    (state,) = values_of(owner(energy={"grid": "Virginia"}), "energy/usd_per_kwh")
    assert state == 0.0899  # EIA, 2024
    (stated,) = values_of(owner(own={"electricity": "$0.05/kWh"}), "energy/usd_per_kwh")
    assert stated == 0.05


def test_the_price_of_electricity_is_that_of_the_year():
    def price(day):
        return values_of(owner(as_of=day, energy={"grid": "USA"}), "energy/usd_per_kwh")[0]

    assert (price("2022-06-01"), price("2024-06-01")) == (0.0832, 0.0771)


def test_a_part_whose_power_nobody_knows_is_not_billed_that_of_another():
    ours = {"gpu": {"name": "Homemade", "peak": {"bf16": "100 TFLOPS"}}, "count": "8"}
    own = {"own": {"capital": "$20000/GPU"}}
    rate = estimated(DEEPSEEK_V3, fleet=ours, pricing=own).figures["usd_per_gpu_hour"]
    assert rate.at_least
    powered = {**ours, "gpu": {**ours["gpu"], "tdp": "300 W"}}
    known = estimated(DEEPSEEK_V3, fleet=powered, pricing=own).figures["usd_per_gpu_hour"]
    assert not known.at_least
    # 300 W x 1.8 of a server x 1.1 of a site, at 164 USD per kW and month: 0.15 USD an hour of use.
    space = 0.3 * 1.8 * 1.1 * 163.44 * 12 / 8766 / 0.9
    electricity = 0.3 * 1.8 * 0.75 * 1.25 * 0.0771 / 0.9
    assert known.central == pytest.approx(rate.central + space + electricity)


@pytest.mark.parametrize(
    ("day", "usd"), [("2024-12-30", 163.44), ("2024-12-31", 184.06), ("2026-11-22", 194.95)]
)
def test_space_costs_what_was_asked_on_the_day(day, usd):
    # CBRE: the average asked in primary markets at the ends of 2023, 2024 and 2025.
    assert values_of(owner(as_of=day), "own/colocation") == [usd]


# Kept for two years and sold for 17 % of 31,250 USD at 8.5 %: the annuity pays 31,250 less
# 5,312.5 / 1.085^2 over two years.
def test_accelerators_kept_for_the_run_carry_all_of_its_months():
    own = {**MEASURED_OWNER, "kept": "2 years", "salvage": "17%"}
    own = {k: v for k, v in own.items() if k not in ("life", "utilization")}
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "duration": "2 years", "as_of": "2026-11-22"}
    rate = estimated(run, pricing={"own": own}).figures["usd_per_gpu_hour"].central
    annuity = (31_250 - 0.17 * 31_250 / 1.085**2) * 0.085 / (1 - 1.085**-2)
    yearly = annuity + 0.02 * 31_250 + 350 + 130 * 12 * 1.4 + 1.4 * 0.8 * 1.25 * 8766 * 0.083
    assert rate == pytest.approx(yearly / 8766)
    # Half the time in use, all of it paid.
    half = estimated(run, duration="1 year", pricing={"own": own}).figures["usd_per_gpu_hour"]
    assert half.central == pytest.approx(2 * rate)


def test_a_used_accelerator_brings_what_the_market_paid():
    # H100, 500 sales: 60-65 % after a year, 40-45 % after two, 25-35 % after three; the network of
    # the cluster (1.25 over the servers) is not sold on.
    for years, low, high in ((1, 0.60, 0.68), (2, 0.40, 0.45), (3, 0.25, 0.35)):
        (share,) = values_of(owner(own={"kept": f"{years} years"}), "own/salvage")
        assert low <= share * 1.25 <= high


@pytest.mark.parametrize(
    "gpu", ["b200", "b300", "gb200", "gb300", "h200", "mi300x", "mi325x", "mi350x", "mi355x",
            "gaudi3", "tpu-v5p", "tpu-v6e", "tpu-v7", "rtx-4090", "rtx-5090", "l40s",
            "ascend-910c"],
)  # fmt: skip
def test_every_current_part_that_is_sold_has_a_capital(gpu):
    made = estimated(DEEPSEEK_V3, fleet={"gpu": gpu, "count": "8"}, as_of="2026-11-22", samples=64)
    capex = made.figures["capex_usd"]
    assert capex.high / capex.low < 17
    assert capex.central > 8 * 1_000


def test_the_network_of_a_finished_rack_is_counted_once():
    made = estimated(DEEPSEEK_V3, fleet={"gpu": "tpu-v7", "count": "1"}, as_of="2026-01-01")
    assert made.figures["capex_usd"].central == 25_000  # SemiAnalysis: 10bn USD for 400,000


def test_a_part_last_sold_new_long_ago_is_bought_used():
    def capital(day):
        made = estimated(DEEPSEEK_V3, fleet={"gpu": "v100", "count": "1"}, as_of=day, samples=64)
        return made.figures["capex_usd"].central

    assert capital("2022-06-30") == 23_300  # a DGX-1 of 2017, within the life of five years
    assert capital("2022-07-03") < 0.2 * 23_300
    assert capital("2026-11-22") < 1_000


def kept_for_two(*stages, **own):
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "as_of": "2026-11-22", "stages": list(stages)}
    return estimated(run, pricing={"own": {**MEASURED_OWNER, "kept": "2 years", **own}}, samples=64)


def test_stages_on_the_same_accelerators_buy_them_once():
    # A year and a year on what is kept for two: all of it once, by halves.
    own = {k: v for k, v in MEASURED_OWNER.items() if k not in ("life", "utilization")}
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "as_of": "2026-11-22"}
    pricing = {"own": {**own, "kept": "2 years"}}
    whole = estimated(run, duration="2 years", pricing=pricing, samples=64).figures["cost_usd"]
    a, b = {"name": "a", "duration": "1 year"}, {"name": "b", "kind": "sft", "duration": "1 year"}
    both = estimated(run, stages=[a, b], pricing=pricing, samples=64)
    assert both.figures["cost_usd"].central == pytest.approx(whole.central)
    halves = [stage.figures["cost_usd"].central for stage in both.stages]
    assert halves == pytest.approx([whole.central / 2] * 2)
    # A smaller stage uses less of the same fleet: the hours that nobody uses are paid all the same.
    small = {**b, "fleet": {"count": "512"}}
    less = estimated(run, stages=[a, small], pricing=pricing, samples=64)
    assert less.figures["cost_usd"].central == pytest.approx(whole.central)
    # Side by side there are twice as many of them.
    beside = estimated(run, stages=[a, {**b, "concurrent": "true"}], pricing=pricing, samples=64)
    assert beside.figures["cost_usd"].central == pytest.approx(2 * whole.central)


def test_stages_together_use_no_more_than_what_is_kept():
    a = {"name": "a", "duration": "1 year"}
    long, right = ({"name": "b", "kind": "sft", "duration": f"{n} months"} for n in (13, 12))
    own = {"utilization": "100%"}
    assert kept_for_two(a, right, **own).verdict == "feasible"
    found = [each for each in kept_for_two(a, long, **own).feasibility if each.check == "ownership"]
    assert [each.verdict for each in found] == ["infeasible"]
