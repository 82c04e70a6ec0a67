"""Reading the known runs of ``configs/claims``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from costcheck.audit.registry import KnownRun
from costcheck.catalog.files import Catalog
from costcheck.text.quantity import Quantity, parse

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FIGURE_DIMENSIONS: Mapping[str, str] = {
    "gpus": "count",
    "duration": "duration",
    "gpu_hours": "gpu_hours",
    "gpu_hours_per_trillion_tokens": "gpu_hours_per_trillion_tokens",
    "cost": "money",
    "price": "price",
    "capex": "money",
    "parameters": "params",
    "active_parameters": "params",
    "tokens": "tokens",
    "compute": "flop",
    "mfu": "ratio",
    "tokens_per_second_per_gpu": "tokens_per_second",
    "peak": "flop_rate",
    "energy": "energy",
    "power_per_gpu": "power",
    "carbon": "carbon",
    "grid_intensity": "grid_intensity",
    "water": "water",
}


def load_registry(catalog: Catalog) -> tuple[KnownRun, ...]:
    """Return every known run of ``configs/claims``, overlays included."""
    index = read_yaml(catalog, "claims/index.yaml")
    runs: list[KnownRun] = []
    for name in index["files"]:
        runs.extend(_runs(read_yaml(catalog, f"claims/{name}.yaml")))
    return tuple(runs)


def _runs(data: Mapping[str, Any]) -> Iterable[KnownRun]:
    titles = {item["key"]: {k: str(v) for k, v in item.items()} for item in data["sources"]}
    for item in data["runs"]:
        yield KnownRun(
            id=item["id"],
            subject=item["subject"],
            names=tuple(item.get("names", ())),
            stage=item["stage"],
            scope=item["scope"],
            standing=item["standing"],
            released=day(item.get("released")),
            gpu=item.get("gpu"),
            figures={field: _figure(field, str(text)) for field, text in item["figures"].items()},
            tags={key: str(value) for key, value in item.get("tags", {}).items()},
            sources=tuple(titles[key] for key in item["sources"]),
        )


def _figure(field: str, text: str) -> Quantity:
    return parse(text, FIGURE_DIMENSIONS[field])


def day(text: object) -> dt.date | None:
    """Return a date written as a day, a month (its first day) or a year."""
    if text is None:
        return None
    if isinstance(text, dt.date):
        return text
    parts = [int(part) for part in str(text).split("-")]
    return dt.date(*[*parts, 1, 1][:3])


def read_yaml(catalog: Catalog, relative: str) -> Any:
    """Return a catalog file parsed."""
    return yaml.load(catalog.text(relative), Loader=_LOADER)  # noqa: S506 - a safe loader
