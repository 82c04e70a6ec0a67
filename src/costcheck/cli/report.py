"""`costcheck report`: saved results in any format, nothing computed again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from costcheck.catalog.files import catalog_of
from costcheck.cli import flags
from costcheck.cli.estimate import FORMATS, Estimates, print_estimates
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Fields, Output, Verbose, format_flag
from costcheck.cli.streams import emit, read_text
from costcheck.diagnostics import CostcheckError, Diagnostic, refusal
from costcheck.estimate.result import Estimate
from costcheck.estimate.saved import parse_saved, restore
from costcheck.report.formats.json import dumps

ADVICE = "give a result saved with -f json -o"


def run(
    files: Annotated[list[str], typer.Argument(metavar="RESULT.json...", help="Saved results.")],
    format: Annotated[str, format_flag(FORMATS)] = "table",
    actual: Annotated[
        list[str] | None,
        typer.Option("--actual", metavar="LOG", help="Hold the plan against what a run logged."),
    ] = None,
    output: Output = None,
    fields: Fields = None,
    long: flags.Long = False,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Print saved results in a format."""
    flags.refuse_long(long, format)
    texts = [(read_text(file, ADVICE), file) for file in files]
    estimates = _restored(texts)
    if actual:
        _against(estimates, actual, format, output=output, color=color)
    elif format == "json" and not fields:
        emit(_unchanged(texts), output)
    else:
        shown = Estimates(estimates=estimates, verbose=verbose, long=long)
        print_estimates(shown, format, output, fields, color=color)
    return DONE


def _against(
    estimates: Sequence[Estimate],
    logs: Sequence[str],
    format: str,
    *,
    output: str | None,
    color: str,
) -> None:
    """Print one saved plan beside what the logs of its run say."""
    from costcheck.actual import Logged, beside, log_text, read_logs
    from costcheck.cli import calibrate
    from costcheck.cli.streams import read_bytes, show

    if len(estimates) != 1:
        message = f"--actual compares one saved result, and these are {len(estimates)}"
        advice = "name the result of the run that wrote the logs"
        raise refusal("CC045", message, None, advice)
    texts = {file: log_text(file, read_bytes(file)) for file in logs}
    runs = read_logs(texts, catalog=catalog_of())
    logged = Logged(files=runs, actuals=beside(estimates[0], runs), row={}, plan=estimates[0])
    show(calibrate.FORMATS, format, logged, output=output, color=color)


def _restored(texts: Sequence[tuple[str, str]]) -> list[Estimate]:
    """Read saved results; problems of all files come together."""
    estimates: list[Estimate] = []
    problems: list[Diagnostic] = []
    for text, file in texts:
        try:
            estimates += [restore(saved) for saved in parse_saved(text, file)]
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(problems)
    return estimates


def _unchanged(texts: Sequence[tuple[str, str]]) -> str:
    """The documents as they were saved, several files as one list."""
    documents = []
    for text, _ in texts:
        data = json.loads(text)
        documents += data if isinstance(data, list) else [data]
    return dumps(documents[0] if len(documents) == 1 else documents)
