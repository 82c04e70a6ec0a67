"""A diff as blocks: verdicts first, then the money, then why, in lines that add up.

The diffs of two folders end with a roll-up, where the eye lands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from costcheck.diff import Diff, Diffs, Driver, InputShare, QuantityChange, VerdictChange
from costcheck.diff.verdicts import ABSENT
from costcheck.estimate.result import Figure
from costcheck.quantities import label_of
from costcheck.report.views.apportion import Grain, apportion, grain
from costcheck.report.views.blocks import (
    Amount,
    Block,
    BridgeChart,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    Tone,
    cells,
    numeric,
)
from costcheck.report.views.figures import figure, with_unit
from costcheck.report.views.findings import tone_of

MIN_CHANGE = 0.005
"""Lines below this share of the change are folded into one."""

MARKS = {"added": "+", "removed": "-", "catalog": "*"}
LONGEST_TEXT = 40


class View(NamedTuple):
    """How much of a diff is shown.

    Parameters
    ----------
    by : str
        ``driver`` or ``input``.
    min_change : float
        Share of the change below which lines are folded, or an amount where `absolute`.
    bar : int
        Columns of the bridge chart; 0 for none.
    full, empty : str
        Its characters.
    verbose : bool
        Also say why every other result changed.
    """

    by: str = "driver"
    min_change: float = MIN_CHANGE
    absolute: bool = False
    bar: int = 0
    full: str = "█"
    empty: str = " "
    verbose: bool = False


class Row(NamedTuple):
    """One line of a table that adds up."""

    mark: str
    label: str
    change: float
    ratio: float | None = None


def diff_document(diff: Diff, view: View | None = None) -> Document:
    """Return the report of a diff."""
    return tuple(_blocks(diff, view or View()))


def _blocks(diff: Diff, view: View) -> Iterator[Block]:
    head = diff.headline
    yield Title(f"{diff.before} → {diff.after}", _summary(diff, head), diff.title)
    yield from _bridge(diff, view)
    if diff.verdicts:
        yield _verdicts(diff.verdicts)
    if diff.unchanged:
        yield Paragraph("No result differs.")
        return
    if head.change is None:
        reason = head.before.reason or head.after.reason
        yield Paragraph(f"{label_of(diff.quantity, alone=True)} is unknown: {reason}.")
    else:
        scale = _grain(diff, head)
        yield _ends(diff, head, scale)
        yield from _why(diff, head, scale, view)
    yield from _others(diff)
    if view.verbose:
        yield from _explained(diff, view)
    for note in diff.notes:
        yield Paragraph(note, tone="faint")


def _summary(diff: Diff, head: QuantityChange) -> Cell:
    if diff.unchanged:
        return Cell("unchanged", "good")
    if head.change is None:
        return Cell("changed", "warn")
    text = percent_change(head)
    tone: Tone = "" if not head.change else "bad" if head.change > 0 else "good"
    return Cell(text, tone)


def percent_change(item: QuantityChange) -> str:
    """Return a change in per cent; words where a side is zero or unknown."""
    if item.ratio is None:
        return "changed" if item.change else "±0%"
    change = 100.0 * (item.ratio - 1.0)
    if not change:
        return "±0%"
    places = 1 if abs(change) < 100 else 0
    return f"{change:+,.{places}f}%"


def _verdicts(changes: Sequence[VerdictChange]) -> Listing:
    items = []
    for item in changes:
        judged = item.kind not in ("assumption", "catalog") and item.after != ABSENT
        tone = tone_of(item.after) if judged else ""
        words = f"{item.kind} {item.name}" if item.name != item.kind else item.kind
        detail = f" ({item.message})" if item.message else ""
        items.append((Cell("!" if tone == "bad" else "~", tone), _arrow(words, item) + detail))
    return Listing("judged differently", tuple(items))


def _arrow(words: str, item: VerdictChange) -> str:
    return f"{words}: {item.before} → {item.after}"


def _grain(diff: Diff, head: QuantityChange) -> Grain:
    lines = [driver.change for driver in diff.drivers]
    lines += [share.change for share in diff.inputs if share.change is not None]
    return grain([head.change or 0.0, *lines], head.after.unit)


def _ends(diff: Diff, head: QuantityChange, scale: Grain) -> Table:
    rows = []
    for label, side in (("before", head.before), ("after", head.after)):
        certain = side.low == side.high or side.low is None or side.high is None
        low, high = ("", "") if certain else (figure(v, side.unit) for v in (side.low, side.high))  # type: ignore[arg-type]
        central = scale.write(scale.units(side.central or 0.0))
        rows.append(cells(label, Cell(low, "faint"), Cell(central, "strong"), Cell(high, "faint")))
    total = _total(head, scale)
    change = Cell(scale.write(total, sign=True), "strong")
    ends = (head.change_low, head.change_high)
    shown = ["" if v is None else signed(v, head.after.unit) for v in ends]
    low, high = ("", "") if shown[0] == shown[1] else shown
    rows.append(
        (Cell(f"change {percent_change(head)}"), Cell(low, "faint"), change, Cell(high, "faint"))
    )
    columns = (Column(_titled(diff.quantity, head.after.unit)), *numeric("low", "central", "high"))
    return Table("", columns, tuple(rows))


def _titled(name: str, unit: str) -> str:
    label = label_of(name, alone=True)
    return label if unit in (label, "1", "share") else f"{label}, {unit}"


def signed(value: float, unit: str) -> str:
    """Return a figure with its sign."""
    text = figure(value, unit)
    return text if text.startswith("-") or not value else f"+{text}"


def _total(head: QuantityChange, scale: Grain) -> int:
    return scale.units(head.after.central or 0.0) - scale.units(head.before.central or 0.0)


def _why(diff: Diff, head: QuantityChange, scale: Grain, view: View) -> Iterator[Block]:
    rows = _rows(diff, view)
    if rows:
        yield _adding_up(rows, _total(head, scale), scale, view)
    if _overlap(head):
        yield Paragraph("The ranges before and after overlap.", tone="faint")
    if diff.catalog_change is not None:
        yield _apart(diff, scale, _total(head, scale))
    idle = [key for share in diff.inputs if not share.change for key in share.keys]
    if view.by == "input" and idle:
        yield Paragraph("Changed without effect: " + ", ".join(idle) + ".", tone="faint")


def _rows(diff: Diff, view: View) -> list[Row]:
    if view.by == "input":
        shares = [_input_row(share) for share in diff.inputs if share.change]
        return [*shares, *_catalog_rows(diff)]
    rows = [_driver_row(driver) for driver in diff.drivers]
    if diff.unexplained:
        rows.append(Row("!", "unexplained", diff.unexplained))
    return rows


def _overlap(head: QuantityChange) -> bool:
    before, after = head.before, head.after
    if None in (before.low, before.high, after.low, after.high) or not head.change:
        return False
    return bool(before.low <= after.high and after.low <= before.high)  # type: ignore[operator]


def _catalog_rows(diff: Diff) -> list[Row]:
    return [_driver_row(driver) for driver in diff.drivers if driver.kind == "catalog"]


def _apart(diff: Diff, scale: Grain, total: int) -> Table:
    parts = [diff.your_change or 0.0, diff.catalog_change or 0.0]
    whole = apportion(parts, total, scale.step)
    labels = ("your change", "our catalog and formulas")
    rows = tuple(
        cells(label, scale.write(units, sign=True))
        for label, units in zip(labels, whole, strict=True)
    )
    return Table("", (Column("of which"), *numeric("change")), rows)


def _driver_row(driver: Driver) -> Row:
    if driver.kind == "catalog":
        label = f"catalog {driver.before_text} → {driver.after_text}"
    elif driver.kind in ("added", "removed"):
        value = driver.after if driver.kind == "added" else driver.before
        return Row(MARKS[driver.kind], f"{driver.name} {_value(value, driver, '')}", driver.change)
    else:
        before = _value(driver.before, driver, driver.before_text)
        after = _value(driver.after, driver, driver.after_text)
        label = f"{driver.name} {before} → {after}"
        if driver.why.startswith("instead of"):
            label += f" ({driver.why})"
    return Row(MARKS.get(driver.kind, "~"), label, driver.change, driver.ratio)


def _value(value: float | None, driver: Driver, text: str) -> str:
    if text:
        return text
    return "" if value is None else with_unit(value, driver.unit)


def _input_row(share: InputShare) -> Row:
    pairs = zip(share.keys, share.before, share.after, strict=True)
    words = [
        f"{key} {_short(before) or 'absent'} → {_short(after) or 'absent'}"
        for key, before, after in pairs
    ]
    return Row("~", "; ".join(words), share.change or 0.0)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _adding_up(rows: list[Row], total: int, scale: Grain, view: View) -> Table:
    shown = _folded(rows, abs(total) * scale.step, view)
    whole = apportion([row.change for row in shown], total, scale.step)
    bars = _bars(whole, view)
    cells = []
    for row, units, bar in zip(shown, whole, bars, strict=True):
        ratio = f"×{row.ratio:.3f}" if row.ratio is not None else ""
        line = [Cell(f"{row.mark} {row.label}"), Cell(scale.write(units, sign=True)), Cell(ratio)]
        cells.append((*line, Cell(bar)) if view.bar else tuple(line))
    last = [Cell("  total", "strong"), Cell(scale.write(total, sign=True), "strong"), Cell("")]
    cells.append((*last, Cell("")) if view.bar else tuple(last))
    columns = [Column("why"), Column("change", numeric=True), Column("ratio", numeric=True)]
    return Table("", tuple(columns + [Column("", numeric=True)] * bool(view.bar)), tuple(cells))


def _folded(rows: list[Row], total: float, view: View) -> list[Row]:
    limit = view.min_change if view.absolute else view.min_change * total
    shown = [row for row in rows if abs(row.change) >= limit]
    rest = [row for row in rows if abs(row.change) < limit]
    if len(rest) < 2:
        return rows
    return [*shown, Row("~", f"{len(rest)} smaller changes", sum(row.change for row in rest))]


def _bars(whole: Sequence[int], view: View) -> list[str]:
    """Return the steps of a bridge from before to after, one bar a line."""
    if not view.bar:
        return [""] * len(whole)
    ends = [0]
    for units in whole:
        ends.append(ends[-1] + units)
    low, high = min(ends), max(ends)
    width = max(high - low, 1)
    bars = []
    for start, stop in pairwise(ends):
        first, last = sorted((start, stop))
        left = round((first - low) / width * view.bar)
        right = max(round((last - low) / width * view.bar), left + 1)
        bar = view.empty * left + view.full * (right - left)
        bars.append(f"|{bar[: view.bar].ljust(view.bar)}|")
    return bars


def _others(diff: Diff) -> Iterator[Block]:
    rows = []
    same = 0
    for name, item in diff.quantities.items():
        if name == diff.quantity or item.change is None:
            continue
        if not item.change:
            same += 1
            continue
        unit = item.after.unit
        before, after = (
            with_unit(v or 0.0, unit) for v in (item.before.central, item.after.central)
        )
        rows.append(cells(label_of(name, alone=True), before, after, percent_change(item)))
    if rows:
        columns = (Column("also"), *numeric("before", "after", "change"))
        yield Table("", columns, tuple(rows))
    if same:
        yield Paragraph(f"{same} other results are unchanged.", tone="faint")


def _explained(diff: Diff, view: View) -> Iterator[Block]:
    for name, drivers in diff.explained.items():
        item = diff.quantities[name]
        if name == diff.quantity or not item.change:
            continue
        scale = grain([item.change, *(d.change for d in drivers)], item.after.unit)
        table = _adding_up([_driver_row(d) for d in drivers], _total(item, scale), scale, view)
        label = f"why {_titled(name, item.after.unit)}"
        yield Table("", (Column(label), *table.columns[1:]), table.rows)


def _bridge(diff: Diff, view: View) -> Iterator[Block]:
    """The steps from before to after with the two totals around them."""
    head = diff.headline
    if not head.change:
        return
    scale = _grain(diff, head)
    rows = _folded(_rows(diff, view), abs(head.change), view)
    whole = apportion([row.change for row in rows], _total(head, scale), scale.step)
    steps = tuple(
        Amount(row.label.partition(" ")[0] if row.mark != "~" else row.label, row.change, text)
        for row, text in zip(rows, (scale.write(n, sign=True) for n in whole), strict=True)
    )
    before, after = (
        Amount(label, value, scale.write(scale.units(value)))
        for label, value in (
            ("before", head.before.central or 0.0),
            ("after", head.after.central or 0.0),
        )
    )
    yield BridgeChart("From before to after", before, steps, after)


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
    columns = (Column("scenario"), *numeric("before", "after", "change"))
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
