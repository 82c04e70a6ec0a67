"""Rent stated and booked, other currencies, and lines of the bill."""

from __future__ import annotations

import pytest

from costcheck.diagnostics import CostcheckError
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
    assert 1.0 < rate.low < rate.high < 15.0
    assert rate.assumed


def test_another_currency_needs_a_rate() -> None:
    with pytest.raises(CostcheckError, match="CC304"):
        estimated(DEEPSEEK_V3, pricing={"rent": "14.4 CNY/GPU-hour"})


def test_another_currency_at_the_rate_of_the_file() -> None:
    cost = estimated(
        DEEPSEEK_V3, pricing={"rent": "14.4 CNY/GPU-hour"}, currency_rates={"CNY": "7.2"}
    ).figures["cost_usd"]
    assert cost.central == pytest.approx(5.576e6)


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
    assert not {"the purchase of the cluster", "staff", "storage"} & set(owned)
    assert "researchers" in owned
    amortized = estimated(DEEPSEEK_V3, pricing={"amortized": "epoch"}).excludes
    assert "the purchase of the cluster" not in amortized
    assert {"staff", "storage"} <= set(amortized)
