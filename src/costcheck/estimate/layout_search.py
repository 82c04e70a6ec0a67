"""Find a layout where a scenario leaves it to us: search what any training software can run."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from costcheck.estimate.layout_of import recompute_ladder
from costcheck.estimate.layout_words import SCHEDULE_NAMES, SHARDED
from costcheck.estimate.machine_of import machine_from
from costcheck.estimate.performance import Performance
from costcheck.estimate.study import central
from costcheck.physics.layout import REASONS, Layout, Offload, Schedule
from costcheck.physics.search import Run, SearchResult, search
from costcheck.physics.search_space import Space, default_space

WIDEST_MICRO_BATCH = 8
LARGEST_UNSHARDED = 64
"""Accelerators up to which one copy of a model may take all of them."""

FEWEST_TOKENS_PER_RANK = 4096
"""Tokens of a sequence below which nobody splits it over accelerators."""


def find_layout(
    performance: Performance, *, gpus: float, global_batch: float, sequence_length: float
) -> tuple[SearchResult, Layout] | str:
    """The fastest layout that fits, else the one that needs least memory."""
    if not float(gpus).is_integer():
        return f"{gpus:g} is no whole number of GPUs to lay out"
    run = run_of(performance, sequence_length=sequence_length)
    can = sorted(performance.can)
    problem = (run, int(gpus), int(global_batch), performance.generation, can)
    result = _searched(pickle.dumps(problem))
    candidate = result.best[0] if result.best else result.closest
    if candidate is None:
        return f"no layout of {gpus:,.0f} GPUs obeys the rules: {refusals(result.refused)}"
    return result, candidate.layout


@lru_cache(maxsize=512)
def _searched(problem: bytes) -> SearchResult:
    """The search of one problem; diffs and sweeps ask for the same one many times."""
    run, gpus, global_batch, generation, can = pickle.loads(problem)  # noqa: S301 - our own bytes
    space = whole_space(run, gpus=gpus, global_batch=global_batch, generation=generation, can=can)
    return search(run=run, space=ordinary(space, run, generation), keep=1)


def run_of(performance: Performance, *, sequence_length: float) -> Run:
    """What a search needs of a performance model, at central values."""
    formula = performance.formula
    return Run(
        workload=formula.workload(sequence_length),
        machine=machine_from(**central(performance.machine.leaves)),
        constants=formula.constants,
        training=formula.training,
        reserve=formula.reserve,
    )


def whole_space(
    run: Run, *, gpus: int, global_batch: int, generation: str, can: Collection[str]
) -> Space:
    """Every layout of a fleet, with the schedules and the recomputation that its software knows."""
    space = default_space(
        workload=run.workload,
        gpus=gpus,
        global_batch=global_batch,
        scale_up_gpus=int(np.asarray(run.machine.scale_up_gpus)),
    )
    known = tuple(int(code) for code in recompute_ladder(generation, can))
    plain = Schedule.ONE_F_ONE_B
    schedules = (int(s) for s in Schedule if s is plain or SCHEDULE_NAMES[s] in can)
    return replace(space, recompute=known, schedule=tuple(schedules))


def ordinary(space: Space, run: Run, generation: str) -> Space:
    """The layouts that any training software can run, without rarely used ones."""
    small = tuple(size for size in space.micro_batch if size <= WIDEST_MICRO_BATCH)
    fewest = float(np.asarray(run.workload.sequence_length)) / FEWEST_TOKENS_PER_RANK
    # Where nothing is copied there is nothing to shard.
    unsharded = (0,) if space.gpus <= LARGEST_UNSHARDED else ()
    ways: dict[str, Any] = {
        "micro_batch": small,
        "context": tuple(size for size in space.context if size <= max(fewest, 1.0)),
        "expert_tensor": (1,),
        "recompute_share": (1.0,),
        "shard_group": (0,),
        "offload": (int(Offload.NONE),),
        "zero": (*unsharded, 1),
    }
    if generation == SHARDED:
        ways |= {"zero": (*unsharded, 2, 3), "pipeline": (1,), "virtual": (1,)}
    return replace(space, **ways)


def refusals(refused: Mapping[str, int]) -> str:
    """Why layouts were refused, the commonest reason first."""
    ranked = sorted(refused.items(), key=lambda item: -item[1])
    sentences = {**REASONS, "memory": "the memory of a GPU is too small"}
    return "; ".join(f"{sentences[reason]} ({count:,})" for reason, count in ranked if count)
