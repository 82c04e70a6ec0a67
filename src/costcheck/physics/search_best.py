"""The best few layouts of a search."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from costcheck.physics.layout import Layout

FloatArray = NDArray[np.float64]
Order = Literal["time", "memory"]


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


class Best:
    """The best layouts that fit, seen so far, and the smallest of those that do not."""

    def __init__(self, keep: int, order: Order, memory_bytes: float) -> None:
        self._keep, self._order, self._memory = keep, order, memory_bytes
        self._heap: list[tuple[float, int, Pending]] = []
        self._smallest: Pending | None = None
        self._ticket = itertools.count()
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

    def _take(
        self, score: FloatArray, layout_at: LayoutsAt, seconds: FloatArray, size: FloatArray
    ) -> None:
        score = score.ravel()
        count = min(self._keep, score.size)
        for index in np.sort(np.argpartition(score, count - 1)[:count]):
            if score[index] < self._limit():
                pending = Pending.of(layout_at, int(index), seconds, size)
                entry = (-float(score[index]), -next(self._ticket), pending)
                if len(self._heap) == self._keep:
                    heapq.heappushpop(self._heap, entry)
                else:
                    heapq.heappush(self._heap, entry)

    def _limit(self) -> float:
        return -self._heap[0][0] if len(self._heap) == self._keep else np.inf

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
        """Return what was kept, best first; equal scores in the order they were found."""
        return tuple(entry[2].candidate() for entry in sorted(self._heap, reverse=True))


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
