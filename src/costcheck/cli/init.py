"""`costcheck init`: a commented starter scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costcheck.catalog.files import catalog_of
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Debug, Folders, Output
from costcheck.cli.streams import emit, read_text
from costcheck.diagnostics import refusal
from costcheck.scenario import starter


def run(
    source: Annotated[str | None, typer.Argument(metavar="[NAME or FILE]")] = None,
    claims: Annotated[
        str | None,
        typer.Option("--claims", metavar="ARTICLE", help="Draft a claims file from a text."),
    ] = None,
    output: Output = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    catalog: Folders = None,
    debug: Debug = False,
) -> int:
    """Write a starter for a catalog model, a config.json, a launch file or an article."""
    if output and not force and Path(output).is_file():
        message = f"-o {output} would replace a file that is there"
        raise refusal("CC047", message, None, "name another file, or add --force")
    if claims is not None:
        from costcheck.scenario.claims_draft import draft_claims

        text = draft_claims(read_text(claims), catalog_of(catalog)).to_yaml()
    elif source is not None and (file := _file(source)):
        text = starter.from_file(file, read_text(file), catalog_of(catalog), output)
    else:
        text = starter.from_model(catalog_of(catalog), source or starter.DEFAULT_MODEL)
    emit(text, output)
    return DONE


def _file(source: str) -> str:
    """Return the file a source is, of a folder the config in it; empty where it is a name."""
    path = Path(source)
    places = (path, path / "config.json", path / "params.json")
    return next((str(place) for place in places if place.is_file()), "")
