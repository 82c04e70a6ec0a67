"""The catalogs as blocks and as data: lists, and single entries with their sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from costcheck.catalog.files import Catalog
from costcheck.catalog.known_runs import load_registry, subject_of
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.architecture_counts import architecture_counts
from costcheck.estimate.model_source import from_catalog
from costcheck.estimate.resolve import accelerator
from costcheck.quantities import field_words
from costcheck.report.views.architecture import counts_table
from costcheck.report.views.blocks import (
    Cell,
    Column,
    Document,
    Table,
    Title,
    bullets,
    cells,
    numeric,
    words,
)
from costcheck.text import yaml_text

if TYPE_CHECKING:
    from costcheck.catalog.overlays import Imported
    from costcheck.catalog.price_quotes import Quote

DEFAULT_SEQUENCE_LENGTH = 4096
"""Tokens of a sequence where a model of the catalog states no training length."""

QUOTED = (Column("accelerator"), *numeric("date", "$/GPU-hour"), Column("offer"))
"""What every price is listed with."""


class Entries(NamedTuple):
    """A catalog, or a part of it, in both forms."""

    document: Document
    data: Any


def gpus(catalog: Catalog, name: str | None) -> Entries:
    """Return all accelerators, or one."""
    if name is not None:
        return _file_entry(catalog, "gpus", name)
    rows, data = [], []
    for part in catalog.names("gpus"):
        found = accelerator(catalog, part)
        if found is None:
            continue
        entry = found.entry
        peak = entry.peak.bf16 or entry.peak.fp16 or entry.peak.fp32
        values = {
            "id": part,
            "name": found.name,
            "released": entry.released,
            "peak_flop_per_s": peak.value if peak else None,
            "memory_bytes": entry.memory.value if entry.memory else None,
            "tdp_w": entry.tdp.value if entry.tdp else None,
        }
        data.append(values)
        rows.append(
            cells(
                part,
                entry.released or "?",
                peak.text if peak else "?",
                entry.memory.text if entry.memory else "?",
                entry.tdp.text if entry.tdp else "?",
            )
        )
    columns = (Column("accelerator"), *numeric("released", "dense 16-bit peak", "memory", "TDP"))
    return Entries((_title("gpus", catalog, len(rows)), Table("", columns, tuple(rows))), data)


def models(catalog: Catalog, name: str | None) -> Entries:
    """Return all models, or one with its counts."""
    if name is not None:
        return _model_entry(catalog, name)
    rows, data = [], []
    for model in catalog.names("models"):
        found = catalog.find("models", model)
        if found is None:
            continue
        entry = _data(found.text, found.path)
        published = entry.get("published") or {}
        row = {
            "id": model,
            "name": entry.get("name", model),
            "released": entry.get("released"),
            "parameters": published.get("parameters"),
            "active_parameters": published.get("active_parameters"),
            "architecture": bool(entry.get("architecture")),
        }
        data.append(row)
        rows.append(
            cells(
                model,
                str(row["released"] or "?"),
                str(row["parameters"] or "?"),
                str(row["active_parameters"] or ""),
                "exact" if row["architecture"] else "size only",
            )
        )
    columns = (Column("model"), *numeric("released", "parameters", "active"), Column("counts"))
    return Entries((_title("models", catalog, len(rows)), Table("", columns, tuple(rows))), data)


def prices(catalog: Catalog, name: str | None) -> Entries:
    """Return the quotes of the price book, those of one accelerator where it is named."""
    from costcheck.catalog.price_quotes import quotes

    parts = catalog.names("gpus")
    if name is not None:
        found = catalog.find("gpus", name)
        if found is None:
            raise _unknown(catalog, "gpus", name)
        parts = [found.id]
    listed = list(dict.fromkeys(quote for part in parts for quote in quotes(catalog, part)))
    rows = tuple(_quote(quote, Cell(quote.source, "faint")) for quote in listed)
    columns = (*QUOTED, Column("source"))
    document = (_title("prices", catalog, len(rows)), Table("", columns, rows))
    return Entries(document, [dict(quote._asdict()) for quote in listed])


def _quote(quote: Quote, last: Cell) -> tuple[Cell, ...]:
    offer = f"{quote.provider}, {quote.provider_kind}, {quote.term}"
    return cells(quote.gpu, quote.date, f"${quote.median_usd:.2f}", offer, last)


def imported_entries(imported: Imported, files: list[str], folder: str) -> Entries:
    """Return what an import read, what it left out and why, and how to use it."""
    rows = tuple(_quote(quote, Cell(str(quote.rows))) for quote in imported.quotes)
    columns = (*QUOTED, *numeric("rows"))
    left_out = [
        f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}: {reason} (such as {rows[0]})"
        for reason, rows in imported.left_out.items()
    ]
    counts = [
        f"{len(imported.quotes)} prices",
        *([f"{len(imported.parts)} parts"] if imported.parts else []),
        *([f"{len(imported.purchases)} purchase prices"] if imported.purchases else []),
    ]
    document = (
        Title(f"{', '.join(counts)} from {imported.title}", Cell(""), folder),
        *((Table("", columns, rows),) if rows else ()),
        bullets("left out", left_out or ["nothing"]),
        *((bullets("assumed", imported.assumed),) if imported.assumed else ()),
        bullets("written", [*files, f"use it with --catalog {folder}"]),
    )
    return Entries(document, _imported_data(imported, files, folder))


def _imported_data(imported: Imported, files: list[str], folder: str) -> dict[str, Any]:
    return {
        "format": imported.title,
        "folder": folder,
        "files": files,
        "quotes": [dict(quote._asdict()) for quote in imported.quotes],
        "parts": sorted(imported.parts),
        "purchases": len(imported.purchases),
        "left_out": {reason: len(rows) for reason, rows in imported.left_out.items()},
        "assumed": imported.assumed,
    }


def _run(run: Mapping[str, Any], *, alone: bool) -> tuple[Cell, ...]:
    """A known run: all that is told of it, or as one of many a line of its figures."""
    known = (f"{field_words(key)} {text}" for key, text in run["figures"].items())
    if not alone:
        # A figure is cut whole or not at all.
        return cells(run["id"], ", ".join(text.replace(" ", "\u00a0") for text in known))
    places = dict.fromkeys(
        urlsplit(source.get("url") or "").hostname or source["title"] for source in run["sources"]
    )
    return cells(run["id"], run["scope"], ", ".join(known), Cell(", ".join(places), "faint"))


def claims(catalog: Catalog, name: str | None) -> Entries:
    """Return the known runs that claims are matched with, or those of one id or subject."""
    known = load_registry(catalog)
    runs = [run.to_dict() for run in known]
    if name is not None:
        subject = subject_of(name, known)
        exact = [run for run in runs if run["id"] == name]
        runs = exact or [run for run in runs if run["subject"] == subject]
        if not runs:
            raise _unknown(catalog, "claims", name)
    rows = tuple(_run(run, alone=name is not None) for run in runs)
    listed = (Column("run"), Column("figures", cut=True))
    columns = listed if name is None else words("run", "scope", "figures", "source")
    return Entries((_title("claims", catalog, len(rows)), Table("", columns, rows)), runs)


LISTINGS: dict[str, Callable[[Catalog, str | None], Entries]] = {
    "gpus": gpus,
    "models": models,
    "prices": prices,
    "claims": claims,
}
"""What `costcheck catalog` can show."""


def entry_columns(entries: Entries) -> list[str]:
    """The keys of all entries, in the order they first appear."""
    return list(dict.fromkeys(key for row in _listed(entries) for key in row))


def entry_rows(entries: Entries) -> Iterator[list[object]]:
    """One row for each entry."""
    columns = entry_columns(entries)
    for row in _listed(entries):
        yield [row.get(column) for column in columns]


def _listed(entries: Entries) -> list[dict[str, Any]]:
    return entries.data if isinstance(entries.data, list) else [entries.data]


def _model_entry(catalog: Catalog, name: str) -> Entries:
    found = catalog.find("models", name)
    if found is None:
        raise _unknown(catalog, "models", name)
    model = from_catalog(found)
    shown = _file_entry(catalog, "models", name)
    if model.architecture is None:
        return shown
    stated = int(model.sequence_length.value) if model.sequence_length else DEFAULT_SEQUENCE_LENGTH
    length = model.architecture.positions or stated
    counts = architecture_counts(model.name, model.architecture, sequence_length=length)
    title, *rest = shown.document
    return Entries((title, counts_table(counts), *rest), {**shown.data, **counts})


def _file_entry(catalog: Catalog, kind: Any, name: str) -> Entries:
    found = catalog.find(kind, name)
    if found is None:
        raise _unknown(catalog, kind, name)
    data = _data(found.text, found.path)
    facts = [f"{_said(key)}: {_inline(value)}" for key, value in data.items() if key != "sources"]
    document = (
        Title(data.get("name", found.id), Cell(""), found.assumption),
        bullets("entry", facts, "", ""),
        bullets("sources", map(_source, data.get("sources") or ())),
    )
    return Entries(document, {"id": found.id, **data})


def _source(source: Any) -> str:
    parts = source if isinstance(source, dict) else {"title": source}
    return ", ".join(_inline(value) for key, value in parts.items() if key != "key")


def _said(key: str) -> str:
    """A key as words."""
    return key.replace("_", " ")


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_said(key)} {_inline(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(_inline(item) for item in value)
    return "none" if value is None else str(value)


def _data(text: str, path: str) -> dict[str, Any]:
    data = yaml_text.parse(text, path).data
    return data if isinstance(data, dict) else {}


def _title(kind: str, catalog: Catalog, count: int) -> Title:
    what = kind.replace("gpu", "GPU").removesuffix("s" if count == 1 else "")
    return Title(f"{count:,} {what}", Cell(""), f"catalog {catalog.date}")


def _unknown(catalog: Catalog, kind: Any, name: str) -> CostcheckError:
    near = catalog.near(kind, name) if kind in ("gpus", "models") else []
    hint = f"did you mean {' or '.join(near)}?" if near else f"see costcheck catalog {kind}"
    message = f"nothing is called {name!r} in the catalog of {kind}"
    return CostcheckError([Diagnostic("CC024", "error", message, None, hint)])
