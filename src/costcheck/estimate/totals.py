"""The whole run from its stages: what adds, what is the larger, what is a ratio of sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costcheck.estimate.desk import StageDesk
from costcheck.estimate.overheads import overhead_lines
from costcheck.estimate.stage import StageNodes
from costcheck.graph.nodes import Extreme, Node, Product, Sum, Unknown
from costcheck.quantities import RESULTS

Aggregate = Callable[[str, Sequence[StageNodes], StageDesk], Node]


def total_nodes(stages: Sequence[StageNodes], desk: StageDesk) -> dict[str, Node]:
    """Return the results over all stages, by their JSON names."""
    if len(stages) == 1 and not desk.desk.scenario.stages:
        return dict(stages[0].results)
    return {
        name: _AGGREGATES[RESULTS[name].stages](name, stages, desk) for name in stages[0].results
    }


def _first(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return the figure of the first stage that knows it: the main run comes first."""
    found = (stage.results[name] for stage in stages)
    return next((node for node in found if not _is_unknown(node)), stages[0].results[name])


def _sum(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return the sum over stages; one that is unknown makes it "at least"."""
    parts = tuple(stage.results[name] for stage in stages)
    return Sum(name=name, unit=parts[0].unit, why="all stages", parts=_once(parts))


def _cost(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return the cost of all stages with the overheads."""
    parts = _once(tuple(stage.results[name] for stage in stages))
    parts = (*parts, *overhead_lines(desk))
    return Sum(name="cost", unit="USD", why="all stages", parts=parts)


def _largest(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return the largest of the stages."""
    parts = _once(tuple(stage.results[name] for stage in stages))
    return Extreme(name=name, unit=parts[0].unit, why="the largest of the stages", parts=parts)


def _fleet(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return what has to be there at once: stages side by side cannot share machines."""
    parts = tuple(
        group[0]
        if len(group) == 1
        else Sum(name=f"total/{name}/{k}", unit="USD", why="stages side by side", parts=group)
        for k, group in enumerate(_side_by_side(name, stages))
    )
    why = "the largest of what stands side by side"
    return Extreme(name=name, unit=parts[0].unit, why=why, parts=_once(parts))


def _days(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return days one after the other; a concurrent stage runs beside the one before it."""
    parts = tuple(
        group[0]
        if len(group) == 1
        else Extreme(
            name=f"total/{name}/{k}",
            unit="days",
            why="stages side by side: the longest",
            parts=group,
        )
        for k, group in enumerate(_side_by_side(name, stages))
    )
    return Sum(name=name, unit="days", why="stages one after the other", parts=parts)


def _side_by_side(name: str, stages: Sequence[StageNodes]) -> list[tuple[Node, ...]]:
    """Return the results of a name in groups: a concurrent stage joins the one before it."""
    groups: list[tuple[Node, ...]] = []
    for stage in stages:
        node = stage.results[name]
        if stage.resolved.stage.concurrent and groups:
            groups[-1] = (*groups[-1], node)
        else:
            groups.append((node,))
    return groups


def _utilization(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return FLOPs over what the peak allowed, over the stages that know both."""
    six_nd = name == "mfu_end_to_end_6nd"
    counted = [
        stage
        for stage in stages
        if not _is_unknown(stage.compute.training_flops)
        and not _is_unknown(stage.timing.gpu_hours)
        and not _is_unknown(stage.results[name])
    ]
    if not counted:
        return desk.unknown(name, "share", "no stage states FLOPs and GPU-hours")
    if len(counted) == 1:
        return counted[0].results[name]
    done = tuple(s.compute.six_nd_flops if six_nd else s.compute.training_flops for s in counted)
    possible = tuple(_possible(name, stage, desk) for stage in counted)
    return Product(
        name=name,
        unit="share",
        why="FLOPs of the stages over what their peak allowed",
        over=(Sum(name=f"total/{name}/flops", unit="FLOP", parts=_once(done)),),
        under=(Sum(name=f"total/{name}/peak_flop", unit="FLOP", parts=_once(possible)),),
    )


def _possible(name: str, stage: StageNodes, desk: StageDesk) -> Node:
    timing = stage.timing
    if name != "mfu":
        return timing.peak_flop
    return Product(
        name=f"{stage.resolved.stage.name}/mfu/productive_peak_flop",
        unit="FLOP",
        why="peak FLOP of the productive GPU-hours",
        over=(timing.peak_flop, timing.goodput),
    )


def _goodput(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return the goodput weighted by GPU-hours."""
    counted = [s for s in stages if not _is_unknown(s.timing.gpu_hours)]
    if not counted:
        return desk.unknown(name, "share", "no stage has GPU-hours")
    productive = tuple(
        Product(
            name=f"{s.resolved.stage.name}/gpu_hours/productive",
            unit="GPU-hours",
            why="GPU-hours that advanced the run",
            over=(s.timing.gpu_hours, s.timing.goodput),
        )
        for s in counted
    )
    hours = tuple(s.timing.gpu_hours for s in counted)
    return Product(
        name=name,
        unit="share",
        why="productive share of the GPU-hours",
        over=(Sum(name="total/gpu_hours/productive", unit="GPU-hours", parts=productive),),
        under=(Sum(name="total/gpu_hours/counted", unit="GPU-hours", parts=hours),),
    )


def _price(name: str, stages: Sequence[StageNodes], desk: StageDesk) -> Node:
    """Return the average price of the GPU-hours that have one."""
    nodes = _once(tuple(stage.results[name] for stage in stages))
    if len(nodes) == 1:
        return nodes[0]
    priced = [s for s in stages if not _is_unknown(s.results["cost_usd"])]
    if not priced:
        return nodes[0]
    costs = tuple(s.results["cost_usd"] for s in priced)
    hours = tuple(s.timing.gpu_hours for s in priced)
    return Product(
        name=name,
        unit="USD/GPU-hour",
        why="cost over GPU-hours",
        over=(Sum(name=f"total/{name}/cost", unit="USD", parts=costs),),
        under=(Sum(name=f"total/{name}/gpu_hours", unit="GPU-hours", parts=hours),),
    )


def _is_unknown(node: Node) -> bool:
    # A product with an unknown factor is unknown; a sum with one is not.
    if isinstance(node, Unknown):
        return True
    if node.tolerates_unknown:
        return all(_is_unknown(child) for child in node.children)
    return any(_is_unknown(child) for child in node.children)


def _once(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(dict.fromkeys(parts))


_AGGREGATES: dict[str, Aggregate] = {
    "first": _first,
    "sum": _sum,
    "cost": _cost,
    "days": _days,
    "largest": _largest,
    "at once": _fleet,
    "utilization": _utilization,
    "goodput": _goodput,
    "price": _price,
}
"""How the results of the stages become those of the whole run, by `Definition.stages`."""
