"""What scenarios pay when, and where owning costs what renting does, as blocks and rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from costcheck.cash import LIFE, RATE, RESALE, USE, BreakEven, Plan
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
from costcheck.report.views.estimate import ASSUMED
from costcheck.report.views.figures import figure, percent
from costcheck.units import MONTHS_PER_YEAR

CSV_COLUMNS = ("scenario", "period", "line", "paid_usd", "present_value_usd", "cumulative_usd")

NEARLY_ALL = 0.99
"""Share of the months kept that a run has to take for none to be worth a word."""

PERIODS = {"month": 1, "year": int(MONTHS_PER_YEAR)}
"""Months of one row of a table."""


def own_or_rent_blocks(compared: Comparison) -> Iterator[Block]:
    """Yield which of owned and rented scenarios is cheapest, until when; nothing without both."""
    plans, found = compared.plans, compared.own_or_rent()
    if not found:
        return
    yield Paragraph(_answer(compared))
    mark = _mark(plans, RATE)
    worth = f"present value at {percent(plans[0].cost_of_capital, 2)}{mark}"
    rows = tuple(
        cells(
            plan.scenario,
            f"{plan.months:.1f}",
            figure(sum(each.usd for each in plan.payments if each.usd > 0.0), "USD"),
            figure(plan.resale * plan.capital, "USD") + _mark([plan], RESALE)
            if plan.capital
            else "",
            Cell(_present_value(compared, plan), "strong"),
        )
        for plan in plans
    )
    heads = ("months", "paid", "comes back", worth)
    yield Table("", (Column("own or rent"), *numeric(*heads)), rows)
    yield _break_evens(found)
    yield from (Paragraph(text, tone="faint") for text in _remarks(plans))
    yield Paragraph(_next(plans), tone="faint")


def _answer(compared: Comparison) -> str:
    worth, best = compared.worth, compared.best.get("cost_usd")
    cannot = [name for name, verdict in compared.verdicts.items() if verdict == "infeasible"]
    text = f" {' and '.join(cannot)} cannot be done as stated." if cannot else ""
    if best is None:
        return text.strip() or "Today's money cannot tell them apart."
    cheapest = compared.labels[best]
    known = {name: item.central for name, item in worth.items() if item.central is not None}
    usd = {name: figure(central, "USD") for name, central in known.items()}
    others = sorted((n for n in known if n not in (cheapest, *cannot)), key=known.__getitem__)
    if dark := [name for name in worth if name not in known]:
        text += f" What {' and '.join(dark)} is worth today is not known."
    against = " and ".join(f"{usd[name]} ({name})" for name in others)
    near = [name for name in others if overlap(worth[cheapest], worth[name]) == "ranges overlap"]
    if near:
        text = f" Its 90 % range and that of {' and '.join(near)} overlap.{text}"
    text += _other_hours(compared.plans)
    beside = f" against {against}" if against else ""
    return f"{cheapest} is cheapest: {usd[cheapest]} of today's money{beside}.{text}"


def _other_hours(plans: Sequence[Plan]) -> str:
    hours = {plan.scenario: figure(plan.gpu_hours, "GPU-hours") for plan in plans}
    if len(set(hours.values())) == 1:
        return ""
    each = ", ".join(f"{count} ({name})" for name, count in hours.items())
    return f" But they do not run the same GPU-hours: {each}."


def _break_evens(found: Sequence[BreakEven]) -> Table:
    rows = tuple(
        cells(
            f"{each.owned} and {each.rented}",
            _rent(each),
            _resale(each),
            _use(each),
        )
        for each in found
    )
    heads = ("rent per GPU-hour", "resale of the capital", "owned hours used")
    return Table("", (Column("cost the same at"), *numeric(*heads)), rows)


def _present_value(compared: Comparison, plan: Plan) -> str:
    cost = compared.figures["cost_usd"][compared.labels.index(plan.scenario)]
    return figure(plan.value(), "USD") + ASSUMED * cost.assumed


def cash_document(compared: Comparison, per: str) -> Document:
    """Return what each scenario pays in each month or year, the cheapest first in a sentence."""
    plans = compared.plans
    spans = list(_spans(plans, per))
    rows = [
        cells(name, *(figure(paid, "USD") if paid else "" for paid in _all_paid(plans, start, end)))
        for name, start, end in spans
    ]
    rows.append(cells("in all", *(figure(plan.paid, "USD") for plan in plans)))
    rates = sorted({percent(plan.cost_of_capital, 2) for plan in plans})
    name = f"present value at {', '.join(rates)}{_mark(plans, RATE)}"
    rows.append(cells(name, *(_present_value(compared, plan) for plan in plans)))
    heads = (plan.scenario for plan in plans)
    columns = (Column("paid; what comes back is negative"), *numeric(*heads))
    remarks = (Paragraph(text, tone="faint") for text in _remarks(plans))
    answer = (Paragraph(_answer(compared)),) if compared.worth else ()
    return (*answer, Table("", columns, tuple(rows)), *remarks)


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


def _all_paid(plans: Sequence[Plan], start: float, end: float) -> Iterator[float]:
    for plan in plans:
        yield sum(payment.between(start, end).usd for payment in plan.payments)


def _rent(found: BreakEven) -> str:
    if found.rent_usd_per_gpu_hour is None:
        return "none: dearer even free"
    return figure(found.rent_usd_per_gpu_hour, "USD/GPU-hour")


def _resale(found: BreakEven) -> str:
    if found.resale is None:
        return ""
    share = "more than all" if found.resale > 1.0 else percent(found.resale, 2)
    mark = ASSUMED if RESALE in found.assumed else ""
    needed = "none needed" if found.resale < 0.0 else share
    return f"{needed} ({percent(found.assumed_resale, 2)}{mark} here)"


def _use(found: BreakEven) -> str:
    """Share of the hours below which renting those alone is cheaper."""
    share = "more than all" if found.utilization > 1.0 else percent(found.utilization, 2)
    mark = ASSUMED if USE in found.assumed else ""
    return f"{share} ({percent(found.used, 2)}{mark} here)"


def _mark(plans: Sequence[Plan], share: str) -> str:
    return ASSUMED if any(share in plan.assumed for plan in plans) else ""


def _remarks(plans: Sequence[Plan]) -> Iterator[str]:
    """Yield what a reader of present values should know of them."""
    if owned := [plan.scenario for plan in plans if plan.owned]:
        yield (
            f"Cost, of {' and '.join(owned)}: even yearly payments for capital, with interest, and "
            "running it. Paid and comes back: what moves at the bank."
        )
    yield from (text for plan in plans if plan.owned and (text := _until(plan)))
    assumed: dict[str, str] = {}
    for plan in plans:
        assumed |= plan.assumed
    words = {
        RESALE: "what used accelerators bring",
        RATE: "the cost of capital",
        LIFE: "how long they are kept",
        USE: "the share used",
    }
    if said := "; ".join(f"{words[share]}: {source}" for share, source in assumed.items()):
        yield f"{ASSUMED} assumed: {said}"


def _until(plan: Plan) -> str:
    """How long owned accelerators are kept, and what of that is counted."""
    kept = f"{plan.kept:.3g} months"
    if plan.shared:
        used = f"{percent(plan.used, 2)}{_mark([plan], USE)}"
        return (
            f"{plan.scenario} shares accelerators that are kept {kept}{_mark([plan], LIFE)} with "
            f"other work, {used} of the hours used: counted is its part, paid as it runs."
        )
    if plan.used > NEARLY_ALL:
        return ""
    return (
        f"{plan.scenario} keeps its accelerators {kept}, of which it runs {plan.run:.3g}: all are "
        "counted. own.utilization shares them with other work."
    )


def _next(plans: Sequence[Plan]) -> str:
    """How to ask what the whole fleet takes, whatever runs on it, and who pays when."""
    payments = "payments: --cash year, or --cash month -f csv for a spreadsheet"
    longest = max(plans, key=lambda plan: plan.kept or 0.0)
    rents = [plan.months for plan in plans if not plan.owned]
    if not longest.kept or max(rents, default=longest.kept) > NEARLY_ALL * longest.kept:
        return f"next: {payments}"
    months = f"{longest.kept:.3g} months"
    alone = f"own.kept: {months} without own.utilization, and " if longest.shared else ""
    return (
        f"next: the whole fleet for {months}: {alone}overheads.commitment: {months} for the rent; "
        f"{payments}"
    )
