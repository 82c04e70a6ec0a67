"""Every parallel layout of a fleet: step time and bytes of each, the best ones kept.

The space is a product of axes. What a term does not depend on is computed once: a layer knows only
its tensor, context and expert parallelism, micro-batch and recomputation; an exchange of gradients
only the mesh and how states are kept. The same formulas as for one layout run on arrays shaped
along their own axes; about a dozen operations combine them, in chunks that stay in the cache.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from costcheck.core.layout import Layout, shape_problems
from costcheck.core.machine import Machine
from costcheck.core.memory import Reserve, Training, separated_bytes
from costcheck.core.search_best import Best, Candidate, Order
from costcheck.core.search_space import Axes, Block, Space, enough_micro_batches, group_axes
from costcheck.core.step_time.communication import fabric_of
from costcheck.core.step_time.constants import Constants
from costcheck.core.step_time.exchange import data_exchange_seconds, optimizer_seconds
from costcheck.core.step_time.step import layer_parts, micro_batches_per_step, pipeline_seconds
from costcheck.core.workload import Workload

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]

LARGEST_CHUNK = 8192
"""Layouts evaluated together: temporaries stay in the cache and below the allocator's mmap size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is searched for: the model, the machine, and how it is trained; scalars."""

    workload: Workload
    machine: Machine
    constants: Constants
    training: Training
    reserve: Reserve


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What a search found.

    Parameters
    ----------
    best : tuple of Candidate
        The best layouts that fit, best first.
    evaluated : int
        Layouts that obey every rule; each got a step time and a size.
    fitting : int
        Those of them that fit into memory.
    refused : dict
        Layouts refused per reason: keys of `costcheck.core.layout.REASONS`, and `memory`.
    closest : Candidate or None
        The layout that needs least memory, where none fits.
    """

    best: tuple[Candidate, ...]
    evaluated: int
    fitting: int
    refused: dict[str, int]
    closest: Candidate | None


def search(
    *,
    run: Run,
    space: Space,
    keep: int = 10,
    order: Order = "time",
    progress: Progress | None = None,
) -> SearchResult:
    """Evaluate every layout of a space and keep the best that fit.

    Parameters
    ----------
    run : Run
        Model, machine and training.
    space : Space
        Axes to combine.
    keep : int
        Layouts to keep.
    order : {"time", "memory"}
        What makes a layout good: a short step, or a small peak.
    progress : callable, optional
        Told the groups of layouts done and their number.

    Returns
    -------
    SearchResult
        The memory a search takes does not grow with the number of layouts.
    """
    best = Best(keep, order, float(run.machine.memory_bytes))
    refused: Counter[str] = Counter()
    evaluated = 0
    groups = list(space.groups())
    for done, group in enumerate(groups):
        broken = _broken_rule(run, group)
        if broken is not None:
            refused[broken] += space.combinations(group)
        else:
            axes = group_axes(space, group, int(run.workload.layers))
            refused.update(axes.refused)
            if axes.blocks:
                evaluated += _search_group(run, space, axes, best, refused)
        if progress is not None:
            progress(done + 1, len(groups))
    refused["memory"] = evaluated - best.fitting
    return SearchResult(
        best=best.candidates(),
        evaluated=evaluated,
        fitting=best.fitting,
        refused={reason: count for reason, count in refused.items() if count},
        closest=None if best.fitting else best.closest,
    )


def _broken_rule(run: Run, group: Layout) -> str | None:
    problems = shape_problems(
        workload=run.workload, layout=group, scale_up_gpus=run.machine.scale_up_gpus
    )
    return next((reason for reason, broken in problems.items() if np.any(broken)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """Terms of all layouts of a group, each along the axes it varies on.

    Those of `states` vary on the first two axes, those of `work` on the last two; the two lists of
    `kept` and `passing` hold one array per stage that can be the fullest.
    """

    fixed: FloatArray
    hideable: FloatArray
    gathered: FloatArray
    running: FloatArray
    window: FloatArray
    micro_batches: FloatArray
    kept: tuple[FloatArray, ...]
    passing: tuple[FloatArray, ...]
    allowed: NDArray[np.bool_]


def _tables(run: Run, space: Space, layout: Layout) -> _Tables:
    workload, machine, constants = run.workload, run.machine, run.constants
    micro_batches = micro_batches_per_step(layout=layout, global_batch=float(space.global_batch))
    pipeline = pipeline_seconds(
        workload=workload,
        constants=constants,
        layout=layout,
        micro_batches=micro_batches,
        parts=layer_parts(workload=workload, machine=machine, constants=constants, layout=layout),
    )
    once, each = data_exchange_seconds(
        workload=workload,
        fabric=fabric_of(machine=machine, constants=constants),
        constants=constants,
        layout=layout,
    )
    optimizer = optimizer_seconds(
        workload=workload, machine=machine, constants=constants, layout=layout
    )
    pairs = separated_bytes(
        workload=workload,
        layout=layout,
        training=run.training,
        reserve=run.reserve,
        micro_batches=micro_batches,
    )
    states = (np.size(layout.zero), np.size(layout.pipeline))
    work = (states[1], np.size(layout.micro_batch))
    working = micro_batches * (pipeline.slowest + pipeline.exposed_send)

    def on_states(values: FloatArray) -> FloatArray:
        return np.broadcast_to(values, (*states, 1))

    def on_work(values: FloatArray) -> FloatArray:
        return np.broadcast_to(values, (1, *work))

    return _Tables(
        fixed=on_states(once + optimizer + constants.step_overhead_seconds),
        hideable=on_states(once),
        gathered=on_states(each),
        running=on_work(working + pipeline.bubble),
        window=on_work(pipeline.slowest),
        micro_batches=on_work(micro_batches),
        kept=tuple(on_states(kept) for kept, _ in pairs),
        passing=tuple(on_work(passing) for _, passing in pairs),
        allowed=np.broadcast_to(
            enough_micro_batches(layout=layout, global_batch=float(space.global_batch)),
            (1, *work),
        ),
    )


def _search_group(run: Run, space: Space, axes: Axes, best: Best, refused: Counter[str]) -> int:
    tables = _tables(run, space, axes.layout)
    breaks = _breaks(tables)
    evaluated = 0
    for block in axes.blocks:
        for stages in _runs(block.stages, breaks):
            part = Block(states=block.states, stages=stages, work=block.work, gathers=block.gathers)
            valid, refusals = _search_block(run, axes.layout, tables, part, best)
            evaluated += valid
            refused["micro_batches"] += refusals
    return evaluated


def _breaks(tables: _Tables) -> NDArray[np.bool_]:
    """Whether a stage's terms that vary with the states differ from those of the stage before."""
    differs = np.ones(tables.fixed.shape[1], dtype=bool)
    alike = np.ones(tables.fixed.shape[1] - 1, dtype=bool)
    for table in (tables.fixed, tables.hideable, tables.gathered, *tables.kept):
        alike &= (table[:, 1:, 0] == table[:, :-1, 0]).all(axis=0)
    differs[1:] = ~alike
    return differs


def _runs(stages: slice, breaks: NDArray[np.bool_]) -> list[slice]:
    """Parts of a run of stages within which the terms of the states are the same."""
    inner = np.flatnonzero(breaks[stages.start + 1 : stages.stop]) + stages.start + 1
    edges = [stages.start, *map(int, inner), stages.stop]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def _search_block(
    run: Run, layout: Layout, tables: _Tables, block: Block, best: Best
) -> tuple[int, int]:
    """Evaluate a block whose stages share the terms of their states; count it and its refusals."""
    work = _WorkTerms.of(tables, block)
    valid = int(np.count_nonzero(work.allowed))
    step = max(1, LARGEST_CHUNK // work.running.size)
    for start in range(0, len(block.states), step):
        states = block.states[start : start + step]
        terms = _StateTerms.of(tables, states, block.stages.start)
        seconds, size = _combine(run.constants, terms, work, block.gathers)
        if valid < work.allowed.size:
            size = np.where(work.allowed, size, np.inf)
        best.offer(_LayoutsOf(layout, states, block), seconds, size)
    combinations = len(block.states)
    return combinations * valid, combinations * (work.allowed.size - valid)


@dataclass(frozen=True, slots=True)
class _WorkTerms:
    """Terms of a block that vary with its stages and work, as one flat axis."""

    running: FloatArray
    window: FloatArray
    micro_batches: FloatArray
    allowed: NDArray[np.bool_]
    passing: tuple[FloatArray, ...]

    @classmethod
    def of(cls, tables: _Tables, block: Block) -> _WorkTerms:
        """Take the block's part of a group's tables."""
        flat = [
            table[0, block.stages][:, block.work].reshape(1, -1)
            for table in (tables.running, tables.window, tables.micro_batches, *tables.passing)
        ]
        allowed = tables.allowed[0, block.stages][:, block.work].reshape(1, -1)
        return cls(flat[0], flat[1], flat[2], allowed, tuple(flat[3:]))


@dataclass(frozen=True, slots=True)
class _StateTerms:
    """Terms that vary with how states are kept, as a column."""

    fixed: FloatArray
    hideable: FloatArray
    gathered: FloatArray
    kept: tuple[FloatArray, ...]

    @classmethod
    def of(cls, tables: _Tables, states: NDArray[np.intp], stage: int) -> _StateTerms:
        """Take some states' part of a group's tables."""
        fixed, hideable, gathered, *kept = (
            table[states, stage]
            for table in (tables.fixed, tables.hideable, tables.gathered, *tables.kept)
        )
        return cls(fixed, hideable, gathered, tuple(kept))


def _combine(
    constants: Constants, states: _StateTerms, work: _WorkTerms, gathers: bool
) -> tuple[FloatArray, FloatArray]:
    """Step time and bytes of every combination of states and work.

    Notes
    -----
    The same sums as `step_seconds` and `memory_bytes`; only what differs between the layouts is
    added here.
    """
    hidden = np.minimum(
        constants.data_overlap * states.hideable, constants.data_overlap * work.window
    )
    seconds = states.fixed + work.running
    np.subtract(seconds, hidden, out=seconds)
    if gathers:
        np.minimum(states.gathered, work.window, out=hidden)
        np.multiply(hidden, constants.shard_overlap, out=hidden)
        np.subtract(states.gathered, hidden, out=hidden)
        np.multiply(hidden, work.micro_batches, out=hidden)
        np.add(seconds, hidden, out=seconds)
    size = states.kept[0] + work.passing[0]
    for kept, passing in zip(states.kept[1:], work.passing[1:], strict=True):
        np.add(kept, passing, out=hidden)
        np.maximum(size, hidden, out=size)
    return seconds, size


class _LayoutsOf:
    """Layouts of a part of a block, made one at a time when one is worth keeping."""

    def __init__(self, layout: Layout, states: NDArray[np.intp], block: Block) -> None:
        self._layout, self._states, self._block = layout, states, block

    def __call__(self, place: tuple[int, ...]) -> Layout:
        """Layout at a place of the part's arrays."""
        stage, work = divmod(place[1], len(self._block.work))
        at = (
            int(self._states[place[0]]),
            self._block.stages.start + stage,
            int(self._block.work[work]),
        )
        values = {}
        for field in fields(Layout):
            axis = np.asarray(getattr(self._layout, field.name), dtype=np.float64)
            index = tuple(i if length > 1 else 0 for i, length in zip(at, axis.shape, strict=False))
            values[field.name] = float(axis[index])
        return Layout(**values)
