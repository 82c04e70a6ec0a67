"""The only wiring: from a scenario to its graph, and from the graph to an estimate.

Read top to bottom this is the method: names are resolved, each stage becomes FLOPs, time, money
and energy, the stages become totals, the graph is evaluated at the central inputs and on draws,
and feasibility and claims are judged on what it says.
"""

from costcheck.estimate.model import Model, build
from costcheck.estimate.result import Estimate
from costcheck.estimate.summary import summarize
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.graph.evaluation import evaluate
from costcheck.scenario.load import Loaded

__all__ = ["Model", "build", "estimate"]


def estimate(
    loaded: Loaded, *, samples: int = DEFAULT_SAMPLES, seed: int = DEFAULT_SEED
) -> Estimate:
    """Estimate a scenario: central values, 90 % intervals, feasibility and claims."""
    model = build(loaded)
    central = evaluate(model.roots())
    return summarize(loaded, model, central, samples=samples, seed=seed)
