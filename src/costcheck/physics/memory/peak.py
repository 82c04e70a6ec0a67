"""Memory of one GPU under a parallel layout, at the stage that needs most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.layout import Layout, Offload, Recompute, offloads
from costcheck.physics.memory.stage import (
    LAYERS_ON_THE_WAY,
    StageLayers,
    StateBytes,
    stage_activation_bytes,
    stage_layers,
    stage_parameters,
    state_bytes,
)
from costcheck.physics.memory.training import MemoryBytes, Reserve, Training
from costcheck.physics.schedule import chunks_in_flight, chunks_in_flight_last
from costcheck.physics.step_time.case import local_tokens
from costcheck.physics.step_time.exchange import layers_per_stage, replicas
from costcheck.physics.workload import ACTIVATION_BYTES, Workload

UNPACKED_AT_ONCE = 1.0 / 4.0
"""Largest matrix of a layer over the layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is trained, how it is laid out and stored, and what software keeps beside."""

    workload: Workload
    layout: Layout
    training: Training
    reserve: Reserve

    @property
    def tokens(self) -> FloatArray:
        """Tokens of a micro-batch on one GPU."""
        return local_tokens(workload=self.workload, layout=self.layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What distinguishes a stage: its layers, tables, micro-batches in flight and the head."""

    layers: FloatArray
    leading: Amount
    tables: FloatArray
    in_flight: FloatArray
    has_head: FloatArray


def _places(case: _Case, micro_batches: Amount) -> list[_Place]:
    workload, layout = case.workload, case.layout
    layers = layers_per_stage(workload=workload, layout=layout)
    alone = np.less_equal(layout.pipeline, 1.0)
    leading = workload.leading_dense_layers
    in_flight = partial(
        chunks_in_flight,
        schedule=layout.schedule,
        pipeline=layout.pipeline,
        virtual=layout.virtual,
        micro_batches=micro_batches,
    )
    zero, one = np.zeros_like(layers.first), np.where(alone, 0.0, 1.0)
    first = _Place(
        layers=layers.first + np.where(alone, workload.mtp_layers, 0.0),
        leading=leading,
        tables=np.where(alone, workload.embedding_tables, 1.0),
        in_flight=in_flight(),
        has_head=np.where(alone, 1.0, 0.0),
    )
    last = _Place(
        layers=(layers.last + workload.mtp_layers) * one,
        leading=zero,
        tables=one,
        in_flight=chunks_in_flight_last(
            pipeline=layout.pipeline, virtual=layout.virtual, micro_batches=micro_batches
        ),
        has_head=one,
    )
    if not np.any(leading) and not np.any(np.greater(layers.middle, layers.first)):
        return [first, last]
    second = _Place(
        layers=layers.middle,
        leading=zero,
        tables=zero,
        in_flight=in_flight(stage=1) * one,
        has_head=zero,
    )
    return [first, second, last]


def _stage_memory(case: _Case, place: _Place) -> dict[str, FloatArray]:
    """Bytes allocated on a stage by use."""
    workload, layout, training = case.workload, case.layout, case.training
    stage = stage_layers(workload=workload, layers=place.layers, leading=place.leading)
    states = _model_state_bytes(case, stage, place.tables)
    kept, working = stage_activation_bytes(
        workload=workload, stage=stage, layout=layout, training=training
    )
    alive = place.in_flight * kept
    away = offloads(layout.offload, Offload.ACTIVATIONS)
    near = np.minimum(LAYERS_ON_THE_WAY / np.maximum(stage.all, 1.0), 1.0) * kept
    held = np.where(away, np.minimum(near, alive), alive)
    return {
        "weights": states.weights,
        "gradients": states.gradients,
        "optimizer": states.optimizer,
        "activations": held + working + _unfused_bytes(case, stage),
        "logits": _logit_bytes(case, place),
        "gathered": _gathered_bytes(case),
        "scratch": _scratch_bytes(case, place),
        "host": states.host + np.where(away, alive, 0.0),
    }


def _logit_bytes(case: _Case, place: _Place) -> FloatArray:
    """Logits that the loss holds at once: all of them, or as much as the stream.

    In chunks, the copies in 32 bits are of one chunk.
    """
    workload, training, reserve = case.workload, case.training, case.reserve
    logits = place.has_head * workload.vocabulary / case.layout.tensor * case.tokens
    narrow = np.minimum(np.divide(workload.hidden, workload.vocabulary), 1.0)
    whole = np.minimum(reserve.logit_bytes, ACTIVATION_BYTES) * training.loss_whole
    held = whole + (reserve.logit_bytes - whole) / training.loss_chunks
    held = np.where(np.greater(training.loss_fused, 0.0), narrow * reserve.logit_bytes, held)
    return np.asarray(held * logits)


def _unfused_bytes(case: _Case, stage: StageLayers) -> FloatArray:
    """What kernels that are not fused keep beside, in each layer or the one that runs again."""
    workload, layout, reserve = case.workload, case.layout, case.reserve
    width = np.maximum(workload.ffn, workload.top_k * workload.expert_ffn + workload.shared_ffn)
    each = reserve.norm_bytes * np.asarray(workload.hidden) + reserve.inner_bytes * width
    each = each + np.multiply(reserve.adapter_bytes, case.training.adapter_inputs)
    covered = np.equal(layout.recompute, Recompute.FULL) * layout.recompute_share
    again = np.where(np.equal(layout.recompute, Recompute.OPERATIONS), 1.0, covered)
    layers = np.maximum(stage.all * (1.0 - again), 1.0)
    return np.asarray(case.tokens * each / layout.tensor * layers)


def _model_state_bytes(case: _Case, stage: StageLayers, tables: FloatArray) -> StateBytes:
    """States of a stage, its experts sharded on their own."""
    workload, layout, training = case.workload, case.layout, case.training
    dense, experts = stage_parameters(workload=workload, stage=stage)
    table = np.multiply(workload.vocabulary, workload.hidden)
    dense_copies, expert_copies = replicas(layout=layout)
    layer = np.divide(workload.layer_parameters, workload.layers)
    states = state_bytes(
        layout=layout,
        training=training,
        parameters=dense / layout.tensor,
        tables=tables * table / layout.tensor,
        largest=np.maximum(layer, table) / layout.tensor,
        members=dense_copies,
    )
    if not np.any(np.greater(workload.experts, 0.0)):
        return states
    group = layout.expert_group
    return states + state_bytes(
        layout=layout,
        training=training,
        parameters=experts / group,
        tables=0.0,
        largest=workload.expert_parameters / np.maximum(workload.moe_layers, 1.0) / group,
        members=expert_copies,
    )


def _gathered_bytes(case: _Case) -> FloatArray:
    """Tensors of a layer that sequence parallelism holds unsplit while the layer runs."""
    layout, copies = case.layout, case.reserve.gathered_copies
    split = np.greater(layout.sequence_parallel, 0.0) & np.greater(layout.tensor, 1.0)
    return copies * ACTIVATION_BYTES * case.tokens * case.workload.hidden * split


def _scratch_bytes(case: _Case, place: _Place) -> FloatArray:
    """Weight-sized scratch, or the layers that ZeRO-3 and offloading bring together."""
    workload, layout, reserve = case.workload, case.layout, case.reserve
    frozen = case.training.frozen_bytes
    table = np.multiply(workload.vocabulary, workload.hidden) * place.has_head
    per_layer = np.divide(workload.layer_parameters, workload.layers)
    expert_layer = np.divide(workload.expert_parameters, workload.layers) / layout.expert_group
    scratch = reserve.work_layers * ACTIVATION_BYTES * (per_layer + table) / layout.tensor
    packed = np.greater(frozen, 0.0)
    stored = np.where(packed, np.minimum(frozen, ACTIVATION_BYTES), ACTIVATION_BYTES)
    unsharded = stored * reserve.prefetched_layers * (per_layer / layout.tensor + expert_layer)
    unsharded = unsharded + ACTIVATION_BYTES * table / layout.tensor
    copies = np.maximum(*replicas(layout=layout))
    brings = np.greater(layout.zero, 2.0) & np.greater(copies, 1.0)
    brings = brings | offloads(layout.offload, Offload.PARAMETERS)
    # A packed weight is unpacked before its product, one matrix of a layer at a time.
    unpacked = np.where(
        packed & np.less(frozen, ACTIVATION_BYTES),
        ACTIVATION_BYTES * np.maximum(per_layer, expert_layer) / layout.tensor * UNPACKED_AT_ONCE,
        0.0,
    )
    buckets = np.where(np.greater(copies, 1.0), reserve.bucket_bytes, 0.0)
    return np.where(brings, unsharded, scratch) + unpacked + buckets


def memory_bytes(
    *,
    workload: Workload,
    layout: Layout,
    training: Training,
    reserve: Reserve,
    micro_batches: Amount,
) -> MemoryBytes:
    """Memory of a GPU at the first, the second or the last stage, whichever is fullest.

    The first holds the most micro-batches and the embedding, the second (which matters where it has
    more layers or the first has dense ones) neither, the last the head and its logits.
    Gradients are freed in passing only where a step has one micro-batch: else they add up.
    """
    once = np.less_equal(micro_batches, 1.0)
    training = replace(
        training,
        in_backward=np.multiply(training.in_backward, once),
        gradients_pass=np.multiply(training.gradients_pass, once),
    )
    case = _Case(workload=workload, layout=layout, training=training, reserve=reserve)
    stages = [
        _overlapped(training, _stage_memory(case, place)) for place in _places(case, micro_batches)
    ]
    parts, worst = stages[0], _allocated(stages[0])
    for stage in stages[1:]:
        total = _allocated(stage)
        fuller = total > worst
        parts = {name: np.where(fuller, stage[name], parts[name]) for name in parts}
        worst = np.maximum(worst, total)
    buffers = parts.pop("gathered") + parts.pop("scratch")
    return MemoryBytes(
        **parts,
        buffers=buffers,
        fragmentation=np.asarray(worst * reserve.fragmentation),
        context=np.asarray(reserve.context_bytes, dtype=np.float64),
    )


def _overlapped(training: Training, parts: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The parts with the gradients that exceed what goes as they come, where they do."""
    beyond = np.maximum(parts["gradients"] - parts["activations"] - parts["logits"], 0.0)
    passing = np.greater(training.gradients_pass, 0.0)
    return parts | {"gradients": np.where(passing, beyond, parts["gradients"])}


def _kept(parts: dict[str, FloatArray]) -> FloatArray:
    """What a stage holds throughout; it varies with pipeline and states."""
    states = parts["weights"] + parts["gradients"] + parts["optimizer"]
    return states + parts["scratch"]


def _passing(parts: dict[str, FloatArray]) -> FloatArray:
    """What comes and goes with micro-batches; it varies with pipeline and work."""
    return parts["activations"] + parts["logits"] + parts["gathered"]


def _allocated(parts: dict[str, FloatArray]) -> FloatArray:
    return _kept(parts) + _passing(parts)


def separated_bytes(
    *,
    workload: Workload,
    layout: Layout,
    training: Training,
    reserve: Reserve,
    micro_batches: Amount,
) -> list[tuple[FloatArray, FloatArray]]:
    """Pairs of arrays of which the largest sum is `memory_bytes(...).total_bytes()` [byte].

    For each stage that can be the fullest, what it holds throughout and what comes and goes. The
    first does not vary with micro-batch and recomputation, the second not with ZeRO, so that many
    layouts share few of each. Where gradients may be freed in passing there are pairs for layouts
    that add them up, which no layout of one micro-batch has, and smaller ones for the others.
    """
    passes = bool(np.any(training.gradients_pass))
    frees = passes or bool(np.any(training.in_backward))
    factor = 1.0 + np.asarray(reserve.fragmentation)
    case = _Case(workload=workload, layout=layout, training=training, reserve=reserve)
    whole = replace(case, training=replace(training, in_backward=0.0))
    pairs = []
    for place in _places(case, micro_batches):
        parts = _stage_memory(whole, place)
        kept, passing = _kept(parts), _passing(parts)
        waits = ~np.less_equal(micro_batches, 1.0) if frees else True
        found = [(kept, np.where(waits, passing, -np.inf))]
        if frees:
            freed = _stage_memory(case, place)
            gradients, beside = freed["gradients"], parts["activations"] + parts["logits"]
            kept = _kept(freed)
            found.append((kept, passing - beside if passes else passing))
            found += [(kept - gradients, passing)] if passes else []
        pairs += [(held * factor + reserve.context_bytes, gone * factor) for held, gone in found]
    return pairs
