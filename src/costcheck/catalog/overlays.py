"""What was imported, written into a folder that `--catalog` takes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from costcheck.catalog.imports import Imported, price_file_of
from costcheck.catalog.price_quotes import COLUMNS
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


def write_overlay(catalog: Catalog, imported: Imported, folder: str) -> list[str]:
    """Write an import into a folder; rows of an earlier one stay unless they are the same."""
    tables: dict[str, list[dict[str, str]]] = {}
    for quote in imported.quotes:
        row = {key: _plain(value) for key, value in zip(COLUMNS, quote, strict=False)}
        tables.setdefault(price_file_of(catalog, quote.gpu), []).append(row)
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
