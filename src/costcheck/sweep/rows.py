"""The rows of a sweep: one graph for all rows that differ in numbers only.

A key that is a leaf of the graph is varied along an axis of arrays; a key that changes the graph
itself (a GPU, a model, a layout) gets a graph for each of its values. Which is which is found out,
not listed: a leaf is followed by where it was written, and a few rows are estimated again from
their text and must come to the same.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import refusal
from costcheck.estimate import build
from costcheck.estimate.budget import LIMITED, limits_of
from costcheck.estimate.feasibility import Doubt
from costcheck.estimate.model import Model
from costcheck.estimate.ranges import intervals_along
from costcheck.estimate.result import SEVERITY
from costcheck.estimate.row_doubts import BY_CENTRAL, layout_doubts, nodes_judged, row_doubts
from costcheck.graph.distributions import Spread
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.graph.evaluation import Evaluation, evaluate, evaluate_in_chunks
from costcheck.graph.nodes import Along, Array, Node, Unknown, leaves
from costcheck.quantities import BY_NAME, RESULTS, result_named, shown_in
from costcheck.scenario.load import typed
from costcheck.scenario.merge import assign, load
from costcheck.sweep.axes import Codes, Grid, Points, Rows, read_axis, read_table

DEFAULT_FIELDS = tuple(row.name for row in shown_in("sweep"))
"""Results that a sweep writes unless it is asked for others."""

BLOCK = 8_192
"""Rows evaluated at a time: 64 KiB an array, which stays in cache and off mmap."""

ROW_SECONDS, RANGE_SECONDS, GRAPH_SECONDS = 4e-7, 2e-3, 0.03
"""What a row, a row with ranges and a graph take, as measured; pieces are made by it."""

_CHECKED = ((0.0, 1.0), (1.0, 0.0), (0.5, 0.37))
"""Places, on every second axis each, of the rows that are estimated again from their text."""

_AGREEMENT: Final[dict[str, Any]] = {"rtol": 1e-9, "atol": 0.0, "equal_nan": True}

VERDICTS = tuple(sorted(SEVERITY, key=SEVERITY.__getitem__))
"""Verdicts, the worst last."""

JUDGED = ("verdict", "reason")
"""Columns behind those of the results; always there."""

PAID = ("sum", "cost", "days")
"""How stages add up in what a run is paid for: less is better, and without a run there is none."""


class SweepSpec(NamedTuple):
    """What decides the rows of a sweep; plain values, so that any process can have it."""

    path: str
    text: bytes
    assignments: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    """Axes as written; empty where a table gives the rows."""
    table: str = ""
    """CSV file of scenarios; empty for a grid."""
    fields: tuple[str, ...] = DEFAULT_FIELDS
    ranges: bool = False
    seed: int = DEFAULT_SEED
    catalogs: tuple[str, ...] = ()
    """Folders laid over the catalogs."""


class Words(NamedTuple):
    """A column of words: for each row, which of the texts."""

    texts: tuple[str, ...]
    codes: Codes


class Block(NamedTuple):
    """Some consecutive rows: which value of each axis they have, their results, their verdict.

    Results are columns by name; NaN where one is unknown, or where the run cannot work and it
    would be paid for.
    """

    codes: list[Codes]
    results: dict[str, Array]
    judged: dict[str, Words]


Kind = tuple[int, ...]
"""For each axis, which value the graph of some rows is built with: the first where it varies."""


class Graph(NamedTuple):
    """The graph of the rows that share all keys that change it."""

    model: Model
    roots: dict[str, Node]
    leaves: dict[str, tuple[str, ...]]
    """Names of the leaves of each key that is varied along arrays."""
    judged: tuple[Node, ...]
    """What the checks read."""
    fixed: tuple[Doubt, ...]
    """Doubts about every row."""


class SweptRows:
    """Rows of a sweep, computed block by block."""

    def __init__(self, spec: SweepSpec) -> None:
        named = (result_named(field, (*RESULTS, *JUDGED)) for field in spec.fields)
        self.spec = spec._replace(fields=tuple(name for name in named if name not in JUDGED))
        self._catalog = Catalog(spec.catalogs)
        self._document = load(spec.path, text=spec.text, assignments=spec.assignments)
        self.points: Points = self._points()
        self.axes = self.points.axes
        self._graphs: dict[Kind, Graph] = {}

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def along(self) -> tuple[bool, ...]:
        """For each axis, whether its values are arrays in one graph."""
        # A limit of the budget is no number of the graph.
        numeric = [
            axis.values is not None and not axis.key.startswith("budget.") for axis in self.axes
        ]
        if self._agree(numeric):
            return tuple(numeric)
        alone = [
            fits and self._agree([place == other for other in range(len(numeric))])
            for place, fits in enumerate(numeric)
        ]
        return tuple(alone) if self._agree(alone) else (False,) * len(alone)

    def block(self, start: int, stop: int) -> Block:
        """Rows `start` to `stop`."""
        codes = self.points.codes(start, stop)
        limited = tuple(row.name for row in LIMITED.values()) if self.spec.ranges else ()
        names = dict.fromkeys((*self.columns, *_with_ends(limited)))
        results = {name: np.full(stop - start, np.nan) for name in names}
        verdicts, reasons = np.zeros(stop - start, np.int64), np.zeros(stop - start, np.int64)
        texts = {"": 0}
        for chosen, rows in self._groups(codes):
            graph = self._graph(chosen)
            chunks = self._fill(results, graph, codes, rows)
            for place, values in chunks:
                drawn = graph.roots if self.spec.ranges else ()
                highs = {name: results[f"{name}_high"][place] for name in drawn}
                verdicts[place], reasons[place] = _judge(graph, values, highs, texts)
        impossible = verdicts == VERDICTS.index("infeasible")
        for name in self.columns:
            if name.removesuffix("_low").removesuffix("_high") in self._paid:
                results[name][impossible] = np.nan
        words = (Words(VERDICTS, verdicts), Words(tuple(texts), reasons))
        shown = {name: results[name] for name in self.columns}
        return Block(codes, shown, dict(zip(JUDGED, words, strict=True)))

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What the graphs of all rows are built with."""
        if isinstance(self.points, Rows) and not all(self.along):
            columns = zip(self.points.columns, self.along, strict=True)
            codes = ((column * (not moves)).tolist() for column, moves in columns)
            return tuple(dict.fromkeys(zip(*codes, strict=True)))
        values = zip(self.axes, self.along, strict=True)
        return tuple(product(*(range(1 if moves else len(axis)) for axis, moves in values)))

    @cached_property
    def run(self) -> int:
        """How many rows of one graph stand together, all of them unless `scattered`."""
        fixed = [place for place, moves in enumerate(self.along) if not moves]
        after = self.axes[fixed[-1] + 1 :] if fixed else self.axes
        return 1 if isinstance(self.points, Rows) else prod(map(len, after))

    @property
    def scattered(self) -> bool:
        """Whether rows of one graph stand in several places."""
        return self.run * len(self.kinds) < len(self)

    @property
    def seconds(self) -> float:
        """About how long one process computes."""
        row = RANGE_SECONDS if self.spec.ranges else ROW_SECONDS
        return row * len(self) + GRAPH_SECONDS * len(self.kinds)

    def graphs(self, kinds: Iterable[Kind]) -> dict[Kind, Graph]:
        """Build graphs, which another process may `take`."""
        return {kind: self._built(kind) for kind in kinds}

    def take(self, graphs: Mapping[Kind, Graph]) -> None:
        """Use graphs that were built elsewhere."""
        self._graphs.update(graphs)

    @property
    def _paid(self) -> tuple[str, ...]:
        rows = map(BY_NAME.__getitem__, self.spec.fields)
        return tuple(row.name for row in rows if row.direction == "less" and row.stages in PAID)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the result columns."""
        if not self.spec.ranges:
            return self.spec.fields
        return _with_ends(self.spec.fields)

    def _points(self) -> Points:
        build(typed(self._document, path=self.spec.path, catalog=self._catalog))
        if self.spec.table:
            points: Points = read_table(self.spec.table, self._document)
        else:
            points = Grid([read_axis(written, self._document) for written in self.spec.over])
        keys = [axis.key for axis in points.axes]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice or not keys:
            message = f"{twice[0]} is swept twice" if twice else "nothing is swept"
            raise refusal("CC029", message)
        return points

    def _groups(
        self, codes: Sequence[Codes]
    ) -> Iterator[tuple[dict[int, int], NDArray[np.int64] | slice]]:
        """Yield, for each graph the rows need, the codes that choose it and its rows."""
        fixed = [place for place, moves in enumerate(self.along) if not moves]
        if not fixed:
            yield {}, slice(None)
            return
        several = np.stack([codes[place] for place in fixed])
        kinds, member = np.unique(several, axis=1, return_inverse=True)
        for number, kind in enumerate(kinds.T.tolist()):
            rows = np.flatnonzero(member.reshape(-1) == number)
            yield dict(zip(fixed, kind, strict=True)), rows

    def _fill(
        self,
        results: Mapping[str, Array],
        graph: Graph,
        codes: Sequence[Codes],
        rows: NDArray[np.int64] | slice,
    ) -> list[tuple[NDArray[np.int64] | slice, Evaluation]]:
        """Write the results of the rows that share a graph; return what the checks read."""
        known = {name: node for name, node in graph.roots.items() if not isinstance(node, Unknown)}
        bindings = self._bindings(graph, codes, rows)
        length = len(codes[0][rows])
        read = []
        roots = (*known.values(), *graph.judged)
        chunks = evaluate_in_chunks(
            roots, along="grid", length=length, bindings=bindings, size=BLOCK
        )
        for start, values in zip(range(0, length, BLOCK), chunks, strict=True):
            here = slice(start, start + BLOCK)
            place = here if isinstance(rows, slice) else rows[here]
            for name, node in known.items():
                value = values[node]
                if value is not None:
                    results[name][place] = value
            read.append((place, values))
        if self.spec.ranges:
            self._put_ends(results, known, bindings, rows, length)
        return read

    def _put_ends(
        self,
        results: Mapping[str, Array],
        known: Mapping[str, Node],
        grid: Mapping[str, Along],
        rows: NDArray[np.int64] | slice,
        length: int,
    ) -> None:
        """Write the ends of the 90 % interval of each row beside its central value."""
        middle = {name: results[name][rows] for name in known}
        known = {name: node for name, node in known.items() if np.isfinite(middle[name]).any()}
        found = intervals_along(
            known.values(),
            {node: middle[name] for name, node in known.items()},
            grid=grid,
            length=length,
            samples=DEFAULT_SAMPLES,
            seed=self.spec.seed,
        )
        for name, node in known.items():
            low, high = found.get(node, (middle[name], middle[name]))
            results[f"{name}_low"][rows] = np.minimum(low, middle[name])
            results[f"{name}_high"][rows] = np.maximum(high, middle[name])

    def _bindings(
        self, graph: Graph, codes: Sequence[Codes], rows: NDArray[np.int64] | slice
    ) -> dict[str, Along]:
        bindings: dict[str, Along] = {}
        for place, axis in enumerate(self.axes):
            if self.along[place] and axis.values is not None:
                values = Along("grid", axis.values[codes[place][rows]])
                bindings.update(dict.fromkeys(graph.leaves[axis.key], values))
        return bindings

    def _graph(self, chosen: Mapping[int, int]) -> Graph:
        kind = tuple(chosen.get(place, 0) for place in range(len(self.axes)))
        if kind not in self._graphs:
            if not self.scattered:  # Each is needed once.
                self._graphs.clear()
            self._graphs[kind] = self._built(kind)
        return self._graphs[kind]

    def _built(self, codes: Sequence[int]) -> Graph:
        document = self._document
        for axis, code in zip(self.axes, codes, strict=True):
            document = assign(document, axis.assignment(code))
        model = build(typed(document, path=self.spec.path, catalog=self._catalog))
        scenario = model.resolved.scenario
        limits = limits_of(scenario.budget, scenario.currency_rates or {})
        limited = [LIMITED[key].name for key, *_ in limits] if self.spec.ranges else []
        roots = {name: model.totals[name] for name in (*self.spec.fields, *limited)}
        places = {axis.key: str(document.place((*axis.key.split("."),))) for axis in self.axes}
        judged = tuple(nodes_judged(model))
        inputs = list(leaves((*roots.values(), *judged)))
        named = {
            axis.key: tuple(
                leaf.name
                for leaf in inputs
                if leaf.provenance.place.rpartition(":")[0] == places[axis.key]
            )
            for axis in self.axes
        }
        return Graph(model, roots, named, judged, layout_doubts(model, evaluate(judged)))

    def _agree(self, along: Sequence[bool]) -> bool:
        """Whether a few rows come to the same from arrays as from their own text."""
        if not any(along):
            return True
        for even, odd in _CHECKED:
            codes = [
                round((odd if place % 2 else even) * (len(axis) - 1))
                for place, axis in enumerate(self.axes)
            ]
            base = self._built(
                [0 if moves else code for moves, code in zip(along, codes, strict=True)]
            )
            if not self._same(base, self._built(codes), codes, along):
                return False
        return True

    def _same(self, base: Graph, other: Graph, codes: Sequence[int], along: Sequence[bool]) -> bool:
        bindings: dict[str, float | Along] = {}
        nodes, others = (*base.roots.values(), *base.judged), (*other.roots.values(), *other.judged)
        below = {leaf.name: leaf for leaf in leaves(nodes)}
        for axis, code, moves in zip(self.axes, codes, along, strict=True):
            if moves and axis.values is not None:
                names = [name for name in base.leaves[axis.key] if name in below]
                bindings.update(dict.fromkeys(names, float(axis.values[code])))
        mine, theirs = evaluate(nodes, bindings=bindings), evaluate(others)
        if _said(base, mine) != _said(other, theirs):
            return False
        for name in self.spec.fields:
            one, two = mine[base.roots[name]], theirs[other.roots[name]]
            if (one is None) != (two is None):
                return False
            if not (one is None or two is None or np.allclose(one, two, **_AGREEMENT)):
                return False
        first, second = (_spreads(graph.roots.values(), bindings) for graph in (base, other))
        return not self.spec.ranges or first == second


@lru_cache(maxsize=2)
def swept_rows(spec: SweepSpec) -> SweptRows:
    """The rows of a sweep, prepared once per process."""
    return SweptRows(spec)


def _with_ends(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name}{end}" for name in names for end in ("", "_low", "_high"))


def _judge(
    graph: Graph, values: Evaluation, highs: Mapping[str, Array], texts: dict[str, int]
) -> tuple[Codes, Codes]:
    """The worst verdict of each row and its first reason, as places in their texts."""
    doubts = (*graph.fixed, *row_doubts(graph.model, values, highs))
    shape = np.broadcast_shapes(*(np.shape(doubt.where) for doubt in doubts), (1,))
    least = VERDICTS.index(graph.model.least_verdict(values))
    verdicts, reasons = np.full(shape, least), np.zeros(shape, np.int64)
    for doubt in doubts:
        rank = VERDICTS.index(doubt.verdict)
        worse = doubt.where & (verdicts < rank)
        if worse.any():
            verdicts[worse] = rank
            reason = "" if doubt.verdict == "feasible" else doubt.reason
            reasons[worse] = texts.setdefault(reason, len(texts))
        if doubt.reason == BY_CENTRAL and (kept := doubt.where & (verdicts == rank)).any():
            reasons[kept] = texts.setdefault(BY_CENTRAL, len(texts))
    return verdicts, reasons


def _said(graph: Graph, values: Evaluation) -> tuple[str, str]:
    """The verdict of one row and its reason in words."""
    texts = {"": 0}
    verdicts, reasons = _judge(graph, values, {}, texts)
    return VERDICTS[int(verdicts[0])], list(texts)[int(reasons[0])]


def _spreads(roots: Iterable[Node], swept: Container[str]) -> dict[str, Spread]:
    """How uncertain the inputs are that are not swept."""
    below = leaves(roots)
    return {it.name: it.spread for it in below if it.spread is not None and it.name not in swept}
