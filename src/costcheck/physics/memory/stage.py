"""Parameters and activations of one pipeline stage, in bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.layout import Layout, Module, Offload, Recompute, offloads, repeats
from costcheck.physics.memory.training import Training
from costcheck.physics.schedule import weight_copies
from costcheck.physics.step_time.case import local_tokens
from costcheck.physics.step_time.communication import shard_members
from costcheck.physics.workload import ACTIVATION_BYTES, Workload

DROPOUT_MASK_BYTES = 2.0
STATISTICS_BYTES = 4.0
LAYERS_ON_THE_WAY = 2.0
"""Layers whose activations stay on the device while others travel to the host and back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLayers:
    """Layers of one stage, and how many of them have which feed-forward part."""

    all: FloatArray
    dense: FloatArray
    moe: FloatArray


def stage_layers(*, workload: Workload, layers: FloatArray, leading: Amount) -> StageLayers:
    """Kinds of layers on a stage; beside `leading` dense ones they are mixed as in the model."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerActivations:
    """Bytes of one micro-batch in a layer: around its mixer, in a dense and in an expert part.

    `entry` is the layer's input alone, which full recomputation keeps; `scores` are those of a core
    that is not fused, `held` of them between the passes; `moe_running` an expert part's while it
    runs again.
    """

    mixer: FloatArray
    dense: FloatArray
    moe: FloatArray
    moe_running: FloatArray
    entry: FloatArray
    scores: FloatArray
    held: FloatArray


def layer_activation_bytes(
    *, workload: Workload, layout: Layout, training: Training
) -> LayerActivations:
    """Bytes a layer keeps of one micro-batch, by its parts [byte].

    Notes
    -----
    Per token in 16 bits: the inputs and outputs of both norms (4 hidden, split by sequence
    parallelism), the projections' inner tensors and the inner tensors of the feed-forward part
    (split by tensor parallelism): 34 bytes x hidden for a GPT layer with dropout masks [1]_. An
    unfused core adds 5 bytes per score; one that runs again has them in its layer's backward pass
    only. Experts keep, for each token's top-k copies, the dispatched
    input and the inner tensors. Per-operation recomputation keeps the input, the core's output and
    every second product; of routed experts, whose grouped products are none of the operations it
    keeps, only what their exchange received, out and back [2]_. A frozen matrix without an adapter
    keeps no input.

    References
    ----------
    .. [1] V. Korthikanti et al., Reducing Activation Recomputation, arXiv:2205.05198, eq. 1-2.
    .. [2] torchtitan, distributed/activation_checkpoint.py, the operations that are saved.
    """
    tokens = local_tokens(workload=workload, layout=layout)
    split = np.where(np.greater(layout.sequence_parallel, 0.0), layout.tensor, 1.0)
    kept = _KeptInputs.of(layout=layout, training=training)
    stream = 2.0 * ACTIVATION_BYTES + kept.mixer + kept.mlp + DROPOUT_MASK_BYTES * training.dropout
    stream = workload.hidden * np.where(kept.operations, 2.0 * ACTIVATION_BYTES, stream)
    attention = _attention_bytes(workload=workload, layout=layout, operations=kept.operations)
    linear = ACTIVATION_BYTES * np.divide(workload.linear_parameters, workload.hidden)
    inner = workload.attention_layers * attention + workload.linear_layers * linear
    outer = ACTIVATION_BYTES * np.subtract(workload.mlp_matmuls, 1.0)

    each = tokens / layout.tensor
    products = np.where(kept.operations, ACTIVATION_BYTES, outer + kept.inner) * each
    dispatched = kept.dispatched * workload.hidden * layout.expert_tensor
    routed = dispatched + (outer + kept.expert_inner) * workload.expert_ffn
    received = 2.0 * ACTIVATION_BYTES * workload.hidden * np.greater(layout.expert, 1.0)
    shared = products * workload.shared_ffn * ~repeats(layout.recompute, Module.SHARED)
    moe = shared + each * workload.top_k * np.where(kept.operations, received, routed)
    mixers = workload.attention_layers / np.asarray(workload.layers)
    scores = mixers * np.multiply(training.score_bytes, workload.heads) * workload.sequence_length
    core_again = np.logical_or(kept.operations, repeats(layout.recompute, Module.CORE))
    return LayerActivations(
        mixer=tokens * (stream / split + inner / workload.layers / layout.tensor),
        dense=products * workload.ffn * ~repeats(layout.recompute, Module.MLP),
        moe=moe * ~repeats(layout.recompute, Module.MOE),
        moe_running=shared + each * workload.top_k * routed,
        entry=ACTIVATION_BYTES * tokens * workload.hidden / split,
        scores=tokens * scores / layout.tensor,
        held=np.where(core_again, 0.0, 1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptInputs:
    """Bytes per element that the linear layers' inputs keep, by what they feed."""

    mixer: FloatArray
    mlp: FloatArray
    inner: FloatArray
    expert_inner: FloatArray
    dispatched: FloatArray
    operations: FloatArray
    """Whether every second product is computed again."""

    @classmethod
    def of(cls, *, layout: Layout, training: Training) -> _KeptInputs:
        """What the layout recomputes is not kept."""
        norms = np.where(repeats(layout.recompute, Module.NORMS), 0.0, training.linear_input_bytes)

        def last(module: Module) -> FloatArray:
            again = repeats(layout.recompute, module)
            return np.where(again, 0.0, training.linear_input_bytes) * training.inner_inputs

        return cls(
            mixer=norms * training.mixer_inputs,
            mlp=norms * training.mlp_inputs,
            inner=last(Module.ACTIVATIONS),
            expert_inner=last(Module.EXPERT_ACTIVATIONS),
            dispatched=np.multiply(training.linear_input_bytes, training.mlp_inputs),
            operations=np.equal(layout.recompute, Recompute.OPERATIONS),
        )


def _attention_bytes(*, workload: Workload, layout: Layout, operations: FloatArray) -> FloatArray:
    """Bytes per token of a softmax mixer between its projections, without its scores."""
    again = np.where(operations, np.divide(workload.key_value_width, 2.0), 0.0)
    latent = repeats(layout.recompute, Module.LATENT)
    again = again + np.where(latent, workload.attention_latent_width, 0.0)
    return np.asarray(
        ACTIVATION_BYTES * (workload.attention_activation_width - again)
        + STATISTICS_BYTES * workload.heads
    )


def stage_activation_bytes(
    *, workload: Workload, stage: StageLayers, layout: Layout, training: Training
) -> tuple[FloatArray, FloatArray]:
    """Bytes a stage keeps of one micro-batch, and bytes while a layer's backward pass runs [byte].

    Notes
    -----
    Full recomputation keeps the input of the layers it covers and needs one whole layer, the
    largest, while it runs. The scores of a core that is not fused have gradients of their size.
    """
    layer = layer_activation_bytes(workload=workload, layout=layout, training=training)
    full = np.equal(layout.recompute, Recompute.FULL)
    covered = full * layout.recompute_share
    mixer = layer.mixer + layer.held * layer.scores
    kept = stage.all * (covered * layer.entry + (1.0 - covered) * mixer)
    kept = kept + stage.dense * ((1.0 - covered) * layer.dense)
    if np.any(np.greater(workload.moe_layers, 0.0)):
        kept = kept + stage.moe * ((1.0 - covered) * layer.moe)
    largest = layer.mixer + np.maximum(
        layer.dense * np.greater(workload.dense_layers, 0.0),
        layer.moe_running * np.greater(workload.moe_layers, 0.0),
    )
    again = full | np.equal(layout.recompute, Recompute.OPERATIONS)
    learns = np.greater(training.layers_learn, 0.0)
    running = np.where(again | ~learns, largest, 0.0)
    copies = np.where(full | ~learns, 1.0, 1.0 - layer.held) + learns
    running = running + copies * layer.scores
    return np.where(learns, kept, 0.0), running


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBytes:
    """Bytes of parameters and what training keeps of each: on the device, and on its host."""

    weights: FloatArray
    gradients: FloatArray
    optimizer: FloatArray
    host: FloatArray

    def __add__(self, other: StateBytes) -> StateBytes:
        """Sum of two groups of parameters."""
        return StateBytes(
            weights=self.weights + other.weights,
            gradients=self.gradients + other.gradients,
            optimizer=self.optimizer + other.optimizer,
            host=self.host + other.host,
        )


def state_bytes(
    *,
    layout: Layout,
    training: Training,
    parameters: FloatArray,
    tables: Amount,
    largest: Amount,
    members: FloatArray,
) -> StateBytes:
    """Weights, gradients and optimizer state of parameters with `members` copies [byte].

    Notes
    -----
    An offloaded optimizer takes the gradients along where they are sharded (ZeRO-2 and 3).
    `largest` is the most parameters whose gradients live at once where the backward pass updates
    them.
    """
    shards = shard_members(layout=layout, replicas=members)
    total = parameters + tables
    trained = total * training.trained_share
    stored = parameters * training.frozen_bytes + np.multiply(tables, training.table_bytes)
    stored = stored + trained * training.weight_bytes + total * training.resident_bytes
    weights = stored * weight_copies(schedule=layout.schedule)
    weights = weights / np.where(np.greater(layout.zero, 2.0), shards, 1.0)
    alive = np.where(
        np.greater(training.in_backward, 0.0),
        np.minimum(largest / np.maximum(total, 1.0), 1.0),
        1.0,
    )
    gradients = trained * training.gradient_bytes * alive
    gradients = gradients / np.where(np.greater(layout.zero, 1.0), shards, 1.0)
    optimizer = trained * training.optimizer_bytes
    optimizer = optimizer / np.where(np.greater(layout.zero, 0.0), shards, 1.0)
    away = offloads(layout.offload, Offload.OPTIMIZER)
    without = offloads(layout.offload, Offload.PARAMETERS)
    carried = away & (without | np.greater(layout.zero, 1.0))
    paged = away | np.greater(training.paged, 0.0)
    return StateBytes(
        weights=np.where(without, 0.0, weights),
        gradients=np.where(carried, 0.0, gradients),
        optimizer=np.where(paged, 0.0, optimizer),
        host=weights * without + gradients * carried + optimizer * paged,
    )
