"""The search against the formulas for one layout, and against a plain enumeration."""

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest

from costcheck.physics.layout import Layout, Recompute, Schedule, layout_problems
from costcheck.physics.memory.peak import memory_bytes
from costcheck.physics.search import Run, SearchResult, search
from costcheck.physics.search_ideas import Doubt, Ideas, Pending
from costcheck.physics.search_space import Space, default_space, divisors
from costcheck.physics.step_time.generation import Precision
from costcheck.physics.step_time.step import step_seconds
from tests.calibrate.cases import deepseek_v3, gpt, run

GPT_22B = gpt(layers=48.0, hidden=6144.0, heads=64.0)


class Every(Ideas):
    """All layouts that fit, the best first."""

    def __init__(self, order, room):
        super().__init__(1, order, room, Doubt(mechanism=0.0, memory=1.0, too_large=0.0))
        self.every: list[tuple[float, Pending]] = []

    def _limit(self):
        return np.inf

    def _take(self, score, layout_at, seconds, size):
        for index in np.flatnonzero(np.isfinite(score)):
            pending = Pending.of(layout_at, int(index), seconds, size)
            self.every.append((float(score.flat[index]), pending))

    def candidates(self):
        ranked = sorted(self.every, key=lambda entry: entry[0])
        return tuple(pending.candidate() for _, pending in ranked)


def all_of(one: Run, space: Space, *, order="time", progress=None) -> SearchResult:
    """Search a space and keep everything."""
    best = Every(order, float(one.machine.memory_bytes))
    return search(run=one, space=space, best=best, progress=progress)


def flat(one, layout, batch):
    seconds = step_seconds(
        workload=one.workload,
        machine=one.machine,
        constants=one.constants,
        layout=layout,
        global_batch=float(batch),
    ).total_seconds()
    size = memory_bytes(
        workload=one.workload,
        layout=layout,
        training=one.training,
        reserve=one.reserve,
        micro_batches=batch / (layout.data * layout.micro_batch),
    ).total_bytes()
    return float(seconds), float(size)


@pytest.mark.parametrize(
    ("workload", "gpu", "precision", "gpus", "batch"),
    [
        (GPT_22B, "A100-SXM-80GB", Precision.SIXTEEN_BIT, 64, 256),
        (deepseek_v3(), "H800", Precision.EIGHT_BIT, 512, 3840),
    ],
)
@pytest.mark.parametrize("order", ["time", "memory"])
def test_same_numbers_as_for_one_layout(workload, gpu, precision, gpus, batch, order):
    one = run(workload, gpu, precision=precision)
    space = default_space(workload=workload, gpus=gpus, global_batch=batch, **LIMITS)
    if workload is not GPT_22B:
        space = replace(space, tensor=(1, 2), context=(1,), expert_tensor=(1,), expert=(8, 64))
    found = all_of(one, space, order=order)
    assert len(found.best) >= 200
    for candidate in found.best[:200:4]:
        seconds, size = flat(one, candidate.layout, batch)
        assert candidate.step_seconds == pytest.approx(seconds, rel=1e-12)
        assert candidate.memory_bytes == pytest.approx(size, rel=1e-12)


LIMITS = {"scale_up_gpus": 8, "micro_batch": 64, "tokens_per_rank": 512}
SMALL = Space(
    gpus=16,
    global_batch=32,
    tensor=(1, 2, 4),
    pipeline=(1, 2, 4),
    context=(1, 2),
    virtual=(1, 2, 3),
    micro_batch=(1, 2, 3),
    zero=(0, 1, 2, 3),
    shard_group=(0, 2, 8),
    recompute=(Recompute.NONE, Recompute.FULL),
    recompute_share=(0.5, 1.0),
    offload=(0,),
)


def enumerated(space):
    """Every combination as a layout, in plain Python."""
    for tensor, pipeline, context in itertools.product(space.tensor, space.pipeline, space.context):
        if space.gpus % (tensor * pipeline * context):
            continue
        data = space.gpus // (tensor * pipeline * context)
        for virtual, micro, zero, group, split, again, schedule in itertools.product(
            space.virtual,
            space.micro_batch,
            space.zero,
            space.shard_group,
            space.sequence_parallel,
            [(0.0, 1.0), *((float(Recompute.FULL), s) for s in space.recompute_share)],
            space.schedule,
        ):
            copies = data * context
            unsharded = zero == 0 or copies == 1
            # The same layout under another name is not another layout.
            if (group and (unsharded or group >= copies)) or (zero and copies == 1):
                continue
            yield Layout(
                tensor=float(tensor),
                pipeline=float(pipeline),
                context=float(context),
                data=float(data),
                virtual=float(virtual),
                micro_batch=float(micro),
                zero=float(zero),
                shard_group=float(group),
                sequence_parallel=float(split),
                recompute=again[0],
                recompute_share=again[1],
                schedule=float(schedule),
            )


def stacked(layouts):
    """Return many layouts as one layout of arrays."""
    names = [field.name for field in fields(Layout)]
    return Layout(**{name: np.array([getattr(item, name) for item in layouts]) for name in names})


def test_same_layouts_as_a_plain_enumeration():
    one = run(GPT_22B, "A100-SXM-80GB")
    every = list(enumerated(SMALL))
    broken = layout_problems(
        workload=GPT_22B,
        layout=stacked(every),
        scale_up_gpus=8.0,
        global_batch=32.0,
        gpus=16.0,
    )
    bad = np.any(np.broadcast_arrays(*broken.values(), np.zeros(len(every), bool)), axis=0)
    valid = [layout for layout, is_bad in zip(every, bad, strict=True) if not is_bad]
    found = all_of(one, SMALL)
    assert found.evaluated == len(valid) == len(set(valid))
    layout = stacked(valid)
    size = memory_bytes(
        workload=one.workload,
        layout=layout,
        training=one.training,
        reserve=one.reserve,
        micro_batches=32 / (layout.data * layout.micro_batch),
    ).total_bytes()
    fits = size <= one.machine.memory_bytes
    fitting = {layout for layout, is_small in zip(valid, fits, strict=True) if is_small}
    assert {candidate.layout for candidate in found.best} == fitting
    assert found.fitting == len(fitting)
    assert found.refused["memory"] == len(valid) - len(fitting)


def test_the_best_come_first_and_are_distinct():
    found = all_of(run(GPT_22B, "A100-SXM-80GB"), SMALL)
    times = [candidate.step_seconds for candidate in found.best]
    assert times == sorted(times)
    assert len({candidate.layout for candidate in found.best}) == len(found.best)


def test_refusals_name_their_reason():
    space = replace(SMALL, tensor=(1, 16), micro_batch=(1, 64), pipeline=(1, 16))
    refused = all_of(run(GPT_22B, "A100-SXM-80GB"), space).refused
    assert {"domain", "batch", "memory"} <= set(refused)


def test_nothing_fits_then_the_closest_is_told():
    one = run(gpt(layers=96.0, hidden=12288.0, heads=96.0), "A100-SXM-40GB")
    space = default_space(workload=one.workload, gpus=4, global_batch=8, **LIMITS)
    found = all_of(one, replace(space, offload=(0,)))
    assert found.best == ()
    assert found.closest is not None
    assert found.closest.memory_bytes > one.machine.memory_bytes


def test_progress_reaches_the_end():
    told = []
    all_of(
        run(GPT_22B, "A100-SXM-80GB"),
        SMALL,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1][0] == told[-1][1] == len(told)


def test_divisors():
    assert divisors(12) == (1, 2, 3, 4, 6, 12)
    assert divisors(12, limit=4) == (1, 2, 3, 4)
    assert divisors(36, limit=12) == (1, 2, 3, 4, 6, 9, 12)
    assert divisors(10**25, limit=16) == (1, 2, 4, 5, 8, 10, 16)  # at once


def test_schedules_of_a_space_are_all_there():
    assert set(SMALL.schedule) == set(map(int, Schedule))
