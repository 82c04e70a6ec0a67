"""The report of an estimate as blocks: one screen that begins with the answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING

from costcheck.estimate.bill import besides_hours
from costcheck.estimate.study import GENERATING_KINDS
from costcheck.quantities import Definition, Place, label_of, shown_in
from costcheck.report.views.blocks import (
    Amount,
    AmountChart,
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Range,
    RangeChart,
    Table,
    Title,
    cells,
    numeric,
)
from costcheck.report.views.figures import figure, lasting, money, percent, span, with_unit
from costcheck.report.views.findings import findings_listing, tone_of
from costcheck.report.views.input_words import input_words
from costcheck.report.views.ladder import ladder_blocks, thresholds_line, widest_scope

if TYPE_CHECKING:
    from costcheck.estimate.result import (
        ClaimVerdict,
        Estimate,
        Figure,
        StageEstimate,
    )

ASSUMED = "*"
"""Behind every figure that a default moves."""

NOTE_LINES = 4
"""Lines of a screen that notes may take; one is told however long it is."""

LINE = 72
"""Characters of such a line."""

IN_ALL, NOTE = "in all", "note"
UNCUT = (IN_ALL, NOTE)
"""Lines whose last clause may be the one that matters."""

LEAST_MOVE = 0.0005
"""What moves a figure less shows in none of its digits."""

EXAMPLE_GPU, EXAMPLE_COUNT = "--gpu h100", "--gpus 64"
"""What a command says of a fleet where the file does not."""

LAID_OUT = "memory_bytes_per_gpu"
"""Rests on a layout, of which every word counts."""

FIRST = ("cost_usd", "days")
"""What the screen begins with; the order of the table is that of the way from tokens to dollars."""


def estimate_document(
    estimate: Estimate, *, verbose: bool = False, ladder: bool = False, told: str = ""
) -> Document:
    """Return the report of an estimate: one screen, and below it all of it when verbose.

    `told` is what the command said beside the file; commands to paste say it again.
    """
    if estimate.architecture is not None and _only_a_model(estimate):
        from costcheck.report.views.architecture import counts_table

        return (_head(estimate), counts_table(estimate.architecture), *_closing(estimate))
    if verbose:
        from costcheck.report.views.estimate_details import detail_blocks

        return (*_answer(estimate, "table"), *detail_blocks(estimate))
    blocks = [*_answer(estimate, "screen")]
    if estimate.claims:
        blocks.append(_claims_table(estimate.claims))
    blocks += _closing(estimate)
    if ladder:
        blocks += ladder_blocks(estimate.ladder, estimate.claims)
    return (*blocks, *_next(estimate, told))


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


def _answer(estimate: Estimate, place: Place) -> Iterator[Block]:
    yield _head(estimate)
    yield from _charts(estimate)
    if any(estimate.figures[row.name].central is not None for row in _listed(estimate, place)):
        yield _figures_table(estimate, place)
    if len(estimate.stages) > 1:
        yield _stages_table(estimate.stages)


def _head(estimate: Estimate) -> Title:
    """The name, the verdict and the answer in a sentence."""
    verdict = _verdict(estimate)
    named = estimate.title != estimate.path
    title = estimate.title if named or not estimate.subtitle else estimate.subtitle
    answer = "" if _only_a_model(estimate) else _sentence(estimate)
    subtitle = estimate.subtitle if title != estimate.subtitle else ""
    return Title(title, Cell(verdict, tone_of(verdict)) if verdict else Cell(""), subtitle, answer)


def _verdict(estimate: Estimate) -> str:
    """The verdict in words; a run that is too dear can still work."""
    if _only_a_model(estimate):
        return ""
    return estimate.verdict.replace("-", " ")


def _sentence(estimate: Estimate) -> str:
    """Dollars, days and what they are made of: `$5.58M in 56.7 days: 2.79M GPU-hours at $2.00`."""
    cost, days, hours, price = (
        estimate.figures[name] for name in ("cost_usd", "days", "gpu_hours", "usd_per_gpu_hour")
    )
    dollars = "" if cost.central is None else f"{_least(cost)}{money(cost.central)}"
    time = "" if days.central is None else lasting(days.central)
    text = " in ".join(filter(None, (dollars, time)))
    if text and hours.central is not None:
        text += f": {_least(hours)}{with_unit(hours.central, hours.unit)}"
        priced = cost.central is not None and price.central is not None
        text += f" at ${price.central:.2f}{_rest(estimate)}" if priced else ""
    if text and estimate.verdict == "infeasible":
        text = f"cannot run as stated; it would be {text}"
    unknown: dict[str, list[str]] = {}
    for what, shown in (("cost", cost), ("time", days)):
        if shown.central is None:
            unknown.setdefault(shown.reason, []).append(what)
    whys = (f"{' and '.join(what)} unknown: {reason}" for reason, what in unknown.items())
    return "; ".join(filter(None, (text, _of_step(estimate), *whys)))


def _of_step(estimate: Estimate) -> str:
    """Time and dollars of a step, and dollars of a billion tokens, where the run has no end."""
    if not _open_work(estimate):
        return ""
    seconds, step, tokens = (
        estimate.figures[name].central
        for name in ("step_seconds", "usd_per_step", "usd_per_billion_tokens")
    )
    parts = (
        "" if seconds is None else figure(seconds, "s"),
        "" if step is None else money(step),
    )
    of_step = " and ".join(filter(None, parts))
    of_tokens = "" if tokens is None else f"{money(tokens)} per 1B tokens"
    return ", ".join(filter(None, (f"{of_step} a step" if of_step else "", of_tokens)))


def _rest(estimate: Estimate) -> str:
    """What the cost holds besides the hours at their price, in words."""
    known = besides_hours(estimate.root["cost_usd"], estimate.evaluation)
    return f" + {money(sum(known.values()))} {', '.join(known)}" if known else ""


def _least(shown: Figure) -> str:
    return "at least " if shown.at_least else ""


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


def _figures_table(estimate: Estimate, place: Place) -> Table:
    """Figures of one screen, or all of them with all they rest on."""
    brief = place == "screen"
    rows = tuple(
        _figure_row(row, estimate.figures[row.name], brief=brief)
        for row in _listed(estimate, place)
        if brief or estimate.figures[row.name].central is not None or "quiet" not in row.shown
    )
    columns = (Column(""), *numeric("estimate", "90 % range"), Column("rests on", cut=brief))
    return Table("", columns, rows)


def _listed(estimate: Estimate, place: Place) -> tuple[Definition, ...]:
    """Results of a place; while the work of a run is open those of a step and of its tokens."""
    listed = shown_in(place)
    if place != "screen":
        return listed
    if _open_work(estimate):
        known = (*shown_in("open"), *listed)
        return tuple(row for row in known if estimate.figures[row.name].central is not None)
    return tuple(sorted(listed, key=lambda row: (*FIRST, row.name).index(row.name)))


def _open_work(estimate: Estimate) -> bool:
    """Whether only the amount of work is missing: a step is known, the whole run is not."""
    unknown = (*FIRST, "gpu_hours", "training_flops")
    return estimate.figures["tokens_per_second_per_gpu"].central is not None and all(
        estimate.figures[name].central is None for name in unknown
    )


def _figure_row(row: Definition, shown: Figure, *, brief: bool) -> tuple[Cell, ...]:
    """A figure with its range and what it rests on, or the reason why it is unknown."""
    label = row.short or row.label if brief else row.label
    if shown.central is None or shown.low is None or shown.high is None:
        return cells(label, Cell("unknown", "warn"), "", Cell(shown.reason, "faint"))
    certain = shown.low == shown.high
    # One layout is told whole; of several, stage by stage, `-v` has all.
    basis = Cell(shown.basis, "faint", whole=row.name == LAID_OUT and "; " not in shown.basis)
    prefix = ">= " if shown.at_least else ""
    mark = ASSUMED if shown.assumed else ""
    central = f"{prefix}{figure(shown.central, shown.unit)}{mark}"
    ends = "" if certain else span(shown.low, shown.high, shown.unit)
    return cells(label, Cell(central, "strong"), Cell(ends, "faint"), basis)


def _stages_table(stages: tuple[StageEstimate, ...]) -> Table:
    listed = shown_in("stages")
    rows, reasons = [], []
    for stage in stages:
        found = [stage.figures[quantity.name] for quantity in listed]
        shown = [
            "" if item.central is None else figure(item.central, item.unit) + ASSUMED * item.assumed
            for item in found
        ]
        reasons.append(next((item.reason for item in found if item.central is None), ""))
        rows.append(cells(stage.name, *shown))
    columns = (Column("stage"), *numeric(*(row.short or row.label for row in listed)))
    if any(reasons):
        columns = (*columns, Column("not known", cut=True))
        rows = [(*row, Cell(why, "faint")) for row, why in zip(rows, reasons, strict=True)]
    return Table("", columns, tuple(rows))


def _claims_table(claims: Sequence[ClaimVerdict]) -> Table:
    """Claims, a line each: the verdict of the audit and its reason, else the words."""
    columns = (Column("claim"), Column("says the audit"), Column("true", numeric=True))
    rows = (
        cells(
            claim.id,
            Cell(claim.said, tone_of(claim.verdict)),
            claim.chance,
            Cell("; ".join(claim.reasons) or (claim.text and f'"{claim.text}"'), "faint"),
        )
        for claim in claims
    )
    return Table("", (*columns, Column("", cut=True)), tuple(rows))


def _closing(estimate: Estimate) -> Iterator[Block]:
    """What is doubtful, then one line for each thing that stands around the figures."""
    found = (*estimate.feasibility, *estimate.budget)
    doubts = [finding for finding in found if finding.verdict != "feasible"]
    if doubts:
        yield findings_listing(doubts)
    if estimate.context.serving:
        from costcheck.report.views.serving import serving_paragraph

        yield from serving_paragraph(estimate.context.serving)
    items = [*_around(estimate, len(found) - len(doubts)), *_notes(estimate)]
    if items:
        marked = ((Cell(mark, "faint", whole=mark in UNCUT), text) for mark, text in items)
        yield Listing("", tuple(marked), cut=True)


def _around(estimate: Estimate, good: int) -> Iterator[tuple[str, str]]:
    if scope := widest_scope(estimate.ladder, estimate.figures["cost_usd"]):
        yield IN_ALL, scope
    if good:
        yield "checks", f"{good} ok"
    if crossed := thresholds_line(estimate.context.thresholds):
        yield "crosses", crossed
    if assumed := _assumptions(estimate):
        yield f"{ASSUMED}", assumed
    cost = estimate.figures["cost_usd"].central
    if cost is not None:
        rungs = {rung.label.removeprefix("+ "): rung.stated_usd for rung in estimate.ladder}
        if beside := {label: usd for label, usd in rungs.items() if usd}:
            named = ", ".join(f"{label} {money(usd)}" for label, usd in beside.items())
            yield "beside", f"{named}, stated: {money(cost + sum(beside.values()))} with the cost"
        yield "cost", f"leaves out {', '.join(estimate.excludes)}"


def _assumptions(estimate: Estimate) -> str:
    """How many values nobody stated, and which of them move the answer most."""
    count = sum(line.source == "default" for line in estimate.inputs)
    if not count:
        return ""
    text = f"{count} assumed value{'s' if count > 1 else ''}"
    moved = estimate.context.assumptions
    known = next((name for name in FIRST if estimate.figures[name].central is not None), "")
    if not known:
        return ""
    if not moved or max(map(abs, (moved[0].low, moved[0].high))) < LEAST_MOVE:
        return f"{text}, none of which moves the {label_of(known)}"
    first = moved[0]
    ends = f"{percent(first.low, 2)} to +{percent(first.high, 2)}"
    return f"{text}; the {input_words(first.input)} moves the {label_of(first.result)} {ends}"


def _notes(estimate: Estimate) -> Iterator[tuple[str, str]]:
    """The notes there is room for; a key that has no effect comes before what was looked up."""
    notes = sorted(estimate.notes, key=lambda note: not note.startswith("no effect here"))
    ends = list(accumulate(ceil(len(note) / LINE) for note in notes))
    shown = sum(end <= max(NOTE_LINES, ends[0]) for end in ends)
    more = len(notes) - shown
    yield from ((NOTE, note) for note in notes[:shown])
    if more > 0:
        yield "", f"{more} more {'notes' if more > 1 else 'note'}, inputs and sources: -v"


def _next(estimate: Estimate, told: str) -> Iterator[Block]:
    """Commands to paste."""
    # What was said in flags or came through a pipe has no file to name.
    if not estimate.path.endswith((".yaml", ".yml", ".json")):
        return
    file = f"{shlex.quote(estimate.path)}{told}"
    commands = []
    if estimate.claims:
        commands.append(f"costcheck audit {file}")
    elif _can_be_planned(estimate):
        commands.append(f"costcheck plan {file}{_unsaid(estimate)}")
    if estimate.figures["cost_usd"].central is not None:
        commands.append(f"costcheck explain cost {file}")
    if commands:
        yield Listing("", tuple((Cell("next", "faint"), command) for command in commands))


def _unsaid(estimate: Estimate) -> str:
    """Flags of a plan for what the file leaves open of its fleet, with values to overwrite."""
    counted = any(line.path.rpartition("/")[2] == "count" for line in estimate.inputs)
    flags = {EXAMPLE_GPU: bool(estimate.stages[0].gpu), EXAMPLE_COUNT: counted}
    return "".join(f" {flag}" for flag, stated in flags.items() if not stated)


def _can_be_planned(estimate: Estimate) -> bool:
    """Whether a plan would say more: one training of a model, without a layout that fits."""
    open_ = estimate.figures["memory_bytes_per_gpu"].central is None
    named = estimate.figures["parameters_total"].central is not None
    trains = [stage.kind not in GENERATING_KINDS for stage in estimate.stages] == [True]
    return (open_ or estimate.verdict != "feasible") and named and trains
