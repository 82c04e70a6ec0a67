"""`costcheck catalog`: what ships, with sources."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.catalog.files import Catalog
from costcheck.cli import DONE
from costcheck.cli.streams import emit, screen
from costcheck.diagnostics import CostcheckError, Diagnostic, did_you_mean
from costcheck.report.views import catalog as catalog_view


def run(
    *,
    kind: str,
    name: str | None = None,
    format: str = "table",
    output: str | None = None,
    catalog: Sequence[str] = (),
    color: str = "auto",
    debug: bool = False,
) -> int:
    """List a catalog, or show one entry of it."""
    listing = catalog_view.LISTINGS.get(kind)
    if listing is None:
        advice = did_you_mean(kind, catalog_view.LISTINGS)
        message = f"no catalog is called {kind!r}"
        raise CostcheckError([Diagnostic("CC023", "error", message, None, advice)])
    entries = listing(Catalog(catalog), name)
    if format == "json":
        from costcheck.report.formats import json

        emit(json.dumps(entries.data), output)
    elif format == "csv":
        emit(catalog_view.as_csv(entries), output)
    else:
        from costcheck.report.formats import terminal

        emit(terminal.render(entries.document, screen(color)), output)
    return DONE
