"""Published runs as the columns the MFU prior is fitted on and evaluated at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costcheck.physics.prior import RunFeatures
from costcheck.physics.prior_fit import RunTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcheck.catalog.published_runs import PublishedRun


def run_features(runs: Sequence[PublishedRun]) -> RunFeatures:
    """Return what is known of runs before their hours, arrays of shape (runs,)."""
    return RunFeatures(
        training_flops=np.array([run.training_flops for run in runs]),
        moe=np.array([float(run.kind == "moe") for run in runs]),
        peak_flops=np.array([run.peak_flops for run in runs]),
        memory_bytes_per_second=np.array([run.memory_bytes_per_second for run in runs]),
        accelerators=np.array([run.accelerators for run in runs]),
        year=np.array([run.year for run in runs]),
        calendar=np.array([float(run.basis == "calendar") for run in runs]),
        step=np.array([float(run.basis == "step") for run in runs]),
    )


def run_table(runs: Sequence[PublishedRun]) -> RunTable:
    """Return the runs with comparable hours, and speeds their developers measured, as a table."""
    scored = [run for run in runs if run.is_scored]
    measured = [run for run in runs if _has_separate_step_mfu(run)]
    hours, steps = run_features(scored), run_features(measured)
    columns = {
        name: np.concatenate([getattr(hours, name), getattr(steps, name)])
        for name in RunFeatures._fields
    }
    flags = np.arange(len(scored) + len(measured)) < len(scored)
    columns["step"] = np.where(flags, columns["step"], 1.0)
    columns["calendar"] = np.where(flags, columns["calendar"], 0.0)
    observed = [run.mfu for run in scored] + [run.step_mfu for run in measured]
    return RunTable(
        features=RunFeatures(**columns),
        log2_mfu=np.log2(np.array(observed)),
        families=[run.family for run in (*scored, *measured)],
        scored=flags,
    )


def _has_separate_step_mfu(run: PublishedRun) -> bool:
    """Whether a step MFU is stated that the hours do not already say, for a language model."""
    already = run.is_scored and run.basis == "step"
    fleet_known = np.isfinite(run.accelerators) or np.isfinite(run.training_flops)
    usable = run.left_out not in {"outside estimate", "not-language"} and run.kind in {
        "dense",
        "moe",
        "hybrid",
    }
    rates_known = bool(np.isfinite(run.peak_flops + run.memory_bytes_per_second))
    return bool(run.step_mfu > 0.0 and not already and fleet_known and usable and rates_known)
