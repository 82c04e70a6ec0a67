"""Goodput through the estimate: quality of the fleet, intervals, failures that outrun progress."""

from __future__ import annotations

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
    model = built(RUN)
    root = model.totals["gpu_hours"]
    rates = Along("grid", np.array([1e-5, 1e-3, 1e-2]))
    found = evaluate([root], bindings={"reliability/failures_per_gpu_hour": rates})
    assert np.isfinite(found[root]).all()
    (mask,) = found.infeasible(root).values()
    assert mask.tolist() == [False, False, True]
