"""What became of the figures of an article, and how each of them was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from costcheck.estimate.result import HEADLINES, UNCHECKED
from costcheck.quantities import field_words
from costcheck.report.views.blocks import Block, Column, Document, Paragraph, Table, bullets, cells

if TYPE_CHECKING:
    from costcheck.audit.scenario import Audited, Card
    from costcheck.scenario.claims_draft import Draft, Drafting

_LONG = 110
"""Characters after which a sentence that says nothing of a training is cut."""


_RISING: Final = ("holds", "holds-rounded", UNCHECKED)
"""The headlines of what is not wrong, the best first; the others are worse in their own order."""
_COUNTED: Final = {
    "right-numbers-wrong-thing": "right but of something else",
    UNCHECKED: "that nobody can check",
    "holds": "right",
    "holds-rounded": "right",
}
"""What a count calls the figures of a headline, where not wrong."""


def is_counted(audited: Audited) -> bool:
    """Whether there is an article with several claims."""
    return any(len(item.drafts) > 1 for item in audited.readings)


def cards_shown(audited: Audited) -> Sequence[Card]:
    """The cards in the order they are shown: those of an article with the worst first."""
    order = (*_RISING, *(word for word in HEADLINES if word not in _RISING))
    if not is_counted(audited):
        return audited.cards
    return sorted(audited.cards, key=lambda card: -order.index(card.audit.headline))


def conclusion(cards: Sequence[Card]) -> Document:
    """How many figures of trainings there are and what became of them."""
    counts: dict[str, int] = {}
    for card in cards:
        words = _COUNTED.get(card.audit.headline, "wrong")
        counts[words] = counts.get(words, 0) + max(len(card.audit.numbers), 1)
    told = ", ".join(f"{count} {words}" for words, count in counts.items())
    return (Paragraph(f"{sum(counts.values())} figures of trainings: {told}; the worst first."),)


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
