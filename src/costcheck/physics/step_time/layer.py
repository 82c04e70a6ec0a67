"""Time of one layer for one micro-batch: products, attention core, element-wise traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.layout import Layout, Module, Recompute, repeats
from costcheck.physics.step_time.case import Case
from costcheck.physics.workload import ACTIVATION_BYTES, Workload

FLASH_BACKWARD_RATIO = 2.5
UNFUSED_BACKWARD_RATIO = 2.0
ELEMENTWISE_BACKWARD_RATIO = 1.5
PACKED_BELOW = 2.0
"""Bytes of a weight that is computed with as it is stored."""
REFERENCE_BALANCE = 590.0
"""FLOP per operand that an H100 can do in the time it reads one, in 16 and in 8 bits alike."""
REFERENCE_WATTS = 700.0 / 989.4e12
"""Power of the same part per FLOP/s of its 16-bit peak [W s]."""
TILE = 64.0
ADAPTER_TRAFFIC = 4.0
"""Bytes per unit of an adapter's input and output: read the one, read and add to the other."""
WEIGHT_NORM_TRAFFIC = 8.0
"""Bytes per element to add an adapter to its matrix and take the norm: two reads, two writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCompute:
    """Seconds of the mean layer for one micro-batch on one GPU, by what they are spent on.

    Every entry counts the forward pass, the backward pass and what is computed again;
    `forward_seconds` is the forward pass alone.
    """

    matmul_seconds: FloatArray
    expert_seconds: FloatArray
    attention_seconds: FloatArray
    elementwise_seconds: FloatArray
    host_seconds: FloatArray
    forward_seconds: FloatArray

    def total_seconds(self) -> FloatArray:
        """Sum of the parts [s]."""
        parts = self.matmul_seconds + self.expert_seconds + self.attention_seconds
        return parts + self.elementwise_seconds + self.host_seconds


def attained_rate(
    case: Case, *, peak: Amount, efficiency: Amount, exponent: Amount, power_exponent: Amount
) -> FloatArray:
    """FLOP/s a kind of kernel attains on a machine, of the peak in the format it computes in.

    Notes
    -----
    Two ratios of a part decide how well its units stay busy. One that does more arithmetic per
    operand it can read feeds them less well; operands of half the width come twice as fast. One
    with less power per FLOP/s lowers its clock under load. efficiency x (balance / reference)^-a x
    (power / reference)^b, at most the ceiling that anybody measured, at the clock a limit leaves.
    """
    machine, constants = case.machine, case.constants
    reference = machine.attention_flops_per_second
    operand_bytes = ACTIVATION_BYTES * np.minimum(np.divide(reference, peak), 1.0)
    balance = np.divide(peak, machine.memory_bytes_per_second) * operand_bytes
    power = np.divide(machine.watts, reference) / REFERENCE_WATTS
    supplied = np.where(np.greater(power, 0.0), power, 1.0)
    attained = (
        efficiency
        * np.power(np.divide(balance, REFERENCE_BALANCE), -exponent)
        * np.power(supplied, power_exponent)
    )
    share = np.minimum(attained, constants.ceiling) * machine.clock_share
    return np.asarray(peak * share, dtype=np.float64)


def matmul_rate(case: Case, *, efficiency: Amount) -> FloatArray:
    """FLOP/s of large products in the format of the linear layers [FLOP/s]."""
    machine, constants = case.machine, case.constants
    return attained_rate(
        case,
        peak=machine.matmul_flops_per_second,
        efficiency=efficiency,
        exponent=constants.balance_exponent,
        power_exponent=constants.linear_power_exponent,
    )


def alignment(case: Case) -> FloatArray:
    """What is left of a product's rate where the sharded width does not fill whole tiles."""
    workload, constants, layout = case.workload, case.constants, case.layout
    even = np.equal(np.mod(np.divide(workload.hidden, layout.tensor), TILE), 0.0)
    return np.where(even, 1.0, constants.misaligned_efficiency)


def _share(part: Amount, workload: Workload) -> FloatArray:
    """How many of the mean layer's parts are of one kind."""
    return np.divide(part, workload.layers)


def matmul_forward_seconds(case: Case) -> FloatArray:
    """Time of the dense matrix products of the mean layer, forward [s].

    Notes
    -----
    FLOP / (peak x efficiency) + exposed operand bytes / bandwidth. The second part charges narrow
    products, whose operands are large compared with their arithmetic: per product of M x K by
    K x N it is proportional to MK + KN + MN.
    """
    workload, constants, layout = case.workload, case.constants, case.layout
    tokens = case.tokens
    mixers = _share(workload.attention_layers, workload)
    linear = _share(workload.linear_layers, workload)
    mlps = _share(workload.dense_layers, workload)
    moes = _share(workload.moe_layers, workload)
    shared = moes * np.greater(workload.shared_ffn, 0.0)
    inner = mlps * workload.ffn + shared * workload.shared_ffn
    elements = (
        mixers * workload.attention_parameters
        + linear * workload.linear_parameters
        + workload.mlp_matmuls * workload.hidden * inner
        + moes * workload.router_parameters
    ) / layout.tensor
    hidden_sides = (
        mixers * workload.attention_matmuls + 2.0 * linear + 2.0 * (mlps + shared)
    ) * workload.hidden
    inner_sides = (
        mixers * workload.attention_activation_width + workload.mlp_matmuls * inner
    ) / layout.tensor
    activations = tokens * (hidden_sides + inner_sides)
    flops = 2.0 * tokens * elements
    operand_bytes = ACTIVATION_BYTES * (activations + elements)
    cast_bytes = constants.cast_traffic * (activations + elements)
    rate = matmul_rate(case, efficiency=constants.dense_efficiency) * alignment(case)
    packed = np.less(workload.weight_bytes, PACKED_BELOW)
    unpacked = np.where(packed, constants.unpack_traffic * elements, 0.0)
    moved = constants.operand_exposure * operand_bytes + cast_bytes + unpacked
    return np.asarray(flops / rate + moved / case.bandwidth, dtype=np.float64)


def expert_forward_seconds(case: Case) -> FloatArray:
    """Time of the routed experts of the mean layer, forward: grouped products and permutation [s].

    Notes
    -----
    With balanced routing a GPU works on (tokens / tensor) x top-k rows whatever the expert
    parallelism; it reads the weights of experts / expert-parallel experts.
    """
    workload, constants, layout = case.workload, case.constants, case.layout
    rows = case.tokens / layout.tensor * workload.top_k
    per_expert = np.multiply(workload.mlp_matmuls * workload.expert_width, workload.expert_ffn)
    inner = rows * workload.mlp_matmuls * workload.expert_ffn
    held = workload.experts / layout.expert_group * per_expert
    flops = 2.0 * rows * per_expert
    activations = 2.0 * rows * workload.expert_width + inner
    elements = activations + held
    permuted = constants.routing_traffic * rows * layout.expert_tensor * workload.expert_width
    moved = (
        (constants.operand_exposure * ACTIVATION_BYTES + constants.cast_traffic) * elements
        + permuted
        + constants.inner_traffic * workload.activation_traffic * inner
    )
    rate = matmul_rate(case, efficiency=constants.expert_efficiency)
    seconds = (
        flops / rate + moved / case.bandwidth + constants.moe_kernels * constants.kernel_seconds
    )
    return _share(workload.moe_layers, workload) * seconds


def attention_forward_seconds(case: Case) -> FloatArray:
    """Time of the attention cores and linear recurrences of the mean layer, forward [s].

    Notes
    -----
    Flash attention does the causal half only and moves no scores. The unfused core does the full
    square and moves the score matrix several times: `score_traffic` bytes per element.
    """
    workload, machine, constants, layout = case.workload, case.machine, case.constants, case.layout
    tokens = case.tokens
    unfused = np.greater(constants.score_traffic, 0.0)
    keys = np.where(unfused, workload.sequence_length, workload.attended_keys)
    softmax = np.where(unfused, 0.0, constants.softmax_width * workload.heads)
    width = (softmax + workload.score_width + workload.value_width) / layout.tensor
    rate = attained_rate(
        case,
        peak=machine.attention_flops_per_second,
        efficiency=constants.attention_efficiency,
        exponent=constants.attention_balance_exponent,
        power_exponent=constants.power_exponent,
    )
    scores = tokens * workload.sequence_length * workload.heads / layout.tensor
    indexer = tokens * workload.indexer_flops / layout.tensor / rate
    core = 2.0 * tokens * keys * width / rate + constants.score_traffic * scores / case.bandwidth
    core = core + indexer
    linear = tokens * workload.linear_core_flops / layout.tensor / rate
    mixers = _share(workload.attention_layers, workload)
    return mixers * core + _share(workload.linear_layers, workload) * linear


def elementwise_forward_seconds(case: Case) -> FloatArray:
    """Time of norms, residuals, dropout, activation functions and of every kernel's start [s]."""
    workload, constants, layout = case.workload, case.constants, case.layout
    tokens = case.tokens
    split = np.where(np.greater(layout.sequence_parallel, 0.0), layout.tensor, 1.0)
    mlps = _share(workload.dense_layers, workload)
    moes = _share(workload.moe_layers, workload)
    inner = workload.mlp_matmuls * (mlps * workload.ffn + moes * workload.shared_ffn)
    moved = tokens * (
        constants.hidden_traffic * workload.hidden / split
        + constants.inner_traffic * inner / layout.tensor
        + ADAPTER_TRAFFIC * np.asarray(workload.adapter_width) / layout.tensor
    )
    moved = moved + WEIGHT_NORM_TRAFFIC * np.asarray(workload.adapted_elements) / layout.tensor
    unfused = np.greater(constants.score_traffic, 0.0) * constants.unfused_core_kernels
    kernels = constants.mixer_kernels + workload.attention_matmuls + unfused + constants.mlp_kernels
    return moved / case.bandwidth + kernels * constants.kernel_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repeated:
    """Forward passes that the backward pass repeats: of whole layers, and of each kind of work."""

    full: FloatArray
    matmul: FloatArray
    expert: FloatArray
    core: FloatArray
    elementwise: FloatArray


def _repeated(*, workload: Workload, layout: Layout, unfused: FloatArray) -> _Repeated:
    """What recomputation repeats; norms and activation functions each move half of the traffic."""
    full = np.equal(layout.recompute, Recompute.FULL) * layout.recompute_share
    operations = np.equal(layout.recompute, Recompute.OPERATIONS) * 1.0

    def once(module: Module) -> FloatArray:
        return np.where(repeats(layout.recompute, module), 1.0, 0.0)

    moe, mlp = once(Module.MOE), once(Module.MLP)
    shared = np.maximum(moe, once(Module.SHARED))
    inner = np.maximum(once(Module.ACTIVATIONS), mlp)
    inner = np.maximum(inner, np.maximum(once(Module.EXPERT_ACTIVATIONS), moe))
    dense_share, shared_share = _feed_forward_shares(workload)
    return _Repeated(
        full=full,
        matmul=full + 0.5 * operations + dense_share * mlp + shared_share * shared,
        expert=full + operations + moe,
        core=full + once(Module.CORE) * unfused,
        elementwise=full + operations + 0.5 * once(Module.NORMS) + 0.5 * inner,
    )


def _feed_forward_shares(workload: Workload) -> tuple[FloatArray, FloatArray]:
    """Dense feed-forward parts and shared experts, over the products outside routed experts."""
    each = np.multiply(workload.mlp_matmuls, workload.hidden)
    dense = workload.dense_layers * each * workload.ffn
    shared = workload.moe_layers * each * workload.shared_ffn
    mixers = (
        workload.attention_layers * np.asarray(workload.attention_parameters)
        + workload.linear_layers * np.asarray(workload.linear_parameters)
        + workload.moe_layers * np.asarray(workload.router_parameters)
    )
    total = mixers + dense + shared
    return dense / total, shared / total


def layer_compute(case: Case) -> LayerCompute:
    """Time of the mean layer for one micro-batch, forward, backward and recomputed.

    Notes
    -----
    Backward is twice the products (once where the weights are frozen, none where nothing below
    learns), 2.5 times a flash core (2 times an unfused one) and 1.5 times the element-wise traffic.
    Full recomputation adds one forward pass, selective the attention core unless flash attention
    computes it again anyway, per-module what the modules take, per-operation the element-wise part
    and half of the products. The host counts where launching takes longer than computing.
    """
    workload, constants, layout = case.workload, case.constants, case.layout
    passes, scoring = np.asarray(workload.layer_passes), np.asarray(workload.scoring_passes)
    learns = np.greater(passes, 1.0)
    matmul = matmul_forward_seconds(case)
    expert = expert_forward_seconds(case)
    attention = attention_forward_seconds(case)
    elementwise = elementwise_forward_seconds(case)
    unfused = np.greater(constants.score_traffic, 0.0)
    core_backward = np.where(unfused, UNFUSED_BACKWARD_RATIO, FLASH_BACKWARD_RATIO)
    again = _repeated(workload=workload, layout=layout, unfused=unfused)
    device_forward = matmul + expert + attention + elementwise
    total = {
        "matmul_seconds": matmul * (passes + scoring + again.matmul * learns),
        "expert_seconds": expert * (passes + scoring + again.expert * learns),
        "attention_seconds": attention * (1.0 + scoring + (core_backward + again.core) * learns),
        "elementwise_seconds": elementwise
        * (1.0 + scoring + (ELEMENTWISE_BACKWARD_RATIO + again.elementwise) * learns),
    }
    looped = np.divide(workload.experts, layout.expert_group)
    launch = constants.host_layer_seconds + _share(workload.moe_layers, workload) * (
        constants.host_moe_seconds + constants.host_expert_seconds * looped
    )
    device = sum(total.values())
    host_forward = np.maximum(launch - device_forward, 0.0)
    launches = 1.0 + scoring + (1.5 + again.full) * learns
    host = np.maximum(launch * launches - device, host_forward)
    return LayerCompute(**total, host_seconds=host, forward_seconds=device_forward + host_forward)
