"""`costcheck report`: saved results in any format, nothing computed again."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from costcheck.cli import DONE
from costcheck.cli.estimate import rendered
from costcheck.cli.streams import emit
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate.result import Estimate
from costcheck.estimate.saved import parse_saved, restore
from costcheck.report.formats.json import dumps

STANDARD_INPUT = "-"


def run(
    *,
    files: Sequence[str],
    format: str = "table",
    output: str | None = None,
    fields: str | None = None,
    verbose: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Print saved results in a format."""
    if format == "json" and not fields:
        emit(_unchanged(files), output)
        return DONE
    estimates = read_results(files)
    emit(rendered(estimates, format, fields=fields, verbose=verbose, color=color), output)
    return DONE


def read_results(files: Sequence[str]) -> list[Estimate]:
    """Read saved results; problems of all files come together."""
    found: list[Estimate] = []
    problems: list[Diagnostic] = []
    for file in files:
        try:
            found += [restore(saved) for saved in parse_saved(_text(file), file)]
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(problems)
    return found


def _unchanged(files: Sequence[str]) -> str:
    """Return the documents as they were saved, several files as one list."""
    texts = [_text(file) for file in files]
    documents = []
    for file, text in zip(files, texts, strict=True):
        parse_saved(text, file)
        data = json.loads(text)
        documents += data if isinstance(data, list) else [data]
    return dumps(documents[0] if len(documents) == 1 else documents)


def _text(file: str) -> str:
    if file == STANDARD_INPUT:
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        advice = "give a result saved with -f json -o"
        raise CostcheckError(
            [Diagnostic("CC014", "error", f"cannot read {file}: {reason}", Place(file), advice)]
        ) from error
