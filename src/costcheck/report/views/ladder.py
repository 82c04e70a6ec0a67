"""What stands around an estimate, as blocks: the ladder of scopes, thresholds, scaling laws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from costcheck.catalog.words import words_of
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Listing,
    Paragraph,
    Table,
    Tone,
    cells,
    numeric,
)
from costcheck.report.views.figures import figure, percent, scientific

if TYPE_CHECKING:
    from costcheck.estimate.result import ClaimVerdict, Estimate, Figure, LawLine, Rung
    from costcheck.physics.thresholds import ThresholdLine

VERDICT_TONES: dict[str, Tone] = {"crosses": "warn", "may cross": "warn", "below": "faint"}


def around_blocks(estimate: Estimate) -> Iterator[Block]:
    """Yield all of what stands around an estimate."""
    yield from ladder_blocks(estimate.ladder, estimate.claims)
    yield from threshold_blocks(estimate.context.thresholds)
    if estimate.figures["training_flops"].central is not None:
        yield from scaling_blocks(estimate.context.scaling)


def widest_scope(rungs: Sequence[Rung], cost: Figure) -> str:
    """Return in a line what a run comes to with all that is usually around it, if that is more."""
    spans = {rung.label: _rung_span(rung) for rung in rungs if rung.low is not None}
    added, below = list[str](), spans.get(words_of("ladder")["final_run"], "")
    for label, span in spans.items():
        if not label.startswith("+") or not below:
            continue
        if span != below:
            added.append(label.removeprefix("+ "))
        below = span
    if not added or cost.low is None or cost.high is None:
        return ""
    same = below == _span((cost.low, cost.high), "USD")
    return "" if same else f"{below} with {', '.join(added)}"


def _rung_span(rung: Rung) -> str:
    assert rung.low is not None  # noqa: S101 - known rungs only
    assert rung.high is not None  # noqa: S101 - known rungs only
    return _span((rung.low, rung.high), "USD")


def thresholds_line(lines: Sequence[ThresholdLine]) -> str:
    """Return the rules a run comes under, in a line; empty where it crosses none."""
    return "; ".join(
        f"{'perhaps ' if line.verdict == 'may cross' else ''}{scientific(line.flops, 1)} FLOP, "
        f"{line.jurisdiction}: {line.title}"
        for line in reversed(lines)
        if line.verdict != "below"
    )


def ladder_blocks(rungs: Sequence[Rung], claims: Sequence[ClaimVerdict]) -> Iterator[Block]:
    """Yield the ladder, and on which rung each claimed cost is."""
    known = [rung for rung in rungs if rung.central is not None]
    if not any(rung.rung == "final_run" for rung in known):
        return
    columns = (Column("what a cost can mean"), *numeric("low", "estimate", "high"), Column("basis"))
    shown = [
        rung
        for rung, below in zip(known, [None, *known], strict=False)
        if not _adds_nothing(rung, below)
    ]
    yield Table("", columns, tuple(_rung_row(rung) for rung in shown))
    placed = {name for rung in rungs for name in rung.claims}
    for claim in filter(_states_cost, claims):
        line = claim_line(claim, rungs) if claim.id in placed else ""
        if line:
            yield Paragraph(line)


def claim_line(claim: ClaimVerdict, rungs: Sequence[Rung]) -> str:
    """Return one sentence on the rung a claimed cost is on; empty where none can be told."""
    from costcheck.estimate.ladder import claimed_rung

    found = claimed_rung(claim, rungs)
    cost = next(number for number in claim.numbers if number.field == "cost")
    if found is None:
        return ""
    rung, covered = found
    label = rung.label.removeprefix("+ ")
    where = f'"{label}"' if not rung.label.startswith("+") else f"the rung with {label}"
    middle = figure(rung.central or 0.0, "USD")
    if covered:
        return f"{claim.id}: {cost.stated} is on {where} ({middle})."
    return (
        f"{claim.id}: {cost.stated} is outside the range of every rung; "
        f"the nearest is {where} ({middle})."
    )


def threshold_blocks(lines: Sequence[ThresholdLine]) -> Iterator[Block]:
    """Yield the compute thresholds of the day, with what follows from each."""
    items = tuple(
        (
            Cell(line.verdict, VERDICT_TONES[line.verdict]),
            f"{figure(line.flops, 'FLOP')} FLOP, {line.jurisdiction}: {line.title} "
            f"({line.status}); {line.consequence}",
        )
        for line in lines
    )
    if items:
        yield Listing("compute thresholds", items)


def scaling_blocks(lines: Sequence[LawLine]) -> Iterator[Block]:
    """Yield how far the run is from compute-optimal."""
    from costcheck.estimate.scaling import excess

    lines = tuple(lines)
    if not lines:
        return
    sizes = [found for line in lines if (found := line.central("parameters")) is not None]
    tokens = [found for line in lines if (found := line.central("tokens")) is not None]
    text = (
        f"Compute-optimal for the same compute: {_span(sizes, 'parameters')} parameters on "
        f"{_span(tokens, 'tokens')} tokens under {len(lines)} published laws."
    )
    shares, dollars = excess(lines), _dollars(lines)
    if shares is not None:
        spent = f" (it would save {_span(dollars, 'USD')})" if dollars else ""
        text += (
            f" The same loss would take {percent(shares[0], 2)} to {percent(shares[1], 2)} less "
            f"compute there{spent}; a smaller model than optimal is cheaper to serve."
        )
    yield Paragraph(text)
    yield _laws_table(lines)


def _adds_nothing(rung: Rung, below: Rung | None) -> bool:
    """Whether a rung is the one below it again: lost time that the stated hours hold."""
    return (
        below is not None
        and (rung.low, rung.central, rung.high) == (below.low, below.central, below.high)
        and not rung.claims
    )


def _rung_row(rung: Rung) -> tuple[Cell, ...]:
    assert rung.low is not None  # noqa: S101 - known rungs only
    assert rung.central is not None  # noqa: S101 - known rungs only
    assert rung.high is not None  # noqa: S101 - known rungs only
    certain = rung.low == rung.high
    low, high = ("", "") if certain else (figure(v, "USD") for v in (rung.low, rung.high))
    prefix = ">= " if rung.at_least else ""
    mark = "*" if rung.assumed else ""
    return cells(
        Cell(rung.label, "strong" if rung.claims else ""),
        Cell(low, "faint"),
        Cell(f"{prefix}{figure(rung.central, 'USD')}{mark}", "strong"),
        Cell(high, "faint"),
        Cell(rung.basis, "faint"),
    )


def _laws_table(lines: Sequence[LawLine]) -> Table:
    names = (("parameters", "parameters"), ("tokens", "tokens"), ("misallocated_usd", "dearer by"))
    rows = tuple(
        cells(
            line.law,
            *(
                "" if (found := line.central(name)) is None else figure(found, unit)
                for name, unit in (("parameters", ""), ("tokens", ""), ("misallocated_usd", "USD"))
            ),
            Cell(line.source, "faint"),
        )
        for line in lines
    )
    columns = (Column("scaling law"), *numeric(*(label for _, label in names)), Column("source"))
    return Table("", columns, rows)


def _dollars(lines: Sequence[LawLine]) -> list[float]:
    return [found for line in lines if (found := line.central("misallocated_usd")) is not None]


def _span(values: Sequence[float], unit: str) -> str:
    low, high = figure(min(values), unit), figure(max(values), unit)
    return low if low == high else f"{low} to {high}"


def _states_cost(claim: ClaimVerdict) -> bool:
    return any(number.field == "cost" for number in claim.numbers)
