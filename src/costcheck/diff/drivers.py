"""Which quantities a change comes from: the graphs of both sides read together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from costcheck.diff.result import Driver, beyond_rounding
from costcheck.estimate import build
from costcheck.estimate.ranges import ENDS, all_draws, uncertain_inputs
from costcheck.estimate.result import Estimate
from costcheck.graph.difference import Difference, Line
from costcheck.graph.evaluation import Evaluation, evaluate
from costcheck.graph.nodes import Input, Node
from costcheck.graph.quantiles import quantiles
from costcheck.graph.sampling import prepare
from costcheck.quantities import HEADLINES
from costcheck.scenario.load import Loaded, load

WITH_LAYOUT = "accelerators in the job, with the layout that was found for them"


@dataclass(frozen=True)
class Graph:
    """The named quantities of one side with their values."""

    root: Mapping[str, Node]
    evaluation: Evaluation
    stages: frozenset[str]

    def known(self, name: str) -> float | None:
        """The value of a result, None where it is unknown or does not exist."""
        node = self.root.get(name)
        value = None if node is None else self.evaluation[node]
        return None if value is None else float(value)


def graph_of(estimate: Estimate) -> Graph:
    """The graph of an estimate."""
    names = frozenset(stage.name for stage in estimate.stages)
    return Graph(estimate.root, estimate.evaluation, names)


def aligned(old: Estimate, new: Estimate) -> tuple[Graph, Graph]:
    """The graphs of both sides, a run without stages as the first stage of the other side.

    Otherwise a file that gains its first `stages` would have nothing in common with its past.
    """
    graphs = graph_of(old), graph_of(new)
    staged = [bool(item.source.scenario.stages) for item in (old, new)]
    if staged[0] == staged[1] or not all(item.source.inputs for item in (old, new)):
        return graphs
    single, other = (old, new) if staged[1] else (new, old)
    as_stage = _in_stage(single.source, other.stages[0].name)
    return (as_stage, graphs[1]) if staged[1] else (graphs[0], as_stage)


def headline(old: Estimate, new: Estimate) -> str:
    """The result a diff of two estimates explains."""
    for name in HEADLINES:
        if all(item.figures[name].central is not None for item in (old, new)):
            return name
    return HEADLINES[0]


def explain_changes(
    names: Iterable[str], old: Graph, new: Graph
) -> dict[str, tuple[tuple[Driver, ...], float]]:
    """For each result its drivers, largest first, and what they leave unexplained."""
    difference = Difference(old.evaluation, new.evaluation, old.stages | new.stages)
    found: dict[str, tuple[tuple[Driver, ...], float]] = {}
    for name in names:
        before, after = old.known(name), new.known(name)
        if before is None or after is None:
            found[name] = (), 0.0
            continue
        lines = difference.split(old.root[name], new.root[name])
        moving = [line for line in lines if beyond_rounding(line.change, before, after)]
        rest = beyond_rounding(after - before - sum(line.change for line in lines), before, after)
        found[name] = tuple(sorted(_with_causes(map(_driver, moving)), key=_by_size)), rest
    return found


def _with_causes(drivers: Iterable[Driver]) -> Iterable[Driver]:
    """Drivers, sizes of a layout that nobody stated as a part of the count they follow."""
    found = list(drivers)
    followed = (item for item in found if item.name.rpartition("/")[0].endswith("layout"))
    for follower in [item for item in followed if not item.before_text + item.after_text]:
        names = (follower.name.rpartition("layout/")[0] + "count", "count")
        if count := next((item for item in found if item.name in names), None):
            found.remove(follower)
            found[found.index(count)] = _together(count, follower)
    return found


def _together(count: Driver, size: Driver) -> Driver:
    ratio = count.ratio * size.ratio if count.ratio and size.ratio else None
    change = count.change + size.change
    return replace(count, change=change, ratio=ratio, why=WITH_LAYOUT)


def _by_size(driver: Driver) -> tuple[float, str]:
    return (-abs(driver.change), driver.name)


def change_interval(
    name: str, old: Graph, new: Graph, *, samples: int, seed: int
) -> tuple[float, float]:
    """The 90 % interval of a change, both sides on the same draws.

    An input keeps its draws whatever else a scenario says, so what did not change cancels.
    """
    draws = []
    for graph in (old, new):
        root = graph.root[name]
        spreads = {leaf.name: leaf.spread for leaf in uncertain_inputs([root]) if leaf.spread}
        prepared = prepare(spreads, total=samples, seed=seed)
        draws.append(all_draws([root], prepared, samples)[0])
    low, high = quantiles(draws[1] - draws[0], ENDS)
    return float(low), float(high)


def _in_stage(loaded: Loaded, name: str) -> Graph:
    data: Any = loaded.document.data
    wrapped = load({**data, "stages": [{"name": name}]}, catalog=loaded.catalog)
    model = build(replace(wrapped, path=loaded.path))
    return Graph(model.totals, evaluate(model.roots()), frozenset({name}))


def _driver(line: Line) -> Driver:
    node = line.node
    before, after = _text(line.before, line.old), _text(line.after, line.new)
    ratio = None
    if line.old and line.new and line.old * line.new > 0:
        ratio = line.new / line.old if line.rises else line.old / line.new
    return Driver(
        name=node.name,
        kind=line.kind,
        before=line.old,
        after=line.new,
        unit=node.unit,
        before_text=before,
        after_text=after,
        change=line.change,
        ratio=ratio,
        why=_reason(line) or node.why,
    )


def _reason(line: Line) -> str:
    before, after = line.before, line.after
    if before is None or after is None:
        return ""
    # A shared quantity and that of a single stage are the same one.
    same = before.name.endswith(after.name) or after.name.endswith(before.name)
    return "" if same else f"instead of {before.name}"


def _text(node: Node | None, value: float | None) -> str:
    if node is None or value is None:
        return ""
    return node.provenance.text if isinstance(node, Input) else ""
