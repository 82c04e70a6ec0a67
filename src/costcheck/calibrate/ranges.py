"""How far predictions are off on sources that no fit has seen, by class, and the file of that."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.calibrate.fit import PRIORS, fit_generation, fit_plan, plan_rows, read_all
from costcheck.calibrate.plans import Plan, log_errors, read_plan, row_weights
from costcheck.calibrate.rows import MeasuredRows
from costcheck.calibrate.write import WRITTEN_BY, Fitted
from costcheck.catalog.files import Catalog
from costcheck.physics.layout import Offload, offloads
from costcheck.physics.step_time.distance import BASE, UNSEEN, Setting, log_spread
from costcheck.units import NORMAL_DEVIATIONS

RELEASE = re.compile(r"-(v?\d[\d.]*|single-node|multi-node|\d{4}-\d{2})$")
COVERAGE = 0.9
LEAST_COVERAGE, MOST_COVERAGE, RAISE = 0.87, 0.95, 1.1
FEWEST_ROWS, ENOUGH_ROWS, LEAST_SHARE = 5, 10, 0.25
"""Rows of a class from which its ranges are widened, and from which they are narrowed; the least
that is left of its variance."""
MOST = 0.5
"""Share of a generation's weight above which a source is left out model by model."""
ROUNDS = 300
# What is believed of a class before any source: its log variance, worth so many sources.
PRIOR_VARIANCE = {BASE: 0.05**2, UNSEEN: 0.3**2}
PRIOR_OTHER, PRIOR_SOURCES = 0.1**2, 1.0


def source_group(source: str) -> str:
    """One name for all releases of a source: a later table repeats the runs of an earlier one."""
    return RELEASE.sub("", RELEASE.sub("", source))


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Predictions of rows by fits that saw no row of their source."""

    errors: FloatArray
    """Logarithm of predicted over measured."""
    weights: FloatArray
    """Rows of one source err alike: together they weigh the root of their number."""
    settings: Sequence[Setting]
    """What kind of run each row is."""


def left_out_by_source(plans: Sequence[Plan], table: MeasuredRows, *, strength: float) -> LeftOut:
    """Predict every row by constants fitted without its source.

    A source that holds most of a generation's weight is left out model by model: without it there
    would be no generation left.
    """
    errors: list[float] = []
    weights: list[float] = []
    settings: list[Setting] = []
    for plan in plans:
        rows = plan_rows(plan, table)
        whole = fit_plan(plan, rows, strength=strength)
        for mine in _witnesses(plan, rows):
            fit = fit_plan(plan, rows.take(~mine), strength=strength, start=whole.point)
            left = rows.take(mine)
            errors += log_errors(plan, left, fit.values).tolist()
            weights += [1.0 / np.sqrt(mine.sum())] * int(mine.sum())
            settings += row_settings(plan.name, left, rows.take(~mine))
    return LeftOut(errors=np.asarray(errors), weights=np.asarray(weights), settings=tuple(settings))


def _witnesses(plan: Plan, rows: MeasuredRows) -> Iterator[NDArray[np.bool_]]:
    """Rows to leave out together."""
    groups = np.asarray([source_group(str(source)) for source in rows.sources])
    weights = row_weights(plan, rows, 1.0)
    for group in np.unique(groups):
        mine = groups == group
        if weights[mine].sum() <= MOST * weights.sum():
            yield mine
            continue
        for model in np.unique(rows.models[mine]):
            yield mine & (rows.models == model)


def row_settings(generation: str, rows: MeasuredRows, others: MeasuredRows) -> list[Setting]:
    """What kind of run each row is; a tag that no other row has makes it unseen."""
    known = [tag for tag, mask in others.tags.items() if mask.any()]
    strange = [mask for tag, mask in rows.tags.items() if tag not in known]
    columns = {
        "experts": np.greater(rows.workload.experts, 0.0),
        "narrow": np.greater(rows.precision, 0),
        "adapters": np.less(rows.workload.trained_share, 1.0),
        "packed": np.less(rows.workload.weight_bytes, 2.0),
        "offloaded": offloads(rows.layout.offload, Offload.OPTIMIZER)
        | offloads(rows.layout.offload, Offload.PARAMETERS),
        "sharded": np.equal(rows.layout.zero, 3.0),
        "outside": np.greater(
            np.minimum(rows.machine.node_gpus, rows.layout.gpus), rows.machine.scale_up_gpus
        ),
        "unseen": np.any(strange, axis=0) if strange else np.zeros(len(rows), dtype=bool),
    }
    full = {name: np.broadcast_to(value, len(rows)) for name, value in columns.items()}
    return [
        Setting(
            tags=(
                generation,
                *(tag for tag in known if tag in rows.tags and rows.tags[tag][place]),
            ),
            **{name: bool(values[place]) for name, values in full.items()},
        )
        for place in range(len(rows))
    ]


def fit_variances(left: LeftOut) -> dict[str, float]:
    """Log variance that each class adds, so that 90 % ranges hold 90 % of what was left out.

    Notes
    -----
    Maximum likelihood of normal log errors whose variance is a sum of the classes', by
    multiplicative updates, with a prior observation of each class; then one factor for all.
    """
    names = sorted({name for setting in left.settings for name in setting.classes})
    member = np.asarray([[n in s.classes for n in names] for s in left.settings], dtype=float)
    prior = np.asarray([PRIOR_VARIANCE.get(name, PRIOR_OTHER) for name in names])
    design = np.vstack([member, np.eye(len(names))])
    squares = np.concatenate([left.errors**2, prior])
    weights = np.concatenate([left.weights, np.full(len(names), PRIOR_SOURCES)])
    variances = prior.copy()
    for _ in range(ROUNDS):
        total = design @ variances
        rising = design.T @ (weights * squares / total**2)
        variances = variances * rising / (design.T @ (weights / total))
    scores = np.abs(left.errors) / np.sqrt(member @ variances)
    factor = weighted_quantile(scores, left.weights, COVERAGE) / NORMAL_DEVIATIONS
    sizes = np.abs(left.errors)
    variances = _raised(variances * max(factor, 0.5) ** 2, member, sizes)
    variances = _lowered(variances, member, sizes)
    return dict(zip(names, map(float, variances), strict=True))


def _held(variances: FloatArray, member: FloatArray, sizes: FloatArray) -> FloatArray:
    """Share of each class's rows inside their 90 % ranges."""
    inside = sizes <= NORMAL_DEVIATIONS * np.sqrt(member @ variances)
    return np.asarray((inside @ member) / member.sum(axis=0))


def _raised(variances: FloatArray, member: FloatArray, sizes: FloatArray) -> FloatArray:
    """Variances with those of classes raised whose own rows lie outside too often."""
    several = member.sum(axis=0) >= FEWEST_ROWS
    for _ in range(ROUNDS):
        short = (_held(variances, member, sizes) < LEAST_COVERAGE) & several
        if not short.any():
            break
        variances = np.where(short, variances * RAISE, variances)
    return variances


def _lowered(variances: FloatArray, member: FloatArray, sizes: FloatArray) -> FloatArray:
    """Variances with those of classes lowered that hold nearly all of their rows.

    No class that held enough of its rows may hold too few for it, and none falls below a share of
    what its rows said.
    """
    rows, least = member.sum(axis=0), LEAST_SHARE * variances
    for _ in range(ROUNDS):
        wide = (_held(variances, member, sizes) > MOST_COVERAGE) & (rows >= ENOUGH_ROWS)
        before = variances
        for column in np.flatnonzero(wide):
            trial = variances.copy()
            trial[column] /= RAISE
            short = (_held(trial, member, sizes) < LEAST_COVERAGE) & (rows >= FEWEST_ROWS)
            if trial[column] >= least[column] and not short.any():
                variances = trial
        if variances is before:
            break
    return variances


def weighted_quantile(values: FloatArray, weights: FloatArray, share: float) -> float:
    """The value below which a share of the weight lies."""
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(cumulated, share)])


def covered_lines(plans: Sequence[Plan], table: MeasuredRows) -> list[str]:
    """Most GPUs of a measured row, by generation and kernel family."""
    lines = []
    for plan in plans:
        rows = plan_rows(plan, table)
        gpus = np.broadcast_to(rows.layout.gpus, len(rows))
        most = {str(f): int(gpus[rows.family == f].max()) for f in np.unique(rows.family) if f}
        lines.append(f"  {plan.name}: {{{', '.join(f'{k}: {v}' for k, v in most.items())}}}")
    return lines


def fitted_files(catalog: Catalog) -> Iterator[Fitted]:
    """Yield the constants of every generation with their errors, and the ranges."""
    priors, table = catalog.document(PRIORS), read_all(catalog)
    for name in priors["generations"]:
        text, lines = fit_generation(name, priors, table)
        yield Fitted("\n".join([*lines, ""]), f"performance/{name}.yaml", text)
    plans = [read_plan(name, priors) for name in priors["generations"]]
    left = left_out_by_source(plans, table, strength=float(priors["strength"]))
    variances = fit_variances(left)
    text = "\n".join(
        (
            "# How far step times were off on sources that no fit had seen, by class of run. Log",
            "# variances of the classes of a run add.",
            WRITTEN_BY.format("throughput"),
            "classes:",
            *class_lines(left, variances, inside_ranges(left, variances)),
            "# Most GPUs of a measured row, by software generation and kernel family.",
            "covered:",
            *covered_lines(plans, table),
            "",
        )
    )
    yield Fitted(text, "performance/ranges.yaml", text)


def inside_ranges(left: LeftOut, variances: Mapping[str, float]) -> NDArray[np.bool_]:
    """Whether each row is inside its 90 % range."""
    spreads = [log_spread(variances=variances, classes=s.classes) for s in left.settings]
    return np.asarray(np.abs(left.errors) <= NORMAL_DEVIATIONS * np.asarray(spreads))


def class_lines(
    left: LeftOut, variances: Mapping[str, float], inside: NDArray[np.bool_]
) -> Iterator[str]:
    """Rows, median error, bias and share inside 90 % ranges by class."""
    for name, variance in variances.items():
        mine = np.asarray([name in setting.classes for setting in left.settings])
        error = np.expm1(np.abs(left.errors[mine]))
        yield (
            f"  {name}: {{variance: {variance:.5f}, rows: {mine.sum()}, median_error: "
            f"{np.median(error):.4f}, bias: {np.expm1(np.median(left.errors[mine])):.4f}, "
            f"inside_90: {inside[mine].mean():.3f}}}"
        )
