"""The graph of a scenario: its stages one after the other, then what they come to together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from costcheck.catalog.knowledge import Knowledge, knowledge
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.resolve import Resolved, ResolvedStage, resolve
from costcheck.estimate.result import Verdict
from costcheck.estimate.stage import Clock, StageNodes, clock_of, stage_nodes
from costcheck.estimate.study import TRAINING_KINDS, Leaves, study_of
from costcheck.estimate.totals import total_nodes
from costcheck.estimate.validity import invalid_values
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node
from costcheck.scenario.load import Loaded


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """The graph of a scenario, not evaluated yet."""

    resolved: Resolved
    totals: Mapping[str, Node]
    stages: tuple[StageNodes, ...]
    known: Knowledge
    leaves: Leaves

    def roots(self) -> list[Node]:
        """Everything a report may ask for."""
        roots = list(self.totals.values())
        for stage in self.stages:
            roots += stage.results.values()
            roots += (stage.timing.count, stage.timing.peak_flop, stage.compute.tokens)
            roots += (stage.bought.count, stage.bought.gpu_hours)
        return list(dict.fromkeys(roots))

    def least_verdict(self, values: Evaluation) -> Verdict:
        """The verdict before any check speaks: none where nothing of a whole run is known."""
        known = any(values[self.totals[name]] is not None for name in ("gpu_hours", "cost_usd"))
        return "feasible" if known else "not-judged"


def build(loaded: Loaded) -> Model:
    """Build the graph of a scenario."""
    resolved = resolve(loaded)
    known = knowledge(resolved.catalog)
    problems = [
        *resolved.problems,
        *invalid_values(loaded),
        *unknown_grids(loaded, resolved.stages, known),
    ]
    if any(problem.severity == "error" for problem in problems):
        raise CostcheckError(problems)
    leaves = Leaves.of(resolved.scenario)
    clocks: list[Clock] = []
    for of_stage in resolved.stages:
        main = next((c for c in clocks if c.study.stage.kind in TRAINING_KINDS), None)
        clocks.append(clock_of(study_of(of_stage, resolved, known, leaves, _final_run(main))))
    stages = [stage_nodes(clock, clocks) for clock in clocks]
    return Model(
        resolved=replace(resolved, problems=tuple(problems)),
        totals=total_nodes(stages, leaves),
        stages=tuple(stages),
        known=known,
        leaves=leaves,
    )


def _final_run(main: Clock | None) -> dict[str, Node]:
    """What later stages may be shares of."""
    if main is None:
        return {}
    return {"training_flops": main.compute.training_flops, "gpu_hours": main.timing.gpu_hours}


def unknown_grids(
    loaded: Loaded, stages: Sequence[ResolvedStage], known: Knowledge
) -> Iterator[Diagnostic]:
    """A diagnostic for every named grid that the table does not have."""
    grids = [stage.stage.energy.grid for stage in stages if stage.stage.energy is not None]
    for place in dict.fromkeys(grid for grid in grids if isinstance(grid, str)):
        if known.grid(place, loaded.catalog.date) is None:
            near = known.grids.near(place)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            yield loaded.problem(
                "CC305",
                f"no grid is called {place!r}",
                key="energy.grid",
                text=place,
                help=f"{hint}a country (ISO 3166 alpha-3), a region of the table, "
                "or an intensity: 57 g/kWh",
            )
