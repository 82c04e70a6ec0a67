"""`costcheck schema`: JSON Schema for editors and for those who read our JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Debug, Output
from costcheck.cli.streams import emit
from costcheck.diagnostics import refusal
from costcheck.report.formats import json, schemas

SCHEMAS = {"scenario": schemas.scenario_schema, "result": schemas.result_schema}


def run(
    what: Annotated[str, typer.Argument(metavar="|".join(SCHEMAS))] = "scenario",
    output: Output = None,
    debug: Debug = False,
) -> int:
    """Print the schema of scenario files or of results."""
    if what not in SCHEMAS:
        message = f"no schema is called {what!r}"
        raise refusal("CC022", message, None, " or ".join(SCHEMAS))
    emit(json.dumps(SCHEMAS[what]()), output)
    return DONE
