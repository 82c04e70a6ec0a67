"""The limits of a file as those of a plan, and what an estimate says of them."""

from dataclasses import replace

from costcheck.diagnostics import CostcheckError
from costcheck.estimate.budget import limits_of
from costcheck.estimate.result import Finding
from costcheck.estimate.validity import missing_currency_rates
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.judgement import judge
from costcheck.plan.choice import Limits
from costcheck.plan.fleet import FleetPlan
from costcheck.scenario.load import Loaded
from costcheck.scenario.pricing import Budget
from costcheck.text.quantity import parse


def budgeted(loaded: Loaded) -> Limits:
    """The budget of a file; that of several stages says nothing of one."""
    scenario = loaded.scenario
    if scenario.budget is None or len(scenario.stages) > 1:
        return Limits()
    if missing := missing_currency_rates(loaded):
        raise CostcheckError(missing)
    rates = scenario.currency_rates or {}
    found = {key: limit for key, limit, _ in limits_of(scenario.budget, rates)}
    return Limits(days=found.get("duration"), cost_usd=found.get("cost"))


def judged_limits(fleet: FleetPlan, limits: Limits) -> tuple[Finding, ...]:
    """What the estimate of a fleet says of limits, at both ends of its range."""
    if fleet.best is None or not limits:
        return ()
    days, usd = limits.days, limits.cost_usd
    budget = Budget(
        duration=None if days is None else parse(f"{days:.6g} days", "duration"),
        cost=None if usd is None else parse(f"${usd:,.0f}", "money"),
    )
    single = replace(fleet.scenario, scenario=replace(fleet.scenario.scenario, budget=budget))
    return judge(single, samples=DEFAULT_SAMPLES, seed=DEFAULT_SEED).budget
