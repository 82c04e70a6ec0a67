"""What a run logged beside what was planned, as blocks and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcheck.actual import Actual, Logged
from costcheck.catalog.words import words_of
from costcheck.codec import encode
from costcheck.estimate.result import Estimate, Figure
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    Tone,
    numeric,
)
from costcheck.report.views.figures import figure, span, with_unit

WHOLE = ("days", "cost_usd")
"""What is told of the whole run at its logged speed."""


def logged_document(logged: Logged) -> Document:
    """The report of logs: how the run goes beside its plan, its figures, what each file is."""
    blocks: list[Block] = [_head(logged), actual_table(logged.actuals)]
    items = []
    for file, run in logged.files.items():
        kind = "a table" if run.format == "table" else f"a log of {run.format}"
        left = f", the first {run.warmup} left out as warm-up" if run.warmup else ""
        plural = "" if run.steps == 1 else "s"
        steps = f", {run.steps} logged step{plural}{left}" if run.steps else ""
        items.append((Cell(file), f"{kind}{steps}"))
    blocks.append(Listing("logs", tuple(items)))
    if logged.row:
        use = "-f csv -o measured.csv writes what `calibration: {file: measured.csv}` reads."
        if not logged.row.get("gpu"):
            use = f"--scenario FILE holds it against its plan and names the run; {use}"
        blocks.append(Paragraph(use, tone="faint"))
    return tuple(blocks)


def _head(logged: Logged) -> Title:
    """Whether the run keeps its plan, by how much not, and what the whole then takes."""
    speed = logged.speed
    if speed is None:
        answer = "No step time and no tokens per second: nothing here corrects an estimate."
        return Title("what the run logged", Cell("no speed", "warn"), answer=answer)
    what = words_of("logged")[speed.quantity]
    shown = f"{what} {with_unit(speed.logged.central, speed.unit)}"
    ratio, plan = speed.over_planned, speed.planned
    if ratio is None or plan is None or plan.central is None:
        return Title("what the run logged", Cell(""), answer=f"{shown}.")
    slower = (ratio > 1.0) == (speed.quantity == "step_seconds")
    word = "as planned" if speed.is_inside else f"{'slower' if slower else 'faster'} than planned"
    tone: Tone = "good" if speed.is_inside or not slower else "warn"
    verdict = Cell("other steps than planned", "warn") if logged.other_batch else Cell(word, tone)
    ends = "" if plan.low == plan.high else f", 90 % range {_span(plan)}"
    answer = f"{shown}, planned {with_unit(plan.central, plan.unit)} ({ratio - 1.0:+.1%}{ends})."
    return Title("the run beside its plan", verdict, answer=f"{answer}{_whole(logged)}")


def _span(plan: Figure) -> str:
    assert plan.low is not None  # noqa: S101 - of what is planned
    assert plan.high is not None  # noqa: S101
    return span(plan.low, plan.high, plan.unit)


def _whole(logged: Logged) -> str:
    """What the run takes at its logged speed; why that cannot be said where steps differ."""
    if logged.other_batch:
        return " Its steps are of another size, so no step is slower or faster."
    now, then, plan = (
        _taken(each) for each in (logged.at_its_speed, logged.at_planned_speed, logged.plan)
    )
    if not now or logged.at_its_speed is None:
        return ""
    kept = logged.at_its_speed.figures["goodput"]
    share = kept.central and with_unit(kept.central, kept.unit)
    both = f", both with {share} of the time productive" if share else ""
    answer = f" At this speed the whole takes {now}, at the planned step {then}{both}."
    if plan == then:
        return answer
    return (
        f"{answer} Before a step was measured the estimate was {plan}: "
        "it counts how far published runs stay below the speed predicted for them."
    )


def _taken(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    figures = [estimate.figures[name] for name in WHOLE]
    known = (figure(item.central, item.unit) for item in figures if item.central is not None)
    return " and ".join(known)


def actual_table(actuals: Sequence[Actual]) -> Table:
    """Planned against actual, one row for each quantity."""
    planned = any(item.planned is not None for item in actuals)
    names = ("logged", "90 % of values", *(("planned", "off by") if planned else ()))
    rows = tuple(_row(item, planned=planned) for item in actuals)
    title = "planned against actual" if planned else "logged"
    return Table(title, (Column(""), *numeric(*names)), rows)


def _row(item: Actual, *, planned: bool) -> tuple[Cell, ...]:
    low, central, high = (
        with_unit(value, item.unit)
        for value in (item.logged.low, item.logged.central, item.logged.high)
    )
    spread = "" if low == high else f"{low} to {high}"
    row = (Cell(words_of("logged")[item.quantity]), Cell(central, "strong"), Cell(spread, "faint"))
    return (*row, _plan(item), _off(item)) if planned else row


def _plan(item: Actual) -> Cell:
    plan = item.planned
    if plan is None or plan.central is None:
        return Cell("")
    ends = [figure(value, plan.unit) for value in (plan.low, plan.high) if value is not None]
    shown = f" [{', '.join(ends)}]" if len(ends) > 1 and ends[0] != ends[1] else ""
    return Cell(with_unit(plan.central, plan.unit) + shown)


def _off(item: Actual) -> Cell:
    ratio = item.over_planned
    if ratio is None:
        return Cell("")
    tone: Tone = "" if item.is_inside is None else "good" if item.is_inside else "warn"
    return Cell(f"{ratio - 1.0:+.1%}", tone)


def logged_data(logged: Logged) -> dict[str, Any]:
    """Logs as plain data."""
    return {
        "files": encode(logged.files),
        "figures": [
            encode(item) | {"over_planned": item.over_planned, "inside_90": item.is_inside}
            for item in logged.actuals
        ],
        "calibration": dict(logged.row),
        "at_its_speed": _whole_data(logged.at_its_speed),
        "at_planned_speed": _whole_data(logged.at_planned_speed),
    }


def _whole_data(found: Estimate | None) -> dict[str, float | None] | None:
    return None if found is None else {name: found.figures[name].central for name in WHOLE}
