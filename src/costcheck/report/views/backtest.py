"""Scores of predictions against what was measured, as blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from costcheck.backtest import Backtest
from costcheck.backtest.energy import EnergyScore
from costcheck.backtest.epoch import EpochScore
from costcheck.backtest.measured import ClassErrors, MeasuredScores
from costcheck.backtest.runs import Cell as RunCell, RunScores
from costcheck.backtest.throughput import Errors, ScoredStep, ThroughputScores
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    cells,
    numeric,
    words,
)
from costcheck.report.views.figures import compact, figure, significant

SHOWN_GROUPS = ("source", "model", "gpu")
SHOWN_KINDS = ("kind", "active parameters", "hours")
"""What published runs are grouped by in the short report."""
FEW_POINTS = 4
"""Least points of a class that the short report shows."""
WORST = 3
"""Cases furthest off that the short report shows."""
BYTES_PER_GIB = 2.0**30


def backtest_document(found: Backtest, *, verbose: bool = False) -> Document:
    """Return the report of one table's scores."""
    scores = found.scores
    where = found.file or "what ships"
    if isinstance(scores, ThroughputScores):
        blocks = _throughput(scores, where, verbose=verbose)
    elif isinstance(scores, MeasuredScores):
        blocks = _measured(scores, where, verbose=verbose)
    elif isinstance(scores, RunScores):
        blocks = _runs(scores, where, verbose=verbose)
    elif isinstance(scores, EpochScore):
        blocks = _epoch(scores, where)
    else:
        blocks = _energy(scores, where)
    return tuple(blocks)


def _throughput(scores: ThroughputScores, where: str, *, verbose: bool) -> Iterator[Block]:
    head = f"{scores.scored:,} of {scores.rows:,} rows state a step time; {where}"
    yield Title("Training steps", Cell(_constants(scores)), head)
    if scores.rows_fitted_on:
        yield Paragraph(
            f"The shipped constants were fitted on {scores.rows_fitted_on:,} of these rows. The "
            "last column is what they do on models their fit did not see; --refit leaves each "
            "model of this table out and predicts it again.",
            tone="warn",
        )
    unseen = {} if scores.refitted else {item.name: item for item in scores.left_out}
    yield _errors_table("set", scores.sets, unseen)
    for by in SHOWN_GROUPS if verbose else ():
        group = sorted(scores.groups.get(by, ()), key=lambda item: -item.rows)
        yield from [_errors_table(by, group, {})] if group else ()
    if scores.memory:
        yield _errors_table("peak memory by source", scores.memory, {})
    most = None if verbose else WORST
    yield _worst("furthest off", scores.worst[:most], "s")
    if scores.worst_memory and verbose:
        yield _worst("memory furthest off", scores.worst_memory, "bytes", BYTES_PER_GIB)
    yield from _unscored(scores.unscored, verbose=verbose)


def _constants(scores: ThroughputScores) -> str:
    return "each model left out of its fit" if scores.refitted else "shipped constants"


def _errors_table(label: str, errors: Sequence[Errors], unseen: Mapping[str, Errors]) -> Table:
    labels = ("rows", "mean", "median", "p90", "bias", *(["unseen models"] if unseen else []))
    rows = tuple(
        cells(
            item.name,
            f"{item.rows:,}",
            Cell(_percent(item.mean_abs_error), "strong"),
            _percent(item.median_abs_error),
            _percent(item.p90_abs_error),
            f"{100.0 * item.bias:+.1f}%",
            *(
                [_percent(unseen[item.name].mean_abs_error) if item.name in unseen else ""]
                if unseen
                else []
            ),
        )
        for item in errors
    )
    return Table("", (Column(label), *numeric(*labels)), rows)


def _worst(title: str, worst: Sequence[ScoredStep], unit: str, scale: float = 1.0) -> Table:
    columns = (*words(title, "source"), *numeric("measured", "predicted", "error"))
    rows = tuple(
        cells(
            f"{row.model} on {row.gpus} {row.gpu}".replace("_", " "),
            Cell(row.source, "faint"),
            figure(row.measured * scale, unit),
            figure(row.predicted * scale, unit),
            f"{100.0 * row.error:+.0f}%",
        )
        for row in worst
    )
    return Table("", columns, rows)


def _measured(scores: MeasuredScores, where: str, *, verbose: bool) -> Iterator[Block]:
    how = "each source left out of its fit" if scores.refitted else "shipped constants"
    head = f"{len(scores.scored)} of {scores.points} points are scored; {where}"
    yield Title("Measured points, whole estimates", Cell(how), head)
    for quantity in dict.fromkeys(item.quantity for item in scores.classes):
        yield _classes_table(quantity, scores.classes, verbose=verbose)
    verdicts = sorted(scores.verdicts.items())
    if verdicts:
        items = tuple((Cell(str(count), "faint"), verdict) for verdict, count in verdicts)
        yield Listing("memory verdicts", items)
    worst = (Column("furthest off"), *numeric("measured", "low", "predicted", "high"))
    lines = tuple(
        cells(
            f"{point.id}, {point.quantity}",
            Cell(significant(point.measured), "" if point.is_inside else "bad"),
            *(significant(value) for value in (point.low, point.central, point.high)),
        )
        for point in scores.worst[: None if verbose else WORST]
    )
    yield Table("", worst, lines)
    yield from _unscored(scores.unscored, verbose=verbose)


def _classes_table(quantity: str, classes: Sequence[ClassErrors], *, verbose: bool) -> Table:
    labels = ("points", "median", "bias", "in 90 %", "width needed")
    rows = tuple(
        cells(
            item.name if item.by == "all" else f"{item.by}: {item.name}",
            str(item.points),
            Cell(_percent(item.median_abs_error), "strong"),
            f"{100.0 * item.bias:+.0f}%",
            _share(item.inside_90),
            f"{item.width_needed:.1f}x",
        )
        for item in classes
        if item.quantity == quantity and (verbose or item.by == "all" or item.points >= FEW_POINTS)
    )
    return Table("", (Column(quantity), *numeric(*labels)), rows)


def _runs(scores: RunScores, where: str, *, verbose: bool) -> Iterator[Block]:
    overall = scores.overall
    off = _off(overall.median_abs_log2_error)
    constant = _off(scores.constant_mfu_median_abs_log2_error)
    unknown = _off(scores.unknown_hours_median_abs_log2_error)
    head = f"{overall.runs} runs, each family of models left out of the fit; {where}"
    yield Title("Published runs", Cell(f"typically {off} off"), head)
    yield Paragraph(
        f"Half of the GPU-hours, from size, tokens and hardware alone, are within {off} of what "
        f"was published ({constant} for one MFU for all; {unknown} without knowing what the hours "
        f"count). {_share(overall.coverage_90)} lie inside the 90 % range of an estimate."
    )
    yield _groups([cell for cell in scores.cells if verbose or cell.by in SHOWN_KINDS])
    by_name = {row.name: row for row in scores.runs}
    names = list(by_name) if verbose else scores.worst[:WORST]
    columns = (
        Column("run" if verbose else "furthest off"),
        *numeric("published", "predicted", "90 % range", "error"),
    )
    rows = []
    for row in (by_name[name] for name in names):
        ends = f"{compact(row.low_gpu_hours)} to {compact(row.high_gpu_hours)}"
        rows.append(
            cells(
                row.name,
                compact(row.actual_gpu_hours),
                Cell(compact(row.predicted_gpu_hours), "strong"),
                Cell(ends, "" if row.inside_90 else "bad"),
                f"{2.0**row.log2_error - 1.0:+.0%}",
            )
        )
    yield Table("", columns, tuple(rows))
    yield from _unscored(Counter(reason for _, reason in scores.left_out), verbose=verbose)


def _groups(groups: Sequence[RunCell]) -> Table:
    numbers = numeric("runs", "median error", "bias", "in 90 %")
    columns = (*words("by", "group"), *numbers)
    rows = tuple(
        cells(
            cell.by,
            cell.name,
            str(cell.runs),
            Cell(_off(cell.median_abs_log2_error), "strong"),
            f"{100.0 * cell.bias:+.0f}%",
            _share(cell.coverage_90),
        )
        for cell in groups
    )
    return Table("", columns, rows)


def _epoch(scores: EpochScore, where: str) -> Iterator[Block]:
    share = scores.within_1_percent
    verdict = Cell("nothing to score" if share is None else f"{_share(share)} within 1 %")
    head = f"{len(scores.scored)} of {scores.rows} rows have inputs that suffice; {where}"
    yield Title("Amortised capital and energy, Epoch AI's method", verdict, head)
    grades = tuple(
        cells(f"grade {grade}", "" if value is None else _share(value))
        for grade, value in scores.within_1_percent_by_grade.items()
    )
    yield Table("", (Column(""), *numeric("within 1 %")), grades)
    columns = (Column("furthest off"), *numeric("published", "ours", "error"))
    rows = tuple(
        cells(
            row.model,
            figure(row.published_usd, "USD"),
            Cell(figure(row.computed_usd, "USD"), "strong"),
            f"{100.0 * row.error:+.2f}%",
        )
        for row in scores.worst
    )
    yield Table("", columns, rows)
    yield from _unscored(scores.unscored)


def _energy(scores: EnergyScore, where: str) -> Iterator[Block]:
    inside = scores.inside
    verdict = Cell("nothing to score" if inside is None else f"{_share(inside)} inside")
    head = f"{len(scores.scored)} of {scores.rows} rows were measured; {where}"
    yield Title("Energy of published runs", verdict, head)
    if scores.median_error is not None:
        yield Paragraph(f"Median error of the central figure {_percent(scores.median_error)}.")
    columns = (Column("run"), *numeric("measured", "low", "predicted", "high"))
    rows = tuple(
        cells(
            row.name,
            Cell(figure(row.published, "kWh"), "" if row.is_inside else "bad"),
            *(figure(value, "kWh") for value in (row.low, row.central, row.high)),
        )
        for row in scores.scored
    )
    yield Table("", columns, rows)
    yield from _unscored(scores.unscored)


def _unscored(reasons: Mapping[str, int], *, verbose: bool = True) -> Iterator[Block]:
    if reasons and not verbose:
        yield Paragraph(f"{sum(reasons.values()):,} rows are not scored (why: -v)", tone="faint")
    elif reasons:
        ordered = sorted(reasons.items(), key=lambda item: -item[1])
        told = ((f"{count:,}", reason.replace("_", " ")) for reason, count in ordered)
        yield Listing("not scored", tuple((Cell(count, "faint"), reason) for count, reason in told))


def _off(log2: float) -> str:
    """An error of a factor in per cent."""
    return f"{2.0**log2 - 1.0:.0%}"


def _share(value: float) -> str:
    return f"{100.0 * value:.0f}%" if isfinite(value) else "?"


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f}%"
