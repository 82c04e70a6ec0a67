"""How a training step is spread over the GPUs, as plain numbers or arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Recompute(IntEnum):
    """What the backward pass computes again instead of keeping."""

    NONE = 0
    SELECTIVE = 1
    FULL = 2
    MODULES = 3


class Schedule(IntEnum):
    """Order of forward and backward passes over the pipeline."""

    ONE_F_ONE_B = 0
    INTERLEAVED = 1
    ZERO_BUBBLE = 2
    DUALPIPE = 3


class Offload(IntEnum):
    """What lives in host memory."""

    NONE = 0
    OPTIMIZER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Degrees of parallelism and the choices that go with them; scalars or arrays.

    Parameters
    ----------
    tensor, pipeline, context, expert, data : array_like
        Degrees of parallelism. Expert parallelism runs over the same GPUs as the others and is not
        a factor of the total: GPUs = tensor x pipeline x context x data.
    virtual : array_like
        Model chunks per pipeline stage.
    expert_tensor : array_like
        Tensor parallelism inside one expert.
    micro_batch : array_like
        Sequences per micro-batch.
    zero : array_like
        ZeRO stage 0 to 3; 3 is fully sharded data parallelism.
    shard_group : array_like
        GPUs over which ZeRO shards; 0 means all of the data-parallel group.
    sequence_parallel : array_like
        1 when norms and dropout are split over the tensor-parallel group.
    recompute, schedule, offload : array_like
        Codes of `Recompute`, `Schedule` and `Offload`.
    """

    tensor: FloatArray | float = 1.0
    pipeline: FloatArray | float = 1.0
    context: FloatArray | float = 1.0
    expert: FloatArray | float = 1.0
    data: FloatArray | float = 1.0
    virtual: FloatArray | float = 1.0
    expert_tensor: FloatArray | float = 1.0
    micro_batch: FloatArray | float = 1.0
    zero: FloatArray | float = 1.0
    shard_group: FloatArray | float = 0.0
    sequence_parallel: FloatArray | float = 1.0
    recompute: FloatArray | float = 0.0
    schedule: FloatArray | float = 0.0
    offload: FloatArray | float = 0.0
