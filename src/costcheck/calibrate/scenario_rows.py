"""Measured points whose scenario says what was run, as rows of the fit."""

from collections.abc import Iterator, Mapping

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.calibrate.plans import MEASURED_SET
from costcheck.calibrate.rows import MeasuredRows, columnwise
from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import build
from costcheck.estimate.machine_of import machine_from
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.step_formula import BATCH_KEYS, LAYOUT_KEYS
from costcheck.physics.machine import Machine
from costcheck.physics.workload import Workload
from costcheck.scenario.load import load

FOLDER = "performance/measured"
STEP, RATE = "step_s", "tps"


def scenario_rows(catalog: Catalog) -> MeasuredRows:
    """Step times of the shipped measured points."""
    table = catalog.rows(f"{FOLDER}/points.csv")
    timed = [row for row in table if row["measured_kind"] in (STEP, RATE)]
    return _as_arrays(list(predicted(timed, catalog)))


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


def _as_arrays(cases: list[Case]) -> MeasuredRows:
    predictions = [prediction for _, prediction in cases]
    tags = sorted({tag for item in predictions for tag in item.performance.tags if tag})
    return MeasuredRows(
        records=np.asarray([row for row, _ in cases], dtype=object),
        models=np.asarray([row["source"] for row, _ in cases]),
        sources=np.asarray([row["source"] for row, _ in cases]),
        sets=np.asarray([MEASURED_SET] * len(cases)),
        software=np.asarray([item.performance.generation for item in predictions]),
        family=np.asarray([item.performance.machine.family for item in predictions]),
        tags={
            tag: np.asarray([tag in item.performance.tags for item in predictions]) for tag in tags
        },
        precision=np.asarray([int(item.performance.machine.precision) for item in predictions]),
        flash=np.asarray([item.performance.parts.fused for item in predictions]),
        attention=np.asarray([item.performance.parts.attention for item in predictions]),
        loops=np.asarray([item.performance.parts.loops for item in predictions]),
        workload=columnwise(_column, [_workload(item) for item in predictions]),
        machine=columnwise(_column, [_machine(item) for item in predictions]),
        layout=columnwise(_column, [item.layout for item in predictions]),
        global_batch=np.asarray([item.values["global_batch"] for item in predictions]),
        step_seconds=np.asarray([_seconds(row, item) for row, item in cases]),
        memory_gib=np.full(len(cases), np.nan),
    )


def _workload(prediction: Prediction) -> Workload:
    return prediction.performance.formula.workload(prediction.values["sequence_length"])


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


def _column(*values: Amount) -> FloatArray:
    return np.asarray([float(value) for value in values])
