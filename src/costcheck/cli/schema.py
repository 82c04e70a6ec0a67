"""`costcheck schema`: JSON Schema for editors and for those who read our JSON."""

from __future__ import annotations

from costcheck.cli import DONE
from costcheck.cli.streams import emit
from costcheck.diagnostics import CostcheckError, Diagnostic

KINDS = ("scenario", "result")


def run(*, what: str = "scenario", output: str | None = None, debug: bool = False) -> int:
    """Print the schema of scenario files or of results."""
    from costcheck.report.formats import json, schemas

    if what not in KINDS:
        message = f"no schema is called {what!r}"
        raise CostcheckError([Diagnostic("CC022", "error", message, None, "scenario or result")])
    build = schemas.scenario_schema if what == "scenario" else schemas.result_schema
    emit(json.dumps(build()), output)
    return DONE
