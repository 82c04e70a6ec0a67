"""Blocks on a terminal of any width: words wrap, numbers never.

The layout is our own because its rule is: a number that is cut is a wrong number. Rich colours the
finished lines, and is not imported where nothing is coloured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Any, NamedTuple

from costcheck.report.views.blocks import (
    Block,
    Cell,
    Code,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    Tone,
    code_lines,
)
from costcheck.text.harmless import harmless

NARROW = 60
"""Below this width a table becomes records, one name and value a line."""

WORDS_MINIMUM = 12
"""Columns a wrapping text needs to stay readable."""

WORD_MAXIMUM = 28
"""Columns of a word that is not broken; addresses are longer."""

FIGURE = re.compile(r"\d%|\$\d")
"""Shares and dollars, which no cut of a line of its own may hide."""

JOINTS = ("\u00a0", "/", "-_:&?")
"""Signs behind which what is kept together goes on in the next line, the best first."""

CUT = " ..."
"""Where a line goes on that the screen has no room for."""

GAP = "  "
"""Between two columns."""

STYLES = {
    "": "",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "faint": "dim",
    "strong": "bold",
    "quote": "italic",
}

_ASCII = str.maketrans(
    {
        **dict(zip("×–—≈·“”’‘∼µ\u00a0", "x--~|\"\"''~u ", strict=True)),
        "±": "+-",
        "→": "->",
        "≥": ">=",
        "≤": "<=",
        "…": "...",
        "÷": "/",
    }
)
"""What stands for a character where the terminal has ASCII only."""


class Screen(NamedTuple):
    """What the reader's terminal can show."""

    width: int = 80
    color: bool = False
    ascii: bool = False


class Piece(NamedTuple):
    """A stretch of one line in one tone."""

    text: str
    tone: Tone | str = ""


Line = tuple[Piece, ...]


def render_all(documents: Sequence[Document], screen: Screen) -> str:
    """Reports one after the other."""
    return "\n".join(render(document, screen) for document in documents)


def render(document: Document, screen: Screen) -> str:
    """The report as text for a terminal; charts are for pages."""
    lines: list[Line] = []
    # Signs that take more room in ASCII are laid out as they will stand.
    for block in _in_ascii(document) if screen.ascii else document:
        shown = list(_block(block, screen.width))
        spaced = lines and not isinstance(block, Title) and shown
        lines += [(), *shown] if spaced else shown
    text = _coloured(lines, screen) if screen.color else _plain(lines)
    return text.encode("ascii", "replace").decode() if screen.ascii else text


def _in_ascii(value: Any) -> Any:
    """Blocks, and all they are made of, with what stands for signs that ASCII lacks."""
    if isinstance(value, str):
        return value.translate(_ASCII)
    if not isinstance(value, tuple):
        return value
    parts = map(_in_ascii, value)
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _plain(lines: list[Line]) -> str:
    texts = ("".join(piece.text for piece in line) for line in lines)
    return "".join(harmless(text).rstrip() + "\n" for text in texts)


def _coloured(lines: list[Line], screen: Screen) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    buffer = StringIO()
    console = Console(
        file=buffer,
        width=screen.width,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        legacy_windows=False,
    )
    for line in lines:
        pieces = [(harmless(piece.text), STYLES[piece.tone]) for piece in line]
        console.print(Text.assemble(*pieces), soft_wrap=True)
    return buffer.getvalue()


def _block(block: Block, width: int) -> Iterator[Line]:
    if isinstance(block, Title):
        yield from _title(block, width)
    elif isinstance(block, Paragraph):
        yield from _paragraph(block, width)
    elif isinstance(block, Listing):
        yield from _listing(block, width)
    elif isinstance(block, Table):
        yield from _table(block, width)
    elif isinstance(block, Code):
        yield from ((Piece(line),) for line in code_lines(block, width))


def _title(block: Title, width: int) -> Iterator[Line]:
    verdict = Piece(block.verdict.text, block.verdict.tone)
    room = width - len(block.text) - len(verdict.text)
    if room > 0:
        yield (Piece(block.text, "strong"), Piece(" " * room), verdict)
    else:
        yield from ((Piece(line, "strong"),) for line in _wrapped(block.text, width))
        yield (verdict,)
    if block.answer:
        yield from ((Piece(line, "strong"),) for line in _wrapped(block.answer, width))
    if block.subtitle:
        yield from ((Piece(line, "faint"),) for line in _wrapped(block.subtitle, width))


def _paragraph(block: Paragraph, width: int) -> Iterator[Line]:
    indent = GAP if block.quote else ""
    tone = "quote" if block.quote else block.tone
    for line in _wrapped(block.text, width - len(indent)):
        yield (Piece(indent + line, tone),)


def _listing(block: Listing, width: int) -> Iterator[Line]:
    if block.title:
        yield from ((Piece(line, "strong"),) for line in _wrapped(block.title, width))
    indent = 1 + max((len(mark.text) for mark, _ in block.items), default=0)
    for mark, text in block.items:
        cut = block.cut and width >= NARROW and not mark.whole
        first, *rest = _lines(text, width - indent, cut=cut, figures=True)
        yield (Piece(mark.text.ljust(indent), mark.tone), Piece(first))
        yield from ((Piece(" " * indent + line),) for line in rest)


def _table(block: Table, width: int) -> Iterator[Line]:
    if block.title:
        yield from ((Piece(line, "strong"),) for line in _wrapped(block.title, width))
    if width < NARROW:  # too narrow for what would be left of a cut line
        block = block._replace(columns=tuple(each._replace(cut=False) for each in block.columns))
    widths = _column_widths(block, width)
    if widths is None:
        yield from _records(block, width)
        return
    header = tuple(Cell(column.label, "faint") for column in block.columns)
    if any(cell.text for cell in header):
        yield from _row(header, block, widths)
    for row in block.rows:
        yield from _row(row, block, widths)


def _column_widths(block: Table, width: int) -> list[int] | None:
    """Return the width of every column; None where the numbers do not fit side by side."""
    widths = [_widest(block, index) for index in range(len(block.columns))]
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    if over > 0 and width < NARROW and len(block.columns) > 2:
        return None
    words = [index for index, column in enumerate(block.columns) if not column.numeric]
    # A word is broken only where there is no other way.
    whole = {index: _longest_word(block, index) for index in words}
    for least in (whole, dict.fromkeys(words, WORDS_MINIMUM)):
        over = _narrowed(widths, least, over)
    return None if over > 0 else widths


def _narrowed(widths: list[int], least: dict[int, int], over: int) -> int:
    """Take columns from the widest words, down to what each needs; return what is still over."""
    while over > 0:
        index = max(least, key=lambda each: (widths[each] > least[each], widths[each]), default=-1)
        if index < 0 or widths[index] <= least[index]:
            break
        others = [widths[i] for i in least if i != index and widths[i] > least[i]]
        second = max([*others, least[index]])
        take = min(over, max(1, widths[index] - second), widths[index] - least[index])
        widths[index] -= take
        over -= take
    return over


def _longest_word(block: Table, index: int) -> int:
    if block.columns[index].cut:
        return WORDS_MINIMUM
    texts = (block.columns[index].label, *(row[index].text for row in block.rows))
    words = [word for text in texts for word in text.split(" ")]
    # A path is broken between its folders.
    parts = [f"{part}/" for word in words if len(word) > WORD_MAXIMUM for part in word.split("/")]
    whole = [word for word in words if len(word) <= WORD_MAXIMUM]
    longest = max(map(len, (*whole, *parts)), default=0)
    return min(max(longest, WORDS_MINIMUM), WORD_MAXIMUM)


def _widest(block: Table, index: int) -> int:
    cells = (len(row[index].text) for row in block.rows)
    return max([len(block.columns[index].label), *cells])


def _row(row: tuple[Cell, ...], block: Table, widths: list[int]) -> Iterator[Line]:
    stacked = [
        [cell.text]
        if column.numeric
        else _lines(cell.text, width, cut=column.cut and not cell.whole)
        for cell, column, width in zip(row, block.columns, widths, strict=True)
    ]
    for texts in zip_longest(*stacked, fillvalue=""):
        pieces = []
        for text, cell, column, width in zip(texts, row, block.columns, widths, strict=True):
            padded = text.rjust(width) if column.numeric else text.ljust(width)
            pieces.append(Piece(padded + GAP, cell.tone))
        last = pieces[-1]
        yield (*pieces[:-1], Piece(last.text.rstrip(), last.tone))


def _records(block: Table, width: int) -> Iterator[Line]:
    head, *_ = block.columns
    if head.label and not head.numeric:
        yield from ((Piece(line, "faint"),) for line in _wrapped(head.label, width))
    for row in block.rows:
        label = row[0].text.lstrip()
        if head.label and head.numeric:
            label = f"{head.label}: {label}"
        inner = " " * (len(row[0].text) - len(label))  # a row that belongs to the one above
        yield from ((Piece(inner + line, "strong"),) for line in _wrapped(label, width))
        for column, cell in zip(block.columns[1:], row[1:], strict=True):
            if cell.text:
                yield from _named(column.label, cell, width, inner + GAP)


def _named(label: str, cell: Cell, width: int, indent: str) -> Iterator[Line]:
    name = f"{indent}{label}: " if label else indent
    room = width - len(indent) + len(GAP)
    first, *rest = _wrapped(cell.text, room, first=len(name))
    yield (Piece(name, "faint"), Piece(first, cell.tone))
    yield from ((Piece(indent + GAP + line, cell.tone),) for line in rest)


def _lines(text: str, width: int, *, cut: bool, figures: bool = False) -> list[str]:
    """Return the text in lines, or cut with a mark: after one, or after all `figures`."""
    if not cut or len(text) <= width:
        return _wrapped(text, width)
    lines = _filled(text, max(width - len(CUT), 1))
    holding = (at for at, line in enumerate(lines) if figures and FIGURE.search(line))
    kept = max(holding, default=0) + 1
    if kept == len(lines):
        return _wrapped(text, width)
    return [*lines[: kept - 1], lines[kept - 1].rstrip(" ,;:(") + CUT]


def _wrapped(text: str, width: int, first: int = 0) -> list[str]:
    """Return the text in lines; the first one starts after `first` columns."""
    found = _filled(text, max(width, WORDS_MINIMUM), first, GAP * 2 if first else "")
    if not found:
        return [""]
    return [found[0][first:], *(line.lstrip() if first else line for line in found[1:])]


def _filled(text: str, room: int, first: int = 0, indent: str = "") -> list[str]:
    """Lines of whole words; what is longer than one, such as a link, begins on one of its own."""
    lines = wrap(
        text,
        room,
        initial_indent=" " * first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [part for line in lines for part in _parts(line, room, indent)]


def _parts(line: str, room: int, indent: str = "") -> Iterator[str]:
    """A line that may be one long word, broken behind the signs of paths where it has any."""
    while len(line) > room:
        joints = (max(line.rfind(sign, room // 3, room) for sign in signs) for signs in JOINTS)
        end = next((joint + 1 for joint in joints if joint > 0), room)
        yield line[:end]
        line = indent + line[end:]
    yield line
