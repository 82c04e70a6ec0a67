"""Fit the step-time constants of a software generation, and predict what was left out."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.calibrate.least_squares import Fit, Problem, left_out
from costcheck.calibrate.plans import Plan, log_errors, read_plan, row_weights
from costcheck.calibrate.read_rows import measured_rows
from costcheck.calibrate.rows import MeasuredRows, joined
from costcheck.calibrate.scenario_rows import scenario_rows
from costcheck.calibrate.write import generation_text, summary_lines
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import performance_data

TABLE = "performance/throughput.csv"
PRIORS = "performance/priors.yaml"


def read_table(catalog: Catalog) -> MeasuredRows:
    """All shipped measured rows."""
    return measured_rows(catalog.rows(TABLE), catalog, performance_data(catalog).software)


@lru_cache(maxsize=4)
def read_all(catalog: Catalog) -> MeasuredRows:
    """All shipped measured rows: of the table, and of points with a scenario."""
    return joined([read_table(catalog), scenario_rows(catalog)])


def plan_rows(plan: Plan, rows: MeasuredRows) -> MeasuredRows:
    """Rows with a step time that a plan fits."""
    return rows.take(
        (rows.software == plan.software)
        & np.isin(rows.sets, list(plan.set_weights))
        & np.isfinite(rows.step_seconds)
    )


def fit_plan(
    plan: Plan, rows: MeasuredRows, *, strength: float, start: FloatArray | None = None
) -> Fit:
    """Constants of one generation from some rows."""
    problem = Problem(
        priors=plan.priors,
        residuals=lambda values: log_errors(plan, rows, values),
        weights=row_weights(plan, rows, strength),
    )
    return problem.solve(start)


def left_out_errors(
    plan: Plan, rows: MeasuredRows, *, strength: float, start: FloatArray
) -> FloatArray:
    """Log error of every row, predicted by a fit that saw no row of its model."""

    def predict(others: NDArray[np.bool_], own: NDArray[np.bool_]) -> FloatArray:
        fit = fit_plan(plan, rows.take(others), strength=strength, start=start)
        return log_errors(plan, rows.take(own), fit.values)

    return left_out(rows.models.tolist(), predict)


def replicate_floor(rows: MeasuredRows) -> float:
    """Mean spread of rows that publish the same run more than once."""
    groups: dict[tuple[str, ...], list[float]] = {}
    layout = ("tensor", "pipeline", "virtual", "context", "expert", "data", "micro_batch")
    batch = ("sequence_length", "global_batch", "recompute", "precision")
    keys = ("model", "gpu", "gpus", *layout, *batch)
    for record, seconds in zip(rows.records, rows.step_seconds, strict=True):
        groups.setdefault(tuple(record.get(key, "") for key in keys), []).append(float(seconds))
    repeated = [np.asarray(group) for group in groups.values() if len(group) > 1]
    if not repeated:
        return float("nan")
    return float(np.mean([np.mean(np.abs(g / g.mean() - 1.0)) for g in repeated]))


def fit_generation(
    name: str, priors: Mapping[str, object], table: MeasuredRows
) -> tuple[str, list[str]]:
    """Text of one generation's file, and the lines of its error report."""
    plan = read_plan(name, priors)
    strength = float(priors["strength"])  # type: ignore[arg-type]
    rows = plan_rows(plan, table)
    fit = fit_plan(plan, rows, strength=strength)
    seen = log_errors(plan, rows, fit.values)
    unseen = left_out_errors(plan, rows, strength=strength, start=fit.point)
    text = generation_text(plan, rows, fit, seen=seen, unseen=unseen)
    lines = summary_lines(plan, rows, seen=seen, unseen=unseen)
    lines.append(f"  spread of repeated runs {100 * replicate_floor(rows):.1f} %")
    return text, lines


def write_without(source: str, *, catalog: Catalog, folder: Path) -> None:
    """Write the constants of every generation that a source is a row of, fitted without it."""
    table = read_all(catalog)
    mine = table.sources == source
    if not mine.any():
        return
    priors = catalog.document(PRIORS)
    performance = folder / "performance"
    performance.mkdir()
    for name in priors["generations"]:
        if priors["generations"][name]["software"] in table.software[mine]:
            text, _ = fit_generation(name, priors, table.take(~mine))
            (performance / f"{name}.yaml").write_text(text, encoding="utf-8")
