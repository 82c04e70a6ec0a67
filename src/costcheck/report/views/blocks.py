"""What a report says, without how it looks: a list of blocks every text format renders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Literal, NamedTuple

Tone = Literal["", "good", "warn", "bad", "faint", "strong"]


class Cell(NamedTuple):
    """A piece of text with what it signals; one that is whole is never cut."""

    text: str
    tone: Tone = ""
    whole: bool = False


class Column(NamedTuple):
    """A column: numbers are never cut or wrapped, words may wrap, or on a screen be cut."""

    label: str
    numeric: bool = False
    cut: bool = False


class Title(NamedTuple):
    """The head of a report: name, verdict, the answer, one line below."""

    text: str
    verdict: Cell
    subtitle: str = ""
    answer: str = ""


class Table(NamedTuple):
    """Rows under a heading; the first column labels the row."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Listing(NamedTuple):
    """Marked lines under a heading; a screen may cut each to one line unless its mark is whole."""

    title: str
    items: tuple[tuple[Cell, str], ...]
    cut: bool = False


class Paragraph(NamedTuple):
    """Running text, quoted where it is somebody else's."""

    text: str
    quote: bool = False
    tone: Tone = ""


class Code(NamedTuple):
    """What is pasted into a file or a shell: lines that end as the language wants to go on."""

    text: str
    goes_on: str = ""


CODE_WIDTH = 80
"""Columns of a code where no screen says how many it has."""


class Range(NamedTuple):
    """One line of a range chart."""

    label: str
    low: float
    central: float
    high: float
    text: str
    """The figure in words, beside the bar."""


class Amount(NamedTuple):
    """One bar of a chart of amounts."""

    label: str
    value: float
    text: str


class RangeChart(NamedTuple):
    """Ranges relative to their central values; only pages draw charts."""

    title: str
    ranges: tuple[Range, ...]


class AmountChart(NamedTuple):
    """Amounts as bars from a common start."""

    title: str
    amounts: tuple[Amount, ...]


class BridgeChart(NamedTuple):
    """The way from one amount to another, a step for every line between."""

    title: str
    start: Amount
    steps: tuple[Amount, ...]
    end: Amount


Chart = RangeChart | AmountChart | BridgeChart
Block = Title | Table | Listing | Paragraph | Code | Chart
Document = tuple[Block, ...]


def code_lines(block: Code, width: int = CODE_WIDTH) -> list[str]:
    """Return the lines of a code, none of which breaks a word."""
    end = block.goes_on
    lines = wrap(
        block.text,
        width - len(end),
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [*(line + end for line in lines[:-1]), *lines[-1:]]


def words(*labels: str) -> tuple[Column, ...]:
    """Columns of words."""
    return tuple(Column(label) for label in labels)


def numeric(*labels: str) -> tuple[Column, ...]:
    """Columns of numbers."""
    return tuple(Column(label, numeric=True) for label in labels)


def cells(*texts: Cell | str) -> tuple[Cell, ...]:
    """A row of a table; plain text signals nothing."""
    return tuple(text if isinstance(text, Cell) else Cell(text) for text in texts)


def filled(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], kept: int = 0) -> Table:
    """A table without the columns that would be blank; the first `kept` stay."""
    shown = [k for k in range(len(columns)) if k < kept or any(row[k].text for row in rows)]
    return Table(
        "",
        tuple(columns[k] for k in shown),
        tuple(tuple(row[k] for k in shown) for row in rows),
    )


DASH = "-"
"""The mark of a line that needs none."""


def bullets(title: str, lines: Iterable[str], mark: str = DASH, tone: Tone = "faint") -> Listing:
    """A listing whose lines have the same mark."""
    return Listing(title, tuple((Cell(mark, tone), line) for line in lines))
