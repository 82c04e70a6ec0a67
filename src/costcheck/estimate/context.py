"""What stands around an estimate: the ladder of scopes, thresholds, scaling laws."""

import math
from collections.abc import Mapping
from dataclasses import replace

from costcheck.catalog.words import words_of
from costcheck.estimate.assumptions import strongest_assumptions
from costcheck.estimate.ladder import RungNode, ladder_nodes, with_claims
from costcheck.estimate.model import Model
from costcheck.estimate.ranges import intervals
from costcheck.estimate.reading import figure_of
from costcheck.estimate.result import ClaimVerdict, Context, Figure, LawLine, Rung
from costcheck.estimate.scaling import scaling_nodes
from costcheck.estimate.study import known_value
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES
from costcheck.graph.evaluation import Evaluation, evaluate
from costcheck.graph.nodes import Node, Sum
from costcheck.physics.thresholds import ThresholdLine, crossings, read_thresholds
from costcheck.scenario.claim import about_the_run

ROUNDING = 1e-9
"""By which two formulas of one sum may differ."""


def context_of(
    model: Model,
    figures: Mapping[str, Figure],
    claims: tuple[ClaimVerdict, ...],
    *,
    samples: int,
    seed: int,
) -> Context:
    """Context of a scenario whose figures and claims are known."""
    flops, cost = figures["training_flops"], figures["cost_usd"]
    rungs, laws = ladder_nodes(model), scaling_nodes(model)
    climbed = [node for rung in rungs for node in (rung.node, rung.share) if node is not None]
    weighed = [node for law in laws for node in law.nodes.values()]
    counted = _counted_flops(model)
    served = _serving(model)
    nodes = [*climbed, *weighed, *served.values(), *([counted] if counted else [])]
    central = evaluate([*model.roots(), *nodes])
    known = [node for node in nodes if central[node] is not None]
    # These figures are shown to two or three digits, which the default settles.
    ends = intervals(known, central.values, samples=min(samples, DEFAULT_SAMPLES), seed=seed)
    if counted:
        flops = figure_of(counted, central, ends, "")
    scaling = tuple(
        LawLine(
            law=law.law,
            source=law.source,
            **{name: figure_of(node, central, ends, "") for name, node in law.nodes.items()},
        )
        for law in laws
    )
    shown = tuple(line for line in scaling if line.parameters.central is not None)
    return Context(
        ladder=_ladder(model, rungs, cost, central, ends, claims),
        thresholds=_thresholds(flops, model),
        scaling=shown,
        assumptions=strongest_assumptions(model.totals, central),
        serving={name: figure_of(node, central, ends, node.why) for name, node in served.items()},
        nodes=(*climbed, *(weighed if shown else ()), *served.values()),
        evaluation=Evaluation((), central.values),
    )


def _serving(model: Model) -> dict[str, Node]:
    """What serving the model takes, where the file asks."""
    if model.resolved.scenario.serving is None:
        return {}
    from costcheck.estimate.serving import serving_nodes

    return serving_nodes(model)


def _counted_flops(model: Model) -> Node | None:
    """Compute that rules count: what goes into the model, made data included, research not."""
    counted = [s for s in model.stages if s.resolved.stage.kind != "ablations"]
    if len(counted) == len(model.stages):
        return None
    return Sum(
        name="thresholds/training_flops",
        unit="FLOP",
        why="all stages but ablations",
        parts=tuple(stage.results["training_flops"] for stage in counted),
    )


def _thresholds(flops: Figure, model: Model) -> tuple[ThresholdLine, ...]:
    """Every rule that existed on the day, from the smallest threshold up."""
    if flops.low is None or flops.central is None or flops.high is None:
        return ()
    known = model.known
    studies = [stage.study for stage in model.stages]
    adapts = any(s.adapts for s in studies) and not any(s.from_scratch for s in studies)
    crossed = crossings(
        read_thresholds(known.thresholds.data),
        low_flops=flops.low,
        central_flops=flops.central,
        high_flops=flops.high,
        as_of=model.resolved.as_of,
        kinds=frozenset({"modification"} if adapts else ()),
    )
    return tuple(
        replace(item, sources=known.thresholds.labels({"sources": item.sources}))
        for item in crossed
    )


def _ladder(
    model: Model,
    rungs: tuple[RungNode, ...],
    cost: Figure,
    central: Evaluation,
    ends: Mapping[Node, tuple[float, float]],
    claims: tuple[ClaimVerdict, ...],
) -> tuple[Rung, ...]:
    ladder = tuple(
        Rung(
            rung=rung.name,
            label=words_of("ladder")[rung.name],
            sources=rung.sources,
            stated_usd=None if rung.stated is None else known_value(rung.stated),
            **vars(figure_of(rung.node, central, ends, _basis(rung, central))),
        )
        for rung in rungs
    )
    ladder = tuple(_with_the_run(rung, cost) for rung in ladder)
    subject = about_the_run(model.resolved.scenario.claims)
    return with_claims(ladder, tuple(claim for claim in claims if claim.id in subject))


def _with_the_run(rung: Rung, cost: Figure) -> Rung:
    """A rung that adds to the run has its range where it adds nothing, and begins no lower."""
    known = (rung.low, rung.central, rung.high, cost.low, cost.central, cost.high)
    low, central, high, least, usual, most = (math.nan if end is None else end for end in known)
    if not rung.label.startswith("+") or not central >= usual * (1.0 - ROUNDING):
        return rung
    same = math.isclose(central, usual, rel_tol=ROUNDING)
    return replace(rung, low=max(low, least), high=most if same else max(high, most))


def _basis(rung: RungNode, central: Evaluation) -> str:
    share = None if rung.share is None else central[rung.share]
    if share is None:
        return rung.basis
    used = float(share)
    words = f"{used:.3g} such years" if used >= 1.0 else f"{100.0 * used:.2g} % of it"
    return f"{rung.basis}; the run takes {words}"
