"""Measured points whose scenario says what was run, as rows of the fit."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from costcheck.calibrate.plans import MEASURED_SET
from costcheck.calibrate.rows import MeasuredRows, stacked
from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import build
from costcheck.estimate.machine_of import machine_from
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.step_formula import BATCH_KEYS, LAYOUT_KEYS
from costcheck.physics.machine import Machine
from costcheck.scenario.load import load

FOLDER = "performance/measured"
STEP, RATE = "step_s", "tps"


def scenario_rows(catalog: Catalog) -> MeasuredRows:
    """Step times of the shipped measured points."""
    table = catalog.rows(f"{FOLDER}/points.csv")
    timed = [row for row in table if row["measured_kind"] in (STEP, RATE)]
    cases = list(predicted(timed, catalog))
    return stacked([row for row, _ in cases], [_measured(row, item) for row, item in cases])


Case = tuple[Mapping[str, str], Prediction]


def predicted(rows: list[dict[str, str]], catalog: Catalog) -> Iterator[Case]:
    """Points with what the model predicts of their scenarios, where it predicts anything."""
    for row in rows:
        path = catalog.path(f"{FOLDER}/scenarios/{row['id']}.yaml")
        try:
            model = build(load(path, catalog=catalog))
        except CostcheckError:
            continue
        prediction = model.stages[0].prediction
        if prediction is not None:
            yield row, prediction


def _measured(row: Mapping[str, str], item: Prediction) -> dict[str, Any]:
    performance = item.performance
    parts, machine = performance.parts, performance.machine
    return {
        "models": row["source"],
        "sources": row["source"],
        "sets": MEASURED_SET,
        "software": performance.generation,
        "family": machine.family,
        "tags": {tag: True for tag in performance.tags if tag},
        "precision": int(machine.precision),
        "flash": parts.fused,
        "attention": parts.attention,
        "loops": parts.loops,
        "workload": performance.formula.workload(item.values["sequence_length"]),
        "machine": _machine(item),
        "layout": item.layout,
        "global_batch": item.values["global_batch"],
        "step_seconds": _seconds(row, item),
        "memory_gib": math.nan,
    }


def _machine(prediction: Prediction) -> Machine:
    others = (*LAYOUT_KEYS, *BATCH_KEYS)
    values = {k: np.asarray(v) for k, v in prediction.values.items() if k not in others}
    return machine_from(**values)


def _seconds(row: Mapping[str, str], prediction: Prediction) -> float:
    """What the completed layout would have taken, what the run left open being tuned as usual."""
    slower = prediction.open_choices
    measured = float(row["measured_value"])
    if row["measured_kind"] == STEP:
        return measured / (slower.central if slower else 1.0)
    values = prediction.values
    measured *= slower.central if slower else 1.0
    return values["global_batch"] * values["sequence_length"] / prediction.gpus_used / measured
