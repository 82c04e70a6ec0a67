"""How parameters are stored and trained, and what memory goes to."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.arrays import Amount, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How parameters are stored and which of them are trained; scalars or arrays."""

    weight_bytes: Amount = 2.0
    gradient_bytes: Amount = 4.0
    optimizer_bytes: Amount = 12.0
    """Bytes of a trained parameter's working copy, of its gradient, and of its master copy and
    moments together [byte]."""
    paged: Amount = 0.0
    """1 when optimizer states go to the host while nothing needs them."""
    in_backward: Amount = 0.0
    """1 when the backward pass of a step's only micro-batch updates each weight and drops its
    gradient."""
    trained_share: Amount = 1.0
    """Trained parameters over those of the model: 1, or what adapters add."""
    frozen_bytes: Amount = 0.0
    table_bytes: Amount = 0.0
    """Bytes of a weight that stays as it is, in the layers and in the tables of embedding and head;
    0 where all are trained [byte]."""
    resident_bytes: Amount = 0.0
    """Bytes of other models in memory (reference, teacher) per parameter of this one [byte]."""
    adapter_inputs: Amount = 0.0
    """Inputs of all adapters of the mean layer."""
    mixer_inputs: Amount = 1.0
    mlp_inputs: Amount = 1.0
    inner_inputs: Amount = 1.0
    """1 when the inputs of the mixer's, of the first and of the last feed-forward matrices are
    kept, which a frozen matrix without an adapter does not need."""
    layers_learn: Amount = 1.0
    """0 when no gradient goes through the layers and they keep nothing."""
    linear_input_bytes: Amount = 2.0
    """Bytes per element of a linear layer's input kept for its weight gradient: 2, or 1 where 8-bit
    training keeps the converted input [byte]."""
    gradients_pass: Amount = 0.0
    """1 when gradients of a step's only micro-batch come as activations go, so that only the larger
    of both counts."""
    loss_chunks: Amount = 1.0
    loss_whole: Amount = 1.0
    loss_fused: Amount = 0.0
    """Pieces in which the loss is computed, of which one at a time is held in 32 bits; 1 when the
    16-bit logits of all are there at once, 0 when each is made in its turn; and 1 when a fused
    kernel never holds more logits than the residual stream has elements."""
    score_bytes: Amount = 0.0
    """Bytes per attention score of a core that is not fused; 0 of a fused one [byte]."""
    dropout: Amount = 0.0
    """1 when dropout masks are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What a software generation keeps beside the model; scalars or arrays, fitted or measured."""

    logit_bytes: Amount
    """Bytes per logit that the loss holds at its peak [byte]."""
    work_layers: Amount
    """Layers' worth of weights in the working precision held as scratch."""
    prefetched_layers: Amount
    """Layers ZeRO-3 holds unsharded at its peak."""
    gathered_copies: Amount
    """Tensors of a layer that sequence parallelism holds unsplit at the peak."""
    norm_bytes: Amount = 0.0
    inner_bytes: Amount = 0.0
    adapter_bytes: Amount = 0.0
    """Bytes that kernels which are not fused keep beside, per token and unit of the residual width,
    of the feed-forward width and of the adapters' inputs [byte]."""
    bucket_bytes: Amount = 0.0
    """Buffers of the gradient exchange, with any data parallelism [byte]."""
    fragmentation: Amount
    """Memory the allocator holds beyond what is in use, as a share."""
    context_bytes: Amount
    """Driver, libraries and communication buffers outside the allocator [byte]."""


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
    host: FloatArray
    """Bytes beside, in the memory of the host."""

    def allocated_bytes(self) -> FloatArray:
        """Peak of what the program allocates, without what the allocator and driver add [byte]."""
        states = self.weights + self.gradients + self.optimizer
        return states + self.activations + self.logits + self.buffers

    def total_bytes(self) -> FloatArray:
        """What the device must have [byte]."""
        return self.allocated_bytes() + self.fragmentation + self.context
