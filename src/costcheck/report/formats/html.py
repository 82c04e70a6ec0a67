"""Blocks as HTML: a fragment for notebooks."""

from __future__ import annotations

from html import escape

from costcheck.report.views.blocks import Block, Cell, Document, Listing, Paragraph, Table, Title


def fragment(document: Document) -> str:
    """Return the report as one HTML element."""
    return f'<div class="costcheck">{"".join(_block(block) for block in document)}</div>'


def _block(block: Block) -> str:
    if isinstance(block, Title):
        return (
            f"<h2>{escape(block.text)}: {_cell(block.verdict)}</h2><p>{escape(block.subtitle)}</p>"
        )
    if isinstance(block, Paragraph):
        tag = "blockquote" if block.quote else "p"
        return f"<{tag}>{escape(block.text)}</{tag}>"
    if isinstance(block, Listing):
        items = "".join(f"<li>{_cell(mark)} {escape(text)}</li>" for mark, text in block.items)
        return f"<h3>{escape(block.title)}</h3><ul>{items}</ul>"
    return _table(block)


def _table(block: Table) -> str:
    classes = [' class="number"' if column.numeric else "" for column in block.columns]
    head = "".join(
        f'<th scope="col"{kind}>{escape(column.label)}</th>'
        for column, kind in zip(block.columns, classes, strict=True)
    )
    body = "".join(_row(row, classes) for row in block.rows)
    caption = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: tuple[Cell, ...], classes: list[str]) -> str:
    label = f'<th scope="row">{_cell(row[0])}</th>'
    cells = "".join(
        f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row[1:], classes[1:], strict=True)
    )
    return f"<tr>{label}{cells}</tr>"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    return f'<span class="{cell.tone}">{text}</span>' if cell.tone else text
