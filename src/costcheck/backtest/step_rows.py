"""Which rows of a table can be predicted, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from costcheck.backtest.architecture_columns import completed
from costcheck.calibrate.gpus import Gpus
from costcheck.calibrate.read_rows import (
    MEMORY_QUANTITIES,
    RATE_QUANTITIES,
    STEP_QUANTITIES,
    SYNONYMS,
    measured_rows,
)
from costcheck.calibrate.rows import MeasuredRows
from costcheck.catalog.performance import PerformanceData
from costcheck.diagnostics import CostcheckError

Row = Mapping[str, str]

NUMBERS = (
    *("layers", "hidden", "heads", "kv_heads", "ffn", "vocabulary"),
    *("experts", "top_k", "expert_ffn", "sequence_length", "gpus", "nic_gbps"),
    *("tensor", "pipeline", "virtual", "context", "expert", "data", "zero"),
    *("micro_batch", "global_batch", "value"),
)
NEEDED = ("layers", "hidden", "heads", "sequence_length", "gpus", "data", "global_batch", "value")


def cell(row: Row, name: str) -> str:
    """A cell under either spelling of its column."""
    return (row.get(name) or row.get(SYNONYMS.get(name, name)) or "").strip()


def readable_rows(
    rows: Sequence[Row], data: PerformanceData, unscored: Counter[str]
) -> MeasuredRows | None:
    """The rows that can be predicted, None without any."""
    gpus = Gpus(data.catalog)
    usable = list(_usable(rows, gpus, data, unscored))
    return measured_rows(list(completed(usable, data.catalog)), gpus) if usable else None


def _usable(
    rows: Sequence[Row], gpus: Gpus, data: PerformanceData, unscored: Counter[str]
) -> Iterator[Row]:
    """Yield the rows that can be predicted, in our generation names; count the others."""
    known = cache(lambda name: _is_known(gpus, name))
    for row in rows:
        problem = _problem(row, known)
        software = cell(row, "software") or None
        generation = data.choose_generation(
            software=software, sharded=cell(row, "zero") == "3", date=data.catalog.date
        )
        if problem is None and generation is None:
            problem = f"no constants for the software {software}"
        if problem is None:
            yield {**row, "software": str(generation)}
        else:
            unscored[problem] += 1


def _problem(row: Row, known: Callable[[str], bool]) -> str | None:
    quantity = cell(row, "quantity")
    if quantity not in (*STEP_QUANTITIES, *RATE_QUANTITIES, *MEMORY_QUANTITIES):
        return f"states {quantity or 'nothing'}: only times, rates and memory are measured"
    if "analytic" in cell(row, "note"):
        return "computed by its source, not measured"
    for name in NUMBERS:
        text = cell(row, name)
        if text and not _is_number(text):
            return f"{name} is not a number"
    missing = [name for name in NEEDED if not cell(row, name)]
    if missing:
        return f"does not state {', '.join(missing)}"
    gpu = cell(row, "gpu")
    return None if known(gpu) else f"unknown accelerator {gpu}"


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)) and float(text) >= 0.0)
    except ValueError:
        return False


def _is_known(gpus: Gpus, name: str) -> bool:
    try:
        gpus(name)
    except CostcheckError:
        return False
    return True
