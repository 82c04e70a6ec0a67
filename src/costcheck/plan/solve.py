"""Solve for what is missing: the fleet for a deadline or a budget, or what a fleet takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from costcheck.catalog.performance import performance_data
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, refusal
from costcheck.estimate.amount import states_tokens
from costcheck.estimate.layout_search import IDEAS, WATCHED
from costcheck.estimate.resolve import Hardware, accelerator
from costcheck.estimate.result import SEVERITY, Finding, Verdict
from costcheck.physics.search_ideas import Order
from costcheck.plan.budgets import budgeted, judged_limits
from costcheck.plan.choice import By, Limits, choose, knee, pareto, worthwhile
from costcheck.plan.context import LongestContext, longest_contexts
from costcheck.plan.fleet import (
    FleetPlan,
    NoLayoutError,
    PlannedLayout,
    Progress,
    for_fleet,
    plan_fleet,
)
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Fleet

PATIENCE = 3
"""Rungs of the ladder without any layout after which larger fleets are not tried."""

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
    keep: int = IDEAS
    front: bool = False
    """Trade time against cost over fleet sizes, also without a limit."""
    max_gpus: int | None = None
    """Largest fleet to try; None: the largest that was ever measured."""
    stage: str | None = None
    """Name of the stage to plan; None: the first of pre-training, else the first."""
    max_context: bool = False
    """Ask for the longest sequence that fits one fleet."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What a plan found."""

    request: Request
    chosen: FleetPlan
    """The fleet that was asked for or solved for, with its layouts."""
    tried: tuple[FleetPlan, ...]
    """Every fleet that was tried, also those in which nothing fits."""
    front: tuple[PlannedLayout, ...]
    """Those of them that no other beats in both time and cost, fastest first."""
    knee: PlannedLayout | None
    """The fastest that costs no more than the cheapest does, but for noise."""
    answer: str
    met: bool
    spare: bool
    """Whether the budget pays for every fleet worth its price."""
    evaluated: int
    """Layouts evaluated over all fleets."""
    verdict: Verdict
    """What an estimate of the chosen fleet says, the limits and their ranges included."""
    judged: tuple[Finding, ...] = ()
    """What it says of each limit."""
    contexts: tuple[LongestContext, ...] = ()
    """The longest sequences, where they are asked for."""

    @property
    def fleets(self) -> tuple[PlannedLayout, ...]:
        """The best layout of every fleet that has one."""
        return tuple(fleet.best for fleet in self.tried if fleet.best is not None)

    @property
    def worthwhile(self) -> tuple[PlannedLayout, ...]:
        """Those of the front, fastest first, that are worth their price."""
        return worthwhile(self.front)


def plan(loaded: Loaded, request: Request, *, progress: Progress | None = None) -> Plan:
    """Find the best layouts for a fleet, or the fleet that keeps to limits."""
    of_file = budgeted(loaded)
    loaded = _of_stage(loaded, request)
    gpus = request.gpus or _own_size(loaded, request, of_file)
    request = replace(request, limits=request.limits.completed(of_file))
    names: tuple[str | None, ...] = request.gpu or (None,)
    tried = _Tried(loaded, request, progress)
    alone = len(gpus) == 1 and len(names) == 1 and not request.front
    if request.max_context and not alone:
        raise _one_fleet(loaded)
    if request.max_context:
        contexts = longest_contexts(loaded, gpu=names[0], gpus=gpus[0], progress=progress)
        chosen = tried.alone(names[0], gpus[0], every=False)
        return replace(_plan(tried, chosen), contexts=contexts)
    if alone:
        return _plan(tried, tried.alone(names[0], gpus[0]))
    _needs_amount(loaded, names[0])
    for name in names:
        if gpus:
            tried.fleets_of(name, gpus)
        else:
            tried.climb(name)
            tried.refine(name)
    if not tried.best():
        if gpus and tried.fleets:
            return _plan(tried, next(iter(tried.fleets.values())))
        raise CostcheckError([_nothing(loaded, tried)])
    return _plan(tried, tried.preferred())


def _plan(tried: _Tried, chosen: FleetPlan) -> Plan:
    request, best = tried.request, tried.best()
    several = len(tried.fleets) > 1
    met = chosen.best is not None and request.limits.met(chosen.best)
    judged = judged_limits(chosen, request.limits)
    return Plan(
        request=request,
        chosen=chosen,
        tried=tuple(tried.fleets.values()),
        front=pareto(best) if several else (),
        knee=knee(best, tried.noise) if several else None,
        answer=_answer(tried, chosen, met=met) if several or request.limits else "",
        met=met,
        spare=several and request.limits.spare(best),
        evaluated=sum(fleet.evaluated for fleet in tried.fleets.values()),
        verdict=max((chosen.verdict, *(each.verdict for each in judged)), key=SEVERITY.__getitem__),
        judged=judged,
    )


class _Tried:
    def __init__(self, loaded: Loaded, request: Request, progress: Progress | None) -> None:
        self.loaded = loaded
        self.request = request
        self.progress = progress
        self.order: Order = "memory" if request.by == "memory" else "time"
        self.fleets: dict[tuple[str | None, int], FleetPlan] = {}
        self.reasons: list[str] = []
        self.batch: int | None = None
        data = performance_data(loaded.catalog)
        self.noise = data.default("search.knee").value

    def best(self) -> list[PlannedLayout]:
        """The best layout of every fleet that has one."""
        return [fleet.best for fleet in self.fleets.values() if fleet.best is not None]

    def preferred(self) -> FleetPlan:
        """The fleet to prefer of those that were tried."""
        request = self.request
        asked = bool(request.gpus) and not request.front
        layout = choose(self.best(), request.limits, request.by, self.noise, asked=asked)
        return next(fleet for fleet in self.fleets.values() if fleet.best is layout)

    def alone(self, name: str | None, size: int, *, every: bool = True) -> FleetPlan:
        """Search the one fleet that is asked for."""
        watched = WATCHED.set(self.progress)
        try:
            found = self._search(name, size, batch=None, every=every)
        finally:
            WATCHED.reset(watched)
        self.fleets[name, size] = found
        return found

    def _search(self, name: str | None, size: int, *, batch: int | None, every: bool) -> FleetPlan:
        return plan_fleet(
            self.loaded,
            gpu=name,
            gpus=size,
            batch=batch,
            keep=self.request.keep,
            order=self.order,
            every=every,
        )

    def _try(self, name: str | None, size: int) -> FleetPlan | None:
        """Search a fleet; an assumed batch is that of the first one, but where none can run it."""
        found = None
        for batch in dict.fromkeys((self.batch, None)):
            try:
                found = self._search(name, size, batch=batch, every=False)
            except NoLayoutError as error:
                self.reasons.append(error.diagnostics[0].message)
                continue
            if found.best is not None:
                break
        if found is not None and found.batch_assumed and self.batch is None:
            self.batch = found.global_batch
        return found

    def fleets_of(self, name: str | None, sizes: Sequence[int], total: int = 0) -> None:
        """Search fleets of some sizes."""
        hardware = _hardware(self.loaded, name)
        machine = hardware.machine_size if hardware else 1
        for size in sizes:
            if (name, size) in self.fleets or size % machine:
                continue
            found = self._try(name, size)
            if found is not None:
                self.fleets[name, size] = found
            if self.progress is not None:
                self.progress(len(self.fleets), max(total, len(self.fleets)))

    def climb(self, name: str | None) -> None:
        """Search ever larger fleets, up to the largest measured one or that allowed."""
        fitted, in_vain, total = False, 0, 0
        for size in _ladder(_node_size(self.loaded, name)):
            if size > self.largest(name):
                return
            total = total or 2 * self.largest(name).bit_length()
            self.fleets_of(name, (size,), total)
            found = self.fleets.get((name, size))
            fits = found is not None and found.best is not None
            fitted, in_vain = fitted or fits, 0 if fits else in_vain + 1
            if fitted and in_vain >= PATIENCE:
                return

    def largest(self, name: str | None) -> int:
        """The largest fleet to try of an accelerator."""
        if self.request.max_gpus is not None:
            return self.request.max_gpus
        fleet = _fleet(self.loaded, name)
        own = int(fleet.count.value) if fleet.count else 0
        measured = (found.largest_measured for found in self.fleets.values())
        return max(own, *measured, _node_size(self.loaded, name))

    def refine(self, name: str | None) -> None:
        """Try sizes between the last rung that breaks the deadline and the first that keeps it.

        A budget refines nothing: what is compared must not depend on the money there is.
        """
        limits = Limits(days=self.request.limits.days)
        if not limits:
            return
        found = sorted(
            (size, fleet.best) for (gpu, size), fleet in self.fleets.items() if gpu == name
        )
        kept = [(size, best is not None and limits.met(best)) for size, best in found]
        for (below, one), (above, other) in pairwise(kept):
            if one != other:
                between = range(1, STEPS_BETWEEN)
                tries = [below + (above - below) * step // STEPS_BETWEEN for step in between]
                node = _node_size(self.loaded, name)
                self.fleets_of(name, [size - size % min(node, below) for size in tries])


def _of_stage(loaded: Loaded, request: Request) -> Loaded:
    """The scenario with the one stage that is asked for; limits of several stages are refused."""
    stages = loaded.scenario.stages or ()
    names = ", ".join(stage.name for stage in stages)
    if request.stage is None:
        if request.limits and len(stages) > 1:
            message = "a limit of days or dollars is planned for one stage"
            raise refusal("CC306", message, Place(loaded.path), f"add --stage, one of {names}")
        return loaded
    chosen = [stage for stage in stages if stage.name == request.stage]
    if not chosen:
        message = f"no stage is called {request.stage!r}"
        advice = f"the stages are {names}" if names else "the file has no stages"
        raise refusal("CC306", message, Place(loaded.path), advice)
    return replace(loaded, scenario=replace(loaded.scenario, stages=tuple(chosen)))


def _one_fleet(loaded: Loaded) -> CostcheckError:
    message = "--max-context asks about one fleet"
    return refusal("CC306", message, Place(loaded.path), "give one --gpus and at most one --gpu")


def _own_size(loaded: Loaded, request: Request, of_file: Limits) -> tuple[int, ...]:
    """The file's fleet; none where a limit that is asked for, or the file's own, solves for it."""
    if request.limits or request.front:
        return ()
    gpu = next(iter(request.gpu), None)
    fleet = for_fleet(loaded, gpu=gpu, gpus=None).scenario.fleet or Fleet()
    if fleet.count is None and of_file:
        return ()
    if fleet.count is None:
        advice = "state fleet.count, or give --gpus, or --days or --cost to solve for it"
        message = "no fleet size is stated"
        raise refusal("CC306", message, Place(loaded.path), advice)
    return (int(fleet.count.value),)


def _ladder(node: int) -> Iterator[int]:
    """Yield parts of a server, then whole servers, each half as large again or a third more."""
    size = 1
    while True:
        yield size
        if size >= node and size * 3 // 2 % node == 0:
            yield size * 3 // 2
        size = size * 2 if size >= node else min(size * 2, node)


def _fleet(loaded: Loaded, name: str | None) -> Fleet:
    return for_fleet(loaded, gpu=name, gpus=None).scenario.fleet or Fleet()


def _hardware(loaded: Loaded, name: str | None) -> Hardware | None:
    """The accelerator of a name, else that of the file; None for one that the file describes."""
    gpu = _fleet(loaded, name).gpu
    return accelerator(loaded.catalog, gpu) if isinstance(gpu, str) else None


def _node_size(loaded: Loaded, name: str | None) -> int:
    fleet = _fleet(loaded, name)
    if fleet.gpus_per_node is not None:
        return int(fleet.gpus_per_node.value)
    hardware = _hardware(loaded, name)
    entry = hardware.entry if hardware else fleet.gpu
    per_node = getattr(entry, "gpus_per_node", None)
    usual = performance_data(loaded.catalog).default("server").value
    return int(per_node.value if per_node else usual)


def _needs_amount(loaded: Loaded, gpu: str | None) -> None:
    training = for_fleet(loaded, gpu=gpu, gpus=None).scenario.training
    if training is None or not (training.compute or states_tokens(training)):
        message = "time and cost need an amount of training"
        advice = "state training.tokens"
        raise refusal("CC306", message, Place(loaded.path), advice)


def _answer(tried: _Tried, fleet: FleetPlan, *, met: bool) -> str:
    limits, best = tried.request.limits, fleet.best
    if best is None or best.days is None:
        return f"no layout of {fleet.gpus:,} x {fleet.gpu} fits: {fleet.why_none}"
    cost = f", ${best.cost_usd:,.0f}" if best.cost_usd is not None else ""
    takes = f"{fleet.gpus:,} x {fleet.gpu}: {_days(best.days)}{cost}"
    wanted = [] if limits.days is None else [f"in {_days(limits.days)}"]
    wanted += [] if limits.cost_usd is None else [f"for ${limits.cost_usd:,.0f}"]
    if not wanted:
        return takes
    if not met:
        asked = tried.request.gpus
        nearest = "none of these fleets does" if asked else "no fleet of whole servers does"
        alone = len(tried.fleets) == 1
        takes = f"this fleet does not: {takes}" if alone else f"{nearest}; the nearest is {takes}"
    return f"{' and '.join(wanted)}: {takes}"


def _days(days: float) -> str:
    return "1 day" if days == 1.0 else f"{days:,.3g} days" if days < 1000.0 else f"{days:,.0f} days"


def _nothing(loaded: Loaded, tried: _Tried) -> Diagnostic:
    last = [fleet.why_none for fleet in tried.fleets.values()] or tried.reasons
    return Diagnostic(
        "CC306",
        "error",
        f"no fleet that was tried has a layout that fits; the last one: {last[-1]}",
        Place(loaded.path),
        "a fitting training.global_batch, or another GPU, widens the choice",
    )
