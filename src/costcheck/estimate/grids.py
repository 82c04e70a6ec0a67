"""Emissions of the grid by country or region, from the catalog's table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from costcheck.catalog.defaults import Default, Defaults
from costcheck.diagnostics import near_names
from costcheck.graph.distributions import Spread
from costcheck.units import NORMAL_DEVIATIONS

if TYPE_CHECKING:
    from costcheck.diagnostics import Diagnostic
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.resolve import ResolvedStage
    from costcheck.scenario.load import Loaded


class Grids:
    """The table of grids.

    Parameters
    ----------
    table : str
        Text of ``energy/grid.csv``.
    power : Defaults
        ``energy/power.yaml``, for the spread.
    """

    def __init__(self, table: str, power: Defaults) -> None:
        from csv import DictReader

        self.rows = list(DictReader(table.splitlines()))
        self.power = power

    def default(self, place: str, as_of: str) -> Default | None:
        """Return the intensity of a grid in the year nearest to a date."""
        rows = self._rows_of(place)
        if not rows:
            return None
        year = int(as_of[:4])
        row = min(rows, key=lambda item: abs(int(item["year"]) - year))
        value = float(row["g_per_kwh"])
        factor = math.exp(NORMAL_DEVIATIONS * float(self.power.entry("grid_spread")["log_sd"]))
        return Default(
            value=value,
            spread=_around(value, factor),
            sources=(f"{row['source']}, {row['name']} {row['year']}",),
            why=f"grid of {row['name']}, {row['year']}",
            text=f"{row['g_per_kwh']} g/kWh",
        )

    def near(self, place: str) -> list[str]:
        """Return the codes of places that are written like this one, likeliest first."""
        written = {row["name"].lower(): row["code"] for row in self.rows}
        written |= {row["code"].lower(): row["code"] for row in self.rows}
        found = near_names(place.strip().lower(), written, 6)
        return list(dict.fromkeys(written[name] for name in found))[:3]

    def _rows_of(self, place: str) -> Sequence[dict[str, str]]:
        wanted = place.strip().lower()
        exact = [row for row in self.rows if wanted in (row["code"].lower(), row["name"].lower())]
        if exact:
            return exact
        named = [row for row in self.rows if _initials(row["name"]) == wanted.replace(".", "")]
        return named if len({row["code"] for row in named}) == 1 else ()


def unknown_grids(
    loaded: Loaded, stages: Sequence[ResolvedStage], known: Knowledge
) -> list[Diagnostic]:
    """Return a diagnostic for every named grid that the table does not have."""
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


def _around(value: float, factor: float) -> Spread | None:
    # Some grids are all hydropower in the table: nothing to multiply.
    if value <= 0.0:
        return None
    return Spread(central=value, low=value / factor, high=value * factor)


def _initials(name: str) -> str:
    words = name.replace("(", " ").replace(")", " ").split()
    return "".join(word[0] for word in words if word[0].isupper()).lower()
