"""The physical constants of a software generation on a kind of hardware."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.arrays import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """What a specification sheet does not say; scalars or arrays, fitted by `calibrate`."""

    dense_efficiency: Amount
    expert_efficiency: Amount
    head_efficiency: Amount
    attention_efficiency: Amount
    """Attained share of the peak in large matrix products, in grouped products of experts, in the
    16-bit products of the output head and in the attention core, at the reference balance."""
    balance_exponent: Amount = 0.0
    attention_balance_exponent: Amount = 0.0
    """How fast the attained share of products and of the attention core falls with the arithmetic a
    part does per operand it reads."""
    power_exponent: Amount = 0.0
    linear_power_exponent: Amount = 0.0
    """How fast it falls where a part has less power for each FLOP/s of its peak, in 16 bits and in
    the format of the linear layers."""
    misaligned_efficiency: Amount = 1.0
    """What is left of it where a width is no multiple of the matrix unit's tile."""
    ceiling: Amount = 1.0
    """Best attained share of a peak that anybody has measured in products of any size."""
    memory_efficiency: Amount
    """Attained share of the memory bandwidth."""
    operand_exposure: Amount
    """Share of a matrix product's operand traffic that its arithmetic does not hide."""
    hidden_traffic: Amount
    inner_traffic: Amount
    """Bytes moved by element-wise kernels of one layer, forward, per token and unit of the residual
    width, and per unit of inner width of each feed-forward matrix [byte]."""
    softmax_width: Amount
    """What the exponentials of a flash core cost per head, as head width of matrix arithmetic."""
    score_traffic: Amount
    """Bytes moved per element of the attention score matrix, forward; 0 with flash attention."""
    routing_traffic: Amount
    """Bytes moved per routed row and unit of residual width to sort, pad and combine, forward
    [byte]."""
    cast_traffic: Amount
    """Bytes moved per operand element to convert to a narrower precision; 0 for 16-bit [byte]."""
    kernel_seconds: Amount
    """Fixed time of one kernel on the device [s]."""
    mixer_kernels: Amount
    unfused_core_kernels: Amount
    mlp_kernels: Amount
    moe_kernels: Amount
    """Kernels that the forward pass of a layer starts: of its mixer beside its products, of an
    attention core that is not fused, of a feed-forward part, and of routed experts."""
    host_layer_seconds: Amount
    host_moe_seconds: Amount
    """Time the host needs to launch one forward pass of one dense layer, and what an expert layer
    adds [s]. It counts where the device would be done sooner."""
    host_expert_seconds: Amount = 0.0
    """Time the host needs to launch the forward pass of one expert where a loop runs them one by
    one; 0 where one grouped kernel runs all [s]."""
    scale_up_efficiency: Amount
    node_efficiency: Amount = 1.0
    scale_out_efficiency: Amount
    """Attained share of the bandwidth of the domain's, the server's and the network's links."""
    scale_up_latency_seconds: Amount
    scale_out_latency_seconds: Amount
    """Fixed time of a collective inside a domain, and per doubling of domains [s]."""
    tensor_overlap: Amount
    context_overlap: Amount
    pipeline_overlap: Amount
    expert_overlap: Amount
    """Share of each kind of communication that computation hides; of the experts' where it stays in
    the fast domain."""
    expert_network_overlap: Amount = 0.0
    """The same of an expert exchange that leaves the domain."""
    expert_deduplication: Amount
    """How far the expert exchange avoids sending a token to one domain twice, 0 to 1."""
    data_overlap: Amount
    shard_overlap: Amount
    """The same for the data-parallel exchange once per step, and for the weight gathers of
    ZeRO-3."""
    gradient_bytes: Amount
    """Bytes per gradient element in the data-parallel reduction [byte]."""
    optimizer_traffic: Amount
    """Bytes the optimizer moves per parameter it owns [byte]."""
    unpack_traffic: Amount = 0.0
    """Bytes moved to unpack a weight stored below 16 bits, in each pass [byte]."""
    host_link_bytes_per_second: Amount
    host_memory_bytes_per_second: Amount
    """Attained speed between a GPU and its host, and of the memory of a host, which its GPUs share,
    for an offloaded optimizer [byte/s]."""
    loss_traffic: Amount
    """Bytes moved per logit by the loss, forward and backward [byte]."""
    step_overhead_seconds: Amount
    """Time per step outside the model: data, logging, synchronisation [s]."""
    straggler_share: Amount = 0.0
    """Share of the step that waiting for the slowest server adds with each doubling of servers."""
