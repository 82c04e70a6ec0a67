"""`costcheck audit`: the report card of every claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import typer

from costcheck.audit.result import Label
from costcheck.audit.scenario import Audited, audit_scenarios
from costcheck.catalog.files import catalog_of
from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE, FAILED
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import STANDARD, read_bytes, show
from costcheck.diagnostics import did_you_mean, refusal
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.audit import CSV_COLUMNS, audit_rows, documents
from costcheck.report.views.reading import cards_shown, is_counted
from costcheck.scenario.told import told

ANY = "claim"
"""The word of ``--fail-on`` for whatever does not hold."""


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
    "html": lambda shown, _: _page(shown),
    "json": lambda shown, _: json.dumps(shown.audited.to_dict()),
    "csv": lambda shown, _: csv.render(CSV_COLUMNS, audit_rows(shown.audited)),
}


def _page(shown: Cards) -> str:
    from costcheck.report.formats import live

    found = documents(shown.audited, verbose=shown.verbose)
    level = 2 if len(found) == 1 else 3
    parts = [live.claim_panel(card.audit, level) for card in cards_shown(shown.audited)]
    parts[:0] = [""] * is_counted(shown.audited)
    return live.page("Audit of claims", found, parts, last=True)


def run(
    files: flags.FilesOrText,
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
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Audit the claims of files, of articles or of a sentence, and print their report cards."""
    failing = _labels(fail_on) if fail_on else frozenset()
    known, said = catalog_of(catalog), {}
    for file in files:
        piped = read_bytes(file) if file == STANDARD else None
        if item := told(file, known, read=read_bytes, piped=piped):
            said[file] = item
    loaded = read_scenarios(files, assignments=set_, folders=catalog, told=said)
    audited = audit_scenarios(
        loaded, joint=joint, use_registry=registry == "on", said=said.values()
    )
    show(FORMATS, format, Cards(audited=audited, verbose=verbose), output=output, color=color)
    failed = any(
        card.audit.verdict in failing or (ANY in failing and card.fails) for card in audited.cards
    )
    return FAILED if failed else DONE


def _labels(expression: str) -> frozenset[str]:
    """The verdicts that fail."""
    known = get_args(Label)
    labels: set[str] = set()
    for word in (item.strip() for item in expression.split(",")):
        if word in (ANY, *known):
            labels.add(word)
        elif word:
            advice = did_you_mean(word, (ANY, *known), "verdicts:")
            message = f"--fail-on: {word!r} is no verdict on a claim"
            raise refusal("CC036", message, None, advice)
    return frozenset(labels)
