"""Epoch AI's table of machine learning hardware: parts we lack, and what parts cost when new."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from costcheck.text.dates import first_day

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog

_PEAKS = {
    "fp64": ("FP64 (double precision) performance (FLOP/s)",),
    "fp32": ("FP32 (single precision) performance (FLOP/s)",),
    "tf32": ("TF32 (TensorFloat-32) performance (FLOP/s)",),
    "fp16": (
        "Tensor-FP16/BF16 performance (FLOP/s)",
        "FP16 (half precision) performance (FLOP/s)",
    ),
    "bf16": ("Tensor-FP16/BF16 performance (FLOP/s)",),
    "fp8": ("FP8 performance (FLOP/s)",),
    "fp4": ("FP4 performance (FLOP/s)",),
    "int8": ("INT8 performance (OP/s)",),
}
_MEMORY = ("Memory (bytes)", "Memory size per board (Byte)")
_SOURCE = "Epoch AI, machine learning hardware (CC BY 4.0)"
_PAGE = "https://epoch.ai/data/machine-learning-hardware"


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What the table adds to the catalog."""

    parts: dict[str, str] = field(default_factory=dict)
    """New accelerators: the text of their entry by identifier."""
    purchases: list[dict[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Why a row gave no part, and which."""


def read_hardware(catalog: Catalog, rows: list[dict[str, str]]) -> Hardware:
    """Read the parts that the catalog does not know, and every release price."""
    result = Hardware()
    for row in rows:
        name, day = row.get("Hardware name", ""), _day(row.get("Release date", ""))
        price = _number(row, ("Release price (USD)",))
        if price and day:
            result.purchases.append(_purchase(row, name, day, price))
        peaks = {key: value for key, names in _PEAKS.items() if (value := _number(row, names))}
        memory = _number(row, _MEMORY)
        if catalog.find("gpus", name) is not None:
            reason = "specifications of a part the catalog has: ours stay"
            result.left_out.append((reason, name))
        elif not peaks or not memory:
            result.left_out.append(("a part without peak or memory", name or "a row"))
        else:
            result.parts[_identifier(name)] = _entry(row, name, day, peaks, memory)
    return result


def _purchase(row: dict[str, str], name: str, day: str, price: float) -> dict[str, str]:
    return {
        "date": day,
        "hardware": name,
        "manufacturer": row.get("Manufacturer", ""),
        "price_per_chip_usd": f"{price:g}",
        "number_of_gpus_in_quote": "1",
        "notes": "Release price",
        "source": _PAGE,
    }


def _entry(row: dict[str, str], name: str, day: str, peaks: dict[str, float], memory: float) -> str:
    """Write the entry of a part as the catalog has them."""
    rates = ", ".join(f"{key}: {value / 1e12:g} TFLOPS" for key, value in peaks.items())
    bandwidth = _number(row, ("Memory bandwidth (byte/s)",))
    power = _number(row, ("TDP (W)",))
    lines = [
        f"name: {name}",
        f"vendor: {row.get('Manufacturer', '')}",
        *([f"released: {day}"] if day else []),
        f"peak: {{{rates}}}",
        f"memory: {memory / 1e9:g} GB",
        *([f"memory_bandwidth: {bandwidth / 1e9:g} GB/s"] if bandwidth else []),
        *([f"tdp: {power:g} W"] if power else []),
        "sources:",
        f'  - {{key: epoch, title: "{_SOURCE}", url: "{_PAGE}"}}',
    ]
    return "\n".join(lines) + "\n"


def _number(row: dict[str, str], names: tuple[str, ...]) -> float | None:
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
