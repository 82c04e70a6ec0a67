"""`costcheck audit`: the report card of every claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from costcheck.audit.result import FLAGGED, Label
from costcheck.audit.scenario import Audited, audit_scenarios
from costcheck.cli import DONE, FAILED
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import emit, screen
from costcheck.diagnostics import CostcheckError, Diagnostic, did_you_mean
from costcheck.report.views import audit as audit_view

ANY = "claim"
"""The word of ``--fail-on`` for every verdict that says the numbers do not hold."""


def run(
    *,
    files: Sequence[str],
    joint: bool = False,
    registry: str = "on",
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    catalog: Sequence[str] = (),
    fail_on: str | None = None,
    verbose: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Audit the claims of files and print their report cards."""
    failing = _labels(fail_on) if fail_on else frozenset()
    loaded = read_scenarios(files, assignments=set_, catalogs=catalog)
    found = audit_scenarios(loaded, joint=joint, use_registry=registry == "on")
    emit(rendered(found, format, verbose=verbose, color=color), output)
    failed = any(card.audit.verdict in failing for card in found.cards)
    return FAILED if failed else DONE


def rendered(found: Audited, kind: str, *, verbose: bool, color: str) -> str:
    """Return an audit in a format."""
    if kind == "json":
        from costcheck.report.formats import json

        return json.dumps(found.to_dict())
    if kind == "csv":
        return audit_view.render_csv(found)
    documents = audit_view.documents(found, verbose=verbose)
    if kind == "html":
        from costcheck.report.formats.html_page import documents_page

        return documents_page("Audit of claims", documents)
    if kind == "md":
        from costcheck.report.formats import markdown

        return "\n".join(markdown.render(document) for document in documents)
    from costcheck.report.formats import terminal

    shown = screen(color)
    return "\n".join(terminal.render(document, shown) for document in documents)


def _labels(expression: str) -> frozenset[str]:
    """Return the verdicts that fail."""
    known = get_args(Label)
    found: set[str] = set()
    for word in (item.strip() for item in expression.split(",")):
        if word == ANY:
            found |= FLAGGED
        elif word in known:
            found.add(word)
        elif word:
            advice = did_you_mean(word, (ANY, *known), "verdicts:")
            message = f"--fail-on: {word!r} is no verdict on a claim"
            raise CostcheckError([Diagnostic("CC036", "error", message, None, advice)])
    return frozenset(found)
