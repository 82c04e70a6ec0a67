"""What a model asks of the machine for each token and layer, as plain numbers or arrays."""

from dataclasses import dataclass

from costcheck.arrays import Amount

"""Every numeric field may be a scalar or an array; all of them broadcast against each other."""

ACTIVATION_BYTES = 2.0
"""Bytes of an activation, which is computed and sent in 16 bits."""
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

    sequence_length: Amount
    """Tokens per sequence [tokens]."""
    layers: Amount
    attention_layers: Amount
    linear_layers: Amount = 0.0
    dense_layers: Amount
    moe_layers: Amount = 0.0
    """Number of layers, and of layers with softmax attention, with a linear or state-space mixer,
    with a dense feed-forward part and with experts."""
    hidden: Amount
    """Width of the residual stream."""
    heads: Amount
    kv_heads: Amount
    """Query heads and key-value heads of a softmax attention layer."""
    score_width: Amount
    value_width: Amount
    """Query heads times the width of one query-key head, and of one value head."""
    key_value_width: Amount
    """Width of keys plus values of one token as exchanged in a context-parallel ring."""
    attended_keys: Amount
    """Keys one query sees, causal, mean over the attention layers and positions."""
    attention_parameters: Amount
    linear_parameters: Amount = 0.0
    """Matrix elements per attention layer and per linear layer."""
    attention_activation_width: Amount
    """Sum of the inner (tensor-parallel) widths of the attention projections."""
    attention_latent_width: Amount = 0.0
    """Part of that sum which latent attention can compute again from its compressed form."""
    attention_matmuls: Amount = 2.0
    """Number of projections per attention layer."""
    linear_core_flops: Amount = 0.0
    indexer_flops: Amount = 0.0
    """Forward FLOP per token of the recurrence of one linear layer, and of what chooses the keys of
    one softmax attention layer [FLOP]."""
    ffn: Amount
    mlp_matmuls: Amount = MATMULS_PER_GATED_MLP
    """Inner width of the dense feed-forward part, and matrices per part (3 if gated, else 2)."""
    experts: Amount = 0.0
    top_k: Amount = 0.0
    expert_ffn: Amount = 0.0
    shared_ffn: Amount = 0.0
    """Routed experts per MoE layer, experts per token, inner width of one expert, and inner width
    of all shared experts together."""
    expert_width: Amount = 0.0
    """Width the routed experts work in and their rows travel in: that of the residual stream, or of
    the latent space they are projected to."""
    router_parameters: Amount = 0.0
    """Matrix elements of an MoE layer outside its experts: router, latent projections, gates."""
    activation_traffic: Amount = 1.0
    """Element-wise traffic of the experts' activation function, as a multiple of a fused one's."""
    vocabulary: Amount
    """Rows of the embedding table as stored."""
    embedding_tables: Amount = 2.0
    """2 when the head has its own table, 1 when it is tied."""
    mtp_layers: Amount = 0.0
    mtp_work: Amount = 1.0
    """Multi-token-prediction modules that are trained, and the work of one without its head, as a
    multiple of the mean layer's."""
    leading_dense_layers: Amount = 0.0
    """Layers with a dense feed-forward part before the first expert layer."""
    layer_parameters: Amount
    expert_parameters: Amount = 0.0
    """Stored parameters of all layers outside the routed experts, and of all routed experts."""
    trained_share: Amount = 1.0
    """Trained parameters over the model's: 1, or what adapters add to frozen weights."""
    layer_passes: Amount = 3.0
    head_passes: Amount = 3.0
    """Products of each weight per token, in the layers and in the head: forward, for the gradient
    of its input and for its own; 2 where it is frozen, 1 where nothing below learns."""
    scoring_passes: Amount = 0.0
    """Forward passes of other models beside (reference, teacher), as multiples of this one's."""
    adapter_width: Amount = 0.0
    adapted_elements: Amount = 0.0
    """Inputs and outputs of all adapters of the mean layer, and elements of the matrices whose
    norms are computed again in each pass."""
    state_bytes: Amount = 12.0
    """Bytes the optimizer keeps for a trained parameter beside its working copy [byte]."""
    weight_bytes: Amount = 2.0
    """Bytes of a weight as it travels and is read; below 2 it is unpacked before each use
    [byte]."""
