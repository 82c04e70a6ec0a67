"""Fit the MFU prior: ridge regression with a vote per family and Student residuals."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.physics.prior import (
    EFFECTS,
    MfuPrior,
    RunFeatures,
    design,
    interval_score,
    log2_mfu,
    log2_share,
)

BoolArray = NDArray[np.bool_]

ROBUST_FREEDOM = 4.0
"""Degrees of freedom by which the fit discounts rows far from it."""
FREEDOMS = (2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 30.0)
"""Tails tried for the spread."""

_ROUNDS = 60
_CONVERGED = 1e-7
_NORMAL_CONSISTENCY = 1.4826
"""Median absolute deviation of a normal variable to its standard deviation."""
_SMALLEST_SCALE = 0.05
"""Keeps the weights finite where a few rows are fitted exactly [log2]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTable:
    """Published runs as columns, shape (runs,) each."""

    features: RunFeatures
    log2_mfu: FloatArray
    """Observed, from tokens, size and hours."""
    families: Sequence[str]
    """Runs of one family share people and software: they are left out together."""
    scored: BoolArray
    """Whether the hours of the run are to be predicted; the others only help the fit."""


@dataclass(frozen=True)
class LeftOutResiduals:
    """Observed minus predicted log2 MFU, shape (runs,) each."""

    known_hours: FloatArray
    unknown_hours: FloatArray


def fit_prior(table: RunTable, *, start: MfuPrior, ridge: float) -> MfuPrior:
    """Fit the coefficients, and the spread on the residuals of runs whose family was left out.

    `start` gives the fixed points; `ridge` penalises every coefficient but the intercept, in rows
    of evidence.
    """
    fitted = _refit(table, start, ridge)
    left_out = left_out_residuals(table, start=start, ridge=ridge)
    scale, freedom = student_tails(left_out.known_hours[table.scored])
    scale_unknown, freedom_unknown = student_tails(left_out.unknown_hours[table.scored])
    return fitted._replace(
        scale=scale,
        degrees_of_freedom=freedom,
        scale_unknown_hours=scale_unknown,
        degrees_of_freedom_unknown_hours=freedom_unknown,
    )


def left_out_residuals(table: RunTable, *, start: MfuPrior, ridge: float) -> LeftOutResiduals:
    """Observed minus predicted log2 MFU, each run predicted without its family."""
    families = np.asarray(table.families)
    blind = _hours_hidden(table.features)
    known, unknown = np.zeros(families.size), np.zeros(families.size)
    for family in dict.fromkeys(table.families):
        left = families == family
        fitted = _refit(_kept(table, ~left), start, ridge)
        known[left] = (table.log2_mfu - log2_mfu(prior=fitted, features=table.features))[left]
        unknown[left] = (table.log2_mfu - log2_mfu(prior=fitted, features=blind))[left]
    return LeftOutResiduals(known, unknown)


def without_families(table: RunTable, families: Collection[str]) -> RunTable:
    """The table without the runs of some families."""
    return _kept(table, np.array([name not in families for name in table.families]))


def student_tails(residuals: FloatArray) -> tuple[float, float]:
    """Scale and degrees of freedom that hold half and nine tenths of residuals where they do.

    Notes
    -----
    The degrees of freedom, out of `FREEDOMS`, follow from the ratio of the two quantiles of the
    sizes; the scale from the outer one, the conformal ``0.9 (n + 1)``-th of n residuals, so that a
    90 % interval holds what it says.
    """
    sizes = np.sort(np.abs(residuals))
    half = max(float(np.median(sizes)), _SMALLEST_SCALE)
    within = min(math.ceil(0.9 * (len(sizes) + 1)), len(sizes))
    end = max(float(sizes[within - 1]), half)

    def mismatch(freedom: float) -> float:
        ratio = interval_score(freedom) / interval_score(freedom, 0.75)
        return abs(math.log(ratio * half / end))

    freedom = min(FREEDOMS, key=mismatch)
    return end / interval_score(freedom), freedom


def family_weights(families: Sequence[str]) -> FloatArray:
    """A weight per run such that a family of n runs counts for the root of n [1]."""
    names, counts = np.unique(np.asarray(families), return_counts=True)
    size = dict(zip(names.tolist(), counts.tolist(), strict=True))
    return 1.0 / np.sqrt(np.array([size[name] for name in families], dtype=np.float64))


def robust_ridge(
    columns: FloatArray, response: FloatArray, weights: FloatArray, *, ridge: float, freedom: float
) -> tuple[float, FloatArray]:
    """Intercept and effects of the penalised Student regression of a response on columns."""
    table = np.column_stack([np.ones(len(response)), columns])
    penalty = np.diag([0.0] + [ridge] * columns.shape[1])
    row_weights = weights
    solution = np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        weighted = table * row_weights[:, np.newaxis]
        before = solution
        solution = np.linalg.solve(weighted.T @ table + penalty, weighted.T @ response)
        if np.max(np.abs(solution - before)) < _CONVERGED:
            break
        residual = response - table @ solution
        scale = max(_NORMAL_CONSISTENCY * float(np.median(np.abs(residual))), _SMALLEST_SCALE)
        row_weights = weights * (freedom + 1.0) / (freedom + np.square(residual / scale))
    return float(solution[0]), solution[1:]


def _refit(table: RunTable, start: MfuPrior, ridge: float) -> MfuPrior:
    start = _with_usual_fleet(start, table)
    features = table.features
    in_full = log2_mfu(prior=start, features=features) - log2_share(prior=start, features=features)
    intercept, effects = robust_ridge(
        design(prior=start, features=features),
        table.log2_mfu - in_full,
        family_weights(table.families),
        ridge=ridge,
        freedom=ROBUST_FREEDOM,
    )
    named = dict(zip(EFFECTS, effects.tolist(), strict=True))
    prior = start._replace(intercept=intercept, unknown_hours=0.0, **named)
    blind = table.log2_mfu - log2_mfu(prior=prior, features=_hours_hidden(features))
    return prior._replace(unknown_hours=float(np.median(blind[table.scored])))


def _kept(table: RunTable, kept: BoolArray) -> RunTable:
    columns = {
        name: np.broadcast_to(values, kept.shape)[kept]
        for name, values in table.features._asdict().items()
    }
    return RunTable(
        features=RunFeatures(**columns),
        log2_mfu=table.log2_mfu[kept],
        families=[name for name, keep in zip(table.families, kept, strict=True) if keep],
        scored=table.scored[kept],
    )


def _with_usual_fleet(start: MfuPrior, table: RunTable) -> MfuPrior:
    fleet = np.broadcast_to(table.features.accelerators, table.scored.shape)
    known = np.isfinite(fleet) & table.scored
    flops = np.broadcast_to(table.features.training_flops, table.scored.shape)
    slope, intercept = np.polyfit(np.log10(flops[known]) - 22.5, np.log2(fleet[known]), 1)
    return start._replace(fleet_intercept=float(intercept), fleet_slope=float(slope))


def _hours_hidden(features: RunFeatures) -> RunFeatures:
    return features._replace(calendar=np.nan, step=np.nan)
