"""How parameters are stored and trained, and what memory goes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costcheck.physics.optimizers import OPTIMIZER_BYTES

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How parameters are stored and which of them are trained; scalars or arrays.

    Parameters
    ----------
    optimizer_bytes : array_like
        Master weights and moments per trained parameter, as in `OPTIMIZER_BYTES` [byte].
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

    optimizer_bytes: FloatArray | float = OPTIMIZER_BYTES["adamw"]
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
        """Return what the device must have [byte]."""
        return self.allocated_bytes() + self.fragmentation + self.context
