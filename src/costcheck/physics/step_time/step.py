"""Time of one optimizer step of a parallel layout, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.layout import Layout, Schedule
from costcheck.physics.machine import Machine
from costcheck.physics.schedule import bubble_seconds
from costcheck.physics.step_time.communication import (
    LayerCommunication,
    fabric_of,
    layer_communication,
    stage_send_seconds,
)
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.exchange import (
    data_exchange_seconds,
    exposed_exchange_seconds,
    layers_per_stage,
    optimizer_seconds,
)
from costcheck.physics.step_time.layer import (
    LayerCompute,
    attained_rate,
    layer_compute,
    local_tokens,
)
from costcheck.physics.step_time.offload import exposed_stream_seconds
from costcheck.physics.workload import Workload


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
    offload: FloatArray
    optimizer: FloatArray
    overhead: FloatArray
    stragglers: FloatArray

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
    Three products of tokens x hidden x vocabulary / tensor at the 16-bit peak, two where the head
    is frozen, and the traffic of the logits, their softmax and their gradient in 32 bits.
    """
    tokens = local_tokens(workload=workload, layout=layout)
    logits = tokens * workload.vocabulary / layout.tensor
    rate = attained_rate(
        machine=machine,
        constants=constants,
        peak=machine.attention_flops_per_second,
        efficiency=constants.head_efficiency,
        exponent=constants.balance_exponent,
        power_exponent=constants.power_exponent,
    )
    bandwidth = machine.memory_bytes_per_second * constants.memory_efficiency
    products = np.add(workload.head_passes, workload.scoring_passes)
    flops = 2.0 * products * logits * workload.hidden
    return flops / rate + constants.loss_traffic * logits / bandwidth


def micro_batches_per_step(*, layout: Layout, global_batch: Amount) -> FloatArray:
    """Micro-batches one pipeline runs per step."""
    return np.asarray(global_batch / np.multiply(layout.data, layout.micro_batch), dtype=np.float64)


def step_seconds(
    *,
    workload: Workload,
    machine: Machine,
    constants: Constants,
    layout: Layout,
    global_batch: Amount,
) -> StepSeconds:
    """Time of one optimizer step, by what it is spent on.

    Notes
    -----
    micro-batches x slowest stage + bubble of the mean stage + what communication nothing hides +
    optimizer + overhead, and all of it longer for the slowest of the servers. The slowest stage is
    the fullest one or the one with the output head.
    """
    parts = _seconds_alike(workload, machine, constants, layout, global_batch)
    slower = straggling(machine=machine, constants=constants, layout=layout) - 1.0
    together: FloatArray = sum(parts.values(), np.asarray(0.0))
    return StepSeconds(**parts, stragglers=slower * together)


def straggling(*, machine: Machine, constants: Constants, layout: Layout) -> FloatArray:
    """Step of a fleet over that of one whose servers are all alike and never delayed.

    Notes
    -----
    Every collective ends with its last participant. Delays that are as likely at any moment make
    the expected last of N grow as the logarithm of N [1]_: a share for each doubling of the servers
    beyond the first.

    References
    ----------
    .. [1] H. A. David, H. N. Nagaraja, Order Statistics, section 4.6: the largest of N exponential
           variables.
    """
    gpus = np.multiply(layout.tensor, layout.pipeline) * layout.context * layout.data
    servers = np.maximum(gpus / np.maximum(machine.node_gpus, 1.0), 1.0)
    return np.asarray(1.0 + constants.straggler_share * np.log2(servers), dtype=np.float64)


def _seconds_alike(
    workload: Workload, machine: Machine, constants: Constants, layout: Layout, global_batch: Amount
) -> dict[str, FloatArray]:
    """Parts of a step, by the names of `StepSeconds`, where no server is slower than another."""
    micro_batches = micro_batches_per_step(layout=layout, global_batch=global_batch)
    parts = layer_parts(workload=workload, machine=machine, constants=constants, layout=layout)
    pipeline = pipeline_seconds(
        workload=workload,
        constants=constants,
        layout=layout,
        micro_batches=micro_batches,
        parts=parts,
    )
    return {
        **parts.seconds_by_use(micro_batches * np.divide(workload.layers, layout.pipeline)),
        "head": micro_batches * (pipeline.slowest - pipeline.mean_stage),
        "pipeline_communication": micro_batches * pipeline.exposed_send,
        "bubble": pipeline.bubble,
        "data_communication": _exposed_data_seconds(
            workload=workload,
            machine=machine,
            constants=constants,
            layout=layout,
            micro_batches=micro_batches,
            stage_seconds=pipeline.slowest,
        ),
        "offload": _stream_seconds(workload, machine, constants, layout, pipeline) * micro_batches,
        "optimizer": optimizer_seconds(
            workload=workload, machine=machine, constants=constants, layout=layout
        ),
        "overhead": np.asarray(constants.step_overhead_seconds, dtype=np.float64),
    }


def _stream_seconds(
    workload: Workload,
    machine: Machine,
    constants: Constants,
    layout: Layout,
    pipeline: PipelineSeconds,
) -> FloatArray:
    """Traffic with the host that the slowest stage's work does not hide, per micro-batch [s]."""
    return exposed_stream_seconds(
        workload=workload,
        machine=machine,
        constants=constants,
        layout=layout,
        stage_seconds=pipeline.slowest,
    )


def _exposed_data_seconds(
    *,
    workload: Workload,
    machine: Machine,
    constants: Constants,
    layout: Layout,
    micro_batches: FloatArray,
    stage_seconds: FloatArray,
) -> FloatArray:
    """Data-parallel exchange of a step that the slowest stage's work does not hide [s]."""
    once, each = data_exchange_seconds(
        workload=workload,
        fabric=fabric_of(machine=machine, constants=constants),
        constants=constants,
        layout=layout,
    )
    return exposed_exchange_seconds(
        once=once,
        each=each,
        constants=constants,
        micro_batches=micro_batches,
        stage_seconds=stage_seconds,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerParts:
    """What a micro-batch costs per layer, in the head and between stages."""

    compute: LayerCompute
    communication: LayerCommunication
    head_seconds: FloatArray
    send_seconds: FloatArray

    def seconds_by_use(self, passes: FloatArray) -> dict[str, FloatArray]:
        """Seconds that so many passes of the mean layer take, by the names of `StepSeconds`."""
        compute, communication = self.compute, self.communication
        return {
            "matmul": passes * compute.matmul_seconds,
            "experts": passes * compute.expert_seconds,
            "attention": passes * compute.attention_seconds,
            "elementwise": passes * compute.elementwise_seconds,
            "host": passes * compute.host_seconds,
            "tensor_communication": passes * communication.tensor_seconds,
            "context_communication": passes * communication.context_seconds,
            "expert_communication": passes * communication.expert_seconds,
        }


def layer_parts(
    *, workload: Workload, machine: Machine, constants: Constants, layout: Layout
) -> LayerParts:
    """What a micro-batch costs per layer, in the head and between stages."""
    compute = layer_compute(workload=workload, machine=machine, constants=constants, layout=layout)
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
    mean_stage = mean_layers * layer
    forward = mean_layers * (parts.compute.forward_seconds + parts.communication.forward_seconds)
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
        slowest=_slowest_stage_seconds(
            workload=workload, layout=layout, layer_seconds=layer, head_seconds=parts.head_seconds
        ),
        mean_stage=mean_stage,
        exposed_send=exposed_send,
        bubble=bubble,
    )


def _slowest_stage_seconds(
    *, workload: Workload, layout: Layout, layer_seconds: FloatArray, head_seconds: FloatArray
) -> FloatArray:
    """One micro-batch on the fullest stage, or on the one with the output head [s]."""
    layers = layers_per_stage(workload=workload, layout=layout)
    last_stage = (
        layers.last * layer_seconds
        + head_seconds
        + workload.mtp_layers * (workload.mtp_work * layer_seconds + head_seconds)
    )
    last_stage = np.where(
        np.equal(layout.schedule, Schedule.DUALPIPE),
        0.5 * (last_stage + layers.first * layer_seconds),
        last_stage,
    )
    return np.maximum(np.maximum(layers.first, layers.middle) * layer_seconds, last_stage)
