"""Pipeline schedules: idle time, chunks in flight and copies of the weights."""

from __future__ import annotations

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.layout import Schedule


def bubble_seconds(
    *,
    schedule: Amount,
    pipeline: Amount,
    virtual: Amount,
    micro_batches: Amount,
    forward_seconds: Amount,
    backward_seconds: Amount,
    weight_gradient_share: float = 0.5,
) -> FloatArray:
    """Idle time of one stage in one step [s], 0 without a pipeline.

    A pass is that of one micro-batch through all chunks of a stage; `weight_gradient_share` of the
    backward pass computes weight gradients and can be put off.

    Notes
    -----
    With F, B and W the times of a forward, a backward and a weight-gradient pass:
    1F1B (p-1)(F+B), interleaved that over v plus what a number of micro-batches that p does not
    divide adds, zero-bubble (p-1)(F+B-2W), DualPipe (p/2-1)(F+B+B-3W) with the overlapped pair
    taken as F+B [1]_ [2]_.

    References
    ----------
    .. [1] D. Narayanan et al., Efficient Large-Scale Language Model Training, SC21, section 2.2.
    .. [2] DeepSeek-AI, DualPipe, README, table of bubbles.
    """
    both = np.add(forward_seconds, backward_seconds)
    weight = np.multiply(weight_gradient_share, backward_seconds)
    stages = np.subtract(pipeline, 1.0)
    remainder = np.where(
        np.greater(virtual, 1.0),
        np.subtract(pipeline, np.mod(micro_batches, pipeline)) % pipeline,
        0.0,
    )
    interleaved = (stages + np.subtract(virtual, 1.0) * remainder) * both / virtual
    zero_bubble = stages * (both - 2.0 * weight)
    dual = np.maximum(np.divide(pipeline, 2.0) - 1.0, 0.0) * (
        both + backward_seconds - 3.0 * weight
    )
    bubble = np.where(np.equal(schedule, Schedule.ZERO_BUBBLE), zero_bubble, interleaved)
    return np.where(np.equal(schedule, Schedule.DUALPIPE), dual, bubble)


def chunks_in_flight(
    *, schedule: Amount, pipeline: Amount, virtual: Amount, micro_batches: Amount, stage: int = 0
) -> FloatArray:
    """Micro-batches whose activations a stage holds at the peak; 0 is the first stage.

    Notes
    -----
    1F1B and zero-bubble min(m, p); interleaved p (1 + (p-1)/(p v)) [1]_; DualPipe p + 1 [2]_. Each
    later stage warms up with one micro-batch less, interleaved with two chunks less [3]_.

    References
    ----------
    .. [1] V. Korthikanti et al., Reducing Activation Recomputation, arXiv:2205.05198, appendix.
    .. [2] DeepSeek-AI, DualPipe, README.
    .. [3] Megatron-LM, core/pipeline_parallel/schedules.py, get_pp_rank_microbatches.
    """
    deep = np.where(
        np.greater(virtual, 1.0),
        np.add(pipeline, np.subtract(pipeline, 1.0 + 2.0 * stage) / virtual),
        np.subtract(pipeline, stage),
    )
    deep = np.where(np.equal(schedule, Schedule.DUALPIPE), np.add(pipeline, 1.0 - stage), deep)
    return np.minimum(deep, micro_batches)


def chunks_in_flight_last(
    *, pipeline: Amount, virtual: Amount, micro_batches: Amount
) -> FloatArray:
    """Micro-batches whose activations the last stage holds at the peak.

    Notes
    -----
    It warms up with (v-1) p chunks and holds one more: ((v-1) p + 1) / v micro-batches [1]_.

    References
    ----------
    .. [1] Megatron-LM, core/pipeline_parallel/schedules.py, get_pp_rank_microbatches.
    """
    chunks = np.subtract(virtual, 1.0) * pipeline + 1.0
    return np.minimum(chunks / virtual, micro_batches)


def weight_copies(*, schedule: Amount) -> FloatArray:
    """Count the copies of a stage's weights on a GPU; DualPipe runs it from both ends."""
    return np.where(np.equal(schedule, Schedule.DUALPIPE), 2.0, 1.0)
