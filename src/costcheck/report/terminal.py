"""Blocks on a terminal of any width: labels wrap, numbers never."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from textwrap import wrap
from typing import TYPE_CHECKING

from costcheck.report.document import Block, Cell, Document, Listing, Paragraph, Table, Title

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

NARROW = 60
"""Below this width a table becomes records, one name and value a line."""

LABEL_MINIMUM = 12
"""Columns a wrapping label needs to stay readable."""

STYLES = {
    "": "",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "faint": "dim",
    "strong": "bold",
}

_ASCII = str.maketrans(
    {
        **dict(zip("×–—≈·“”’‘∼µ\u00a0", "x--~|\"\"''~u ", strict=True)),
        "±": "+-",
        "→": "->",
        "≥": ">=",
        "≤": "<=",
        "…": "...",
    }
)
"""What stands for a character where the terminal has ASCII only."""


@dataclass(frozen=True)
class Screen:
    """What the reader's terminal can show."""

    width: int = 80
    color: bool = False
    ascii: bool = False


def render(document: Document, screen: Screen) -> str:
    """Return the report as text for a terminal.

    Parameters
    ----------
    document : Document
        Blocks of the report.
    screen : Screen
        Width, colours and character set.
    """
    from rich.console import Console

    buffer = StringIO()
    console = Console(
        file=buffer,
        width=screen.width,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        no_color=not screen.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for block in document:
        _print(console, block)
    text = "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()).strip("\n") + "\n"
    return text.translate(_ASCII).encode("ascii", "replace").decode() if screen.ascii else text


def _print(console: Console, block: Block) -> None:
    if isinstance(block, Title):
        _print_title(console, block)
    elif isinstance(block, Table):
        _print_table(console, block)
    elif isinstance(block, Listing):
        _print_listing(console, block)
    else:
        _print_paragraph(console, block)


def _print_title(console: Console, block: Title) -> None:
    from rich.text import Text

    room = console.width - len(block.text) - len(block.verdict.text)
    gap = " " * room if room > 0 else "\n"
    console.print(
        Text.assemble((block.text, "bold"), gap, (block.verdict.text, STYLES[block.verdict.tone]))
    )
    if block.subtitle:
        console.print(Text(block.subtitle, "dim"))


def _print_paragraph(console: Console, block: Paragraph) -> None:
    style = "italic" if block.quote else STYLES[block.tone]
    console.print()
    _print_wrapped(console, block.text, style, indent="  " if block.quote else "")


def _print_listing(console: Console, block: Listing) -> None:
    from rich.text import Text

    console.print()
    console.print(Text(block.title, "bold"))
    indent = 1 + max((len(mark.text) for mark, _ in block.items), default=0)
    for mark, text in block.items:
        first, *rest = _lines(text, console.width - indent)
        console.print(Text.assemble((mark.text.ljust(indent), STYLES[mark.tone]), first))
        for line in rest:
            console.print(" " * indent + line)


def _print_wrapped(console: Console, text: str, style: str, *, indent: str) -> None:
    from rich.text import Text

    for line in _lines(text, console.width - len(indent)):
        console.print(Text(indent + line, style))


def _lines(text: str, width: int) -> list[str]:
    # Rich measures and splits every cell; running text needs no more than the standard wrap.
    return wrap(text, max(width, LABEL_MINIMUM), break_on_hyphens=False) or [""]


def _print_table(console: Console, block: Table) -> None:
    console.print()
    if _fits(block, console.width):
        _print_grid(console, block)
    else:
        _print_records(console, block)


def _fits(block: Table, width: int) -> bool:
    if width < NARROW and len(block.columns) > 2:
        return False
    needed = 0
    for index, column in enumerate(block.columns):
        cells = [len(row[index].text) for row in block.rows]
        widest = max([len(column.label), *cells])
        needed += (widest if column.numeric else min(widest, LABEL_MINIMUM)) + 2
    return needed <= width


def _print_grid(console: Console, block: Table) -> None:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        show_header=True,
        header_style="dim",
        title=None,
    )
    if block.title:
        console.print(Text(block.title, "bold"))
    for index, column in enumerate(block.columns):
        label = Text(column.label)
        if column.numeric:
            grid.add_column(label, justify="right", no_wrap=True, min_width=_widest(block, index))
        else:
            grid.add_column(label, overflow="fold", min_width=LABEL_MINIMUM if index == 0 else 8)
    for row in block.rows:
        grid.add_row(*(_text(cell) for cell in row))
    console.print(grid)


def _print_records(console: Console, block: Table) -> None:
    from rich.text import Text

    if block.title:
        console.print(Text(block.title, "bold"))
    for row in block.rows:
        console.print(Text(row[0].text, "bold"))
        for column, cell in zip(block.columns[1:], row[1:], strict=True):
            if cell.text:
                line = Text.assemble((f"  {column.label}: ", "dim"), _text(cell))
                console.print(line, overflow="fold")


def _widest(block: Table, index: int) -> int:
    cells = [len(row[index].text) for row in block.rows]
    return max([len(block.columns[index].label), *cells])


def _text(cell: Cell) -> Text:
    from rich.text import Text

    return Text(cell.text, STYLES[cell.tone])
