"""`costcheck audit`: the report card of every claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import typer

from costcheck.audit.result import Label
from costcheck.audit.scenario import Audited, audit_scenarios
from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE, FAILED
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import show
from costcheck.diagnostics import CostcheckError, Diagnostic, did_you_mean
from costcheck.estimate.result import FAILING
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.audit import CSV_COLUMNS, audit_rows, documents

ANY = "claim"
"""The word of ``--fail-on`` for every verdict that says the numbers do not hold."""


@dataclass(frozen=True, kw_only=True)
class Cards:
    """What is printed, and whether every explanation is."""

    audited: Audited
    verbose: bool


FORMATS: Formats[Cards] = {
    **block_formats(
        lambda _: "Audit of claims",
        lambda shown, _: documents(shown.audited, verbose=shown.verbose),
    ),
    "json": lambda shown, _: json.dumps(shown.audited.to_dict()),
    "csv": lambda shown, _: csv.render(CSV_COLUMNS, audit_rows(shown.audited)),
}


def run(
    files: flags.Files,
    joint: Annotated[
        bool, typer.Option("--joint", help="Audit claims of all files about one subject together.")
    ] = False,
    registry: Annotated[
        Literal["on", "off"],
        typer.Option("--registry", help="Known runs; off: numbers and priors alone."),
    ] = "on",
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    output: flags.Output = None,
    set_: flags.Set = None,
    catalog: flags.Folders = None,
    fail_on: Annotated[str | None, flags.fail_on_flag("claim,mis-scoped,impossible")] = None,
    verbose: flags.Verbose = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Audit the claims of files and print their report cards."""
    failing = _labels(fail_on) if fail_on else frozenset()
    loaded = read_scenarios(files, assignments=set_, folders=catalog)
    audited = audit_scenarios(loaded, joint=joint, use_registry=registry == "on")
    cards = Cards(audited=audited, verbose=verbose)
    show(FORMATS, format, cards, output=output, color=color)
    failed = any(card.audit.verdict in failing for card in audited.cards)
    return FAILED if failed else DONE


def _labels(expression: str) -> frozenset[str]:
    """The verdicts that fail."""
    known = get_args(Label)
    labels: set[str] = set()
    for word in (item.strip() for item in expression.split(",")):
        if word == ANY:
            labels |= FAILING
        elif word in known:
            labels.add(word)
        elif word:
            advice = did_you_mean(word, (ANY, *known), "verdicts:")
            message = f"--fail-on: {word!r} is no verdict on a claim"
            raise CostcheckError([Diagnostic("CC036", "error", message, None, advice)])
    return frozenset(labels)
