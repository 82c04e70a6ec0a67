"""Many estimates for one answer: the best layout or fleet, a table, a record of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from costcheck.api.scenarios import load
from costcheck.catalog.files import Catalog
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    from costcheck.backtest import Backtest
    from costcheck.plan import Plan
    from costcheck.sweep.run import Outcome


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
