"""The text of a fitted generation: constants, factors, errors, where they came from."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.calibrate.least_squares import Fit
from costcheck.calibrate.plans import SEPARATOR, Plan
from costcheck.calibrate.rows import MeasuredRows

FITTED_ON = "2026-11-29"
WRITTEN_BY = "# Written by `python -m costcheck.calibrate {} --write configs`; do not edit."


class Fitted(NamedTuple):
    """What a fit found: its errors, and the data file it fills, below `configs/`."""

    report: str
    path: str = ""
    text: str = ""


def error_statistics(errors: FloatArray) -> dict[str, float]:
    """Mean, median and 90th percentile of the absolute error, bias, and log spread."""
    relative = np.expm1(errors)
    size = np.abs(relative)
    return {
        "mean": float(size.mean()),
        "median": float(np.median(size)),
        "p90": float(np.quantile(size, 0.9)),
        "bias": float(np.median(relative)),
        "log_spread": float(np.sqrt(np.mean(errors**2))),
    }


def summary_lines(
    plan: Plan, rows: MeasuredRows, *, seen: FloatArray, unseen: FloatArray
) -> list[str]:
    """Error table of a generation, by set: rows seen by the fit and rows of models left out."""
    lines = [f"{plan.name}: {len(rows)} rows, {len(plan.priors)} constants and factors"]
    for name in plan.set_weights:
        chosen = rows.sets == name
        fitted, left = error_statistics(seen[chosen]), error_statistics(unseen[chosen])
        lines.append(
            f"  {name:18s} n={chosen.sum():4d}  in sample {100 * fitted['mean']:5.2f} %"
            f"  left out by model: mean {100 * left['mean']:5.2f} % median"
            f" {100 * left['median']:5.2f} % p90 {100 * left['p90']:5.2f} %"
            f" bias {100 * left['bias']:+5.2f} %"
        )
    return lines


def _mapping(values: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{key}: {value:.4g}" for key, value in values.items()) + "}"


def _factor_lines(fit: Fit) -> Iterator[str]:
    by_class: dict[str, dict[str, float]] = {}
    for key, value in fit.values.items():
        constant, _, hardware = key.partition(SEPARATOR)
        if hardware:
            by_class.setdefault(hardware, {})[constant] = value
    for hardware, factors in by_class.items():
        yield f"  {hardware}: {_mapping(factors)}"


def generation_text(
    plan: Plan, rows: MeasuredRows, fit: Fit, *, seen: FloatArray, unseen: FloatArray
) -> str:
    """Content of `configs/performance/<generation>.yaml`."""
    constants = {**plan.fixed, **fit.values}
    lines = [
        f"# Step-time constants of software generation {plan.name}.",
        WRITTEN_BY.format("throughput"),
        f"name: {plan.name}",
        f"fitted: {FITTED_ON}",
        f"rows: {len(rows)}",
        "constants:",
    ]
    lines += [f"  {k}: {v:.5g}" for k, v in constants.items() if SEPARATOR not in k]
    lines.append("# Multiply the constants for a kernel family or a trait of the software.")
    factors = list(_factor_lines(fit))
    lines += ["factors:" if factors else "factors: {}", *factors]
    lines.append(
        "# Relative errors on models the fit did not see; log_spread is their RMS log error."
    )
    lines.append("errors:")
    for name in plan.set_weights:
        chosen = rows.sets == name
        statistics = {"rows": float(chosen.sum()), **error_statistics(unseen[chosen])}
        statistics["seen_mean"] = error_statistics(seen[chosen])["mean"]
        lines.append(f"  {name}: {_mapping(statistics)}")
    keys = sorted({str(record["source"]) for record in rows.records})
    lines.append("# Keys of throughput-sources.yaml.")
    lines.append("sources: [" + ", ".join(f'"{key}"' for key in keys) + "]")
    return "\n".join(lines) + "\n"
