"""What a run logged: the lines and tables that training software and monitors write, as figures.

A format is data (`configs/logs.yaml`): patterns whose groups are named after what they find. The
first steps of a log compile and warm up; they are left out.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from costcheck.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

Row = Mapping[str, float]
"""What one line or record says, in base units."""

PEAKS = ("memory_bytes", "device_memory_bytes")
"""Of memory a log's largest value is what a run needs; of all else the middle one."""

SPEEDS = ("step_seconds", "steps_per_second", "tokens_per_second_per_gpu", "clock_seconds")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NUMBER = re.compile(r"\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)\s*([KMG](?![A-Za-z])|)")
_POWERS = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9}
_BLOCKS = 10
_TABLE = "table"


@dataclass(frozen=True, kw_only=True)
class LinePattern:
    """One kind of line and what it says."""

    pattern: re.Pattern[str]
    scale: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class LineFormat:
    """The lines that one training software writes; the first that fits tells it."""

    name: str
    find: Sequence[LinePattern]


@dataclass(frozen=True, kw_only=True)
class ColumnFormat:
    """A column of a table under all its names."""

    name: re.Pattern[str]
    gives: str
    scale: float


@dataclass(frozen=True, kw_only=True)
class LogFormats:
    """Everything a log may look like, and how many of its first steps are left out."""

    lines: Sequence[LineFormat]
    columns: Sequence[ColumnFormat]
    warmup_steps: int


@dataclass(frozen=True, kw_only=True)
class LoggedFigure:
    """A figure of a log: the middle (of memory the peak), and where 90 % of its values lie."""

    low: float
    central: float
    high: float
    values: int


@dataclass(frozen=True, kw_only=True)
class LoggedRun:
    """What a log says of a run."""

    format: str
    """The software whose lines these are, or "table"."""
    figures: Mapping[str, LoggedFigure]
    """step_seconds, tokens_per_second_per_gpu, flops_per_second_per_gpu, mfu, memory_bytes,
    device_memory_bytes, power_watts and global_batch, as far as the log has them, in base units."""
    steps: int
    """Logged steps the figures rest on."""
    warmup: int
    """Logged steps left out as warm-up."""


def read_log(text: str, formats: LogFormats) -> LoggedRun | None:
    """What a log says; None where it is of no known format."""
    plain = _COLOURS.sub("", text)
    best: tuple[int, str, list[Row]] = (0, "", [])
    for known in formats.lines:
        rows = _line_rows(plain, known)
        if len(rows) > best[0]:
            best = (len(rows), known.name, rows)
    name, found = best[1], best[2]
    if not found:
        name, found = _TABLE, list(_table_rows(plain, formats.columns))
    rows = _of_one_loop([row for row in found if row])
    if not any(set(row) - {"step", "steps_total", "global_batch"} for row in rows):
        return None
    return _summary(name, rows, formats.warmup_steps)


def _line_rows(text: str, known: LineFormat) -> list[Row]:
    """Rows of a format; empty where its telling line never occurs."""
    rows: list[Row] = []
    told = False
    for line in re.split(r"[\r\n]+", text):
        row: dict[str, float] = {}
        for kind in known.find:
            match = kind.pattern.search(line)
            if match is None:
                continue
            told = told or any(match.groupdict().get(name) for name in SPEEDS)
            for name, value in match.groupdict().items():
                row[name] = _number(value) * kind.scale.get(name, 1.0)
        if row:
            rows.append(row)
    return rows if told else []


def _table_rows(text: str, columns: Sequence[ColumnFormat]) -> Iterator[Row]:
    for record in _records(text):
        row: dict[str, float] = {}
        for written, value in record.items():
            column = _column(str(written), columns)
            number = _number(value) if column is not None else math.nan
            if column is not None and math.isfinite(number):
                row.setdefault(column.gives, number * column.scale)
        yield row


def _records(text: str) -> Iterable[Mapping[str, Any]]:
    """Records of a JSON document, of JSON lines, or of a table with a header."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            data = json.loads(text)
        except ValueError:
            return _json_lines(text)
        history = data.get("log_history", [data]) if isinstance(data, dict) else data
        records: list[Mapping[str, Any]] = [item for item in history if isinstance(item, dict)]
        return records
    return csv.DictReader(io.StringIO(text.lstrip("\ufeff")), skipinitialspace=True)


def _json_lines(text: str) -> list[Mapping[str, Any]]:
    records: list[Mapping[str, Any]] = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def _column(written: str, columns: Sequence[ColumnFormat]) -> ColumnFormat | None:
    """The format of a column, by its name without that of the run before it."""
    name = written.rpartition(" - ")[2].strip().lower()
    return next((column for column in columns if column.name.fullmatch(name)), None)


def _number(value: Any) -> float:
    """A number as logs write it: 12,345, 11.5K, 1:02:03, 312.4 W; nan where it is none."""
    if isinstance(value, int | float):
        return float(value)
    text = str(value or "")
    if re.fullmatch(r"\s*\d+(?::\d{1,2}){1,2}\s*", text):
        parts = [float(part) for part in text.split(":")]
        factors = (1.0, SECONDS_PER_MINUTE, SECONDS_PER_HOUR)
        return sum(part * factor for part, factor in zip(reversed(parts), factors, strict=False))
    match = _NUMBER.match(text)
    return float(match[1].replace(",", "")) * _POWERS[match[2]] if match else math.nan


def _of_one_loop(rows: list[Row]) -> list[Row]:
    """Leave out the bars of other loops, such as an evaluation's: the training loop is longest."""
    totals = Counter(row["steps_total"] for row in rows if "steps_total" in row)
    if not totals:
        return rows
    training = max(totals, key=lambda total: (total, totals[total]))
    return [row for row in rows if row.get("steps_total", training) == training]


def _summary(name: str, rows: Sequence[Row], warmup_steps: int) -> LoggedRun:
    by_step: dict[float, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for place, row in enumerate(rows):
        for key, value in row.items():
            by_step[row.get("step", -1.0 - place)][key].append(value)
    steps = [key for key, row in by_step.items() if any(name in row for name in SPEEDS)]
    early = [step for step in steps if step < 0.0 or step < steps[0] + warmup_steps]
    dropped = set(early[: min(warmup_steps, len(steps) // 2)])
    kept = [
        {key: float(np.median(values)) for key, values in row.items()}
        for step, row in by_step.items()
        if step not in dropped
    ]
    figures = {
        key: _figure(key, values)
        for key in ("step_seconds", "steps_per_second", "tokens_per_second_per_gpu",
                    "flops_per_second_per_gpu", "mfu", "memory_bytes", "device_memory_bytes",
                    "power_watts", "global_batch")
        if (values := [row[key] for row in kept if key in row])
    }  # fmt: skip
    _complete(figures, kept)
    return LoggedRun(
        format=name, figures=figures, steps=len(steps) - len(dropped), warmup=len(dropped)
    )


def _figure(key: str, values: Sequence[float]) -> LoggedFigure:
    low, middle, high = (float(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    central = max(values) if key in PEAKS else middle
    high = max(values) if key in PEAKS else high
    return LoggedFigure(low=low, central=central, high=high, values=len(values))


def _complete(figures: dict[str, LoggedFigure], rows: Sequence[Row]) -> None:
    """Step times from the clock, or from steps per second, where no step was timed."""
    rate = figures.pop("steps_per_second", None)
    if "step_seconds" in figures:
        return
    timed = [
        (row["step"], row["clock_seconds"]) for row in rows if {"step", "clock_seconds"} <= set(row)
    ]
    slopes = _slopes(sorted(timed))
    if slopes:
        figures["step_seconds"] = _figure("step_seconds", slopes)
    elif rate is not None and rate.central > 0.0:
        figures["step_seconds"] = LoggedFigure(
            low=1.0 / rate.high, central=1.0 / rate.central, high=1.0 / rate.low, values=rate.values
        )


def _slopes(timed: Sequence[tuple[float, float]]) -> list[float]:
    """Seconds per step in up to ten stretches: clocks are coarse, and evaluations make pauses."""
    if len(timed) < 2:
        return []
    edges = np.unique(np.linspace(0, len(timed) - 1, min(_BLOCKS, len(timed) - 1) + 1).astype(int))
    pairs = [(timed[i], timed[j]) for i, j in pairwise(edges)]
    return [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[0] > a[0] and b[1] > a[1]]
