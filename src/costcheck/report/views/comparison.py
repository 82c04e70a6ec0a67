"""The diffs of two folders as one report: what changed, then a roll-up where the eye lands."""

from __future__ import annotations

from costcheck.diff import Diffs, QuantityChange
from costcheck.estimate.result import Figure
from costcheck.report.views.blocks import Cell, Column, Document, Paragraph, Table
from costcheck.report.views.diff import View, diff_document, percent_change
from costcheck.report.views.figures import with_unit


def comparison_document(found: Diffs, view: View | None = None) -> Document:
    """Return the report of one diff, or of all diffs of two folders with a roll-up at the end."""
    return tuple(block for document in comparison_documents(found, view) for block in document)


def comparison_documents(found: Diffs, view: View | None = None) -> list[Document]:
    """A report of each diff that changed something, then the roll-up."""
    if found.single:
        return [diff_document(found.diffs[0], view)]
    documents = [diff_document(item, view) for item in found.diffs if not item.unchanged]
    same = sum(item.unchanged for item in found.diffs)
    unchanged = Paragraph(f"{same} scenarios are unchanged.", tone="faint")
    return [*documents, (_roll_up(found), unchanged) if same else (_roll_up(found),)]


def comparison_title(found: Diffs) -> str:
    """What a page of the comparison is called."""
    if not found.single:
        return "scenarios compared"
    return f"{found.diffs[0].before} → {found.diffs[0].after}"


def _roll_up(found: Diffs) -> Table:
    rows = [
        (Cell(f"~ {item.after}"), *_cost(item.headline.before, item.headline.after))
        for item in found.diffs
        if not item.unchanged
    ]
    rows += [
        (Cell(f"+ {path}"), *_cost(None, side.figures["cost_usd"])) for path, side in found.added
    ]
    rows += [
        (Cell(f"- {path}"), *_cost(side.figures["cost_usd"], None)) for path, side in found.removed
    ]
    columns = (
        Column("scenario"),
        Column("before", numeric=True),
        Column("after", numeric=True),
        Column("change", numeric=True),
    )
    return Table("all scenarios", columns, tuple(rows))


def _cost(before: Figure | None, after: Figure | None) -> tuple[Cell, Cell, Cell]:
    values = [None if side is None else side.central for side in (before, after)]
    unit = (after or before or Figure(low=None, central=None, high=None, unit="USD")).unit
    shown = [
        Cell("" if side is None else "unknown" if value is None else with_unit(value, unit))
        for side, value in zip((before, after), values, strict=True)
    ]
    if before is None or after is None:
        return shown[0], shown[1], Cell("")
    return shown[0], shown[1], Cell(percent_change(QuantityChange(before, after)))
