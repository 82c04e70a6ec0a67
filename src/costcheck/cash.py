"""What a scenario pays when, month by month, and where owning costs what renting does.

The question of a buyer: a fleet that is kept for a run alone is bought at the start and sold when
it is no longer kept. Where other work uses it too, as where a file does not say how long it is
kept, the run pays its part. So the payments are those that the cost of the estimate counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from costcheck.catalog.defaults import Defaults
from costcheck.catalog.knowledge import knowledge
from costcheck.estimate.result import Estimate
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Along, Array, Input, Node, Product, walk
from costcheck.physics import cash as formulas
from costcheck.scenario.pricing import LINES, Own, Pricing
from costcheck.scenario.schema import Scenario
from costcheck.units import DAYS_PER_MONTH, HOURS_PER_MONTH, MONTHS_PER_YEAR

RATE, RESALE, LIFE, USE = "cost of capital", "resale", "life", "use"
"""What of a plan may be assumed."""

STEPS = 257
"""Multiples of a rent that are tried at once where two plans are made equal."""

RUNNING = ("maintenance", "staff", "colocation", "electricity")
"""Yearly costs of an owner besides the capital."""


@dataclass(frozen=True, kw_only=True)
class Payment:
    """An amount, paid at once or evenly over a time."""

    line: str
    usd: float
    first: float
    """Month it begins."""
    last: float
    """Month it ends; the same where it is paid at once."""

    def between(self, start: float, end: float) -> Payment:
        """The part of it after one month and not after another."""
        usd = formulas.paid_between(
            usd=self.usd, first=self.first, last=self.last, start=start, end=end
        )
        if self.first == self.last:
            return replace(self, usd=float(usd))
        return replace(self, usd=float(usd), first=max(self.first, start), last=min(self.last, end))

    def value(self, cost_of_capital: float) -> float:
        """Its present value."""
        terms = {"first": self.first, "last": self.last, "cost_of_capital": cost_of_capital}
        return float(formulas.present_value(usd=self.usd, **terms))


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What one scenario pays, and when."""

    scenario: str
    owned: bool
    kept: float | None
    """Months that accelerators are kept, stated or their life; None where they are rented."""
    shared: bool
    """Whether other work uses them too: paid is the run's part."""
    used: float
    """Share of the hours they are kept that is used; 1 where they are rented."""
    run: float
    """Months of the run."""
    months: float
    """Until the last payment: the run, a longer term, or until the accelerators are sold."""
    gpu_hours: float
    such_work: float
    """Times as many GPU-hours a run may have that it is balanced against."""
    cost_of_capital: float
    """By which all plans of a comparison are discounted."""
    capital: float
    """What is bought at the start [USD]; 0 where nothing is."""
    resale: float
    """Share of it that comes back."""
    assumed: Mapping[str, str]
    """Shares that nobody stated, with who says so."""
    payments: tuple[Payment, ...]
    lines_at: Callable[[Array], Mapping[str, Array]]
    """Dollars of the lines of the bill at multiples of the rent: idle hours, terms and support
    go with it."""

    def value(self, line: str = "") -> float:
        """Present value of all payments, or of one line."""
        wanted = (each for each in self.payments if line in ("", each.line))
        return sum(each.value(self.cost_of_capital) for each in wanted)

    def value_at(self, times: Array) -> Array:
        """Present value of all payments at multiples of the rent."""
        rate, lines = self.cost_of_capital, self.lines_at(times)
        worth: Array = np.zeros_like(times)
        for each in self.payments:
            usd = each.usd * times if each.line == "rent" else lines[each.line]
            worth = worth + formulas.present_value(
                usd=usd, first=each.first, last=each.last, cost_of_capital=rate
            )
        return worth

    @property
    def paid(self) -> float:
        """All payments, less what comes back."""
        return sum(each.usd for each in self.payments)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where an owned and a rented way of running the same hours cost the same."""

    owned: str
    rented: str
    cost_of_capital: float
    """Rate of the owner, by which both are discounted."""
    owned_present_value: float
    rented_present_value: float
    rent_usd_per_gpu_hour: float | None
    """Rent at which both cost the same, with all that goes with it; None where none is low enough:
    the lines that do not are dearer than owning."""
    resale: float | None
    """Share of the capital that has to come back; None where the run only has a part of it."""
    assumed_resale: float
    utilization: float
    """Share of the owned hours that has to be used where rent is paid for used hours alone."""
    used: float
    """Share of them that the owner uses here."""
    assumed: Mapping[str, str]
    """Shares of the owner that nobody stated, with who says so."""


def plans_of(estimates: Sequence[Estimate], labels: Sequence[str]) -> tuple[Plan, ...]:
    """The payments of every scenario that has them.

    Where owned ones stand beside rented ones, the first owner's cost of capital discounts all.
    """
    plans = [plan for plan in map(plan_of, estimates, labels) if plan is not None]
    owners = [plan for plan in plans if plan.owned]
    if not owners or len(owners) == len(plans):
        return tuple(plans)
    return tuple(_discounted(plan, owners[0]) for plan in plans)


def _discounted(plan: Plan, owner: Plan) -> Plan:
    """A plan at the rate of an owner."""
    assumed = {key: said for key, said in plan.assumed.items() if key != RATE}
    assumed |= {key: said for key, said in owner.assumed.items() if key == RATE}
    return replace(plan, cost_of_capital=owner.cost_of_capital, assumed=assumed)


def plan_of(estimate: Estimate, label: str) -> Plan | None:
    """The payments of a scenario, None where its length, hours or cost is not known."""
    figures, source = estimate.figures, estimate.source
    days, hours, cost = (figures[name].central for name in ("days", "gpu_hours", "cost_usd"))
    if days is None or hours is None or cost is None or source is None:
        return None
    ways = _ways(source.scenario)
    if figures["cost_usd"].at_least or not _is_paid(ways):
        return None
    values, own = _values(estimate, source.scenario), ways[0].own
    known, run = knowledge(source.catalog).ownership, days / DAYS_PER_MONTH
    lines, rate = list(_lines(values, run)), known["cost_of_capital"]
    if own is None:
        rent = cost - sum(line.usd for line in lines)
        held = _Held([Payment(line="rent", usd=rent, first=0.0, last=run)], run)
    elif own.kept is None or own.utilization is not None:
        held = _shared(own, values, known, run, hours)
    else:
        held = _owned(own, values, known, run, figures["capex_usd"].central or 0.0)
    stated = own is not None and own.cost_of_capital is not None
    return Plan(
        scenario=label,
        owned=own is not None,
        kept=held.kept,
        shared=held.shared,
        used=values["own/utilization"] if own else 1.0,
        run=run,
        months=max([held.end, *(line.last for line in lines)]),
        gpu_hours=hours,
        such_work=known["such_work"].value,
        cost_of_capital=values.get("own/cost_of_capital", rate.value),
        capital=held.capital,
        resale=held.resale,
        assumed=held.assumed if stated else {**held.assumed, RATE: rate.sources[0]},
        payments=(*held.payments, *lines),
        lines_at=lambda times: _lines_at(estimate, times),
    )


def break_evens(plans: Sequence[Plan]) -> Iterator[BreakEven]:
    """Yield where each owned plan costs what each rented one of such work does."""
    for owned in (plan for plan in plans if plan.owned):
        for rented in (plan for plan in plans if not plan.owned):
            hours = owned.gpu_hours, rented.gpu_hours
            if max(hours) <= owned.such_work * min(hours):
                yield _break_even(owned, rented)


def _break_even(owned: Plan, rented: Plan) -> BreakEven:
    own, rent = owned.value(), rented.value()
    rate = owned.cost_of_capital
    price = sum(each.usd for each in rented.payments if each.line == "rent") / rented.gpu_hours
    end = Payment(line="resale", usd=owned.capital, first=owned.months, last=owned.months)
    back = end.value(rate)
    before, resale = own + owned.resale * back, None
    if back:
        terms = {"owned_before_resale": before, "rented": rent, "capital_at_end": back}
        resale = float(formulas.break_even_resale(**terms))
    times = _times_rent(rented, own)
    spread = _evenly(owned.run, rate) / _evenly(owned.months, rate)
    return BreakEven(
        owned=owned.scenario,
        rented=rented.scenario,
        cost_of_capital=rate,
        owned_present_value=own,
        rented_present_value=rent,
        rent_usd_per_gpu_hour=None if times is None else price * times,
        resale=resale,
        assumed_resale=owned.resale,
        utilization=own * owned.used * spread / (rent - rented.value("commitment")),
        used=owned.used,
        assumed=owned.assumed,
    )


def _evenly(months: float, rate: float) -> float:
    """The value of a dollar that is paid evenly over some months."""
    return Payment(line="", usd=1.0, first=0.0, last=months).value(rate)


def _times_rent(rented: Plan, usd: float) -> float | None:
    """The multiple of its rent at which a plan is worth some dollars; it is worth more with more.

    The rent alone is worth them at the upper end, and the second pass looks into the step of the
    first: what is left is straight but for a band of support.
    """
    low, high = 0.0, usd / rented.value("rent")
    if usd < rented.value_at(np.zeros(1))[0]:
        return None
    for _ in range(2):
        times = np.linspace(low, high, STEPS)
        worth = rented.value_at(times)
        at = int(np.clip(np.searchsorted(worth, usd), 1, STEPS - 1))
        low, high = float(times[at - 1]), float(times[at])
    return float(np.interp(usd, worth[at - 1 : at + 1], (low, high)))


def _lines_at(estimate: Estimate, times: Array) -> dict[str, Array]:
    """Dollars of the lines of the bill where every rent of the file is some multiple of itself."""
    nodes = {node.name: node for node in walk(estimate.root.values())}
    lines = {line.key: nodes[f"cost/{line.key}"] for line in LINES if f"cost/{line.key}" in nodes}
    rents = [_stated(node) for name, node in nodes.items() if f"/{name}".endswith("/price/rent")]
    below = {node.name for node in walk(lines.values())}
    bindings = {
        leaf.name: Along("rent", leaf.value * times)
        for leaf in rents
        if leaf.name in below and not isinstance(leaf.value, Along)
    }
    found = evaluate(lines.values(), bindings=bindings)
    return {key: np.ravel(usd) for key, node in lines.items() if (usd := found[node]) is not None}


def _stated(rent: Node) -> Input:
    """The amount behind a rent per accelerator: of a node, or of another currency."""
    while isinstance(rent, Product):
        rent = rent.over[0]
    assert isinstance(rent, Input)  # noqa: S101 - what is not known has no plan
    return rent


def _lines(values: Mapping[str, float], run: float) -> Iterator[Payment]:
    """The lines of the bill, paid during the run; a term that outlasts it after that."""
    end = max(run, values.get("overheads/commitment", 0.0) / HOURS_PER_MONTH)
    for line in LINES:
        if (usd := values.get(f"cost/{line.key}")) is not None:
            first, last = (run, end) if line.key == "commitment" else (0.0, run)
            yield Payment(line=line.key, usd=usd, first=first, last=last)


class _Held(NamedTuple):
    """What the accelerators of a run take, without the other lines of its bill."""

    payments: list[Payment]
    end: float
    """Month in which they are given back or sold, or the run ends that shared them."""
    kept: float | None = None
    shared: bool = False
    capital: float = 0.0
    resale: float = 0.0
    assumed: Mapping[str, str] = {}


def _shared(
    own: Own, values: Mapping[str, float], known: Defaults, run: float, gpu_hours: float
) -> _Held:
    """The run's part of accelerators that other work uses too, paid as it runs."""
    payments = [
        Payment(line=part, usd=gpu_hours * values[f"price/own/{part}"], first=0.0, last=run)
        for part in ("capital", *RUNNING)
    ]
    kept = values["own/kept" if own.kept else "own/life"] * MONTHS_PER_YEAR
    assumed = {} if own.kept or own.life else {LIFE: known["life_years"].sources[0]}
    assumed |= {} if own.utilization else {USE: known["utilization"].sources[0]}
    return _Held(payments, run, kept, shared=True, assumed=assumed)


def _owned(
    own: Own, values: Mapping[str, float], known: Defaults, run: float, capital: float
) -> _Held:
    """What is bought for the run alone, until it is sold."""
    kept, resale = values["own/kept"] * MONTHS_PER_YEAR, values["own/salvage"]
    end = max(run, kept)
    years = capital / values["capital"] * end / MONTHS_PER_YEAR
    payments = [
        Payment(line="capital", usd=capital, first=0.0, last=0.0),
        *(
            Payment(line=part, usd=years * values[f"own/yearly/{part}"], first=0.0, last=end)
            for part in RUNNING
        ),
        Payment(line="resale", usd=-resale * capital, first=end, last=end),
    ]
    market = {RESALE: known["value_kept_per_year"].sources[0]}
    assumed = market if own.salvage is None else {}
    return _Held(payments, end, kept, capital=capital, resale=resale, assumed=assumed)


def _ways(scenario: Scenario) -> list[Pricing]:
    """How each stage is paid for."""
    of_all = scenario.pricing or Pricing()
    return [stage.pricing or of_all for stage in scenario.stages] or [of_all]


def _is_paid(ways: Sequence[Pricing]) -> bool:
    """Whether all stages are rented or all are owned; what is written off is no payment."""
    return len({way.own is None for way in ways}) == 1 and not any(way.amortized for way in ways)


def _values(estimate: Estimate, scenario: Scenario) -> dict[str, float]:
    """Central values by name; a stage's terms by the name they have without stages."""
    stages = [f"{stage.name}/" for stage in scenario.stages]
    found: dict[str, float] = {}
    for node in walk(estimate.root.values()):
        value = estimate.evaluation[node]
        if value is None or np.ndim(value):
            continue
        prefix = next((each for each in stages if node.name.startswith(each)), "")
        found.setdefault(node.name.removeprefix(prefix), float(value))
    return found
