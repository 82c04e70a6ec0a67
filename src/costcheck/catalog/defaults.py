"""Sourced defaults of the catalogs: what an estimate assumes where a scenario is silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck.graph.distributions import Spread

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog


class Default(NamedTuple):
    """A number the catalog assumes."""

    value: float
    """Central value in the unit the file's key names."""
    spread: Spread | None
    """Its 90 % interval; None where the file gives none."""
    sources: tuple[str, ...]
    """Who says so, each in one line."""
    why: str = ""
    """What it is."""
    text: str = ""
    """The value as the catalog writes it."""


class Defaults:
    """One file of defaults below ``configs/``, by dotted path; an overlay's replaces ours."""

    def __init__(self, catalog: Catalog, file: str) -> None:
        self.file = file
        self.data: dict[str, Any] = catalog.document(file, as_text=True)
        self.sources = {source["key"]: _label(source) for source in self.data.get("sources", ())}

    def __getitem__(self, path: str) -> Default:
        """Return the default at a dotted path."""
        return self.read(self.entry(path))

    def read(self, entry: Mapping[str, Any]) -> Default:
        """Return the default that an entry of the file spells out."""
        value = float(entry["value"])
        spread = None
        if "low" in entry:
            spread = Spread(
                central=value,
                low=float(entry["low"]),
                high=float(entry["high"]),
                shape=entry.get("shape", "lognormal"),
                upper_bound=float(entry.get("at_most", "inf")),
                lower_bound=float(entry.get("at_least", "-inf")),
            )
        return Default(
            value, spread, self.labels(entry), str(entry.get("why", "")), str(entry["value"])
        )

    def entry(self, path: str) -> dict[str, Any]:
        """Return the mapping at a dotted path as text."""
        found: Any = self.data
        for step in path.split("."):
            found = found[step]
        if not isinstance(found, dict):
            raise KeyError(path)
        return found

    def labels(self, entry: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the sources an entry names, each in one line."""
        keys = entry.get("sources", entry.get("source", ()))
        listed = [keys] if isinstance(keys, str) else keys
        return tuple(self.sources.get(key, key) for key in listed)


def _label(source: Mapping[str, str]) -> str:
    when = source.get("date") or source.get("checked")
    name = source.get("title") or source.get("url") or source["key"]
    return f"{name} ({when})" if when else name
