"""The 90 % interval of every result: the same graph on stratified draws of its inputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from costcheck.core.evaluation import evaluate_in_chunks
from costcheck.core.graph import Along, Array, Input, Node, leaves
from costcheck.core.quantiles import QuantileHistogram, controlled_quantiles
from costcheck.core.sampling import CHUNK, InputDraws, normal_scores, prepare

ONE_BLOCK = 65_536
"""Up to here all draws of a result are kept and sharpened; beyond, histograms keep memory flat."""

Interval = tuple[float, float]


def intervals(roots: Mapping[str, Node], *, samples: int, seed: int) -> dict[str, Interval]:
    """Return the 5 % and 95 % points of results.

    Parameters
    ----------
    roots : mapping of str to Node
        Known results by name.
    samples : int
        Draws; each uncertain input visits that many strata.
    seed : int
        Seed; with the name of an input it decides its draws.

    Returns
    -------
    dict
        Absent for results that no uncertain input moves.
    """
    wanted = {name: node for name, node in roots.items() if uncertain_inputs([node])}
    inputs = uncertain_inputs(wanted.values())
    if not wanted:
        return {}
    drawn = prepare(
        {leaf.name: leaf.spread for leaf in inputs if leaf.spread}, total=samples, seed=seed
    )
    if samples <= ONE_BLOCK:
        values = _all_draws(wanted, drawn, samples)
        scores = normal_scores(drawn, total=samples, seed=seed)
        ends = controlled_quantiles(values, scores, (0.05, 0.95))
    else:
        ends = _streamed(wanted, drawn, samples)
    return {name: (float(ends[0, k]), float(ends[1, k])) for k, name in enumerate(wanted)}


def uncertain_inputs(roots: object) -> list[Input]:
    """Return the inputs below the roots that have a spread."""
    return [leaf for leaf in leaves(roots) if leaf.spread is not None]  # type: ignore[arg-type]


def draw_bindings(drawn: Mapping[str, InputDraws]) -> dict[str, float | Along]:
    """Return bindings that read the draws slice by slice."""
    return {name: Along("draw", item.slice) for name, item in drawn.items()}


def _all_draws(wanted: Mapping[str, Node], drawn: Mapping[str, InputDraws], samples: int) -> Array:
    values = np.empty((len(wanted), samples))
    start = 0
    for part in evaluate_in_chunks(
        wanted.values(), along="draw", length=samples, bindings=draw_bindings(drawn), size=CHUNK
    ):
        stop = min(start + CHUNK, samples)
        for row, node in enumerate(wanted.values()):
            values[row, start:stop] = part[node]
        start = stop
    return values


def _streamed(wanted: Mapping[str, Node], drawn: Mapping[str, InputDraws], samples: int) -> Array:
    histograms = {name: QuantileHistogram() for name in wanted}
    for part in evaluate_in_chunks(
        wanted.values(), along="draw", length=samples, bindings=draw_bindings(drawn), size=CHUNK
    ):
        for name, node in wanted.items():
            value = part[node]
            if value is not None:
                histograms[name].add(value)
    return np.stack([h.quantiles((0.05, 0.95)) for h in histograms.values()], axis=1)
