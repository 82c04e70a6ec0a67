"""The report card of a claim as blocks."""

from __future__ import annotations

from collections.abc import Iterator

from costcheck.audit.result import BestMatch, ClaimAudit, NumberAudit
from costcheck.audit.scenario import Audited, Card
from costcheck.estimate.result import UNCHECKED, chance
from costcheck.quantities import IMPLIED, field_words
from costcheck.report.views.blocks import (
    DASH,
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    bullets,
    cells,
    filled,
    numeric,
    words,
)
from costcheck.report.views.claim_card import amount, corrected, summary_blocks, sums
from costcheck.report.views.figures import figure, significant
from costcheck.report.views.findings import tone_of
from costcheck.report.views.reading import cards_shown, conclusion, is_counted, reading_document

LEAST = 0.01
"""A factor this near to 1 is none."""

FAR = 30.0
"""What is known no better than this factor says nothing about the number."""

CSV_COLUMNS = (
    "file", "claim", "claim_verdict", "headline", "probability_true", "probability_as_stated",
    "field", "text", "stated", "found", "factor", "unit", "verdict", "probability", "reason",
)  # fmt: skip


def audit_document(card: Card, *, verbose: bool = False) -> Document:
    """The report card of a claim."""
    return (*summary_blocks(card), *(_details(card) if verbose else ()))


def documents(audited: Audited, *, verbose: bool = False) -> list[Document]:
    """A report card for each claim, then what was assumed about all of them.

    The cards of an article come behind their count, the worst first.
    """
    cards = cards_shown(audited)
    found = [audit_document(card, verbose=verbose) for card in cards]
    if is_counted(audited):
        found.insert(0, conclusion(cards))
    notes = [note for note in audited.notes if verbose or note.startswith("no ")]
    if not audited.use_registry:
        notes.append("known runs were left out: numbers and priors alone")
    if notes:
        found.append((bullets("notes", notes),))
    return [*found, *(reading_document(item) for item in audited.readings)]


def audit_rows(audited: Audited) -> Iterator[tuple[object, ...]]:
    """One row per claim and number."""
    for card in audited.cards:
        found = card.audit
        chances = (found.probability_true, found.probability_as_stated)
        head = (card.path, found.id, found.verdict, found.headline, *chances)
        for item in found.numbers:
            row = [getattr(item, name) for name in CSV_COLUMNS[len(head) :]]
            yield (*head, *row)


def _details(card: Card) -> Iterator[Block]:
    found = card.audit
    yield Paragraph(_chances(found))
    if found.numbers:
        yield _numbers(found)
    if found.reasons:
        yield bullets("why", found.reasons, tone="")
    yield from _explanations(found)
    yield from _implied(card)
    yield from _arithmetic(found)
    yield from _remarks(card)


def _chances(found: ClaimAudit) -> str:
    alone = f"By the numbers alone: {found.verdict_without_registry}"
    if found.headline == UNCHECKED:
        return f"{alone}."
    true = f"True as worded: {chance(found.probability_true)}."
    return f"{true} {alone} ({chance(found.probability_as_stated)})."


def _numbers(found: ClaimAudit) -> Table:
    unsaid = found.headline == UNCHECKED
    rows = tuple(
        cells(
            item.name,
            item.text,
            _found(item),
            Cell(_factor(item.factor), "faint"),
            "" if unsaid or item.probability is None else f"{item.probability:.0%}",
            Cell(_verdict(item, found.best_match), tone_of(item.verdict)),
        )
        for item in found.numbers
    )
    figures = numeric("stated", "found", "to a factor", "chance")
    return filled((Column("number"), *figures, Column("verdict")), rows)


def _found(item: NumberAudit) -> str:
    if item.found is None or (item.factor or 1.0) > FAR:
        return ""
    return amount(item.found_field or ("" if item.to else item.field), item.found)


def _factor(factor: float | None) -> str:
    if factor is None or factor <= 1.0 + LEAST:
        return ""
    return significant(factor, 2) if factor <= FAR else "unknown"


def _verdict(item: NumberAudit, best: BestMatch | None) -> str:
    labels = ", ".join(dict.fromkeys(item.labels))
    if not item.reason or item.verdict == "unverifiable":
        return labels
    # What the known run covers is told once.
    reason = item.reason.replace(f", {best.scope}", "") if best else item.reason
    return f"{labels}: {reason}"


def _explanations(found: ClaimAudit) -> Iterator[Block]:
    if not any(item.name != "as stated" for item in found.explanations):
        return
    rows = tuple(
        cells(
            item.name,
            field_words(item.field) if item.field else "",
            f"{item.probability:.0%}",
            corrected(item),
        )
        for item in found.explanations
    )
    yield filled((*words("explanation", "of"), *numeric("chance", "it would be")), rows)


def _implied(card: Card) -> Iterator[Block]:
    rows = []
    for implied in IMPLIED:
        item = card.audit.implied.get(implied.name)
        if item is None:
            continue
        typical = card.typical[implied.name]
        share = typical.percentile
        rows.append(
            cells(
                implied.label,
                figure(item.value, implied.unit),
                Cell(_factor(item.factor), "faint"),
                Cell(figure(typical.low, implied.unit, 2), "faint"),
                Cell(figure(typical.high, implied.unit, 2), "faint"),
                Cell(f"above {share:.0%} of cases", "bad" if typical.is_unusual else "good"),
            )
        )
    if rows:
        figures = numeric("value", "to a factor", "usual low", "usual high")
        yield filled((Column("implied"), *figures, Column("where it lies")), rows)


def _arithmetic(found: ClaimAudit) -> Iterator[Block]:
    items = [(Cell(DASH), line) for line in found.arithmetic]
    for check in found.findings:
        mark = Cell("closes", "good") if check.closes else Cell("OPEN", "bad")
        items.append((mark, sums(check)))
    if items:
        yield Listing("arithmetic", tuple(items))


def _remarks(card: Card) -> Iterator[Block]:
    found = card.audit
    if found.conflict:
        yield Paragraph("These cannot all be meant: " + "; ".join(found.conflict) + ".", tone="bad")
    if found.testability_factor is not None:
        yield Paragraph(_testability(found))
    scope = "; ".join(f"{name}: {value}" for name, value in found.scope.items())
    if scope:
        yield Paragraph(f"Scope: {scope}.", tone="faint")
    if card.excludes:
        yield Paragraph(f"The cost leaves out: {', '.join(card.excludes)}.", tone="faint")


def _testability(found: ClaimAudit) -> str:
    factor = found.testability_factor or 1.0
    known = significant(factor, 2) if factor < 1000.0 else "more than 1,000"
    said = f"What else is stated pins the best-tested number to within a factor of {known}."
    if found.settle is None:
        return said
    return (
        f"{said} One more number would settle it: the {field_words(found.settle.field)}"
        f" (then {significant(found.settle.factor, 2)})."
    )
