"""One stage from the file to its nodes: model, FLOPs, time, money, energy, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from costcheck.estimate.amount import padded_over, padding_notes
from costcheck.estimate.bill import Spent
from costcheck.estimate.compute import Compute, compute_nodes
from costcheck.estimate.goodput import goodput_notes, hours_are_stated
from costcheck.estimate.learning import is_plain
from costcheck.estimate.money import cost_node, price_of, spent_on
from costcheck.estimate.ownership import Bought, bought_for, fleet_capital
from costcheck.estimate.power import carbon_basis, power_nodes
from costcheck.estimate.prior import assumed_layout, predicted_speeds, usual_speeds
from costcheck.estimate.resolve import ResolvedStage
from costcheck.estimate.study import (
    GENERATING_KINDS,
    REFERENCE_PRECISIONS,
    TRAINING_KINDS,
    Study,
    reference_precision,
)
from costcheck.estimate.timing import (
    STATED_WAYS,
    WHOLE_RUNS,
    Speeds,
    Timing,
    step_node,
    timing_nodes,
)
from costcheck.graph.nodes import Node, Unknown
from costcheck.quantities import RESULTS, field_words
from costcheck.scenario.schema import REINFORCING_KINDS

if TYPE_CHECKING:
    from costcheck.estimate.predicted import Prediction


FROM_MEASURED: Mapping[str, str] = {
    "near": "the predicted step is near, not inside, what was measured",
    "far": "the predicted step is far from what was measured",
}
"""What a report says of a prediction by its support; nothing where it is inside."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StageNodes:
    """The graph of one stage."""

    study: Study
    results: Mapping[str, Node]
    compute: Compute
    timing: Timing
    spent: Spent
    bought: Bought
    bases: Mapping[str, str]
    """What each result rests on, in a few words."""
    notes: tuple[str, ...]
    prediction: Prediction | None

    @property
    def resolved(self) -> ResolvedStage:
        """The stage as the file states it, with its model and its accelerator."""
        return self.study.of_stage


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """What a stage computes and how long it takes, before its money and energy."""

    study: Study
    compute: Compute
    timing: Timing
    prediction: Prediction | str
    """What the performance model says of its layout, or why it says nothing."""
    lines: tuple[str, ...] = ()
    """What to say of its steps."""


def clock_of(study: Study) -> Clock:
    """Build the first half of the graph of one stage: what it computes, and its time."""
    kind, share = study.stage.kind, study.is_a_share
    if kind in REINFORCING_KINDS and not share:
        return _reinforced_clock(study)
    compute = compute_nodes(study)
    if kind in TRAINING_KINDS and not share:
        if isinstance(compute.training_flops, Unknown):
            from costcheck.estimate.worked import worked

            compute = worked(study, compute)
        speeds, prediction = _trained(study, compute)
        timing = timing_nodes(study, compute, speeds)
        return Clock(study=study, compute=compute, timing=timing, prediction=prediction)
    from costcheck.estimate.stage_kinds import kind_compute, kind_speeds

    compute = kind_compute(study, compute)
    plain = Speeds() if share or _is_timed(study) else usual_speeds(study, compute)[0]
    timing = _own_timing(study, compute, kind_speeds(study, compute, plain))
    prediction = _prediction(study, compute)
    return Clock(study=study, compute=compute, timing=timing, prediction=prediction)


def stage_nodes(clock: Clock, clocks: Sequence[Clock]) -> StageNodes:
    """Build the graph of one stage; owned accelerators serve all stages that keep them."""
    study, compute, timing, prediction = clock.study, clock.compute, clock.timing, clock.prediction
    bought = bought_for(study, timing, [(each.study, each.timing) for each in clocks])
    priced = price_of(study, timing, bought)
    spent = spent_on(study, timing, priced)
    layout = _layout_results(study, prediction, compute, timing)
    results: dict[str, Node] = {
        "parameters_total": compute.parameters_total,
        "parameters_active": compute.parameters_active,
        "flops_per_token": compute.flops_per_token,
        "training_flops": compute.training_flops,
        **timing.results(),
        **layout,
        "cost_usd": cost_node(study, timing, spent),
        **_prices(study, compute, timing, priced.rate, layout["step_seconds"]),
        **power_nodes(study, timing.gpu_hours),
        "capex_usd": _capex(study, timing.count),
    }
    if missing := RESULTS.keys() - results.keys():
        raise ValueError(f"quantities.py has results that no node is made for: {missing}")
    bases = _bases(study, compute, timing, priced.basis)
    if not isinstance(prediction, str):
        bases |= prediction.bases(timing.way)
    return StageNodes(
        study=study,
        results=results,
        compute=compute,
        timing=timing,
        spent=spent,
        bought=bought,
        bases=bases,
        notes=(
            *clock.lines,
            *padding_notes(study, compute.computed_length),
            *priced.notes,
            *_remarks(prediction),
            *_notes(study, timing),
        ),
        prediction=None if isinstance(prediction, str) else prediction,
    )


def _bases(study: Study, compute: Compute, timing: Timing, money: str) -> dict[str, str]:
    """What each result rests on, in a few words."""
    model = study.of_stage.model
    exact = model is not None and model.architecture is not None
    sizes = "counted" if exact else "stated"
    way = timing.way
    hours = f"{field_words(way)}, stated" if way in STATED_WAYS else f"by {way}" if way else ""
    precision = reference_precision(study.hardware) or REFERENCE_PRECISIONS[0]
    peak = f"of the dense {precision.upper()} peak"
    network = model.architecture if model else None
    decodes = network is not None and network.kind == "decoder"
    rule = "6ND" if is_plain(study) else "attention not counted"
    convention = "causal attention" if decodes else "whole attention" if exact else rule
    answers = ", tokens of answers" * (study.stage.kind in REINFORCING_KINDS)
    return {
        **{name: row.basis for name, row in RESULTS.items() if row.basis},
        "parameters_total": sizes,
        "parameters_active": sizes,
        "flops_per_token": compute.basis,
        "training_flops": compute.basis,
        "gpu_hours": hours,
        "days": hours,
        "mfu": f"{peak}; {hours}",
        "mfu_end_to_end": f"{peak}, {convention}",
        "mfu_end_to_end_6nd": f"{peak}, 6ND",
        "cost_usd": money,
        "usd_per_gpu_hour": money,
        "usd_per_step": "end to end",
        "usd_per_billion_tokens": f"end to end{answers}",
        "carbon_kg": carbon_basis(study),
    }


def _trained(study: Study, compute: Compute) -> tuple[Speeds, Prediction | str]:
    """How fast a training runs, and the layout behind that or why there is none."""
    if study.stage.layout in (None, "auto") and study.stage.calibration is None:
        return _usual(study, compute)
    prediction = _prediction(study, compute)
    if isinstance(prediction, str):
        return _usual(study, compute)[0], prediction
    return predicted_speeds(study, compute, prediction), prediction


def _reinforced_clock(study: Study) -> Clock:
    from costcheck.estimate.reinforcement import answer_length, reinforced

    found = reinforced(study, compute_nodes(study, length=answer_length(study)))
    timing = _own_timing(study, found.compute, found.speeds)
    timing = replace(timing, step_seconds=found.step_seconds(study, timing))
    return Clock(
        study=study,
        compute=found.compute,
        timing=timing,
        prediction=found.prediction or _prediction(study, found.compute),
        lines=found.lines(study),
    )


def _own_timing(study: Study, compute: Compute, speeds: Speeds) -> Timing:
    """The time of a stage whose MFU would speak of another kind of work."""
    stage = study.stage
    if stage.utilization is not None and (stage.kind in GENERATING_KINDS or study.is_a_share):
        stage = replace(stage, utilization=replace(stage.utilization, mfu=None))
    of_stage = replace(study.of_stage, stage=stage)
    return timing_nodes(replace(study, of_stage=of_stage), compute, speeds)


def _usual(study: Study, compute: Compute) -> tuple[Speeds, Prediction | str]:
    """What runs like this one reach; of a timed one only the layout, where it is asked for."""
    speeds, found = (Speeds(), None) if _is_timed(study) else usual_speeds(study, compute)
    if found is None and study.stage.layout == "auto":
        return speeds, assumed_layout(study, compute)
    return speeds, found or ""


def _is_timed(study: Study) -> bool:
    """Whether the file says how long the stage takes, or how fast it runs."""
    return hours_are_stated(study) or study.stage.utilization is not None


def _prediction(study: Study, compute: Compute) -> Prediction | str:
    if study.stage.layout is None and study.stage.calibration is None:
        return ""
    if study.stage.kind not in TRAINING_KINDS:
        return f"the steps of a stage of kind {study.stage.kind} are not modelled"
    from costcheck.estimate.predicted import predict

    return predict(study, compute)


def _layout_results(
    study: Study, prediction: Prediction | str, compute: Compute, timing: Timing
) -> dict[str, Node]:
    if isinstance(prediction, str):
        why = prediction or "needs a layout"
        memory = prediction or "needs a layout and an architecture"
        if not prediction and compute.basis and isinstance(timing.count, Unknown):
            memory = f"needs fleet.count: {timing.count.why}"
        return {
            "hfu": study.no_result("hfu", f"{why}: recomputation is not known"),
            "step_seconds": timing.step_seconds,
            "memory_bytes_per_gpu": study.no_result("memory_bytes_per_gpu", memory),
        }
    speed, count, step = timing.tokens_per_second_per_gpu, timing.count, timing.step_seconds
    if isinstance(step, Unknown):
        step = step_node(study, compute, speed, count, prediction.batch)
    hfu = timing.mfu * prediction.hfu_factor
    return {
        "hfu": study.result("hfu", hfu, "MFU of a step with the recomputed FLOPs"),
        "step_seconds": prediction.step_seconds if isinstance(step, Unknown) else step,
        "memory_bytes_per_gpu": prediction.memory,
    }


def _prices(
    study: Study, compute: Compute, timing: Timing, rate: Node, step: Node
) -> dict[str, Node]:
    """What an hour, a step and a billion tokens cost, however many of them the run takes."""
    hour = study.conversion("seconds_per_hour") * timing.goodput
    of_step = rate * step * timing.count / hour
    of_tokens = rate * study.conversion("tokens_per_billion")
    of_tokens = of_tokens / (hour * timing.tokens_per_second_per_gpu)
    if (mean := padded_over(study)) is not None:
        of_tokens = of_tokens * compute.computed_length / mean
    return {
        "usd_per_gpu_hour": rate,
        "usd_per_step": study.result("usd_per_step", of_step, "GPU-hours of a step at their price"),
        "usd_per_billion_tokens": study.result(
            "usd_per_billion_tokens", of_tokens, "GPU-hours of a billion tokens at their price"
        ),
    }


def _remarks(prediction: Prediction | str) -> tuple[str, ...]:
    if isinstance(prediction, str):
        return (f"the layout is not used: {prediction}",) if prediction else ()
    words = FROM_MEASURED.get(prediction.performance.support)
    return (*prediction.notes, words) if words else prediction.notes


def _capex(study: Study, count: Node) -> Node:
    if study.hardware is None or isinstance(count, Unknown):
        return study.no_result("capex_usd", "needs fleet.gpu and fleet.count")
    return fleet_capital(study, "capex_usd", count)


def _notes(study: Study, timing: Timing) -> tuple[str, ...]:
    notes, model = list[str](), study.of_stage.model
    if timing.way not in WHOLE_RUNS:
        notes.extend(goodput_notes(study))
    if study.hardware is not None and study.hardware.assumption:
        notes.append(study.hardware.assumption)
    if model is not None:
        notes.extend(model.notes)
        network = model.architecture
        if network is not None and network.positions:
            notes.append(
                f"a sample is {network.sample}: {network.positions:,} positions, which are the "
                "tokens of this report"
            )
        if network is not None and network.mtp_modules and study.training.mtp is None:
            notes.append(
                "multi-token-prediction modules are not counted; training.mtp: true adds them"
            )
    return tuple(notes)
