"""What scenarios pay when, and where owning costs what renting does, as blocks and rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from costcheck.cash import BreakEven, Plan
from costcheck.compare import Comparison, overlap
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Paragraph,
    Table,
    cells,
    numeric,
)
from costcheck.report.views.figures import figure, percent
from costcheck.units import MONTHS_PER_YEAR

CSV_COLUMNS = ("scenario", "period", "line", "paid_usd", "present_value_usd", "cumulative_usd")

PERIODS = {"month": 1, "year": int(MONTHS_PER_YEAR)}
"""Months of one row of a table."""


def own_or_rent_blocks(compared: Comparison) -> Iterator[Block]:
    """Yield which of owned and rented scenarios is cheapest, until when; nothing without both."""
    plans, found = compared.plans, compared.own_or_rent()
    if not found:
        return
    rate = found[0].cost_of_capital
    worth = {plan.scenario: plan.value(rate) for plan in plans}
    yield Paragraph(_answer(compared, worth))
    heads = ("months", "paid", "comes back", f"present value at {percent(rate, 2)}")
    rows = tuple(
        cells(
            plan.scenario,
            f"{plan.months:.1f}",
            figure(sum(each.usd for each in plan.payments if each.usd > 0.0), "USD"),
            figure(plan.resale * plan.capital, "USD") if plan.owned else "",
            Cell(figure(worth[plan.scenario], "USD"), "strong"),
        )
        for plan in plans
    )
    yield Table("", (Column("own or rent"), *numeric(*heads)), rows)
    yield _break_evens(found)
    yield from _without_term(plans)
    yield Paragraph("payments: --cash year, or --cash month -f csv for a spreadsheet", tone="faint")


def _answer(compared: Comparison, worth: Mapping[str, float]) -> str:
    cheapest, *others = sorted(worth, key=lambda name: worth[name])
    against = " and ".join(f"{figure(worth[name], 'USD')} ({name})" for name in others)
    text = (
        f"{cheapest} is cheapest: {figure(worth[cheapest], 'USD')} of today's money against "
        f"{against}."
    )
    costs = dict(zip(compared.labels, compared.figures["cost_usd"], strict=True))
    near = [name for name in others if overlap(costs[cheapest], costs[name]) == "ranges overlap"]
    if near:
        text += f" The 90 % ranges of its cost and that of {' and '.join(near)} overlap."
    return text


def _break_evens(found: Sequence[BreakEven]) -> Table:
    rows = tuple(
        cells(
            f"{each.owned} and {each.rented}",
            figure(each.rent_usd_per_gpu_hour, "USD/GPU-hour"),
            f"{_resale(each)} ({percent(each.assumed_resale, 2)} here)",
            _use(each),
        )
        for each in found
    )
    heads = ("rent per GPU-hour", "resale of the capital", "hours used and paid")
    return Table("", (Column("cost the same at"), *numeric(*heads)), rows)


def cash_document(plans: Sequence[Plan], per: str) -> Document:
    """Return what each scenario pays in each month or year."""
    spans = list(_spans(plans, per))
    rows = [
        cells(name, *(figure(_paid(plan, start, end), "USD") for plan in plans))
        for name, start, end in spans
    ]
    totals = (sum(each.usd for each in plan.payments) for plan in plans)
    rows.append(cells("in all", *(figure(total, "USD") for total in totals)))
    values = (plan.value(plan.cost_of_capital) for plan in plans)
    rows.append(cells("present value", *(figure(value, "USD") for value in values)))
    heads = (plan.scenario for plan in plans)
    columns = (Column("paid; what comes back is negative"), *numeric(*heads))
    return (Table("", columns, tuple(rows)),)


def cash_rows(plans: Sequence[Plan], per: str) -> Iterator[tuple[object, ...]]:
    """One tidy row per scenario, period and line, with what the scenario has paid so far."""
    for plan in plans:
        total = 0.0
        for name, start, end in _spans([plan], per):
            for payment in plan.payments:
                part = payment.between(start, end)
                if part.usd:
                    total += part.usd
                    value = part.value(plan.cost_of_capital)
                    yield (plan.scenario, name, part.line, part.usd, value, total)


def _spans(plans: Sequence[Plan], per: str) -> Iterator[tuple[str, float, float]]:
    """Name, begin and end in months of each period; what is paid at the start is one of its own."""
    size, last = PERIODS[per], max((plan.months for plan in plans), default=0.0)
    yield "start", -1.0, 0.0
    for number in range(math.ceil(round(last / size, 9))):
        yield f"{per} {number + 1}", float(number * size), float((number + 1) * size)


def _paid(plan: Plan, start: float, end: float) -> float:
    return sum(payment.between(start, end).usd for payment in plan.payments)


def _resale(found: BreakEven) -> str:
    if found.resale < 0.0:
        return "none needed"
    return "more than all" if found.resale > 1.0 else percent(found.resale, 2)


def _use(found: BreakEven) -> str:
    """Share of the hours below which renting those alone is cheaper."""
    return "more than all" if found.utilization > 1.0 else percent(found.utilization, 2)


def _without_term(plans: Sequence[Plan]) -> Iterator[Block]:
    """Say what the cost of an owned scenario counts instead, where it does not say how long."""
    open_ = [plan for plan in plans if plan.owned and not plan.kept]
    if open_:
        names, months = ", ".join(plan.scenario for plan in open_), f"{open_[0].months:.0f}"
        yield Paragraph(
            f"Here {names} is sold after the run; its cost above is the run's share of a full "
            f"life, with other work after it (own.kept: {months} months counts this run alone).",
            tone="faint",
        )
