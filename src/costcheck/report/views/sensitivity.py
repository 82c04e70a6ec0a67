"""The tornado of a result: one bar for each input, the numbers beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcheck.quantities import label_of
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Document,
    Paragraph,
    Table,
    Title,
    cells,
    numeric,
    words,
)
from costcheck.report.views.figures import figure, percent, with_unit
from costcheck.report.views.input_words import input_range, input_words
from costcheck.sensitivity import Driver, Sensitivity

BAR_WIDTH = 14
"""Characters of the widest bar."""

LEAST_SHARE = 0.001
"""Of the variance; an input with less is counted, not shown."""

CSV_COLUMNS = ("scenario", "result", *Driver._fields)

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BLANK = "\u00a0"
"""Keeps the width of a bar where plain spaces at the end of a cell are cut."""


def sensitivity_document(found: Sensitivity, *, ascii: bool = False) -> Document:
    """Return the report of a sensitivity."""
    label = label_of(found.result)
    what = f"{label} {with_unit(found.central, found.unit)}"
    title = Title(found.scenario or "scenario", Cell(what, "strong"))
    if not found.drivers:
        exact = "No input that is uncertain moves it."
        return (title, Paragraph(exact))
    shown = [driver for driver in found.drivers if (driver.total or 1.0) >= LEAST_SHARE]
    blocks: list[Block] = [title, Paragraph(_summary(found)), _table(found, shown, ascii=ascii)]
    if rest := len(found.drivers) - len(shown):
        inputs = f"{rest} more input{'s' if rest > 1 else ''}"
        blocks.append(Paragraph(f"{inputs} with less than {LEAST_SHARE:.1%} each: -f csv"))
    return (*blocks, Paragraph(_method(found), tone="faint"))


def sensitivity_rows(results: Sequence[Sensitivity]) -> Iterator[tuple[object, ...]]:
    """One row for each driver."""
    for found in results:
        for driver in found.drivers:
            yield (found.scenario, found.result, *driver)


def bar(low: float, high: float, *, width: int, ascii: bool = False) -> str:
    """Return a bar from one share of a width to another."""
    start, stop = sorted((max(low, 0.0) * width, min(high, 1.0) * width))
    first = min(int(start), width - 1)
    if ascii:
        return (" " * first + "#" * max(round(stop) - first, 1)).ljust(width, _BLANK)
    # A block character fills from the left, so the bar starts at a whole one.
    whole, rest = divmod(round((stop - first) * 8), 8)
    filled = "█" * whole + (_EIGHTHS[rest] if rest else "")
    return (" " * first + (filled or _EIGHTHS[1])).ljust(width, _BLANK)


def _summary(found: Sensitivity) -> str:
    """The range, the input that makes most of it, and how far that one moves the result."""
    first, label = found.drivers[0], label_of(found.result)
    low, high, least, most = (
        figure(value, found.unit)
        for value in (found.low, found.high, first.result_at_low, first.result_at_high)
    )
    share = f", {percent(first.total, 2)} of its variance" if first.total is not None else ""
    return (
        f"90 % range {low} to {high}. The {input_words(first.input)} drives it most{share}: "
        f"{label} is {least} at its low end and {most} at its high end."
    )


def _table(found: Sensitivity, shown: Sequence[Driver], *, ascii: bool) -> Table:
    ends = [v for d in found.drivers for v in (d.result_at_low, d.result_at_high)]
    least, most = min(*ends, found.central), max(*ends, found.central)
    span = (most - least) or 1.0
    rows = []
    for driver in shown:
        low, high = sorted((driver.result_at_low, driver.result_at_high))
        drawn = bar((low - least) / span, (high - least) / span, width=BAR_WIDTH, ascii=ascii)
        rows.append(
            cells(
                input_words(driver.input),
                Cell(input_range(driver.low, driver.high, driver.unit), "faint"),
                Cell(_percent(driver.total), "strong"),
                figure(driver.result_at_low, found.unit),
                Cell(drawn, "strong"),
                figure(driver.result_at_high, found.unit),
            )
        )
    columns = (
        *words("input", "its 90 % range"),
        *numeric("share", "at its low", "swing", "at its high"),
    )
    return Table("", columns, tuple(rows))


def _percent(share: float | None) -> str:
    if share is None:
        return "?"
    return "<0.1%" if 0.0 < share < 0.001 else f"{100.0 * share:.1f}%"


def _method(found: Sensitivity) -> str:
    what = f"the {found.variance_of} of the result"
    how = (
        "in closed form, for the result is a product of powers of them"
        if found.method == "closed form"
        else "by Saltelli's scheme on stratified draws"
    )
    return (
        f"Shares of the variance of {what} that would stay if all other inputs were known, {how}; "
        "what knowing one alone would remove is in -f csv. Bars: the result with one input at its "
        "ends."
    )
