"""`costcheck backtest`: predictions against published runs and measured steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from costcheck.backtest import Backtest, backtest_file, backtest_shipped, to_dict
from costcheck.backtest.runs import RunScores
from costcheck.catalog.files import catalog_of
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Folders, Output, Verbose, format_flag
from costcheck.cli.streams import show
from costcheck.codec import document
from costcheck.diagnostics import refusal
from costcheck.report.formats import Formats, block_formats, json
from costcheck.report.views.backtest import backtest_document


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What is printed; `single` where a table was named."""

    tables: Sequence[Backtest]
    single: bool
    verbose: bool


FORMATS: Formats[Scores] = {
    **block_formats(
        lambda _: "Backtest",
        lambda shown, _: [backtest_document(t, verbose=shown.verbose) for t in shown.tables],
    ),
    "json": lambda shown, _: json.dumps(_data(shown)),
}


def run(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]")] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Leave each model out and fit the constants again.")
    ] = False,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE", help="Draw the published runs.")
    ] = None,
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    catalog: Folders = None,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Score what ships, or a table of your own."""
    known = catalog_of(catalog)
    if file is None:
        tables = list(backtest_shipped(catalog=known, refit=refit))
    else:
        tables = [backtest_file(file, catalog=known, refit=refit)]
    if plot is not None:
        _draw(tables, plot)
    scores = Scores(tables=tables, single=file is not None, verbose=verbose)
    show(FORMATS, format, scores, output=output, color=color)
    return DONE


def _data(shown: Scores) -> dict[str, Any]:
    tables = [to_dict(table) for table in shown.tables]
    body = tables[0] if shown.single else {table["kind"]: table for table in tables}
    return document(body)


def _draw(tables: Sequence[Backtest], path: str) -> None:
    from costcheck.backtest.scatter import write_scatter

    runs = [table.scores for table in tables if isinstance(table.scores, RunScores)]
    if not runs:
        message = "--plot draws published runs, and this table holds none"
        raise refusal("CC027", message, None, "leave --plot out")
    write_scatter(runs[0], path)
