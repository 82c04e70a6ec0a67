"""What was imported, written into a folder that `--catalog` takes."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from costcheck.catalog.price_quotes import COLUMNS, Quote, price_files
from costcheck.text.files import whole, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costcheck.catalog.files import Catalog

PURCHASES_FILE = "prices/hardware_purchase.csv"
PURCHASE_COLUMNS = (
    "date", "hardware", "manufacturer", "price_per_chip_usd", "number_of_gpus_in_quote", "notes",
    "source",
)  # fmt: skip
_SAME_QUOTE = ("gpu", "provider", "term", "date")
_SAME_PURCHASE = ("date", "hardware", "notes")


@dataclass(kw_only=True)
class Imported:
    """What a table holds, and what was left out of it and why."""

    title: str
    quotes: list[Quote] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    """New accelerators: the text of their entry by identifier."""
    purchases: list[dict[str, str]] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """Rows by the reason why they were left out, each by what it is about."""
    assumed: list[str] = field(default_factory=list)

    def leave(self, reason: str, about: str) -> None:
        """Count a row that is left out."""
        self.left_out.setdefault(reason, []).append(about)


def write_overlay(catalog: Catalog, imported: Imported, folder: str) -> list[str]:
    """Write an import into a folder; rows of an earlier one stay unless they are the same."""
    tables: dict[str, list[dict[str, str]]] = {}
    for quote in imported.quotes:
        row = {key: _plain(value) for key, value in zip(COLUMNS, quote, strict=False)}
        tables.setdefault(_price_file(catalog, quote.gpu), []).append(row)
    for name, rows in tables.items():
        _merge(Path(folder, name), COLUMNS, rows, _SAME_QUOTE)
    if imported.purchases:
        path = Path(folder, PURCHASES_FILE)
        _merge(path, PURCHASE_COLUMNS, imported.purchases, _SAME_PURCHASE)
    for part, text in imported.parts.items():
        path = Path(folder, "gpus", f"{part}.yaml")
        write_file(str(path), text.encode())
    purchases = [PURCHASES_FILE] if imported.purchases else []
    return sorted([*tables, *purchases, *(f"gpus/{part}.yaml" for part in imported.parts)])


def _price_file(catalog: Catalog, gpu: str) -> str:
    """The file a quote of a part belongs into: where the price book has the part."""
    names = price_files(gpu)
    return next((name for name in names if catalog.has(name)), names[0])


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _merge(
    path: Path, columns: tuple[str, ...], rows: list[dict[str, str]], same: tuple[str, ...]
) -> None:
    kept: Iterable[Mapping[str, str]] = ()
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            kept = list(csv.DictReader(file))
    merged = {tuple(row[key] for key in same): row for row in (*kept, *rows)}
    with whole(str(path)) as target, Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(merged[key] for key in sorted(merged))
