"""Hold estimates against published runs: GPU-hours predicted from size, tokens and hardware.

The range is that of an estimate: of the step in its layout and of what runs reach of it. No run
is graded by constants that saw its family: where it is among the runs the prior was fitted on, the
prior, its spread included, is fitted again without it. Others are graded by the shipped constants.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.calibrate.run_features import predicted_step, run_features, run_table
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import PublishedRun, own_runs
from costcheck.physics.prior import (
    MfuPrior,
    RunFeatures,
    kept_share,
    log2_share,
    run_ends,
    share_spread,
)
from costcheck.physics.prior_fit import RunTable, fit_prior, without_families
from costcheck.physics.stages import gpu_hours

PRIOR = "prior/mfu.yaml"
_WORST = 10
_SIZES = ((3e9, "up to 3B"), (20e9, "3B-20B"), (100e9, "20B-100B"), (np.inf, "over 100B"))


class Constants(NamedTuple):
    """The shipped prior and what it was fitted on."""

    prior: MfuPrior
    ridge: float
    table: RunTable
    catalog: Catalog


@dataclass(frozen=True, kw_only=True)
class RunScore:
    """One published run against its prediction."""

    name: str
    family: str
    hardware: str
    kind: str
    size: str
    basis: str
    actual_gpu_hours: float
    predicted_gpu_hours: float
    low_gpu_hours: float
    """End of the 90 % interval."""
    high_gpu_hours: float
    log2_error: float
    """log2 of predicted over actual."""
    inside_90: bool


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Runs that have something in common."""

    by: str
    name: str
    runs: int
    median_abs_log2_error: float
    bias: float
    """Geometric mean of predicted over actual, less one."""
    coverage_90: float


@dataclass(frozen=True, kw_only=True)
class RunScores:
    """How well GPU-hours of published runs are predicted."""

    runs: tuple[RunScore, ...]
    left_out: tuple[tuple[str, str], ...]
    """Runs that cannot be scored, with the reason."""
    overall: Cell
    constant_mfu_median_abs_log2_error: float
    """Of the best single MFU for these very runs: the bar is 0.75 of it."""
    unknown_hours_median_abs_log2_error: float
    """As if it were not known whether hours are a step's, billed or calendar hours."""
    cells: tuple[Cell, ...]
    worst: tuple[str, ...]
    refitted_families: int

    @property
    def error_ratio(self) -> float:
        """Median error over that of the best constant MFU [1]."""
        return self.overall.median_abs_log2_error / self.constant_mfu_median_abs_log2_error

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"error_ratio": self.error_ratio}


def read_constants(catalog: Catalog) -> Constants:
    """Read the shipped prior and the runs it was fitted on."""
    document = catalog.document(PRIOR)
    return Constants(
        prior=MfuPrior.from_mapping(document["constants"]),
        ridge=float(document["fit"]["ridge"]),
        table=run_table(own_runs(catalog), catalog),
        catalog=catalog,
    )


def score_runs(runs: Sequence[PublishedRun], constants: Constants) -> RunScores:
    """Predict the GPU-hours of published runs and compare."""
    runs = [_with_prediction(run, constants.catalog) for run in runs]
    scored = [run for run in runs if run.is_scored]
    known = set(constants.table.families)
    priors = {
        family: _prior_without(family, constants) if family in known else constants.prior
        for family in dict.fromkeys(run.family for run in scored)
    }
    features = [run_features([run], constants.catalog) for run in scored]
    rows = tuple(
        _score(run, priors[run.family], known_of, predicted_step(run, constants.catalog).ends)
        for run, known_of in zip(scored, features, strict=True)
    )
    blind = [
        _predicted(run, priors[run.family], known_of._replace(calendar=np.nan, step=np.nan))
        for run, known_of in zip(scored, features, strict=True)
    ]
    actual = np.array([run.gpu_hours for run in scored])
    spent = np.log2([run.mfu for run in scored]) if scored else np.empty(0)
    return RunScores(
        runs=rows,
        left_out=tuple((run.name, run.left_out) for run in runs if not run.is_scored),
        overall=_cell("all", "all", rows),
        constant_mfu_median_abs_log2_error=_median_size(spent - _median(spent)),
        unknown_hours_median_abs_log2_error=_median_size(np.log2(np.array(blind) / actual)),
        cells=_cells(rows),
        worst=tuple(row.name for row in sorted(rows, key=lambda row: -abs(row.log2_error)))[
            :_WORST
        ],
        refitted_families=len(known & set(priors)),
    )


def _prior_without(family: str, constants: Constants) -> MfuPrior:
    rest = without_families(constants.table, {family})
    return fit_prior(rest, start=constants.prior, ridge=constants.ridge)


def _with_prediction(run: PublishedRun, catalog: Catalog) -> PublishedRun:
    """The run, left out where nothing can be predicted for its accelerator."""
    if not run.is_scored or not math.isnan(predicted_step(run, catalog).mfu):
        return run
    return replace(run, left_out="no step is predicted on its accelerator")


def _score(
    run: PublishedRun, prior: MfuPrior, features: RunFeatures, step: tuple[float, float]
) -> RunScore:
    known = {key: float(np.ravel(getattr(features, key))[0]) for key in ("calendar", "step")}
    share = float(np.exp2(log2_share(prior=prior, features=features))[0])
    down, up = run_ends(scatter=share_spread(prior=prior, **known), share=share, step=step)
    predicted = _predicted(run, prior, features)
    error = float(np.log2(predicted / run.gpu_hours))
    return RunScore(
        name=run.name,
        family=run.family,
        hardware=_generation(run.gpu),
        kind=run.kind,
        size=next(label for limit, label in _SIZES if run.active_parameters <= limit),
        basis=run.basis,
        actual_gpu_hours=run.gpu_hours,
        predicted_gpu_hours=predicted,
        low_gpu_hours=predicted * down,
        high_gpu_hours=predicted * up,
        log2_error=error,
        inside_90=bool(predicted * down <= run.gpu_hours <= predicted * up),
    )


def _generation(gpu: str) -> str:
    """Return the name of a part up to its number: h100 of h100-sxm, tpu-v4 whole."""
    found = re.match(r"\D*\d[^-]*", gpu)
    return found.group() if found else gpu


def _predicted(run: PublishedRun, prior: MfuPrior, features: RunFeatures) -> float:
    """GPU-hours as an estimate has them."""
    share = np.exp2(log2_share(prior=prior, features=features))
    counted = np.where(np.nan_to_num(features.step) > 0.0, 1.0, features.goodput)
    kept = kept_share(share=share, residual=1.0, goodput=counted)
    hours = gpu_hours(
        flops=run.training_flops,
        peak_flops_per_second=run.peak_flops,
        mfu=np.multiply(features.predicted_mfu, kept),
    )
    return float(np.ravel(hours)[0])


def _cells(rows: Sequence[RunScore]) -> tuple[Cell, ...]:
    found: list[Cell] = []
    for by, label in (
        ("hardware and kind", lambda row: f"{row.hardware} {row.kind}"),
        ("hardware", lambda row: row.hardware),
        ("kind", lambda row: row.kind),
        ("active parameters", lambda row: row.size),
        ("hours", lambda row: row.basis),
    ):
        counts = Counter(label(row) for row in rows)
        found += [
            _cell(by, name, [row for row in rows if label(row) == name])
            for name, _ in counts.most_common()
        ]
    return tuple(found)


def _cell(by: str, name: str, rows: Sequence[RunScore]) -> Cell:
    errors = np.array([row.log2_error for row in rows])
    return Cell(
        by=by,
        name=name,
        runs=len(rows),
        median_abs_log2_error=_median_size(errors),
        bias=float(np.exp2(np.mean(errors)) - 1.0) if rows else float("nan"),
        coverage_90=_share([row.inside_90 for row in rows]),
    )


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else float("nan")


def _median_size(errors: FloatArray) -> float:
    return _median(np.abs(errors))


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
