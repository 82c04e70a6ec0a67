"""The library: read a scenario, estimate it, hold the result.

Nothing here prints or exits. Unusable input raises `CostcheckError`, which carries every problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from costcheck.api.results import AuditResult as AuditResult, Result as Result
from costcheck.catalog.files import Catalog, catalog_of
from costcheck.diagnostics import CostcheckError as CostcheckError, Diagnostic as Diagnostic
from costcheck.estimate.result import Estimate as Estimate, Figure as Figure
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    from costcheck.api.studies import (
        ComparisonResult,
        DiffResult,
        LoggedResult,
        PlanResult,
        SensitivityResult,
        SweepResult,
    )
    from costcheck.backtest import Backtest
    from costcheck.check import Report
    from costcheck.diff import Compared
    from costcheck.diff.sides import Reader

Scenario = Loaded | str | Path | Mapping[str, Any]
"""A scenario in any of the forms the library takes."""

Folders = str | Path | Sequence[str | Path]
"""Folders with your own GPUs, prices and models, laid over ours."""


def _catalog(folders: Folders) -> Catalog:
    return catalog_of((folders,) if isinstance(folders, str | Path) else tuple(folders))


def _loaded(scenario: Scenario) -> Loaded:
    return scenario if isinstance(scenario, Loaded) else load(scenario)


def load(
    source: str | Path | Mapping[str, Any],
    *,
    set: Sequence[str] = (),
    catalog: Folders = (),
) -> Loaded:
    """Read a scenario.

    Parameters
    ----------
    source : str, Path or mapping
        A file, or the same content as Python data.
    set : sequence of str
        ``key.path=value`` overrides, typed like the file.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.

    Returns
    -------
    Loaded
        For `estimate`.

    Raises
    ------
    CostcheckError
        With every problem of the file.
    """
    from costcheck.scenario.load import load as load_scenario

    return load_scenario(source, assignments=set, catalog=_catalog(catalog))


def estimate(
    scenario: Scenario,
    *,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Result:
    """Estimate what a training run takes.

    Parameters
    ----------
    scenario : Loaded, path or mapping
        A scenario.
    samples : int
        Stratified draws behind the 90 % intervals.
    seed : int
        Seed of the draws.

    Returns
    -------
    Result
        Figures with low, central and high.

    Raises
    ------
    CostcheckError
        If the scenario is unusable.
    """
    from costcheck.judgement import judged

    return Result.of(judged(_loaded(scenario), samples=samples, seed=seed))


def audit(
    claims: Scenario | Sequence[Scenario],
    *,
    joint: bool = False,
    registry: bool = True,
) -> AuditResult:
    """Say whether public claims hold and, if not, what probably happened to them.

    Parameters
    ----------
    claims : Loaded, path, sentence, mapping, or a sequence of them
        Files or Python data that state claims; articles and sentences, as on the command line.
    joint : bool
        Audit the claims of all files about one subject together.
    registry : bool
        False: leave known runs out, and judge by the numbers and the priors alone.

    Returns
    -------
    AuditResult
        A report card for each claim.

    Raises
    ------
    CostcheckError
        If a file is unusable or none states a claim.
    """
    from costcheck.audit.scenario import audit_scenarios
    from costcheck.scenario.load import load as read
    from costcheck.scenario.told import told

    given = (claims,) if isinstance(claims, Loaded | str | Path | Mapping) else claims
    said = [told(str(x), catalog_of()) if isinstance(x, str | Path) else None for x in given]
    loaded = [
        read(prose.name, text=prose.text) if prose else _loaded(item)
        for item, prose in zip(given, said, strict=True)
    ]
    heard = filter(None, said)
    return AuditResult(audit_scenarios(loaded, joint=joint, use_registry=registry, said=heard))


def sensitivity(
    scenario: Scenario,
    *,
    of: str = "cost_usd",
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> SensitivityResult:
    """Return which uncertain inputs drive the range of a result.

    Parameters
    ----------
    scenario : Loaded, path or mapping
        A scenario.
    of : str
        A result by its JSON name, or any quantity by its path.
    samples, seed : int
        Draws behind the interval and their seed.

    Returns
    -------
    SensitivityResult
        Drivers, the strongest first, with their shares of the variance.

    Raises
    ------
    CostcheckError
        If the scenario is unusable or the result unknown.
    """
    from costcheck.api.studies import SensitivityResult
    from costcheck.sensitivity import sensitivity as drivers

    return SensitivityResult.of(drivers(_loaded(scenario), of=of, samples=samples, seed=seed))


def compare(*scenarios: Scenario | Result, by: str | None = None) -> ComparisonResult:
    """Put scenarios side by side.

    Parameters
    ----------
    *scenarios : Result, Loaded, path or mapping
        Scenarios, estimated already or not.
    by : str, optional
        Result that decides which is best; absent: the cost where all have one.

    Returns
    -------
    ComparisonResult
        Figures beside each other, the best of each, and whether ranges overlap.
    """
    from costcheck.api.studies import ComparisonResult
    from costcheck.compare import compare as side_by_side

    results = [item if isinstance(item, Result) else estimate(item) for item in scenarios]
    return ComparisonResult.of(side_by_side(results, by=by))


def diff(
    old: Scenario | Result,
    new: Scenario | Result,
    *,
    shares: bool = False,
    catalog: Folders = (),
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> DiffResult:
    """Say what changed between two scenarios and why, in lines that add up.

    Parameters
    ----------
    old, new : Loaded, Result, path or mapping
        Scenarios, files, saved results, or ``git:REV:path``.
    shares : bool
        Also compute the exact share of every changed key.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.
    samples, seed : int
        Draws behind the ranges.

    Returns
    -------
    DiffResult
        Quantities, drivers, changed keys and changed verdicts.

    Raises
    ------
    CostcheckError
        With everything wrong with either side.
    """
    from costcheck.api.studies import DiffResult
    from costcheck.diff import Options, diff as compare
    from costcheck.diff.sides import Reader

    with Reader(_catalog(catalog), (), samples, seed) as reader:
        sides = [_compared(source, reader) for source in (old, new)]
        return DiffResult.of(compare(sides[0], sides[1], Options(shares, samples, seed)))


def _compared(source: Scenario | Result, reader: Reader) -> Compared:
    from costcheck.diff import Compared

    if isinstance(source, str | Path):
        return reader.side(str(source))
    found: Estimate
    if isinstance(source, Result):
        found = source
    else:
        loaded = source if isinstance(source, Loaded) else load(source, catalog=reader.folders)
        found = reader.estimate(loaded)
    return Compared(found.path or found.name or "scenario", found, found)


def check(
    *files: str | Path,
    set: Sequence[str] = (),
    catalog: Folders = (),
    exclude: Sequence[str] = (),
) -> Report:
    """Check schema, feasibility, claims and budget of scenario files.

    Parameters
    ----------
    *files : str or Path
        Files, folders and patterns.
    set : sequence of str
        ``key.path=value`` overrides, typed like the file.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.
    exclude : sequence of str
        Paths, names or folders of a folder that are left out; ``*`` stands for anything.

    Returns
    -------
    Report
        What was found, file by file; nothing is raised for what is in a file.
    """
    from costcheck.check import check as check_files

    names = [str(file) for file in files]
    return check_files(names, assignments=set, catalog=_catalog(catalog), exclude=exclude)


def plan(  # noqa: PLR0913 - each is a question of its own
    scenario: Scenario,
    *,
    gpus: int | Sequence[int] = (),
    gpu: str | Sequence[str] = (),
    days: float | None = None,
    cost: float | None = None,
    by: Literal["time", "cost", "memory"] = "time",
    front: bool = False,
    max_gpus: int | None = None,
    max_context: bool = False,
    keep: int = 10,
) -> PlanResult:
    """Find the best parallel layouts for a fleet, or the fleet for a deadline or a budget.

    Parameters
    ----------
    scenario : Loaded, path or mapping
        A scenario with a model whose architecture is known, and an accelerator.
    gpus : int or sequence of int
        Fleet sizes; absent: the scenario's, or solved for where there is a limit.
    gpu : str or sequence of str
        Accelerators to compare; absent: the scenario's.
    days, cost : float, optional
        Limits in days and US dollars; absent: those of the scenario's budget.
    by : {"time", "cost", "memory"}
        What the best plan has least of.
    front : bool
        Trade time against cost over fleet sizes, also without a limit.
    max_gpus : int, optional
        Largest fleet to try; absent: the largest with a measured step.
    max_context : bool
        Ask for the longest sequence that fits the one fleet: `contexts` of the result.
    keep : int
        Layouts to list.

    Returns
    -------
    PlanResult
        Layouts, the fleets tried, and the front of time against cost.

    Raises
    ------
    CostcheckError
        If the scenario does not say what a plan needs.
    """
    from costcheck.api.studies import PlanResult
    from costcheck.plan import Limits, Request, plan as plan_loaded

    request = Request(
        gpus=(gpus,) if isinstance(gpus, int) else tuple(gpus),
        gpu=(gpu,) if isinstance(gpu, str) else tuple(gpu),
        limits=Limits(days, cost),
        by=by,
        keep=keep,
        front=front,
        max_gpus=max_gpus,
        max_context=max_context,
    )
    return PlanResult.of(plan_loaded(_loaded(scenario), request))


def backtest(
    file: str | Path | None = None,
    *,
    refit: bool = False,
    catalog: Folders = (),
) -> list[Backtest]:
    """Hold predictions against what was measured or published.

    Parameters
    ----------
    file : path, optional
        A table that its columns tell apart; absent: everything that ships.
    refit : bool
        Leave each model out of the fit behind its prediction.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.

    Returns
    -------
    list of Backtest
        Scores, one for each table.
    """
    from costcheck.backtest import backtest_file, backtest_shipped

    known = _catalog(catalog)
    if file is None:
        return backtest_shipped(catalog=known, refit=refit)
    return [backtest_file(str(file), catalog=known, refit=refit)]


def calibrate(
    *logs: str | Path, scenario: Scenario | None = None, catalog: Folders = ()
) -> LoggedResult:
    """Read what a run logged, and hold it against its plan.

    Parameters
    ----------
    *logs : path
        Logs of one run: of the training software, of a monitor, or exported metrics.
    scenario : Loaded, path or mapping, optional
        What was planned.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.

    Returns
    -------
    LoggedResult
        Each quantity as logged and as planned; `row` corrects later estimates.

    Raises
    ------
    CostcheckError
        If a log is of no known format.
    """
    from costcheck.actual import log_text, logged_of
    from costcheck.api.studies import LoggedResult

    texts = {str(file): log_text(str(file), Path(file).read_bytes()) for file in logs}
    loaded = None if scenario is None else _loaded(scenario)
    return LoggedResult.of(logged_of(texts, loaded, catalog=_catalog(catalog)))


def sweep(  # noqa: PLR0913 - each is a question of its own
    scenario: Scenario,
    output: str | Path,
    *,
    over: Sequence[str] = (),
    table: str | Path | None = None,
    fields: Sequence[str] | None = None,
    ranges: bool = False,
    workers: int = 1,
    set: Sequence[str] = (),
    catalog: Folders = (),
    seed: int = DEFAULT_SEED,
) -> SweepResult:
    """Write a grid or a table of scenarios into a CSV or Parquet file.

    Parameters
    ----------
    scenario : Loaded, path or mapping
        The scenario that is varied.
    output : path
        File ending in ``.csv`` or ``.parquet``; a sweep that was stopped is resumed.
    over : sequence of str
        ``key=first:last:count``, ``key=log:first:last:count`` or ``key=a,b,c``.
    table : path, optional
        CSV file with a scenario in each row, instead of a grid.
    fields : sequence of str, optional
        Results to write.
    ranges : bool
        Write the ends of the 90 % intervals too.
    workers : int
        Processes.
    set : sequence of str
        ``key.path=value`` overrides, typed like the file.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.
    seed : int
        Seed of the draws behind the intervals.

    Returns
    -------
    SweepResult
        The file and its rows.
    """
    from costcheck.api.studies import SweepResult
    from costcheck.sweep.rows import DEFAULT_FIELDS, SweepSpec
    from costcheck.sweep.run import write_sweep

    path, text, known = _swept(scenario, _catalog(catalog))
    spec = SweepSpec(
        path=path,
        text=text,
        assignments=tuple(set),
        over=tuple(over),
        table=str(table or ""),
        fields=DEFAULT_FIELDS if fields is None else tuple(fields),
        ranges=ranges,
        seed=seed,
        catalogs=known.overlays[::-1],
    )
    return SweepResult(*write_sweep(spec, str(output), workers=workers))


def _swept(scenario: Scenario, known: Catalog) -> tuple[str, bytes, Catalog]:
    """The file of a scenario, its text and its catalog; a scenario in memory is written as text."""
    import json

    if isinstance(scenario, str | Path):
        return str(scenario), Path(scenario).read_bytes(), known
    if isinstance(scenario, Mapping):
        return "", json.dumps(scenario, indent=1).encode(), known
    return scenario.path, json.dumps(scenario.document.data, indent=1).encode(), scenario.catalog
