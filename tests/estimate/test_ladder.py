"""The ladder of scopes: rungs, ranges, sources, and the rung a claim is on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import costcheck
from costcheck.estimate.ladder import claimed_rung, ladder_nodes
from costcheck.estimate.result import Estimate, Figure
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Along
from costcheck.report.formats import terminal
from costcheck.report.views.estimate import estimate_document
from tests.estimate.files import DEEPSEEK_V3, built, estimated

LABORATORY = {"staff": "$10M", "fleet": "50,000"}
"""N. Lambert (2025-01-09): more than 10M USD a year; SemiAnalysis (2025-01-31): 50,000 Hoppers."""


def rungs(result: Estimate) -> dict[str, Figure]:
    return {rung.rung: rung for rung in result.ladder}


def staged(*stages: dict[str, Any], **changes: Any) -> Estimate:
    scenario = {k: v for k, v in DEEPSEEK_V3.items() if k not in ("gpu_hours", "training")}
    return estimated(scenario, stages=list(stages), **changes)


# The note on scope, section 3, in millions: low, high; each printed to two digits at best.
NOTE = [
    ("final_run", 5.58, 5.58),
    ("with_lost_time", 5.58, 5.58),  # the stated hours are end to end: nothing is added again
    ("with_experiments", 6.7, 22.3),
]


@pytest.mark.parametrize(("name", "low", "high"), NOTE)
def test_deepseek_ladder(name: str, low: float, high: float) -> None:
    found = rungs(estimated(DEEPSEEK_V3, overheads=LABORATORY))[name]
    assert found.low / 1e6 == pytest.approx(low, rel=0.03)
    assert found.high / 1e6 == pytest.approx(high, rel=0.03)


def test_deepseek_ladder_beside_the_run() -> None:
    found = rungs(
        staged(
            {"name": "v3", "gpu_hours": "2.788M"},
            {"name": "r1", "kind": "rl", "gpu_hours": "147K", "fleet": {"count": "512"}},
            overheads=LABORATORY,
        )
    )
    # R1: 147K hours at 2 USD on top (doi:10.1038/s41586-025-09422-z, table 4).
    added = found["with_other_stages"].central - found["with_lost_time"].central
    assert added == pytest.approx(294e3)
    assert found["with_experiments"].central == pytest.approx(12.27e6, rel=0.001)
    assert found["with_staff"].central == pytest.approx(22.27e6, rel=0.001)
    assert found["fleet_year"].low < 640e6 < found["fleet_year"].high
    assert found["run_capital"].low < 92e6 < found["run_capital"].high
    assert found["fleet_capital"].low < 1.6e9 < found["fleet_capital"].high


def test_experiments_multiply_the_bare_run() -> None:
    one = rungs(estimated(DEEPSEEK_V3, overheads={"experiments": "4"}))
    assert one["with_experiments"].central == pytest.approx(4 * 5.576e6)
    # Never less than what is already spent.
    least = rungs(estimated(DEEPSEEK_V3, overheads={"experiments": "1"}))
    assert least["with_experiments"].central == pytest.approx(least["with_other_stages"].central)


def test_computed_hours_contain_the_lost_time() -> None:
    scenario = {k: v for k, v in DEEPSEEK_V3.items() if k != "gpu_hours"}
    result = estimated(scenario, utilization={"mfu": "38%"})
    found = rungs(result)
    assert found["with_lost_time"].central == pytest.approx(result.figures["cost_usd"].central)
    goodput = result.figures["goodput"].central
    assert found["final_run"].central == pytest.approx(found["with_lost_time"].central * goodput)


@pytest.mark.parametrize("time", [{"gpu_hours": "1M"}, {"duration": "61.035 hours"}])
def test_stated_hours_are_end_to_end_in_every_rung(time: dict[str, str]) -> None:
    # 1M GPU-hours at 2 USD, stated as hours or as a wall clock of 16,384 GPUs: 2.000M, not 2.276M.
    scenario = {k: v for k, v in DEEPSEEK_V3.items() if k != "gpu_hours"}
    fleet = {"gpu": "h100", "count": "16384"}
    found = rungs(estimated(scenario, fleet=fleet, **time))
    for rung in ("final_run", "with_lost_time"):
        assert found[rung].central == pytest.approx(2.0e6, rel=1e-4)


def test_other_stages_are_the_usual_ones_only_where_the_file_lists_none() -> None:
    alone = rungs(estimated(DEEPSEEK_V3))
    assert alone["with_other_stages"].central > alone["with_lost_time"].central
    # DeepSeek-V3, table 1: 2,664K, 119K and 5K hours; all of it is 5.576M at 2 USD.
    listed = rungs(
        staged(
            {"name": "pre-training", "gpu_hours": "2664K"},
            {"name": "long", "kind": "context-extension", "gpu_hours": "119K"},
            {"name": "post", "kind": "sft", "gpu_hours": "5K"},
        )
    )
    for rung in ("final_run", "with_lost_time", "with_other_stages"):
        assert listed[rung].central == pytest.approx(5.576e6)


def test_a_project_that_pre_trains_nothing_is_all_of_its_stages() -> None:
    # DeepSeek-R1 (doi:10.1038/s41586-025-09422-z, table 4): 101K, 5K and 41K hours, 294K USD.
    found = rungs(
        staged(
            {"name": "zero", "kind": "rl", "gpu_hours": "101K"},
            {"name": "data", "kind": "synthetic-data", "gpu_hours": "5K"},
            {"name": "r1", "kind": "rl", "gpu_hours": "41K"},
        )
    )
    assert found["final_run"].central == pytest.approx(294e3)
    assert found["with_other_stages"].central == pytest.approx(294e3)


def test_usual_multiples_are_those_of_models_trained_from_scratch() -> None:
    tuned = {
        "model": "llama-3.1-8b",
        "training": {"tokens": "50M", "sequence_length": "2048", "method": "qlora"},
        "fleet": {"gpu": "rtx-4090", "count": "1"},
        "gpu_hours": "2",
        "pricing": {"rent": "$0.5/GPU-hour"},
    }
    found = rungs(estimated(tuned))
    assert found["with_other_stages"].central == pytest.approx(1.0)
    assert found["with_experiments"].central is None
    assert "overheads.experiments" in found["with_experiments"].reason
    stated = rungs(estimated(tuned, overheads={"experiments": "3", "staff": "$10"}))
    assert stated["with_staff"].central == pytest.approx(13.0)


def test_a_year_of_the_fleet_is_paid_as_the_run_is() -> None:
    # 512 GPUs x 8,766 h x 2.50 USD; a run of 12.2 % of the hours costs 12.2 % of it.
    run = {"fleet": {"gpu": "h100", "count": "512"}, "gpu_hours": "547K", "as_of": "2025-01-01"}
    result = estimated(run, pricing={"rent": "$2.50/GPU-hour"})
    year = rungs(result)["fleet_year"]
    assert year.central == pytest.approx(512 * 8766 * 2.5)
    assert "12 % of it" in year.basis
    long = rungs(estimated(run, gpu_hours="5.47M", pricing={"rent": "$2.50/GPU-hour"}))
    assert "1.22 such years" in long["fleet_year"].basis


def test_rungs_rise_in_every_draw() -> None:
    model = built(DEEPSEEK_V3, overheads=LABORATORY)
    nodes = {rung.name: rung.node for rung in ladder_nodes(model)}
    rising = ["final_run", "with_lost_time", "with_other_stages", "with_experiments", "with_staff"]
    wanted = [nodes[name] for name in rising]
    multipliers = Along("draw", [1.0, 1.5, 2.2, 4.0, 10.0])
    values = evaluate(wanted, bindings={"overheads/experiments": multipliers})
    for lower, upper in pairwise(wanted):
        assert (values[upper] >= values[lower]).all()


def test_unknown_is_not_zero() -> None:
    found = rungs(estimated(DEEPSEEK_V3))
    assert found["with_data"].central is None
    assert "overheads.data" in found["with_data"].reason
    nothing = rungs(estimated({"model": "llama-3.1-8b"}, samples=64))
    assert all(figure.central is None for figure in nothing.values())


def test_every_known_rung_says_what_it_rests_on() -> None:
    for rung in estimated(DEEPSEEK_V3).ladder:
        assert rung.reason if rung.central is None else rung.basis
    experiments = next(r for r in estimated(DEEPSEEK_V3).ladder if r.rung == "with_experiments")
    assert any("Cottier" in source for source in experiments.sources)


@pytest.mark.parametrize(
    ("cost", "rung", "covered"),
    [
        ("$5.576M", "final_run", True),
        ("$6.2M", "with_other_stages", True),
        ("$20M", "with_staff", True),
        ("$12M", "with_experiments", True),
        ("$1.9B", "fleet_capital", True),
        ("$20B", "fleet_capital", False),
    ],
)
def test_the_rung_a_claim_is_on(cost: str, rung: str, covered: bool) -> None:
    claims = [{"id": "c", "text": "said", "cost": cost}]
    result = estimated(DEEPSEEK_V3, overheads=LABORATORY, claims=claims)
    found = claimed_rung(result.claims[0], result.ladder)
    assert found is not None
    assert (found[0].rung, found[1]) == (rung, covered)
    assert next(r for r in result.ladder if r.rung == rung).claims == ("c",)


def test_the_ladder_is_a_line_and_whole_where_it_is_asked_for() -> None:
    claims = [{"id": "c", "text": "said", "cost": "$5.5M"}]
    found = estimated(DEEPSEEK_V3, claims=claims)
    told = terminal.render(estimate_document(found, ladder=True), terminal.Screen())
    assert "what a cost can mean" in told
    assert "c: $5.5M is" in told
    silent = terminal.render(estimate_document(found), terminal.Screen())
    assert "what a cost can mean" not in silent
    assert "in all $" in silent


def test_experiments_do_not_swallow_the_lines_of_the_bill() -> None:
    # Twice 5.576M USD of compute, and 2M of storage beside it.
    found = rungs(estimated(DEEPSEEK_V3, overheads={"experiments": "2", "storage": "$2M"}))
    assert found["with_experiments"].central == pytest.approx(2 * 5.576e6 + 2e6)


def test_stated_staff_and_data_build_on_the_last_rung_that_is_known() -> None:
    # 256 x 720 h x 3 USD = 552,960; nobody knows the usual experiments of a bare fleet.
    run = {"fleet": {"gpu": "h100", "count": "256"}, "duration": "30 days"}
    rent = {"pricing": {"rent": "$24/node-hour"}}
    found = rungs(estimated({**run, **rent}, overheads={"staff": "$500K", "data": "$200K"}))
    assert found["with_experiments"].central is None
    assert found["with_staff"].central == pytest.approx(1_052_960)
    assert found["with_data"].central == pytest.approx(1_252_960)
    assert not found["with_data"].at_least
    data = rungs(estimated({**run, **rent}, overheads={"data": "$200K"}))
    assert data["with_data"].central == pytest.approx(752_960)


def test_a_bare_fleet_has_no_usual_stages_and_experiments() -> None:
    # 1,024 H100 rented for two years: 39.5M USD, not 282M with experiments and people.
    fleet = {"fleet": {"gpu": "h100", "count": "1024"}, "duration": "2 years"}
    found = rungs(estimated({**fleet, "pricing": {"rent": "$2.20/GPU-hour"}}))
    assert found["with_other_stages"].central == pytest.approx(39.496e6, rel=1e-4)
    assert found["with_experiments"].central is None


def test_what_adds_to_the_run_begins_no_lower_than_it():
    for more in ({}, {"utilization": {"mfu": "35-45%"}}, {"overheads": {"experiments": "1.0001"}}):
        run = {
            "model": "llama-3.1-8b",
            "training": {"tokens": "1T"},
            "fleet": {"gpu": "h100", "count": "64"},
            "pricing": {"rent": "$2-3/GPU-hour"},
            **more,
        }
        found = costcheck.estimate(run, samples=256)
        cost = found.figures["cost_usd"]
        added = [each for each in found.ladder if each.label.startswith("+") and each.central]
        assert added
        for rung in added:
            assert rung.low >= cost.low
            assert rung.high >= cost.high
            if rung.central == pytest.approx(cost.central, rel=1e-12):
                assert (rung.low, rung.high) == (cost.low, cost.high)
