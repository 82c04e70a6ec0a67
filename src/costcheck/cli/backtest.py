"""`costcheck backtest`: predictions against published runs and measured steps."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.backtest import Backtest, backtest_file, backtest_shipped, to_dict
from costcheck.backtest.runs import RunScores
from costcheck.catalog.files import Catalog
from costcheck.cli import DONE
from costcheck.cli.streams import emit, screen
from costcheck.diagnostics import CostcheckError, Diagnostic


def run(
    *,
    file: str | None = None,
    refit: bool = False,
    plot: str | None = None,
    format: str = "table",
    output: str | None = None,
    catalog: Sequence[str] = (),
    verbose: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Score what ships, or a table of your own."""
    known = Catalog(catalog)
    found = (
        backtest_shipped(catalog=known, refit=refit)
        if file is None
        else [backtest_file(file, catalog=known, refit=refit)]
    )
    if plot is not None:
        _draw(found, plot)
    emit(_rendered(found, format, single=file is not None, verbose=verbose, color=color), output)
    return DONE


def _rendered(
    found: Sequence[Backtest], kind: str, *, single: bool, verbose: bool, color: str
) -> str:
    if kind == "json":
        from costcheck.report.formats import json

        parts = [to_dict(item) for item in found]
        body = parts[0] if single else {part["kind"]: part for part in parts}
        return json.dumps({"schema_version": json.SCHEMA_VERSION, **body})
    from costcheck.report.views.backtest import backtest_document

    documents = [backtest_document(item, verbose=verbose) for item in found]
    if kind == "md":
        from costcheck.report.formats import markdown

        return "\n".join(markdown.render(document) for document in documents)
    from costcheck.report.formats import terminal

    shown = screen(color)
    return "\n".join(terminal.render(document, shown) for document in documents)


def _draw(found: Sequence[Backtest], path: str) -> None:
    from costcheck.backtest.scatter import write_scatter

    runs = [item.scores for item in found if isinstance(item.scores, RunScores)]
    if not runs:
        message = "--plot draws published runs, and this table holds none"
        raise CostcheckError([Diagnostic("CC027", "error", message, None, "leave --plot out")])
    write_scatter(runs[0], path)
