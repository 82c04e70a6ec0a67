"""Find a layout where a scenario leaves it to us: search what any training software can run."""

from __future__ import annotations

import math
import pickle
from collections.abc import Collection, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from costcheck.estimate.layout_of import recompute_ladder, sharding_choices
from costcheck.estimate.layout_open import SHARE, complete
from costcheck.estimate.layout_words import SCHEDULE_NAMES, SHARDED
from costcheck.estimate.machine_of import machine_from
from costcheck.estimate.performance import Performance
from costcheck.estimate.recipe_rules import SPLIT
from costcheck.estimate.step_formula import LAYOUT_KEYS, layout_from
from costcheck.estimate.study import central
from costcheck.physics.layout import (
    LISTED,
    Layout,
    Module,
    Offload,
    Recompute,
    Schedule,
)
from costcheck.physics.search import Progress, Run, SearchResult, search
from costcheck.physics.search_ideas import Candidate, Doubt, Ideas, Order
from costcheck.physics.search_space import Space, default_space, divisors

WATCHED: ContextVar[Progress | None] = ContextVar("WATCHED", default=None)
"""Who is told how far a search is."""

IDEAS = 10
"""Layouts a search keeps: as many as a plan shows."""

OFFLOADED_WITH = ("offload", "micro_batch", "zero", "recompute", SHARE)
"""Keys of a layout that are chosen anew where only host memory helps."""


class NoLayout(str):
    """Why no layout of a fleet obeys the rules."""

    __slots__ = ()


def find_layout(
    performance: Performance, *, gpus: float, global_batch: float, sequence_length: float
) -> tuple[SearchResult, Layout] | str:
    """The surest layout that fits, else the one that needs least memory."""
    if not float(gpus).is_integer():
        return f"{gpus:g} is no whole number of GPUs to lay out"
    result = best_layouts(
        performance,
        gpus=int(gpus),
        global_batch=int(global_batch),
        sequence_length=sequence_length,
    )
    candidate = result.best[0] if result.best else result.closest
    if candidate is None:
        # One replica on each accelerator obeys all rules but that of the batch.
        batch = f"a global batch of {global_batch:,.0f} divides over the replicas of none"
        return NoLayout(f"no layout of {gpus:,.0f} GPUs obeys the rules: {batch}")
    return result, candidate.layout


def near_fleets(
    performance: Performance, *, gpus: float, global_batch: float, sequence_length: float
) -> list[int]:
    """The nearest fleets, one smaller and one larger, of which a layout obeys the rules."""
    node = int(central(performance.machine.leaves)["gpus_per_node"])
    batch = int(global_batch)
    sizes = sorted({data * width for data in divisors(batch) for width in divisors(node)})
    run = {"global_batch": global_batch, "sequence_length": sequence_length}
    ways = ([n for n in reversed(sizes) if n < gpus], [n for n in sizes if n > gpus])
    return [
        n
        for way in ways
        for n in way[:1]
        if isinstance(find_layout(performance, gpus=n, **run), tuple)
    ]


def best_layouts(
    performance: Performance,
    *,
    gpus: int,
    global_batch: int,
    sequence_length: float,
    keep: int = IDEAS,
    order: Order = "time",
    every: bool = False,
) -> SearchResult:
    """The surest layouts of a fleet, each an idea of its own; of `every` one, or of usual ones."""
    run = run_of(performance, sequence_length=sequence_length)
    problem = (run, gpus, global_batch, performance.generation, sorted(performance.can))
    limits = limits_of(performance)
    found = _searched(pickle.dumps((*problem, limits, doubt_of(performance), keep, order, every)))
    if found.best or found.closest is None:
        return found
    batch = {"global_batch": float(global_batch), "sequence_length": sequence_length}
    return _offloaded(performance, found, found.closest.layout, batch)


def _offloaded(
    performance: Performance, found: SearchResult, layout: Layout, batch: Mapping[str, float]
) -> SearchResult:
    """Where nothing fits: the leanest layout with more of it in host memory, if that fits."""
    formula, split = performance.formula, {key: float(getattr(layout, key)) for key in LAYOUT_KEYS}
    values = {**central(performance.machine.leaves), **split, **batch}
    values["memory"] *= performance.data.memory["margin"]["fits"]
    room = values["memory"] * performance.found_memory
    left_open = {key: values[key] for key in OFFLOADED_WITH}
    completed = complete(performance, values, left_open, can=performance.can, noise=0.0)
    values |= completed.chosen
    size = float(formula.memory(values).total_bytes())
    if size > room:
        return found
    seconds = float(formula.step(values).total_seconds())
    fits = Candidate(layout=layout_from(values), step_seconds=seconds, memory_bytes=size)
    return replace(found, best=(fits,), fitting=1)


def doubt_of(performance: Performance) -> Doubt:
    """How far the model may be off between two layouts of one run, whichever is found."""
    usual = 3.0 if performance.generation == SHARDED else 0.0
    performance = performance.laid_out({"zero": usual, "offload": 0.0})
    default = performance.data.default
    own = performance.step_spread * default("calibrated.own_share").value
    measured = performance.data.prediction.data["search"]["measured"]
    largest = measured.get(performance.generation, {})
    return Doubt(
        mechanism=own / math.sqrt(default("search.mechanisms").value),
        memory=performance.memory_spread,
        too_large=default("search.too_large").value,
        beyond=default("widening.per_doubling_beyond").value,
        measured={key: float(size) for key, size in largest.items()},
    )


@lru_cache(maxsize=512)
def _searched(problem: bytes) -> SearchResult:
    """The search of one problem; diffs and sweeps ask for the same one many times.

    Notes
    -----
    What few people use is tried only where nothing else fits.
    """
    run, gpus, global_batch, generation, can, *wishes = pickle.loads(problem)  # noqa: S301
    limits, doubt, keep, order, every = wishes
    batch, most = global_batch, limits["whole"]
    space = whole_space(
        run, gpus=gpus, global_batch=batch, generation=generation, can=can, limits=most
    )
    usual = space if every else ordinary(space, run, generation, limits["usual"])
    room, progress = float(run.machine.memory_bytes), WATCHED.get()
    found = search(run=run, space=usual, best=Ideas(keep, order, room, doubt), progress=progress)
    if found.best or every:
        return found
    more, best = leaner(space, usual), Ideas(keep, order, room, doubt)
    return search(run=run, space=more, best=best, progress=progress)


def run_of(performance: Performance, *, sequence_length: float) -> Run:
    """What a search needs of a performance model, at central values."""
    formula, machine = performance.formula, machine_from(**central(performance.machine.leaves))
    room = (
        machine.memory_bytes * performance.found_memory * performance.data.memory["margin"]["fits"]
    )
    return Run(
        workload=formula.workload(sequence_length),
        machine=replace(machine, memory_bytes=room),
        constants=formula.constants,
        training=formula.training,
        reserve=formula.reserve,
    )


def whole_space(
    run: Run,
    *,
    gpus: int,
    global_batch: int,
    generation: str,
    can: Collection[str],
    limits: Mapping[str, float],
) -> Space:
    """Every layout of a fleet, with the schedules and the recomputation that its software knows."""
    space = default_space(
        workload=run.workload,
        gpus=gpus,
        global_batch=global_batch,
        scale_up_gpus=int(np.asarray(run.machine.scale_up_gpus)),
        **limits,
    )
    known = tuple(recomputations(run, recompute_ladder(generation, can)))
    plain = Schedule.ONE_F_ONE_B
    schedules = (int(s) for s in Schedule if s is plain or SCHEDULE_NAMES[s] in can)
    without: dict[str, Any] = {key: (1,) for key in SPLIT if key not in can}
    return replace(
        space,
        **without,
        recompute=known,
        schedule=tuple(schedules),
        zero=tuple(
            stage for stage in space.zero if not stage or {*sharding_choices(stage)} & {*can}
        ),
        recompute_share=space.recompute_share if "partial" in can else (1.0,),
        offload=(int(Offload.NONE), *(int(Offload.OPTIMIZER),) * ("offload" in can)),
    )


def recomputations(run: Run, ladder: Collection[Recompute]) -> Iterator[int]:
    """Yield what can be computed again as codes; modules as the list of those the model has."""
    experts, latent = run.workload.experts, run.workload.attention_latent_width
    modules = Module.NORMS
    modules |= Module.EXPERT_ACTIVATIONS if np.any(experts) else Module(0)
    modules |= Module.LATENT if np.any(latent) else Module(0)
    for code in ladder:
        yield LISTED + int(modules) if code is Recompute.MODULES else int(code)


def leaner(space: Space, usual: Space) -> Space:
    """The usual layouts with what saves memory at the price of time or of simplicity."""
    seldom = ("context", "expert_tensor", "offload", "pipeline", "zero")
    return replace(usual, **{key: getattr(space, key) for key in seldom})


def limits_of(performance: Performance) -> dict[str, dict[str, float]]:
    """Up to where a layout is tried at all, and up to where it is usual."""
    found = performance.data.prediction.data["search"]
    return {
        name: {key: float(entry["value"]) for key, entry in found[name].items()}
        for name in ("whole", "usual")
    }


def ordinary(space: Space, run: Run, generation: str, limits: Mapping[str, float]) -> Space:
    """The layouts that any training software can run, without rarely used ones."""
    small = tuple(size for size in space.micro_batch if size <= limits["micro_batch"])
    fewest = float(np.asarray(run.workload.sequence_length)) / limits["tokens_per_rank"]
    sharded = (2, 3) if generation == SHARDED else (1,)
    known = tuple(stage for stage in sharded if stage in space.zero)
    # Where nothing is copied there is nothing to shard.
    unsharded = (0,) if space.gpus <= limits["unsharded"] or not known else ()
    ways: dict[str, Any] = {
        "micro_batch": small,
        "context": tuple(size for size in space.context if size <= max(fewest, 1.0)),
        "expert_tensor": (1,),
        "recompute_share": (1.0,),
        "shard_group": (0,),
        "offload": (int(Offload.NONE),),
        "zero": (*unsharded, *known),
    }
    if generation == SHARDED:
        # Nobody has published a step of it.
        ways |= {"pipeline": (1,), "virtual": (1,)}
    return replace(space, **ways)
