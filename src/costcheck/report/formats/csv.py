"""Rows as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from costcheck.text.harmless import in_cell


def render(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under a head: numbers in full, an unknown one empty, no text run as a formula."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([in_cell(v) if isinstance(v, str) else v for v in row] for row in rows)
    return buffer.getvalue()
