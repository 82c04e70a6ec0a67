"""`costcheck audit`: the report card of every claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from costcheck.audit.result import Label
from costcheck.audit.scenario import Audited, Card, audit_scenarios
from costcheck.catalog.files import catalog_of
from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE, FAILED
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import show
from costcheck.cli.told import told
from costcheck.diagnostics import did_you_mean, refusal
from costcheck.estimate.result import FAILING
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.audit import CSV_COLUMNS, audit_rows, documents
from costcheck.report.views.blocks import Document
from costcheck.report.views.reading import reading_document

if TYPE_CHECKING:
    from costcheck.scenario.claims_draft import Drafting

ANY = "claim"
"""The word of ``--fail-on`` for every verdict that says the numbers do not hold."""


@dataclass(frozen=True, kw_only=True)
class Cards:
    """What is printed, and whether every explanation is."""

    audited: Audited
    verbose: bool
    readings: tuple[Drafting, ...] = ()
    """How sentences and articles were read."""


def _documents(shown: Cards) -> list[Document]:
    cards = documents(shown.audited, verbose=shown.verbose)
    return [*cards, *(reading_document(item) for item in shown.readings)]


def _data(shown: Cards) -> dict[str, Any]:
    readings = [item.to_dict() for item in shown.readings]
    return shown.audited.to_dict() | ({"readings": readings} if readings else {})


FORMATS: Formats[Cards] = {
    **block_formats(
        lambda _: "Audit of claims",
        lambda shown, _: _documents(shown),
    ),
    "html": lambda shown, _: _page(shown),
    "json": lambda shown, _: json.dumps(_data(shown)),
    "csv": lambda shown, _: csv.render(CSV_COLUMNS, audit_rows(shown.audited)),
}


def _page(shown: Cards) -> str:
    from costcheck.report.formats import live

    found = _documents(shown)
    level = 2 if len(found) == 1 else 3
    parts = [live.claim_panel(card.audit, level) for card in shown.audited.cards]
    return live.page("Audit of claims", found, parts)


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
    said = told(files, catalog_of(catalog))
    loaded = read_scenarios(files, assignments=set_, folders=catalog, told=said)
    audited = audit_scenarios(loaded, joint=joint, use_registry=registry == "on")
    read = {item.name: item.drafting for item in said.values() if item.drafting}
    audited = replace(audited, cards=tuple(_with_unread(card, read) for card in audited.cards))
    cards = Cards(audited=audited, verbose=verbose, readings=tuple(read.values()))
    show(FORMATS, format, cards, output=output, color=color)
    failed = any(card.audit.verdict in failing for card in audited.cards)
    return FAILED if failed else DONE


def _with_unread(card: Card, read: Mapping[str, Drafting]) -> Card:
    """A card with the numbers of its sentence that became no figure."""
    drafts = read[card.path].drafts if card.path in read else ()
    unread = (draft.left_out for draft in drafts if draft.id == card.audit.id)
    return replace(card, unread=next(unread, card.unread))


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
            raise refusal("CC036", message, None, advice)
    return frozenset(labels)
