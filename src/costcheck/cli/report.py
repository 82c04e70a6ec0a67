"""`costcheck report`: saved results in any format, nothing computed again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from costcheck.cli.estimate import FORMATS, print_estimates
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Fields, Output, Verbose, format_flag
from costcheck.cli.streams import emit, read_text
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.result import Estimate
from costcheck.estimate.saved import parse_saved, restore
from costcheck.report.formats.json import dumps

ADVICE = "give a result saved with -f json -o"


def run(
    files: Annotated[list[str], typer.Argument(metavar="RESULT.json...", help="Saved results.")],
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    fields: Fields = None,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Print saved results in a format."""
    texts = [(read_text(file, ADVICE), file) for file in files]
    estimates = _restored(texts)
    if format == "json" and not fields:
        emit(_unchanged(texts), output)
    else:
        print_estimates(estimates, format, output, fields, verbose=verbose, color=color)
    return DONE


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
