"""Fit the step-time constants of each software generation and write them with their errors.

Run with `python -m costcheck.calibrate.throughput`. Errors are always reported on rows of models
that the fit did not see.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from costcheck.calibrate.gpus import Gpus
from costcheck.calibrate.least_squares import Fit, Problem
from costcheck.calibrate.plans import Plan, log_errors, read_plan, row_weights
from costcheck.calibrate.read_rows import measured_rows
from costcheck.calibrate.rows import MeasuredRows
from costcheck.calibrate.write import generation_text, summary_lines
from costcheck.catalog.files import Catalog

FloatArray = NDArray[np.float64]

TABLE = "performance/throughput.csv"
PRIORS = "performance/priors.yaml"


def read_table(catalog: Catalog) -> MeasuredRows:
    """All shipped measured rows."""
    records = catalog.rows(TABLE)
    return measured_rows(records, Gpus(catalog))


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
    errors = np.full(len(rows), np.nan)
    for model in np.unique(rows.models):
        own = rows.models == model
        fit = fit_plan(plan, rows.take(~own), strength=strength, start=start)
        errors[own] = log_errors(plan, rows.take(own), fit.values)
    return errors


IDENTITY = (
    *("model", "gpu", "gpus", "sequence_length", "recompute", "precision"),
    *("tensor", "pipeline", "virtual", "context", "expert", "data"),
    *("micro_batch", "global_batch"),
)
"""Columns in which rows that publish the same run agree."""


def replicate_floor(rows: MeasuredRows) -> float:
    """Mean spread of rows that publish the same run more than once."""
    groups: dict[tuple[str, ...], list[float]] = {}
    for record, seconds in zip(rows.records, rows.step_seconds, strict=True):
        groups.setdefault(tuple(record[key] for key in IDENTITY), []).append(float(seconds))
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
    table = read_table(catalog)
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


def main() -> int:
    """Fit every generation; write the files when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="folder for the generation files")
    parser.add_argument("--only", help="one generation")
    options = parser.parse_args()
    catalog = Catalog()
    priors = catalog.document(PRIORS)
    table = read_table(catalog)
    for name in priors["generations"]:
        if options.only not in (None, name):
            continue
        text, lines = fit_generation(name, priors, table)
        sys.stdout.write("\n".join(lines) + "\n")
        if options.write:
            (options.write / f"{name}.yaml").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
