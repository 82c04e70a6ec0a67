"""`costcheck catalog`: what ships, with sources; `catalog import FILE` reads one's own prices."""

from __future__ import annotations

from typing import Annotated

import typer

from costcheck.catalog.files import Catalog, catalog_of
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Folders, Output, format_flag
from costcheck.cli.streams import show
from costcheck.diagnostics import did_you_mean, refusal
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.catalog import (
    LISTINGS,
    Entries,
    entry_columns,
    entry_rows,
    imported_entries,
)

IMPORT = "import"
DEFAULT_FOLDER = "my-catalog"
"""Where `catalog import` writes unless told otherwise."""

FORMATS: Formats[Entries] = {
    **block_formats(lambda _: "Catalog", lambda entries, _: [entries.document]),
    "json": lambda entries, _: json.dumps(entries.data),
    "csv": lambda entries, _: csv.render(entry_columns(entries), entry_rows(entries)),
}


def run(
    kind: Annotated[str, typer.Argument(metavar="|".join((*LISTINGS, IMPORT)))],
    name: Annotated[str | None, typer.Argument(metavar="[NAME|FILE]")] = None,
    into: Annotated[
        str, typer.Option("--into", metavar="DIR", help="Folder that import writes to.")
    ] = DEFAULT_FOLDER,
    provider: Annotated[
        str | None, typer.Option("--provider", help="Whose prices import reads, if no column says.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Day of them, if no column says.")
    ] = None,
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    catalog: Folders = None,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """List a catalog, show one entry of it, or import a table of prices or hardware."""
    if kind == IMPORT:
        entries = _imported(catalog_of(catalog), name, into, provider, as_of)
        show(FORMATS, format, entries, output=output, color=color)
        return DONE
    listing = LISTINGS.get(kind)
    if listing is None:
        advice = did_you_mean(kind, (*LISTINGS, IMPORT))
        message = f"no catalog is called {kind!r}"
        raise refusal("CC023", message, None, advice)
    entries = listing(catalog_of(catalog), name)
    show(FORMATS, format, entries, output=output, color=color)
    return DONE


def _imported(
    catalog: Catalog, file: str | None, folder: str, provider: str | None, as_of: str | None
) -> Entries:
    if file is None:
        message, advice = "import needs a file", "costcheck catalog import vms.csv"
        raise refusal("CC023", message, None, advice)
    from costcheck.catalog.imports import read_table
    from costcheck.catalog.overlays import write_overlay

    found = read_table(catalog, file, provider, as_of)
    return imported_entries(found, write_overlay(catalog, found, folder), folder)
