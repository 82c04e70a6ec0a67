"""The ladder of scopes: what "the cost of training" can mean, from the bare run to the fleet.

Each rung is a node of the same graph. The first rungs build on each other; a year of the fleet and
its purchase stand beside them.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from costcheck.catalog.files import catalog_of
from costcheck.estimate.bill import bill_lines
from costcheck.estimate.model import Model
from costcheck.estimate.ownership import capital, hourly_rate
from costcheck.estimate.result import ClaimedNumber, ClaimVerdict, Rung
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import TRAINING_KINDS, Leaves
from costcheck.estimate.timing import WHOLE_RUNS
from costcheck.graph.nodes import Factors, Node, Unknown, call, largest, leaves, product, total
from costcheck.physics.overheads import fleet_share, staff_usd_from_share


@dataclass(frozen=True, kw_only=True, eq=False)
class RungNode:
    """A rung before it is evaluated."""

    name: str
    node: Node
    basis: str = ""
    added: Node | None = None
    """What the rung adds: its sources are the rung's."""
    share: Node | None = None
    """How much of it the run uses, where that can be said."""
    stated: Node | None = None
    """The amount by which the file itself says that it is more, where it does."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of what the rung adds."""
        below = () if self.added is None else leaves([self.added])
        return tuple(dict.fromkeys(label for leaf in below for label in leaf.provenance.sources))


def ladder_nodes(model: Model) -> tuple[RungNode, ...]:
    """The rungs of a scenario, in order."""
    final = _final_stages(model.stages)
    run = _final_run(model.leaves, final)
    lost = _with_lost_time(model.leaves, final, run.node)
    stages = _with_other_stages(model, final, run.node, lost.node)
    experiments = _with_experiments(model, run.node, stages.node)
    staff = _with_staff(model, stages.node, experiments.node)
    data = _with_data(model, _last_known(stages.node, experiments.node, staff.node))
    return run, lost, stages, experiments, staff, data, *_fleet(model, final[0])


def _final_stages(stages: Sequence[StageNodes]) -> list[StageNodes]:
    """The stages that train the model: of a project that pre-trains nothing, all but research."""
    trained = [s for s in stages if s.resolved.stage.kind in TRAINING_KINDS]
    if not any(s.resolved.stage.kind == "pre-training" for s in trained):
        trained = [s for s in stages if s.resolved.stage.kind != "ablations"]
    return trained or list(stages[:1])


def _final_run(leaves: Leaves, final: Sequence[StageNodes]) -> RungNode:
    parts = [
        leaves.let(
            f"ladder/final_run/{_title(stage)}",
            "USD",
            product(stage.timing.gpu_hours, stage.results["usd_per_gpu_hour"], *_known_loss(stage)),
            "productive GPU-hours at the price per hour",
        )
        for stage in final
    ]
    node = leaves.let("ladder/final_run", "USD", total(*parts), "the final run alone")
    stated = all(map(_end_to_end, final))
    basis = f"{'stated' if stated else 'productive'} GPU-hours x price"
    return RungNode(name="final_run", node=node, basis=basis, added=node)


def _end_to_end(stage: StageNodes) -> bool:
    """Whether the hours are stated: then they hold the lost time, and no one knows how much."""
    return stage.timing.way in WHOLE_RUNS


def _known_loss(stage: StageNodes) -> Sequence[Node]:
    return [] if _end_to_end(stage) else [stage.timing.faults[0]]


def _with_lost_time(leaves: Leaves, final: Sequence[StageNodes], run: Node) -> RungNode:
    name = "with_lost_time"
    if all(map(_end_to_end, final)):
        same = leaves.let(f"ladder/{name}", "USD", product(run), "the stated hours hold it")
        return RungNode(name=name, node=same, basis="in the stated hours")
    parts = [
        leaves.let(
            f"ladder/{name}/{_title(stage)}",
            "USD",
            _with_faults(stage),
            "GPU-hours with failures, checkpoints and restarts at the price per hour",
        )
        for stage in final
    ]
    why = "the final run with the time that failures, checkpoints and restarts take"
    node = leaves.let(f"ladder/{name}", "USD", total(*parts), why)
    added = next(stage.timing.faults[1] for stage in final if not _end_to_end(stage))
    return RungNode(name=name, node=node, basis="failures and restarts", added=added)


def _with_faults(stage: StageNodes) -> Factors:
    """What the hours of a stage cost with the faults that they do not hold."""
    counted, in_all = stage.timing.faults
    cost = stage.timing.gpu_hours * stage.results["usd_per_gpu_hour"]
    return cost if counted is in_all else cost * counted / in_all


def _with_other_stages(
    model: Model, final: Sequence[StageNodes], run: Node, lost: Node
) -> RungNode:
    others = [stage for stage in model.stages if stage not in final]
    usual = _usual_stages(model, run) if _pretrains_alone(model) else []
    bill = tuple(bill_lines(model.totals["cost_usd"]))
    costs = (stage.results["cost_usd"] for stage in others)
    parts = [*costs, *usual, *(node for _, node in bill)]
    why = "and the stages around the final run, and the lines of the bill"
    node = model.leaves.let("ladder/with_other_stages", "USD", total(lost, *parts), why)
    added = [stage.resolved.stage.name for stage in others]
    added += ["usual later stages"] * bool(usual) + [line.label for line, _ in bill]
    nothing = "the stages of the file" if model.resolved.scenario.stages else "none"
    return RungNode(
        name="with_other_stages",
        node=node,
        basis=", ".join(added) or nothing,
        added=model.leaves.let("ladder/added_stages", "USD", total(*parts)) if parts else None,
    )


def _pretrains_alone(model: Model) -> bool:
    """Whether the file pre-trains a model and says nothing of what comes after."""
    return all(stage.study.from_scratch for stage in model.stages)


def _usual_stages(model: Model, run: Node) -> list[Node]:
    why = "usual share of a later stage nobody stated"
    shares = {
        name: model.leaves.assumed(f"ladder/{name}_share", model.known.ladder[f"{name}_share"], "1")
        for name in ("context_extension", "post_training")
    }
    return [
        model.leaves.let(f"ladder/usual/{name}", "USD", run * share, why)
        for name, share in shares.items()
    ]


def _with_experiments(model: Model, run: Node, stages: Node) -> RungNode:
    leaves, default = model.leaves, model.known.ladder["experiments_multiplier"]
    stated, name = leaves.overheads.experiments, "with_experiments"
    if stated is None and not any(stage.study.from_scratch for stage in model.stages):
        return _not_usual(leaves, name, "overheads.experiments")
    why = "all compute of a project over its final run"
    factor = leaves.term("overheads/experiments", stated, default, "1", why)
    basis = f"{stated.text} x the bare run, stated" if stated else f"{default.text} x the bare run"
    why = "the bare run times all compute of a project over it"
    compute = leaves.let("ladder/project_compute", "USD", run * factor, why)
    bill = [node for _, node in bill_lines(model.totals["cost_usd"])]
    project = leaves.let("ladder/project", "USD", total(compute, *bill), "and the bill's lines")
    why = "with experiments and failed runs; never less than what the stages add up to"
    node = leaves.let(f"ladder/{name}", "USD", largest(stages, project), why)
    return RungNode(name=name, node=node, basis=basis, added=factor)


def _not_usual(leaves: Leaves, name: str, key: str) -> RungNode:
    """A rung whose usual size is known of models trained from scratch alone."""
    why = f"the usual share is that of models trained from scratch: state {key}"
    return RungNode(name=name, node=leaves.unknown(f"ladder/{name}", "USD", why))


def _last_known(*rungs: Node) -> Node:
    """The highest rung that is known: what is stated builds on it."""
    return next((rung for rung in reversed(rungs) if not isinstance(rung, Unknown)), rungs[0])


def _with_staff(model: Model, stages: Node, experiments: Node) -> RungNode:
    leaves, share = model.leaves, model.known.ladder["staff_share"]
    stated, name, compute = leaves.overheads.staff, "with_staff", experiments
    if stated is not None:
        compute = _last_known(stages, experiments)
        staff = added = leaves.in_dollars("overheads/staff", stated, "USD", "staff")
        basis = f"{stated.text}, stated"
    elif isinstance(compute, Unknown):
        return _not_usual(leaves, name, "overheads.staff")
    else:
        why = "staff over compute and staff of a project"
        added = leaves.assumed("ladder/staff_share", share, "share", why)
        people = call(staff_usd_from_share, compute_usd=compute, staff_share=added)
        why = "the people, as a share of compute and people"
        staff = leaves.let("ladder/staff", "USD", people, why)
        basis = f"{share.value:.0%} of compute and staff"
    node = leaves.let(f"ladder/{name}", "USD", total(compute, staff), "and the people")
    given = None if stated is None else staff
    return RungNode(name=name, node=node, basis=basis, added=added, stated=given)


def _with_data(model: Model, before: Node) -> RungNode:
    name, path, leaves = "with_data", "ladder/with_data", model.leaves
    stated = leaves.overheads.data
    if stated is None:
        why = "licences and labelling: state overheads.data"
        return RungNode(name=name, node=leaves.unknown(path, "USD", why))
    from costcheck.estimate.overheads import licence_usd

    data = licence_usd(leaves, model.known, stated)
    node = leaves.let(path, "USD", total(before, data), "and licences and labelling")
    basis = f"{stated.text}, stated"
    return RungNode(name=name, node=node, basis=basis, added=data, stated=data)


def _fleet(model: Model, main: StageNodes) -> tuple[RungNode, ...]:
    """A year of the fleet and its purchase, after the run's own where the fleet is larger."""
    leaves, stated = model.leaves, model.leaves.overheads.fleet
    count, whose = main.timing.count, "the run's own accelerators"
    if stated is not None:
        why = "accelerators of the fleet the run belongs to"
        count = leaves.stated("overheads/fleet", stated, "GPUs", why)
        whose = f"{stated.text}, stated"
    if isinstance(count, Unknown) or main.resolved.hardware is None:
        why = "needs fleet.gpu and fleet.count, or overheads.fleet"
        return tuple(
            RungNode(name=name, node=leaves.unknown(f"ladder/{name}", "USD", why))
            for name in ("fleet_year", "fleet_capital")
        )
    year, bought = _fleet_year(model, main, count, whose), model.totals["capex_usd"]
    if stated is None:
        capital_rung = RungNode(name="fleet_capital", node=bought, basis=whose, added=bought)
        return year, capital_rung
    why = "server, network and storage of the whole fleet, bought"
    fleet = leaves.let("ladder/fleet_capital", "USD", count * capital(main.study), why)
    basis = "server, network, storage"
    return (
        year,
        RungNode(name="run_capital", node=bought, basis=basis, added=bought),
        RungNode(name="fleet_capital", node=fleet, basis=whose, added=fleet),
    )


def _fleet_year(model: Model, main: StageNodes, count: Node, whose: str) -> RungNode:
    """A year of the run's accelerators at its price; an owner's fleet costs in idle hours too."""
    rate, paid = main.results["usd_per_gpu_hour"], "at the price of the run"
    if main.study.pricing.own is not None or model.leaves.overheads.fleet is not None:
        rate = hourly_rate(main.study, main.bought, "own/existence", used=False)
        paid = "owned, used or not"
    year = model.leaves.conversion("hours_per_year")
    why = f"a year of the fleet, {paid}"
    node = model.leaves.let("ladder/fleet_year", "USD", count * rate * year, why)
    used = call(fleet_share, gpu_hours=model.totals["gpu_hours"], fleet_gpus=count)
    why = "hours of the run over those of a year of the fleet"
    share = model.leaves.let("ladder/fleet_share", "share", used, why)
    basis = f"{whose}, {paid}"
    return RungNode(name="fleet_year", node=node, basis=basis, added=rate, share=share)


def _title(stage: StageNodes) -> str:
    return stage.resolved.stage.name or "run"


def claimed_rung(claim: ClaimVerdict, rungs: Iterable[Rung]) -> tuple[Rung, bool] | None:
    """The rung a claimed cost is on, and whether its range covers the claim.

    Of the rungs whose range meets what is stated the nearest counts, else the nearest of all;
    distance is in logarithms. None where the claim states no cost or the final run is unknown.
    """
    cost = next((number for number in claim.numbers if number.field == "cost"), None)
    known = [rung for rung in rungs if rung.central]
    if cost is None or cost.stated_high <= 0.0 or not any(r.rung == "final_run" for r in known):
        return None
    limits = catalog_of().document("costs/ladder.yaml")["claimed"]
    middle, near = _middle(cost, limits["one_sided"]), limits["near"]

    def covers(rung: Rung) -> bool:
        assert rung.low is not None  # noqa: S101 - known rungs only
        assert rung.high is not None  # noqa: S101 - known rungs only
        return bool(rung.low <= cost.stated_high * near and cost.stated_low <= rung.high * near)

    def distance(rung: Rung) -> float:
        return abs(math.log(middle / (rung.central or middle)))

    covering = [rung for rung in known if covers(rung)]
    return min(covering or known, key=distance), bool(covering)


def _middle(cost: ClaimedNumber, one_sided: float) -> float:
    low, high = cost.stated_low, cost.stated_high
    if low <= 0.0:
        return high
    return low if high > one_sided * low else math.sqrt(low * high)


def with_claims(rungs: Sequence[Rung], claims: Sequence[ClaimVerdict]) -> tuple[Rung, ...]:
    """Rungs, each with the claims that are on it."""
    on: dict[str, list[str]] = {}
    for claim in claims:
        nearest = claimed_rung(claim, rungs)
        if nearest is not None:
            on.setdefault(nearest[0].rung, []).append(claim.id)
    return tuple(replace(rung, claims=tuple(on.get(rung.rung, ()))) for rung in rungs)
