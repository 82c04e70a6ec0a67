"""`costcheck explain`: where a number comes from, what a problem code means, how to write units."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from costcheck.catalog.codes import explanation, known_codes, title_of
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Folders, Output, Set, format_flag
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import show
from costcheck.diagnostics import refusal
from costcheck.estimate import estimate
from costcheck.explain import Explained, explain
from costcheck.explain.units import units
from costcheck.report.formats import Formats, block_formats, json
from costcheck.report.views import explain as explain_view
from costcheck.report.views.blocks import Document

UNITS, CODES = "units", "codes"

GENERAL: Formats[Document] = block_formats(lambda _: "costcheck explain", lambda shown, _: [shown])
"""What explanations of codes and units are printed as."""

FORMATS: Formats[Explained] = {
    **block_formats(
        lambda shown: shown.title, lambda shown, _: [explain_view.explained_document(shown)]
    ),
    "json": lambda shown, _: json.dumps(asdict(shown)),
}


def run(
    what: Annotated[
        str, typer.Argument(metavar="QUANTITY|CODE|units", help="cost, rent, CC101, units.")
    ],
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A scenario.")] = None,
    depth: Annotated[
        int | None,
        typer.Option("--depth", min=1, help="Steps down; otherwise what a screen has room for."),
    ] = None,
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    set_: Set = None,
    catalog: Folders = None,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Explain a quantity of a file, a problem code, or the units."""
    if file is None:
        show(GENERAL, format, _general(what), output=output, color=color)
        return DONE
    loaded = read_scenarios([file], assignments=set_, folders=catalog)[0]
    found = explain(estimate(loaded), what, depth)
    show(FORMATS, format, found, output=output, color=color)
    return DONE


def _general(what: str) -> Document:
    if what.lower() == UNITS:
        return explain_view.units_document(units())
    if what.lower() == CODES:
        return explain_view.codes_document({code: title_of(code) for code in known_codes()})
    meaning = explanation(what)
    if meaning is not None:
        return explain_view.code_document(what, meaning)
    if re.fullmatch(r"[Cc]{2}\d+", what):
        message, advice = f"there is no code {what}", "`costcheck explain codes` lists them"
    else:
        message = f"{what!r} of which file?"
        advice = f"write costcheck explain {what} FILE; `costcheck explain codes` lists the codes"
    raise refusal("CC038", message, None, advice)
