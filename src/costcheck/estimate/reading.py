"""Results read from an evaluated graph: values with their intervals, or the reason for none."""

from collections.abc import Mapping, Sequence
from math import isfinite

from costcheck import units
from costcheck.estimate.result import SUPPORT, Figure, Support
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import RESIDUALS, TRAINING_KINDS, concurrent_groups
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node, Unknown, leaves, walk


def supports(stages: Sequence[StageNodes]) -> dict[str, Support]:
    """How far from measured runs each prediction is, by the leaf of its error."""
    found: dict[str, Support] = {}
    for stage in stages:
        if stage.prediction is None:
            continue
        predicted = stage.prediction
        nodes = (predicted.step_seconds, predicted.memory, stage.timing.gpu_hours)
        errors = [leaf.name for leaf in leaves(nodes) if leaf.name.endswith(RESIDUALS)]
        found |= dict.fromkeys(errors, stage.prediction.performance.support)
    return found


def figure_of(
    node: Node,
    central: Evaluation,
    ends: Mapping[Node, tuple[float, float]],
    basis: str,
    support: Mapping[str, Support] = {},
) -> Figure:
    """A result with its interval, or with the reason why it is unknown."""
    value = central[node]
    if value is None:
        return Figure(
            low=None, central=None, high=None, unit=node.unit, reason=reason_of(node, central)
        )
    middle = float(value)
    if not isfinite(middle):
        return _exactly(None, node.unit, _barred(node, central))
    low, high = ends.get(node, (middle, middle))
    bound, inputs = central.partial.get(node), tuple(leaves([node]))
    return Figure(
        low=min(low, middle),
        central=middle,
        high=max(high, middle),
        unit=node.unit,
        basis=f"a part is unknown; {basis}" if bound == "incomplete" else basis,
        assumed=any(leaf.provenance.assumed for leaf in inputs),
        support=max(
            (support.get(leaf.name, "inside") for leaf in inputs),
            key=SUPPORT.index,
            default="inside",
        ),
        at_least=bound == "at least",
    )


def _barred(node: Node, central: Evaluation) -> str:
    return "; ".join(central.infeasible(node)) or "too large to be computed from what is stated"


def reason_of(node: Node, central: Evaluation) -> str:
    """Why a node is unknown: the reason of the first unknown below it."""
    for below in walk([node]):
        if isinstance(below, Unknown):
            return below.why
    return "cannot be computed from what is stated"


def _exactly(value: float | None, unit: str, reason: str = "") -> Figure:
    return Figure(low=value, central=value, high=value, unit=unit, reason=reason)


def claimable_figures(stages: Sequence[StageNodes], central: Evaluation) -> dict[str, Figure]:
    """Figures that claims are compared with besides the results."""
    main = stages[0]
    trained = [stage.compute.tokens for stage in stages if stage.study.stage.kind in TRAINING_KINDS]
    studies = [stage.study for stage in stages]
    side_by_side = concurrent_groups(studies, [stage.timing.count for stage in stages])
    fleets = [_sum(counts, central) for counts in side_by_side]
    counts = {
        "gpus": (max((count for count in fleets if count), default=None), main.timing.count),
        "tokens": (_sum(trained, central), main.compute.tokens),
    }
    return {
        **{
            name: _exactly(value, node.unit, reason_of(node, central) if value is None else "")
            for name, (value, node) in counts.items()
        },
        "peak": _exactly(_average_peak(stages, central), "FLOP/s"),
    }


def _sum(nodes: Sequence[Node], central: Evaluation) -> float | None:
    """The sum of what is known."""
    known = [float(value) for node in nodes if (value := central[node]) is not None]
    return sum(known) if known else None


def _average_peak(stages: Sequence[StageNodes], central: Evaluation) -> float | None:
    """The peak of an accelerator, averaged over GPU-hours where parts differ."""
    possible = seconds = 0.0
    for stage in stages:
        flop, hours = central[stage.timing.peak_flop], central[stage.timing.gpu_hours]
        if flop is not None and hours is not None:
            possible += float(flop)
            seconds += float(hours) * units.SECONDS_PER_HOUR
    if seconds:
        return possible / seconds
    peak = central[stages[0].timing.peak]
    return None if peak is None else float(peak)
