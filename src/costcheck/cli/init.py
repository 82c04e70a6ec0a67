"""`costcheck init`: a commented starter scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from costcheck.catalog.files import Catalog
from costcheck.cli import DONE
from costcheck.cli.streams import emit
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.scenario import starter


def run(
    *,
    source: str | None = None,
    claims: str | None = None,
    output: str | None = None,
    catalog: Sequence[str] = (),
    debug: bool = False,
) -> int:
    """Write a starter for a catalog model, a config.json, a launch file or an article."""
    if claims is not None:
        from costcheck.text.prose import draft_claims

        emit(draft_claims(_text(claims)), output)
    elif source is not None and Path(source).is_file():
        emit(starter.from_file(source, _text(source)), output)
    else:
        emit(starter.from_model(Catalog(catalog), source or starter.DEFAULT_MODEL), output)
    return DONE


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not readable as UTF-8 text"
        raise CostcheckError(
            [Diagnostic("CC014", "error", f"cannot read {path}: {reason}", Place(path))]
        ) from error
