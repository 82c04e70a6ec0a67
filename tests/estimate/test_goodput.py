"""Goodput through the estimate: quality of the fleet, intervals, failures that outrun progress."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Along
from tests.estimate.files import DEEPSEEK_V3, built, estimated

RUN = {k: v for k, v in DEEPSEEK_V3.items() if k != "gpu_hours"} | {"utilization": {"mfu": "38%"}}


def goodput(**reliability: Any) -> float:
    return estimated(RUN, reliability=reliability, samples=64).figures["goodput"].central


def test_the_optimal_interval_is_the_best_one() -> None:
    rates = {"failures_per_gpu_hour": "2e-5", "checkpoint_write": "60 s", "restart": "10 min"}
    best = goodput(**rates, checkpoint_interval="optimal")
    assert best == pytest.approx(goodput(**rates))  # what silence means
    for interval in ("20 min", "3 h"):
        assert goodput(**rates, checkpoint_interval=interval) < best


def test_a_simulated_case() -> None:
    # 2,048 GPUs, 24.7 h between failures, 1 min, 15 min, every 54 min: 1.048 (note on reliability).
    found = goodput(
        failures_per_gpu_hour=f"{1 / (24.7 * 2048):.6e}",
        checkpoint_write="1 min",
        restart="15 min",
        checkpoint_interval="54 min",
    )
    assert 1 / found == pytest.approx(1.048, abs=0.001)


def test_better_run_fleets_lose_less() -> None:
    best, mature, early = (goodput(fleet_quality=q) for q in ("best", "mature", "early"))
    assert best > mature > early


def test_failures_that_outrun_progress_are_masked_not_nan() -> None:
    model = built(RUN, reliability={"failures_per_gpu_hour": "2e-5"})
    root = model.totals["gpu_hours"]
    rates = Along("grid", np.array([1e-5, 1e-3, 1e-2]))
    found = evaluate([root], bindings={"reliability/failures_per_gpu_hour": rates})
    assert np.isfinite(found[root]).all()
    (mask,) = found.infeasible(root).values()
    assert mask.tolist() == [False, False, True]


def fleet(gpu: str, count: int, as_of: str, **changes: Any) -> Any:
    """Goodput of a fleet at 35 % MFU."""
    run = {
        "model": {"parameters": "2T", "active": "200B"},
        "training": {"tokens": "30T"},
        "fleet": {"gpu": gpu, "count": str(count)},
        "utilization": {"mfu": "35%"},
        "pricing": {"rent": "$3/GPU-hour"},
        "as_of": as_of,
        **changes,
    }
    return estimated(run)


def test_nothing_is_condemned_on_a_failure_rate_that_nobody_stated() -> None:
    # 200,000 GPUs train in Memphis; at our rate every restart would overlap with the next fault.
    for count in (100_000, 200_000, 400_000):
        result = fleet("gb200", count, "2026-11-22")
        assert result.figures["goodput"].central is not None
        assert not [f for f in result.feasibility if f.check == "reliability"]


# What fleets reported: Llama 3 (arXiv:2407.21783), ByteRobust (arXiv:2509.16293), MegaScale
# (arXiv:2402.15627) and Meta with 100,000 GPUs, synchronous and with FT-HSDP (arXiv:2602.00277).
@pytest.mark.parametrize(
    ("gpu", "count", "as_of", "effective"),
    [
        ("h100", 16_384, "2024-07-23", 0.90),
        ("h100", 9_600, "2025-09-19", 0.97),
        ("a100", 12_288, "2024-02-23", 0.90),
        ("h100", 100_000, "2026-01-30", 0.44),
        ("h100", 100_000, "2026-01-30", 0.80),
    ],
)
def test_published_fleets_lie_in_the_range(
    gpu: str, count: int, as_of: str, effective: float
) -> None:
    found = fleet(gpu, count, as_of).figures["goodput"]
    assert found.low < effective < found.high
    assert found.high / found.low < 2.6


def test_a_fault_stops_the_fleet_or_its_replica() -> None:
    # 100,000 GPUs, a failure in 18 minutes, stalls of 10 and of 3 minutes: 44 % and 80 %.
    rates = {"failures_per_gpu_hour": f"{1 / 0.3 / 1e5:.6e}", "restart": "10 min"}
    stops = {**rates, "checkpoint_write": "30 s", "elastic": False}
    whole = fleet("h100", 100_000, "2026-01-30", reliability=stops).figures["goodput"].central
    assert whole == pytest.approx(0.44, abs=0.03)
    replica = {**rates, "elastic": True}
    some = fleet("h100", 100_000, "2026-01-30", reliability=replica).figures["goodput"]
    assert some.central == pytest.approx(0.80, abs=0.04)
    assert some.low < 0.80 < some.high


def test_the_replica_is_that_of_the_layout() -> None:
    def found(**layout: str) -> float:
        rates = {"failures_per_gpu_hour": "3e-5", "elastic": True}
        return fleet("h100", 98_304, "2026-01-30", reliability=rates, layout=layout or None)

    small = found(tensor="8", pipeline="2").figures["goodput"].central
    assert small > found(tensor="8", pipeline="16", context="16").figures["goodput"].central


def test_a_rate_of_zero_is_a_rate() -> None:
    still = fleet("h100", 16_384, "2026-11-22", reliability={"failures_per_gpu_hour": "0"})
    assert still.figures["goodput"].central == 1.0
    assert goodput(restart="0 s", checkpoint_write="0 s", failures_per_gpu_hour="1e-5") == 1.0


def test_a_new_fleet_is_not_judged_by_one_of_2021() -> None:
    old = next(
        line for line in fleet("a100", 1024, "2021-11-01").inputs
        if line.path == "reliability/failures_per_gpu_hour"
    )  # fmt: skip
    new = next(
        line for line in fleet("gb200", 1024, "2026-11-22").inputs
        if line.path == "reliability/failures_per_gpu_hour"
    )  # fmt: skip
    assert any("OPT" in source for source in old.sources)
    assert not any("OPT" in source for source in new.sources)


def test_a_part_of_this_year_fails_more_often() -> None:
    young, grown = (
        fleet("gb300", 4096, day).figures["goodput"] for day in ("2026-07-01", "2026-07-02")
    )
    assert young.central < grown.central


def test_spot_capacity_is_taken_back() -> None:
    def booked(term: str, **reliability: Any) -> Any:
        pricing = {"book": {"provider": "neocloud", "term": term}}
        return fleet(
            "h100", 512, "2026-11-22", pricing=pricing, reliability=reliability or None
        ).figures

    demand, spot = booked("on-demand"), booked("spot")
    assert spot["usd_per_gpu_hour"].central < demand["usd_per_gpu_hour"].central
    assert spot["goodput"].central < demand["goodput"].central
    assert spot["gpu_hours"].central > demand["gpu_hours"].central
    stated = {"failures_per_gpu_hour": "0", "restart": "30 min", "checkpoint_write": "0 s"}
    taken = booked("spot", **stated, spot_interruptions_per_gpu_hour="1e-4")["goodput"]
    # 512 x 1e-4 an hour, half an hour each: exp(-0.0256).
    assert taken.central == pytest.approx(math.exp(-512e-4 * 0.5))
    assert taken.low == taken.high


def test_a_report_says_what_a_low_goodput_hangs_on() -> None:
    def told(count: int, **changes: Any) -> bool:
        notes = fleet("gb200", count, "2026-11-22", **changes).notes
        return any("reliability.elastic" in note for note in notes)

    assert told(100_000)
    assert not told(4_096)
    assert not told(100_000, reliability={"elastic": True})
    assert not told(100_000, gpu_hours="20M")


OF_MANY = {
    "model": "70B",
    "training": {"compute": "7.32e24 FLOP"},
    "fleet": {"gpu": "mi300x"},
    "gpu_hours": "6.14M GPU-hours",
}


@pytest.mark.parametrize("duration", ["0.0263 days", "0.0263 days ± 25%", "4 days", "90 days"])
def test_a_run_that_ended_was_productive_for_the_time_its_work_takes_at_the_peak(duration) -> None:
    found = estimated(OF_MANY, duration=duration, samples=64)
    mfu, end_to_end, goodput = (
        found.figures[name] for name in ("mfu", "mfu_end_to_end", "goodput")
    )
    assert max(filter(None, (mfu.central, mfu.high))) <= 1.0 + 1e-9
    assert mfu.central == pytest.approx(end_to_end.central / goodput.central)
    assert found.verdict != "infeasible"


def test_stated_failures_that_leave_no_time_for_stated_hours_are_a_contradiction() -> None:
    rates = {"failures_per_gpu_hour": "1e-4", "restart": "1 min", "checkpoint_interval": "2 h"}
    for duration, verdict in (("8 days", "infeasible"), ("80 days", "feasible")):
        found = estimated(OF_MANY, duration=duration, reliability=rates, samples=64)
        assert found.verdict == verdict, duration
        assert found.figures["mfu"].central <= 1.0 + 1e-9


@pytest.mark.parametrize(
    "changes",
    [
        {"fleet": {"gpu": "h800", "count": "400000000"}},
        {"fleet": {"gpu": "h800", "count": "400000000"}, "gpu_hours": "2K GPU-hours"},
        {"reliability": {"failures_per_gpu_hour": "5 ± 1000%", "checkpoint_interval": "9 days"}},
        {"reliability": {"failures_per_gpu_hour": "1", "elastic": True}},
    ],
)
def test_no_fleet_and_no_rate_takes_time_without_end(changes: dict[str, Any]) -> None:
    found = estimated({**RUN, **changes}, samples=64).figures
    for name in ("goodput", "mfu", "gpu_hours", "days", "cost_usd", "tokens_per_second_per_gpu"):
        ends = (found[name].low, found[name].central, found[name].high)
        known = [end for end in ends if end is not None]
        assert all(map(math.isfinite, known)), name
        assert len(known) in (0, 3) or found[name].low is found[name].high is None, name
        assert min(known, default=0.0) >= 0.0, name
