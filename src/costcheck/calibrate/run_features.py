"""Published runs as the columns that what runs reach is fitted on and evaluated at."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from costcheck.calibrate.gpus import study_in
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import PublishedRun
from costcheck.estimate.compute import compute_nodes
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.prior import modelled_mfu
from costcheck.estimate.study import central
from costcheck.estimate.timing import count_node
from costcheck.physics.prior import RunFeatures
from costcheck.physics.prior_fit import RunTable


def run_features(runs: Sequence[PublishedRun], catalog: Catalog) -> RunFeatures:
    """What is known of runs before their hours, arrays of shape (runs,)."""
    predicted = [predicted_step(run, catalog) for run in runs]
    return RunFeatures(
        training_flops=np.array([run.training_flops for run in runs]),
        predicted_mfu=np.array([found.mfu for found in predicted]),
        goodput=np.array([found.goodput for found in predicted]),
        active_parameters=np.array([run.active_parameters for run in runs]),
        accelerators=np.array([run.accelerators for run in runs]),
        calendar=np.array([float(run.basis == "calendar") for run in runs]),
        step=np.array([float(run.basis == "step") for run in runs]),
    )


def run_table(runs: Sequence[PublishedRun], catalog: Catalog) -> RunTable:
    """The runs with comparable hours, and speeds their developers measured, as a table."""
    scored = [run for run in runs if run.is_scored]
    measured = [run for run in runs if _has_separate_step_mfu(run)]
    columns = run_features([*scored, *measured], catalog)
    flags = np.arange(len(scored) + len(measured)) < len(scored)
    observed = [run.mfu for run in scored] + [run.step_mfu for run in measured]
    return RunTable(
        features=columns._replace(
            step=np.where(flags, columns.step, 1.0), calendar=np.where(flags, columns.calendar, 0.0)
        ),
        log2_mfu=np.log2(np.array(observed)),
        families=[run.family for run in (*scored, *measured)],
        scored=flags,
    )


class PredictedStep(NamedTuple):
    """What an estimate predicts of the steps of a run; NaN where it predicts nothing."""

    mfu: float = math.nan
    goodput: float = math.nan
    ends: tuple[float, float] = (math.nan, math.nan)
    """Ends of the range of a step over its centre."""


@lru_cache(maxsize=1024)
def predicted_step(run: PublishedRun, catalog: Catalog) -> PredictedStep:
    """What an estimate predicts for the steps of a run."""
    study = study_in(_scenario(run), catalog)
    modelled = modelled_mfu(study, compute_nodes(study))
    if isinstance(modelled, str):
        return PredictedStep()
    goodput = goodput_node(study, count_node(study))
    values = central({"predicted": modelled.mfu, "goodput": goodput})
    return PredictedStep(values["predicted"], values["goodput"], modelled.ends)


def _scenario(run: PublishedRun) -> dict[str, Any]:
    total = run.parameters if run.parameters > 0.0 else run.active_parameters
    training: dict[str, Any] = {"tokens": f"{run.tokens:.0f}"}
    if run.sequence_length > 0.0:
        training["sequence_length"] = f"{run.sequence_length:.0f}"
    if run.precision:
        training["precision"] = run.precision
    fleet: dict[str, Any] = {"gpu": run.gpu}
    if run.accelerators > 0.0:
        fleet["count"] = f"{run.accelerators:.0f}"
    return {
        **({"as_of": run.released} if run.released else {}),
        "model": {"parameters": f"{total:.0f}", "active": f"{run.active_parameters:.0f}"},
        "training": training,
        "fleet": fleet,
    }


def _has_separate_step_mfu(run: PublishedRun) -> bool:
    """Whether a step MFU is stated that the hours do not already say, for a language model."""
    already = run.is_scored and run.basis == "step"
    sizes_known = run.active_parameters > 0.0 and run.tokens > 0.0
    usable = run.left_out not in {"outside estimate", "not-language"} and run.kind in {
        "dense",
        "moe",
        "hybrid",
    }
    rates_known = bool(np.isfinite(run.peak_flops + run.memory_bytes_per_second))
    return bool(run.step_mfu > 0.0 and not already and sizes_known and usable and rates_known)
