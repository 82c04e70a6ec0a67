"""Scenarios side by side as blocks and as a table of values."""

from __future__ import annotations

from collections.abc import Iterator

from costcheck.compare import PRICES, Comparison
from costcheck.estimate.result import Figure
from costcheck.quantities import Definition, label_of, shown_in
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    numeric,
)
from costcheck.report.views.cash import own_or_rent_blocks
from costcheck.report.views.estimate import ASSUMED
from costcheck.report.views.figures import figure, significant, with_unit
from costcheck.report.views.findings import tone_of

CSV_COLUMNS = ("quantity", "scenario", "low", "central", "high", "unit", "best")

BEST = "<"
"""Behind the best figure of a row."""

MOST_COLUMNS = 4
"""Scenarios that stand beside each other; more are lines."""

ROOM = 50
"""Characters that the heads of the columns have room for."""


def compare_document(found: Comparison) -> Document:
    """Return the report of a comparison: which is best, then scenarios side by side."""
    blocks: list[Block] = list(own_or_rent_blocks(found)) or [Paragraph(_answer(found))]
    heads = _heads(found.labels)
    if len(found.labels) > MOST_COLUMNS:
        blocks.append(_lines(found))
    else:
        if heads != found.labels:
            legend = zip(heads, found.labels, strict=True)
            blocks.append(Listing("", tuple((Cell(head), label) for head, label in legend)))
        blocks.append(_table(found, heads))
    if same := _same(found):
        blocks.append(Paragraph(f"the same in all: {', '.join(same)}"))
    for label, lines in found.besides_hours.items():
        if lines:
            usd = ", ".join(f"{name} {figure(usd, 'USD')}" for name, usd in lines.items())
            blocks.append(Paragraph(f"{label} pays besides its hours: {usd}"))
    marks = f"{BEST} best of the row; {ASSUMED} moved by a default that nobody stated"
    blocks.append(Paragraph(f"{marks}; from and to: 90 % range", tone="faint"))
    return tuple(blocks)


def compare_rows(found: Comparison) -> Iterator[tuple[object, ...]]:
    """One row for each quantity and scenario."""
    for name, row in found.figures.items():
        for place, (label, item) in enumerate(zip(found.labels, row, strict=True)):
            best = "yes" if found.marked(name) == place else ""
            yield (name, label, item.low, item.central, item.high, item.unit, best)


def _answer(found: Comparison) -> str:
    """Which scenario is best, by how much, and whether the ranges can tell."""
    label, row = label_of(found.ranked_by), found.figures[found.ranked_by]
    best = found.best.get(found.ranked_by)
    cannot = [name for name, verdict in found.verdicts.items() if verdict == "infeasible"]
    rest = f" {' and '.join(cannot)} cannot be done as stated." if cannot else ""
    if best is None or row[best].central is None:
        known = any(item.central is not None for item in row)
        what = f"By {label} no scenario is better" if known else f"{label} unknown of all"
        return f"{what}.{rest}"
    value = with_unit(row[best].central or 0.0, row[best].unit)
    others = [each for place, each in enumerate(found.standings) if place != best]
    times = [
        f"{each.scenario} {significant(each.times_best)} times that"
        for each in others
        if each.times_best is not None
    ]
    near = [each.scenario for each in others if each.overlap == "ranges overlap"]
    overlap = f" The 90 % ranges of it and of {', '.join(near)} overlap." if near else ""
    if len(others) >= MOST_COLUMNS:
        return f"{found.labels[best]} is best by {label}: {value}.{rest}"
    return f"{found.labels[best]} is best by {label}: {value}; {', '.join(times)}.{overlap}{rest}"


def _heads(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the heads of the columns: the labels, or numbers where they leave no room."""
    if len(labels) * max(map(len, labels)) <= ROOM:
        return labels
    return tuple(f"#{number}" for number in range(1, len(labels) + 1))


def _shown(found: Comparison) -> Iterator[tuple[Definition, tuple[Figure, ...]]]:
    """What is known of any scenario, what decides first."""
    rows = sorted(shown_in("table"), key=lambda row: row.name != found.ranked_by)
    for quantity in rows:
        figures = found.figures.get(quantity.name, ())
        if any(item.central is not None for item in figures):
            yield quantity, figures


def _is_same(found: Comparison, name: str, figures: tuple[Figure, ...]) -> bool:
    values = {(item.low, item.central, item.high) for item in figures}
    central = {figure(v, item.unit) for item in figures if (v := item.central) is not None}
    known = all(item.central is not None for item in figures)
    return name != found.ranked_by and known and (len(values) == 1 or len(central) == 1)


def _same(found: Comparison) -> list[str]:
    """What all scenarios have in common, in words."""
    if len(found.labels) < 2:
        return []
    return [
        f"{quantity.label} {_text(figures[0])}"
        for quantity, figures in _shown(found)
        if _is_same(found, quantity.name, figures)
    ]


def _table(found: Comparison, heads: tuple[str, ...]) -> Table:
    rows = [(Cell("verdict"), *(_verdict(found.verdicts[label]) for label in found.labels))]
    for quantity, figures in _shown(found):
        if len(figures) > 1 and _is_same(found, quantity.name, figures):
            continue
        best = found.marked(quantity.name)
        row = (_cell(item, best=place == best) for place, item in enumerate(figures))
        rows.append((Cell(quantity.label), *row))
        if paid := found.paid(quantity.name):
            cells = (_cell(item, best=False) for item in paid)
            rows.append((Cell(PRICES[quantity.name]), *cells))
        if quantity.name == found.ranked_by:
            rows += _ends(found, figures)
    return Table("", (Column(""), *numeric(*heads)), tuple(rows))


def _ends(found: Comparison, figures: tuple[Figure, ...]) -> Iterator[tuple[Cell, ...]]:
    """The range of what decides, and how it stands against the best."""
    for words, end in (("from", "low"), ("to", "high")):
        values = [None if item.low == item.high else getattr(item, end) for item in figures]
        if any(value is not None for value in values):
            texts = ("" if v is None else figure(v, figures[0].unit) for v in values)
            yield (Cell(f"  {words}", "faint"), *(Cell(text, "faint") for text in texts))
    if len(figures) > 1 and any(each.times_best is not None for each in found.standings):
        valued = found.worth and found.ranked_by == "cost_usd"
        label = "  present value" if valued else "  against the best"
        times = (_times(each.times_best) for each in found.standings)
        yield (Cell(label, "faint"), *map(Cell, times))
        if not valued:
            overlaps = (each.overlap.removeprefix("ranges ") for each in found.standings)
            yield (Cell("  ranges", "faint"), *(Cell(text, "faint") for text in overlaps))


def _times(times: float | None) -> str:
    return "" if times is None else f"{significant(times)}x"


def _lines(found: Comparison) -> Table:
    """A line for each of many scenarios, with what is known of any."""
    known = {quantity.name for quantity, _ in _shown(found)}
    wanted = dict.fromkeys((found.ranked_by, "cost_usd", "days", "gpu_hours"))
    names = [name for name in wanted if name in known]
    places = range(len(found.labels))
    columns = [Column("scenario", cut=True), Column("verdict")]
    rows = [[Cell(label), _verdict(found.verdicts[label])] for label in found.labels]
    for name in names:
        best = found.marked(name)
        columns += numeric(label_of(name))
        for place in places:
            rows[place].append(_cell(found.figures[name][place], best=place == best))
    columns += numeric("of the best")
    for place in places:
        rows[place].append(Cell(_times(found.standings[place].times_best)))
    return Table("", tuple(columns), tuple(map(tuple, rows)))


def _cell(item: Figure, *, best: bool) -> Cell:
    if item.central is None:
        return Cell("unknown", "faint")
    text = _text(item)
    return Cell(f"{text} {BEST}", "good") if best else Cell(text)


def _text(item: Figure) -> str:
    prefix = ">= " if item.at_least else ""
    return prefix + figure(item.central or 0.0, item.unit) + (ASSUMED if item.assumed else "")


def _verdict(verdict: str) -> Cell:
    return Cell(verdict.replace("-", " "), tone_of(verdict))
