"""The library: read a scenario, estimate it, hold the result.

Nothing here prints or exits. Unusable input raises `CostcheckError`, which carries every problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from costcheck.core.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.result import Estimate, Figure
from costcheck.scenario.catalog import Catalog
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    import pandas as pd

    from costcheck.audit.scenario import Audited, Card
    from costcheck.backtest import Backtest
    from costcheck.check import Report
    from costcheck.compare import Comparison
    from costcheck.diff import Compared, Diff
    from costcheck.diff.sides import Reader
    from costcheck.plan import Plan
    from costcheck.report.document import Document
    from costcheck.sensitivity import Sensitivity
    from costcheck.sweep.run import Outcome

Scenario = Loaded | str | Path | Mapping[str, Any]
"""A scenario in any of the forms the library takes."""

__all__ = [
    "AuditResult",
    "CostcheckError",
    "Diagnostic",
    "Estimate",
    "Figure",
    "Result",
    "audit",
    "backtest",
    "check",
    "compare",
    "diff",
    "estimate",
    "load",
    "plan",
    "sensitivity",
    "sweep",
]


@dataclass(frozen=True)
class Result:
    """An estimate as people hold it: values, tables, and views for notebooks.

    Parameters
    ----------
    estimate : Estimate
        The values.
    """

    estimate: Estimate

    def __getitem__(self, name: str) -> Figure:
        """Return a headline figure by its JSON name, such as ``cost_usd``."""
        return self.estimate.figures[name]

    @property
    def verdict(self) -> str:
        """Return feasible, stretch or infeasible."""
        return self.estimate.verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        from costcheck.report import json

        found: dict[str, Any] = json.finite(json.to_dict(self.estimate))
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return one row per stage and quantity, as the CSV has it."""
        from io import StringIO

        import pandas as pd

        from costcheck.report import csv

        return pd.read_csv(StringIO(csv.render([self.estimate])))

    def _repr_markdown_(self) -> str:
        from costcheck.report import markdown
        from costcheck.report.estimate_document import estimate_document

        return markdown.render(estimate_document(self.estimate))

    def _repr_html_(self) -> str:
        from costcheck.report import html
        from costcheck.report.estimate_document import estimate_document

        return html.fragment(estimate_document(self.estimate))

    def __str__(self) -> str:
        """Return the report for a terminal of 80 columns."""
        from costcheck.report import terminal
        from costcheck.report.estimate_document import estimate_document

        return terminal.render(estimate_document(self.estimate), terminal.Screen())


@dataclass(frozen=True)
class AuditResult:
    """The report cards of claims as people hold them.

    Parameters
    ----------
    audited : Audited
        The cards, in the order of the files.
    """

    audited: Audited

    def __len__(self) -> int:
        """Return how many claims there are."""
        return len(self.audited.cards)

    def __getitem__(self, claim: str) -> Card:
        """Return the card of a claim by its identifier."""
        for card in self.audited.cards:
            if card.audit.id == claim:
                return card
        raise KeyError(claim)

    @property
    def verdicts(self) -> dict[str, str]:
        """Return the verdict on each claim by its identifier."""
        return {card.audit.id: card.audit.verdict for card in self.audited.cards}

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        from costcheck.report import json

        found: dict[str, Any] = json.finite(self.audited.to_dict())
        return found

    def _repr_markdown_(self) -> str:
        from costcheck.report import markdown

        return "\n".join(markdown.render(document) for document in self._documents())

    def _repr_html_(self) -> str:
        from costcheck.report import html

        return "".join(html.fragment(document) for document in self._documents())

    def __str__(self) -> str:
        """Return the report cards for a terminal of 80 columns."""
        from costcheck.report import terminal

        shown = terminal.Screen()
        return "\n".join(terminal.render(document, shown) for document in self._documents())

    def _documents(self) -> list[Document]:
        from costcheck.report.audit_document import documents

        return documents(self.audited)


def load(
    source: str | Path | Mapping[str, Any],
    *,
    set: Sequence[str] = (),
    catalog: str | Path | Sequence[str | Path] = (),
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

    folders = (catalog,) if isinstance(catalog, str | Path) else tuple(catalog)
    return load_scenario(source, assignments=set, catalog=Catalog(folders))


def estimate(
    scenario: Loaded | str | Path | Mapping[str, Any],
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
    from costcheck.estimate import estimate as estimate_loaded

    loaded = scenario if isinstance(scenario, Loaded) else load(scenario)
    found = estimate_loaded(loaded, samples=samples, seed=seed)
    if found.claims:
        from costcheck.audit.scenario import with_verdicts

        found = with_verdicts(found)
    return Result(found)


def audit(
    claims: Scenario | Sequence[Scenario],
    *,
    joint: bool = False,
    registry: bool = True,
) -> AuditResult:
    """Say whether public claims hold and, if not, what probably happened to them.

    Parameters
    ----------
    claims : Loaded, path, mapping, or a sequence of them
        Files, or the same content as Python data, that state claims.
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

    given = (claims,) if isinstance(claims, Loaded | str | Path | Mapping) else claims
    loaded = [item if isinstance(item, Loaded) else load(item) for item in given]
    return AuditResult(audit_scenarios(loaded, joint=joint, use_registry=registry))


def plan(
    scenario: Loaded | str | Path | Mapping[str, Any],
    *,
    gpus: int | Sequence[int] = (),
    gpu: str | Sequence[str] = (),
    days: float | None = None,
    cost: float | None = None,
    by: Literal["time", "cost", "memory"] = "time",
    front: bool = False,
    keep: int = 10,
) -> Plan:
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
        Limits in days and US dollars.
    by : {"time", "cost", "memory"}
        What the best plan has least of.
    front : bool
        Trade time against cost over fleet sizes, also without a limit.
    keep : int
        Layouts to list.

    Returns
    -------
    Plan
        Layouts, the fleets tried, and the front of time against cost.

    Raises
    ------
    CostcheckError
        If the scenario does not say what a plan needs.
    """
    from costcheck.plan import Limits, Request, plan as plan_loaded

    loaded = scenario if isinstance(scenario, Loaded) else load(scenario)
    request = Request(
        gpus=(gpus,) if isinstance(gpus, int) else tuple(gpus),
        gpu=(gpu,) if isinstance(gpu, str) else tuple(gpu),
        limits=Limits(days, cost),
        by=by,
        keep=keep,
        front=front,
    )
    return plan_loaded(loaded, request)


def diff(
    old: Loaded | Result | str | Path | Mapping[str, Any],
    new: Loaded | Result | str | Path | Mapping[str, Any],
    *,
    shares: bool = False,
    catalog: str | Path | Sequence[str | Path] = (),
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Diff:
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
    Diff
        Quantities, drivers, changed keys and changed verdicts.

    Raises
    ------
    CostcheckError
        With everything wrong with either side.
    """
    from costcheck.diff import Options, diff as compare
    from costcheck.diff.sides import Reader

    folders = (catalog,) if isinstance(catalog, str | Path) else tuple(catalog)
    with Reader(Catalog(folders), (), samples, seed) as reader:
        sides = [_compared(source, reader) for source in (old, new)]
        return compare(sides[0], sides[1], Options(shares, samples, seed))


def _compared(source: Loaded | Result | str | Path | Mapping[str, Any], reader: Reader) -> Compared:
    from costcheck.diff import Compared
    from costcheck.estimate import estimate as estimate_loaded

    if isinstance(source, str | Path):
        return reader.side(str(source))
    if isinstance(source, Result):
        found = source.estimate
    else:
        loaded = source if isinstance(source, Loaded) else load(source, catalog=reader.folders)
        found = estimate_loaded(loaded, samples=reader.samples, seed=reader.seed)
    return Compared(found.path or found.name or "scenario", found, found)


def check(
    *files: str | Path,
    set: Sequence[str] = (),
    catalog: str | Path | Sequence[str | Path] = (),
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

    Returns
    -------
    Report
        What was found, file by file; nothing is raised for what is in a file.
    """
    from costcheck.check import check as check_files

    folders = (catalog,) if isinstance(catalog, str | Path) else tuple(catalog)
    return check_files([str(file) for file in files], assignments=set, catalog=Catalog(folders))


def sensitivity(
    scenario: Loaded | str | Path | Mapping[str, Any],
    *,
    of: str = "cost_usd",
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Sensitivity:
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
    Sensitivity
        Drivers, the strongest first, with their shares of the variance.

    Raises
    ------
    CostcheckError
        If the scenario is unusable or the result unknown.
    """
    from costcheck.sensitivity import sensitivity as drivers

    loaded = scenario if isinstance(scenario, Loaded) else load(scenario)
    return drivers(loaded, of=of, samples=samples, seed=seed)


def compare(
    *scenarios: Result | Loaded | str | Path | Mapping[str, Any], by: str | None = None
) -> Comparison:
    """Put scenarios side by side.

    Parameters
    ----------
    *scenarios : Result, Loaded, path or mapping
        Scenarios, estimated already or not.
    by : str, optional
        Result that decides which is best; absent: the cost where all have one.

    Returns
    -------
    Comparison
        Figures beside each other, the best of each, and whether ranges overlap.
    """
    from costcheck.compare import compare as side_by_side

    results = [item if isinstance(item, Result) else estimate(item) for item in scenarios]
    return side_by_side([result.estimate for result in results], by=by)


def backtest(
    file: str | Path | None = None,
    *,
    refit: bool = False,
    catalog: str | Path | Sequence[str | Path] = (),
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

    known = Catalog((catalog,) if isinstance(catalog, str | Path) else tuple(catalog))
    if file is None:
        return backtest_shipped(catalog=known, refit=refit)
    return [backtest_file(str(file), catalog=known, refit=refit)]


def sweep(
    scenario: str | Path,
    output: str | Path,
    *,
    over: Sequence[str] = (),
    table: str | Path | None = None,
    fields: Sequence[str] | None = None,
    ranges: bool = False,
    workers: int = 1,
    set: Sequence[str] = (),
) -> Outcome:
    """Write a grid or a table of scenarios into a CSV or Parquet file.

    Parameters
    ----------
    scenario : path
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

    Returns
    -------
    Outcome
        The file and its rows.
    """
    from costcheck.sweep.rows import DEFAULT_FIELDS, SweepSpec
    from costcheck.sweep.run import write_sweep

    spec = SweepSpec(
        path=str(scenario),
        text=Path(scenario).read_bytes(),
        assignments=tuple(set),
        over=tuple(over),
        table=str(table or ""),
        fields=DEFAULT_FIELDS if fields is None else tuple(fields),
        ranges=ranges,
    )
    return write_sweep(spec, str(output), workers=workers)
