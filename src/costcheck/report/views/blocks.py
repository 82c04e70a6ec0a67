"""What a report says, without how it looks: a list of blocks every text format renders."""

from __future__ import annotations

from typing import Literal, NamedTuple

Tone = Literal["", "good", "warn", "bad", "faint", "strong"]


class Cell(NamedTuple):
    """A piece of text with what it signals."""

    text: str
    tone: Tone = ""


class Column(NamedTuple):
    """A column: numbers are never cut or wrapped, words may wrap."""

    label: str
    numeric: bool = False


class Title(NamedTuple):
    """The head of a report: name, verdict, one line below."""

    text: str
    verdict: Cell
    subtitle: str = ""


class Table(NamedTuple):
    """Rows under a heading; the first column labels the row."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Listing(NamedTuple):
    """Marked lines under a heading."""

    title: str
    items: tuple[tuple[Cell, str], ...]


class Paragraph(NamedTuple):
    """Running text, quoted where it is somebody else's."""

    text: str
    quote: bool = False
    tone: Tone = ""


Block = Title | Table | Listing | Paragraph
Document = tuple[Block, ...]
