"""`costcheck explain`: where a number comes from, what a problem code means, how to write units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict

from costcheck.cli import DONE
from costcheck.cli.streams import emit, screen
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.report.views.blocks import Document

UNITS, CODES = "units", "codes"


def run(
    *,
    what: str,
    file: str | None = None,
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    catalog: Sequence[str] = (),
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Explain a quantity of a file, a problem code, or the units."""
    if file is not None:
        emit(_quantity(what, file, format, color, set_, catalog), output)
        return DONE
    emit(_written(_general(what), format, color), output)
    return DONE


def _quantity(
    name: str, file: str, kind: str, color: str, assignments: Sequence[str], catalogs: Sequence[str]
) -> str:
    from costcheck.cli.inputs import read_scenarios
    from costcheck.estimate import estimate
    from costcheck.explain import explain
    from costcheck.report.views.explain import explained_document

    loaded = read_scenarios([file], assignments=assignments, catalogs=catalogs)[0]
    found = explain(estimate(loaded), name)
    if kind == "json":
        from costcheck.report.formats import json

        return json.dumps(asdict(found))
    return _written(explained_document(found), kind, color)


def _general(what: str) -> Document:
    from costcheck.explain.codes import explanation, known_codes, title_of
    from costcheck.explain.units import units
    from costcheck.report.views import explain as explain_view

    if what.lower() == UNITS:
        return explain_view.units_document(units())
    if what.lower() == CODES:
        return explain_view.codes_document({code: title_of(code) for code in known_codes()})
    found = explanation(what)
    if found is not None:
        return explain_view.code_document(what, found)
    if re.fullmatch(r"[Cc]{2}\d+", what):
        message, advice = f"there is no code {what}", "`costcheck explain codes` lists them"
    else:
        message = f"{what!r} of which file?"
        advice = f"write costcheck explain {what} FILE; `costcheck explain codes` lists the codes"
    raise CostcheckError([Diagnostic("CC038", "error", message, None, advice)])


def _written(document: Document, kind: str, color: str) -> str:
    if kind == "md":
        from costcheck.report.formats import markdown

        return markdown.render(document)
    from costcheck.report.formats import terminal

    return terminal.render(document, screen(color))
