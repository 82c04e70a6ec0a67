"""The data files behind a prediction: generations, their constants, what a scenario leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from costcheck.catalog.defaults import Default, Defaults
from costcheck.catalog.files import Catalog, spelled
from costcheck.physics.decode.engine import EngineConstants
from costcheck.physics.step_time.generation import default_generation
from costcheck.text.quantity import parse

UNFUSED = "eager"
"""The kernel of an attention core that writes its scores to memory."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What training software does."""

    generation: str
    """Measured constants it shares."""
    traits: tuple[str, ...]
    """In what it differs from them."""
    attention: str
    experts: str
    """Kernels it runs where nobody says."""
    recompute: str
    """What it computes again where nobody says."""
    known: bool
    """False where the software is none of those we know and the usual one stands in."""
    can: frozenset[str]
    """Choices of a layout it had at the date; a stack of one's own may do what was public."""


def _document(path: str) -> cached_property[Mapping[str, Any]]:
    """A data file, read when it is first asked for."""
    return cached_property(lambda data: data.catalog.document(path))


class PerformanceData:
    """Fitted constants and defaults of the performance model."""

    rules = _document("performance/generations.yaml")
    """Which generation and which hardware class apply."""
    memory = _document("performance/memory.yaml")
    """What each generation holds beside the model."""
    ranges = _document("performance/ranges.yaml")
    """How far predictions were off on sources that no fit had seen, and what was measured."""
    software = _document("performance/software.yaml")
    """What named training software does, and since when."""
    _memory_ranges = _document("performance/memory-ranges.yaml")
    _decode = _document("performance/decode.yaml")

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def prediction(self) -> Defaults:
        """What is assumed where a scenario is silent, and how far to widen a range."""
        return Defaults(self.catalog, "performance/prediction.yaml")

    @cached_property
    def variances(self) -> Mapping[str, float]:
        """Log variance that each class of a run adds to the error of its step time."""
        return _variances(self.ranges)

    @cached_property
    def memory_variances(self) -> Mapping[str, float]:
        """Log variance that each class of a run adds to the error of its memory."""
        return _variances(self._memory_ranges)

    @cached_property
    def unknown_card(self) -> Default:
        """The network card of a part of which none is known."""
        return self._rate("nic")

    @cached_property
    def unknown_host_link(self) -> Default:
        """The link of a card to its server, where none is known, both directions."""
        return self._rate("host_link")

    def _rate(self, key: str) -> Default:
        entry = self.prediction.entry(key)
        speed = parse(entry["value"], "byte_rate").value
        return self.prediction.read({**entry, "value": speed})._replace(text=entry["value"])

    @cached_property
    def engine_constants(self) -> EngineConstants:
        """What engines that generate reach of their hardware."""
        constants = self._decode["constants"]
        return EngineConstants(**{key: float(item["value"]) for key, item in constants.items()})

    @cached_property
    def engine_spread(self) -> float:
        """Log error of an engine's throughput on sources left out of the fit."""
        return float(self._decode["errors"]["log_spread_left_out"])

    @cached_property
    def engine_sources(self) -> tuple[str, ...]:
        """Where the constants of engines come from."""
        return tuple(source["title"] for source in self._decode["sources"])

    def generation(self, name: str) -> Mapping[str, Any]:
        """Return the fitted constants of a software generation."""
        return self.catalog.document(f"performance/{name}.yaml")

    def bundle(self, *, software: str | None, sharded: bool, date: str) -> Bundle:
        """Return what a run's software does: as named, else as usual at its date."""
        bundles = self.software["bundles"]
        if software is not None:
            wanted = spelled(software)
            for entry in bundles:
                if wanted in entry["names"]:
                    return self._dated(entry, date=date, known=True)
        name = (
            str(self.prediction.data["fully_sharded"])
            if sharded
            else default_generation(rules=self.rules["default"], date=date)
        )
        usual = next(e for e in bundles if e["generation"] == name and "traits" not in e)
        found = self._dated(usual, date=date, known=software is None)
        asked = {entry["choice"] for entry in self.software["can"] if entry.get("asked")}
        return replace(found, can=found.can - asked) if software is None else found

    def can(self, *, generation: str | None, date: str) -> frozenset[str]:
        """Choices of a layout that a generation's releases had; without one, what was public."""
        return frozenset(
            str(entry["choice"])
            for entry in self.software["can"]
            if date
            >= str(entry["in"].get(generation, "9999") if generation else entry["published"])
        )

    @cached_property
    def choice_sources(self) -> tuple[str, ...]:
        """Who says what software can run."""
        return ("configs/performance/software.yaml: choices of a layout and since when they exist",)

    def _dated(self, entry: Mapping[str, Any], *, date: str, known: bool) -> Bundle:
        generation = str(entry["generation"])
        gained = (
            later["trait"]
            for later in self.software["dated"]
            if later["generation"] == generation and date >= str(later["from"])
        )
        return Bundle(
            generation=generation,
            traits=(*entry.get("traits", ()), *gained),
            attention=UNFUSED
            if date < str(entry.get("fused_from", ""))
            else str(entry.get("attention", "flash-2")),
            experts=str(entry.get("experts", "grouped")),
            recompute=str(entry.get("recompute", "none")),
            known=known,
            can=self.can(generation=generation if known else None, date=date)
            - frozenset(entry.get("lacks", ()))
            | frozenset(entry.get("has", ())),
        )

    def default(self, path: str) -> Default:
        """Return a default of the prediction file at a dotted path."""
        return self.prediction[path]


def _variances(document: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: float(entry["variance"]) for name, entry in document["classes"].items()}


@lru_cache(maxsize=4)
def performance_data(catalog: Catalog) -> PerformanceData:
    """Return the performance data of a catalog, read once per process."""
    return PerformanceData(catalog)
