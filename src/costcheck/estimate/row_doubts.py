"""The checks of an estimate on arrays: what is doubtful of each row of a sweep, and why."""

from collections.abc import Iterator, Mapping

from costcheck.estimate import feasibility
from costcheck.estimate.budget import LIMITED, limits_of
from costcheck.estimate.feasibility import Doubt
from costcheck.estimate.model import Model
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Array, Node

BY_CENTRAL = "kept by central values; --ranges asks the high ends, as estimate does"
"""What is said of a budget where nothing is drawn."""

Highs = Mapping[str, Array]
"""High ends of results, by name; empty where nothing is drawn."""


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
        Doubt(found.check, found.verdict, where=True, reason=found.message)
        for stage in model.stages
        for check in feasibility.OF_THE_PARTS
        for found in check(stage, central)
    )


def row_doubts(model: Model, values: Evaluation, highs: Highs) -> Iterator[Doubt]:
    """What is doubtful of rows, in the order of the checks."""
    for stage in model.stages:
        for check in feasibility.CHECKS:
            if check not in feasibility.OF_THE_PARTS:
                yield from (each for each in check(stage, values) if isinstance(each, Doubt))
    yield from _budget(model, values, highs)


def _budget(model: Model, values: Evaluation, highs: Highs) -> Iterator[Doubt]:
    scenario = model.resolved.scenario
    for key, limit, text in limits_of(scenario.budget, scenario.currency_rates or {}):
        name = LIMITED[key].name
        node = model.totals[name]
        central = values[node]
        if central is None:
            yield Doubt(key, "stretch", where=True, reason=f"{key}: {text}: not known")
            continue
        yield Doubt(key, "over-budget", central > limit, f"{key} is above the limit ({text})")
        if values.partial.get(node) == "at least":
            reason = f"{key}: a part is unknown, the rest keeps {text}"
            yield Doubt(key, "stretch", where=True, reason=reason)
        if name in highs:
            reason = f"{key} keeps {text}, but not at the high end of its range"
            yield Doubt(key, "stretch", highs[name] > limit, reason)
        else:
            yield Doubt(key, "feasible", central <= limit, BY_CENTRAL)
