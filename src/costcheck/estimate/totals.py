"""The whole run from its stages: what adds, what is the larger, what is a ratio of sums."""

from collections.abc import Callable, Sequence
from typing import Any

from costcheck.estimate.bill import Spent
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import Leaves, concurrent_groups
from costcheck.graph.nodes import Node, Unknown, largest, total
from costcheck.quantities import RESULTS

Aggregate = Callable[[str, Sequence[StageNodes], Leaves], Node]


def total_nodes(stages: Sequence[StageNodes], leaves: Leaves) -> dict[str, Node]:
    """Results over all stages, by their JSON names."""
    if len(stages) == 1 and not leaves.scenario.stages:
        return dict(stages[0].results)
    return {
        name: _AGGREGATES[RESULTS[name].stages](name, stages, leaves) for name in stages[0].results
    }


def joined_basis(name: str, stages: Sequence[StageNodes]) -> str:
    """Basis of a total: that of the stages, each named where they differ."""
    names: dict[str, list[str]] = {}
    for stage in stages:
        if basis := stage.bases.get(name, ""):
            names.setdefault(basis, []).append(stage.resolved.stage.name)
    if len(names) < 2:
        return next(iter(names), "")
    return "; ".join(f"{', '.join(stages)}: {basis}" for basis, stages in names.items())


def _first(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    """The figure of the first stage that knows it: the main run comes first."""
    nodes = [stage.results[name] for stage in stages]
    return next((node for node in nodes if not _is_unknown(node)), nodes[0])


def _sum(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    parts = _results(name, stages)
    return leaves.result(name, total(*parts), "all stages")


def _cost(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    costs = _results(name, stages)
    if leaves.scenario.overheads is None:
        return leaves.let("cost", "USD", total(*costs), "all stages")
    from costcheck.estimate.overheads import overhead_lines

    compute = leaves.let("cost/stages", "USD", total(*costs), "accelerators of all stages")
    idle = leaves.let("cost/idle_hours", "USD", total(*(stage.spent.idle for stage in stages)))
    rented = tuple(node for stage in stages for node in stage.spent.rented)
    spent = Spent(compute=compute, idle=idle, rented=rented)
    days = _days("days", stages, leaves)
    parts = (*costs, *overhead_lines(leaves, stages[0].study.known, spent, days))
    return leaves.let("cost", "USD", total(*parts), "all stages")


def _largest(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    parts = _results(name, stages)
    return leaves.result(name, largest(*parts), "the largest of the stages")


def _fleet(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    """What has to be there at once: stages side by side cannot share machines."""
    parts = _side_by_side(name, stages, leaves, total, "stages side by side")
    why = "the largest of what stands side by side"
    return leaves.result(name, largest(*dict.fromkeys(parts)), why)


def _days(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    """Days one after the other; a concurrent stage runs beside the one before it."""
    why = "stages side by side: the longest"
    parts = _side_by_side(name, stages, leaves, largest, why)
    return leaves.result(name, total(*parts), "stages one after the other")


def _side_by_side(
    name: str, stages: Sequence[StageNodes], leaves: Leaves, join: Callable[..., Any], why: str
) -> list[Node]:
    """The results of a name, those of stages side by side joined."""
    unit = RESULTS[name].unit
    studies = [stage.study for stage in stages]
    groups = concurrent_groups(studies, [stage.results[name] for stage in stages])
    return [
        group[0] if len(group) == 1 else leaves.let(f"total/{name}/{k}", unit, join(*group), why)
        for k, group in enumerate(groups)
    ]


def _utilization(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    """FLOPs over what the peak allowed, over the stages that know both."""
    counted = [
        stage
        for stage in stages
        if not _is_unknown(stage.compute.training_flops)
        and not _is_unknown(stage.timing.gpu_hours)
        and not _is_unknown(stage.results[name])
    ]
    if not counted:
        return _first(name, stages, leaves)
    if len(counted) == 1:
        return counted[0].results[name]
    rule = RESULTS[name].stages
    six_nd, steps = rule == "utilization by 6ND", rule == "utilization of steps"
    done = [s.compute.six_nd_flops if six_nd else s.compute.training_flops for s in counted]
    possible = [_productive(s) if steps else s.timing.peak_flop for s in counted]
    achieved = leaves.let(f"total/{name}/flops", "FLOP", total(*dict.fromkeys(done)))
    allowed = leaves.let(f"total/{name}/peak_flop", "FLOP", total(*dict.fromkeys(possible)))
    why = "FLOPs of the stages over what their peak allowed"
    return leaves.result(name, achieved / allowed, why)


def _productive(stage: StageNodes) -> Node:
    productive = stage.timing.peak_flop * stage.timing.goodput
    why = "peak FLOP of the productive GPU-hours"
    return stage.study.let("mfu/productive_peak_flop", "FLOP", productive, why)


def _goodput(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    """The goodput weighted by GPU-hours."""
    counted = [stage for stage in stages if not _is_unknown(stage.timing.gpu_hours)]
    if not counted:
        return _first(name, stages, leaves)
    path, why = "gpu_hours/productive", "GPU-hours that advanced the run"
    productive = [
        s.study.let(path, "GPU-hours", s.timing.gpu_hours * s.timing.goodput, why) for s in counted
    ]
    hours = [stage.timing.gpu_hours for stage in counted]
    advanced = leaves.let("total/gpu_hours/productive", "GPU-hours", total(*productive))
    spent = leaves.let("total/gpu_hours/counted", "GPU-hours", total(*hours))
    return leaves.result(name, advanced / spent, "productive share of the GPU-hours")


def _price(name: str, stages: Sequence[StageNodes], leaves: Leaves) -> Node:
    """The average price of the GPU-hours that have one."""
    rates = _results(name, stages)
    priced = [stage for stage in stages if not _is_unknown(stage.results["cost_usd"])]
    if len(rates) == 1 or not priced:
        return rates[0]
    costs = total(*(stage.results["cost_usd"] for stage in priced))
    hours = total(*(stage.timing.gpu_hours for stage in priced))
    cost = leaves.let(f"total/{name}/cost", "USD", costs)
    gpu_hours = leaves.let(f"total/{name}/gpu_hours", "GPU-hours", hours)
    return leaves.result(name, cost / gpu_hours, "cost over GPU-hours")


def _is_unknown(node: Node) -> bool:
    # A product with an unknown factor is unknown; a sum with one is not.
    if isinstance(node, Unknown):
        return True
    unknown = map(_is_unknown, node.children)
    return all(unknown) if node.tolerates_unknown else any(unknown)


def _results(name: str, stages: Sequence[StageNodes]) -> list[Node]:
    """The results of a name, each node once."""
    return list(dict.fromkeys(stage.results[name] for stage in stages))


_AGGREGATES: dict[str, Aggregate] = {
    "first": _first,
    "sum": _sum,
    "cost": _cost,
    "days": _days,
    "largest": _largest,
    "at once": _fleet,
    "utilization": _utilization,
    "utilization of steps": _utilization,
    "utilization by 6ND": _utilization,
    "goodput": _goodput,
    "price": _price,
}
"""How the results of the stages become those of the whole run, by `Definition.stages`."""
