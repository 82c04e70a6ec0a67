"""The data files behind a prediction: generations, their constants, what a scenario leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from costcheck.catalog.defaults import Default
from costcheck.physics.step_time import default_generation
from costcheck.text.quantity import parse

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog


class PerformanceData:
    """Fitted constants and defaults of the performance model.

    Parameters
    ----------
    catalog : Catalog
        Catalogs with overlays.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        """Which generation and which hardware class apply."""
        return self.catalog.document("performance/generations.yaml")

    @cached_property
    def memory(self) -> Mapping[str, Any]:
        """What each generation holds beside the model."""
        return self.catalog.document("performance/memory.yaml")

    @cached_property
    def prediction(self) -> Mapping[str, Any]:
        """What is assumed where a scenario is silent, and how far to widen a range."""
        return self.catalog.document("performance/prediction.yaml")

    @cached_property
    def unknown_card(self) -> Default:
        """The network card of a part of which none is known."""
        entry = self.prediction["nic"]
        speed = parse(entry["value"], "byte_rate").value
        return Default(
            value=speed,
            spread=None,
            sources=self.labels(entry),
            why=entry["why"],
            text=entry["value"],
        )

    def generation(self, name: str) -> Mapping[str, Any]:
        """Return the fitted constants of a software generation."""
        return self.catalog.document(f"performance/{name}.yaml")

    def choose_generation(self, *, software: str | None, sharded: bool, date: str) -> str | None:
        """Return the generation a scenario means, None where its software is an unknown one."""
        if software is None:
            if sharded:
                return str(self.prediction["fully_sharded"])
            return default_generation(rules=self.rules["default"], date=date)
        wanted = software.strip().lower().replace(" ", "-").replace("_", "-")
        for name, spellings in self.prediction["software"].items():
            if wanted in spellings:
                return str(name)
        return None

    def default(self, path: str) -> Default:
        """Return a default of the prediction file at a dotted path."""
        entry: Any = self.prediction
        for step in path.split("."):
            entry = entry[step]
        return Default(
            value=float(entry["value"]),
            spread=None,
            sources=self.labels(entry),
            why=entry["why"],
            text=str(entry["value"]),
        )

    def labels(self, entry: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the sources an entry of the prediction file names, each in one line."""
        titles = {
            source["key"]: f"{source['title']} ({source.get('date') or source.get('checked')})"
            for source in self.prediction["sources"]
        }
        return tuple(titles[key] for key in entry["sources"])


@lru_cache(maxsize=4)
def performance_data(catalog: Catalog) -> PerformanceData:
    """Return the performance data of a catalog, read once per process."""
    return PerformanceData(catalog)
