"""How a sentence or an article was read, one line per figure."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import TYPE_CHECKING

from costcheck.quantities import field_words
from costcheck.report.views.blocks import Block, Column, Document, Table, bullets, cells

if TYPE_CHECKING:
    from costcheck.scenario.claims_draft import Draft, Drafting

_LONG = 110
"""Characters after which a sentence that says nothing of a training is cut."""


def reading_document(drafting: Drafting) -> Document:
    """The figures that were read, then the sentences that were not; the rest is on the cards."""
    return tuple(_blocks(drafting))


def _blocks(drafting: Drafting) -> Iterator[Block]:
    rows = tuple(
        cells(draft.id if place == 0 else "", name, text)
        for draft in drafting.drafts
        for place, (name, text) in enumerate(_lines(draft))
    )
    columns = (Column("claim"), Column("figure"), Column("as the text has it"))
    yield Table("How the text was read", columns, rows)
    if drafting.left_out:
        yield bullets(
            "Not read", [shorten(line, _LONG, placeholder="...") for line in drafting.left_out]
        )


def _lines(draft: Draft) -> Iterator[tuple[str, str]]:
    where = " (named in an earlier sentence)" if draft.is_carried else ""
    yield "about", f"{draft.about}{where}" if draft.about else "no model is named"
    if draft.gpu:
        yield "accelerator", draft.gpu
    if draft.year:
        yield "year", str(draft.year)
    for key, texts in draft.figures:
        for text in texts.split("\n"):
            yield field_words(key), text
    for item in draft.comparisons:
        yield field_words(item.of), item.said
