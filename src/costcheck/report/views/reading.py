"""What became of the figures of an article, and how each of them was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from costcheck.estimate.result import HEADLINES, UNCHECKED
from costcheck.quantities import field_words
from costcheck.report.views.blocks import Block, Column, Document, Paragraph, Table, bullets, cells

if TYPE_CHECKING:
    from costcheck.audit.result import ClaimAudit, Label
    from costcheck.audit.scenario import Audited, Card
    from costcheck.scenario.claims_draft import Draft, Drafting

_LONG = 110
"""Characters after which a sentence that says nothing of a training is cut."""


_RISING: Final = ("holds", "holds-rounded", UNCHECKED)
"""The headlines of what is not wrong, the best first; the others are worse in their own order."""
_WRONG, _ELSEWHERE, _UNCHECKED, _BORROWED, _RIGHT = (
    "wrong", "right but of something else", "that nobody can check",
    "right only as an estimate of others", "right",
)  # fmt: skip
_COUNTED: Final[Mapping[Label, str]] = {
    "mis-scoped": _ELSEWHERE,
    "unverifiable": _UNCHECKED,
    "under-specified": _UNCHECKED,
    "consistent": _RIGHT,
    "rounded": _RIGHT,
}
"""What a count calls the figures of a verdict, where not wrong."""


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
    results = [result for card in cards for result in _results(card.audit)]
    words = (_WRONG, _ELSEWHERE, _UNCHECKED, _BORROWED, _RIGHT)
    told = ", ".join(f"{count} {word}" for word in words if (count := results.count(word)))
    return (Paragraph(f"{len(results)} figures of trainings: {told}; the worst first."),)


def _results(found: ClaimAudit) -> Sequence[str]:
    """What became of each figure of a claim, by its own row.

    In a claim that does not hold a figure is right where its maker's record bears it out; where no
    row shows what is wrong, all of the claim is.
    """
    whole = _COUNTED.get(found.verdict, _WRONG)
    each = [_COUNTED.get(item.verdict, _WRONG) for item in found.numbers]
    if whole == _RIGHT and each:
        return [
            _BORROWED if result == _RIGHT and item.record and not item.record.confirmed else result
            for result, item in zip(each, found.numbers, strict=True)
        ]
    if whole != _RIGHT:
        borne = [item.record is not None and item.record.confirmed for item in found.numbers]
        each = [
            _UNCHECKED if result == _RIGHT and not is_borne else result
            for result, is_borne in zip(each, borne, strict=True)
        ]
    return each if whole in each else [whole] * max(len(each), 1)


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
        lines = dict.fromkeys(drafting.left_out)
        yield bullets("Not read", [shorten(line, _LONG, placeholder="...") for line in lines])


def _lines(draft: Draft) -> Iterator[tuple[str, str]]:
    where = " (named in an earlier sentence)" if draft.is_carried else ""
    yield "about", f"{draft.about}{where}" if draft.about else "no model is named"
    if draft.gpu:
        yield "accelerator", draft.gpu
    if draft.year:
        yield "year", str(draft.year)
    if draft.tense:
        yield "tense", draft.tense
    for key, texts in draft.figures:
        for text in texts.split("\n"):
            yield field_words(key), text
    for item in draft.comparisons:
        yield field_words(item.of), item.said
