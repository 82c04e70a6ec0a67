"""Blocks as HTML: one file without network, or a fragment for notebooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from costcheck.report.formats.svg import chart
from costcheck.report.views.blocks import (
    DASH,
    Block,
    Cell,
    Code,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    code_lines,
)
from costcheck.text.harmless import escaped as escape
from costcheck.version import VERSION


def file_text(name: str) -> str:
    """What a page takes from a file beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def fragment(document: Document) -> str:
    """The report as one element without charts, which need the style sheet of a page."""
    shown = (_block(block, 2) for block in document if isinstance(block, _WITHOUT_STYLE))
    return f'<div class="costcheck">{"".join(shown)}</div>'


class Script(NamedTuple):
    """What makes a page live: its program, how its parts look, a part for each document."""

    program: str
    style: str
    parts: tuple[str, ...]
    last: bool = False
    """Whether the parts stand at the ends of their documents, not behind the first tables."""


def page(title: str, documents: Sequence[Document], live: Script | None = None) -> str:
    """Documents as sections of one file, light and dark, fit for print."""
    name = escape(title)
    # A page of one report is headed by that report's own title.
    alone = len(documents) == 1 and isinstance(documents[0][0], Title)
    head = "" if alone else f"<h1>{name}</h1>\n"
    parts = live.parts if live else ("",) * len(documents)
    last = live is not None and live.last
    sections = "\n".join(
        _section(document, 1 if alone else 2, part, last=last)
        for document, part in zip(documents, parts, strict=True)
    )
    # Only our own program runs: a script that a name smuggles in has another hash.
    program = live.program if live else ""
    style = file_text("page.css") + (live.style if live else "")
    allowed = f"; script-src '{hash_of(program)}'" if live else ""
    running = f"<script>{program}</script>\n" if live else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'{allowed}\">\n"
        f"<title>{name}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"{head}{sections}\n</main>\n"
        f"<footer>costcheck {VERSION}. Ranges are 90 % intervals.</footer>\n{running}"
        "</body>\n</html>\n"
    )


ADDRESS = re.compile(r"(https?://[\w.-]+\.[a-z]{2,}(?:[/?#][^\s<>\"'`)]*[\w/=])?)", re.ASCII)
"""A web address in a text, in plain letters, without the stop of the sentence around it."""

_WITHOUT_STYLE = (Title, Paragraph, Listing, Table, Code)


def hash_of(program: str) -> str:
    """What a page names of the one program that may run in it."""
    from base64 import b64encode
    from hashlib import sha256

    return f"sha256-{b64encode(sha256(program.encode()).digest()).decode()}"


def _section(document: Document, level: int, part: str, *, last: bool) -> str:
    """A document; its live part stands behind the first table, or at the end."""
    tables = (at for at, block in enumerate(document, 1) if isinstance(block, Table) and not last)
    first = next(tables, None)
    shown = [_scrolling(block, level) for block in document]
    behind = shown[first:] if first else []
    return f"<section>{''.join((*shown[:first], part, *behind))}</section>"


def _scrolling(block: Block, level: int) -> str:
    shown = _block(block, level)
    if isinstance(block, Table):
        return f'<div class="wide" tabindex="0">{shown}</div>'
    return shown


def _block(block: Block, level: int) -> str:
    if isinstance(block, Title):
        verdict = f": {_cell(block.verdict)}" if block.verdict.text else ""
        answer = f'<p class="strong">{escape(block.answer)}</p>' if block.answer else ""
        below = f"<p>{_linked(block.subtitle)}</p>" if block.subtitle else ""
        return f"<h{level}>{escape(block.text)}{verdict}</h{level}>{answer}{below}"
    if isinstance(block, Paragraph):
        tag = "blockquote" if block.quote else "p"
        return f"<{tag}>{_linked(block.text)}</{tag}>"
    if isinstance(block, Listing):
        items = "".join(f"<li>{_mark(mark)}{_linked(text)}</li>" for mark, text in block.items)
        head = f"<h{level + 1}>{escape(block.title)}</h{level + 1}>" if block.title else ""
        return f"{head}<ul>{items}</ul>"
    if isinstance(block, Code):
        lines = "\n".join(map(escape, code_lines(block)))
        return f'<pre tabindex="0">{lines}</pre>'
    return _table(block) if isinstance(block, Table) else chart(block)


def _table(block: Table) -> str:
    classes = [' class="number"' if column.numeric else "" for column in block.columns]
    head = "".join(
        f'<th scope="col"{kind}>{escape(column.label)}</th>' if column.label else "<td></td>"
        for column, kind in zip(block.columns, classes, strict=True)
    )
    body = "".join(_row(row, classes) for row in block.rows)
    caption = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: tuple[Cell, ...], classes: list[str]) -> str:
    label = f'<th scope="row"{classes[0]}>{_cell(row[0])}</th>' if row[0].text else "<td></td>"
    cells = "".join(
        f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row[1:], classes[1:], strict=True)
    )
    return f"<tr>{label}{cells}</tr>"


def _mark(mark: Cell) -> str:
    """What stands before a line; a list of a page has its own dash."""
    return "" if mark.text == DASH else f"{_cell(mark._replace(tone=mark.tone or 'strong'))} "


def _linked(text: str) -> str:
    """Words of strangers, in which only an address is more than words."""
    parts = ADDRESS.split(text)
    return "".join(
        f'<a href="{escape(part)}" rel="noreferrer">{escape(part)}</a>' if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )


def _cell(cell: Cell) -> str:
    text = _linked(cell.text)
    return f'<span class="{cell.tone}">{text}</span>' if cell.tone else text
