"""Measured steps of the user's own cluster: they remove the constant bias of a prediction."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from costcheck import units
from costcheck.catalog.files import Kind
from costcheck.catalog.log_formats import log_formats
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate.layout_words import code_name
from costcheck.estimate.performance import Performance
from costcheck.estimate.resolve import Resolved, ResolvedStage
from costcheck.estimate.step_table import (
    LAYOUT,
    STEP_TIME,
    Row,
    cell,
    measured_seconds,
    number,
    stated_layout,
)
from costcheck.estimate.study import Study, written
from costcheck.graph.nodes import Input, Node, Provenance
from costcheck.physics.shared_bias import shared_bias
from costcheck.scenario.run import MeasuredFile, MeasuredStep
from costcheck.text.files import read_text
from costcheck.text.logs import LoggedRun, read_log

STEPS = ("global_batch", "sequence_length")
MEASURED_COLUMNS = ("quantity", "measured_kind", *STEP_TIME)
"""Columns that tell a file of measured steps from a log."""

PREDICTED = "predicted_step_seconds"
"""Column of a file of measured steps: what was predicted for the row, of whatever model."""


COLUMNS = (
    "model", "gpu", "gpus", *LAYOUT[:-1], *STEPS, "data", "recompute", "schedule",
    "quantity", "value", PREDICTED, "file",
)  # fmt: skip
"""Columns of a file of measured steps as we write it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """What measured steps say of a prediction."""

    factor: Node
    """Measured over predicted step time."""
    spread: float
    """Log error that remains."""
    notes: tuple[str, ...] = ()


def calibration_of(
    study: Study, performance: Performance, values: Mapping[str, float]
) -> Calibration | None:
    """The correction that a stage's measured steps give; None where it states none."""
    stated = study.stage.calibration
    if stated is None:
        return None
    if isinstance(stated, MeasuredStep):
        quantity = stated.step_time
        ratio = quantity.value * units.SECONDS_PER_HOUR / _predicted(performance, values)
        why = "your measured step over the predicted one"
        factor = _factor(study, ratio, why, written(quantity))
        spread = _same_layout(performance)
        return Calibration(factor=factor, spread=spread)
    text = _text(stated, study.resolved)
    rows = _table(text)
    if rows is None:
        return _from_log(study, stated, text, performance, values)
    try:
        kept = [row for row in rows if _is_of(row, study)]
        calibration = _from_rows(study, stated, kept, performance, values)
    except ValueError as error:
        raise CostcheckError([_problem(stated, str(error))]) from error
    left_out = len(rows) - len(kept)
    if not left_out:
        return calibration
    note = f"{left_out} rows of {stated.file} are of another model or GPU and are left out"
    return replace(calibration, notes=(*calibration.notes, note))


def _factor(study: Study, ratio: float, why: str, provenance: Provenance) -> Node:
    path = "step_seconds/calibration"
    return study.file(Input(name=path, unit="1", why=why, value=ratio, provenance=provenance))


def _is_of(row: Row, study: Study) -> bool:
    """Whether a row is of the stage's accelerator and, unless it says its own prediction, model."""
    hardware = study.hardware
    return _is_same(row.get("gpu"), "gpus", hardware.id if hardware else "", study) and (
        number(row, PREDICTED) > 0.0 or _is_of_model(row, study)
    )


def _is_of_model(row: Row, study: Study) -> bool:
    model = study.of_stage.model
    return _is_same(row.get("model"), "models", model.id if model else "", study)


def _is_same(name: str | None, kind: Kind, wanted: str, study: Study) -> bool:
    """Whether a name, as far as it is known, is the entry that the stage uses."""
    entry = study.resolved.catalog.find(kind, name) if name else None
    return entry is None or wanted in ("", "inline", entry.id)


def _from_rows(
    study: Study,
    stated: MeasuredFile,
    rows: Sequence[Row],
    performance: Performance,
    values: Mapping[str, float],
) -> Calibration:
    measured = [
        (pair[0], pair[1])
        for pair in (_ratio(row, study, performance, values) for row in rows)
        if pair[0] > 0.0
    ]
    if not measured:
        raise CostcheckError([_problem(stated, "holds no measured step time")])
    same = [math.log(ratio) for ratio, is_same in measured if is_same]
    if same:
        bias, spread = float(np.median(same)), _same_layout(performance)
        why = f"your measured steps of this layout over the predicted ones, median of {len(same)}"
    else:
        bias, spread = shared_bias(
            log_ratios=[math.log(ratio) for ratio, _ in measured],
            spread=performance.step_spread,
            own_share=performance.data.default("calibrated.own_share").value,
            usual_rows=performance.data.default("calibrated.usual_rows").value,
        )
        why = f"what {len(measured)} measured steps of other layouts share with this one"
    factor = _factor(study, math.exp(bias), why, Provenance("file", stated.file, stated.file))
    notes = (f"calibrated with {len(same) or len(measured)} measured steps of {stated.file}",)
    return Calibration(factor=factor, spread=spread, notes=notes)


def _same_layout(performance: Performance) -> float:
    return performance.data.default("calibrated.same_layout").value


def _ratio(
    row: Row, study: Study, performance: Performance, values: Mapping[str, float]
) -> tuple[float, bool]:
    """Measured over predicted step time of a row, NaN without one, and whether of this layout."""
    changed, measured = _row(row, performance, values)
    if (predicted := number(row, PREDICTED)) > 0.0 and not _is_of_model(row, study):
        return measured / predicted, False
    is_same = all(values[key] == value for key, value in changed.items())
    return measured / _predicted(performance, {**values, **changed}), is_same


def _from_log(
    study: Study,
    stated: MeasuredFile,
    text: str,
    performance: Performance,
    values: Mapping[str, float],
) -> Calibration:
    """The correction that a log of this run gives: its middle step over the predicted one."""
    logged = read_log(text, log_formats(study.resolved.catalog))
    row = logged_row(logged) if logged else {}
    if logged is None or not row:
        raise CostcheckError([_problem(stated, "holds no step times of a known format")])
    ratio, _ = _ratio(row, study, performance, values)
    why = f"middle of {logged.steps} logged steps over the predicted one"
    factor = _factor(study, ratio, why, Provenance("file", stated.file, stated.file))
    spread = _same_layout(performance)
    note = (
        f"calibrated with {logged.steps} logged steps of {stated.file} ({logged.format}), "
        f"{logged.warmup} of warm-up left out"
    )
    return Calibration(factor=factor, spread=spread, notes=(note,))


def predicted_row(
    stage: ResolvedStage, performance: Performance, values: Mapping[str, float]
) -> dict[str, str]:
    """The run of a stage as a row of a file of measured steps, with the step predicted for it."""
    gpus = values["tensor"] * values["pipeline"] * values["context"] * values["data"]
    row = {key: f"{values[key]:.15g}" for key in (*LAYOUT, *STEPS) if key in values}
    row |= {key: code_name(key, values[key]) for key in ("recompute", "schedule")}
    return row | {
        "model": (stage.model.id or stage.model.name) if stage.model else "",
        "gpu": stage.hardware.id if stage.hardware else "",
        "gpus": f"{gpus:.15g}",
        PREDICTED: f"{_predicted(performance, values):.6g}",
    }


def logged_row(logged: LoggedRun) -> dict[str, str]:
    """A log as a row of a file of measured steps; empty where it says no speed."""
    figures = logged.figures
    row = (
        {"global_batch": f"{figures['global_batch'].central:.0f}"}
        if "global_batch" in figures
        else {}
    )
    for name in ("step_seconds", "tokens_per_second_per_gpu"):
        if name in figures:
            return row | {"quantity": name, "value": f"{figures[name].central:.6g}"}
    return {}


def _text(stated: MeasuredFile, resolved: Resolved) -> str:
    try:
        return read_text(str(Path(resolved.folder, stated.file)))
    except OSError as error:
        raise CostcheckError([_problem(stated, error.strerror or str(error))]) from error


def _table(text: str) -> Sequence[Row] | None:
    """Rows of a file of measured steps; None where the text is a log."""
    reader = csv.DictReader(io.StringIO(text))
    try:
        names = set(reader.fieldnames or ())
        is_table = names.intersection(MEASURED_COLUMNS) and "step" not in names
        return list(reader) if is_table else None
    except csv.Error:
        return None


def _row(
    row: Row, performance: Performance, values: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """What a row says of the layout, and its step time; NaN where it has none."""
    changed = stated_layout(row, performance.generation)
    changed |= {key: number(row, key) for key in STEPS if cell(row, key)}
    known = {**values, **changed}
    others = known["tensor"] * known["pipeline"] * known["context"]
    if "data" not in changed and cell(row, "gpus"):
        changed["data"] = number(row, "gpus") / others
    gpus = others * changed.get("data", values["data"])
    tokens = known["global_batch"] * known["sequence_length"]
    return changed, measured_seconds(row, tokens=tokens, gpus=gpus)


def _predicted(performance: Performance, values: Mapping[str, float]) -> float:
    return float(performance.formula.step(values).total_seconds())


def _problem(stated: MeasuredFile, reason: str) -> Diagnostic:
    return Diagnostic(
        "CC309",
        "error",
        f"{stated.file}: {reason}",
        Place(stated.file),
        "calibration.file is a log of a run, or what costcheck calibrate wrote, "
        "relative to the scenario file",
    )
