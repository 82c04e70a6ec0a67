"""`costcheck catalog`: what ships, with sources."""

from __future__ import annotations

from typing import Annotated

import typer

from costcheck.catalog.files import Catalog
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Folders, Output, format_flag
from costcheck.cli.streams import show
from costcheck.diagnostics import CostcheckError, Diagnostic, did_you_mean
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.catalog import LISTINGS, Entries, entry_columns, entry_rows

FORMATS: Formats[Entries] = {
    **block_formats(lambda _: "Catalog", lambda entries, _: [entries.document]),
    "json": lambda entries, _: json.dumps(entries.data),
    "csv": lambda entries, _: csv.render(entry_columns(entries), entry_rows(entries)),
}


def run(
    kind: Annotated[str, typer.Argument(metavar="|".join(LISTINGS))],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    catalog: Folders = None,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """List a catalog, or show one entry of it."""
    listing = LISTINGS.get(kind)
    if listing is None:
        advice = did_you_mean(kind, LISTINGS)
        message = f"no catalog is called {kind!r}"
        raise CostcheckError([Diagnostic("CC023", "error", message, None, advice)])
    entries = listing(Catalog(catalog or ()), name)
    show(FORMATS, format, entries, output=output, color=color)
    return DONE
