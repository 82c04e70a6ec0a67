"""The space of parallel layouts as a product of axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, product
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.physics.layout import Layout, Offload, Recompute, Schedule, layers_left_over
from costcheck.physics.workload import Workload

Row = tuple[float, ...]
"""One entry of an axis: the values of the fields that vary along it."""


def divisors(number: int, *, limit: int | None = None) -> tuple[int, ...]:
    """Divisors of a positive whole number, ascending, up to a limit."""
    most = number if limit is None else limit
    found = [d for d in range(1, min(isqrt(number), most) + 1) if number % d == 0]
    return tuple(d for d in sorted({*found, *(number // d for d in found)}) if d <= most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Values of each axis; the layouts are their combinations that obey every rule.

    The data-parallel degree follows from the GPUs; a shard group of 0 is all of that group.
    """

    gpus: int
    global_batch: int
    tensor: tuple[int, ...]
    pipeline: tuple[int, ...]
    context: tuple[int, ...]
    expert: tuple[int, ...] = (1,)
    expert_tensor: tuple[int, ...] = (1,)
    virtual: tuple[int, ...] = (1,)
    micro_batch: tuple[int, ...] = (1,)
    zero: tuple[int, ...] = (0, 1, 2, 3)
    shard_group: tuple[int, ...] = (0,)
    sequence_parallel: tuple[int, ...] = (0, 1)
    recompute: tuple[int, ...] = (
        Recompute.NONE,
        Recompute.SELECTIVE,
        Recompute.FULL,
        Recompute.MODULES,
    )
    recompute_share: Row = (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
    schedule: tuple[int, ...] = (
        Schedule.ONE_F_ONE_B,
        Schedule.INTERLEAVED,
        Schedule.ZERO_BUBBLE,
        Schedule.DUALPIPE,
    )
    offload: tuple[int, ...] = (Offload.NONE, Offload.OPTIMIZER)

    def groups(self) -> Iterator[Layout]:
        """Yield the combinations of tensor, context and expert parallelism."""
        for tensor, context, expert, expert_tensor in product(
            self.tensor, self.context, self.expert, self.expert_tensor
        ):
            yield Layout(
                tensor=float(tensor),
                context=float(context),
                expert=float(expert),
                expert_tensor=float(expert_tensor),
                sequence_parallel=0.0,
            )

    def meshes(self, group: Layout) -> Iterator[tuple[int, int]]:
        """Pairs of pipeline and data parallelism that use all GPUs with a group."""
        width = int(group.tensor) * int(group.context)
        for pipeline in self.pipeline:
            if self.gpus % (width * pipeline) == 0:
                yield pipeline, self.gpus // (width * pipeline)

    def combinations(self, group: Layout) -> int:
        """Count the combinations of all axes in a group, before any rule."""
        work = len(self.micro_batch) * len(self.sequence_parallel) * len(self.recompute)
        stages = len(self.schedule) * len(self.virtual)
        states = len(self.zero) * len(self.shard_group) * len(self.offload)
        return len(list(self.meshes(group))) * work * stages * states


def default_space(
    *,
    workload: Workload,
    gpus: int,
    global_batch: int,
    scale_up_gpus: int,
    micro_batch: float,
    tokens_per_rank: float,
) -> Space:
    """Every layout worth naming on a fleet; the scale-up domain bounds tensor parallelism.

    No wider `micro_batch` is tried, and no accelerator gets fewer `tokens_per_rank` of a sequence.
    """
    layers, experts = int(workload.layers), int(workload.experts)
    sequence = int(workload.sequence_length)
    powers = tuple(2**k for k in range(gpus.bit_length()) if gpus % 2**k == 0)
    return Space(
        gpus=gpus,
        global_batch=global_batch,
        tensor=divisors(gpus, limit=scale_up_gpus),
        pipeline=divisors(gpus, limit=layers),
        context=divisors(gpus, limit=max(1, int(sequence // tokens_per_rank))),
        expert=divisors(experts, limit=gpus) if experts else (1,),
        expert_tensor=divisors(gpus, limit=min(scale_up_gpus, 8)) if experts else (1,),
        virtual=tuple(range(1, layers + 1)),
        micro_batch=divisors(global_batch, limit=int(micro_batch)),
        shard_group=(0, *powers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """All layouts of a group, as entries along three axes."""

    layout: Layout
    """Work (micro-batch, sequence parallelism, recomputation) along the last axis; pipeline, data,
    schedule and chunks along the middle one; ZeRO, shard group and offload along the first."""
    alike: NDArray[np.intp]
    """For each entry of the middle axis, the first entry with the same mesh, fullest stage and
    copies of the weights: what depends on those only is computed for that one."""
    blocks: tuple[Block, ...]
    """Which entries combine; the stages of one block are alike."""
    refused: dict[str, int]
    """Combinations that no block has, by reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Entries of the three axes of which every combination is a layout of one mesh."""

    states: NDArray[np.intp]
    stages: slice
    """Entries of the middle axis."""
    work: NDArray[np.intp]
    """Entries of the first and of the last axis."""
    gathers: bool
    """Whether something is exchanged for every micro-batch (ZeRO-2 and 3)."""


def _column(rows: list[Row], index: int, axis: int) -> FloatArray:
    shape = [1, 1, 1]
    shape[axis] = -1
    return np.asarray([row[index] for row in rows], dtype=np.float64).reshape(shape)


def _work_rows(space: Space, tensor: float) -> list[Row]:
    splits = [s for s in space.sequence_parallel if tensor > 1.0 or s == 0] or [0]
    recompute = [
        (float(kind), share)
        for kind in space.recompute
        for share in (space.recompute_share if kind == Recompute.FULL else (1.0,))
    ]
    return [
        (float(micro_batch), float(split), *again)
        for micro_batch, split, again in product(space.micro_batch, splits, recompute)
    ]


@cache
def _state_rows(space: Space) -> list[Row]:
    """How states are kept; without sharding there is no shard group."""
    return [
        row for row in product(space.zero, space.shard_group, space.offload) if row[0] or not row[1]
    ]


@cache
def _stage_runs(space: Space, pipeline: int, layers: int) -> tuple[tuple[Row, ...], ...]:
    """Schedules and chunks a pipeline can have; those in one run have as many copies of weights.

    Notes
    -----
    The layers spread over the chunks by `costcheck.physics.layout.layers_left_over`.
    """
    rows: list[Row] = []
    for schedule, virtual in product(space.schedule, space.virtual):
        spread = not layers_left_over(layers=layers, pipeline=pipeline, virtual=virtual)
        interleaved = schedule == Schedule.INTERLEAVED
        piped = pipeline > 1 or schedule == Schedule.ONE_F_ONE_B
        even = schedule != Schedule.DUALPIPE or pipeline % 2 == 0
        if spread and piped and even and interleaved == (virtual > 1):
            rows.append((float(schedule), float(virtual)))

    def copied(row: Row) -> bool:
        return row[0] == Schedule.DUALPIPE

    return tuple(tuple(run) for _, run in groupby(sorted(rows, key=copied), key=copied))


@cache
def _state_entries(space: Space, copies: int, gathers: bool) -> NDArray[np.intp]:
    """States a mesh can have: shard groups divide its copies and are fewer."""
    chosen = [
        index
        for index, (zero, group, _) in enumerate(_state_rows(space))
        if (zero > 1) == gathers
        and (copies > 1 or zero == 0)
        and (group == 0 or (1 < group < copies and copies % group == 0))
    ]
    return np.asarray(chosen, dtype=np.intp)


class _MeshChoices(NamedTuple):
    """Entries of the first and of the last axis that the layouts of one mesh can have."""

    work: NDArray[np.intp]
    resting: NDArray[np.intp]
    """States of which nothing is exchanged for every micro-batch."""
    gathering: NDArray[np.intp]
    """States of ZeRO-2 and 3, exchanged for every micro-batch."""

    @property
    def kept_states(self) -> int:
        """Number of states the mesh can have."""
        return self.resting.size + self.gathering.size

    def blocks(self, stages: slice) -> list[Block]:
        """Blocks of a run of stages; none where nothing is left to combine."""
        return [
            Block(states=entries, stages=stages, work=self.work, gathers=gathers)
            for gathers, entries in ((False, self.resting), (True, self.gathering))
            if entries.size and self.work.size
        ]


def _mesh_choices(
    space: Space, *, micro_batch: FloatArray, replica_batch: float, copies: int
) -> _MeshChoices:
    """Micro-batches that divide the sequences of a replica, and states its copies can share."""
    divides = (replica_batch % micro_batch == 0.0) & (replica_batch >= micro_batch)
    return _MeshChoices(
        work=np.flatnonzero(divides),
        resting=_state_entries(space, copies, False),
        gathering=_state_entries(space, copies, True),
    )


def _broken_mesh_rule(group: Layout, data: int, stage_rows: int) -> str | None:
    """Reason why no layout of a mesh can run: chunks without layers, or experts left over."""
    if not stage_rows:
        return "layers"
    width = int(group.tensor) * int(group.context) * data
    return "expert_group" if width % int(group.expert * group.expert_tensor) else None


def _layout_along_axes(
    group: Layout, *, work: list[Row], stages: list[Row], states: list[Row]
) -> Layout:
    """Layout of a group whose fields lie along the axes they belong to."""
    return replace(
        group,
        micro_batch=_column(work, 0, 2),
        sequence_parallel=_column(work, 1, 2),
        recompute=_column(work, 2, 2),
        recompute_share=_column(work, 3, 2),
        pipeline=_column(stages, 0, 1),
        data=_column(stages, 1, 1),
        schedule=_column(stages, 2, 1),
        virtual=_column(stages, 3, 1),
        zero=_column(states, 0, 0),
        shard_group=_column(states, 1, 0),
        offload=_column(states, 2, 0),
    )


def group_axes(space: Space, group: Layout, layers: int) -> Axes:
    """All layouts of a group of equal tensor, context and expert parallelism.

    Parameters
    ----------
    space : Space
        Values of each axis.
    group : Layout
        Tensor, context, expert and expert-tensor parallelism.
    layers : int
        Layers of the model.
    """
    work, states = _work_rows(space, float(group.tensor)), _state_rows(space)
    micro_batch = np.asarray([row[0] for row in work])
    stages: list[Row] = []
    alike: list[int] = []
    blocks: list[Block] = []
    refused = {"layers": 0, "batch": 0, "expert_group": 0, "shard_group": 0}
    for pipeline, data in space.meshes(group):
        runs = _stage_runs(space, pipeline, layers)
        rows = sum(map(len, runs))
        broken = _broken_mesh_rule(group, data, rows)
        if broken is not None:
            refused[broken] += len(states) * max(rows, 1) * len(work)
            continue
        choices = _mesh_choices(
            space,
            micro_batch=micro_batch,
            replica_batch=space.global_batch / data,
            copies=data * int(group.context),
        )
        refused["batch"] += len(states) * rows * (len(work) - choices.work.size)
        refused["shard_group"] += (len(states) - choices.kept_states) * rows * choices.work.size
        for run in runs:
            part = slice(len(stages), len(stages) + len(run))
            stages += [(float(pipeline), float(data), *row) for row in run]
            alike += [part.start] * len(run)
            blocks += choices.blocks(part)
    return Axes(
        layout=_layout_along_axes(group, work=work, stages=stages, states=states),
        alike=np.asarray(alike, dtype=np.intp),
        blocks=tuple(blocks),
        refused=refused,
    )


def enough_micro_batches(*, layout: Layout, global_batch: FloatArray | float) -> NDArray[np.bool_]:
    """Whether each pipeline has the micro-batches its schedule needs.

    Notes
    -----
    Interleaved chunks need as many as there are stages, DualPipe twice as many.
    """
    micro_batches = np.divide(global_batch, np.multiply(layout.data, layout.micro_batch))
    dual = np.equal(layout.schedule, float(Schedule.DUALPIPE))
    chunked = np.greater(layout.virtual, 1.0)
    fewest = layout.pipeline * np.where(chunked, 1.0, np.where(dual, 2.0, 0.0))
    return np.greater_equal(micro_batches, fewest)
