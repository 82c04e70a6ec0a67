"""The tornado of a result: one bar for each input, the numbers beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcheck.quantities import label_of
from costcheck.report.views.blocks import (
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
from costcheck.sensitivity import Driver, Sensitivity

BAR_WIDTH = 14
"""Characters of the widest bar."""

CSV_COLUMNS = ("scenario", "result", *Driver._fields)

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BLANK = "\u00a0"
"""Keeps the width of a bar where plain spaces at the end of a cell are cut."""


def sensitivity_document(found: Sensitivity, *, ascii: bool = False) -> Document:
    """Return the report of a sensitivity."""
    low, central, high = (figure(v, found.unit) for v in (found.low, found.central, found.high))
    label = label_of(found.result)
    what = f"{label} {with_unit(found.central, found.unit)}"
    title = Title(found.scenario or "scenario", Cell(what, "strong"))
    if not found.drivers:
        exact = "Nothing it rests on is uncertain: every input is stated without a range."
        return (title, Paragraph(exact))
    head = f"90 % interval {low} to {high}, estimate {central}. " + _summary(found)
    return (title, Paragraph(head), _table(found, ascii=ascii), Paragraph(_method(found)))


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
    first = found.drivers[0]
    name = first.input.rpartition("/")[2].replace("_", " ")
    share = f" ({percent(first.total, 2)} of its variance)" if first.total is not None else ""
    return f"Largest driver of the range: {name}{share}."


def _table(found: Sensitivity, *, ascii: bool) -> Table:
    ends = [v for d in found.drivers for v in (d.result_at_low, d.result_at_high)]
    least, most = min(*ends, found.central), max(*ends, found.central)
    span = (most - least) or 1.0
    rows = []
    for driver in found.drivers:
        low, high = sorted((driver.result_at_low, driver.result_at_high))
        drawn = bar((low - least) / span, (high - least) / span, width=BAR_WIDTH, ascii=ascii)
        rows.append(
            cells(
                driver.input.replace("_", " "),
                Cell(
                    f"{figure(driver.low, driver.unit)} to {figure(driver.high, driver.unit)}",
                    "faint",
                ),
                _percent(driver.first_order),
                Cell(_percent(driver.total), "strong"),
                figure(low, found.unit),
                Cell(drawn, "strong"),
                figure(high, found.unit),
            )
        )
    columns = (*words("input", "its 90 % range"), *numeric("alone", "total", "from", "swing", "to"))
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
        f"Shares of the variance of {what}, {how}: alone is what knowing this input would "
        "remove, total what would stay if all others were known. Bars: the result with one input "
        "at the ends of its range, the others at their central values."
    )
