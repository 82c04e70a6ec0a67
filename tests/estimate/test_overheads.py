"""Lines of the bill."""

from __future__ import annotations

import pytest

from costcheck.scenario.pricing import LINES
from tests.estimate.files import DEEPSEEK_V3, estimated


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
