"""What a model asks of the machine for each token and layer, as plain numbers or arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
"""Every numeric field may be a scalar or an array; all of them broadcast against each other."""

MATMULS_PER_GATED_MLP = 3.0
MATMULS_PER_PLAIN_MLP = 2.0
# Reads and writes of an activation function with biases and clamps that no library fuses (22 per
# unit of inner width), over those of a fused gated one (4.5 per unit).
UNFUSED_ACTIVATION_TRAFFIC = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Numbers of one architecture at one sequence length, or of many as arrays.

    A layer has a mixer (softmax attention or a linear / state-space one) and at most one
    feed-forward part (dense or mixture of experts); the counts say how many layers have which.
    """

    sequence_length: FloatArray | float
    """Tokens per sequence [tokens]."""
    layers: FloatArray | float
    attention_layers: FloatArray | float
    linear_layers: FloatArray | float = 0.0
    dense_layers: FloatArray | float
    moe_layers: FloatArray | float = 0.0
    """Number of layers, and of layers with softmax attention, with a linear or state-space mixer,
    with a dense feed-forward part and with experts."""
    hidden: FloatArray | float
    """Width of the residual stream."""
    heads: FloatArray | float
    kv_heads: FloatArray | float
    """Query heads and key-value heads of a softmax attention layer."""
    score_width: FloatArray | float
    value_width: FloatArray | float
    """Query heads times the width of one query-key head, and of one value head."""
    key_value_width: FloatArray | float
    """Width of keys plus values of one token as exchanged in a context-parallel ring."""
    attended_keys: FloatArray | float
    """Keys one query sees, causal, mean over the attention layers and positions."""
    attention_parameters: FloatArray | float
    linear_parameters: FloatArray | float = 0.0
    """Matrix elements per attention layer and per linear layer."""
    attention_activation_width: FloatArray | float
    """Sum of the inner (tensor-parallel) widths of the attention projections."""
    attention_latent_width: FloatArray | float = 0.0
    """Part of that sum which latent attention can compute again from its compressed form."""
    attention_matmuls: FloatArray | float = 2.0
    """Number of projections per attention layer."""
    linear_core_flops: FloatArray | float = 0.0
    indexer_flops: FloatArray | float = 0.0
    """Forward FLOP per token of the recurrence of one linear layer, and of what chooses the keys of
    one softmax attention layer [FLOP]."""
    ffn: FloatArray | float
    mlp_matmuls: FloatArray | float = MATMULS_PER_GATED_MLP
    """Inner width of the dense feed-forward part, and matrices per part (3 if gated, else 2)."""
    experts: FloatArray | float = 0.0
    top_k: FloatArray | float = 0.0
    expert_ffn: FloatArray | float = 0.0
    shared_ffn: FloatArray | float = 0.0
    """Routed experts per MoE layer, experts per token, inner width of one expert, and inner width
    of all shared experts together."""
    expert_width: FloatArray | float = 0.0
    """Width the routed experts work in and their rows travel in: that of the residual stream, or of
    the latent space they are projected to."""
    router_parameters: FloatArray | float = 0.0
    """Matrix elements of an MoE layer outside its experts: router, latent projections, gates."""
    activation_traffic: FloatArray | float = 1.0
    """Element-wise traffic of the experts' activation function, as a multiple of a fused one's."""
    vocabulary: FloatArray | float
    """Rows of the embedding table as stored."""
    embedding_tables: FloatArray | float = 2.0
    """2 when the head has its own table, 1 when it is tied."""
    mtp_layers: FloatArray | float = 0.0
    mtp_work: FloatArray | float = 1.0
    """Multi-token-prediction modules that are trained, and the work of one without its head, as a
    multiple of the mean layer's."""
    leading_dense_layers: FloatArray | float = 0.0
    """Layers with a dense feed-forward part before the first expert layer."""
    layer_parameters: FloatArray | float
    expert_parameters: FloatArray | float = 0.0
    """Stored parameters of all layers outside the routed experts, and of all routed experts."""
    trained_share: FloatArray | float = 1.0
    """Part of the parameters that is trained, 1 but for adapters on frozen weights."""
    weight_bytes: FloatArray | float = 2.0
    """Bytes of a weight as it travels and is read; below 2 it is unpacked before each use
    [byte]."""
