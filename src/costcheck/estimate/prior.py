"""How fast a run is where nothing states its speed: what runs reach of the predicted step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from costcheck.estimate.compute import Compute
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.model_source import usual_model
from costcheck.estimate.study import PRIOR_RESIDUAL, TRAINING_KINDS, Study, central, known_value
from costcheck.estimate.timing import Speeds, count_node, peak_node
from costcheck.graph.nodes import Array, Node, Unknown, call
from costcheck.physics.architectures.parameters import routed_parameters
from costcheck.physics.prior import MfuPrior, RunFeatures, mfu_prior, mfu_spread, reached_share

if TYPE_CHECKING:
    from costcheck.estimate.predicted import Prediction, Reached

HOURS_COUNT = {"billed": (0.0, 0.0), "calendar": (1.0, 0.0), "steps": (0.0, 1.0)}
"""What hours count, as the effects ``calendar`` and ``step``."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Modelled:
    """What the performance model says where no layout is stated."""

    machine: Node
    """MFU of a run of ordinary size on this machine."""
    peak_ratio: Node
    """Peak in the precision of the run over the one that MFU is measured against."""
    predicted: Node
    """MFU of this run in its best usual layout; the machine's where it cannot be laid out."""
    prediction: Prediction | None = None
    """That layout."""


def modelled_mfu(study: Study, compute: Compute) -> Modelled | str:
    """What the performance model predicts for the machine and for the run, or what is missing."""
    found = _machine_mfu(study)
    if isinstance(found, str):
        return found
    machine, ratio = found
    prediction = assumed_layout(study, compute, bare=True)
    if isinstance(prediction, str):
        return Modelled(machine=machine, peak_ratio=ratio, predicted=machine)
    predicted = prediction.mfu
    return Modelled(machine=machine, peak_ratio=ratio, predicted=predicted, prediction=prediction)


def usual_speeds(study: Study, compute: Compute) -> tuple[Speeds, Prediction | None]:
    """What runs like this one reach of the predicted step, and the layout that was assumed."""
    count, per_token = known_value(count_node(study)), known_value(compute.flops_per_token)
    described = None not in (count, per_token) and not study.scenario.claims
    asked = study.stage.layout == "auto" and count is not None
    if known_value(compute.training_flops) is None and not (described or asked):
        return Speeds(), None
    modelled = modelled_mfu(study, compute)
    if isinstance(modelled, str):
        return Speeds(why=modelled), None
    features = _features(study, compute, modelled)
    reached = _reached(study, features)
    residual = study.residual(
        PRIOR_RESIDUAL,
        reached.spread,
        "scatter of published runs around what is predicted, families left out of the fit",
        study.known.mfu_prior_sources,
    )
    most = study.known.mfu_prior.ceiling * central(features)["peak_ratio"]
    usual = study.let(
        "mfu/prior",
        "share",
        call(
            reached_share,
            median=reached.median,
            residual=residual,
            goodput=goodput_node(study, count_node(study)),
            ceiling=study.derived("mfu/ceiling", most, "share", "best share in products"),
        ),
        "median of published runs times how far such runs scatter, no step above the ceiling",
    )
    found = modelled.prediction
    return Speeds(end_to_end={"published runs": usual}), found and replace(found, reached=reached)


def _reached(study: Study, features: dict[str, Node]) -> Reached:
    """The median MFU of runs with these features, and how far they scatter."""
    from costcheck.estimate.performance import slower_node
    from costcheck.estimate.predicted import Reached

    prior, stated = study.known.mfu_prior, study.stage.hours_count
    calendar, step = HOURS_COUNT[stated] if stated else (np.nan, np.nan)
    median: Node = study.let(
        "mfu/prior_median",
        "share",
        call(prior_median, prior=prior, calendar=calendar, step=step, **features),
        "what published runs reach of the predicted step, end to end",
    )
    slower = slower_node(study)
    if slower is not None:
        why = "the same where steps take as much longer as those of such networks"
        median = study.let("mfu/prior_of_kind", "share", median / slower, why)
    known = RunFeatures(calendar=calendar, step=step, **central(features))
    spread = mfu_spread(prior=prior, features=known)
    return Reached(median=median, spread=spread.scaled(1.0 / spread.central))


def prior_median(*, prior: MfuPrior, calendar: float, step: float, **features: Array) -> Array:
    """Median end-to-end MFU of runs with these features."""
    known = RunFeatures(calendar=calendar, step=step, **features)
    return mfu_prior(prior=prior, features=known).median


def _features(study: Study, compute: Compute, modelled: Modelled) -> dict[str, Node]:
    count, why = count_node(study), "1 for a mixture of experts"
    features = {
        "predicted_mfu": modelled.predicted,
        "machine_mfu": modelled.machine,
        "peak_ratio": modelled.peak_ratio,
        "moe": study.derived("mfu/mixture_of_experts", float(_is_moe(study)), "1", why),
    }
    others = {"accelerators": count, "active_parameters": compute.parameters_active}
    known = {key: node for key, node in others.items() if known_value(node) is not None}
    if "accelerators" not in known:  # Only then the compute stands in for them.
        known["training_flops"] = compute.training_flops
    return {**features, **known}


def assumed_layout(study: Study, compute: Compute, *, bare: bool = False) -> Prediction | str:
    """The best usual layout, or why there is none; `bare` as for `predict`."""
    from costcheck.estimate.predicted import predict

    if study.stage.kind not in TRAINING_KINDS:
        return f"the steps of a stage of kind {study.stage.kind} are not modelled"
    if isinstance(compute.flops_per_token, Unknown):
        return "needs a model"
    stage = replace(study.of_stage.stage, layout="auto")
    laid_out = replace(study, of_stage=replace(study.of_stage, stage=stage))
    prediction = predict(laid_out, compute, bare=bare)
    return prediction if isinstance(prediction, str) else replace(prediction, assumed=True)


def _machine_mfu(study: Study) -> tuple[Node, Node] | str:
    """What the model predicts for the reference run on this machine, and the ratio of its peaks."""
    from costcheck.estimate.layout_search import find_layout
    from costcheck.estimate.performance import performance_of

    peak, run = peak_node(study), study.known.reference_run
    if isinstance(peak, Unknown):
        return peak.why
    network = usual_model(study.known.usual_shape, run["parameters"], run["parameters"])
    performance = performance_of(study, gpus=run["gpus"], network=network)
    if isinstance(performance, str):
        return performance
    batch = run["tokens_per_step"] / run["sequence_length"]
    best = find_layout(
        performance, gpus=run["gpus"], global_batch=batch, sequence_length=run["sequence_length"]
    )
    if isinstance(best, str):
        return best
    formula = call(
        performance.formula.mfu,
        layout=best[1],
        global_batch=batch,
        sequence_length=run["sequence_length"],
        peak=peak,
        **performance.machine.leaves,
    )
    why = "MFU that the performance model predicts for a run of ordinary size on this machine"
    ratio = performance.machine.leaves["matmul_peak"] / peak
    return (
        study.let("mfu/machine", "share", formula, why),
        study.let("mfu/peak_ratio", "1", ratio, "peak of the precision over that of the MFU"),
    )


def _is_moe(study: Study) -> bool:
    model = study.of_stage.model
    if model is None:
        return False
    if model.architecture is not None:
        return routed_parameters(model.architecture) > 0
    parameters, active = model.parameters, model.active
    return parameters is not None and active is not None and active.value < parameters.value
