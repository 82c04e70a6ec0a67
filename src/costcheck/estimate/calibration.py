"""Measured steps of the user's own cluster: they remove the constant bias of a prediction."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from costcheck import units
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate.layout_of import DEGREES, SCHEDULES, recompute_code
from costcheck.estimate.performance import Performance
from costcheck.estimate.resolve import Resolved
from costcheck.estimate.study import Study, written
from costcheck.graph.nodes import Input, Node, Provenance
from costcheck.scenario.run import MeasuredFile, MeasuredStep

NUMBERS = (*DEGREES, "zero", "shard_group", "global_batch", "sequence_length")
"""Columns of a file of measured steps that name a quantity of the prediction."""

STEP_TIME = ("step_seconds", "iter_time_s")
RATE = ("tokens_per_second_per_gpu", "tokens_per_s_per_gpu")


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
        spread = performance.data.default("calibrated.same_layout").value
        return Calibration(factor=factor, spread=spread)
    rows = _read(stated, study.resolved)
    kept = [row for row in rows if _is_of(row, study)]
    try:
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


def _is_of(row: Mapping[str, str], study: Study) -> bool:
    """Say whether a row is of the stage's model and accelerator, as far as it says."""
    model, hardware = study.of_stage.model, study.hardware
    ids = {"models": model.id if model else "", "gpus": hardware.id if hardware else ""}
    for kind, column in (("models", "model"), ("gpus", "gpu")):
        name = row.get(column)
        entry = study.resolved.catalog.find(kind, name) if name else None  # type: ignore[arg-type]
        if entry is not None and ids[kind] not in ("", "inline", entry.id):
            return False
    return True


def _from_rows(
    study: Study,
    stated: MeasuredFile,
    rows: Sequence[Mapping[str, str]],
    performance: Performance,
    values: Mapping[str, float],
) -> Calibration:
    ratios = [
        math.log(measured / _predicted(performance, {**values, **changed}))
        for changed, measured in (_row(row, performance, values) for row in rows)
        if measured > 0.0
    ]
    if not ratios:
        raise CostcheckError([_problem(stated, "holds no measured step time")])
    middle = float(np.median(ratios))
    why = f"your measured steps over the predicted ones, median of {len(ratios)}"
    factor = _factor(study, math.exp(middle), why, Provenance("file", stated.file, stated.file))
    floor = performance.data.default("calibrated.other_layout").value
    scatter = math.sqrt(float(np.mean(np.square(np.asarray(ratios) - middle))))
    # A few rows say little about the scatter: the usual one counts as much as two of them.
    weight = len(ratios) / (len(ratios) + 2.0)
    spread = math.sqrt(weight * scatter**2 + (1.0 - weight) * floor**2)
    notes = (f"calibrated with {len(ratios)} measured steps of {stated.file}",)
    return Calibration(factor=factor, spread=spread, notes=notes)


def _read(stated: MeasuredFile, resolved: Resolved) -> Sequence[Mapping[str, str]]:
    path = Path(stated.file)
    if not path.is_absolute():
        path = Path(resolved.folder) / path
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CostcheckError([_problem(stated, reason)]) from error


def _row(
    row: Mapping[str, str], performance: Performance, values: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """What a row says of the layout, and its step time; 0 where it has none."""
    changed = {key: float(row[key]) for key in NUMBERS if row.get(key)}
    if row.get("recompute"):
        changed["recompute"] = float(recompute_code(row["recompute"], performance.generation))
    if row.get("schedule") in SCHEDULES:
        changed["schedule"] = float(SCHEDULES[row["schedule"]])
    elif changed.get("virtual", 1.0) > 1.0:
        changed["schedule"] = float(SCHEDULES["interleaved"])
    row_values = {**values, **changed}
    gpus = row.get("gpus") or row.get("n_gpus")
    model = row_values["tensor"] * row_values["pipeline"] * row_values["context"]
    if row.get("data"):
        changed["data"] = float(row["data"])
    elif gpus:
        changed["data"] = float(gpus) / model
    count = model * changed.get("data", values["data"])
    return changed, _seconds(row, count, row_values)


def _seconds(row: Mapping[str, str], count: float, row_values: Mapping[str, float]) -> float:
    kind = row.get("quantity") or row.get("measured_kind") or ""
    value = row.get("value") or row.get("measured_value") or ""
    for name in (*STEP_TIME, "step_time"):
        if row.get(name):
            return float(row[name])
    if kind in STEP_TIME and value:
        return float(value)
    if kind in RATE and value:
        return row_values["global_batch"] * row_values["sequence_length"] / (count * float(value))
    return 0.0


def _predicted(performance: Performance, values: Mapping[str, float]) -> float:
    return float(performance.formula.step(values).total_seconds())


def _problem(stated: MeasuredFile, reason: str) -> Diagnostic:
    return Diagnostic(
        "CC309",
        "error",
        f"{stated.file}: {reason}",
        Place(stated.file),
        "calibration.file is a CSV with a step_seconds column, relative to the scenario file",
    )
