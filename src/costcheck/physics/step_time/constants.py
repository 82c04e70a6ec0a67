"""The physical constants of a software generation on a kind of hardware."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


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

    dense_efficiency: FloatArray | float
    expert_efficiency: FloatArray | float
    head_efficiency: FloatArray | float
    attention_efficiency: FloatArray | float
    balance_exponent: FloatArray | float = 0.0
    attention_balance_exponent: FloatArray | float = 0.0
    power_exponent: FloatArray | float = 0.0
    linear_power_exponent: FloatArray | float = 0.0
    misaligned_efficiency: FloatArray | float = 1.0
    ceiling: FloatArray | float = 1.0
    memory_efficiency: FloatArray | float
    operand_exposure: FloatArray | float
    hidden_traffic: FloatArray | float
    inner_traffic: FloatArray | float
    softmax_width: FloatArray | float
    score_traffic: FloatArray | float
    routing_traffic: FloatArray | float
    cast_traffic: FloatArray | float
    kernel_seconds: FloatArray | float
    host_layer_seconds: FloatArray | float
    host_moe_seconds: FloatArray | float
    host_expert_seconds: FloatArray | float = 0.0
    scale_up_efficiency: FloatArray | float
    scale_up_latency_seconds: FloatArray | float
    node_efficiency: FloatArray | float = 1.0
    scale_out_efficiency: FloatArray | float
    scale_out_latency_seconds: FloatArray | float
    tensor_overlap: FloatArray | float
    context_overlap: FloatArray | float
    expert_overlap: FloatArray | float
    expert_network_overlap: FloatArray | float = 0.0
    expert_deduplication: FloatArray | float
    data_overlap: FloatArray | float
    shard_overlap: FloatArray | float
    pipeline_overlap: FloatArray | float
    gradient_bytes: FloatArray | float
    optimizer_traffic: FloatArray | float
    unpack_traffic: FloatArray | float = 0.0
    host_link_bytes_per_second: FloatArray | float
    host_memory_bytes_per_second: FloatArray | float
    loss_traffic: FloatArray | float
    step_overhead_seconds: FloatArray | float
    straggler_share: FloatArray | float = 0.0
