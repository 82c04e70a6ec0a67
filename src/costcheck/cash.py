"""What a scenario pays when, month by month, and where owning costs what renting does.

The question of a buyer: an owned fleet is bought at the start and sold when it is no longer kept,
after the run where the file does not say how long that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from costcheck.catalog.defaults import Defaults
from costcheck.catalog.knowledge import knowledge
from costcheck.estimate.result import Estimate
from costcheck.graph.nodes import walk
from costcheck.physics import cash as formulas
from costcheck.physics.ownership import resale_fraction
from costcheck.scenario.pricing import LINES, Own, Pricing
from costcheck.scenario.schema import Scenario
from costcheck.units import DAYS_PER_MONTH, HOURS_PER_MONTH, MONTHS_PER_YEAR

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
    kept: bool
    """Whether the file says how long the accelerators are kept, so that its cost counts it."""
    months: float
    """Until the last payment: the run, a longer term, or how long accelerators are kept."""
    gpu_hours: float
    cost_of_capital: float
    capital: float
    """What is bought at the start [USD]; 0 where nothing is."""
    resale: float
    """Share of it that comes back."""
    payments: tuple[Payment, ...]

    def value(self, cost_of_capital: float, line: str = "") -> float:
        """Present value of all payments, or of one line."""
        wanted = (each for each in self.payments if line in ("", each.line))
        return sum(each.value(cost_of_capital) for each in wanted)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where an owned and a rented way of running the same hours cost the same."""

    owned: str
    rented: str
    cost_of_capital: float
    """Rate of the owner, by which both are discounted."""
    owned_present_value: float
    rented_present_value: float
    rent_usd_per_gpu_hour: float
    """Rent at which both cost the same."""
    resale: float
    """Share of the capital that has to come back."""
    assumed_resale: float
    utilization: float
    """Share of the hours that has to be used where rent is paid for used hours alone."""


def plan_of(estimate: Estimate, label: str) -> Plan | None:
    """The payments of a scenario, None where its length, hours or cost is not known."""
    figures, source = estimate.figures, estimate.source
    days, hours, cost = (figures[name].central for name in ("days", "gpu_hours", "cost_usd"))
    if (
        days is None
        or hours is None
        or cost is None
        or figures["cost_usd"].at_least
        or source is None
    ):
        return None
    values, own = _values(estimate, source.scenario), _ownership(source.scenario)
    known = knowledge(source.catalog).ownership
    bill = {line.key: usd for line in LINES if (usd := values.get(f"cost/{line.key}")) is not None}
    run = days / DAYS_PER_MONTH
    term = values.get("overheads/commitment", 0.0) / HOURS_PER_MONTH
    kept = values.get("own/kept", 0.0) * MONTHS_PER_YEAR
    horizon = max(run, term, kept)
    capital = (figures["capex_usd"].central or 0.0) if own is not None else 0.0
    resale = 0.0 if own is None else _resale(own, values, known, horizon / MONTHS_PER_YEAR)
    if own is not None:
        payments = list(_owned(values, capital, resale, horizon))
    else:
        payments = [Payment(line="rent", usd=cost - sum(bill.values()), first=0.0, last=run)]
    for key, usd in bill.items():
        first, last = (run, max(run, term)) if key == "commitment" else (0.0, run)
        payments.append(Payment(line=key, usd=usd, first=first, last=last))
    return Plan(
        scenario=label,
        owned=own is not None,
        kept=own is not None and own.kept is not None,
        months=horizon,
        gpu_hours=hours,
        cost_of_capital=values.get("own/cost_of_capital", known["cost_of_capital"].value),
        capital=capital,
        resale=resale,
        payments=tuple(payments),
    )


def break_evens(plans: Sequence[Plan]) -> Iterator[BreakEven]:
    """Yield where each owned plan costs what each rented one does."""
    for owned in (plan for plan in plans if plan.owned):
        for rented in (plan for plan in plans if not plan.owned):
            yield _break_even(owned, rented)


def _break_even(owned: Plan, rented: Plan) -> BreakEven:
    rate = owned.cost_of_capital
    own, rent, by_hour = owned.value(rate), rented.value(rate), rented.value(rate, "rent")
    price = sum(each.usd for each in rented.payments if each.line == "rent") / rented.gpu_hours
    end = Payment(line="resale", usd=owned.capital, first=owned.months, last=owned.months)
    back = end.value(rate)
    return BreakEven(
        owned=owned.scenario,
        rented=rented.scenario,
        cost_of_capital=rate,
        owned_present_value=own,
        rented_present_value=rent,
        rent_usd_per_gpu_hour=price * (own - rent + by_hour) / by_hour,
        resale=float(
            formulas.break_even_resale(
                owned_before_resale=own + owned.resale * back, rented=rent, capital_at_end=back
            )
        ),
        assumed_resale=owned.resale,
        utilization=own / rent,
    )


def _owned(
    values: Mapping[str, float], capital: float, resale: float, horizon: float
) -> Iterator[Payment]:
    years = capital / values["capital"] * horizon / MONTHS_PER_YEAR
    yield Payment(line="capital", usd=capital, first=0.0, last=0.0)
    for part in RUNNING:
        usd = years * values[f"own/yearly/{part}"]
        yield Payment(line=part, usd=usd, first=0.0, last=horizon)
    yield Payment(line="resale", usd=-resale * capital, first=horizon, last=horizon)


def _resale(own: Own, values: Mapping[str, float], known: Defaults, years: float) -> float:
    """Stated, of the time the file says, else what used accelerators of that age bring."""
    if own.salvage is not None or own.kept is not None:
        return values["own/salvage"]
    kept, cluster = (known[key].value for key in ("value_kept_per_year", "cluster_over_server"))
    return float(
        resale_fraction(value_kept_per_year=kept, years=years, capital_over_server=cluster)
    )


def _ownership(scenario: Scenario) -> Own | None:
    first = scenario.stages[0].pricing if scenario.stages else None
    return (scenario.pricing or first or Pricing()).own


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
