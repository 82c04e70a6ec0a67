"""Epoch AI's table of machine learning hardware: parts we lack, and what parts cost when new."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from costcheck.catalog.hardware import Peaks
from costcheck.text.dates import first_day

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog
    from costcheck.catalog.overlays import Imported


Columns = Mapping[str, Sequence[str]]
"""Names in the table of what we read, by ours."""


def read_hardware(
    catalog: Catalog,
    rows: list[dict[str, str]],
    columns: Columns,
    source: Mapping[str, str],
    result: Imported,
) -> None:
    """Read the parts that the catalog does not know, and every release price."""
    for row in rows:
        said = {key: row.get(columns[key][0], "") for key in ("gpu", "vendor", "released")}
        said["released"] = _day(said["released"])
        numbers = {key: _number(row, names) for key, names in columns.items()}
        rates = (
            f"{each.name}: {rate / 1e12:g} TFLOPS"
            for each in fields(Peaks)
            if (rate := numbers[each.name])
        )
        name, peaks = said["gpu"], ", ".join(rates)
        if numbers["release_usd"] and said["released"]:
            result.purchases.append(_purchase(said, numbers["release_usd"], source["url"]))
        if catalog.find("gpus", name) is not None:
            result.leave("specifications of a part the catalog has: ours stay", name)
        elif not peaks or not numbers["memory_bytes"]:
            result.leave("a part without peak or memory", name or "a row")
        else:
            result.parts[_identifier(name)] = _entry(said, numbers, peaks, source)


def _purchase(said: Mapping[str, str], price: float, page: str) -> dict[str, str]:
    return {
        "date": said["released"],
        "hardware": said["gpu"],
        "manufacturer": said["vendor"],
        "price_per_chip_usd": f"{price:g}",
        "number_of_gpus_in_quote": "1",
        "notes": "Release price",
        "source": page,
    }


def _entry(
    said: Mapping[str, str],
    numbers: Mapping[str, float | None],
    peaks: str,
    source: Mapping[str, str],
) -> str:
    """Write the entry of a part as the catalog has them."""
    memory, bandwidth, power = (numbers[k] for k in ("memory_bytes", "memory_bandwidth", "tdp"))
    lines = [
        f"name: {said['gpu']}",
        f"vendor: {said['vendor']}",
        *([f"released: {said['released']}"] if said["released"] else []),
        f"peak: {{{peaks}}}",
        f"memory: {(memory or 0.0) / 1e9:g} GB",
        *([f"memory_bandwidth: {bandwidth / 1e9:g} GB/s"] if bandwidth else []),
        *([f"tdp: {power:g} W"] if power else []),
        "sources:",
        f'  - {{key: epoch, title: "{source["title"]}", url: "{source["url"]}"}}',
    ]
    return "\n".join(lines) + "\n"


def _number(row: Mapping[str, str], names: Sequence[str]) -> float | None:
    for name in names:
        try:
            value = float(row.get(name, "").replace(",", ""))
        except ValueError:
            continue
        if value > 0.0:
            return value
    return None


def _day(text: str) -> str:
    try:
        return first_day(text).isoformat()
    except (TypeError, ValueError):
        return ""


def _identifier(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
