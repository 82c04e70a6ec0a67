"""How far each input that nobody stated moves a result alone."""

from collections.abc import Mapping

import numpy as np

from costcheck.estimate.ranges import uncertain_inputs
from costcheck.estimate.result import Moved
from costcheck.graph.evaluation import Evaluation, evaluate_in_chunks
from costcheck.graph.nodes import Along, Array, Node
from costcheck.graph.variance import Evaluate, swings

ANSWERS = ("cost_usd", "days")
"""The results a run is asked for, the first that is known is looked at."""

KEPT = 3
"""Inputs that are kept, the strongest first."""


def strongest_assumptions(totals: Mapping[str, Node], central: Evaluation) -> tuple[Moved, ...]:
    """The assumptions that move the answer most, as shares of it."""
    name = next((name for name in ANSWERS if central[totals[name]]), "")
    middle = central[totals[name]] if name else None
    if middle is None:
        return ()
    spreads = {
        leaf.name: leaf.spread
        for leaf in uncertain_inputs([totals[name]])
        if leaf.spread is not None and leaf.provenance.assumed
    }
    if not spreads:
        return ()
    bars = list(swings(evaluator(totals[name]), spreads).items())[:KEPT]
    return tuple(
        Moved(
            result=name,
            input=path,
            low=min(bar.low, bar.high) / float(middle) - 1.0,
            high=max(bar.low, bar.high) / float(middle) - 1.0,
        )
        for path, bar in bars
    )


def evaluator(root: Node) -> Evaluate:
    """Return the result as a function of draws of its inputs, evaluated in chunks."""

    def result(values: Mapping[str, Array]) -> Array:
        length = max(len(column) for column in values.values())
        bindings = {name: Along("draw", column) for name, column in values.items()}
        parts = evaluate_in_chunks([root], along="draw", length=length, bindings=bindings)
        first, *rest = (np.asarray(part.values[root]) for part in parts)
        return np.concatenate([first, *rest]) if first.ndim else np.broadcast_to(first, length)

    return result
