"""Every parallel layout of a fleet: step time and bytes of each, the best ones kept.

The space is a product of axes. What a term does not depend on is computed once: a layer knows only
its tensor, context and expert parallelism, micro-batch and recomputation; an exchange of gradients
only the mesh and how states are kept. The same formulas as for one layout run on arrays shaped
along their own axes; about a dozen operations combine them, in chunks that stay in the cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.physics.layout import Layout, shape_problems
from costcheck.physics.machine import Machine
from costcheck.physics.memory.peak import separated_bytes
from costcheck.physics.memory.training import Reserve, Training
from costcheck.physics.search_ideas import Candidate, Ideas
from costcheck.physics.search_space import Axes, Block, Space, enough_micro_batches, group_axes
from costcheck.physics.step_time.case import Case
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.exchange import data_exchange_seconds, optimizer_seconds
from costcheck.physics.step_time.step import (
    layer_parts,
    micro_batches_per_step,
    pipeline_seconds,
    straggling,
)
from costcheck.physics.workload import Workload

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

    def case(self, layout: Layout) -> Case:
        """The run under layouts."""
        return Case(
            workload=self.workload, machine=self.machine, constants=self.constants, layout=layout
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What a search found."""

    best: tuple[Candidate, ...]
    """The best layouts that fit, best first."""
    evaluated: int
    """Layouts that obey every rule; each got a step time and a size."""
    fitting: int
    """Those of them that fit into memory."""
    refused: dict[str, int]
    """Layouts refused per reason: as `layout_problems` has them, and `memory`."""
    closest: Candidate | None
    """The layout that needs least memory, where none fits."""


def search(
    *,
    run: Run,
    space: Space,
    best: Ideas,
    progress: Progress | None = None,
) -> SearchResult:
    """Evaluate every layout of a space; what is kept of them is asked of `best`.

    `progress` is told the groups done and their number. The memory a search takes does not grow
    with the number of layouts.
    """
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

    Those before `running` vary on the first two axes, of which the second has one row for stages
    that are alike (`row_of` says which); the others vary on the last two. `kept` and `passing` hold
    one array per pair of `separated_bytes`.
    """

    row_of: NDArray[np.intp]
    fixed: FloatArray
    hideable: FloatArray
    gathered: FloatArray
    kept: tuple[FloatArray, ...]
    running: FloatArray
    window: FloatArray
    micro_batches: FloatArray
    passing: tuple[FloatArray, ...]
    allowed: NDArray[np.bool_]


def _tables(run: Run, space: Space, axes: Axes) -> _Tables:
    batch = float(space.global_batch)
    first, row_of = np.unique(axes.alike, return_inverse=True)
    fixed, once, each, kept = _state_tables(run, batch, axes.layout, first)
    working, window, micro_batches, passing = _work_tables(run, batch, axes.layout)
    states = (np.size(axes.layout.zero), first.size, 1)
    work = (1, axes.alike.size, np.size(axes.layout.micro_batch))
    allowed = enough_micro_batches(layout=axes.layout, global_batch=batch)
    return _Tables(
        row_of=row_of,
        fixed=np.broadcast_to(fixed, states),
        hideable=np.broadcast_to(once, states),
        gathered=np.broadcast_to(each, states),
        running=np.broadcast_to(working, work),
        window=np.broadcast_to(window, work),
        micro_batches=np.broadcast_to(micro_batches, work),
        kept=tuple(np.broadcast_to(table, states) for table in kept),
        passing=tuple(np.broadcast_to(table, work) for table in passing),
        allowed=np.broadcast_to(allowed, work),
    )


def _state_tables(
    run: Run, batch: float, layout: Layout, first: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray, list[FloatArray]]:
    """Terms that vary with the mesh and how states are kept, for the first stages of each run."""

    def of_first(values: FloatArray | float) -> FloatArray:
        return np.asarray(values)[:, first]

    layout = replace(
        layout,
        pipeline=of_first(layout.pipeline),
        data=of_first(layout.data),
        schedule=of_first(layout.schedule),
        virtual=of_first(layout.virtual),
        micro_batch=1.0,
        sequence_parallel=0.0,
        recompute=0.0,
        recompute_share=1.0,
    )
    case = run.case(layout)
    once, each = data_exchange_seconds(case)
    fixed = once + optimizer_seconds(case) + run.constants.step_overhead_seconds
    slower = straggling(case)
    return (
        fixed * slower,
        once * slower,
        each * slower,
        [kept for kept, _ in _bytes(run, batch, layout)],
    )


def _work_tables(
    run: Run, batch: float, layout: Layout
) -> tuple[FloatArray, FloatArray, FloatArray, list[FloatArray]]:
    """Terms that vary with the pipeline and the work of a micro-batch."""
    layout = replace(layout, zero=0.0, shard_group=0.0, offload=0.0)
    micro_batches = micro_batches_per_step(layout=layout, global_batch=batch)
    case = run.case(layout)
    pipeline = pipeline_seconds(case, micro_batches=micro_batches, parts=layer_parts(case))
    working = micro_batches * (pipeline.slowest + pipeline.exposed_send) + pipeline.bubble
    passing = [passing for _, passing in _bytes(run, batch, layout)]
    slower = straggling(case)
    return working * slower, pipeline.slowest * slower, micro_batches, passing


def _bytes(run: Run, batch: float, layout: Layout) -> list[tuple[FloatArray, FloatArray]]:
    return separated_bytes(
        workload=run.workload,
        layout=layout,
        training=run.training,
        reserve=run.reserve,
        micro_batches=micro_batches_per_step(layout=layout, global_batch=batch),
    )


def _search_group(run: Run, space: Space, axes: Axes, best: Ideas, refused: Counter[str]) -> int:
    tables = _tables(run, space, axes)
    evaluated = 0
    work: _WorkTerms | None = None
    for before, block in zip((None, *axes.blocks), axes.blocks, strict=False):
        if work is None or before is None or before.stages != block.stages:
            work = _WorkTerms.of(tables, block)
        valid, refusals = _search_block(run, axes.layout, (tables, work), block, best)
        evaluated += valid
        refused["micro_batches"] += refusals
    return evaluated


def _search_block(
    run: Run, layout: Layout, terms: tuple[_Tables, _WorkTerms], block: Block, best: Ideas
) -> tuple[int, int]:
    """Evaluate a block whose stages share the terms of their states; count it and its refusals."""
    tables, work = terms
    valid = int(np.count_nonzero(work.allowed))
    step = max(1, LARGEST_CHUNK // work.running.size)
    for start in range(0, len(block.states), step):
        states = block.states[start : start + step]
        kept = _StateTerms.of(tables, states, int(tables.row_of[block.stages.start]))
        seconds, size = _combine(run.constants, kept, work, block.gathers)
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
        # What breaks a rule needs infinite memory: the peak over the stages keeps it.
        flat[3] = np.where(allowed, flat[3], np.inf)
        return cls(flat[0], flat[1], flat[2], allowed, tuple(flat[3:]))


@dataclass(frozen=True, slots=True)
class _StateTerms:
    """Terms that vary with how states are kept, as a column."""

    fixed: FloatArray
    hideable: FloatArray
    gathered: FloatArray
    kept: tuple[FloatArray, ...]

    @classmethod
    def of(cls, tables: _Tables, states: NDArray[np.intp], row: int) -> _StateTerms:
        """Take some states' part of a group's tables."""
        fixed, hideable, gathered, *kept = (
            table[states, row]
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
    added here. A column is copied out before a row is added, which numpy does at twice the speed of
    adding the two at once.
    """
    shape = (states.fixed.shape[0], work.running.shape[1])
    seconds, size, scratch = np.empty(shape), np.empty(shape), np.empty(shape)
    seconds[...] = states.fixed
    seconds += work.running
    scratch[...] = states.hideable
    np.minimum(scratch, work.window, out=scratch)
    scratch *= constants.data_overlap
    seconds -= scratch
    if gathers:
        size[...] = states.gathered
        np.minimum(size, work.window, out=scratch)
        scratch *= constants.shard_overlap
        size -= scratch
        size *= work.micro_batches
        seconds += size
    size[...] = states.kept[0]
    size += work.passing[0]
    for kept, passing in zip(states.kept[1:], work.passing[1:], strict=True):
        scratch[...] = kept
        scratch += passing
        np.maximum(size, scratch, out=size)
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

    def together(self) -> Layout:
        """All layouts of the part, as arrays over its states and over its stages times work."""
        stages, work = self._block.stages, self._block.work
        count = stages.stop - stages.start
        values: dict[str, FloatArray | float] = {}
        for field in fields(Layout):
            axis = np.asarray(getattr(self._layout, field.name), dtype=np.float64)
            if axis.size == 1:
                values[field.name] = axis.item()
            elif axis.shape[0] > 1:
                values[field.name] = axis[self._states, 0]
            elif axis.shape[1] > 1:
                values[field.name] = np.repeat(axis[0, stages], len(work), axis=0).reshape(1, -1)
            else:
                values[field.name] = np.tile(axis[0, :, work].ravel(), count).reshape(1, -1)
        return Layout(**values)
