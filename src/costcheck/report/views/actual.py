"""What a run logged beside what was planned, as blocks and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcheck.actual import Actual, Logged
from costcheck.catalog.words import words_of
from costcheck.codec import encode
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    Tone,
    numeric,
)
from costcheck.report.views.figures import figure, with_unit


def logged_document(logged: Logged) -> Document:
    """The report of logs: planned against actual, and what each file is."""
    blocks: list[Block] = [actual_table(logged.actuals)]
    items = []
    for file, run in logged.files.items():
        kind = "a table" if run.format == "table" else f"a log of {run.format}"
        left = f", the first {run.warmup} left out as warm-up" if run.warmup else ""
        steps = f", {run.steps} logged steps{left}" if run.steps else ""
        items.append((Cell(file), f"{kind}{steps}"))
    blocks.append(Listing("logs", tuple(items)))
    speeds = {"step_seconds", "tokens_per_second_per_gpu"}
    if logged.row:
        use = "-f csv -o measured.csv writes what `calibration: {file: measured.csv}` reads."
        blocks.append(Paragraph(use, tone="faint"))
    elif speeds.isdisjoint(item.quantity for item in logged.actuals):
        why = "No step time and no tokens per second: nothing here corrects an estimate."
        blocks.append(Paragraph(why, tone="warn"))
    return tuple(blocks)


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
    }
