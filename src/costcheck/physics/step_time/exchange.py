"""Parameters of a stage, and what data parallelism exchanges and updates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.collectives import all_reduce_seconds, gather_terms
from costcheck.physics.layout import Layout, Offload, offloads
from costcheck.physics.step_time.case import Case
from costcheck.physics.step_time.communication import shard_members
from costcheck.physics.workload import Workload

WEIGHT_BYTES = 2.0
"""Bytes of a trained weight as it is gathered."""
REFERENCE_STATE_BYTES = 12.0
"""State of the optimizer whose traffic was measured, AdamW in 32 bits: each byte read and written.
"""
OTHER_TRAFFIC = 6.0
"""Bytes of a gradient read and of a working copy written, per parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersPerStage:
    """Layers of the first, of the fullest middle and of the last pipeline stage.

    A pipeline of one stage is first and last at once; one of two has no middle.
    """

    first: FloatArray
    middle: FloatArray
    last: FloatArray

    @property
    def fullest(self) -> FloatArray:
        """Layers of the fullest stage."""
        return np.maximum(np.maximum(self.first, self.middle), self.last)


def layers_per_stage(*, workload: Workload, layout: Layout) -> LayersPerStage:
    """Layers of the stages, as stated or as launchers spread them.

    Notes
    -----
    Layers that do not divide over the stages leave places empty. One is in the first stage, which
    has the embedding, half of them in the last, which has the head: Llama 3.1 405B has 126 layers
    on 16 stages of 8, the first and the last with 7 [1]_. Where the layers of an end are stated,
    the other stages share the rest evenly.

    References
    ----------
    .. [1] The Llama 3 Herd of Models, arXiv:2407.21783, section 3.3.2.
    """
    stated_ends = np.add(layout.first_layers, layout.last_layers)
    ends = np.greater(layout.first_layers, 0.0) * 1.0 + np.greater(layout.last_layers, 0.0)
    others = np.maximum(np.subtract(layout.pipeline, ends), 1.0)
    fullest = np.ceil(np.maximum(np.subtract(workload.layers, stated_ends), 0.0) / others)
    spare = np.where(ends > 0.0, 0.0, fullest * layout.pipeline - workload.layers)

    def stated_or(stated: Amount, spread: FloatArray) -> FloatArray:
        return np.where(np.greater(stated, 0.0), stated, spread)

    middle = stated_or(layout.middle_layers, fullest)
    return LayersPerStage(
        first=stated_or(layout.first_layers, fullest - np.minimum(np.floor(spare / 2.0), 1.0)),
        middle=np.where(np.greater(layout.pipeline, 2.0), middle, 0.0),
        last=stated_or(layout.last_layers, np.maximum(fullest - np.ceil(spare / 2.0), 0.0)),
    )


def parameters_per_gpu(*, workload: Workload, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Dense and expert parameters on a GPU of the heavier end of the pipeline, before ZeRO."""
    share = layers_per_stage(workload=workload, layout=layout).fullest / workload.layers
    tables = np.where(np.greater(layout.pipeline, 1.0), 1.0, workload.embedding_tables)
    table = np.multiply(workload.vocabulary, workload.hidden)
    dense = (share * workload.layer_parameters + tables * table) / layout.tensor
    return dense, share * workload.expert_parameters / layout.expert_group


def replicas(*, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Data-parallel copies of the dense and of the expert parameters, at least one."""
    dense = np.maximum(np.multiply(layout.data, layout.context), 1.0)
    return dense, np.maximum(dense * layout.tensor / layout.expert_group, 1.0)


def group_exchange_seconds(
    case: Case, *, parameters: FloatArray, members: FloatArray, stride: Amount
) -> tuple[FloatArray, FloatArray]:
    """Exchange of parameters with `members` copies, once per step and in every micro-batch [s].

    Notes
    -----
    ZeRO-0 all-reduces gradients at the end of the step; ZeRO-1 scatters gradients and gathers
    weights there. ZeRO-2 scatters gradients and ZeRO-3 also gathers weights, forward and backward,
    layer by layer in every micro-batch. Over a shard group smaller than the replicas, shards are
    all-reduced across the groups at the end of the step.
    """
    workload, layout, fabric = case.workload, case.layout, case.fabric
    zero, layers = np.asarray(layout.zero), np.divide(workload.layers, layout.pipeline)
    shards = shard_members(layout=layout, replicas=members)
    gradient_bytes = parameters * workload.trained_share * case.constants.gradient_bytes
    weight_bytes = parameters * workload.weight_bytes
    updated_bytes = parameters * workload.trained_share * WEIGHT_BYTES
    plain = all_reduce_seconds(
        fabric=fabric, members=members, stride=stride, full_bytes=gradient_bytes
    )
    latency, per_byte = gather_terms(fabric=fabric, members=shards, stride=stride)
    across = all_reduce_seconds(
        fabric=fabric,
        members=members / shards,
        stride=stride * shards,
        full_bytes=gradient_bytes / shards,
    )
    at_end = np.where(zero == 1.0, gradient_bytes, 0.0) + updated_bytes
    within = np.where(zero > 2.0, 0.0, latency + at_end * per_byte)
    once = np.where(zero > 0.0, within + across, plain)
    gathers = np.where(zero > 2.0, 2.0, 0.0)
    streamed = (1.0 + gathers) * layers * latency
    streamed = streamed + (gradient_bytes + gathers * weight_bytes) * per_byte
    return once, np.where(zero > 1.0, streamed, 0.0)


def data_exchange_seconds(case: Case) -> tuple[FloatArray, FloatArray]:
    """Data-parallel exchange once per step, and per micro-batch, before overlap [s]."""
    layout = case.layout
    dense, experts = parameters_per_gpu(workload=case.workload, layout=layout)
    dense_copies, expert_copies = replicas(layout=layout)
    once, each = group_exchange_seconds(
        case, parameters=dense, members=dense_copies, stride=layout.tensor
    )
    if not np.any(np.greater(case.workload.experts, 0.0)):
        return once, each
    end, streamed = group_exchange_seconds(
        case, parameters=experts, members=expert_copies, stride=layout.expert_group
    )
    return once + end, each + streamed


def exposed_exchange_seconds(
    case: Case, *, micro_batches: FloatArray, stage_seconds: FloatArray
) -> FloatArray:
    """Data-parallel communication of a step that computation does not hide [s].

    Notes
    -----
    What happens once per step can hide behind one micro-batch of the stage, what ZeRO-2 and 3 do
    for every micro-batch behind that micro-batch; the overlap share of it does.
    """
    once, each = data_exchange_seconds(case)
    exposed = once - case.constants.data_overlap * np.minimum(once, stage_seconds)
    if not np.any(each):
        return np.asarray(exposed, dtype=np.float64)
    hidden = case.constants.shard_overlap * np.minimum(each, stage_seconds)
    return np.asarray(exposed + micro_batches * (each - hidden), dtype=np.float64)


def host_bytes_per_second(case: Case) -> tuple[FloatArray, FloatArray]:
    """Speed of one GPU's link to its host, and its share of the host's memory [byte/s].

    Notes
    -----
    As stated, else as measured elsewhere; all GPUs of a server share its memory.
    """
    machine, constants = case.machine, case.constants
    stated_link, stated = machine.host_link_bytes_per_second, machine.host_memory_bytes_per_second
    link = np.where(np.greater(stated_link, 0.0), stated_link, constants.host_link_bytes_per_second)
    memory = np.where(np.greater(stated, 0.0), stated, constants.host_memory_bytes_per_second)
    return link, memory / np.minimum(machine.node_gpus, case.layout.gpus)


def optimizer_seconds(case: Case) -> FloatArray:
    """Time to update the parameters one GPU owns [s].

    Notes
    -----
    Bound by memory bandwidth: the device's, or for an offloaded optimizer its share of the host's,
    after the gradients have gone down the link and before the weights come back. The state of
    the optimizer is read and written once.
    """
    workload, constants, layout = case.workload, case.constants, case.layout
    dense, experts = parameters_per_gpu(workload=workload, layout=layout)
    dense_copies, expert_copies = replicas(layout=layout)
    sharded = np.greater(layout.zero, 0.0)
    dense_shards = shard_members(layout=layout, replicas=dense_copies)
    expert_shards = shard_members(layout=layout, replicas=expert_copies)
    owned = dense / np.where(sharded, dense_shards, 1.0)
    owned = owned + experts / np.where(sharded, expert_shards, 1.0)
    owned = owned * workload.trained_share
    moved = (2.0 * workload.state_bytes + OTHER_TRAFFIC) / (
        2.0 * REFERENCE_STATE_BYTES + OTHER_TRAFFIC
    )
    traffic = constants.optimizer_traffic * moved
    on_device = traffic / case.bandwidth
    link, memory = host_bytes_per_second(case)
    on_host = traffic / memory + (constants.gradient_bytes + WEIGHT_BYTES) / link
    offloaded = offloads(layout.offload, Offload.OPTIMIZER)
    return np.asarray(owned * np.where(offloaded, on_host, on_device), dtype=np.float64)
