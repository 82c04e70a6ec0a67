"""The physical constants of a software generation on a kind of hardware."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.arrays import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """What a specification sheet does not say; scalars or arrays, fitted by `calibrate`.

    Parameters
    ----------
    dense_efficiency, expert_efficiency, head_efficiency, attention_efficiency : array_like
        Attained share of the peak in large matrix products, in grouped products of experts, in the
        16-bit products of the output head and in the attention core, at the reference balance.
    balance_exponent, attention_balance_exponent : array_like
        How fast the attained share of products and of the attention core falls with the arithmetic
        a part does per operand it reads.
    power_exponent, linear_power_exponent : array_like
        How fast it falls where a part has less power for each FLOP/s of its peak, in 16 bits and in
        the format of the linear layers.
    ceiling : array_like
        Best attained share of a peak that anybody has measured in products of any size.
    misaligned_efficiency : array_like
        What is left of it where a width is no multiple of the matrix unit's tile.
    memory_efficiency : array_like
        Attained share of the memory bandwidth.
    operand_exposure : array_like
        Share of a matrix product's operand traffic that its arithmetic does not hide.
    hidden_traffic, inner_traffic : array_like
        Bytes moved by element-wise kernels of one layer, forward, per token and unit of the
        residual width, and per unit of inner width of each feed-forward matrix [byte].
    softmax_width : array_like
        What the exponentials of a flash core cost per head, as head width of matrix arithmetic.
    score_traffic : array_like
        Bytes moved per element of the attention score matrix, forward; 0 with flash attention.
    routing_traffic : array_like
        Bytes moved per routed row and unit of residual width to sort, pad and combine, forward
        [byte].
    cast_traffic : array_like
        Bytes moved per operand element to convert to a narrower precision; 0 for 16-bit [byte].
    kernel_seconds : array_like
        Fixed time of one kernel on the device [s].
    host_layer_seconds, host_moe_seconds : array_like
        Time the host needs to launch one forward pass of one dense layer, and what an expert layer
        adds [s]. It counts where the device would be done sooner.
    host_expert_seconds : array_like
        Time the host needs to launch the forward pass of one expert where a loop runs them one by
        one; 0 where one grouped kernel runs all [s].
    scale_up_efficiency, node_efficiency, scale_out_efficiency : array_like
        Attained share of the bandwidth of the domain's, the server's and the network's links.
    scale_up_latency_seconds, scale_out_latency_seconds : array_like
        Fixed time of a collective inside a domain, and per doubling of domains [s].
    tensor_overlap, context_overlap, expert_overlap, pipeline_overlap : array_like
        Share of each kind of communication that computation hides; of the experts' where it stays
        in the fast domain.
    expert_network_overlap : array_like
        The same of an expert exchange that leaves the domain.
    expert_deduplication : array_like
        How far the expert exchange avoids sending a token to one domain twice, 0 to 1.
    data_overlap, shard_overlap : array_like
        The same for the data-parallel exchange once per step, and for the weight gathers of
        ZeRO-3.
    gradient_bytes : array_like
        Bytes per gradient element in the data-parallel reduction [byte].
    optimizer_traffic : array_like
        Bytes the optimizer moves per parameter it owns [byte].
    unpack_traffic : array_like
        Bytes moved to unpack a weight stored below 16 bits, in each pass [byte].
    host_link_bytes_per_second, host_memory_bytes_per_second : array_like
        Attained speed between a GPU and its host, and of the memory of a host, which its GPUs
        share, for an offloaded optimizer [byte/s].
    loss_traffic : array_like
        Bytes moved per logit by the loss, forward and backward [byte].
    step_overhead_seconds : array_like
        Time per step outside the model: data, logging, synchronisation [s].
    straggler_share : array_like
        Share of the step that waiting for the slowest server adds with each doubling of servers.
    """

    dense_efficiency: Amount
    expert_efficiency: Amount
    head_efficiency: Amount
    attention_efficiency: Amount
    balance_exponent: Amount = 0.0
    attention_balance_exponent: Amount = 0.0
    power_exponent: Amount = 0.0
    linear_power_exponent: Amount = 0.0
    misaligned_efficiency: Amount = 1.0
    ceiling: Amount = 1.0
    memory_efficiency: Amount
    operand_exposure: Amount
    hidden_traffic: Amount
    inner_traffic: Amount
    softmax_width: Amount
    score_traffic: Amount
    routing_traffic: Amount
    cast_traffic: Amount
    kernel_seconds: Amount
    host_layer_seconds: Amount
    host_moe_seconds: Amount
    host_expert_seconds: Amount = 0.0
    scale_up_efficiency: Amount
    scale_up_latency_seconds: Amount
    node_efficiency: Amount = 1.0
    scale_out_efficiency: Amount
    scale_out_latency_seconds: Amount
    tensor_overlap: Amount
    context_overlap: Amount
    expert_overlap: Amount
    expert_network_overlap: Amount = 0.0
    expert_deduplication: Amount
    data_overlap: Amount
    shard_overlap: Amount
    pipeline_overlap: Amount
    gradient_bytes: Amount
    optimizer_traffic: Amount
    unpack_traffic: Amount = 0.0
    host_link_bytes_per_second: Amount
    host_memory_bytes_per_second: Amount
    loss_traffic: Amount
    step_overhead_seconds: Amount
    straggler_share: Amount = 0.0
