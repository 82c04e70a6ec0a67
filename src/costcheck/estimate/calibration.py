"""Measured steps of the user's own cluster: they remove the constant bias of a prediction."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from costcheck import units
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.layout_of import SCHEDULES, recompute_code
from costcheck.estimate.performance import Performance
from costcheck.estimate.resolve import Resolved, ResolvedStage
from costcheck.graph.nodes import Input, Node, Provenance
from costcheck.scenario.run import MeasuredFile, MeasuredStep

NUMBERS = (
    "tensor",
    "pipeline",
    "context",
    "expert",
    "expert_tensor",
    "virtual",
    "micro_batch",
    "zero",
    "shard_group",
    "global_batch",
    "sequence_length",
)
"""Columns of a file of measured steps that name a quantity of the prediction."""

STEP_TIME = ("step_seconds", "iter_time_s")
RATE = ("tokens_per_second_per_gpu", "tokens_per_s_per_gpu")


class Calibration(NamedTuple):
    """What measured steps say of a prediction.

    Parameters
    ----------
    factor : Node
        Measured over predicted step time.
    spread : float
        Log error that remains.
    """

    factor: Node
    spread: float
    notes: tuple[str, ...] = ()


def calibration_of(
    stage: ResolvedStage,
    *,
    performance: Performance,
    values: Mapping[str, float],
    resolved: Resolved,
    desk: StageDesk,
) -> Calibration | None:
    """Return the correction that a stage's measured steps give; None where it states none."""
    said = stage.stage.calibration
    if said is None:
        return None
    if isinstance(said, MeasuredStep):
        predicted = _predicted(performance, values)
        quantity = said.step_time
        place = f"{quantity.place.file}:{quantity.place.line}" if quantity.place else ""
        factor = Input(
            name="step_seconds/calibration",
            unit="1",
            why="your measured step over the predicted one",
            value=quantity.value * units.SECONDS_PER_HOUR / predicted,
            provenance=Provenance(quantity.origin, quantity.text, place),
        )
        spread = performance.data.default("calibrated.same_layout").value
        return Calibration(desk.file(factor), spread)
    rows = _read(said, resolved)
    kept = [row for row in rows if _is_of(row, stage, resolved)]
    try:
        found = _from_rows(said, kept, performance, values, desk)
    except ValueError as error:
        raise CostcheckError([_problem(said, str(error))]) from error
    left_out = len(rows) - len(kept)
    if not left_out:
        return found
    note = f"{left_out} rows of {said.file} are of another model or GPU and are left out"
    return found._replace(notes=(*found.notes, note))


def _is_of(row: Mapping[str, str], stage: ResolvedStage, resolved: Resolved) -> bool:
    """Say whether a row is of the stage's model and accelerator, as far as it says."""
    own = {
        "models": stage.model.id if stage.model else "",
        "gpus": stage.hardware.id if stage.hardware else "",
    }
    for kind, column in (("models", "model"), ("gpus", "gpu")):
        name = row.get(column)
        found = resolved.catalog.find(kind, name) if name else None  # type: ignore[arg-type]
        if found is not None and own[kind] not in ("", "inline", found.id):
            return False
    return True


def _from_rows(
    said: MeasuredFile,
    rows: Sequence[Mapping[str, str]],
    performance: Performance,
    values: Mapping[str, float],
    desk: StageDesk,
) -> Calibration:
    ratios = [
        math.log(measured / _predicted(performance, {**values, **changed}))
        for changed, measured in (_row(row, performance, values) for row in rows)
        if measured > 0.0
    ]
    if not ratios:
        raise CostcheckError([_problem(said, "holds no measured step time")])
    middle = float(np.median(ratios))
    factor = Input(
        name="step_seconds/calibration",
        unit="1",
        why=f"your measured steps over the predicted ones, median of {len(ratios)}",
        value=math.exp(middle),
        provenance=Provenance("file", said.file, said.file),
    )
    floor = performance.data.default("calibrated.other_layout").value
    scatter = math.sqrt(float(np.mean(np.square(np.asarray(ratios) - middle))))
    # A few rows say little about the scatter: the usual one counts as much as two of them.
    weight = len(ratios) / (len(ratios) + 2.0)
    spread = math.sqrt(weight * scatter**2 + (1.0 - weight) * floor**2)
    notes = (f"calibrated with {len(ratios)} measured steps of {said.file}",)
    return Calibration(desk.file(factor), spread, notes)


def _read(said: MeasuredFile, resolved: Resolved) -> Sequence[Mapping[str, str]]:
    path = Path(said.file)
    if not path.is_absolute():
        path = Path(resolved.folder) / path
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CostcheckError([_problem(said, reason)]) from error


def _row(
    row: Mapping[str, str], performance: Performance, values: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """Return what a row says of the layout, and its step time; 0 where it has none."""
    changed = {key: float(row[key]) for key in NUMBERS if row.get(key)}
    if row.get("recompute"):
        changed["recompute"] = float(recompute_code(row["recompute"], performance.generation))
    if row.get("schedule") in SCHEDULES:
        changed["schedule"] = float(SCHEDULES[row["schedule"]])
    elif changed.get("virtual", 1.0) > 1.0:
        changed["schedule"] = float(SCHEDULES["interleaved"])
    found = {**values, **changed}
    gpus = row.get("gpus") or row.get("n_gpus")
    model = found["tensor"] * found["pipeline"] * found["context"]
    if row.get("data"):
        changed["data"] = float(row["data"])
    elif gpus:
        changed["data"] = float(gpus) / model
    count = model * changed.get("data", values["data"])
    return changed, _seconds(row, count, found)


def _seconds(row: Mapping[str, str], count: float, found: Mapping[str, float]) -> float:
    kind = row.get("quantity") or row.get("measured_kind") or ""
    value = row.get("value") or row.get("measured_value") or ""
    for name in (*STEP_TIME, "step_time"):
        if row.get(name):
            return float(row[name])
    if kind in STEP_TIME and value:
        return float(value)
    if kind in RATE and value:
        return found["global_batch"] * found["sequence_length"] / (count * float(value))
    return 0.0


def _predicted(performance: Performance, values: Mapping[str, float]) -> float:
    arguments = {key: np.asarray(value) for key, value in values.items()}
    return float(performance.formula.step(arguments).total_seconds())


def _problem(said: MeasuredFile, reason: str) -> Diagnostic:
    return Diagnostic(
        "CC309",
        "error",
        f"{said.file}: {reason}",
        Place(said.file),
        "calibration.file is a CSV with a step_seconds column, relative to the scenario file",
    )
