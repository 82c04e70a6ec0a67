"""The only wiring: from a scenario to its graph, and from the graph to an estimate.

Read top to bottom this is the method: names are resolved, each stage becomes FLOPs, time, money
and energy, the stages become totals, the graph is evaluated at the central inputs and on draws,
and feasibility and claims are judged on what it says. What only audits claims needs none of it:
the wiring is imported where a model is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED

if TYPE_CHECKING:
    from costcheck.estimate.model import Model
    from costcheck.estimate.result import Estimate
    from costcheck.scenario.load import Loaded

__all__ = ["build", "estimate"]


def build(loaded: Loaded) -> Model:
    """Build the graph of a scenario."""
    from costcheck.estimate.model import build as wire

    return wire(loaded)


def estimate(
    loaded: Loaded, *, samples: int = DEFAULT_SAMPLES, seed: int = DEFAULT_SEED
) -> Estimate:
    """Estimate a scenario: central values, 90 % intervals, feasibility and claims."""
    from costcheck.estimate.ranges import refuse_too_few
    from costcheck.estimate.summary import summarize
    from costcheck.graph.evaluation import evaluate

    model = build(loaded)
    refuse_too_few(samples, model.known)
    central = evaluate(model.roots())
    return summarize(loaded, model, central, samples=samples, seed=seed)
