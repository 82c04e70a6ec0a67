"""Figures as a table for spreadsheets: a row for each scenario or stage, units in the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from costcheck.compare import Comparison
from costcheck.estimate.result import Estimate, Figure, Verdict, worst_of
from costcheck.quantities import HEADLINES, HEADS

WHOLE = "all stages"
"""The row of what the stages of a scenario come to together."""


class Row(NamedTuple):
    """A scenario, or a stage of it."""

    scenario: str
    stage: str
    verdict: str
    reason: str
    figures: Mapping[str, Figure]


class Wide(NamedTuple):
    """A table: the head, and cells that are None where nothing is known."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def wide_estimates(estimates: Sequence[Estimate], only: Sequence[str] = ()) -> Wide:
    """The table of estimates, of all results that are known or of those asked for."""
    return _wide([row for estimate in estimates for row in _rows(estimate)], only)


def wide_comparison(found: Comparison) -> Wide:
    """The table of scenarios that are compared."""
    return _wide(
        [
            Row(label, "", found.verdicts[label], "", {n: f[at] for n, f in found.figures.items()})
            for at, label in enumerate(found.labels)
        ]
    )


def _rows(estimate: Estimate) -> Iterator[Row]:
    found = (*estimate.feasibility, *estimate.budget)
    stages = estimate.stages if len(estimate.stages) > 1 else ()
    for stage in stages:
        worst = worst_of([each for each in found if each.stage == stage.name])
        verdict, why = (worst.verdict, worst.message) if worst else (_unfound(estimate), "")
        yield Row(estimate.title, stage.name, verdict, why, stage.figures)
    worst = worst_of(found)
    why = worst.message if worst else ""
    yield Row(estimate.title, WHOLE if stages else "", estimate.verdict, why, estimate.figures)


def _unfound(estimate: Estimate) -> Verdict:
    """The verdict of a stage in which nothing was found: none where none of them was judged."""
    return "not-judged" if estimate.verdict == "not-judged" else "feasible"


def _wide(rows: Sequence[Row], only: Sequence[str] = ()) -> Wide:
    """Only columns that say something of a row; the verdict always does."""
    columns: dict[str, list[object]] = {
        name: list(cells)
        for name in ("scenario", "stage", "verdict", "reason")
        if any(cells := [getattr(row, name) for row in rows]) or name == "verdict"
    }
    known = dict.fromkeys((*HEADLINES, *(name for row in rows for name in row.figures)))
    for name in [name for name in only if name != "verdict"] or known:
        of_rows = [row.figures.get(name) for row in rows]
        ends = {"": "central"}
        if any(item and item.low != item.high for item in of_rows):
            ends |= {"_low": "low", "_high": "high"}
        for suffix, end in ends.items():
            values = [None if item is None else getattr(item, end) for item in of_rows]
            if only or any(value is not None for value in values):
                columns[HEADS[f"{name}{suffix}"]] = values
    return Wide(tuple(columns), tuple(zip(*columns.values(), strict=True)))
