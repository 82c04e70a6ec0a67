"""The ladder of scopes: what "the cost of training" can mean, from the bare run to the fleet.

Each rung is a node of the same graph. The first rungs build on each other; a year of the fleet and
its purchase stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from costcheck import units
from costcheck.estimate.currency import in_dollars
from costcheck.estimate.overheads import overhead_lines
from costcheck.estimate.ownership import Owner
from costcheck.estimate.stage import TRAINING_KINDS
from costcheck.graph.nodes import Call, Extreme, Node, Product, Sum, Unknown, leaves
from costcheck.physics.ladder import fleet_share, staff_usd_from_share
from costcheck.scenario.pricing import Overheads, Own

if TYPE_CHECKING:
    from costcheck.estimate import Model
    from costcheck.estimate.stage import StageNodes


class RungNode(NamedTuple):
    """A rung before it is evaluated."""

    name: str
    node: Node
    basis: str
    added: Node | None = None
    """What the rung adds: its sources are the rung's."""
    share: Node | None = None
    """How much of it the run uses, where that can be said."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of what the rung adds."""
        below = () if self.added is None else leaves([self.added])
        return tuple(dict.fromkeys(label for leaf in below for label in leaf.provenance.sources))


def ladder_nodes(model: Model) -> tuple[RungNode, ...]:
    """Return the rungs of a scenario, in order."""
    return _Ladder(model).rungs()


class _Ladder:
    """Builds the rungs of one scenario."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.desk = model.desk.stage("")
        self.defaults = model.known.ladder
        self.given = model.resolved.scenario.overheads or Overheads()
        self.final = [s for s in model.stages if s.resolved.stage.kind in TRAINING_KINDS]
        if not self.final:
            self.final = list(model.stages[:1])
        self.others = [s for s in model.stages if s not in self.final]

    def rungs(self) -> tuple[RungNode, ...]:
        """Return all rungs."""
        run = self._final_run()
        lost = self._with_lost_time()
        stages = self._with_other_stages(run.node, lost.node)
        experiments = self._with_experiments(run.node, stages.node)
        staff = self._with_staff(experiments.node)
        return (run, lost, stages, experiments, staff, self._with_data(staff.node), *self._fleet())

    def _final_run(self) -> RungNode:
        parts = tuple(
            Product(
                name=f"ladder/final_run/{_title(stage)}",
                unit="USD",
                why="productive GPU-hours at the price per hour",
                over=(
                    *_hours_and_rate(stage),
                    *([] if _may_leave_out(stage) else _known_loss(stage)),
                ),
            )
            for stage in self.final
        )
        node = Sum(name="ladder/final_run", unit="USD", why="the final run alone", parts=parts)
        basis = (
            "stated GPU-hours x price" if _stated(self.final) else "productive GPU-hours x price"
        )
        return RungNode("final_run", node, basis, node)

    def _with_lost_time(self) -> RungNode:
        parts = tuple(
            Product(
                name=f"ladder/with_lost_time/{_title(stage)}",
                unit="USD",
                why="GPU-hours with failures, checkpoints and restarts at the price per hour",
                over=_hours_and_rate(stage),
                under=(stage.timing.goodput,) if _may_leave_out(stage) else (),
            )
            for stage in self.final
        )
        why = "the final run with the time that failures, checkpoints and restarts take"
        node = Sum(name="ladder/with_lost_time", unit="USD", why=why, parts=parts)
        basis = "failures and restarts"
        if any(_may_leave_out(stage) for stage in self.final):
            basis += ", unless counted"
        return RungNode("with_lost_time", node, basis, self.final[0].timing.goodput)

    def _with_other_stages(self, run: Node, lost: Node) -> RungNode:
        stated = tuple(stage.results["cost_usd"] for stage in self.others)
        extra = (*self._usual_stages(run), *overhead_lines(self.desk))
        why = "and the stages around the final run, and the lines of the bill"
        node = Sum(
            name="ladder/with_other_stages",
            unit="USD",
            why=why,
            parts=(lost, *stated, *extra),
        )
        named = [stage.resolved.stage.name for stage in self.others]
        usual = [] if stated else ["usual later stages"]
        added = Sum(name="ladder/added_stages", unit="USD", parts=(*stated, *extra))
        return RungNode(
            "with_other_stages",
            node,
            ", ".join(named + usual),
            added if added.parts else None,
        )

    def _usual_stages(self, run: Node) -> tuple[Node, ...]:
        if self.others:
            return ()
        keys = ["post_training_share"]
        if not self.model.resolved.scenario.stages:
            keys = ["context_extension_share", *keys]
        return tuple(
            Product(
                name=f"ladder/usual/{key.removesuffix('_share')}",
                unit="USD",
                why="usual share of a later stage nobody stated",
                over=(run, self.desk.assumed(f"ladder/{key}", self.defaults[key], "1")),
            )
            for key in keys
        )

    def _with_experiments(self, run: Node, stages: Node) -> RungNode:
        why = "all compute of a project over its final run"
        if self.given.experiments is not None:
            factor: Node = self.desk.stated(
                "overheads/experiments", self.given.experiments, "1", why
            )
            basis = f"{self.given.experiments.text} x the bare run, stated"
        else:
            default = self.defaults["experiments_multiplier"]
            factor = self.desk.assumed("overheads/experiments", default, "1", why)
            basis = f"{default.text} x the bare run"
        project = Product(
            name="ladder/project_compute",
            unit="USD",
            why="the bare run times all compute of a project over it",
            over=(run, factor),
        )
        node = Extreme(
            name="ladder/with_experiments",
            unit="USD",
            why="with experiments and failed runs; never less than what the stages add up to",
            parts=(stages, project),
        )
        return RungNode("with_experiments", node, basis, factor)

    def _with_staff(self, compute: Node) -> RungNode:
        if self.given.staff is not None:
            staff = in_dollars("overheads/staff", self.given.staff, "USD", "staff", self.desk)
            basis = f"{self.given.staff.text}, stated"
            added = staff
        else:
            share = self.defaults["staff_share"]
            added = self.desk.assumed(
                "ladder/staff_share", share, "share", "staff over compute and staff of a project"
            )
            staff = Call(
                name="ladder/staff",
                unit="USD",
                why="the people, as a share of compute and people",
                function=staff_usd_from_share,
                arguments={"compute_usd": compute, "staff_share": added},
            )
            basis = f"{share.value:.0%} of compute and staff"
        node = Sum(
            name="ladder/with_staff", unit="USD", why="and the people", parts=(compute, staff)
        )
        return RungNode("with_staff", node, basis, added)

    def _with_data(self, before: Node) -> RungNode:
        if self.given.data is None:
            why = "licences and labelling: state overheads.data"
            return RungNode("with_data", self.desk.unknown("ladder/with_data", "USD", why), "")
        data = in_dollars("overheads/data", self.given.data, "USD", "data", self.desk)
        node = Sum(
            name="ladder/with_data",
            unit="USD",
            why="and licences and labelling",
            parts=(before, data),
        )
        return RungNode("with_data", node, f"{self.given.data.text}, stated", data)

    def _fleet(self) -> tuple[RungNode, ...]:
        main = self.final[0]
        pricing = main.resolved.stage.pricing
        owner = Owner(
            (pricing.own if pricing else None) or Own(),
            main.resolved.hardware,
            resolved=self.model.resolved,
            known=self.model.known,
            desk=self.model.desk.stage(_prefix(self.model, main)),
        )
        count, whose = self._fleet_size(main)
        if isinstance(count, Unknown) or main.resolved.hardware is None:
            missing = "needs fleet.gpu and fleet.count, or overheads.fleet"
            return tuple(
                RungNode(name, self.desk.unknown(f"ladder/{name}", "USD", missing), "")
                for name in ("fleet_year", "fleet_capital")
            )
        yearly = self._fleet_year(owner, count, whose)
        return (yearly, *self._fleet_capital(owner, count, whose))

    def _fleet_size(self, main: StageNodes) -> tuple[Node, str]:
        """Return the accelerators of the fleet and who says so."""
        if self.given.fleet is None:
            return main.timing.count, "the run's own accelerators"
        why = "accelerators of the fleet the run belongs to"
        count = self.desk.stated("overheads/fleet", self.given.fleet, "GPUs", why)
        return count, f"{self.given.fleet.text}, stated"

    def _fleet_year(self, owner: Owner, count: Node, whose: str) -> RungNode:
        rate = owner.rate("own/existence", used=False)
        year = self.desk.derived("hours_per_year", units.HOURS_PER_YEAR, "h", "one year")
        node = Product(
            name="ladder/fleet_year",
            unit="USD",
            why="a year of owning the fleet, used or not",
            over=(count, rate, year),
        )
        hours = self.model.totals["gpu_hours"]
        share = Call(
            name="ladder/fleet_share",
            unit="share",
            why="share of a year of the fleet that the run uses",
            function=fleet_share,
            arguments={"gpu_hours": hours, "fleet_gpus": count},
        )
        return RungNode("fleet_year", node, whose, rate, share)

    def _fleet_capital(self, owner: Owner, count: Node, whose: str) -> tuple[RungNode, ...]:
        """Return the purchase of the fleet, after the run's own where the fleet is larger."""
        own = self.model.totals["capex_usd"]
        if self.given.fleet is None:
            return (RungNode("fleet_capital", own, whose, own),)
        capital = Product(
            name="ladder/fleet_capital",
            unit="USD",
            why="server, network and storage of the whole fleet, bought",
            over=(count, owner.capital()),
        )
        run = RungNode("run_capital", own, "server, network, storage", own)
        return run, RungNode("fleet_capital", capital, whose, capital)


def _hours_and_rate(stage: StageNodes) -> tuple[Node, Node]:
    return stage.timing.gpu_hours, stage.results["usd_per_gpu_hour"]


def _known_loss(stage: StageNodes) -> Sequence[Node]:
    # Computed hours contain the lost time; wall-clock time does as well, and no one knows how much.
    return [] if stage.timing.way == "count x duration" else [stage.timing.goodput]


def _may_leave_out(stage: StageNodes) -> bool:
    # Reports often state throughput times tokens as GPU-hours; a wall clock cannot leave time out.
    return stage.timing.way == "gpu_hours"


def _stated(stages: Iterable[StageNodes]) -> bool:
    return all(stage.timing.way in ("gpu_hours", "count x duration") for stage in stages)


def _title(stage: StageNodes) -> str:
    return stage.resolved.stage.name or "run"


def _prefix(model: Model, stage: StageNodes) -> str:
    return stage.resolved.stage.name if model.resolved.scenario.stages else ""
