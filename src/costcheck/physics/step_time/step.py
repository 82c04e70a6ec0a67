"""Time of one optimizer step of a parallel layout, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.layout import Layout, Schedule
from costcheck.physics.machine import Machine
from costcheck.physics.schedule import bubble_seconds
from costcheck.physics.step_time.case import Case
from costcheck.physics.step_time.communication import (
    LayerCommunication,
    layer_communication,
    stage_send_seconds,
)
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.exchange import (
    exposed_exchange_seconds,
    layers_per_stage,
    optimizer_seconds,
)
from costcheck.physics.step_time.layer import LayerCompute, attained_rate, layer_compute
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


def head_seconds(case: Case) -> FloatArray:
    """Time of the output head and loss of one micro-batch, forward and backward [s].

    Notes
    -----
    Three products of tokens x hidden x vocabulary / tensor at the 16-bit peak, two where the head
    is frozen, and the traffic of the logits, their softmax and their gradient in 32 bits.
    """
    workload, constants = case.workload, case.constants
    logits = case.tokens * workload.vocabulary / case.layout.tensor
    rate = attained_rate(
        case,
        peak=case.machine.attention_flops_per_second,
        efficiency=constants.head_efficiency,
        exponent=constants.balance_exponent,
        power_exponent=constants.power_exponent,
    )
    products = np.add(workload.head_passes, workload.scoring_passes)
    flops = 2.0 * products * logits * workload.hidden
    return flops / rate + constants.loss_traffic * logits / case.bandwidth


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
    case = Case(workload=workload, machine=machine, constants=constants, layout=layout)
    parts = _seconds_alike(case, global_batch=global_batch)
    slower = straggling(case) - 1.0
    together: FloatArray = sum(parts.values(), np.asarray(0.0))
    return StepSeconds(**parts, stragglers=slower * together)


def straggling(case: Case) -> FloatArray:
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
    servers = np.maximum(case.layout.gpus / np.maximum(case.machine.node_gpus, 1.0), 1.0)
    return np.asarray(1.0 + case.constants.straggler_share * np.log2(servers), dtype=np.float64)


def _seconds_alike(case: Case, *, global_batch: Amount) -> dict[str, FloatArray]:
    """Parts of a step, by the names of `StepSeconds`, where no server is slower than another."""
    layout = case.layout
    micro_batches = micro_batches_per_step(layout=layout, global_batch=global_batch)
    parts = layer_parts(case)
    pipeline = pipeline_seconds(case, micro_batches=micro_batches, parts=parts)
    return {
        **parts.seconds_by_use(micro_batches * np.divide(case.workload.layers, layout.pipeline)),
        "head": micro_batches * (pipeline.slowest - pipeline.mean_stage),
        "pipeline_communication": micro_batches * pipeline.exposed_send,
        "bubble": pipeline.bubble,
        "data_communication": exposed_exchange_seconds(
            case, micro_batches=micro_batches, stage_seconds=pipeline.slowest
        ),
        "offload": exposed_stream_seconds(case, stage_seconds=pipeline.slowest) * micro_batches,
        "optimizer": optimizer_seconds(case),
        "overhead": np.asarray(case.constants.step_overhead_seconds, dtype=np.float64),
    }


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


def layer_parts(case: Case) -> LayerParts:
    """What a micro-batch costs per layer, in the head and between stages."""
    compute = layer_compute(case)
    return LayerParts(
        compute=compute,
        communication=layer_communication(case, compute=compute),
        head_seconds=head_seconds(case),
        send_seconds=stage_send_seconds(case),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSeconds:
    """Times of a pipeline: per micro-batch on the slowest and the mean stage, and idle per step."""

    slowest: FloatArray
    mean_stage: FloatArray
    exposed_send: FloatArray
    bubble: FloatArray


def pipeline_seconds(
    case: Case, *, micro_batches: FloatArray, parts: LayerParts
) -> PipelineSeconds:
    """Stage times and bubble of a pipeline from what its layers take.

    Notes
    -----
    The slowest stage is the fullest one or the one with the output head; DualPipe pairs the last
    stage with the first on one GPU. The bubble is of the mean stage.
    """
    workload, constants, layout = case.workload, case.constants, case.layout
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
        slowest=_slowest_stage_seconds(case, layer_seconds=layer, head_seconds=parts.head_seconds),
        mean_stage=mean_stage,
        exposed_send=exposed_send,
        bubble=bubble,
    )


def _slowest_stage_seconds(
    case: Case, *, layer_seconds: FloatArray, head_seconds: FloatArray
) -> FloatArray:
    """One micro-batch on the fullest stage, or on the one with the output head [s]."""
    workload, layout = case.workload, case.layout
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
