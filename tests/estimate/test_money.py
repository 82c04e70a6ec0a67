"""Rent stated and booked, other currencies, and lines of the bill."""

from __future__ import annotations

import pytest

from costcheck.api.results import Result
from costcheck.diagnostics import CostcheckError
from costcheck.explain import explain
from tests.commands import costcheck
from tests.estimate.files import DEEPSEEK_V3, built, estimated


def test_deepseek_rented_at_two_dollars() -> None:
    cost = estimated(DEEPSEEK_V3).figures["cost_usd"]
    assert cost.central == pytest.approx(5.576e6)
    assert cost.low == cost.high


def test_deepseek_at_the_range_of_rents() -> None:
    cost = estimated(DEEPSEEK_V3, pricing={"rent": "$1.5-3.42/GPU-hour"}).figures["cost_usd"]
    assert cost.low == pytest.approx(4.2e6, rel=0.01)
    assert cost.high == pytest.approx(9.5e6, rel=0.01)


def test_book_price_carries_spread_source_and_notes() -> None:
    result = estimated(DEEPSEEK_V3, pricing={"book": {"term": "spot"}})
    rate = next(line for line in result.inputs if line.path == "price/rent")
    assert rate.sources
    assert rate.low < rate.value < rate.high
    assert any("stand in" in note for note in result.notes)  # the stand-in is told, never silent


def test_nothing_said_is_the_price_book() -> None:
    scenario = {k: v for k, v in DEEPSEEK_V3.items() if k != "pricing"}
    rate = estimated(scenario).figures["usd_per_gpu_hour"]
    # H800 hours are priced as China rents them.
    assert 0.5 < rate.low < rate.high < 15.0
    assert rate.assumed


RUN = {"name": "run", "gpu_hours": "1M GPU-hours", "fleet": {"gpu": "h100", "count": "1024"}}


@pytest.mark.parametrize(
    ("rent", "fleet", "usd"),
    [
        ("$98.32/node-hour", {}, 98.32 / 8),
        ("$98.32 per instance-hour", {"gpus_per_node": "4"}, 98.32 / 4),
        ("$32.77/node-hour", {"gpu": "p4d.24xlarge"}, 32.77 / 8),
        ("$1,400/GPU-month", {}, 1400.0 / 730.5),
        ("$2/GPU-hour", {}, 2.0),
    ],
)
def test_rents_in_the_units_of_contracts(rent: str, fleet: dict[str, str], usd: float) -> None:
    scenario = {**RUN, "fleet": {"gpu": "h100", "count": "1024", **fleet}}
    figures = estimated(scenario, pricing={"rent": rent}).figures
    assert figures["usd_per_gpu_hour"].central == pytest.approx(usd)
    assert figures["cost_usd"].central == pytest.approx(1e6 * usd)


def test_a_rent_per_node_in_yuan() -> None:
    figures = estimated(
        RUN, pricing={"rent": "720 CNY/node-hour"}, currency_rates={"CNY": "7.2"}
    ).figures
    assert figures["usd_per_gpu_hour"].central == pytest.approx(12.5)


def test_a_price_of_a_claim_is_per_accelerator() -> None:
    with pytest.raises(CostcheckError, match="CC204"):
        estimated(RUN, claims=[{"id": "a", "price": "$98.32/node-hour"}])


def test_an_instance_is_its_accelerators_at_its_provider() -> None:
    named = {**RUN, "fleet": {"gpu": "p5.48xlarge", "count": "1024"}, "as_of": "2026-10-02"}
    result = estimated(named)
    assert result.figures["usd_per_gpu_hour"].central == pytest.approx(6.88)
    assert any("8 x NVIDIA H100 SXM5 80GB" in note for note in result.notes)
    plain = estimated(named, fleet={"gpu": "p5.48xlarge"})
    eight = estimated(RUN, fleet={"gpu": "8xH100"})
    for each in (plain, eight):
        assert each.figures["days"].central == pytest.approx(1e6 / 8 / 24)


def test_more_than_a_server_holds_are_several_servers() -> None:
    hours = {}
    for fleet in ({"gpu": "64xH100"}, {"gpu": "H100", "count": "64"}):
        run = {"model": "8B", "training": {"tokens": "1T"}, "fleet": fleet}
        hours[fleet["gpu"]] = estimated(run, samples=64).figures["days"]
    assert hours["64xH100"].central == hours["H100"].central


def test_a_named_provider_is_its_kind_for_the_building() -> None:
    result = estimated(RUN, pricing={"book": {"provider": "Lambda Labs"}})
    pue = {line.path: line.value for line in result.inputs}["energy/pue"]
    kind = estimated(RUN, pricing={"book": {"provider": "neocloud"}})
    assert pue == {line.path: line.value for line in kind.inputs}["energy/pue"]


def test_another_currency_needs_a_rate() -> None:
    with pytest.raises(CostcheckError, match="CC304") as caught:
        estimated(DEEPSEEK_V3, pricing={"rent": "14.4 CNY/GPU-hour"}, as_of="2024-12-26")
    (problem,) = caught.value.diagnostics
    assert "currency_rates: {CNY: 7." in problem.help  # what a dollar cost in yuan that year
    assert "the mean of 2024" in problem.help


def test_another_currency_at_the_rate_of_the_file() -> None:
    cost = estimated(
        DEEPSEEK_V3, pricing={"rent": "14.4 CNY/GPU-hour"}, currency_rates={"CNY": "7.2"}
    ).figures["cost_usd"]
    assert cost.central == pytest.approx(5.576e6)
    assert cost.basis == "14.4 CNY/GPU-hour at 7.2 CNY per dollar, stated"


@pytest.mark.parametrize(("limit", "word"), [("41M", "feasible"), ("40M", "over-budget")])
def test_a_limit_in_another_currency_is_compared_and_told_in_dollars(limit: str, word: str) -> None:
    found = estimated(
        DEEPSEEK_V3, budget={"cost": f"under {limit} CNY"}, currency_rates={"CNY": "7.2"}
    ).budget[0]
    assert found.verdict == word
    assert f"under {limit} CNY = $5." in found.message


def test_the_formula_of_a_converted_price_names_its_parts() -> None:
    result = estimated(
        DEEPSEEK_V3, pricing={"rent": "14.4 CNY/GPU-hour"}, currency_rates={"CNY": "7.2"}
    )
    rent = next(step for step in explain(result, "cost").steps if step.name == "price/rent")
    assert rent.formula == "rent_in_CNY / CNY_per_dollar"
    more = ["--set", "pricing.rent=14.4 CNY/GPU-hour", "--set", "currency_rates.CNY=7.2"]
    shown = costcheck("explain", "cost", "examples/minimal.yaml", *more).out
    assert "price per GPU-hour = rent in CNY / CNY per dollar" in " ".join(shown.split())


@pytest.mark.parametrize(
    "line",
    [
        ["estimate", "examples/minimal.yaml", "--fail-on", "cost>300K EUR"],
        ["plan", "examples/minimal.yaml", "--cost", "300K EUR"],
        ["diff", "examples/minimal.yaml", "examples/minimal.yaml", "--min-change", "300 EUR"],
    ],
)
def test_limits_beside_a_file_are_in_dollars(line: list[str]) -> None:
    done = costcheck(*line)
    assert done.code == 2
    assert "is in EUR" in done.err


@pytest.mark.parametrize(
    "stages", [[], [{"name": "a", "gpu_hours": "2.788M"}]], ids=["one", "staged"]
)
def test_lines_of_the_bill_are_in_the_tree(stages: list[dict[str, str]]) -> None:
    scenario = dict(DEEPSEEK_V3)
    if stages:
        del scenario["gpu_hours"]
        del scenario["training"]
    overheads = {"storage": "$100K", "egress": "$7,200", "commitment": "$1M", "staff": "$10M"}
    model = built(scenario, overheads=overheads, stages=stages)
    names = [node.name for node in model.totals["cost_usd"].children]
    assert names[-3:] == ["cost/storage", "cost/egress", "cost/commitment"]
    cost = estimated(scenario, overheads=overheads, stages=stages).figures["cost_usd"]
    assert cost.central == pytest.approx(5.576e6 + 1.1072e6)


def test_what_the_cost_leaves_out_is_said() -> None:
    excludes = estimated(DEEPSEEK_V3, overheads={"storage": "$1K", "staff": "$1M"}).excludes
    assert "storage" not in excludes
    assert {"staff", "data", "egress"} <= set(excludes)  # staff is a rung, not in the cost


def test_what_an_owner_paid_for_is_not_left_out() -> None:
    rented = estimated(DEEPSEEK_V3).excludes
    owned = estimated(DEEPSEEK_V3, pricing={"own": {}}).excludes
    assert {"the purchase of the cluster", "staff", "storage"} <= set(rented)
    held = {"the purchase of the cluster", "staff", "storage", "idle capacity", "minimum terms"}
    assert held <= set(rented)
    assert not held & set(owned)
    assert "researchers" in owned
    amortized = estimated(DEEPSEEK_V3, pricing={"amortized": "epoch"}).excludes
    assert "the purchase of the cluster" not in amortized
    assert {"staff", "storage"} <= set(amortized)


def test_what_is_stated_beside_the_cost_is_told_with_it() -> None:
    told = {"staff": "9.2M EUR", "data": "$1M"}
    result = estimated(DEEPSEEK_V3, overheads=told, currency_rates={"EUR": "0.92"})
    assert "beside staff $10.0M, data $1.00M, stated: $16.6M with the cost" in str(
        Result.of(result)
    )
    assert "beside" not in str(Result.of(estimated(DEEPSEEK_V3)))


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({}, "owned for a full life, the run's share: capital"),
        ({"kept": "4 years"}, "owned for 48 months, the run uses 1.86: capital"),
        (
            {"kept": "4 years", "utilization": "80%"},
            "owned for 48 months, the run's share: capital",
        ),
        ({"kept": "1361.33 hours"}, "owned for 1.86 months: capital"),
    ],
)
def test_an_owner_is_told_what_time_the_cost_pays_for(own: dict[str, str], words: str) -> None:
    cost = estimated(DEEPSEEK_V3, pricing={"own": own}).figures["cost_usd"]
    assert cost.basis.startswith(words)
