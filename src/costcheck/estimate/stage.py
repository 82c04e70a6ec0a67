"""One stage from the file to its nodes: model, FLOPs, time, money, energy, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from costcheck.estimate.bases import REFERENCE_PRECISIONS, stage_bases
from costcheck.estimate.compute import Compute, compute_nodes
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.knowledge import Knowledge
from costcheck.estimate.modelled import Place, modelled_mfu
from costcheck.estimate.money import Customer, money_nodes
from costcheck.estimate.ownership import Owner
from costcheck.estimate.power import power_nodes
from costcheck.estimate.resolve import Hardware, Resolved, ResolvedStage
from costcheck.estimate.timing import Timing, count_node, timing_nodes
from costcheck.graph.nodes import Node, Unknown
from costcheck.scenario.pricing import Own
from costcheck.scenario.run import Training

if TYPE_CHECKING:
    from costcheck.estimate.predicted import Prediction
    from costcheck.estimate.stage_kinds import Workshop
    from costcheck.scenario.schema import Stage

TRAINING_KINDS = ("pre-training", "context-extension", "sft")
"""Kinds of stages whose steps the performance model describes."""

GENERATING_KINDS = frozenset({"rl", "synthetic-data"})
"""Kinds whose accelerators mostly decode: an MFU of training says nothing about their speed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StageNodes:
    """The graph of one stage.

    Parameters
    ----------
    results : mapping of str to Node
        The stage's results by their JSON names.
    compute, timing : Compute, Timing
        Nodes that the totals and the checks need besides.
    bases : mapping of str to str
        What each result rests on, in a few words.
    """

    resolved: ResolvedStage
    results: Mapping[str, Node]
    compute: Compute
    timing: Timing
    bases: Mapping[str, str]
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Node] = field(default_factory=dict)
    prediction: Prediction | None = None
    """What the performance model says of the layout, where there is one."""


def stage_nodes(
    stage: ResolvedStage,
    resolved: Resolved,
    known: Knowledge,
    desk: StageDesk,
    before: Sequence[StageNodes] = (),
) -> StageNodes:
    """Build the graph of one stage."""
    compute, timing, prediction = _clock(stage, resolved, known, desk, before)
    money = money_nodes(Customer(stage, timing.days, resolved, known, desk), timing.gpu_hours)
    power = power_nodes(stage, timing.gpu_hours, resolved=resolved, known=known, desk=desk)
    results: dict[str, Node] = {
        "parameters_total": compute.parameters_total,
        "parameters_active": compute.parameters_active,
        "flops_per_token": compute.flops_per_token,
        "training_flops": compute.training_flops,
        **timing.results(),
        **_layout_results(prediction, timing, desk),
        "cost_usd": money.cost,
        "usd_per_gpu_hour": money.usd_per_gpu_hour,
        **power.results,
        "capex_usd": _capex(stage, timing.count, resolved, known, desk),
    }
    bases = stage_bases(stage, compute, timing, money.basis)
    if not isinstance(prediction, str):
        bases |= prediction.bases(timing.way)
    return StageNodes(
        resolved=stage,
        results=results,
        compute=compute,
        timing=timing,
        bases=bases,
        notes=_notes(stage, (*money.notes, *_remarks(prediction))),
        prediction=None if isinstance(prediction, str) else prediction,
    )


def _clock(
    stage: ResolvedStage,
    resolved: Resolved,
    known: Knowledge,
    desk: StageDesk,
    before: Sequence[StageNodes],
) -> tuple[Compute, Timing, Prediction | str]:
    """Return the FLOPs of a stage, the time they take, and what the layout predicts."""
    said = stage.stage
    training = said.training or Training()
    length = _sequence_length(stage, training, known, desk)
    compute = compute_nodes(stage.model, training, length, desk)
    shop = _workshop(said, known, desk, before)
    if shop is not None:
        compute = shop.compute(compute)
    place = Place(peak=reference_peak(stage.hardware, desk), count=count_node(said, desk))
    modelled = modelled_mfu(
        stage, compute=compute, place=place, resolved=resolved, known=known, desk=desk
    )
    prediction = _prediction(stage, compute, place, resolved, desk)
    if not isinstance(prediction, str):
        modelled = modelled._replace(step={"predicted": prediction.mfu})
    if shop is not None:
        said, modelled = shop.said(), shop.modelled(compute, place.peak, modelled)
    timing = timing_nodes(
        said, compute=compute, place=place, modelled=modelled, known=known, desk=desk
    )
    return compute, timing, prediction


def _workshop(
    said: Stage, known: Knowledge, desk: StageDesk, before: Sequence[StageNodes]
) -> Workshop | None:
    """Return what builds a stage that is not plain training, None for plain training."""
    if said.kind in TRAINING_KINDS:
        return None
    from costcheck.estimate.stage_kinds import Workshop

    return Workshop(said, known, desk, before)


def _prediction(
    stage: ResolvedStage,
    compute: Compute,
    place: Place,
    resolved: Resolved,
    desk: StageDesk,
) -> Prediction | str:
    """Return what the performance model says, or why it says nothing."""
    if stage.stage.layout is None:
        return ""
    if stage.stage.kind not in TRAINING_KINDS:
        return f"the steps of a stage of kind {stage.stage.kind} are not modelled"
    from costcheck.estimate.predicted import predict

    return predict(
        stage,
        compute=compute,
        peak=place.peak,
        count=place.count,
        resolved=resolved,
        desk=desk,
    )


def _layout_results(
    prediction: Prediction | str, timing: Timing, desk: StageDesk
) -> dict[str, Node]:
    if isinstance(prediction, str):
        why = prediction or "needs a layout"
        memory = prediction or "needs a layout and an architecture"
        return {
            "hfu": desk.unknown("hfu", "share", f"{why}: recomputation is not known"),
            "step_seconds": timing.step_seconds,
            "memory_bytes_per_gpu": desk.unknown("memory_bytes_per_gpu", "bytes", memory),
        }
    from costcheck.estimate.predicted import hfu_node

    step = timing.step_seconds
    return {
        "hfu": hfu_node(prediction, timing.mfu, desk),
        "step_seconds": prediction.step_seconds if isinstance(step, Unknown) else step,
        "memory_bytes_per_gpu": prediction.memory,
    }


def _remarks(prediction: Prediction | str) -> tuple[str, ...]:
    if isinstance(prediction, str):
        return (f"the layout is not used: {prediction}",) if prediction else ()
    return prediction.notes


def reference_peak(hardware: Hardware | None, desk: StageDesk) -> Node:
    """Return the dense peak that MFU is measured against: BF16, else FP16, else FP32."""
    if hardware is None:
        return desk.unknown("gpu/peak", "FLOP/s", "needs fleet.gpu")
    for precision in REFERENCE_PRECISIONS:
        rate = getattr(hardware.entry.peak, precision)
        if rate is not None:
            why = f"dense {precision.upper()} peak of one accelerator"
            return desk.stated("gpu/peak", rate, "FLOP/s", why, sources=hardware.sources)
    return desk.unknown("gpu/peak", "FLOP/s", f"{hardware.name} has no BF16, FP16 or FP32 peak")


def _sequence_length(
    stage: ResolvedStage, training: Training, known: Knowledge, desk: StageDesk
) -> Node:
    why = "tokens per sequence"
    if training.sequence_length is not None:
        return desk.stated("sequence_length", training.sequence_length, "tokens", why)
    model = stage.model
    if model is not None and model.sequence_length is not None:
        return desk.stated(
            "sequence_length",
            model.sequence_length,
            "tokens",
            "tokens per sequence, the model's published training length",
            sources=model.sources,
        )
    return desk.assumed("sequence_length", known.general["sequence_length"], "tokens")


def _capex(
    stage: ResolvedStage, count: Node, resolved: Resolved, known: Knowledge, desk: StageDesk
) -> Node:
    if stage.hardware is None or isinstance(count, Unknown):
        return desk.unknown("capex_usd", "USD", "needs fleet.gpu and fleet.count")
    pricing = stage.stage.pricing
    own = (pricing.own if pricing else None) or Own()
    owner = Owner(own, stage.hardware, resolved=resolved, known=known, desk=desk)
    return owner.fleet_capital("capex_usd", count)


def _notes(stage: ResolvedStage, more: tuple[str, ...]) -> tuple[str, ...]:
    notes = list(more)
    if stage.hardware is not None and stage.hardware.assumption:
        notes.append(stage.hardware.assumption)
    if stage.model is not None:
        notes.extend(stage.model.notes)
        network = stage.model.architecture
        mtp = stage.stage.training.mtp if stage.stage.training else None
        if network is not None and network.mtp_modules and mtp is None:
            notes.append(
                "multi-token-prediction modules are not counted; training.mtp: true adds them"
            )
    return tuple(notes)
