"""The checks of an estimate on arrays: what is doubtful of each row of a sweep, and why."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from costcheck.estimate import feasibility
from costcheck.estimate.budget import LIMITED, limits_of
from costcheck.estimate.least_state import leanest_bytes
from costcheck.estimate.model import Model
from costcheck.estimate.result import Verdict
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import GENERATING_KINDS
from costcheck.estimate.timing import STATED_WAYS
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Array, Node
from costcheck.units import HOURS_PER_DAY

Highs = Mapping[str, Array]
"""High ends of results, by name; empty where nothing is drawn."""


class Doubt(NamedTuple):
    """What a check finds, and of which rows."""

    verdict: Verdict
    reason: str
    where: NDArray[np.bool_] | bool


def nodes_judged(model: Model) -> list[Node]:
    """What the checks read of the graph."""
    nodes = [model.totals[row.name] for row in LIMITED.values()]
    for stage in model.stages:
        names = ("mfu_end_to_end", "parameters_total", "goodput")
        nodes += [stage.results[name] for name in names]
        nodes += [stage.timing.count, stage.timing.mfu]
        nodes += [stage.bought.count, stage.bought.gpu_hours, stage.timing.goodput]
        if (expected := feasibility.stated_goodput(stage)) is not None:
            nodes.append(expected)
        for _, decided, option in feasibility.stated_twice(stage):
            nodes += [decided, option]
    return list(dict.fromkeys(nodes))


def layout_doubts(model: Model, central: Evaluation) -> tuple[Doubt, ...]:
    """What is doubtful of layouts and parts: the same in every row of a graph."""
    return tuple(
        Doubt(found.verdict, found.message, where=True)
        for stage in model.stages
        for check in (feasibility.layout, feasibility.released)
        for found in check(stage, central)
        if found.verdict != "feasible"
    )


def row_doubts(model: Model, values: Evaluation, highs: Highs) -> Iterator[Doubt]:
    """What is doubtful of rows, in the order of the checks."""
    for stage in model.stages:
        for check in CHECKS:
            yield from check(stage, values)
    yield from _budget(model, values, highs)


def _utilization(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    mfu = values[stage.results["mfu_end_to_end"]]
    stated = stage.timing.way in STATED_WAYS
    if mfu is not None and stated and stage.resolved.stage.kind not in GENERATING_KINDS:
        for limit in feasibility.mfu_limits(stage):
            yield Doubt(limit.verdict, f"MFU end to end is {limit.words}", limit.broken_by(mfu))


def _training_state(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    hardware = stage.study.hardware
    room = hardware.entry.memory if hardware else None
    parameters, count = values[stage.results["parameters_total"]], values[stage.timing.count]
    if room and parameters is not None and count is not None and feasibility.is_sharded(stage):
        reason = f"training state alone, fully sharded, needs more than {room.value / 1e9:.0f} GB"
        needed = parameters * leanest_bytes(stage.study) / count
        yield Doubt("infeasible", f"{reason} per accelerator", needed > room.value)


def _reliability(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    for reason, mask in values.infeasible(stage.results["goodput"]).items():
        yield Doubt("infeasible", reason, mask)
    expected = feasibility.stated_goodput(stage)
    if expected is None:
        return
    left, needed = values[expected], values[stage.timing.goodput]
    if left is not None and needed is not None:
        reason = "the stated hours need more of the time than the stated failures leave"
        yield Doubt("infeasible", reason, np.greater(needed, left))


def _ownership(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    count, hours = values[stage.bought.count], values[stage.bought.gpu_hours]
    if count is not None and hours is not None and stage.bought.first:
        late = hours / np.maximum(count, 1.0) / HOURS_PER_DAY > feasibility.longest_days(
            stage.study.own
        )
        yield Doubt("infeasible", "the run takes longer than the accelerators are kept", late)


def _cross_checks(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    for label, node, option in feasibility.stated_twice(stage):
        decided, other = values[node], values[option]
        if decided is not None and other is not None:
            most = feasibility.tolerance(stage.study, label)
            reason = f"{label} disagrees with {node.chosen}"
            yield Doubt("stretch", reason, np.abs(other / decided - 1.0) > most)


def _budget(model: Model, values: Evaluation, highs: Highs) -> Iterator[Doubt]:
    scenario = model.resolved.scenario
    for key, limit, text in limits_of(scenario.budget, scenario.currency_rates or {}):
        name = LIMITED[key].name
        node = model.totals[name]
        central = values[node]
        if central is None:
            yield Doubt("stretch", f"{key}: {text}: not known", where=True)
            continue
        yield Doubt("over-budget", f"{key} is above the limit ({text})", central > limit)
        if values.partial.get(node) == "at least":
            yield Doubt("stretch", f"{key}: a part is unknown, the rest keeps {text}", where=True)
        if name in highs:
            reason = f"{key} keeps {text}, but not at the high end of its range"
            yield Doubt("stretch", reason, highs[name] > limit)


CHECKS: tuple[Callable[[StageNodes, Evaluation], Iterator[Doubt]], ...] = (
    _utilization,
    _training_state,
    _reliability,
    _ownership,
    _cross_checks,
)
"""The checks of `feasibility` that look at numbers which a sweep may vary."""
