"""Everything behind an estimate, folded: each result, claim, check, assumption and source once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from costcheck.quantities import IMPLIED, field_words
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Listing,
    Paragraph,
    Table,
    bullets,
    cells,
    numeric,
    words,
)
from costcheck.report.views.figures import DIGITS, figure, with_unit
from costcheck.report.views.findings import findings_listing, tone_of
from costcheck.report.views.input_words import input_ends, input_value, input_words
from costcheck.report.views.ladder import around_blocks
from costcheck.report.views.serving import serving_paragraph

if TYPE_CHECKING:
    from costcheck.estimate.result import ClaimedNumber, ClaimVerdict, Estimate, InputLine


def detail_blocks(estimate: Estimate) -> Iterator[Block]:
    """Yield every check, claim, assumption and input of an estimate."""
    if found := (*estimate.feasibility, *estimate.budget):
        yield findings_listing(found, "checks")
    for claim in estimate.claims:
        yield from _claim(claim)
    if estimate.figures["cost_usd"].central is not None:
        yield Paragraph("The cost leaves out: " + ", ".join(estimate.excludes) + ".")
    yield from around_blocks(estimate)
    yield from serving_paragraph(estimate.context.serving)
    if estimate.notes:
        yield bullets("notes", estimate.notes)
    yield from _inputs(estimate)


def _claim(claim: ClaimVerdict) -> Iterator[Block]:
    if claim.text:
        source = f" ({claim.source})" if claim.source else ""
        yield Paragraph(f'"{claim.text}"{source}', quote=True)
    if claim.headline:
        yield Paragraph(f"{claim.told}.", tone=tone_of(claim.verdict))
    if claim.numbers:
        columns = (Column(f"claim {claim.id}"), *numeric("stated", "found"), Column("verdict"))
        yield Table("", columns, tuple(_number_row(number) for number in claim.numbers))
    implied = [
        f"{item.phrase} {with_unit(value, item.unit)}"
        for item in IMPLIED
        if (value := claim.implied.get(item.name)) is not None
    ]
    if implied:
        yield Paragraph("Its numbers imply: " + "; ".join(implied) + ".", tone="faint")
    for note in claim.notes:
        yield Paragraph(note, tone="faint")


def _number_row(number: ClaimedNumber) -> tuple[Cell, ...]:
    verdict = number.verdict if not number.why else f"{number.verdict}: {number.why}"
    said = Cell(verdict, tone_of(number.verdict))
    return cells(field_words(number.field), number.stated, _found(number), said)


def _found(number: ClaimedNumber) -> str:
    if number.found_central is None:
        return ""
    # As many digits as the claim prints: fewer would hide the difference that decides.
    printed = sum(c.isdigit() for c in number.stated.split("e")[0])
    return figure(number.found_central, number.unit, min(max(DIGITS, printed), 6))


def _inputs(estimate: Estimate) -> Iterator[Block]:
    """Inputs with where each comes from, and their sources once below."""
    sources: dict[str, int] = {}
    for line in estimate.inputs:
        for source in line.sources:
            sources.setdefault(source, len(sources) + 1)
    columns = (Column("input"), *numeric("value", "90 % range"), *words("from"))
    own = f"{estimate.path}:"
    rows = tuple(_input_row(line, sources, own) for line in estimate.inputs)
    yield Table("", columns, rows)
    if sources:
        marked = tuple((Cell(f"[{number}]", "faint"), text) for text, number in sources.items())
        yield Listing("sources", marked)


def _input_row(line: InputLine, sources: Mapping[str, int], own: str) -> tuple[Cell, ...]:
    known = line.low is not None and line.high is not None
    ends = input_ends(line.low, line.high, line.unit) if known else ""  # type: ignore[arg-type]
    place = line.place.replace(own, "line ", 1) if line.place.startswith(own) else line.place
    where = place or {"default": "assumed"}.get(line.source, line.source)
    marks = " ".join(f"[{sources[source]}]" for source in line.sources)
    said = line.text if line.source != "default" else ""
    value = said or input_value(line.value, line.unit)
    return cells(input_words(line.path), value, ends, Cell(f"{where} {marks}".strip(), "faint"))
