"""Pipeline schedules against the formulas of their papers."""

import numpy as np
import pytest

from costcheck.physics.layout import Schedule
from costcheck.physics.schedule import (
    bubble_seconds,
    chunks_in_flight,
    chunks_in_flight_last,
    weight_copies,
)


def bubble(schedule, *, pipeline=8.0, virtual=1.0, micro_batches=32.0):
    return bubble_seconds(
        schedule=schedule,
        pipeline=pipeline,
        virtual=virtual,
        micro_batches=micro_batches,
        forward_seconds=1.0,
        backward_seconds=2.0,
    )


# SC21 section 2.2: (p-1)(F+B), over v when interleaved; DualPipe README: ZB1P (p-1)(F+B-2W),
# DualPipe (p/2-1)(F&B + B - 3W) with F=1, B=2, W=1 and the overlapped pair F&B = F+B.
@pytest.mark.parametrize(
    ("schedule", "virtual", "seconds"),
    [
        (Schedule.ONE_F_ONE_B, 1.0, 7.0 * 3.0),
        (Schedule.INTERLEAVED, 4.0, 7.0 * 3.0 / 4.0),
        (Schedule.ZERO_BUBBLE, 1.0, 7.0 * 1.0),
        (Schedule.DUALPIPE, 1.0, 3.0 * (3.0 + 2.0 - 3.0)),
    ],
)
def test_bubble_of_each_schedule(schedule, virtual, seconds):
    assert float(bubble(schedule, virtual=virtual)) == pytest.approx(seconds, rel=1e-12)


# Megatron-LM get_pp_rank_microbatches: stage r warms up with p - r - 1 micro-batches, interleaved
# with 2 (p - r - 1) + (v - 1) p chunks, and holds one more.
@pytest.mark.parametrize(
    ("virtual", "stage", "held"),
    [(1.0, 0, 8.0), (1.0, 1, 7.0), (2.0, 0, 23.0 / 2.0), (2.0, 1, 21.0 / 2.0)],
)
def test_a_later_stage_holds_less(virtual, stage, held):
    axes = {"schedule": float(virtual > 1.0), "pipeline": 8.0, "virtual": virtual, "stage": stage}
    assert float(chunks_in_flight(micro_batches=64.0, **axes)) == pytest.approx(held, rel=1e-12)
    assert float(chunks_in_flight(micro_batches=4.0, **axes)) == 4.0


def test_no_pipeline_no_bubble():
    for schedule in Schedule:
        assert float(bubble(schedule, pipeline=1.0)) == 0.0


def test_interleaving_pays_for_a_remainder_of_micro_batches():
    even, odd = (
        bubble(Schedule.INTERLEAVED, virtual=2.0),
        bubble(Schedule.INTERLEAVED, virtual=2.0, micro_batches=33.0),
    )
    assert odd > even


# Korthikanti et al., appendix: the first stage holds p micro-batches, p (1 + (p-1)/(p v)) chunks
# when interleaved; DualPipe p + 1; never more than there are.
@pytest.mark.parametrize(
    ("schedule", "virtual", "micro_batches", "held"),
    [
        (Schedule.ONE_F_ONE_B, 1.0, 64.0, 8.0),
        (Schedule.INTERLEAVED, 3.0, 64.0, 8.0 + 7.0 / 3.0),
        (Schedule.DUALPIPE, 1.0, 64.0, 9.0),
        (Schedule.ONE_F_ONE_B, 1.0, 4.0, 4.0),
    ],
)
def test_micro_batches_in_flight(schedule, virtual, micro_batches, held):
    found = chunks_in_flight(
        schedule=schedule, pipeline=8.0, virtual=virtual, micro_batches=micro_batches
    )
    assert float(found) == pytest.approx(held, rel=1e-12)


@pytest.mark.parametrize("virtual", [1, 2, 3, 4])
@pytest.mark.parametrize("pipeline", [2, 4, 8])
def test_both_ends_hold_what_megatrons_schedule_holds(pipeline, virtual):
    # Megatron-LM, core/pipeline_parallel/schedules.py: a rank warms up with that many chunks, then
    # alternates one forward with one backward.
    def peak(rank):
        warm_up = pipeline - rank - 1
        if virtual > 1:
            warm_up = 2 * warm_up + (virtual - 1) * pipeline
        return (warm_up + 1) / virtual

    job = {"pipeline": pipeline, "virtual": virtual, "micro_batches": 64.0}
    first = chunks_in_flight(schedule=Schedule.INTERLEAVED, **job)
    assert float(first) == pytest.approx(peak(rank=0))
    assert float(chunks_in_flight_last(**job)) == pytest.approx(peak(rank=pipeline - 1))


def test_dualpipe_holds_two_copies_of_the_weights():
    codes = np.asarray([float(schedule) for schedule in Schedule])
    assert weight_copies(schedule=codes).tolist() == [1.0, 1.0, 1.0, 2.0]


def test_a_vector_of_schedules_equals_scalars():
    codes = np.asarray([float(schedule) for schedule in Schedule])
    vector = bubble(codes, virtual=1.0)
    assert vector.tolist() == [float(bubble(code)) for code in codes]
