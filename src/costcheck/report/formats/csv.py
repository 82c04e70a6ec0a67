"""Rows as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from costcheck.report.formats.harmless import harmless

_FORMULA_STARTS = ("=", "+", "-", "@")


def render(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under a head: numbers in full, an unknown one empty, no text run as a formula."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([safe(v) if isinstance(v, str) else v for v in row] for row in rows)
    return buffer.getvalue()


def safe(text: str) -> str:
    """Text that a spreadsheet does not run as a formula."""
    formula = text.lstrip().startswith(_FORMULA_STARTS)
    text = harmless(text)
    return f"'{text}" if formula else text
