"""Parameters and activations of one pipeline stage, in bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costcheck.physics.layout import Layout, Offload, Recompute
from costcheck.physics.memory.training import Training
from costcheck.physics.schedule import weight_copies
from costcheck.physics.step_time.communication import shard_members
from costcheck.physics.step_time.layer import local_tokens
from costcheck.physics.workload import Workload

FloatArray = NDArray[np.float64]

ACTIVATION_BYTES = 2.0
SCORE_BYTES = 5.0
DROPOUT_MASK_BYTES = 2.0
STATISTICS_BYTES = 4.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerActivations:
    """Bytes of one micro-batch in a layer: around its mixer, in a dense and in an expert part.

    `entry` is the layer's input alone, which full recomputation keeps.
    """

    mixer: FloatArray
    dense: FloatArray
    moe: FloatArray
    entry: FloatArray


def layer_activation_bytes(
    *, workload: Workload, layout: Layout, training: Training
) -> LayerActivations:
    """Bytes a layer keeps of one micro-batch, by its parts [byte].

    Notes
    -----
    Per token in 16 bits: the inputs and outputs of both norms (4 hidden, split by sequence
    parallelism), the projections' inner tensors and the inner tensors of the feed-forward part
    (split by tensor parallelism): 34 bytes x hidden for a GPT layer with dropout masks [1]_. The
    unfused core adds 5 bytes per score. Experts keep, for each token's top-k copies, the dispatched
    input and the inner tensors. Per-operation recomputation keeps the input, the core's output and
    every second product.

    References
    ----------
    .. [1] V. Korthikanti et al., Reducing Activation Recomputation, arXiv:2205.05198, eq. 1-2.
    """
    tokens = local_tokens(workload=workload, layout=layout)
    split = np.where(np.greater(layout.sequence_parallel, 0.0), layout.tensor, 1.0)
    modules = np.equal(layout.recompute, Recompute.MODULES)
    operations = np.equal(layout.recompute, Recompute.OPERATIONS)
    inputs = np.where(modules, 0.0, training.linear_input_bytes)
    stream = 2.0 * (ACTIVATION_BYTES + inputs) + DROPOUT_MASK_BYTES * training.dropout
    stream = workload.hidden * np.where(operations, 2.0 * ACTIVATION_BYTES, stream)
    again = np.where(operations, np.divide(workload.key_value_width, 2.0), 0.0)
    again = again + np.where(modules, workload.attention_latent_width, 0.0)
    keeps_scores = np.where(
        np.greater(training.flash, 0.0) | np.greater(layout.recompute, 0.0), 0.0, SCORE_BYTES
    )
    attention = (
        ACTIVATION_BYTES * (workload.attention_activation_width - again)
        + STATISTICS_BYTES * workload.heads
        + keeps_scores * workload.heads * workload.sequence_length
    )
    linear = ACTIVATION_BYTES * np.divide(workload.linear_parameters, workload.hidden)
    inner = workload.attention_layers * attention + workload.linear_layers * linear
    products = ACTIVATION_BYTES * np.subtract(workload.mlp_matmuls, 1.0) + inputs
    products = np.where(operations, ACTIVATION_BYTES, products) * tokens / layout.tensor
    dispatched = training.linear_input_bytes * workload.hidden * layout.expert_tensor
    rows = tokens / layout.tensor * workload.top_k
    routed = rows * dispatched + products * workload.top_k * workload.expert_ffn
    return LayerActivations(
        mixer=tokens * (stream / split + inner / workload.layers / layout.tensor),
        dense=products * workload.ffn,
        moe=products * workload.shared_ffn + routed,
        entry=ACTIVATION_BYTES * tokens * workload.hidden / split,
    )


def stage_activation_bytes(
    *, workload: Workload, stage: StageLayers, layout: Layout, training: Training
) -> tuple[FloatArray, FloatArray]:
    """Bytes a stage keeps of one micro-batch, and bytes while a layer's backward pass runs [byte].

    Notes
    -----
    Full recomputation keeps the input of the layers it covers and needs one whole layer, the
    largest, while it runs.
    """
    layer = layer_activation_bytes(workload=workload, layout=layout, training=training)
    full = np.equal(layout.recompute, Recompute.FULL)
    covered = full * layout.recompute_share
    kept = stage.all * (covered * layer.entry + (1.0 - covered) * layer.mixer)
    kept = kept + stage.dense * ((1.0 - covered) * layer.dense)
    if np.any(np.greater(workload.moe_layers, 0.0)):
        kept = kept + stage.moe * ((1.0 - covered) * layer.moe)
    largest = layer.mixer + np.maximum(
        layer.dense * np.greater(workload.dense_layers, 0.0),
        layer.moe * np.greater(workload.moe_layers, 0.0),
    )
    again = full | np.equal(layout.recompute, Recompute.OPERATIONS)
    return kept, np.where(again, largest, 0.0)


def state_bytes(
    *,
    layout: Layout,
    training: Training,
    parameters: FloatArray,
    members: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, gradients and optimizer state of parameters with `members` copies [byte]."""
    shards = shard_members(layout=layout, replicas=members)
    weights = parameters * training.weight_bytes * weight_copies(schedule=layout.schedule)
    trained = parameters * training.trained_share
    # The master copy is the working copy itself where nothing keeps both.
    per_parameter = training.optimizer_bytes - 4.0 * np.equal(training.master_weights, 0.0)
    on_device = np.where(np.equal(layout.offload, Offload.OPTIMIZER), 0.0, per_parameter)
    return (
        weights / np.where(np.greater(layout.zero, 2.0), shards, 1.0),
        trained * training.gradient_bytes / np.where(np.greater(layout.zero, 1.0), shards, 1.0),
        trained * on_device / np.where(np.greater(layout.zero, 0.0), shards, 1.0),
    )
