"""Solve for what is missing: the fleet for a deadline or a budget, or what a fleet takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from costcheck.diagnostics import CostcheckError, Diagnostic, Place, refusal
from costcheck.estimate.amount import states_tokens
from costcheck.estimate.resolve import accelerator
from costcheck.physics.search_best import Order
from costcheck.plan.choice import By, Limits, choose, nearest, pareto
from costcheck.plan.fleet import FleetPlan, PlannedLayout, Progress, for_fleet, plan_fleet
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Fleet

LARGEST_FLEET = 131_072
USUAL_NODE = 8
PATIENCE = 3
"""Rungs of the ladder without any layout after which larger fleets are not tried."""

CLOSER = 3
"""Fleets closer to a limit that are searched among all layouts."""

STEPS_BETWEEN = 4
"""Fleet sizes tried between two rungs of the ladder, to come closer to a limit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """What is asked of a plan."""

    gpus: tuple[int, ...] = ()
    """Fleet sizes; empty: the file's, or solved for where there is a limit."""
    gpu: tuple[str, ...] = ()
    """Accelerators to compare; empty: the file's."""
    limits: Limits = field(default_factory=Limits)
    by: By = "time"
    """What the best plan has least of."""
    keep: int = 10
    front: bool = False
    """Trade time against cost over fleet sizes, also without a limit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What a plan found."""

    request: Request
    chosen: FleetPlan
    """The fleet that was asked for or solved for, with its layouts."""
    fleets: tuple[PlannedLayout, ...]
    """The best layout of every fleet that was tried."""
    front: tuple[PlannedLayout, ...]
    """Those of them that no other beats in both time and cost, fastest first."""
    answer: str
    met: bool
    evaluated: int
    """Layouts evaluated over all fleets."""


def plan(loaded: Loaded, request: Request, *, progress: Progress | None = None) -> Plan:
    """Find the best layouts for a fleet, or the fleet that keeps to limits."""
    gpus = request.gpus or _own_size(loaded, request)
    names: tuple[str | None, ...] = request.gpu or (None,)
    tried = _Tried(loaded, request, progress)
    if len(gpus) == 1 and len(names) == 1 and not request.front:
        chosen = tried.whole(names[0], gpus[0], progress)
        return _plan(tried, chosen, answer=bool(request.limits), front=())
    _needs_amount(loaded)
    for name in names:
        if gpus:
            tried.fleets_of(name, gpus)
        else:
            tried.climb(name)
            tried.refine(name)
    if not tried.best():
        raise CostcheckError([_nothing(loaded, tried)])
    chosen = tried.preferred()
    if not tried.keeps(chosen):
        tried.near_misses()
        chosen = tried.preferred()
    if request.limits and not gpus and tried.keeps(chosen):
        chosen = tried.closer(chosen)
    return _plan(tried, chosen, answer=True, front=pareto(tried.best()))


def _plan(
    tried: _Tried, chosen: FleetPlan, *, answer: bool, front: tuple[PlannedLayout, ...]
) -> Plan:
    met = tried.keeps(chosen)
    return Plan(
        request=tried.request,
        chosen=chosen,
        fleets=tuple(tried.best()),
        front=front,
        answer=_answer(tried.request, chosen, met=met) if answer else "",
        met=met,
        evaluated=tried.evaluated,
    )


class _Tried:
    def __init__(self, loaded: Loaded, request: Request, progress: Progress | None) -> None:
        self.loaded = loaded
        self.request = request
        self.progress = progress
        self.order: Order = "memory" if request.by == "memory" else "time"
        self.fleets: dict[tuple[str | None, int], FleetPlan] = {}
        self.wholes: dict[tuple[str | None, int], FleetPlan] = {}
        self.evaluated = 0

    def best(self) -> list[PlannedLayout]:
        """The best layout of every fleet that has one."""
        return [fleet.best for fleet in self.fleets.values() if fleet.best is not None]

    def place(self, layout: PlannedLayout) -> tuple[str | None, int]:
        """The accelerator, as it was asked for, and the size of a layout's fleet."""
        return next(key for key, fleet in self.fleets.items() if fleet.best is layout)

    def keeps(self, fleet: FleetPlan) -> bool:
        """Say whether the best layout of a fleet keeps to the limits."""
        return fleet.best is not None and self.request.limits.met(fleet.best)

    def preferred(self) -> FleetPlan:
        """The fleet to prefer of those that were tried, searched among all layouts."""
        layout = choose(self.best(), self.request.limits, self.request.by)
        return self.whole(*self.place(layout))

    def whole(self, name: str | None, size: int, progress: Progress | None = None) -> FleetPlan:
        """Search one fleet among all layouts."""
        if (name, size) not in self.wholes:
            self.wholes[name, size] = self._keep(
                name, size, keep=self.request.keep, order=self.order, progress=progress
            )
        return self.wholes[name, size]

    def near_misses(self) -> None:
        """Search the fleets next to the limits among all layouts, which may just keep them."""
        for layout in nearest(self.best(), self.request.limits)[:CLOSER]:
            self.whole(*self.place(layout))

    def closer(self, chosen: FleetPlan) -> FleetPlan:
        """The fleet closer to the limits that all layouts together still allow.

        A deadline asks for the smallest fleet, a budget for the largest; the sizes were told apart
        by the layouts that any software runs.
        """
        limits, name = self.request.limits, self._name(chosen)
        smaller = limits.cost_usd is None
        others = [
            size
            for (gpu, size), fleet in self.fleets.items()
            if gpu == name
            and fleet.best is not None
            and (size < chosen.gpus if smaller else size > chosen.gpus)
        ]
        for size in sorted(others, reverse=smaller)[:CLOSER]:
            other = self.whole(name, size)
            layouts = [fleet.best for fleet in (chosen, other) if fleet.best is not None]
            if choose(layouts, limits, self.request.by) is other.best:
                chosen = other
        return chosen

    def _name(self, chosen: FleetPlan) -> str | None:
        return next(name for (name, _), fleet in self.wholes.items() if fleet is chosen)

    def _keep(self, name: str | None, size: int, **wish: Any) -> FleetPlan:
        fleet = plan_fleet(self.loaded, gpu=name, gpus=size, **wish)
        self.evaluated += fleet.evaluated
        if fleet.best is not None or (name, size) not in self.fleets:
            self.fleets[name, size] = fleet
        return fleet

    def fleets_of(self, name: str | None, sizes: Iterable[int]) -> None:
        """Search fleets of some sizes among layouts that any software runs."""
        for size in sizes:
            if (name, size) not in self.fleets:
                self._keep(name, size, keep=1, whole=False)
                if self.progress is not None:
                    self.progress(len(self.fleets), 0)

    def climb(self, name: str | None) -> None:
        """Search ever larger fleets, until the batch no longer divides over them."""
        fitted, in_vain = False, 0
        for size in _ladder(self.loaded, name):
            self.fleets_of(name, (size,))
            fits = self.fleets[name, size].best is not None
            fitted, in_vain = fitted or fits, 0 if fits else in_vain + 1
            if fitted and in_vain >= PATIENCE:
                return

    def refine(self, name: str | None) -> None:
        """Try sizes between the last rung that breaks the limits and the first that keeps them."""
        if not self.request.limits:
            return
        sizes = sorted(size for gpu, size in self.fleets if gpu == name)
        kept = [self.keeps(self.fleets[name, size]) for size in sizes]
        for below, above, one, other in zip(sizes, sizes[1:], kept, kept[1:], strict=False):
            if one != other:
                between = range(1, STEPS_BETWEEN)
                tries = [below + (above - below) * step // STEPS_BETWEEN for step in between]
                self.fleets_of(name, (size - size % min(USUAL_NODE, below) for size in tries))


def _own_size(loaded: Loaded, request: Request) -> tuple[int, ...]:
    """The file's fleet, unless a limit asks to solve for another."""
    if request.limits or request.front:
        return ()
    fleet = for_fleet(loaded, gpu=None, gpus=None).scenario.fleet or Fleet()
    if fleet.count is None:
        advice = "state fleet.count, or give --gpus, or --days or --cost to solve for it"
        message = "no fleet size is stated"
        raise refusal("CC306", message, Place(loaded.path), advice)
    return (int(fleet.count.value),)


def _ladder(loaded: Loaded, name: str | None) -> Iterator[int]:
    """Yield fleet sizes, whole servers, each half as large again or a third more."""
    node = _node_size(loaded, name)
    size = node
    while size <= LARGEST_FLEET:
        yield size
        if size * 3 // 2 % node == 0:
            yield size * 3 // 2
        size *= 2


def _node_size(loaded: Loaded, name: str | None) -> int:
    fleet = for_fleet(loaded, gpu=name, gpus=None).scenario.fleet or Fleet()
    if fleet.gpus_per_node is not None:
        return int(fleet.gpus_per_node.value)
    gpu = fleet.gpu
    hardware = accelerator(loaded.catalog, gpu) if isinstance(gpu, str) else None
    entry = hardware.entry if hardware else gpu
    per_node = getattr(entry, "gpus_per_node", None)
    return int(per_node.value) if per_node else USUAL_NODE


def _needs_amount(loaded: Loaded) -> None:
    training = for_fleet(loaded, gpu=None, gpus=None).scenario.training
    if training is None or not (training.compute or states_tokens(training)):
        message = "time and cost need an amount of training"
        advice = "state training.tokens"
        raise refusal("CC306", message, Place(loaded.path), advice)


def _answer(request: Request, fleet: FleetPlan, *, met: bool) -> str:
    limits, best = request.limits, fleet.best
    if best is None or best.days is None:
        return f"no layout of {fleet.gpus:,} x {fleet.gpu} fits: {fleet.why_none}"
    cost = f", ${best.cost_usd:,.0f}" if best.cost_usd is not None else ""
    takes = f"{fleet.gpus:,} x {fleet.gpu}: {best.days:,.3g} days{cost}"
    wanted = [] if limits.days is None else [f"in {limits.days:,.3g} days"]
    wanted += [] if limits.cost_usd is None else [f"for ${limits.cost_usd:,.0f}"]
    if not wanted:
        return takes
    if not met:
        fleets = "this fleet does not" if request.gpus else "no fleet of whole servers does"
        takes = f"{fleets}; the nearest is {takes}"
    return f"{' and '.join(wanted)}: {takes}"


def _nothing(loaded: Loaded, tried: _Tried) -> Diagnostic:
    last = list(tried.fleets.values())[-1]
    return Diagnostic(
        "CC306",
        "error",
        f"no fleet that was tried has a layout that fits; the last one: {last.why_none}",
        Place(loaded.path),
        "a fitting training.global_batch, or another GPU, widens the choice",
    )
