"""How a training step is spread over the GPUs, as plain numbers or arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import Amount
from costcheck.physics.workload import Workload


class Recompute(IntEnum):
    """What the backward pass computes again instead of keeping.

    Selective is the attention core (Megatron), modules the norms and activation functions,
    operations every second matrix product and all element-wise work (PyTorch's selective
    checkpointing).
    """

    NONE = 0
    SELECTIVE = 1
    FULL = 2
    MODULES = 3
    OPERATIONS = 4


class Module(IntFlag):
    """Parts of a layer that the backward pass can compute again on their own."""

    CORE = 1
    NORMS = 2
    ACTIVATIONS = 4
    EXPERT_ACTIVATIONS = 8
    LATENT = 16
    MLP = 32
    MOE = 64
    SHARED = 128


LISTED = 256
"""Codes of recomputation from here on list modules: this plus their sum."""

_MEANS = {
    Recompute.SELECTIVE: Module.CORE,
    Recompute.MODULES: (
        Module.NORMS | Module.ACTIVATIONS | Module.EXPERT_ACTIVATIONS | Module.LATENT
    ),
}


def repeats(recompute: Amount, module: Module) -> NDArray[np.bool_]:
    """Whether a code of recomputation repeats a module by itself (full repeats whole layers)."""
    code = np.asarray(recompute)
    listed = np.where(code >= LISTED, code - LISTED, 0.0)
    found = np.mod(np.floor(listed / int(module)), 2.0) == 1.0
    for word, modules in _MEANS.items():
        if module in modules:
            found = found | (code == word)
    return np.asarray(found)


class Schedule(IntEnum):
    """Order of forward and backward passes over the pipeline."""

    ONE_F_ONE_B = 0
    INTERLEAVED = 1
    ZERO_BUBBLE = 2
    DUALPIPE = 3


class Offload(IntFlag):
    """What lives in host memory; several add."""

    NONE = 0
    OPTIMIZER = 1
    ACTIVATIONS = 2
    PARAMETERS = 4


def offloads(offload: Amount, part: Offload) -> NDArray[np.bool_]:
    """Whether a code of offloading has a part in host memory."""
    return np.asarray(np.mod(np.floor(np.divide(offload, int(part))), 2.0) == 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Degrees of parallelism and the choices that go with them; scalars or arrays."""

    tensor: Amount = 1.0
    pipeline: Amount = 1.0
    context: Amount = 1.0
    expert: Amount = 1.0
    data: Amount = 1.0
    """Degrees of parallelism. Expert parallelism runs over the same GPUs as the others and is not a
    factor of the total: GPUs = tensor x pipeline x context x data."""
    virtual: Amount = 1.0
    """Model chunks per pipeline stage."""
    first_layers: Amount = 0.0
    middle_layers: Amount = 0.0
    last_layers: Amount = 0.0
    """Layers of the first, of the fullest middle and of the last pipeline stage; 0 where the
    launcher spreads them."""
    expert_tensor: Amount = 1.0
    """Tensor parallelism inside one expert."""
    micro_batch: Amount = 1.0
    """Sequences per micro-batch."""
    zero: Amount = 1.0
    """ZeRO stage 0 to 3; 3 is fully sharded data parallelism."""
    shard_group: Amount = 0.0
    """GPUs over which ZeRO shards; 0 means all of the data-parallel group."""
    sequence_parallel: Amount = 1.0
    """1 when norms and dropout are split over the tensor-parallel group."""
    recompute: Amount = 0.0
    """Code of `Recompute`."""
    recompute_share: Amount = 1.0
    """Share of the layers that full recomputation covers, 0 to 1."""
    schedule: Amount = 0.0
    offload: Amount = 0.0
    """Codes of `Schedule` and `Offload`."""

    @property
    def gpus(self) -> Amount:
        """GPUs of the layout."""
        return np.multiply(self.tensor, self.pipeline) * self.context * self.data

    @property
    def expert_group(self) -> Amount:
        """GPUs that hold the experts of a layer together."""
        return np.multiply(self.expert, self.expert_tensor)


def _indivisible(number: Amount, divisor: Amount) -> NDArray[np.bool_]:
    return np.not_equal(np.mod(number, divisor), 0.0)


def shape_problems(
    *, workload: Workload, layout: Layout, scale_up_gpus: Amount
) -> dict[str, NDArray[np.bool_]]:
    """Rules between tensor, context and expert parallelism and the shape of the model."""
    wide = np.maximum(workload.kv_heads, layout.tensor)
    narrow = np.maximum(np.minimum(workload.kv_heads, layout.tensor), 1.0)
    has_experts = np.greater(workload.experts, 0.0)
    experts = _indivisible(workload.experts, layout.expert)
    return {
        "domain": np.greater(layout.tensor, scale_up_gpus)
        | np.greater(layout.expert_tensor, scale_up_gpus),
        "heads": _indivisible(workload.heads, layout.tensor),
        "kv_heads": _indivisible(wide, narrow),
        "widths": _indivisible(workload.ffn, layout.tensor)
        | _indivisible(workload.expert_ffn, layout.expert_tensor),
        "experts": np.where(has_experts, experts, np.greater(layout.expert_group, 1.0)),
        "sequence": np.greater(layout.context, 1.0)
        & _indivisible(workload.sequence_length, np.multiply(2.0, layout.context)),
        "sequence_parallel": np.greater(layout.sequence_parallel, 0.0)
        & np.less_equal(layout.tensor, 1.0),
    }


def mesh_problems(*, workload: Workload, layout: Layout) -> dict[str, NDArray[np.bool_]]:
    """Rules between the pipeline, the experts' groups and the layers."""
    stage_gpus = np.multiply(layout.tensor, layout.context) * layout.data
    return {
        "layers": layers_left_over(
            layers=workload.layers, pipeline=layout.pipeline, virtual=layout.virtual
        ),
        "expert_group": np.greater(workload.experts, 0.0)
        & _indivisible(stage_gpus, layout.expert_group),
    }


def layers_left_over(*, layers: Amount, pipeline: Amount, virtual: Amount) -> NDArray[np.bool_]:
    """Whether layers cannot be dealt out to the chunks of a pipeline.

    Notes
    -----
    All chunks are as full as the fullest but for spare places: where stages have several chunks, at
    most one for each stage, and two in any case; where a stage is one chunk, as many as its first
    and its last stage hold. The embedding and the head may have a chunk of their own.
    """
    chunks = np.multiply(pipeline, virtual)
    fullest = np.ceil(np.divide(layers, chunks))
    spare = fullest * chunks - layers
    most = np.where(np.greater(virtual, 1.0), np.maximum(pipeline, 2.0), 2.0 * fullest)
    return np.greater(spare, most) | np.greater(chunks, np.add(layers, 2.0))


def schedule_problems(*, layout: Layout, global_batch: Amount) -> dict[str, NDArray[np.bool_]]:
    """Rules between the batch, the pipeline and its schedule."""
    replicas = np.multiply(layout.data, layout.micro_batch)
    micro_batches = np.divide(global_batch, replicas)
    pipelined = np.greater(layout.pipeline, 1.0)
    interleaved = np.equal(layout.schedule, Schedule.INTERLEAVED)
    chunked = np.greater(layout.virtual, 1.0)
    dual = np.equal(layout.schedule, Schedule.DUALPIPE)
    zero_bubble = np.equal(layout.schedule, Schedule.ZERO_BUBBLE)
    copies = np.multiply(layout.data, layout.context)
    group = np.where(np.greater(layout.shard_group, 0.0), layout.shard_group, copies)
    return {
        "batch": _indivisible(global_batch, replicas),
        "virtual": (chunked & (~pipelined | ~interleaved)) | (interleaved & ~chunked),
        "micro_batches": chunked & np.less(micro_batches, layout.pipeline),
        "schedule": (dual | zero_bubble) & ~pipelined
        | dual & (_indivisible(layout.pipeline, 2.0) | (micro_batches < 2.0 * layout.pipeline)),
        "shard_group": np.greater(group, copies) | _indivisible(copies, group),
    }


def layout_problems(
    *, workload: Workload, layout: Layout, scale_up_gpus: Amount, global_batch: Amount, gpus: Amount
) -> dict[str, NDArray[np.bool_]]:
    """Every rule a layout can break, memory aside: True by name where it does."""
    return {
        "gpus": np.not_equal(layout.gpus, gpus),
        **shape_problems(workload=workload, layout=layout, scale_up_gpus=scale_up_gpus),
        **mesh_problems(workload=workload, layout=layout),
        **schedule_problems(layout=layout, global_batch=global_batch),
    }
