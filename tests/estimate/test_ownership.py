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
