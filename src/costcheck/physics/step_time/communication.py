"""Communication of one layer and of one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.collectives import (
    all_reduce_seconds,
    all_to_all_seconds,
    gather_seconds,
    members_per_domain,
    send_seconds,
)
from costcheck.physics.layout import Layout, Module, Recompute, Schedule, repeats
from costcheck.physics.step_time.case import Case
from costcheck.physics.step_time.layer import LayerCompute
from costcheck.physics.workload import ACTIVATION_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCommunication:
    """Exposed seconds of the mean layer for one micro-batch, forward, backward and replayed."""

    tensor_seconds: FloatArray
    context_seconds: FloatArray
    expert_seconds: FloatArray
    forward_seconds: FloatArray
    """Part of their sum that the first forward pass takes."""

    def total_seconds(self) -> FloatArray:
        """Sum of the parts [s]."""
        return self.tensor_seconds + self.context_seconds + self.expert_seconds


def copies_per_domain(
    *, members: Amount, stride: Amount, top_k: Amount, scale_up_gpus: Amount
) -> FloatArray:
    """The copies of a token sent to other domains over those its experts there need.

    Notes
    -----
    A dispatcher that knows the topology sends a token once to each domain that has one of its
    experts. Over D domains and k experts chosen at random that is D (1 - (1 - 1/D)^k) of k.
    """
    inside = members_per_domain(members=members, stride=stride, scale_up_gpus=scale_up_gpus)
    domains = np.maximum(np.divide(members, inside), 1.0)
    chosen = np.maximum(top_k, 1.0)
    return domains * (1.0 - (1.0 - 1.0 / domains) ** chosen) / chosen


def layer_communication(case: Case, *, compute: LayerCompute) -> LayerCommunication:
    """Exposed tensor, context and expert parallel communication of the mean layer [s].

    A context-parallel ring hides behind the attention core, and under DualPipe the expert exchange
    of one micro-batch behind another's computation.

    Notes
    -----
    Tensor parallel: one all-reduce after the mixer and one after the feed-forward part, forward
    and backward, and once more when the forward pass is replayed; with sequence parallelism the
    same bytes as gathers and scatters. Context parallel: keys and values go round the ring forward,
    and with their gradients backward. Expert parallel: dispatch and combine, forward and
    backward, of each token's top-k copies; expert tensor parallelism gathers and reduces them.
    """
    workload, constants, layout = case.workload, case.constants, case.layout
    replay = np.equal(layout.recompute, Recompute.FULL) * layout.recompute_share
    tensor = tensor_exchange_seconds(case)
    ring = context_ring_seconds(case)
    hidden = constants.context_overlap * compute.attention_seconds
    expert = np.zeros(())
    if np.any(np.greater(workload.experts, 0.0)):
        exchange = expert_exchange_seconds(case)
        replayed = replay + repeats(layout.recompute, Module.MOE)
        span = layout.expert_group
        overlap = np.where(
            np.greater(span, case.machine.scale_up_gpus),
            constants.expert_network_overlap,
            constants.expert_overlap,
        )
        expert = np.where(
            np.equal(layout.schedule, Schedule.DUALPIPE),
            np.maximum(exchange * (2.0 + replayed) - compute.total_seconds(), 0.0),
            exchange * (2.0 + replayed) * (1.0 - overlap),
        )
    reduced = tensor * (2.0 + replay) * (1.0 - constants.tensor_overlap)
    passed = np.maximum(ring * (3.0 + replay) - hidden, 0.0)
    return LayerCommunication(
        tensor_seconds=reduced,
        context_seconds=passed,
        expert_seconds=expert,
        forward_seconds=(reduced + expert) / (2.0 + replay) + passed / (3.0 + replay),
    )


def tensor_exchange_seconds(case: Case) -> FloatArray:
    """All-reduces of the mean layer's tensor parallelism, forward, before overlap [s].

    Notes
    -----
    One after the mixer and one after a dense feed-forward part.
    """
    workload = case.workload
    dense_parts = 1.0 + np.divide(workload.dense_layers, workload.layers)
    one = all_reduce_seconds(
        fabric=case.fabric,
        members=case.layout.tensor,
        stride=1.0,
        full_bytes=ACTIVATION_BYTES * case.tokens * workload.hidden,
    )
    return one * dense_parts


def context_ring_seconds(case: Case) -> FloatArray:
    """Keys and values of the mean layer's attention once round the ring, before overlap [s]."""
    workload, layout = case.workload, case.layout
    sequence_tokens = case.tokens * layout.context
    ring = gather_seconds(
        fabric=case.fabric,
        members=layout.context,
        stride=layout.tensor,
        full_bytes=ACTIVATION_BYTES * sequence_tokens * workload.key_value_width / layout.tensor,
    )
    return np.divide(workload.attention_layers, workload.layers) * ring


def expert_exchange_seconds(case: Case) -> FloatArray:
    """Dispatch and combine of the mean layer's experts, forward, before overlap [s].

    Notes
    -----
    Every member of an expert's tensor-parallel group works on all rows of the group, so that those
    are gathered and their results reduced.
    """
    workload, layout, fabric = case.workload, case.layout, case.fabric
    rows = case.tokens / layout.tensor * workload.top_k
    fewest_copies = copies_per_domain(
        members=layout.expert,
        stride=layout.expert_tensor,
        top_k=workload.top_k,
        scale_up_gpus=fabric.scale_up_gpus,
    )
    exchange = all_to_all_seconds(
        fabric=fabric,
        members=layout.expert,
        stride=layout.expert_tensor,
        sent_bytes=ACTIVATION_BYTES * rows * workload.expert_width,
        domain_copies=1.0 - case.constants.expert_deduplication * (1.0 - fewest_copies),
    )
    shared_rows = all_reduce_seconds(
        fabric=fabric,
        members=layout.expert_tensor,
        stride=1.0,
        full_bytes=ACTIVATION_BYTES * rows * layout.expert_tensor * workload.expert_width,
    )
    return np.divide(workload.moe_layers, workload.layers) * (2.0 * exchange + shared_rows)


def stage_send_seconds(case: Case) -> FloatArray:
    """Time to hand one micro-batch's activations to the next stage [s], 0 without a pipeline.

    Notes
    -----
    Each rank of a tensor-parallel group sends its share, with or without sequence parallelism [1]_.

    References
    ----------
    .. [1] D. Narayanan et al., Efficient Large-Scale Language Model Training, SC21, section 4.1.
    """
    layout = case.layout
    sent = ACTIVATION_BYTES * case.tokens * case.workload.hidden / layout.tensor
    seconds = send_seconds(fabric=case.fabric, span=case.layout.gpus, sent_bytes=sent)
    return np.where(np.greater(layout.pipeline, 1.0), seconds, 0.0)


def shard_members(*, layout: Layout, replicas: Amount) -> FloatArray:
    """GPUs over which sharded states are spread: the shard group, or all replicas."""
    return np.where(
        np.greater(layout.shard_group, 0.0),
        np.minimum(layout.shard_group, replicas),
        replicas,
    )
