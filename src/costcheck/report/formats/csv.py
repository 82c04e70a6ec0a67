"""Estimates as one long tidy table, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from costcheck.estimate.result import Estimate, Figure

COLUMNS = ("scenario", "stage", "quantity", "low", "central", "high", "unit", "basis", "reason")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(estimates: Sequence[Estimate]) -> str:
    """Return one row per scenario, stage and quantity."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for estimate in estimates:
        groups = [("", estimate.figures)]
        if len(estimate.stages) > 1:
            groups += [(stage.name, stage.figures) for stage in estimate.stages]
        for stage, figures in groups:
            for name, figure in figures.items():
                writer.writerow(_row(estimate.name, stage, name, figure))
    return buffer.getvalue()


def safe(text: str) -> str:
    """Return text that a spreadsheet does not run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _row(scenario: str, stage: str, name: str, figure: Figure) -> list[object]:
    numbers = [
        "" if value is None else repr(value) for value in (figure.low, figure.central, figure.high)
    ]
    words = (figure.unit, figure.basis, figure.reason)
    return [safe(scenario), safe(stage), name, *numbers, *(safe(word) for word in words)]
