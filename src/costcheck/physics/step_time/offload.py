"""What moves between a GPU and the memory of its host in every micro-batch."""

from __future__ import annotations

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.physics.layout import Layout, Offload, Recompute, offloads
from costcheck.physics.step_time.case import Case, local_tokens
from costcheck.physics.step_time.communication import shard_members
from costcheck.physics.step_time.exchange import (
    WEIGHT_BYTES,
    host_bytes_per_second,
    parameters_per_gpu,
    replicas,
)
from costcheck.physics.workload import ACTIVATION_BYTES, Workload

KEPT_HIDDEN_WIDTHS = 6.0
"""Tensors of the residual width that a layer keeps where it computes nothing again."""


def streamed_weight_bytes(*, workload: Workload, layout: Layout) -> FloatArray:
    """Bytes of offloaded parameters that one GPU moves for one micro-batch [byte].

    Notes
    -----
    Its shard comes for the forward and for the backward pass; the gradients of what is trained go
    back.
    """
    moved = np.asarray(0.0)
    held, copies = parameters_per_gpu(workload=workload, layout=layout), replicas(layout=layout)
    for parameters, members in zip(held, copies, strict=True):
        shards = shard_members(layout=layout, replicas=members)
        own = parameters / np.where(np.greater(layout.zero, 2.0), shards, 1.0)
        gradients = np.multiply(workload.trained_share, WEIGHT_BYTES)
        moved = moved + own * (np.multiply(2.0, workload.weight_bytes) + gradients)
    return np.where(offloads(layout.offload, Offload.PARAMETERS), moved, 0.0)


def streamed_activation_bytes(*, workload: Workload, layout: Layout) -> FloatArray:
    """Bytes of offloaded activations that go down and come back for one micro-batch [byte].

    Notes
    -----
    The input of each layer where all of it is computed again, else what its products read.
    """
    tokens = local_tokens(workload=workload, layout=layout)
    again = np.equal(layout.recompute, Recompute.FULL) * layout.recompute_share
    inner = (
        np.multiply(workload.attention_layers, workload.attention_activation_width)
        + workload.mlp_matmuls * np.multiply(workload.dense_layers, workload.ffn)
        + workload.mlp_matmuls * np.multiply(workload.moe_layers, workload.shared_ffn)
        + workload.mlp_matmuls
        * np.multiply(workload.moe_layers, workload.top_k)
        * workload.expert_ffn
    ) / workload.layers
    kept = (KEPT_HIDDEN_WIDTHS * workload.hidden + inner) / layout.tensor
    width = again * workload.hidden + (1.0 - again) * kept
    layers = np.divide(workload.layers, layout.pipeline)
    moved = 2.0 * ACTIVATION_BYTES * tokens * width * layers
    return np.where(offloads(layout.offload, Offload.ACTIVATIONS), moved, 0.0)


def exposed_stream_seconds(case: Case, *, stage_seconds: FloatArray) -> FloatArray:
    """Traffic with the host in one micro-batch that computation does not hide [s]."""
    workload, layout = case.workload, case.layout
    if not np.any(layout.offload):
        return np.asarray(0.0)
    moved = streamed_weight_bytes(workload=workload, layout=layout)
    moved = moved + streamed_activation_bytes(workload=workload, layout=layout)
    seconds = moved / np.minimum(*host_bytes_per_second(case))
    hidden = case.constants.shard_overlap * np.minimum(seconds, stage_seconds)
    return np.asarray(seconds - hidden, dtype=np.float64)
