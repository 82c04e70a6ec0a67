"""Tables of prices and hardware that a user has: read row by row into quotes and parts.

What a table is and which of its columns say what stands in ``imports.yaml``. A row that cannot be
used is counted under its reason, with an example; none is dropped without a word.
"""

from __future__ import annotations

import csv
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck.catalog.hardware_import import read_hardware
from costcheck.catalog.instances import find_instance
from costcheck.catalog.overlays import Imported
from costcheck.catalog.price_book import kind_of_provider
from costcheck.catalog.price_quotes import CONTRACT, INFINITY, Quote
from costcheck.diagnostics import Place, refusal
from costcheck.text.dates import first_day
from costcheck.text.files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costcheck.catalog.files import Catalog

IMPORTS_FILE = "imports.yaml"
BILL = "own"
"""Source of the formats that are bills: what they hold was paid."""
HARDWARE = "hardware"
"""What tables of parts hold; all others hold prices."""
UNKNOWN_KIND = "neocloud"
"""What a provider is taken for that the price book does not know; said for each."""
_PLAIN_NAMES = ("vms", "prices", "catalog", "instances", "server_prices")
"""File names that say nothing: the folder above names the provider."""


class Offer(NamedTuple):
    """One usable price of a row."""

    gpu: str
    provider: str
    term: str
    date: str
    usd: float


def read_table(
    catalog: Catalog, path: str, provider: str | None = None, as_of: str | None = None
) -> Imported:
    """Read a table of one of the known formats."""
    fields, rows = _rows(path)
    spec = catalog.document(IMPORTS_FILE)
    layout = _layout(spec, fields, path)
    result = Imported(title=layout["title"])
    if layout.get("holds") == HARDWARE:
        source = next(each for each in spec["sources"] if each["key"] == layout["source"])
        read_hardware(catalog, rows, layout["columns"], source, result)
        return result
    reader = _Reader(catalog, spec, layout, fields, result, _usual(path, provider), as_of)
    offers = [offer for row in rows for offer in reader.offers(row)]
    bill = layout["source"] == BILL
    source = f"{CONTRACT} {Path(path).name}" if bill else Path(path).name
    result.quotes = _grouped(catalog, offers, source, result)
    return result


def _rows(path: str) -> tuple[list[str], list[dict[str, str]]]:
    try:
        reader = csv.DictReader(read_text(path, streams=True).splitlines(keepends=True))
        rows = [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]
        return [name for name in reader.fieldnames or () if name], rows
    except (OSError, csv.Error) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise refusal("CC014", f"cannot read {path}: {reason}", Place(path)) from None


def _layout(spec: Mapping[str, Any], fields: list[str], path: str) -> dict[str, Any]:
    """Find the format of a table by its columns."""
    for layout in spec["formats"]:
        if layout.get("known_by") and set(layout["known_by"]) <= set(fields):
            return dict(layout)
    invoice = next(layout for layout in spec["formats"] if not layout.get("known_by"))
    held = {key for key, names in invoice["columns"].items() if _column(fields, names)}
    priced = held & {"price", "gpu_price"} or ("amount" in held and held & {"hours", "gpu_hours"})
    if held & {"gpu", "instance"} and priced:
        return dict(invoice)
    formats = ", ".join(layout["title"] for layout in spec["formats"])
    message = f"no table of prices is known by the columns {', '.join(fields) or 'none'}"
    advice = f"it reads {formats}; an invoice has gpu or instance, and price, or amount and hours"
    raise refusal("CC125", message, Place(path, 1), advice)


def _column(fields: list[str], names: list[str]) -> str | None:
    written = {name.strip().lower(): name for name in reversed(fields)}
    return next((written[name.lower()] for name in names if name.lower() in written), None)


def _usual(path: str, provider: str | None) -> str:
    """Return whose prices a table holds where no column says it."""
    if provider:
        return provider
    place = Path(path).resolve()
    return place.parent.name if place.stem.lower() in _PLAIN_NAMES else place.stem


class _Reader:
    """Reads the offers of one row after the other."""

    def __init__(
        self,
        catalog: Catalog,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        fields: list[str],
        result: Imported,
        provider: str,
        as_of: str | None,
    ) -> None:
        self.catalog, self.result = catalog, result
        self.columns = {k: _column(fields, names) for k, names in layout["columns"].items()}
        self.terms = {word: term for term, words in spec["terms"].items() for word in words}
        self.hours = [unit.lower() for unit in spec["hour_units"]]
        self.provider = str(layout.get("provider", provider))
        self.date = as_of or catalog.date
        if as_of is None and not self.columns.get("date"):
            result.assumed.append(f"the table has no date: {self.date} is taken (--as-of)")

    def text(self, row: Mapping[str, str], key: str) -> str:
        """What a row says under one of our names; empty where it has no such column."""
        column = self.columns.get(key)
        return row.get(column, "") if column else ""

    def number(self, row: Mapping[str, str], key: str) -> float | None:
        """The same as a number; None for no number and for zero."""
        try:
            value = float(self.text(row, key).replace(",", "").lstrip("$"))
        except ValueError:
            return None
        return value if 0.0 < value < INFINITY else None

    def offers(self, row: Mapping[str, str]) -> Iterator[Offer]:
        """Yield the prices of a row; what cannot be used is left out with its reason."""
        about = self.text(row, "instance") or self.text(row, "gpu") or "a row"
        machine = self._machine(row, about)
        if machine is None:
            return
        reason = self._strange(row)
        if reason:
            self.result.leave(reason, about)
            return
        gpu, count = machine
        listed, term = self._price(row, count), self._term(row)
        spot = self.number(row, "spot_price")
        date = self._date(row)
        if term is None or date is None:
            wrong = self.text(row, "term") if term is None else self.text(row, "date")
            self.result.leave("a term or date that is not understood", f"{about}: {wrong}")
            return
        whom = self.text(row, "provider") or self.provider
        if listed is not None:
            yield Offer(gpu, whom, term, date, listed)
        if spot is not None:
            yield Offer(gpu, whom, "spot", date, spot / count)
        if listed is None and spot is None:
            self.result.leave("no price", about)

    def _machine(self, row: Mapping[str, str], about: str) -> tuple[str, float] | None:
        """Return the part of a row and how many of it the price is for."""
        written, memory = self.text(row, "gpu"), self.number(row, "memory_gb")
        named = f"{written} {memory:g}GB" if written and memory else written
        stated = self.number(row, "count")
        for name in dict.fromkeys((named, written, self.text(row, "instance"))):
            if not name:
                continue
            instance = find_instance(self.catalog, name)
            if instance is not None and instance.gpu:
                size = instance.size if not stated or name != written else instance.size * stated
                return self._part(instance.gpu), float(size)
            if self.catalog.find("gpus", name) is not None:
                return self._part(name), stated or 1.0
        if not written and not stated:
            self.result.leave("no accelerator", about)
        else:
            self.result.leave("an accelerator the catalog does not know", written or about)
        return None

    def _part(self, name: str) -> str:
        """Identifier of a part, or of the family where a name says no more than that."""
        found = self.catalog.find("gpus", name)
        family = name.strip().lower().replace(" ", "-")
        return found.id if found and not found.id.startswith(f"{family}-") else family

    def _strange(self, row: Mapping[str, str]) -> str:
        """Say why the money or the hours of a row are in the wrong unit."""
        currency, unit = self.text(row, "currency"), self.text(row, "unit")
        if currency and currency.upper() != "USD":
            return f"in {currency.upper()}, not in US dollars"
        return f"per {unit}, not per hour" if unit and unit.lower() not in self.hours else ""

    def _price(self, row: Mapping[str, str], count: float) -> float | None:
        """Price of one accelerator for an hour."""
        each, price = self.number(row, "gpu_price"), self.number(row, "price")
        if each is not None or price is not None:
            return each if each is not None else (price or 0.0) / count
        amount, gpu_hours = self.number(row, "amount"), self.number(row, "gpu_hours")
        hours = self.number(row, "hours")
        over = gpu_hours or (hours and hours * count)
        return amount / over if amount and over else None

    def _term(self, row: Mapping[str, str]) -> str | None:
        if self.text(row, "is_spot").lower() in ("true", "1", "yes"):
            return "spot"
        word = self.text(row, "term").lower()
        return self.terms.get(word) if word else "on-demand"

    def _date(self, row: Mapping[str, str]) -> str | None:
        try:
            return first_day(self.text(row, "date") or self.date).isoformat()
        except (TypeError, ValueError):
            return None


def _grouped(catalog: Catalog, offers: list[Offer], source: str, result: Imported) -> list[Quote]:
    """One quote for the offers of a provider, part, term and month, as the price book has them."""
    groups: dict[tuple[str, ...], list[Offer]] = {}
    for offer in offers:
        key = (offer.gpu, offer.provider, offer.term, offer.date[:7])
        groups.setdefault(key, []).append(offer)
    kinds = {whom: kind_of_provider(catalog, whom) for _, whom, _, _ in groups}
    result.assumed += [
        f"{whom} is taken for a {UNKNOWN_KIND}: the price book does not know it"
        for whom, kind in kinds.items()
        if kind is None
    ]
    quotes = []
    for (gpu, whom, term, _), group in sorted(groups.items()):
        usd = [offer.usd for offer in group]
        quotes.append(
            Quote(
                gpu=gpu,
                provider=whom.lower(),
                provider_kind=kinds[whom] or UNKNOWN_KIND,
                term=term,
                date=min(offer.date for offer in group),
                low_usd=min(usd),
                median_usd=statistics.median(usd),
                high_usd=max(usd),
                rows=len(usd),
                source=source,
                url="",
            )
        )
    return quotes
