"""Time of one optimizer step of a parallel layout, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from costcheck.core.collectives import Fabric, all_reduce_seconds, gather_terms
from costcheck.core.layout import Layout, Offload, Schedule
from costcheck.core.machine import Machine
from costcheck.core.schedule import bubble_seconds
from costcheck.core.step_time.communication import (
    LayerCommunication,
    fabric_of,
    layer_communication,
    shard_members,
    stage_send_seconds,
)
from costcheck.core.step_time.constants import Constants
from costcheck.core.step_time.layer import (
    ACTIVATION_BYTES,
    LayerCompute,
    layer_compute,
    local_tokens,
)
from costcheck.core.workload import Workload

FloatArray = NDArray[np.float64]

WEIGHT_BYTES = 2.0
# Of a layer's communication, forward, backward and gathered again.
FORWARD_COMMUNICATION_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeconds:
    """Seconds of one step by what they are spent on; the entries sum to the step time."""

    matmul: FloatArray
    experts: FloatArray
    attention: FloatArray
    elementwise: FloatArray
    host: FloatArray
    tensor_communication: FloatArray
    context_communication: FloatArray
    expert_communication: FloatArray
    head: FloatArray
    pipeline_communication: FloatArray
    bubble: FloatArray
    data_communication: FloatArray
    optimizer: FloatArray
    overhead: FloatArray

    def total_seconds(self) -> FloatArray:
        """Step time [s]."""
        total: FloatArray = np.asarray(0.0)
        for field in fields(self):
            total = total + getattr(self, field.name)
        return total


def head_seconds(
    *, workload: Workload, machine: Machine, constants: Constants, layout: Layout
) -> FloatArray:
    """Time of the output head and loss of one micro-batch, forward and backward [s].

    Notes
    -----
    Three products of tokens x hidden x vocabulary / tensor at the 16-bit peak, and the traffic of
    the logits, their softmax and their gradient in 32 bits.
    """
    tokens = local_tokens(workload=workload, layout=layout)
    logits = tokens * workload.vocabulary / layout.tensor
    rate = machine.attention_flops_per_second * constants.head_efficiency
    bandwidth = machine.memory_bytes_per_second * constants.memory_efficiency
    return 6.0 * logits * workload.hidden / rate + constants.loss_traffic * logits / bandwidth


def layers_per_stage(*, workload: Workload, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Layers of the fullest stage, and of the stage that also has the head.

    Notes
    -----
    Where the layers do not fill every chunk, the empty places are shared between the first stage,
    which has the embedding, and the last, which has the head.
    """
    chunks = np.multiply(layout.pipeline, layout.virtual)
    fullest = np.ceil(np.divide(workload.layers, chunks)) * layout.virtual
    spare = fullest * layout.pipeline - workload.layers
    return fullest, np.maximum(fullest - np.ceil(spare / 2.0), 0.0)


def parameters_per_gpu(*, workload: Workload, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Dense and expert parameters on a GPU of the heavier end of the pipeline, before ZeRO."""
    fullest, _ = layers_per_stage(workload=workload, layout=layout)
    share = fullest / workload.layers
    tables = np.where(np.greater(layout.pipeline, 1.0), 1.0, workload.embedding_tables)
    table = np.multiply(workload.vocabulary, workload.hidden)
    dense = (share * workload.layer_parameters + tables * table) / layout.tensor
    experts = np.multiply(layout.expert, layout.expert_tensor)
    return dense, share * workload.expert_parameters / experts


def replicas(*, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Data-parallel copies of the dense and of the expert parameters."""
    dense = np.asarray(np.multiply(layout.data, layout.context), dtype=np.float64)
    experts = np.multiply(layout.expert, layout.expert_tensor)
    return dense, np.maximum(dense * layout.tensor / experts, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """Parameters that share their replicas: the dense ones, or the experts.

    Parameters
    ----------
    parameters : ndarray
        Parameters on one GPU before sharding.
    members : ndarray
        GPUs that hold copies.
    stride : array_like
        Distance in ranks between neighbouring copies.
    layers : ndarray
        Layers they are spread over.
    """

    parameters: FloatArray
    members: FloatArray
    stride: FloatArray | float
    layers: FloatArray


def group_exchange_seconds(
    *, fabric: Fabric, constants: Constants, layout: Layout, group: ParameterGroup
) -> tuple[FloatArray, FloatArray]:
    """Exchange of one parameter group once per step and in every micro-batch [s].

    Notes
    -----
    ZeRO-0 all-reduces gradients at the end of the step; ZeRO-1 scatters gradients and gathers
    weights there. ZeRO-2 scatters gradients and ZeRO-3 also gathers weights, forward and backward,
    layer by layer in every micro-batch. Over a shard group smaller than the replicas, shards are
    all-reduced across the groups at the end of the step.
    """
    zero = np.asarray(layout.zero)
    shards = shard_members(layout=layout, replicas=group.members)
    gradient_bytes = group.parameters * constants.gradient_bytes
    weight_bytes = group.parameters * WEIGHT_BYTES
    plain = all_reduce_seconds(
        fabric=fabric, members=group.members, stride=group.stride, full_bytes=gradient_bytes
    )
    latency, per_byte = gather_terms(fabric=fabric, members=shards, stride=group.stride)
    across = all_reduce_seconds(
        fabric=fabric,
        members=group.members / shards,
        stride=group.stride * shards,
        full_bytes=gradient_bytes / shards,
    )
    at_end = np.where(zero == 1.0, gradient_bytes, 0.0) + weight_bytes
    within = np.where(zero > 2.0, 0.0, latency + at_end * per_byte)
    once = np.where(zero > 0.0, within + across, plain)
    gathers = np.where(zero > 2.0, 2.0, 0.0)
    streamed = (1.0 + gathers) * group.layers * latency
    streamed = streamed + (gradient_bytes + gathers * weight_bytes) * per_byte
    return once, np.where(zero > 1.0, streamed, 0.0)


def data_exchange_seconds(
    *, workload: Workload, fabric: Fabric, constants: Constants, layout: Layout
) -> tuple[FloatArray, FloatArray]:
    """Data-parallel exchange once per step, and per micro-batch, before overlap [s]."""
    dense, experts = parameters_per_gpu(workload=workload, layout=layout)
    dense_copies, expert_copies = replicas(layout=layout)
    layers = np.divide(workload.layers, layout.pipeline)
    groups = [
        ParameterGroup(
            parameters=dense, members=dense_copies, stride=layout.tensor, layers=layers
        )
    ]
    if np.any(np.greater(workload.experts, 0.0)):
        expert_stride = np.multiply(layout.expert, layout.expert_tensor)
        groups.append(
            ParameterGroup(
                parameters=experts,
                members=expert_copies,
                stride=expert_stride,
                layers=layers,
            )
        )
    once = each = np.asarray(0.0)
    for group in groups:
        end, streamed = group_exchange_seconds(
            fabric=fabric, constants=constants, layout=layout, group=group
        )
        once, each = once + end, each + streamed
    return once, each


def exposed_exchange_seconds(
    *,
    once: FloatArray,
    each: FloatArray,
    constants: Constants,
    micro_batches: FloatArray,
    stage_seconds: FloatArray,
) -> FloatArray:
    """Data-parallel communication of a step that computation does not hide [s].

    Notes
    -----
    What happens once per step can hide behind one micro-batch of the stage, what ZeRO-2 and 3 do
    for every micro-batch behind that micro-batch; the overlap share of it does.
    """
    exposed = once - constants.data_overlap * np.minimum(once, stage_seconds)
    if not np.any(each):
        return np.asarray(exposed, dtype=np.float64)
    hidden = constants.shard_overlap * np.minimum(each, stage_seconds)
    return np.asarray(exposed + micro_batches * (each - hidden), dtype=np.float64)


def optimizer_seconds(
    *, workload: Workload, machine: Machine, constants: Constants, layout: Layout
) -> FloatArray:
    """Time to update the parameters one GPU owns [s].

    Notes
    -----
    Bound by memory bandwidth: the device's, or for an offloaded optimizer the host's, after the
    gradients have gone down the link and before the weights come back.
    """
    dense, experts = parameters_per_gpu(workload=workload, layout=layout)
    dense_copies, expert_copies = replicas(layout=layout)
    sharded = np.greater(layout.zero, 0.0)
    dense_shards = shard_members(layout=layout, replicas=dense_copies)
    expert_shards = shard_members(layout=layout, replicas=expert_copies)
    owned = dense / np.where(sharded, dense_shards, 1.0)
    owned = owned + experts / np.where(sharded, expert_shards, 1.0)
    bandwidth = machine.memory_bytes_per_second * constants.memory_efficiency
    on_device = constants.optimizer_traffic / bandwidth
    on_host = (
        constants.optimizer_traffic / constants.host_memory_bytes_per_second
        + (constants.gradient_bytes + WEIGHT_BYTES) / constants.host_link_bytes_per_second
    )
    offloaded = np.equal(layout.offload, float(Offload.OPTIMIZER))
    return np.asarray(owned * np.where(offloaded, on_host, on_device), dtype=np.float64)


def micro_batches_per_step(*, layout: Layout, global_batch: FloatArray | float) -> FloatArray:
    """Micro-batches one pipeline runs per step."""
    return np.asarray(global_batch / np.multiply(layout.data, layout.micro_batch), dtype=np.float64)


def step_seconds(
    *,
    workload: Workload,
    machine: Machine,
    constants: Constants,
    layout: Layout,
    global_batch: FloatArray | float,
) -> StepSeconds:
    """Time of one optimizer step, by what it is spent on.

    Parameters
    ----------
    workload, machine, constants, layout
        Scalars or arrays that broadcast together.
    global_batch : array_like
        Sequences per step over all GPUs.

    Returns
    -------
    StepSeconds
        Named parts; `total_seconds()` is the step time.

    Notes
    -----
    micro-batches x slowest stage + bubble of the mean stage + what communication nothing hides +
    optimizer + overhead. The slowest stage is the fullest one or the one with the output head.
    """
    return _compose(
        workload=workload,
        machine=machine,
        constants=constants,
        layout=layout,
        micro_batches=micro_batches_per_step(layout=layout, global_batch=global_batch),
        parts=layer_parts(
            workload=workload, machine=machine, constants=constants, layout=layout
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerParts:
    """What a micro-batch costs per layer, in the head and between stages."""

    compute: LayerCompute
    communication: LayerCommunication
    head_seconds: FloatArray
    send_seconds: FloatArray


def layer_parts(
    *, workload: Workload, machine: Machine, constants: Constants, layout: Layout
) -> LayerParts:
    """What a micro-batch costs per layer, in the head and between stages."""
    compute = layer_compute(
        workload=workload, machine=machine, constants=constants, layout=layout
    )
    fabric = fabric_of(machine=machine, constants=constants)
    return LayerParts(
        compute=compute,
        communication=layer_communication(
            workload=workload,
            fabric=fabric,
            constants=constants,
            layout=layout,
            compute=compute,
        ),
        head_seconds=head_seconds(
            workload=workload, machine=machine, constants=constants, layout=layout
        ),
        send_seconds=stage_send_seconds(workload=workload, fabric=fabric, layout=layout),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSeconds:
    """Times of a pipeline: per micro-batch on the slowest and the mean stage, and idle per step."""

    slowest: FloatArray
    mean_stage: FloatArray
    exposed_send: FloatArray
    bubble: FloatArray


def pipeline_seconds(
    *,
    workload: Workload,
    constants: Constants,
    layout: Layout,
    micro_batches: FloatArray,
    parts: LayerParts,
) -> PipelineSeconds:
    """Stage times and bubble of a pipeline from what its layers take.

    Notes
    -----
    The slowest stage is the fullest one or the one with the output head; DualPipe pairs the last
    stage with the first on one GPU. The bubble is of the mean stage.
    """
    communication = parts.communication.total_seconds()
    layer = parts.compute.total_seconds() + communication
    mean_layers = np.divide(workload.layers, layout.pipeline)
    fullest, last = layers_per_stage(workload=workload, layout=layout)
    full_stage = fullest * layer
    head = parts.head_seconds
    last_stage = last * layer + head + workload.mtp_layers * (layer + head)
    last_stage = np.where(
        np.equal(layout.schedule, Schedule.DUALPIPE),
        0.5 * (last_stage + full_stage),
        last_stage,
    )
    mean_stage = mean_layers * layer
    forward = mean_layers * (
        parts.compute.forward_seconds + FORWARD_COMMUNICATION_SHARE * communication
    )
    exposed_send = (
        2.0 * np.multiply(layout.virtual, parts.send_seconds) * (1.0 - constants.pipeline_overlap)
    )
    bubble = bubble_seconds(
        schedule=layout.schedule,
        pipeline=layout.pipeline,
        virtual=layout.virtual,
        micro_batches=micro_batches,
        forward_seconds=forward + exposed_send / 2.0,
        backward_seconds=mean_stage - forward + exposed_send / 2.0,
    )
    return PipelineSeconds(
        slowest=np.maximum(full_stage, last_stage),
        mean_stage=mean_stage,
        exposed_send=exposed_send,
        bubble=bubble,
    )


def _compose(
    *,
    workload: Workload,
    machine: Machine,
    constants: Constants,
    layout: Layout,
    micro_batches: FloatArray,
    parts: LayerParts,
) -> StepSeconds:
    compute, communication = parts.compute, parts.communication
    pipeline = pipeline_seconds(
        workload=workload,
        constants=constants,
        layout=layout,
        micro_batches=micro_batches,
        parts=parts,
    )
    once, each = data_exchange_seconds(
        workload=workload,
        fabric=fabric_of(machine=machine, constants=constants),
        constants=constants,
        layout=layout,
    )
    scale = micro_batches * np.divide(workload.layers, layout.pipeline)
    return StepSeconds(
        matmul=scale * compute.matmul_seconds,
        experts=scale * compute.expert_seconds,
        attention=scale * compute.attention_seconds,
        elementwise=scale * compute.elementwise_seconds,
        host=scale * compute.host_seconds,
        tensor_communication=scale * communication.tensor_seconds,
        context_communication=scale * communication.context_seconds,
        expert_communication=scale * communication.expert_seconds,
        head=micro_batches * (pipeline.slowest - pipeline.mean_stage),
        pipeline_communication=micro_batches * pipeline.exposed_send,
        bubble=pipeline.bubble,
        data_communication=exposed_exchange_seconds(
            once=once,
            each=each,
            constants=constants,
            micro_batches=micro_batches,
            stage_seconds=pipeline.slowest,
        ),
        optimizer=optimizer_seconds(
            workload=workload, machine=machine, constants=constants, layout=layout
        ),
        overhead=np.asarray(constants.step_overhead_seconds, dtype=np.float64),
    )
