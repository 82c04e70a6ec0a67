"""Grids a scenario names and the catalog does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costcheck.catalog.knowledge import Knowledge
    from costcheck.diagnostics import Diagnostic
    from costcheck.estimate.resolve import ResolvedStage
    from costcheck.scenario.load import Loaded


def unknown_grids(
    loaded: Loaded, stages: Sequence[ResolvedStage], known: Knowledge
) -> list[Diagnostic]:
    """A diagnostic for every named grid that the table does not have."""
    said = [stage.stage.energy.grid for stage in stages if stage.stage.energy is not None]
    places = dict.fromkeys(place for place in said if isinstance(place, str))
    return [
        _unknown(loaded, place, known)
        for place in places
        if known.grid(place, loaded.catalog.date) is None
    ]


def _unknown(loaded: Loaded, place: str, known: Knowledge) -> Diagnostic:
    near = known.grids.near(place)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    advice = "a country (ISO 3166 alpha-3), a region of the table, or an intensity: 57 g/kWh"
    return loaded.problem(
        "CC305",
        f"no grid is called {place!r}",
        key="energy.grid",
        text=place,
        help=f"{hint}{advice}",
    )
