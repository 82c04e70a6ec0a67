"""Blocks as Markdown for pull requests, issues and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from costcheck.report.views.blocks import (
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
from costcheck.text.harmless import harmless

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_all(documents: Sequence[Document]) -> str:
    """Reports one after the other."""
    return "\n".join(map(render, documents))


def render(document: Document) -> str:
    """The report as GitHub-flavoured Markdown; charts are for pages."""
    return "\n\n".join(filter(None, map(_block, document))) + "\n"


def escape(text: str) -> str:
    """Text in which nothing is markup and nobody is mentioned."""
    return _SPECIAL.sub(r"\\\1", harmless(text)).replace("@", "@\u200b")


def _block(block: Block) -> str:
    if isinstance(block, Title):
        head = "## " + ": ".join(filter(None, map(escape, (block.text, block.verdict.text))))
        answer = f"**{escape(block.answer)}**" if block.answer else ""
        return "\n\n".join(filter(None, (head, answer, escape(block.subtitle))))
    if isinstance(block, Paragraph):
        return f"> {_quoted(block.text)}" if block.quote else escape(block.text)
    if isinstance(block, Listing):
        lines = [f"**{escape(block.title)}**", ""] if block.title else []
        lines += [f"- {_marked(mark, text)}" for mark, text in block.items]
        return "\n".join(lines)
    if isinstance(block, Code):
        return "\n".join(("```", *map(harmless, code_lines(block)), "```"))
    return _table(block) if isinstance(block, Table) else ""


def _quoted(text: str) -> str:
    """The words of others: an address in them is shown, and is no link."""
    return escape(text).replace("://", ":<!-- -->//")


def _cell(cell: Cell) -> str:
    return _quoted(cell.text) if cell.text.startswith('"') else escape(cell.text)


def _marked(mark: Cell, text: str) -> str:
    plain = mark.text in ("-", "*", "")
    return escape(text) if plain else f"**{escape(mark.text.strip())}** {escape(text)}"


def _table(block: Table) -> str:
    lines = [f"**{escape(block.title)}**", ""] if block.title else []
    lines.append("| " + " | ".join(escape(column.label) for column in block.columns) + " |")
    lines.append("|" + "|".join("---:" if c.numeric else "---" for c in block.columns) + "|")
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in block.rows]
    return "\n".join(lines)
