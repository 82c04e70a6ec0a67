"""How fast a run is that states no speed: its predicted step, and what runs keep of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from costcheck.estimate.compute import Compute
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.model_source import usual_model
from costcheck.estimate.study import (
    PRIOR_RESIDUAL,
    STEP_RESIDUAL,
    STEP_RESIDUAL_WHY,
    TRAINING_KINDS,
    Study,
    central,
    known_value,
)
from costcheck.estimate.timing import Kept, Speeds, count_node, peak_node
from costcheck.graph.nodes import Array, Node, Unknown, call
from costcheck.physics.prior import MfuPrior, RunFeatures, kept_share, log2_share, share_spread

if TYPE_CHECKING:
    from costcheck.estimate.predicted import Prediction

HOURS_COUNT = {"billed": (0.0, 0.0), "calendar": (1.0, 0.0), "steps": (0.0, 1.0)}
"""What hours count, as the effects ``calendar`` and ``step``."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Modelled:
    """What the performance model says of a run."""

    mfu: Node
    """MFU of a step in its layout; of a run of ordinary size on this machine where it has none."""
    ends: tuple[float, float]
    """Ends of the range of the step over its centre."""
    prediction: Prediction | None = None
    """That layout."""


def modelled_mfu(study: Study, compute: Compute) -> Modelled | str:
    """What the performance model says of the best usual layout, else of the machine, or why not."""
    found = assumed_layout(study, compute)
    if isinstance(found, str):
        return _machine_mfu(study)
    return Modelled(mfu=found.mfu, ends=found.ends, prediction=found)


def usual_speeds(study: Study, compute: Compute) -> tuple[Speeds, Prediction | None]:
    """The speed of the layout that is assumed, or of the machine, and that layout."""
    count, per_token = known_value(count_node(study)), known_value(compute.flops_per_token)
    described = None not in (count, per_token) and not study.scenario.claims
    asked = study.stage.layout == "auto" and count is not None
    if known_value(compute.training_flops) is None and not (described or asked):
        return Speeds(), None
    modelled = modelled_mfu(study, compute)
    if isinstance(modelled, str):
        return Speeds(why=modelled), None
    return _reached(study, compute, modelled), modelled.prediction


def predicted_speeds(study: Study, compute: Compute, found: Prediction) -> Speeds:
    """The speed of a layout; what runs reach of it is not asked where a step was measured."""
    if found.calibration is not None:
        return Speeds(step={"predicted": found.mfu})
    return _reached(study, compute, Modelled(mfu=found.mfu, ends=found.ends, prediction=found))


def _reached(study: Study, compute: Compute, modelled: Modelled) -> Speeds:
    """The speed of a modelled step, and what whole runs keep of it."""
    prior, count, (calendar, step) = study.known.mfu_prior, count_node(study), _hours_count(study)
    fleet = ("training_flops", compute.training_flops)  # It stands in for an unknown fleet.
    if known_value(count) is not None:
        fleet = ("accelerators", count)
    sizes = dict([fleet, ("active_parameters", compute.parameters_active)])
    known = {key: node for key, node in sizes.items() if known_value(node) is not None}
    share = study.let(
        "goodput/published_runs",
        "share",
        call(published_share, prior=prior, calendar=calendar, step=step, **known),
        "what published runs reach of their predicted steps, faults and checkpoints apart",
    )
    scatter = share_spread(prior=prior, calendar=calendar, step=step)
    residual = study.residual(
        PRIOR_RESIDUAL,
        scatter,
        "scatter of published runs around what is predicted, families left out of the fit",
        study.known.mfu_prior_sources,
    )
    faults = goodput_node(study, count)
    why = "hours of steps hold no faults"
    counted = study.derived("goodput/steps", 1.0, "share", why) if step == 1.0 else faults
    formula = call(kept_share, share=share, residual=residual, goodput=counted)
    why = "what a whole run keeps of the speed of its steps, lost time included"
    way = "predicted" if modelled.prediction else "published runs"
    kept = study.let("goodput/kept", "share", formula, why)
    loss = Kept(share=kept, scatter=scatter, counted=counted, faults=faults)
    return Speeds(step={way: modelled.mfu}, kept=loss)


def published_share(*, prior: MfuPrior, calendar: float, step: float, **sizes: Array) -> Array:
    """What published runs of such sizes reach of their predicted steps."""
    known = RunFeatures(calendar=calendar, step=step, **sizes)
    return np.exp2(log2_share(prior=prior, features=known))


def _hours_count(study: Study) -> tuple[float, float]:
    stated = study.stage.hours_count
    return HOURS_COUNT[stated] if stated else (np.nan, np.nan)


def assumed_layout(study: Study, compute: Compute) -> Prediction | str:
    """The best usual layout, or why there is none."""
    from costcheck.estimate.predicted import predict

    if study.stage.kind not in TRAINING_KINDS:
        return f"the steps of a stage of kind {study.stage.kind} are not modelled"
    if isinstance(compute.flops_per_token, Unknown):
        return "needs a model"
    stage = replace(study.of_stage.stage, layout="auto")
    laid_out = replace(study, of_stage=replace(study.of_stage, stage=stage))
    prediction = predict(laid_out, compute)
    return prediction if isinstance(prediction, str) else replace(prediction, assumed=True)


def _machine_mfu(study: Study) -> Modelled | str:
    """What the model predicts for the reference run on this machine."""
    from costcheck.estimate.layout_search import find_layout
    from costcheck.estimate.performance import performance_of, residual_spread

    peak, run = peak_node(study), study.known.reference_run
    if isinstance(peak, Unknown):
        return peak.why
    network = usual_model(study.known.usual_shape, run["parameters"], run["parameters"])
    performance = performance_of(study, gpus=run["gpus"], network=network)
    if isinstance(performance, str):
        return performance
    # A machine is judged by a training of all weights, whatever this one learns.
    whole = replace(performance.formula, learning={}, _known={})
    performance = replace(performance, formula=whole)
    batch = run["tokens_per_step"] / run["sequence_length"]
    best = find_layout(
        performance, gpus=run["gpus"], global_batch=batch, sequence_length=run["sequence_length"]
    )
    if isinstance(best, str):
        return best
    known = {"layout": best[1], "global_batch": batch, "sequence_length": run["sequence_length"]}
    machine = {"peak": peak, **performance.machine.leaves}
    why = "MFU that the performance model predicts for a run of ordinary size on this machine"
    modelled = study.let(
        "mfu/modelled", "share", call(performance.formula.mfu, **known, **machine), why
    )
    at = central({"mfu": modelled, **machine})
    most = float(np.asarray(performance.formula.constants.ceiling)) * at["matmul_peak"] / at["peak"]
    spread = residual_spread(performance.step_spread, least=at["mfu"] / most)
    residual = study.residual(STEP_RESIDUAL, spread, STEP_RESIDUAL_WHY, performance.sources)
    mfu = study.let("mfu/machine", "share", modelled / residual, why)
    return Modelled(mfu=mfu, ends=(max(spread.low, spread.lower_bound), spread.high))
