"""How parameters are stored and trained, and what memory goes to."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.arrays import Amount, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How parameters are stored and which of them are trained; scalars or arrays.

    Parameters
    ----------
    weight_bytes, gradient_bytes, optimizer_bytes : array_like
        Bytes of a trained parameter's working copy, of its gradient, and of its master copy and
        moments together [byte].
    paged : array_like
        1 when optimizer states go to the host while nothing needs them.
    in_backward : array_like
        1 when the backward pass of a step's only micro-batch updates each weight and drops its
        gradient.
    trained_share : array_like
        Trained parameters over those of the model: 1, or what adapters add.
    frozen_bytes, table_bytes : array_like
        Bytes of a weight that stays as it is, in the layers and in the tables of embedding and
        head; 0 where all are trained [byte].
    resident_bytes : array_like
        Bytes of other models in memory (reference, teacher) per parameter of this one [byte].
    adapter_inputs : array_like
        Inputs of all adapters of the mean layer.
    mixer_inputs, mlp_inputs, inner_inputs : array_like
        1 when the inputs of the mixer's, of the first and of the last feed-forward matrices are
        kept, which a frozen matrix without an adapter does not need.
    layers_learn : array_like
        0 when no gradient goes through the layers and they keep nothing.
    linear_input_bytes : array_like
        Bytes per element of a linear layer's input kept for its weight gradient: 2, or 1 where
        8-bit training keeps the converted input [byte].
    gradients_pass : array_like
        1 when gradients of a step's only micro-batch come as activations go, so that only the
        larger of both counts.
    loss_chunks, loss_fused : array_like
        Pieces in which the loss is computed, of which one at a time is held in 32 bits, and 1 when
        a fused kernel never holds more logits than the residual stream has elements.
    score_bytes : array_like
        Bytes per attention score of a core that is not fused; 0 of a fused one [byte].
    dropout : array_like
        1 when dropout masks are kept.
    """

    weight_bytes: Amount = 2.0
    gradient_bytes: Amount = 4.0
    optimizer_bytes: Amount = 12.0
    paged: Amount = 0.0
    in_backward: Amount = 0.0
    trained_share: Amount = 1.0
    frozen_bytes: Amount = 0.0
    table_bytes: Amount = 0.0
    resident_bytes: Amount = 0.0
    adapter_inputs: Amount = 0.0
    mixer_inputs: Amount = 1.0
    mlp_inputs: Amount = 1.0
    inner_inputs: Amount = 1.0
    layers_learn: Amount = 1.0
    linear_input_bytes: Amount = 2.0
    gradients_pass: Amount = 0.0
    loss_chunks: Amount = 1.0
    loss_fused: Amount = 0.0
    score_bytes: Amount = 0.0
    dropout: Amount = 0.0


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
    norm_bytes, inner_bytes, adapter_bytes : array_like
        Bytes that kernels which are not fused keep beside, per token and unit of the residual
        width, of the feed-forward width and of the adapters' inputs [byte].
    bucket_bytes : array_like
        Buffers of the gradient exchange, with any data parallelism [byte].
    fragmentation : array_like
        Memory the allocator holds beyond what is in use, as a share.
    context_bytes : array_like
        Driver, libraries and communication buffers outside the allocator [byte].
    """

    logit_bytes: Amount
    work_layers: Amount
    prefetched_layers: Amount
    gathered_copies: Amount
    norm_bytes: Amount = 0.0
    inner_bytes: Amount = 0.0
    adapter_bytes: Amount = 0.0
    bucket_bytes: Amount = 0.0
    fragmentation: Amount
    context_bytes: Amount


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
