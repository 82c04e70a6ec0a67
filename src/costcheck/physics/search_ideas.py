"""The best few ideas of a search: layouts that differ in more than details, the surest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.physics.layout import Layout, Offload, Recompute, Schedule

Order = Literal["time", "memory"]
Idea = tuple[float, ...]

MESH = ("tensor", "pipeline", "context", "expert", "expert_tensor")
"""Degrees in which ideas differ; data parallelism follows from them."""

SAME = 1e-3
"""Layouts whose time and memory differ by less are one layout under two names."""

SPARE = 3
"""Ideas noted for each that is kept: some prove to be no better than others of their mesh."""

LOGISTIC = 1.702
"""Slope at which the logistic curve comes closest to the normal distribution."""

FAR = 30.0
"""Standard deviations beyond which nothing changes any more."""


class LayoutsAt(Protocol):
    """Layouts of one chunk."""

    def __call__(self, place: tuple[int, ...], /) -> Layout:
        """Layout at a place of the chunk's arrays."""

    def together(self) -> Layout:
        """All of them, as one layout of arrays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A layout with its step time and the memory it needs on the fullest GPU."""

    layout: Layout
    step_seconds: float
    memory_bytes: float


@dataclass(frozen=True, slots=True)
class Pending:
    """A layout worth keeping, not yet spelt out."""

    layout_at: LayoutsAt
    place: tuple[int, ...]
    step_seconds: float
    memory_bytes: float

    @classmethod
    def of(cls, layout_at: LayoutsAt, index: int, seconds: FloatArray, size: FloatArray) -> Pending:
        """Note the layout at a flat index of the chunk's arrays."""
        place = tuple(int(i) for i in np.unravel_index(index, seconds.shape))
        return cls(layout_at, place, float(seconds[place]), float(size[place]))

    def candidate(self) -> Candidate:
        """Spell the layout out."""
        return Candidate(
            layout=self.layout_at(self.place),
            step_seconds=self.step_seconds,
            memory_bytes=self.memory_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How far the model may be off between two layouts of one run."""

    mechanism: float
    """Log error of the step that each mechanism of a layout brings."""
    memory: float
    """Log error of the memory."""
    too_large: float
    """What the step takes longer, as a share, where the layout turns out not to fit."""
    beyond: float = 0.0
    """Log error of the step with each doubling of a degree beyond what was measured."""
    measured: Mapping[str, float] = field(default_factory=dict)
    """Largest degree of each kind of parallelism that was measured; absent: none was."""


def mechanisms(layout: Layout) -> FloatArray:
    """How many mechanisms a layout uses beside plain data parallelism.

    Notes
    -----
    Sharded optimizer states and sequence parallelism along with tensor parallelism are what
    software does by itself and count as plain; to do without the latter is a choice.
    """
    used = (
        *(np.greater(getattr(layout, key), 1.0) for key in MESH),
        np.greater(layout.tensor, 1.0) & np.equal(layout.sequence_parallel, 0.0),
        np.greater(layout.virtual, 1.0),
        np.greater(layout.schedule, float(Schedule.INTERLEAVED)),
        np.greater(layout.zero, 1.0),
        np.greater(layout.shard_group, 0.0),
        np.greater(layout.recompute, 0.0),
        np.less(layout.recompute_share, 1.0),
        np.greater(layout.offload, 0.0),
    )
    return np.asarray(sum(np.where(each, 1.0, 0.0) for each in used))


def doublings_beyond(layout: Layout, measured: Mapping[str, float]) -> FloatArray:
    """By how many doublings the degrees of a layout go beyond what was measured."""
    degrees = ((getattr(layout, key), measured.get(key, 1.0)) for key in MESH)
    return np.asarray(sum(np.maximum(np.log2(degree / most), 0.0) for degree, most in degrees))


def expected_seconds(
    *,
    layout: Layout,
    seconds: FloatArray | float,
    size: FloatArray | float,
    room: float,
    doubt: Doubt,
) -> FloatArray:
    """Upper end of what a step may take.

    Notes
    -----
    Errors of independent mechanisms add up in squares, those of carrying one further than it was
    measured do not [1]_. The layout predicted fastest of many is too rosy by about what it owes to
    errors [2]_: at the upper end a plain one that is nearly as fast comes first. A layout that may
    not fit costs what it then takes to make it fit, with the probability of that.

    References
    ----------
    .. [1] JCGM 100:2008, Guide to the expression of uncertainty in measurement, 5.1.2.
    .. [2] J. E. Smith and R. L. Winkler, The Optimizer's Curse, Management Science 52 (2006) 311.
    """
    excess = np.clip(np.log(np.divide(size, room)) / doubt.memory, -FAR, FAR)
    misses = 1.0 / (1.0 + np.exp(-LOGISTIC * excess))
    error = doubt.mechanism * np.sqrt(mechanisms(layout))
    error = error + doubt.beyond * doublings_beyond(layout, doubt.measured)
    return np.asarray(seconds * np.exp(error) * (1.0 + doubt.too_large * misses))


class Ideas:
    """The best layout of each mesh and way of saving memory, and the smallest where none fits."""

    def __init__(self, keep: int, order: Order, memory_bytes: float, doubt: Doubt) -> None:
        self._keep, self._order, self._memory, self._doubt = keep, order, memory_bytes, doubt
        self._found: dict[Idea, tuple[float, Candidate]] = {}
        self._smallest: Pending | None = None
        self.fitting = 0

    def offer(self, layout_at: LayoutsAt, seconds: FloatArray, size: FloatArray) -> None:
        """Look at a chunk: step times [s] and memory [byte], infinite where a rule is broken."""
        fits = size <= self._memory
        fitting = int(np.count_nonzero(fits))
        self.fitting += fitting
        if not fitting:
            if not self.fitting:
                self._offer_smallest(layout_at, seconds, size)
            return
        measure = seconds if self._order == "time" else size
        score = measure if fitting == fits.size else np.where(fits, measure, np.inf)
        if score.min() < self._limit():
            self._take(score, layout_at, seconds, size)

    def _limit(self) -> float:
        """No prediction above it can be kept: the upper end is never below the prediction."""
        full = len(self._found) == SPARE * self._keep
        return max(score for score, _ in self._found.values()) if full else np.inf

    def _take(
        self, score: FloatArray, layout_at: LayoutsAt, seconds: FloatArray, size: FloatArray
    ) -> None:
        layout = layout_at.together()
        if self._order == "time":
            score = expected_seconds(
                layout=layout, seconds=score, size=size, room=self._memory, doubt=self._doubt
            )
        whole = np.equal(layout.recompute, float(Recompute.FULL)) & np.equal(
            layout.recompute_share, 1.0
        )
        saves = 2.0 * np.greater(layout.offload, float(Offload.NONE)) + whole
        ways = np.broadcast_to(saves, score.shape)
        for way in np.unique(ways):
            index = int(np.argmin(np.where(ways == way, score, np.inf)))
            if np.isfinite(score.flat[index]):
                pending = Pending.of(layout_at, index, seconds, size)
                self._keep_idea(float(score.flat[index]), float(way), pending.candidate())

    def _keep_idea(self, value: float, way: float, candidate: Candidate) -> None:
        layout = candidate.layout
        idea = (*_mesh(layout), float(layout.zero > 1.0), way)
        if value < self._found.get(idea, (np.inf,))[0]:
            self._found[idea] = value, candidate
        if len(self._found) > SPARE * self._keep:
            del self._found[max(self._found, key=lambda each: self._found[each][0])]

    def _offer_smallest(self, layout_at: LayoutsAt, seconds: FloatArray, size: FloatArray) -> None:
        index = int(np.argmin(size))
        known = np.inf if self._smallest is None else self._smallest.memory_bytes
        if size.flat[index] < known:
            self._smallest = Pending.of(layout_at, index, seconds, size)

    @property
    def closest(self) -> Candidate | None:
        """The smallest layout seen before any fitted."""
        return None if self._smallest is None else self._smallest.candidate()

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the ideas, the surest first; a slower one of a mesh only where it saves memory."""
        kept: list[Candidate] = []
        leanest: dict[Idea, float] = {}
        for _, candidate in sorted(self._found.values(), key=lambda entry: entry[0]):
            mesh, size = _mesh(candidate.layout), candidate.memory_bytes
            saves = size < leanest.get(mesh, np.inf) * np.exp(-self._doubt.memory)
            if saves:
                leanest[mesh] = size
                kept += [] if any(_same(candidate, other) for other in kept) else [candidate]
        return tuple(kept[: self._keep])


def _mesh(layout: Layout) -> Idea:
    return tuple(float(getattr(layout, key)) for key in MESH)


def _same(one: Candidate, other: Candidate) -> bool:
    pairs = (one.step_seconds, other.step_seconds), (one.memory_bytes, other.memory_bytes)
    return all(abs(first / second - 1.0) < SAME for first, second in pairs)
