"""A diff as blocks: the money first, then what was edited and why, in lines that add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import log
from typing import NamedTuple

from costcheck.diff import Diff, Driver, QuantityChange, VerdictChange
from costcheck.diff.keys import WITHOUT_EFFECT
from costcheck.diff.result import Carried, Moved
from costcheck.diff.verdicts import ABSENT
from costcheck.estimate.result import CLAIM_WORDS, Finding
from costcheck.quantities import label_of, shown_in
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
    bullets,
    cells,
    numeric,
    words,
)
from costcheck.report.views.edits import edit_reason, edit_text, edit_words
from costcheck.report.views.figures import figure, lasting, money, with_unit
from costcheck.report.views.findings import tone_of
from costcheck.report.views.input_words import input_value, input_words

MIN_CHANGE = 0.005
"""Lines below this share of the change are folded into one."""

MARKS = {"added": "+", "removed": "-", "catalog": "*"}

INSTEAD = "instead of "
"""How a driver says that another way of knowing was chosen."""

LONGEST_MAPPING = 60
"""Signs of an edited mapping that a row has room for."""


class View(NamedTuple):
    """How much of a diff is shown."""

    by: str = "input"
    """``input``: by what was edited; ``driver``: by the quantities of the estimate."""
    min_change: float = MIN_CHANGE
    """Share of the change below which lines are folded, or an amount where `absolute`."""
    absolute: bool = False
    verbose: bool = False
    """Also say why every other result changed."""
    gated: bool = False
    """Whether it was asked what fails, so that nothing that does is worth a word."""


class Row(NamedTuple):
    """One line of a table that adds up."""

    mark: str
    label: str
    change: float
    ratio: float | None = None
    how: str = ""
    why: str = ""


def diff_document(diff: Diff, view: View | None = None) -> Document:
    """Return the report of a diff."""
    return tuple(_blocks(diff, view or View()))


def _blocks(diff: Diff, view: View) -> Iterator[Block]:
    head = diff.headline
    title = diff.title or diff.place
    subtitle = f"{diff.before} → {diff.after}"
    yield Title(title, _summary(diff, head), subtitle, _sentence(diff, head))
    yield from _bridge(diff, view)
    if diff.verdicts:
        yield _verdicts(diff.verdicts)
    if diff.unchanged:
        return
    if head.change is not None:
        yield from _why(diff, head, _grain(diff, head), view)
    if idle := tuple(cells(*line) for line in idle_edits(diff)):
        columns = (Column(_idle_words(diff)), Column("from what to what"))
        yield Table("", columns, idle)
    yield from _others(diff, view)
    if view.verbose:
        if head.change is not None:
            yield _ends(diff, head, _grain(diff, head))
        yield from _explained(diff, view)
    for note in diff.notes:
        yield Paragraph(note, tone="faint")


def _sentence(diff: Diff, head: QuantityChange) -> str:
    """The change in words: from what to what, by how much, and what is left of a budget."""
    if diff.unchanged:
        return "No result differs."
    label = label_of(diff.quantity)
    if head.change is None:
        return f"{label} is unknown: {head.before.reason or head.after.reason}."
    scale, unit = _grain(diff, head), head.after.unit
    before, after = (
        scale.write(scale.units(side.central or 0.0)) for side in (head.before, head.after)
    )
    total = _total(head, scale)
    way = f"up {scale.write(total)}" if total > 0 else f"down {scale.write(-total)}"
    text = f"{label} {before} → {after}" + (f", {way} ({percent_change(head)})" if total else "")
    days = diff.quantities.get("days")
    if days is not None and days.change and diff.quantity != "days":
        text += f"; {lasting(days.before.central or 0.0)} → {lasting(days.after.central or 0.0)}"
    text += "." if unit == "USD" else f" {unit}."
    text += " The 90 % ranges overlap." if _overlap(head) else ""
    return text + "".join(f" {_headroom(item)}" for item in diff.budget if item.check == "cost")


def _headroom(item: Finding) -> str:
    if item.value is None or item.limit is None:
        return f"Budget: {item.message}."
    left = item.limit - item.value
    words = f"{money(left)} left" if left >= 0 else f"{money(-left)} over"
    return f"Budget {money(item.limit)}: {words}."


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
        name = input_words(item.name) if item.kind == "assumption" else item.name
        words = f"{item.kind} {name}" if name != item.kind else item.kind
        detail = f" ({item.message})" if item.message else ""
        items.append((Cell("!" if tone == "bad" else "~", tone), _arrow(words, item) + detail))
    return Listing("judged differently", tuple(items))


def _arrow(words: str, item: VerdictChange) -> str:
    before, after = (
        CLAIM_WORDS.get(side, side) if item.kind == "claim" else side
        for side in (item.before, item.after)
    )
    return f"{words}: {before} → {after}" if before != after else f"{words}: {after}"


def _grain(diff: Diff, head: QuantityChange) -> Grain:
    lines = [driver.change for driver in diff.drivers]
    lines += [share.change for share in diff.inputs if share.change is not None]
    return grain([head.change or 0.0, *lines], head.after.unit)


def _ends(diff: Diff, head: QuantityChange, scale: Grain) -> Table:
    unit, rows = head.after.unit, []
    total = scale.write(_total(head, scale), sign=True)
    change = (f"change {percent_change(head)}", head.change_low, total, head.change_high, signed)
    sides = [
        (label, side.low, scale.write(scale.units(side.central or 0.0)), side.high, figure)
        for label, side in (("before", head.before), ("after", head.after))
    ]
    for label, low, central, high, write in (*sides, change):
        known = low is not None and high is not None and low != high
        ends = [Cell(write(end, unit) if known else "", "faint") for end in (low or 0, high or 0)]
        rows.append(cells(label, ends[0], Cell(central, "strong"), ends[1]))
    columns = (Column(_titled(diff.quantity, unit)), *numeric("low", "central", "high"))
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
    if rows := _rows(diff, view):
        label = label_of(diff.quantity) if _by_edits(diff, view) else ""
        yield _adding_up(rows, _total(head, scale), scale, view, label)
    if diff.catalog_change is not None:
        yield _apart(diff, scale, _total(head, scale))
    if diff.carried:
        yield bullets("", map(_warning, diff.carried), "(!)", "warn")


def _by_edits(diff: Diff, view: View) -> bool:
    return view.by == "input" and any(share.change is not None for share in diff.inputs)


def _warning(item: Carried) -> str:
    return (
        f"{item.value} ({edit_words(item.stated)}) was stated with {item.before} and is used "
        f"for {item.after}"
    )


def edit_lines(diff: Diff) -> Iterator[tuple[str, str, float, str]]:
    """Yield what was changed, from what to what, its part of the change and why."""
    for share in diff.inputs:
        if share.change:
            yield (*edit_text(share), share.change, edit_reason(share, diff))
    for driver in diff.drivers:
        if driver.kind == "catalog":
            moved = f"{driver.before_text} → {driver.after_text}"
            yield "catalog", moved, driver.change, _catalog_words(diff)


def idle_edits(diff: Diff) -> Iterator[tuple[str, str]]:
    """Yield the full keys, or words for a key of one part, that were edited without effect."""
    dark = diff.headline.change is None
    for share in diff.inputs:
        for key, before, after in zip(share.keys, share.before, share.after, strict=True):
            if dark or share.change == 0.0 or key.partition(".")[0] in WITHOUT_EFFECT:
                yield key if "." in key else edit_words(key), _moved(before, after)


def _moved(before: str, after: str) -> str:
    """From what to what; of a long mapping only that it came, went or changed."""
    long = [side.startswith("{") and len(side) > LONGEST_MAPPING for side in (before, after)]
    if all(long):
        return "changed"
    sides = zip((before, after), long, strict=True)
    return " → ".join("stated" if hidden else side or "none" for side, hidden in sides)


def _idle_words(diff: Diff) -> str:
    unknown = diff.headline.change is None
    return "edited" if unknown else f"no effect on {label_of(diff.quantity)}"


def driver_lines(diff: Diff) -> Iterator[tuple[str, str, float, str]]:
    """Yield the same of the quantities of the estimate."""
    for driver in diff.drivers:
        before, after = _sides(driver)
        moved = f"{before or 'none'} → {after or 'none'}"
        yield input_words(driver.name), moved, driver.change, _why_words(driver)


def _why_words(driver: Driver) -> str:
    """Why a quantity moved; another way of knowing it is named by its quantity."""
    path = driver.why.removeprefix(INSTEAD)
    return driver.why if path == driver.why else f"{INSTEAD}{input_words(path)}"


def _catalog_words(diff: Diff) -> str:
    """Which of our data moved, the first of them with its values."""
    moved = [
        f"{input_words(item.name)} {input_value(item.before, item.unit)} → "
        f"{input_value(item.after, item.unit)}"
        for item in sorted(diff.catalog_moved, key=_strength)
    ]
    more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
    return f"{moved[0]}{more}" if moved else "formulas"


def _strength(item: Moved) -> tuple[bool, float]:
    """Prices first, then what moved most."""
    both = item.before > 0.0 and item.after > 0.0
    return not item.name.startswith("price"), -abs(log(item.after / item.before)) if both else 0.0


def _rows(diff: Diff, view: View) -> list[Row]:
    """What adds up to the change: edits, or else quantities of the estimate."""
    if _by_edits(diff, view):
        return [
            Row("~", word, change, how=how, why=why) for word, how, change, why in edit_lines(diff)
        ]
    rows = _joined(map(_driver_row, diff.drivers))
    return [*rows, *([Row("!", "unexplained", diff.unexplained)] if diff.unexplained else [])]


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Rows that say the same are one: their changes add up, their ratios multiply."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        same = found.get((row.mark, row.label), row._replace(change=0.0, ratio=1.0))
        ratio = None if None in (same.ratio, row.ratio) else same.ratio * row.ratio  # type: ignore[operator]
        joined = row._replace(change=same.change + row.change, ratio=ratio)
        found[row.mark, row.label] = joined
    return sorted(found.values(), key=lambda row: -abs(row.change))


def _overlap(head: QuantityChange) -> bool:
    before, after = head.before, head.after
    if None in (before.low, before.high, after.low, after.high) or not head.change:
        return False
    return bool(before.low <= after.high and after.low <= before.high)  # type: ignore[operator]


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
        label = f"{input_words(driver.name)} {_value(value, driver, '')}"
        return Row(MARKS[driver.kind], label, driver.change)
    else:
        before, after = _sides(driver)
        label = f"{input_words(driver.name)} {before} → {after}"
        if driver.why.startswith(INSTEAD):
            label += f" ({_why_words(driver)})"
    return Row(MARKS.get(driver.kind, "~"), label, driver.change, driver.ratio)


def _sides(driver: Driver) -> tuple[str, str]:
    ends = (driver.before, driver.before_text), (driver.after, driver.after_text)
    before, after = (_value(value, driver, text) for value, text in ends)
    return before, after


def _value(value: float | None, driver: Driver, text: str) -> str:
    if text:
        return text
    if value is not None and driver.unit in ("1", "GPUs") and value.is_integer():
        return f"{value:,.0f}"
    return "" if value is None else with_unit(value, driver.unit)


def _adding_up(rows: list[Row], total: int, scale: Grain, view: View, result: str = "") -> Table:
    """Lines that add up: edits with what was edited and why where a result is named."""
    shown = _folded(rows, abs(total) * scale.step, view)
    parts = apportion([row.change for row in shown], total, scale.step)
    texts = [scale.write(units, sign=True) for units in (*parts, total)]
    if result:
        columns = (*words("changed", "from what to what"), *numeric(result), Column("why"))
        lines = [
            cells(row.label, row.how, text, Cell(row.why, "faint"))
            for row, text in zip(shown, texts, strict=False)
        ]
        return Table("", columns, (*lines, cells("sum", "", Cell(texts[-1], "strong"), "")))
    lines = [
        cells(f"{row.mark} {row.label}", text, f"×{row.ratio:.3f}" if row.ratio else "")
        for row, text in zip(shown, texts, strict=False)
    ]
    last = cells(Cell("  total", "strong"), Cell(texts[-1], "strong"), "")
    return Table("", (Column("why"), *numeric("change", "ratio")), (*lines, last))


def _folded(rows: list[Row], total: float, view: View) -> list[Row]:
    limit = view.min_change if view.absolute else view.min_change * total
    rest = [row for row in rows if abs(row.change) < limit]
    if len(rest) < 2:
        return rows
    small = Row("~", f"{len(rest)} smaller changes", sum(row.change for row in rest))
    return [*(row for row in rows if row not in rest), small]


def _others(diff: Diff, view: View) -> Iterator[Block]:
    rows = []
    same = 0
    main = {row.name for row in (*shown_in("screen"), *shown_in("sweep"))}
    for name, item in diff.quantities.items():
        if name == diff.quantity or item.change is None:
            continue
        if not item.change:
            same += 1
            continue
        if name not in main and not view.verbose:
            continue
        unit = item.after.unit
        before, after = (
            with_unit(v or 0.0, unit) for v in (item.before.central, item.after.central)
        )
        rows.append(cells(label_of(name, alone=True), before, after, percent_change(item)))
    if rows:
        columns = (Column("also"), *numeric("before", "after", "change"))
        yield Table("", columns, tuple(rows))
    if same and view.verbose:
        told = "1 other result is" if same == 1 else f"{same} other results are"
        yield Paragraph(f"{told} unchanged.", tone="faint")


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
        Amount(row.label, row.change, scale.write(units, sign=True))
        for row, units in zip(rows, whole, strict=True)
    )
    before, after = (
        Amount(label, value, scale.write(scale.units(value)))
        for label, value in (
            ("before", head.before.central or 0.0),
            ("after", head.after.central or 0.0),
        )
    )
    yield BridgeChart("From before to after", before, steps, after)
