"""The 90 % interval of every result: the same graph on stratified draws of its inputs."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from costcheck.graph.evaluation import Evaluation, evaluate, evaluate_in_chunks
from costcheck.graph.nodes import Along, Array, Input, Node, leaves
from costcheck.graph.proportions import Powers, powers
from costcheck.graph.quantiles import QuantileHistogram, controlled_quantiles
from costcheck.graph.sampling import CHUNK, InputDraws, normal_scores, prepare
from costcheck.units import HIGH_PROBABILITY, LOW_PROBABILITY

ONE_BLOCK = 65_536
"""Up to here all draws of a result are kept and sharpened; beyond, histograms keep memory flat."""

ENDS = (LOW_PROBABILITY, HIGH_PROBABILITY)
"""Ends of the 90 % interval."""

Interval = tuple[float, float]


def intervals(roots: Iterable[Node], *, samples: int, seed: int) -> dict[Node, Interval]:
    """The 5 % and 95 % points of results."""
    known = list(dict.fromkeys(roots))
    varying = powers(known)
    first: dict[Powers | Node, Node] = {}
    central = evaluate(known)
    for node in known:
        if varying[node]:
            first.setdefault(_kind(node, varying, central), node)
    wanted = list(first.values())
    if not wanted:
        return {}
    spreads = {leaf.name: leaf.spread for leaf in uncertain_inputs(wanted) if leaf.spread}
    drawn = prepare(spreads, total=samples, seed=seed)
    if samples <= ONE_BLOCK:
        values = all_draws(wanted, drawn, samples)
        scores = normal_scores(drawn, total=samples, seed=seed)
        ends = controlled_quantiles(values, scores, ENDS)
    else:
        ends = _streamed(wanted, drawn, samples)
    drawn_ends = dict(zip(wanted, ends.T, strict=True))
    return {
        node: _scaled(node, first[_kind(node, varying, central)], drawn_ends, central)
        for node in known
        if varying[node]
    }


def _kind(node: Node, varying: Mapping[Node, Powers], central: Evaluation) -> Powers | Node:
    """What nodes that vary in proportion share; a node of its own where none is known."""
    value = central[node]
    return varying[node] if value is not None and np.isfinite(value) and value else node


def _scaled(node: Node, first: Node, ends: Mapping[Node, Array], central: Evaluation) -> Interval:
    """The ends of a node's interval from those of the first that varies in proportion."""
    mine, its = central[node], central[first]
    factor = 1.0 if node is first or mine is None or its is None else float(mine / its)
    low, high = sorted(float(end) * factor for end in ends[first])
    return low, high


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
