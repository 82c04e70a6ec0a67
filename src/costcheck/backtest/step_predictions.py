"""Predicted over measured, row by row: shipped constants, or a fit that saw no row of the model."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.calibrate.fit import PRIORS, fit_plan, plan_rows, read_all
from costcheck.calibrate.memory import allocated_gib
from costcheck.calibrate.plans import SEPARATOR, Plan, log_errors, read_plan
from costcheck.calibrate.rows import MeasuredRows
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import PerformanceData

_SAME = 1e-6
"""Step times of one measurement agree to this, whichever unit its table states."""


def _plans(catalog: Catalog) -> tuple[dict[str, Plan], float]:
    priors = catalog.document(PRIORS)
    plans = {name: read_plan(name, priors) for name in priors["generations"]}
    return plans, float(priors["strength"])


def shipped_log_errors(rows: MeasuredRows, data: PerformanceData) -> FloatArray:
    """The log error of every row under the shipped constants."""
    plans, _ = _plans(data.catalog)
    errors = np.full(len(rows), np.nan)
    for name, plan in plans.items():
        own = rows.software == name
        if own.any():
            errors[own] = log_errors(plan, rows.take(own), _stored(data.generation(name)))
    return errors


def _stored(generation: Mapping[str, Any]) -> dict[str, float]:
    """The constants of a data file as a fit returns them, factors by hardware class."""
    found = {name: float(value) for name, value in generation["constants"].items()}
    for hardware, factors in generation["factors"].items():
        for name, factor in factors.items():
            found[f"{name}{SEPARATOR}{hardware}"] = float(factor)
    return found


def left_out_log_errors(rows: MeasuredRows, catalog: Catalog) -> FloatArray:
    """The log error of every row under a fit that saw no row of its model."""
    plans, strength = _plans(catalog)
    table = read_all(catalog)
    errors = np.full(len(rows), np.nan)
    for name, plan in plans.items():
        known = plan_rows(plan, table)
        whole = fit_plan(plan, known, strength=strength) if (rows.software == name).any() else None
        for model in np.unique(rows.models[rows.software == name]):
            own = (rows.software == name) & (rows.models == model)
            seen = known.models == model
            fit = whole
            if seen.any() and whole is not None:
                fit = fit_plan(plan, known.take(~seen), strength=strength, start=whole.point)
            if fit is not None:
                errors[own] = log_errors(plan, rows.take(own), fit.values)
    return errors


def rows_fitted_on(rows: MeasuredRows, catalog: Catalog) -> int:
    """How many rows the shipped constants have seen."""
    plans, _ = _plans(catalog)
    table = read_all(catalog)
    seen: set[tuple[object, ...]] = set()
    for plan in plans.values():
        seen.update(_identities(plan_rows(plan, table)))
    return sum(key in seen for key in _identities(rows))


def _identities(rows: MeasuredRows) -> Iterator[tuple[object, ...]]:
    for place in range(len(rows)):
        seconds = float(rows.step_seconds[place])
        yield (
            str(rows.models[place]),
            str(rows.family[place]),
            float(rows.global_batch[place]),
            round(np.log(seconds) / _SAME) if np.isfinite(seconds) else None,
        )


def memory_errors(rows: MeasuredRows, data: PerformanceData) -> FloatArray:
    """Predicted over measured memory less one, row by row."""
    relative = np.full(len(rows), np.nan)
    for name, entry in data.memory["generations"].items():
        own = rows.software == name
        if not own.any():
            continue
        chosen = rows.take(own)
        relative[own] = allocated_gib(chosen, entry) / chosen.memory_gib - 1.0
    return relative
