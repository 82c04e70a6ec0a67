"""Diffs of two files or of two folders as blocks: the totals and what failed, then each diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcheck.diff import Diff, Diffs, QuantityChange
from costcheck.diff.result import Lone
from costcheck.estimate.result import Figure
from costcheck.report.views.apportion import grain
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Table,
    Title,
    bullets,
    cells,
    numeric,
)
from costcheck.report.views.diff import View, diff_document, idle_edits, percent_change
from costcheck.report.views.figures import with_unit
from costcheck.report.views.findings import MARKS
from costcheck.scenario.folder import skipped

ROWS, FAILED_SHOWN = 40, 5
"""Scenarios in the table of two folders, and failed conditions above it; more are counted."""


def comparison_document(
    found: Diffs, view: View | None = None, failed: Sequence[str] = ()
) -> Document:
    """Return the report of one diff, or of two folders: totals, then scenarios by dollars."""
    documents = comparison_documents(found, view, failed)
    shown = documents if view is not None and view.verbose else documents[:1]
    return tuple(block for document in shown for block in document)


def comparison_documents(
    found: Diffs, view: View | None = None, failed: Sequence[str] = ()
) -> list[Document]:
    """The totals, then a report of each diff that changed something."""
    if found.single:
        title, *rest = diff_document(found.diffs[0], view)
        return [(title, *_failed(failed), *_doubted(found, failed), *rest)]
    changed = (diff_document(item, view) for item in changed_by_dollars(found))
    gated = view is not None and view.gated and not found.unread
    return [summary_document(found, failed, gated=gated), *changed]


def changed_by_dollars(found: Diffs) -> list[Diff]:
    """The diffs that changed something, the dearest change first."""
    changed = [item for item in found.diffs if not item.unchanged]
    return sorted(changed, key=lambda item: (-abs(item.headline.change or 0.0), item.place))


def summary_document(found: Diffs, failed: Sequence[str] = (), *, gated: bool = False) -> Document:
    """Return the totals of two folders, what failed, and a table of the scenarios that changed."""
    changed = changed_by_dollars(found)
    same = len(found.diffs) - len(changed)
    moved = len(changed) + len(found.added) + len(found.removed)
    before, after = (
        sum(side for side in sides if side is not None)
        for sides in (_costs(found, 0), _costs(found, 1))
    )
    scale = grain([before, after, after - before])
    total = scale.units(after) - scale.units(before)
    share = f" ({100.0 * (after - before) / before:+,.1f}%)" if before and total else ""
    text = (
        f"{'of what was read, ' if found.unread else ''}{scale.write(scale.units(before))} → "
        f"{scale.write(scale.units(after))}, "
        f"{scale.write(total, sign=True) if total else 'no change of cost'}{share}"
    )
    count = f"{moved} of {moved + same + len(found.unread)} scenarios change"
    verdict = Cell("FAILED", "bad") if failed else Cell("passed" if gated else "", "good")
    kinds = (
        (len(found.unread), "not read"),
        (len(found.added), "added"),
        (len(found.removed), "removed"),
        (same, "unchanged"),
    )
    said = ", ".join(f"{number} {word}" for number, word in kinds if number)
    rest = "; ".join(filter(None, (said, skipped(found.others))))
    head = Title(count, verdict, rest, text)
    rolled = [_roll_up(found, changed)] if moved else []
    refused = (*_unread(found), *_failed(failed), *_doubted(found, failed))
    return (head, *refused, *rolled, *_idle_edits(changed))


def _unread(found: Diffs) -> Iterator[Block]:
    """What is not in the totals, each with its first problem."""
    lines = []
    for path, problems in found.unread:
        rest = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        lines.append(f"{path}, in no total: {problems[0].message}{rest}")
    if lines:
        yield bullets("", lines, "NOT READ", "bad")


def _idle_edits(changed: Sequence[Diff]) -> Iterator[Table]:
    """Yield what was edited in two folders without effect, the same edit of many files once."""
    files: dict[tuple[str, str], list[str]] = {}
    for diff in changed:
        for line in idle_edits(diff):
            files.setdefault(line, []).append(diff.place)
    rows = [
        cells(*line, names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more")
        for line, names in files.items()
    ]
    if rows:
        more = [cells(f"{len(rows) - ROWS} more", "", "")] if len(rows) > ROWS else []
        columns = (Column("no effect on the result"), Column("from what to what"), Column("in"))
        yield Table("", columns, (*rows[:ROWS], *more))


def _failed(sentences: Sequence[str]) -> Iterator[Block]:
    if sentences:
        yield bullets("", _first(sentences, FAILED_SHOWN, "more conditions hold"), "FAILED", "bad")


def _first(lines: Sequence[str], most: int, rest: str = "more") -> Sequence[str]:
    """The first lines, and how many more there are."""
    left = len(lines) - most
    return [*lines[:most], f"{left} {rest}"] if left > 0 else lines


def _doubted(found: Diffs, failed: Sequence[str]) -> Iterator[Block]:
    """Name what cannot run or is over its budget, where no condition named it and no row shows."""
    if found.single and found.diffs[0].verdicts:
        return
    sides: list[tuple[str, str, Diff | Lone]]
    sides = [(item.place, item.after, item) for item in found.diffs]
    sides += [(path, path, side) for path, side in found.added]
    for verdict in ("infeasible", "over-budget"):
        lines = [
            f"{name}{_doubt(side)}"
            for name, label, side in sides
            if side.verdict == verdict and not any(line.startswith(f"{label}: ") for line in failed)
        ]
        if lines:
            yield bullets("", _first(lines, ROWS), MARKS[verdict], "bad")


def _doubt(side: Diff | Lone) -> str:
    """Which limits are passed, or how what cannot run is counted."""
    if side.verdict == "over-budget":
        return f": {', '.join(side.over_budget)}"
    return ": cannot run as stated; its cost is counted as if it could"


def _costs(found: Diffs, side: int) -> Iterator[float | None]:
    for item in found.diffs:
        cost = item.quantities.get("cost_usd")
        if cost is not None:
            yield (cost.before, cost.after)[side].central
    for _, lone in (found.removed, found.added)[side]:
        yield lone.figures["cost_usd"].central


def comparison_title(found: Diffs) -> str:
    """What a page of the comparison is called."""
    if not found.single:
        return "scenarios compared"
    return f"{found.diffs[0].before} → {found.diffs[0].after}"


def _roll_up(found: Diffs, changed: Sequence[Diff]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (Cell(f"~ {item.place}"), *_cost(item.headline.before, item.headline.after))
        for item in changed
    ]
    rows += [
        (Cell(f"+ {path}"), *_cost(None, side.figures["cost_usd"])) for path, side in found.added
    ]
    rows += [
        (Cell(f"- {path}"), *_cost(side.figures["cost_usd"], None)) for path, side in found.removed
    ]
    if (more := len(rows) - ROWS) > 0:
        rows[ROWS:] = [cells(f"{more} more", "", "", "")]
    columns = (Column("scenario"), *numeric("before", "after", "change"))
    return Table("", columns, tuple(rows))


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
