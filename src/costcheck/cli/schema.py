"""`costcheck schema`: JSON Schema for editors and readers of our JSON, its keys in words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Output, format_flag
from costcheck.cli.streams import show
from costcheck.diagnostics import refusal
from costcheck.report.formats import Formats, block_formats, json, schemas
from costcheck.report.views.schema import schema_document

SCHEMAS = {"scenario": schemas.scenario_schema, "result": schemas.result_schema}

FORMATS: Formats[dict[str, Any]] = {
    "json": lambda shown, _: json.dumps(shown),
    **block_formats(lambda shown: str(shown["title"]), lambda shown, _: [schema_document(shown)]),
}


def run(
    what: Annotated[str, typer.Argument(metavar="|".join(SCHEMAS))] = "scenario",
    format: Annotated[str, format_flag(FORMATS)] = "json",
    output: Output = None,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Print the schema of scenario files or of results; as a table or md its keys in words."""
    if what not in SCHEMAS:
        message = f"no schema is called {what!r}"
        raise refusal("CC022", message, None, " or ".join(SCHEMAS))
    show(FORMATS, format, SCHEMAS[what](), output=output, color=color)
    return DONE
