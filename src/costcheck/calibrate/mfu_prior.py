"""Fit the prior of what runs reach to the published runs.

The penalty is the one under which runs are predicted best whose family was left out; the file says
how well that is.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import yaml

from costcheck.calibrate.run_features import run_table
from costcheck.calibrate.write import Fitted
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import OWN_RUNS, own_runs
from costcheck.physics.prior import MfuPrior
from costcheck.physics.prior_fit import RunTable, fit_prior, left_out_residuals

PRIOR = "prior/mfu.yaml"
SETTINGS = "prior/settings.yaml"
_DIGITS = 4


def starting_point(settings: dict[str, Any]) -> MfuPrior:
    """A prior with the fixed points of the settings and nothing fitted."""
    unfitted = dict.fromkeys(MfuPrior._fields, 0.0)
    return MfuPrior(**(unfitted | {name: float(v) for name, v in settings["fixed"].items()}))


def best_ridge(table: RunTable, start: MfuPrior, ridges: Sequence[float]) -> float:
    """The penalty with the least mean absolute error on left-out families."""

    def error(ridge: float) -> float:
        residuals = left_out_residuals(table, start=start, ridge=ridge).known_hours
        return float(np.mean(np.abs(residuals[table.scored])))

    return min(ridges, key=error)


def as_document(table: RunTable, settings: dict[str, Any]) -> dict[str, Any]:
    """The data file: constants, how good they are on left-out families, and the rows."""
    start = starting_point(settings)
    ridge = best_ridge(table, start, settings["ridges"])
    prior = fit_prior(table, start=start, ridge=ridge)
    left_out = left_out_residuals(table, start=prior, ridge=ridge)
    known = np.abs(left_out.known_hours[table.scored])
    blind = np.abs(left_out.unknown_hours[table.scored])
    rounded = {
        name: round(value, _DIGITS)
        for name, value in prior._asdict().items()
        if name not in settings["fixed"]
    }
    return {
        "constants": settings["fixed"] | rounded,
        "fit": {
            "ridge": ridge,
            "families": len(set(table.families)),
            "median_abs_log2_error_left_out": round(float(np.median(known)), _DIGITS),
            "mean_abs_log2_error_left_out": round(float(np.mean(known)), _DIGITS),
            "median_abs_log2_error_left_out_unknown_hours": round(float(np.median(blind)), _DIGITS),
            "runs": int(np.count_nonzero(table.scored)),
            "step_measurements": int(np.count_nonzero(~table.scored)),
        },
        "sources": [
            {"key": "published-runs", "title": f"configs/{OWN_RUNS}", "checked": "2026-11-22"}
        ],
    }


def fitted_files(catalog: Catalog) -> Iterator[Fitted]:
    """Yield the prior with what it was fitted on."""
    settings = catalog.document(SETTINGS)
    document = as_document(run_table(own_runs(catalog), catalog), settings)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    yield Fitted("", PRIOR, settings["header"] + text)
