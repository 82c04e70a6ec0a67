"""Memory of one GPU under a parallel layout, by what it is needed for, at the worst stage."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from costcheck.core.layout import Layout, Offload, Recompute
from costcheck.core.schedule import chunks_in_flight, weight_copies
from costcheck.core.step_time.communication import shard_members
from costcheck.core.step_time.layer import local_tokens
from costcheck.core.step_time.step import layers_per_stage, replicas
from costcheck.core.workload import Workload

FloatArray = NDArray[np.float64]

ACTIVATION_BYTES = 2.0
SCORE_BYTES = 5.0
DROPOUT_MASK_BYTES = 2.0
STATISTICS_BYTES = 4.0


class Optimizer(IntEnum):
    """What keeps state per parameter."""

    ADAMW = 0
    MUON = 1
    ADAFACTOR = 2
    SGD = 3
    ADAMW_8BIT = 4


# Bytes per trained parameter beside the working copy: 32-bit master weights, then two 32-bit
# moments (AdamW), one momentum (Muon, SGD), factored moments (Adafactor), two 8-bit moments.
OPTIMIZER_BYTES = np.asarray([12.0, 8.0, 4.0, 8.0, 6.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How parameters are stored and which of them are trained; scalars or arrays.

    Parameters
    ----------
    optimizer : array_like
        Code of `Optimizer`.
    weight_bytes, gradient_bytes : array_like
        Bytes per parameter of the working copy and of its gradient [byte].
    trained_share : array_like
        Share of the parameters that have gradients and optimizer state: 1 for full training, the
        adapters' share for LoRA and QLoRA.
    master_weights : array_like
        1 when 32-bit weights are kept beside the working copy, 0 when they are the working copy.
    linear_input_bytes : array_like
        Bytes per element of a linear layer's input kept for its weight gradient: 2, or 1 where
        8-bit training keeps the converted input [byte].
    flash : array_like
        1 when the attention core is fused and keeps no scores.
    dropout : array_like
        1 when dropout masks are kept.
    """

    optimizer: FloatArray | float = 0.0
    weight_bytes: FloatArray | float = 2.0
    gradient_bytes: FloatArray | float = 4.0
    trained_share: FloatArray | float = 1.0
    master_weights: FloatArray | float = 1.0
    linear_input_bytes: FloatArray | float = 2.0
    flash: FloatArray | float = 1.0
    dropout: FloatArray | float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What a software generation keeps beside the model; scalars or arrays, fitted or measured.

    Parameters
    ----------
    logit_bytes : array_like
        Bytes per logit that the loss holds at its peak [byte].
    work_layers : array_like
        Layers' worth of weights in the working precision held as scratch.
    prefetched_layers : array_like
        Layers ZeRO-3 holds unsharded at its peak.
    gathered_copies : array_like
        Tensors of a layer that sequence parallelism holds unsplit at the peak.
    fragmentation : array_like
        Memory the allocator holds beyond what is in use, as a share.
    context_bytes : array_like
        Driver, libraries and communication buffers outside the allocator [byte].
    """

    logit_bytes: FloatArray | float
    work_layers: FloatArray | float
    prefetched_layers: FloatArray | float
    gathered_copies: FloatArray | float
    fragmentation: FloatArray | float
    context_bytes: FloatArray | float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryBytes:
    """Bytes on one GPU of one stage, by use; the entries sum to what the device must have."""

    weights: FloatArray
    gradients: FloatArray
    optimizer: FloatArray
    activations: FloatArray
    logits: FloatArray
    buffers: FloatArray
    fragmentation: FloatArray
    context: FloatArray

    def allocated_bytes(self) -> FloatArray:
        """Peak of what the program allocates, without what the allocator and driver add [byte]."""
        states = self.weights + self.gradients + self.optimizer
        return states + self.activations + self.logits + self.buffers

    def total_bytes(self) -> FloatArray:
        """What the device must have [byte]."""
        return self.allocated_bytes() + self.fragmentation + self.context


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLayers:
    """Layers of one stage, and how many of them have which feed-forward part."""

    all: FloatArray
    dense: FloatArray
    moe: FloatArray


def stage_layers(
    *, workload: Workload, layers: FloatArray, leading: FloatArray | float
) -> StageLayers:
    """Kinds of layers on a stage.

    Parameters
    ----------
    workload : Workload
        The model.
    layers : ndarray
        Layers on the stage.
    leading : array_like
        Leading dense layers among them; the others are mixed as in the rest of the model.
    """
    ahead = np.minimum(leading, layers)
    rest = np.maximum(np.subtract(workload.layers, workload.leading_dense_layers), 1.0)
    moe = (layers - ahead) * np.minimum(np.divide(workload.moe_layers, rest), 1.0)
    has_mlp = np.divide(np.add(workload.dense_layers, workload.moe_layers), workload.layers)
    return StageLayers(all=layers, dense=layers * has_mlp - moe, moe=moe)


def stage_parameters(*, workload: Workload, stage: StageLayers) -> tuple[FloatArray, FloatArray]:
    """Parameters of a stage's layers outside and inside the routed experts."""
    dense_mlp = workload.mlp_matmuls * np.multiply(workload.hidden, workload.ffn)
    beside_experts = workload.hidden * (
        workload.mlp_matmuls * np.asarray(workload.shared_ffn) + workload.experts
    )
    mixers = (
        workload.layer_parameters
        - workload.dense_layers * dense_mlp
        - workload.moe_layers * beside_experts
    )
    dense = stage.all * mixers / workload.layers + stage.dense * dense_mlp
    experts = stage.moe * np.divide(
        workload.expert_parameters, np.maximum(workload.moe_layers, 1.0)
    )
    return dense + stage.moe * beside_experts, experts


def stage_activation_bytes(
    *, workload: Workload, stage: StageLayers, layout: Layout, training: Training
) -> tuple[FloatArray, FloatArray]:
    """Bytes a stage keeps of one micro-batch, and bytes while one layer's backward pass runs [byte].

    Notes
    -----
    Per token in 16 bits: the inputs and outputs of both norms (4 hidden, split by sequence
    parallelism), the projections' inner tensors and the inner tensors of the feed-forward part
    (split by tensor parallelism): 34 bytes x hidden for a GPT layer with dropout masks [1]_. The
    unfused core adds 5 bytes per score. Experts keep, for each token's top-k copies, the dispatched
    input and the inner tensors. Full recomputation keeps the layer's input and
    needs one whole layer while it runs; per-operation keeps the input, the core's output and every
    second product.

    References
    ----------
    .. [1] V. Korthikanti et al., Reducing Activation Recomputation, arXiv:2205.05198, eq. 1-2.
    """
    tokens = local_tokens(workload=workload, layout=layout)
    split = np.where(np.greater(layout.sequence_parallel, 0.0), layout.tensor, 1.0)
    modules = np.equal(layout.recompute, Recompute.MODULES)
    full = np.equal(layout.recompute, Recompute.FULL)
    operations = np.equal(layout.recompute, Recompute.OPERATIONS)
    mixers = stage.all * np.divide(workload.attention_layers, workload.layers)
    linear = stage.all * np.divide(workload.linear_layers, workload.layers)
    inputs = np.where(modules, 0.0, training.linear_input_bytes)
    stream = 2.0 * (ACTIVATION_BYTES + inputs) + DROPOUT_MASK_BYTES * training.dropout
    stream = stage.all * workload.hidden * np.where(operations, 2.0 * ACTIVATION_BYTES, stream)
    again = np.where(operations, np.divide(workload.key_value_width, 2.0), 0.0)
    again = again + np.where(modules, workload.attention_latent_width, 0.0)
    attention = ACTIVATION_BYTES * (workload.attention_activation_width - again)
    inner = mixers * (attention + STATISTICS_BYTES * workload.heads)
    inner = inner + ACTIVATION_BYTES * linear * np.divide(
        workload.linear_parameters, workload.hidden
    )
    keeps_scores = np.where(
        np.greater(training.flash, 0.0) | np.greater(layout.recompute, 0.0), 0.0, SCORE_BYTES
    )
    inner = inner + mixers * keeps_scores * workload.heads * workload.sequence_length
    products = ACTIVATION_BYTES * np.subtract(workload.mlp_matmuls, 1.0) + inputs
    products = np.where(operations, ACTIVATION_BYTES, products)
    inner = inner + products * (stage.dense * workload.ffn + stage.moe * workload.shared_ffn)
    rows = tokens / layout.tensor * workload.top_k
    row_bytes = training.linear_input_bytes * workload.hidden + products * workload.expert_ffn
    whole = tokens * (stream / split + inner / layout.tensor) + stage.moe * rows * row_bytes
    entry = ACTIVATION_BYTES * tokens * workload.hidden / split * stage.all
    working = np.where(full | operations, whole / np.maximum(stage.all, 1.0), 0.0)
    covered = full * layout.recompute_share
    return covered * entry + (1.0 - covered) * whole, working


def _states(
    *,
    layout: Layout,
    training: Training,
    parameters: FloatArray,
    members: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    shards = shard_members(layout=layout, replicas=members)
    weights = parameters * training.weight_bytes * weight_copies(schedule=layout.schedule)
    trained = parameters * training.trained_share
    per_parameter = OPTIMIZER_BYTES[np.asarray(training.optimizer, dtype=np.intp)]
    # The master copy is the working copy itself where nothing keeps both.
    per_parameter = per_parameter - 4.0 * np.equal(training.master_weights, 0.0)
    on_device = np.where(np.equal(layout.offload, Offload.OPTIMIZER), 0.0, per_parameter)
    return (
        weights / np.where(np.greater(layout.zero, 2.0), shards, 1.0),
        trained * training.gradient_bytes / np.where(np.greater(layout.zero, 1.0), shards, 1.0),
        trained * on_device / np.where(np.greater(layout.zero, 0.0), shards, 1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What distinguishes a stage: its layers, tables, micro-batches in flight and the head."""

    layers: FloatArray
    leading: FloatArray | float
    tables: FloatArray
    in_flight: FloatArray
    has_head: FloatArray


def _places(
    *, workload: Workload, layout: Layout, micro_batches: FloatArray | float
) -> list[_Place]:
    fullest, with_head = layers_per_stage(workload=workload, layout=layout)
    alone = np.less_equal(layout.pipeline, 1.0)
    leading = workload.leading_dense_layers
    in_flight = chunks_in_flight(
        schedule=layout.schedule,
        pipeline=layout.pipeline,
        virtual=layout.virtual,
        micro_batches=micro_batches,
    )
    zero, one = np.zeros_like(fullest), np.where(alone, 0.0, 1.0)
    first = _Place(
        layers=fullest + np.where(alone, workload.mtp_layers, 0.0),
        leading=leading,
        tables=np.where(alone, workload.embedding_tables, 1.0),
        in_flight=in_flight,
        has_head=np.where(alone, 1.0, 0.0),
    )
    last = _Place(
        layers=(with_head + workload.mtp_layers) * one,
        leading=zero,
        tables=one,
        in_flight=np.minimum(in_flight, layout.virtual),
        has_head=one,
    )
    if not np.any(leading):
        return [first, last]
    second = _Place(
        layers=fullest * one,
        leading=zero,
        tables=zero,
        in_flight=np.maximum(in_flight - 1.0, one),
        has_head=zero,
    )
    return [first, second, last]


def _stage_memory(
    *,
    workload: Workload,
    layout: Layout,
    training: Training,
    reserve: Reserve,
    place: _Place,
) -> dict[str, FloatArray]:
    """Bytes allocated on a stage by use."""
    stage = stage_layers(workload=workload, layers=place.layers, leading=place.leading)
    dense, experts = stage_parameters(workload=workload, stage=stage)
    table = np.multiply(workload.vocabulary, workload.hidden)
    dense_copies, expert_copies = replicas(layout=layout)
    weights, gradients, optimizer = _states(
        layout=layout,
        training=training,
        parameters=(dense + place.tables * table) / layout.tensor,
        members=dense_copies,
    )
    if np.any(np.greater(workload.experts, 0.0)):
        of_experts = _states(
            layout=layout,
            training=training,
            parameters=experts / np.multiply(layout.expert, layout.expert_tensor),
            members=expert_copies,
        )
        weights = weights + of_experts[0]
        gradients = gradients + of_experts[1]
        optimizer = optimizer + of_experts[2]
    kept, working = stage_activation_bytes(
        workload=workload, stage=stage, layout=layout, training=training
    )
    tokens = local_tokens(workload=workload, layout=layout)
    logits = place.has_head * workload.vocabulary / layout.tensor * tokens
    return {
        "weights": weights,
        "gradients": gradients,
        "optimizer": optimizer,
        "activations": place.in_flight * kept + working,
        "logits": reserve.logit_bytes * logits,
        "gathered": _gathered_bytes(workload=workload, layout=layout, reserve=reserve),
        "scratch": _scratch_bytes(
            workload=workload, layout=layout, reserve=reserve, place=place
        ),
    }


def _gathered_bytes(*, workload: Workload, layout: Layout, reserve: Reserve) -> FloatArray:
    """Tensors of a layer that sequence parallelism holds unsplit while the layer runs."""
    tokens = local_tokens(workload=workload, layout=layout)
    split = np.greater(layout.sequence_parallel, 0.0) & np.greater(layout.tensor, 1.0)
    return reserve.gathered_copies * ACTIVATION_BYTES * tokens * workload.hidden * split


def _scratch_bytes(
    *, workload: Workload, layout: Layout, reserve: Reserve, place: _Place
) -> FloatArray:
    """Weight-sized scratch, or the layers ZeRO-3 holds unsharded."""
    table = np.multiply(workload.vocabulary, workload.hidden) * place.has_head
    per_layer = np.divide(workload.layer_parameters, workload.layers)
    experts = np.multiply(layout.expert, layout.expert_tensor)
    expert_layer = np.divide(workload.expert_parameters, workload.layers) / experts
    scratch = reserve.work_layers * ACTIVATION_BYTES * (per_layer + table) / layout.tensor
    unsharded = ACTIVATION_BYTES * (
        reserve.prefetched_layers * (per_layer / layout.tensor + expert_layer)
        + table / layout.tensor
    )
    return np.where(np.greater(layout.zero, 2.0), unsharded, scratch)


def memory_bytes(
    *,
    workload: Workload,
    layout: Layout,
    training: Training,
    reserve: Reserve,
    micro_batches: FloatArray | float,
) -> MemoryBytes:
    """Memory of a GPU at the stage that needs most.

    Parameters
    ----------
    workload, layout, training, reserve
        Scalars or arrays that broadcast together.
    micro_batches : array_like
        Micro-batches per step of one pipeline.

    Returns
    -------
    MemoryBytes
        Bytes by use at the first, the second or the last stage, whichever is fullest: the first
        holds the most micro-batches and the embedding, the second (which matters with leading
        dense layers only) none of those layers, the last the head and its logits.
    """
    stages = [
        _stage_memory(
            workload=workload, layout=layout, training=training, reserve=reserve, place=place
        )
        for place in _places(workload=workload, layout=layout, micro_batches=micro_batches)
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


def _kept(parts: dict[str, FloatArray]) -> FloatArray:
    """What a stage holds throughout: it varies with the pipeline and how states are kept."""
    states = parts["weights"] + parts["gradients"] + parts["optimizer"]
    return states + parts["scratch"]


def _passing(parts: dict[str, FloatArray]) -> FloatArray:
    """What comes and goes with micro-batches: it varies with the pipeline and the work."""
    return parts["activations"] + parts["logits"] + parts["gathered"]


def _allocated(parts: dict[str, FloatArray]) -> FloatArray:
    return _kept(parts) + _passing(parts)


def separated_bytes(
    *,
    workload: Workload,
    layout: Layout,
    training: Training,
    reserve: Reserve,
    micro_batches: FloatArray | float,
) -> list[tuple[FloatArray, FloatArray]]:
    """Pairs of arrays of which the largest sum is `memory_bytes(...).total_bytes()` [byte].

    Returns
    -------
    list of tuple of ndarray
        For each stage that can be the fullest, what it holds throughout and what comes and goes.
        The first does not vary with micro-batch and recomputation, the second not with ZeRO, so
        that many layouts share few of each.
    """
    factor = 1.0 + np.asarray(reserve.fragmentation)
    pairs = []
    for place in _places(workload=workload, layout=layout, micro_batches=micro_batches):
        parts = _stage_memory(
            workload=workload, layout=layout, training=training, reserve=reserve, place=place
        )
        pairs.append((_kept(parts) * factor + reserve.context_bytes, _passing(parts) * factor))
    return pairs
