"""Evaluate a graph: on scalars, on draws, on grids, on all of them at once, in chunks.

Every varying input varies along a named axis. Inside an evaluation the axes have a fixed order and
numpy broadcasting does the rest, so a quantity never has a larger shape than its inputs need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from costcheck.graph.nodes import Along, Array, Guard, Input, Node, Sum, Unknown, walk
from costcheck.graph.proportions import same_nodes

Bindings = Mapping[str, float | Along]
"""Values that replace those of the inputs of these names."""

Bound = Literal["at least", "incomplete"]
"""What a value says when an unknown part is missing from it."""

CHUNK = 8192
"""Elements per chunk: 64 KiB of float64, so that temporaries stay in cache and off mmap."""


@dataclass(frozen=True)
class Evaluation:
    """What the nodes below some roots come to."""

    axes: tuple[str, ...]
    """Names of the array dimensions, in order. A quantity that does not vary along an axis has
    length 1 there (or no dimensions at all)."""
    values: Mapping[Node, Array | None]
    """None stands for unknown. Without recording, only the roots are kept."""
    partial: Mapping[Node, Bound] = field(default_factory=dict)
    """Quantities from which an unknown part was left out, by what that makes of the value: "at
    least" it, or merely "incomplete" (under a division, a minimum, a function)."""
    barred: Mapping[Guard, np.ndarray] = field(default_factory=dict)
    """True where the guard's margin is negative."""

    def __getitem__(self, node: Node) -> Array | None:
        return self.values[node]

    def infeasible(self, root: Node) -> dict[str, np.ndarray]:
        """Return, by reason, where the root cannot be had; empty when it can everywhere."""
        found: dict[str, np.ndarray] = {}
        for node in walk([root]):
            if isinstance(node, Guard) and node in self.barred and self.barred[node].any():
                mask = self.barred[node]
                found[node.reason] = found[node.reason] | mask if node.reason in found else mask
        return found


def evaluate(
    roots: Iterable[Node], *, bindings: Bindings | None = None, record: bool = True
) -> Evaluation:
    """Evaluate the roots and everything below them, nothing else.

    `bindings` replace the values of inputs by name. Without `record` only the roots' values are
    kept. A binding that names no input, or arrays of unlike length on one axis, are a `ValueError`.
    """
    wanted = tuple(roots)
    order = tuple(walk(wanted))
    bound = _leaf_values(order, bindings or {})
    axes = tuple(dict.fromkeys(v.axis for v in bound.values() if isinstance(v, Along)))
    state = State(axes, bound)
    _compute(state, order)
    return state.finish(None if record else wanted)


def evaluate_in_chunks(
    roots: Iterable[Node],
    *,
    along: str,
    length: int,
    bindings: Bindings | None = None,
    size: int = CHUNK,
) -> Iterator[Evaluation]:
    """Evaluate `length` steps of one axis, `size` at a time: memory does not grow with its length.

    The axis is the last dimension of every array; what does not vary along it is computed once. A
    binding that is a function in `Along` is asked for one slice at a time.
    """
    wanted = tuple(roots)
    order = tuple(walk(wanted))
    bound = _leaf_values(order, bindings or {})
    names = dict.fromkeys(v.axis for v in bound.values() if isinstance(v, Along))
    names.pop(along, None)
    varying = _varying(order, bound, along)
    fixed = State((*names, along), bound)
    _compute(fixed, [node for node in order if node not in varying])
    first = same_nodes(order)
    moving = [node for node in order if node in varying]
    for start in range(0, length, size):
        state = fixed.cut(start, min(start + size, length), along)
        _compute(state, moving, first)
        yield state.finish(wanted)


def _compute(state: State, nodes: Iterable[Node], first: Mapping[Node, Node] = {}) -> None:
    # An overflow is a value without meaning, which the readers of the values report; it is no
    # warning of numpy's on somebody's terminal.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for node in nodes:
            known = first.get(node, node)
            if known is node:
                state.compute(node)
            else:
                state.repeat(node, known)


def _leaf_values(order: tuple[Node, ...], bindings: Bindings) -> dict[Input, float | Along]:
    inputs = {node.name: node for node in order if isinstance(node, Input)}
    stray = [name for name in bindings if name not in inputs]
    if stray:
        raise ValueError(f"no input below the roots is named {', '.join(map(repr, stray))}")
    return {node: bindings.get(name, node.value) for name, node in inputs.items()}


def _varying(order: tuple[Node, ...], bound: Mapping[Input, float | Along], axis: str) -> set[Node]:
    found: set[Node] = set()
    for node in order:
        value = bound.get(node) if isinstance(node, Input) else None
        if (isinstance(value, Along) and value.axis == axis) or found.intersection(node.children):
            found.add(node)
    return found


class State:
    """An evaluation in the making."""

    def __init__(self, axes: tuple[str, ...], bound: Mapping[Input, float | Along]) -> None:
        self.axes = axes
        self.bound = bound
        self.window: tuple[str, int, int] | None = None
        self.lengths: dict[str, int] = {}
        self.values: dict[Node, Array | None] = {}
        self.partial: dict[Node, Bound] = {}
        self.barred: dict[Guard, np.ndarray] = {}

    def cut(self, start: int, stop: int, axis: str) -> State:
        """A copy that reads one slice of an axis and shares what was computed."""
        part = State(self.axes, self.bound)
        part.window = (axis, start, stop)
        part.values = dict(self.values)
        part.partial = dict(self.partial)
        part.barred = dict(self.barred)
        return part

    def compute(self, node: Node) -> None:
        """Compute one node whose children are computed."""
        if isinstance(node, Input):
            self.values[node] = self.leaf(node)
            return
        parts = [self.values[child] for child in node.children]
        if isinstance(node, Guard):
            self._bar(node)
        known = [part for part in parts if part is not None]
        complete = len(known) == len(parts)
        usable = complete or node.tolerates_unknown
        if isinstance(node, Unknown) or not known or not usable:
            self.values[node] = None
            return
        self.values[node] = value = node.apply(known)
        if not complete and isinstance(node, Sum) and not np.any(value):  # unknown, not 0
            self.values[node] = None
        elif not complete or any(child in self.partial for child in node.children):
            self.partial[node] = self._bound(node)

    def repeat(self, node: Node, first: Node) -> None:
        """Give a node what another that computes the same has come to."""
        self.values[node] = self.values[first]
        if first in self.partial:
            self.partial[node] = self.partial[first]
        if isinstance(node, Guard) and isinstance(first, Guard) and first in self.barred:
            self.barred[node] = self.barred[first]

    def _bound(self, node: Node) -> Bound:
        # Parts are taken as positive: only then does a missing one make a sum "at least".
        missing = (child for child in node.children if self.values[child] is None)
        partial = [child for child in node.children if child in self.partial]
        least = all(self.partial[child] == "at least" for child in partial)
        grows = all(map(node.grows_with, (*missing, *partial)))
        return "at least" if least and grows else "incomplete"

    def finish(self, keep: tuple[Node, ...] | None) -> Evaluation:
        """Freeze the values, those of `keep` only unless it is None."""
        values = self.values if keep is None else {node: self.values[node] for node in keep}
        return Evaluation(self.axes, values, self.partial, self.barred)

    def _bar(self, node: Guard) -> None:
        margin = self.values[node.margin]
        if margin is not None:
            self.barred[node] = np.asarray(margin < 0.0)

    def leaf(self, node: Input) -> Array:
        """Value of an input."""
        value = self.bound[node]
        if not isinstance(value, Along):
            return np.asarray(value, dtype=np.float64)
        position = self.axes.index(value.axis)
        values = value.values
        if self.window and self.window[0] == value.axis:
            _, start, stop = self.window
            steps = values(start, stop) if callable(values) else values[start:stop]
        elif callable(values):
            raise ValueError(f"values along {value.axis!r} come in slices: evaluate in chunks")
        else:
            steps = values
        steps = np.asarray(steps, dtype=np.float64)
        if self.window and self.window[0] == value.axis and len(steps) != stop - start:
            raise ValueError(f"values along {value.axis!r} end before step {stop}")
        if self.lengths.setdefault(value.axis, len(steps)) != len(steps):
            raise ValueError(f"arrays of different length along {value.axis!r}")
        return steps.reshape((-1,) + (1,) * (len(self.axes) - 1 - position))
