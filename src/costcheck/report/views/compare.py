"""Scenarios side by side as blocks and as a table of values."""

from __future__ import annotations

from collections.abc import Iterator

from costcheck.compare import Comparison
from costcheck.estimate.result import Figure
from costcheck.quantities import label_of, shown_in
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    cells,
    numeric,
)
from costcheck.report.views.cash import own_or_rent_blocks
from costcheck.report.views.estimate import ASSUMED
from costcheck.report.views.figures import figure, significant
from costcheck.report.views.findings import tone_of

CSV_COLUMNS = ("quantity", "scenario", "low", "central", "high", "unit", "best")

BEST = "<"
"""Behind the best figure of a row."""

LONGEST_HEAD = 24
"""Characters of a scenario's name that the head of a column has room for."""


def compare_document(found: Comparison) -> Document:
    """Return the report of a comparison."""
    heads = _heads(found.labels)
    blocks: list[Block] = list(own_or_rent_blocks(found))
    if heads != found.labels:
        legend = zip(heads, found.labels, strict=True)
        blocks.append(Listing("scenarios", tuple((Cell(head), label) for head, label in legend)))
    blocks.append(_table(found, heads))
    if len(found.labels) > 1 and any(f.central is not None for f in found.figures[found.ranked_by]):
        blocks.append(_standings(found))
    marks = f"{BEST} best of the row; {ASSUMED} moved by a default that nobody stated"
    blocks.append(Paragraph(f"{marks}; 90 % intervals in brackets.", tone="faint"))
    return tuple(blocks)


def compare_rows(found: Comparison) -> Iterator[tuple[object, ...]]:
    """One row for each quantity and scenario."""
    for name, row in found.figures.items():
        for place, (label, item) in enumerate(zip(found.labels, row, strict=True)):
            best = "yes" if found.best.get(name) == place else ""
            yield (name, label, item.low, item.central, item.high, item.unit, best)


def _heads(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the heads of the columns: the labels, or numbers where one is too long for a head."""
    if all(len(label) <= LONGEST_HEAD for label in labels):
        return labels
    return tuple(f"#{number}" for number in range(1, len(labels) + 1))


def _table(found: Comparison, heads: tuple[str, ...]) -> Table:
    rows = [(Cell("verdict"), *(_verdict(found.verdicts[label]) for label in found.labels))]
    for quantity in shown_in("table"):
        figures = found.figures.get(quantity.name, ())
        if any(item.central is not None for item in figures):
            best = _marked(found, quantity.name)
            cells = (_cell(item, best=place == best) for place, item in enumerate(figures))
            rows.append((Cell(quantity.label), *cells))
    columns = (Column(""), *numeric(*heads))
    return Table("", columns, tuple(rows))


def _marked(found: Comparison, name: str) -> int | None:
    """The best of a row; of money none, where what is paid when names another than the sums do."""
    best = found.best.get(name)
    if best is None or name not in ("cost_usd", "usd_per_gpu_hour") or not found.worth:
        return best
    least = min(item.central for item in found.figures[name] if item.central is not None)
    winner = found.best.get("cost_usd") == best and found.figures[name][best].central == least
    return best if winner else None


def _cell(item: Figure, *, best: bool) -> Cell:
    if item.central is None or item.low is None or item.high is None:
        return Cell("unknown", "faint")
    prefix = ">= " if item.at_least else ""
    text = prefix + figure(item.central, item.unit) + (ASSUMED if item.assumed else "")
    if item.low != item.high:
        text += f" [{figure(item.low, item.unit)}, {figure(item.high, item.unit)}]"
    return Cell(f"{text} {BEST}", "good") if best else Cell(text)


def _verdict(verdict: str) -> Cell:
    return Cell(verdict, tone_of(verdict))


def _standings(found: Comparison) -> Table:
    valued = found.worth and found.ranked_by == "cost_usd"
    label = "present value" if valued else label_of(found.ranked_by)
    rows = tuple(
        cells(
            standing.scenario,
            "" if standing.times_best is None else f"{significant(standing.times_best)}x",
            Cell(standing.overlap, "good" if standing.overlap == "best" else ""),
        )
        for standing in found.standings
    )
    columns = (
        Column(f"by {label}"),
        *numeric("against the best"),
        Column("can the ranges tell them apart"),
    )
    return Table("", columns, rows)
