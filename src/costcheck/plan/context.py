"""The longest sequence that fits a fleet, by what the backward pass computes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from costcheck.estimate import build
from costcheck.estimate.layout_search import doubt_of, limits_of, run_of, whole_space
from costcheck.estimate.performance import Performance
from costcheck.physics.layout import Layout, Offload, Recompute
from costcheck.physics.search import search
from costcheck.physics.search_ideas import Candidate, Ideas
from costcheck.plan.fleet import NoLayoutError, Progress, for_fleet, no_layout
from costcheck.scenario.load import Loaded

GRAIN = 1024
"""Tokens to which a length is told."""
LARGEST = 2**24
"""Tokens at which the question ends."""


@dataclass(frozen=True, kw_only=True)
class LongestContext:
    """The longest sequence one way of saving memory allows."""

    recompute: float
    offload: float
    tokens: int
    layout: Layout
    memory_bytes: float
    tokens_per_second_per_gpu: float


def longest_contexts(
    loaded: Loaded,
    *,
    gpu: str | None = None,
    gpus: int | None = None,
    progress: Progress | None = None,
) -> tuple[LongestContext, ...]:
    """The longest sequences, from what costs least to what saves most; none that gains nothing."""
    model = build(for_fleet(loaded, gpu=gpu, gpus=gpus))
    prediction = model.stages[0].prediction
    if prediction is None:
        raise NoLayoutError([no_layout(loaded, model)])
    performance, fleet = prediction.performance, int(prediction.gpus_used)
    found: list[LongestContext] = []
    ways = tuple(_ways(performance, fleet))
    for done, way in enumerate(ways):
        longest = _longest(performance, fleet, way, found[-1].tokens if found else 0)
        if longest is not None and (not found or longest.tokens > found[-1].tokens):
            found.append(longest)
        if progress is not None:
            progress(done + 1, len(ways))
    return tuple(found)


def _ways(performance: Performance, gpus: int) -> Iterator[dict[str, Any]]:
    """Yield what is computed again, then with the optimizer's state in host memory."""
    space = _space(performance, gpus, GRAIN)
    ladder = sorted(space.recompute, key=lambda code: (code == Recompute.FULL, code))
    for offload in space.offload:
        for code in ladder if offload == Offload.NONE else ladder[-1:]:
            yield {"recompute": (code,), "offload": (offload,)}


def _space(performance: Performance, gpus: int, tokens: int) -> Any:
    """The layouts of a fleet at a length; as many sequences as accelerators, one at a time."""
    return replace(
        whole_space(
            run_of(performance, sequence_length=float(tokens)),
            gpus=gpus,
            global_batch=gpus,
            generation=performance.generation,
            can=performance.can,
            limits=limits_of(performance)["whole"],
        ),
        micro_batch=(1,),
        virtual=(1,),
        recompute_share=(1.0,),
        shard_group=(0,),
    )


def _longest(
    performance: Performance, gpus: int, way: dict[str, Any], known: int
) -> LongestContext | None:
    """Double the length that is known to fit until nothing fits, then halve the gap."""
    low, high, best = known, max(2 * known, GRAIN), None
    while high <= LARGEST and (found := _fits(performance, gpus, high, way)):
        low, high, best = high, 2 * high, found
    while high - low > max(GRAIN, low // 16):
        middle = (low + high) // 2 // GRAIN * GRAIN
        found = _fits(performance, gpus, middle, way)
        low, high, best = (middle, high, found) if found else (low, middle, best)
    if best is None:
        return None
    return LongestContext(
        recompute=float(way["recompute"][0]),
        offload=float(way["offload"][0]),
        tokens=low,
        layout=best.layout,
        memory_bytes=best.memory_bytes,
        tokens_per_second_per_gpu=low / best.step_seconds,
    )


def _fits(
    performance: Performance, gpus: int, tokens: int, way: dict[str, Any]
) -> Candidate | None:
    """The surest layout in which a sequence of this length fits."""
    run = run_of(performance, sequence_length=float(tokens))
    space = replace(_space(performance, gpus, tokens), **way)
    best = Ideas(1, "time", float(run.machine.memory_bytes), doubt_of(performance))
    result = search(run=run, space=space, best=best)
    return result.best[0] if result.best else None
