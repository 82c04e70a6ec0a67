"""What to fit: which rows, which constants, their physical bounds and expectations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.calibrate.least_squares import Prior
from costcheck.calibrate.rows import MeasuredRows
from costcheck.physics.step_time.generation import resolve_constants
from costcheck.physics.step_time.step import step_seconds

SEPARATOR = "@"
MEASURED_SET = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the constants of one software generation are fitted."""

    name: str
    software: str
    """Value of the software column whose rows are used."""
    set_weights: Mapping[str, float]
    fixed: Mapping[str, float]
    priors: Mapping[str, Prior]
    """Bounds and expectations; `constant@tag` is a factor where a kernel family, a part or a trait
    of the software applies."""


def read_plan(name: str, data: Mapping[str, Any]) -> Plan:
    """Plan of a generation from the parsed priors file."""
    own = data["generations"][name]
    bounds = {**data["constants"], **own.get("constants", {})}
    fixed = {**data["fixed"], **own.get("fixed", {})}
    priors = {key: Prior(*map(float, value)) for key, value in bounds.items() if key not in fixed}
    for key, value in own.get("factors", {}).items():
        constants, classes = key.split(SEPARATOR)
        for constant in constants.split(","):
            for hardware in classes.split(","):
                priors[f"{constant.strip()}{SEPARATOR}{hardware.strip()}"] = Prior(
                    *map(float, value)
                )
    return Plan(
        name=name, software=own["software"], set_weights=own["sets"], fixed=fixed, priors=priors
    )


def row_values(plan: Plan, rows: MeasuredRows, fitted: Mapping[str, float]) -> dict[str, Amount]:
    """Constants of each row: the generation's, times the factors that apply to it."""
    values: dict[str, Amount] = dict(plan.fixed)
    values.update({key: value for key, value in fitted.items() if SEPARATOR not in key})
    for key, factor in fitted.items():
        constant, _, tag = key.partition(SEPARATOR)
        if tag and tag in rows.tags:
            values[constant] = values[constant] * np.where(rows.tags[tag], factor, 1.0)
    values["attention_efficiency"] = values["attention_efficiency"] * rows.attention
    return values


def log_errors(plan: Plan, rows: MeasuredRows, fitted: Mapping[str, float]) -> FloatArray:
    """Logarithm of predicted over measured step time, row by row."""
    constants = resolve_constants(
        values=row_values(plan, rows, fitted),
        precision=rows.precision,
        flash=rows.flash,
        loops=rows.loops,
    )
    predicted = step_seconds(
        workload=rows.workload,
        machine=rows.machine,
        constants=constants,
        layout=rows.layout,
        global_batch=rows.global_batch,
    ).total_seconds()
    return np.log(predicted / rows.step_seconds)


def row_weights(plan: Plan, rows: MeasuredRows, strength: float) -> FloatArray:
    """Weight of each row: the set's, shared by its models by the root of their rows.

    Rows of one model err alike: a hundred say more than one, not a hundred times as much.
    """
    weights = np.zeros(len(rows))
    for name, weight in plan.set_weights.items():
        in_set = rows.sets == name
        models, counts = np.unique(rows.models[in_set], return_counts=True)
        shares = np.sqrt(counts) / np.sqrt(counts).sum()
        for model, count, share in zip(models, counts, shares, strict=True):
            weights[in_set & (rows.models == model)] = strength * weight * share / count
    return weights
