"""The 90 % interval of every result: the same graph on stratified draws of its inputs.

An interval depends on the result, the seed and the number of draws, on nothing else that is asked
for beside it: one estimate and the row of a sweep come to the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from costcheck.catalog.knowledge import Knowledge
from costcheck.diagnostics import refusal
from costcheck.graph.evaluation import evaluate_in_chunks
from costcheck.graph.nodes import Along, Array, Input, Node, leaves
from costcheck.graph.proportions import Powers, powers
from costcheck.graph.quantiles import QuantileHistogram, controlled_quantiles
from costcheck.graph.sampling import CHUNK, InputDraws, normal_scores, prepare
from costcheck.units import HIGH_PROBABILITY, LOW_PROBABILITY

ONE_BLOCK = 65_536
"""Up to here all draws of a result are kept and sharpened; beyond, histograms keep memory flat."""

ROW_DRAWS = 131_072
"""Draws of all rows of a grid that are evaluated at a time."""

ENDS = (LOW_PROBABILITY, HIGH_PROBABILITY)
"""Ends of the 90 % interval."""

Interval = tuple[float, float]
Centrals = Mapping[Node, Array | None]


def refuse_too_few(samples: int, known: Knowledge) -> None:
    """Refuse draws that are too few for the ends of a range."""
    least = known.general["least_draws"]
    if samples < least.value:
        message = f"{samples} draws are too few for a 90 % range"
        raise refusal("CC048", message, None, f"{least.text} or more: {least.why}")


def intervals(
    roots: Iterable[Node], central: Centrals, *, samples: int, seed: int
) -> dict[Node, Interval]:
    """The 5 % and 95 % points of results, by what they come to."""
    drawing = _drawing(roots, central, samples=samples, seed=seed)
    if not drawing.wanted:
        return {}
    if samples <= ONE_BLOCK:
        draws = zip(drawing.wanted, all_draws(drawing.wanted, drawing.drawn, samples), strict=True)
        ends = np.stack([drawing.ends_of(node, row)[:, 0] for node, row in draws])
    else:
        ends = _streamed(drawing.wanted, drawing.drawn, samples).T
    found = drawing.scaled(dict(zip(drawing.wanted, ends, strict=True)), central)
    return {node: (float(low), float(high)) for node, (low, high) in found.items()}


def intervals_along(
    roots: Iterable[Node],
    central: Centrals,
    *,
    grid: Mapping[str, Along],
    length: int,
    samples: int,
    seed: int,
) -> dict[Node, Array]:
    """The 5 % and 95 % points of results in each row of a grid, shape (2, rows), by their node."""
    drawing = _drawing(roots, central, samples=samples, seed=seed, fixed=grid)
    below = {leaf.name for leaf in leaves(drawing.wanted)}
    drawn = {name: Along("draw", item.slice(0, samples)) for name, item in drawing.drawn.items()}
    bindings = drawn | {name: along for name, along in grid.items() if name in below}
    found = {node: np.empty((len(ENDS), length)) for node in drawing.wanted}
    size = max(ROW_DRAWS // samples, 1)
    parts = evaluate_in_chunks(
        drawing.wanted, along="grid", length=length, bindings=bindings, size=size
    )
    for number, part in enumerate(parts):
        rows = slice(number * size, (number + 1) * size)
        for node in drawing.wanted:
            draws = part[node]
            assert draws is not None  # noqa: S101 - roots are known
            found[node][:, rows] = drawing.ends_of(node, np.ascontiguousarray(draws.T))
    return drawing.scaled(found, central)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawing:
    """What has to be drawn for the ranges of some results."""

    first: Mapping[Node, Node]
    """For each result that varies, the one that is drawn: the first that varies in proportion."""
    below: Mapping[Node, tuple[int, ...]]
    """For each that is drawn, the places of the inputs that move it."""
    drawn: Mapping[str, InputDraws]
    scores: Array
    """Normal scores of the inputs, where draws are sharpened by them."""

    @property
    def wanted(self) -> list[Node]:
        """The results that are drawn."""
        return list(self.below)

    def ends_of(self, node: Node, draws: Array) -> Array:
        """The ends of one result, from draws in rows, shape (2, rows)."""
        return controlled_quantiles(draws, self.scores[list(self.below[node])], ENDS)

    def scaled(self, ends: Mapping[Node, Array], central: Centrals) -> dict[Node, Array]:
        """The ends of all results, from those of the ones that are drawn."""
        found = {}
        for node, first in self.first.items():
            mine, its = central[node], central[first]
            factor = 1.0 if node is first or mine is None or its is None else mine / its
            found[node] = np.sort(ends[first] * factor, axis=0)
        return found


def _drawing(
    roots: Iterable[Node],
    central: Centrals,
    *,
    samples: int,
    seed: int,
    fixed: Iterable[str] = (),
) -> _Drawing:
    wanted, held = list(roots), frozenset(fixed)
    varying = powers(wanted)
    moving = {node: _moving(varying[node], held) for node in wanted}
    kinds: dict[Powers | Node, Node] = {}
    first = {
        node: kinds.setdefault(_kind(node, varying[node], central[node]), node)
        for node in wanted
        if moving[node]
    }
    inputs = {node: moving[node] for node in kinds.values()}
    spreads = {leaf.name: leaf.spread for each in inputs.values() for leaf in each if leaf.spread}
    drawn = prepare(spreads, total=samples, seed=seed)
    place = {name: number for number, name in enumerate(drawn)}
    below = {node: tuple(place[leaf.name] for leaf in each) for node, each in inputs.items()}
    scores = normal_scores(drawn if samples <= ONE_BLOCK else (), total=samples, seed=seed)
    return _Drawing(first=first, below=below, drawn=drawn, scores=scores)


def _kind(node: Node, varying: Powers, central: Array | None) -> Powers | Node:
    """What nodes that vary in proportion share; a node of its own where none is known."""
    known = central is not None and np.all(np.isfinite(central) & (central != 0.0))
    return varying if known else node


def _moving(varying: Powers, fixed: frozenset[str]) -> list[Input]:
    """The inputs that are drawn for what varies with some factors, in the order of their names."""
    below = leaves(factor for factor, _ in varying)
    drawn = (leaf for leaf in below if leaf.is_uncertain and leaf.name not in fixed)
    return sorted(drawn, key=lambda leaf: leaf.name)


def uncertain_inputs(roots: Iterable[Node]) -> list[Input]:
    """The inputs below the roots that have a spread."""
    return [leaf for leaf in leaves(roots) if leaf.spread is not None]


def _bindings(drawn: Mapping[str, InputDraws]) -> dict[str, float | Along]:
    return {name: Along("draw", item.slice) for name, item in drawn.items()}


def all_draws(wanted: Sequence[Node], drawn: Mapping[str, InputDraws], samples: int) -> Array:
    """Every draw of some results, in rows."""
    values = np.empty((len(wanted), samples))
    start = 0
    for part in evaluate_in_chunks(
        wanted, along="draw", length=samples, bindings=_bindings(drawn), size=CHUNK
    ):
        stop = min(start + CHUNK, samples)
        for row, node in enumerate(wanted):
            values[row, start:stop] = part[node]
        start = stop
    return values


def _streamed(wanted: Sequence[Node], drawn: Mapping[str, InputDraws], samples: int) -> Array:
    histograms = [QuantileHistogram() for _ in wanted]
    for part in evaluate_in_chunks(
        wanted, along="draw", length=samples, bindings=_bindings(drawn), size=CHUNK
    ):
        for histogram, node in zip(histograms, wanted, strict=True):
            value = part[node]
            if value is not None:
                histogram.add(value)
    return np.stack([histogram.quantiles(ENDS) for histogram in histograms], axis=1)
