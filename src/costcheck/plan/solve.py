"""Solve for what is missing: the fleet for a deadline or a budget, or what a fleet takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate.resolve import accelerator
from costcheck.physics.search_best import Order
from costcheck.plan.choice import By, Limits, choose, nearest, pareto
from costcheck.plan.fleet import FleetPlan, PlannedLayout, Progress, Wish, for_fleet, plan_fleet
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
    """What is asked of a plan.

    Parameters
    ----------
    gpus : tuple of int
        Fleet sizes; empty: the file's, or solved for where there is a limit.
    gpu : tuple of str
        Accelerators to compare; empty: the file's.
    limits : Limits
        Days and dollars.
    by : {"time", "cost", "memory"}
        What the best plan has least of.
    keep : int
        Layouts to list.
    front : bool
        Trade time against cost over fleet sizes, also without a limit.
    """

    gpus: tuple[int, ...] = ()
    gpu: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    by: By = "time"
    keep: int = 10
    front: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What a plan found.

    Parameters
    ----------
    chosen : FleetPlan
        The fleet that was asked for or solved for, with its layouts.
    fleets : tuple of PlannedLayout
        The best layout of every fleet that was tried.
    front : tuple of PlannedLayout
        Those of them that no other beats in both time and cost, fastest first.
    answer : str
        What was solved for, in a sentence.
    met : bool
        Whether the limits are kept.
    evaluated : int
        Layouts evaluated over all fleets.
    """

    request: Request
    chosen: FleetPlan
    fleets: tuple[PlannedLayout, ...]
    front: tuple[PlannedLayout, ...]
    answer: str
    met: bool
    evaluated: int


def plan(loaded: Loaded, request: Request, *, progress: Progress | None = None) -> Plan:
    """Find the best layouts for a fleet, or the fleet that keeps to limits."""
    gpus = request.gpus or _own_size(loaded, request)
    names: tuple[str | None, ...] = request.gpu or (None,)
    if len(gpus) == 1 and len(names) == 1 and not request.front:
        return _one_fleet(loaded, request, names[0], gpus[0], progress)
    _needs_amount(loaded, request)
    tried = _Tried(loaded, progress)
    for name in names:
        if gpus:
            tried.fleets_of(name, gpus)
        else:
            tried.climb(name)
            tried.refine(name, request.limits)
    best = tried.best()
    if not best:
        raise CostcheckError([_nothing(loaded, tried)])
    name, size = tried.place(choose(best, request.limits, request.by))
    whole = tried.whole(name, size, request)
    if request.limits and not request.limits.met(whole.layouts[0]):
        tried.near_misses(request)
        name, size = tried.place(choose(tried.best(), request.limits, request.by))
        whole = tried.whole(name, size, request)
    if not gpus and request.limits.met(whole.layouts[0]) and request.limits:
        whole = tried.closer(name, whole, request)
    best = tried.best()
    return Plan(
        request=request,
        chosen=whole,
        fleets=tuple(best),
        front=pareto(best),
        answer=_answer(request, whole, met=request.limits.met(whole.layouts[0])),
        met=request.limits.met(whole.layouts[0]),
        evaluated=tried.evaluated,
    )


class _Tried:
    """The fleets that were searched, each once."""

    def __init__(self, loaded: Loaded, progress: Progress | None) -> None:
        self.loaded = loaded
        self.progress = progress
        self.fleets: dict[tuple[str | None, int], FleetPlan] = {}
        self.wholes: dict[tuple[str | None, int], FleetPlan] = {}
        self.evaluated = 0

    def best(self) -> list[PlannedLayout]:
        """Return the best layout of every fleet that has one."""
        return [fleet.best for fleet in self.fleets.values() if fleet.best is not None]

    def place(self, layout: PlannedLayout) -> tuple[str | None, int]:
        """Return the accelerator, as it was asked for, and the size of a layout's fleet."""
        return next(key for key, fleet in self.fleets.items() if fleet.best is layout)

    def whole(self, name: str | None, size: int, request: Request) -> FleetPlan:
        """Search one fleet among all layouts."""
        order: Order = "memory" if request.by == "memory" else "time"
        if (name, size) not in self.wholes:
            wish = Wish(keep=request.keep, order=order)
            self.wholes[name, size] = self._keep(name, size, wish)
        return self.wholes[name, size]

    def near_misses(self, request: Request) -> None:
        """Search the fleets next to the limits among all layouts, which may just keep them."""
        for layout in nearest(self.best(), request.limits)[:CLOSER]:
            self.whole(*self.place(layout), request)

    def closer(self, name: str | None, found: FleetPlan, request: Request) -> FleetPlan:
        """Return the fleet closer to the limits that all layouts together still allow.

        A deadline asks for the smallest fleet, a budget for the largest; the sizes were told apart
        by the layouts that any software runs.
        """
        smaller = request.limits.cost_usd is None
        others = [
            size
            for (own, size), fleet in self.fleets.items()
            if own == name
            and fleet.best is not None
            and (size < found.gpus if smaller else size > found.gpus)
        ]
        for size in sorted(others, reverse=smaller)[:CLOSER]:
            other = self.whole(name, size, request)
            layouts = [item.best for item in (found, other) if item.best is not None]
            if choose(layouts, request.limits, request.by) is other.best:
                found = other
        return found

    def _keep(self, name: str | None, size: int, wish: Wish) -> FleetPlan:
        found = plan_fleet(self.loaded, gpu=name, gpus=size, wish=wish)
        self.evaluated += found.evaluated
        if found.best is not None or (name, size) not in self.fleets:
            self.fleets[name, size] = found
        return found

    def fleet(self, name: str | None, size: int) -> None:
        """Search one fleet among layouts that any software runs."""
        if (name, size) in self.fleets:
            return
        self._keep(name, size, Wish(keep=1, whole=False))
        if self.progress is not None:
            self.progress(len(self.fleets), 0)

    def fleets_of(self, name: str | None, sizes: Sequence[int]) -> None:
        """Search fleets of the given sizes."""
        for size in sizes:
            self.fleet(name, size)

    def climb(self, name: str | None) -> None:
        """Search ever larger fleets, until the batch no longer divides over them."""
        fitted, in_vain = False, 0
        for size in _ladder(self.loaded, name):
            self.fleet(name, size)
            fits = self.fleets[name, size].best is not None
            fitted, in_vain = fitted or fits, 0 if fits else in_vain + 1
            if fitted and in_vain >= PATIENCE:
                return

    def refine(self, name: str | None, limits: Limits) -> None:
        """Try sizes between the last rung that breaks the limits and the first that keeps them."""
        if not limits:
            return
        sizes = sorted(size for own, size in self.fleets if own == name)
        kept = [self._keeps(name, size, limits) for size in sizes]
        for below, above, one, other in zip(sizes, sizes[1:], kept, kept[1:], strict=False):
            if one != other:
                for step in range(1, STEPS_BETWEEN):
                    size = below + (above - below) * step // STEPS_BETWEEN
                    self.fleet(name, size - size % min(USUAL_NODE, below))

    def _keeps(self, name: str | None, size: int, limits: Limits) -> bool:
        best = self.fleets[name, size].best
        return best is not None and limits.met(best)


def _one_fleet(
    loaded: Loaded, request: Request, name: str | None, size: int, progress: Progress | None
) -> Plan:
    wish = Wish(keep=request.keep, order="memory" if request.by == "memory" else "time")
    found = plan_fleet(loaded, gpu=name, gpus=size, wish=wish, progress=progress)
    best = found.best
    met = best is not None and request.limits.met(best)
    return Plan(
        request=request,
        chosen=found,
        fleets=(best,) if best else (),
        front=(),
        answer=_answer(request, found, met=met) if request.limits else "",
        met=met,
        evaluated=found.evaluated,
    )


def _own_size(loaded: Loaded, request: Request) -> tuple[int, ...]:
    """Return the file's fleet, unless a limit asks to solve for another."""
    if request.limits or request.front:
        return ()
    fleet = for_fleet(loaded, gpu=None, gpus=None).scenario.fleet or Fleet()
    if fleet.count is None:
        advice = "state fleet.count, or give --gpus, or --days or --cost to solve for it"
        message = "no fleet size is stated"
        raise CostcheckError([Diagnostic("CC306", "error", message, Place(loaded.path), advice)])
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


def _needs_amount(loaded: Loaded, request: Request) -> None:
    training = for_fleet(loaded, gpu=None, gpus=None).scenario.training
    if training is None or (training.tokens is None and training.compute is None):
        message = "time and cost need an amount of training"
        advice = "state training.tokens"
        raise CostcheckError([Diagnostic("CC306", "error", message, Place(loaded.path), advice)])


def _answer(request: Request, found: FleetPlan, *, met: bool) -> str:
    best = found.best
    limits = [
        text
        for text, value in (
            (f"in {request.limits.days or 0:,.3g} days", request.limits.days),
            (f"for ${request.limits.cost_usd or 0:,.0f}", request.limits.cost_usd),
        )
        if value is not None
    ]
    wanted = " and ".join(limits)
    if best is None or best.days is None:
        return f"no layout of {found.gpus:,} x {found.gpu} fits: {found.why_none}"
    cost = f", ${best.cost_usd:,.0f}" if best.cost_usd is not None else ""
    takes = f"{found.gpus:,} x {found.gpu}: {best.days:,.3g} days{cost}"
    if not wanted:
        return takes
    if met:
        return f"{wanted}: {takes}"
    fleets = "this fleet does not" if request.gpus else "no fleet of whole servers does"
    return f"{wanted}: {fleets}; the nearest is {takes}"


def _nothing(loaded: Loaded, tried: _Tried) -> Diagnostic:
    last = list(tried.fleets.values())[-1]
    return Diagnostic(
        "CC306",
        "error",
        f"no fleet that was tried has a layout that fits; the last one: {last.why_none}",
        Place(loaded.path),
        "a fitting training.global_batch, or another GPU, widens the choice",
    )
