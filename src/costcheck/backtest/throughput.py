"""Hold the performance model against measured training steps and measured memory.

Every row states its layout, so nothing is searched and nothing is fitted to the row. With `refit`
the constants of a row come from a fit that saw no row of its model; otherwise they are the shipped
ones, and the scores say how many rows those were fitted on.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.backtest.step_predictions import (
    left_out_log_errors,
    memory_errors,
    rows_fitted_on,
    shipped_log_errors,
)
from costcheck.backtest.step_rows import readable_rows
from costcheck.calibrate.fit import read_table
from costcheck.calibrate.rows import MeasuredRows
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import PerformanceData, performance_data
from costcheck.estimate.step_table import Row, cell

NO_SET = "(no set)"
"""Rows that their table puts into no set."""

_WORST = 15


class Errors(NamedTuple):
    """How far rows that have something in common are predicted.

    Errors are relative, of the step time or of the memory; the bias is their mean.
    """

    name: str
    rows: int
    mean_abs_error: float
    median_abs_error: float
    p90_abs_error: float
    bias: float


class ScoredStep(NamedTuple):
    """One measured row beside its prediction."""

    set: str
    source: str
    model: str
    gpu: str
    gpus: str
    measured: float
    predicted: float
    error: float


@dataclass(frozen=True, kw_only=True)
class ThroughputScores:
    """How well measured rows are predicted."""

    rows: int
    scored: int
    """Rows with a step time, however stated, whose inputs suffice."""
    refitted: bool
    """Whether every row's model was left out of the fit behind its prediction."""
    rows_fitted_on: int
    """Scored rows that the shipped constants were fitted on; 0 when refitted."""
    sets: tuple[Errors, ...]
    """Errors of the step time by the table's own sets."""
    groups: Mapping[str, tuple[Errors, ...]]
    """The same by source, model, hardware and software."""
    worst: tuple[ScoredStep, ...]
    memory: tuple[Errors, ...]
    """Errors of the peak memory by source."""
    worst_memory: tuple[ScoredStep, ...]
    """Memory that is furthest off [GiB]."""
    left_out: tuple[Errors, ...]
    """By set, what the shipped constants do on models their fit did not see; each generation's
    figures weighted by its rows."""
    unscored: Mapping[str, int]
    """Rows left out, by reason."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; each entry of `sets` names its set."""
        found = asdict(self)
        found["sets"] = [_named(item, "set") for item in self.sets]
        found["groups"] = {
            by: [_named(item, by) for item in group] for by, group in self.groups.items()
        }
        found["left_out"] = [_named(item, "set") for item in self.left_out]
        found["memory"] = [_named(item, "source") for item in self.memory]
        found["worst"] = [item._asdict() for item in self.worst]
        found["worst_memory"] = [item._asdict() for item in self.worst_memory]
        return found


def score_throughput(
    rows: Sequence[Row] | None = None, *, catalog: Catalog, refit: bool = False
) -> ThroughputScores:
    """Predict the step time or the memory of measured rows and compare."""
    data = performance_data(catalog)
    unscored: Counter[str] = Counter()
    table = read_table(catalog) if rows is None else readable_rows(rows, data, unscored)
    timed = table.take(np.isfinite(table.step_seconds)) if table else None
    held = table.take(np.isfinite(table.memory_gib)) if table else None
    errors = np.empty(0)
    if timed:
        errors = left_out_log_errors(timed, catalog) if refit else shipped_log_errors(timed, data)
    relative = np.expm1(errors)
    off = memory_errors(held, data) if held else np.empty(0)
    return ThroughputScores(
        rows=len(table) if rows is None and table else len(rows or ()),
        scored=len(relative),
        refitted=refit,
        rows_fitted_on=rows_fitted_on(timed, catalog) if timed and not refit else 0,
        sets=_by(timed, relative, lambda row: row.get("set") or NO_SET),
        groups={
            "source": _by(timed, relative, lambda row: cell(row, "source") or "?"),
            "model": _by(timed, relative, lambda row: cell(row, "model") or "?"),
            "gpu": _by(timed, relative, lambda row: cell(row, "gpu") or "?"),
            "software": _by(timed, relative, lambda row: cell(row, "software") or "?"),
        },
        worst=_worst(timed, relative, timed.step_seconds) if timed else (),
        memory=_by(held, off, lambda row: row.get("source") or "?"),
        worst_memory=_worst(held, off, held.memory_gib) if held else (),
        left_out=errors_when_left_out(data),
        unscored=dict(unscored),
    )


def errors_when_left_out(data: PerformanceData) -> tuple[Errors, ...]:
    """The errors that the shipped constants come with: on models the fit did not see."""
    by_set: dict[str, list[Mapping[str, float]]] = {}
    for name in data.rules["generations"]:
        for set_name, entry in data.generation(name)["errors"].items():
            by_set.setdefault(set_name, []).append(entry)
    return tuple(_pooled(name, entries) for name, entries in by_set.items())


def _pooled(name: str, entries: Sequence[Mapping[str, float]]) -> Errors:
    rows = sum(entry["rows"] for entry in entries)
    mean, median, high, bias = (
        sum(entry["rows"] * entry[key] for entry in entries) / rows
        for key in ("mean", "median", "p90", "bias")
    )
    return Errors(name, int(rows), mean, median, high, bias)


def errors_of(name: str, relative: FloatArray) -> Errors:
    """The statistics of relative errors."""
    size = np.abs(relative)
    return Errors(
        name,
        len(size),
        float(size.mean()),
        float(np.median(size)),
        float(np.quantile(size, 0.9)),
        float(relative.mean()),
    )


def _by(
    rows: MeasuredRows | None, relative: FloatArray, label: Callable[[Row], str]
) -> tuple[Errors, ...]:
    if not rows:
        return ()
    labels = np.asarray([label(row) for row in rows.records], dtype=np.str_)
    known = np.isfinite(relative)
    return tuple(
        errors_of(str(name), relative[known & (labels == name)])
        for name in dict.fromkeys(labels[known].tolist())
    )


def _worst(
    rows: MeasuredRows, relative: FloatArray, measured: FloatArray
) -> tuple[ScoredStep, ...]:
    order = np.argsort(-np.abs(np.log1p(np.nan_to_num(relative))), kind="stable")[:_WORST]
    return tuple(
        ScoredStep(
            set=rows.records[place].get("set") or NO_SET,
            source=rows.records[place].get("source") or "?",
            model=rows.records[place].get("model") or "?",
            gpu=cell(rows.records[place], "gpu"),
            gpus=cell(rows.records[place], "gpus"),
            measured=float(measured[place]),
            predicted=float(measured[place] * (1.0 + relative[place])),
            error=float(relative[place]),
        )
        for place in order.tolist()
    )


def _named(item: Errors, key: str) -> dict[str, Any]:
    found = item._asdict()
    return {key: found.pop("name"), **found}
