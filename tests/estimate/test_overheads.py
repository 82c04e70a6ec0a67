"""Lines of the bill."""

from __future__ import annotations

import pytest

from costcheck.cash import plan_of
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import walk
from costcheck.report.views.estimate import estimate_document
from costcheck.scenario.pricing import LINES
from tests.estimate.files import DEEPSEEK_V3, built, estimated


@pytest.mark.parametrize("key", [line.key for line in LINES])
def test_each_line_adds_its_amount(key: str) -> None:
    cost = estimated(DEEPSEEK_V3, overheads={key: "$1M"}, samples=64).figures["cost_usd"]
    assert cost.central == pytest.approx(6.576e6)


RUN = {**DEEPSEEK_V3, "as_of": "2026-11-22"}
DAYS = 2.788e6 / 2048 / 24
"""56.7 days; the run costs 5.576M USD."""


# List prices of AWS, 2026: 0.023 USD per GB and month, 0.05 USD per GB of a large egress.
@pytest.mark.parametrize(
    ("key", "amount", "expected"),
    [
        ("storage", "500 TB", 500e3 * 0.023 * DAYS / 30.4375),
        ("egress", "100 TB", 100e3 * 0.05),
        ("support", "5%", 0.05 * 5.576e6),
        ("idle", "10%", 0.10 * 5.576e6),
        ("commitment", "6 months", 5.576e6 * (6 * 30.4375 / DAYS - 1.0)),
        ("commitment", "1 month", 0.0),  # shorter than the run
    ],
)
@pytest.mark.parametrize("staged", [False, True])
def test_an_amount_is_priced(key, amount, expected, staged):
    run = dict(RUN)
    if staged:
        del run["training"]
        run["stages"] = [{"name": "a", "gpu_hours": run.pop("gpu_hours")}]
    cost = estimated(run, overheads={key: amount}, samples=64).figures["cost_usd"]
    assert cost.central - 5.576e6 == pytest.approx(expected, abs=1.0)


def test_enterprise_support_follows_the_bands_of_the_monthly_bill():
    # 2M USD in one month: 15,000 + 24,500 + 25,000 + 30,000 (AWS Enterprise Support).
    month = {"gpu_hours": "1M", "fleet": {"gpu": "h100", "count": "2048"}}
    run = {**month, "pricing": {"rent": "$2/GPU-hour"}, "overheads": {"support": "enterprise"}}
    cost = estimated({**run, "as_of": "2026-11-22"}).figures["cost_usd"].central
    assert cost - 2e6 == pytest.approx(94_500, abs=1.0)  # a run of 20 days is one month's bill


def test_a_licence_of_data_runs_for_a_time():
    # 60M USD a year is a usual deal (Reddit and Google, 2024).
    result = estimated(RUN, overheads={"data": "6 months"}, samples=64)
    rungs = {rung.rung: rung.central for rung in result.ladder}
    assert rungs["with_data"] - rungs["with_staff"] == pytest.approx(30e6)


def test_storage_of_a_run_of_unknown_length_is_unknown_not_nothing():
    run = {"gpu_hours": "1M", "fleet": {"gpu": "h100"}, "pricing": {"rent": "$2/GPU-hour"}}
    cost = estimated(run, overheads={"storage": "500 TB"}).figures["cost_usd"]
    assert cost.at_least
    assert cost.central == pytest.approx(2e6)


def test_a_range_of_a_line_widens_the_cost() -> None:
    cost = estimated(DEEPSEEK_V3, overheads={"support": "$1M-2M"}).figures["cost_usd"]
    assert cost.low == pytest.approx(6.576e6, rel=0.01)
    assert cost.high == pytest.approx(7.576e6, rel=0.01)


def test_a_line_in_another_currency() -> None:
    cost = estimated(
        DEEPSEEK_V3, overheads={"storage": "7.2M CNY"}, currency_rates={"CNY": "7.2"}, samples=64
    ).figures["cost_usd"]
    assert cost.central == pytest.approx(6.576e6)


def owned(**changes):
    """1,024 H100 for two years, bought for them and sold at their end."""
    own = {
        "capital": "$30,000/GPU", "maintenance": "2%", "staff": "$400/GPU-year", "load": "80%",
        "colocation": "$150/kW-month", "power": "1400 W", "pue": "1.25",
        "electricity": "$0.08/kWh", "kept": "2 years",
    }  # fmt: skip
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "duration": "2 years", "as_of": "2026-11-22"}
    return estimated({**run, "pricing": {"own": own}}, **changes)


RUNNING = 0.02 * 30_000 + 400 + 150 * 12 * 1.4 + 1.4 * 0.8 * 1.25 * 8_766 * 0.08
"""Running one of them for a year, in USD; its capital is paid whether it works or not."""


def test_idle_owned_accelerators_cost_what_running_them_takes():
    used, idle = (owned(**more) for more in ({}, {"overheads": {"idle": "30%"}}))
    added = idle.figures["cost_usd"].central - used.figures["cost_usd"].central
    assert added == pytest.approx(0.3 * 1024 * 2 * RUNNING)
    (paid,) = (each.usd for each in plan_of(idle, "own").payments if each.line == "idle")
    assert paid == pytest.approx(added)


def test_idle_stages_each_cost_what_they_are_paid_by():
    rented, own = {"rent": "$2/GPU-hour"}, {"own": {"colocation": "$100/kW-month"}}
    stages = [
        {"name": "a", "gpu_hours": "1M", "pricing": rented},
        {"name": "b", "kind": "sft", "gpu_hours": "1M", "pricing": own},
    ]
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "as_of": "2026-11-22", "stages": stages}
    found = built(run, overheads={"idle": "10%", "commitment": "6 months"})
    nodes = {node.name: node for node in walk(found.totals.values())}
    values = evaluate(nodes.values())
    names = ("cost/idle", "b/own/idle_hour", "cost/commitment")
    idle, hour, term = (float(values[nodes[name]]) for name in names)
    assert idle == pytest.approx(0.1 * (2e6 + 1e6 * hour))
    days = 2e6 / 1024 / 24
    assert term == pytest.approx(2e6 * (6 * 30.4375 / days - 1.0))  # of what is rented


def test_owned_accelerators_have_no_minimum_term():
    term = owned(overheads={"commitment": "3 years"})
    assert term.figures["cost_usd"].central == owned().figures["cost_usd"].central
    assert any("overheads.commitment" in note and "own.kept" in note for note in term.notes)


@pytest.mark.parametrize(
    ("own", "verdict"),
    [
        ({}, "feasible"),
        ({"utilization": "100%"}, "feasible"),
        ({"utilization": "99%"}, "infeasible"),
    ],
)
def test_a_run_cannot_use_more_than_what_is_owned_offers(own, verdict):
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "duration": "2 years"}
    found = estimated({**run, "pricing": {"own": {"kept": "2 years", **own}}}, samples=64)
    said = [each.help for each in found.feasibility if each.check == "ownership"]
    assert found.verdict == verdict
    assert len(said) == (verdict == "infeasible")
    assert all("24.2 months" in way and "own.utilization" in way for way in said)


def test_the_headline_and_the_ladder_name_what_is_added():
    run = {"fleet": {"gpu": "h100", "count": "1024"}, "duration": "2 years"}
    bill = {"commitment": "3 years", "egress": "$1M"}
    found = estimated({**run, "pricing": {"rent": "$1.75/GPU-hour"}}, overheads=bill, samples=64)
    head = estimate_document(found)[0].answer
    # 1,024 x 17,532 h x 1.75 USD = 31.4M; a third year is 15.7M.
    assert head.endswith("18.0M GPU-hours at $1.75 + $16.7M egress, committed and unused")
    rung = next(rung for rung in found.ladder if rung.rung == "with_other_stages")
    assert rung.basis == "egress, minimum terms"
