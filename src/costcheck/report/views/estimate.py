"""The one-screen report of an estimate as blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from costcheck.estimate.result import (
    ClaimedNumber,
    ClaimVerdict,
    Estimate,
    Figure,
    Finding,
    InputLine,
    StageEstimate,
)
from costcheck.quantities import IMPLIED, field_words, shown_in
from costcheck.report.views.architecture import counts_table
from costcheck.report.views.blocks import (
    Amount,
    AmountChart,
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Range,
    RangeChart,
    Table,
    Title,
    Tone,
    bullets,
    cells,
    numeric,
    words,
)
from costcheck.report.views.figures import DIGITS, figure, with_unit
from costcheck.report.views.ladder import around_blocks

ASSUMED = "*"
"""Behind every figure that a default moves."""

TONES: dict[str, Tone] = {
    "feasible": "good",
    "consistent": "good",
    "rounded": "good",
    "stretch": "warn",
    "under-specified": "warn",
    "unverifiable": "warn",
    "not checkable": "warn",
    "not compared": "",
}

MARKS = {"feasible": "ok", "stretch": "stretch", "infeasible": "INFEASIBLE"}


def estimate_document(estimate: Estimate, *, verbose: bool = False) -> Document:
    """Return the report of an estimate."""
    return tuple(_blocks(estimate, verbose=verbose))


def estimates_title(estimates: Sequence[Estimate]) -> str:
    """What a page of estimates is called."""
    return estimates[0].title if len(estimates) == 1 else f"{len(estimates)} scenarios"


CSV_COLUMNS = ("scenario", "stage", "quantity", "low", "central", "high", "unit", "basis", "reason")


def estimate_rows(estimates: Sequence[Estimate]) -> Iterator[tuple[object, ...]]:
    """One tidy row per scenario, stage and quantity."""
    for estimate in estimates:
        groups = [("", estimate.figures)]
        if len(estimate.stages) > 1:
            groups += [(stage.name, stage.figures) for stage in estimate.stages]
        for stage, figures in groups:
            for name, item in figures.items():
                numbers = (item.low, item.central, item.high)
                yield (estimate.name, stage, name, *numbers, item.unit, item.basis, item.reason)


def tone_of(verdict: str) -> Tone:
    """Return the tone of a verdict; what is not known to be good is bad."""
    return TONES.get(verdict, "bad")


def _blocks(estimate: Estimate, *, verbose: bool) -> Iterator[Block]:
    subtitle = f"{estimate.subtitle} | catalog {estimate.catalog}".strip(" |")
    if estimate.architecture is not None and _only_a_model(estimate):
        yield Title(estimate.title, Cell(""), subtitle)
        yield counts_table(estimate.architecture)
        yield from _notes(estimate)
        return
    yield Title(estimate.title, Cell(estimate.verdict, tone_of(estimate.verdict)), subtitle)
    yield from _charts(estimate)
    yield _main_table(estimate)
    if len(estimate.stages) > 1:
        yield _stages_table(estimate.stages)
    if estimate.feasibility or estimate.budget:
        yield _findings("feasibility", (*estimate.feasibility, *estimate.budget))
    for claim in estimate.claims:
        yield from _claim(claim)
    if estimate.figures["cost_usd"].central is not None:
        yield Paragraph("The cost leaves out: " + ", ".join(estimate.excludes) + ".")
    yield from around_blocks(estimate, verbose=verbose)
    yield from _remarks(estimate, verbose=verbose)
    if verbose:
        yield _inputs(estimate)


def _charts(estimate: Estimate) -> Iterator[Block]:
    ranges = tuple(
        Range(row.label, item.low, item.central, item.high, figure(item.central, item.unit))
        for row in shown_in("chart")
        if (item := estimate.figures[row.name]).low is not None
        and item.high is not None
        and item.central
        and item.low > 0.0
        and item.low < item.high
    )
    if ranges:
        yield RangeChart("90 % intervals, relative to the estimate", ranges)
    rungs = tuple(
        Amount(rung.label, rung.central, figure(rung.central, "USD"))
        for rung in estimate.ladder
        if rung.central is not None
    )
    if len(rungs) > 1:
        yield AmountChart("What a cost can mean", rungs)


def _only_a_model(estimate: Estimate) -> bool:
    asked = ("training_flops", "gpu_hours", "cost_usd")
    silent = not estimate.claims and not any(stage.gpu for stage in estimate.stages)
    return silent and all(estimate.figures[name].central is None for name in asked)


def _main_table(estimate: Estimate) -> Table:
    rows = []
    for row in shown_in("table"):
        shown = estimate.figures[row.name]
        if shown.central is None and "quiet" in row.shown:
            continue
        rows.append(_row(row.label, shown))
    columns = (Column("90 % of cases within"), *numeric("low", "estimate", "high"), Column("basis"))
    return Table("", columns, tuple(rows))


def _row(label: str, shown: Figure) -> tuple[Cell, ...]:
    if shown.central is None or shown.low is None or shown.high is None:
        blank = Cell("")
        return (Cell(label), blank, Cell("unknown", "warn"), blank, Cell(shown.reason, "faint"))
    certain = shown.low == shown.high
    low, high = ("", "") if certain else (figure(v, shown.unit) for v in (shown.low, shown.high))
    prefix = ">= " if shown.at_least else ""
    mark = ASSUMED if shown.assumed else ""
    central = f"{prefix}{figure(shown.central, shown.unit)}{mark}"
    return cells(
        label,
        Cell(low, "faint"),
        Cell(central, "strong"),
        Cell(high, "faint"),
        Cell(shown.basis, "faint"),
    )


def _stages_table(stages: tuple[StageEstimate, ...]) -> Table:
    listed = shown_in("stages")
    rows = []
    for stage in stages:
        cells = [Cell(stage.name)]
        for quantity in listed:
            shown = stage.figures[quantity.name]
            known = shown.central is not None
            mark = ASSUMED if known and shown.assumed else ""
            text = figure(shown.central, shown.unit) + mark if shown.central is not None else "?"
            cells.append(Cell(text))
        rows.append(tuple(cells))
    columns = (Column("stage"), *numeric(*(row.short or row.label for row in listed)))
    return Table("", columns, tuple(rows))


def _findings(title: str, found: tuple[Finding, ...]) -> Listing:
    items = []
    for finding in found:
        where = f"{finding.stage}: " if finding.stage else ""
        items.append(
            (Cell(MARKS[finding.verdict], tone_of(finding.verdict)), f"{where}{finding.message}")
        )
        if finding.help:
            items.append((Cell(""), finding.help))
    return Listing(title, tuple(items))


def _claim(claim: ClaimVerdict) -> Iterator[Block]:
    columns = (Column(f"claim {claim.id}"), *numeric("stated", "found"), Column("verdict"))
    rows = []
    for number in claim.numbers:
        found = _found(number)
        verdict = number.verdict if not number.why else f"{number.verdict}: {number.why}"
        rows.append(
            cells(
                field_words(number.field),
                number.stated,
                found,
                Cell(verdict, tone_of(number.verdict)),
            )
        )
    if claim.text:
        source = f" ({claim.source})" if claim.source else ""
        yield Paragraph(f'"{claim.text}"{source}', quote=True)
    if rows:
        yield Table("", columns, tuple(rows))
    if claim.probability_true is not None:
        yield Paragraph(_audited(claim), tone=tone_of(claim.verdict))
    implied = [
        f"{item.phrase} {with_unit(value, item.unit)}"
        for item in IMPLIED
        if (value := claim.implied.get(item.name)) is not None
    ]
    if implied:
        yield Paragraph("Its numbers imply: " + "; ".join(implied) + ".", tone="faint")
    for note in claim.notes:
        yield Paragraph(note, tone="faint")


def _audited(claim: ClaimVerdict) -> str:
    why = f": {'; '.join(claim.reasons)}" if claim.reasons else ""
    chance = f"{claim.probability_true:.0%}"
    return f"The audit: {claim.verdict}{why} (true as worded: {chance})."


def _found(number: ClaimedNumber) -> str:
    if number.found_central is None:
        return ""
    # As many digits as the claim prints: fewer would hide the difference that decides.
    printed = sum(c.isdigit() for c in number.stated.split("e")[0])
    return figure(number.found_central, number.unit, min(max(DIGITS, printed), 6))


def _remarks(estimate: Estimate, *, verbose: bool) -> Iterator[Block]:
    lines = [line for line in estimate.inputs if line.source == "default"]
    names = Counter(line.path.rpartition("/")[2] for line in lines)
    assumed = [_assumption(line, names) for line in lines]
    if assumed:
        more = "" if verbose else " (-v: with sources)"
        yield Paragraph(f"{ASSUMED} assumed, stated by nobody{more}: " + "; ".join(assumed) + ".")
    yield from _notes(estimate)


def _notes(estimate: Estimate) -> Iterator[Block]:
    if estimate.notes:
        yield bullets("notes", estimate.notes)


def _assumption(line: InputLine, names: Mapping[str, int]) -> str:
    value = with_unit(line.value, line.unit)
    spread = ""
    if line.low is not None and line.high is not None:
        spread = f" ({figure(line.low, line.unit)} to {figure(line.high, line.unit)})"
    last = line.path.rpartition("/")[2]
    name = last if names[last] == 1 else line.path
    return f"{name.replace('_', ' ')} {value}{spread}"


def _inputs(estimate: Estimate) -> Table:
    columns = (Column("input"), *numeric("value"), *words("from", "source"))
    rows = tuple(
        cells(
            line.path,
            line.text or figure(line.value, line.unit),
            line.place or line.source,
            "; ".join(line.sources),
        )
        for line in estimate.inputs
    )
    return Table("inputs", columns, rows)
