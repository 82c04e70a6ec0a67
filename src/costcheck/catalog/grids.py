"""Emissions of the grid, and what industry pays for a kWh, by place and year."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

from costcheck.catalog.defaults import Default, Defaults
from costcheck.diagnostics import near_names
from costcheck.graph.distributions import Spread
from costcheck.units import NORMAL_DEVIATIONS

_MARKET = "MKT-"
"""Codes of market-based figures of companies."""
USUAL = "USA"
"""The grid whose price counts where none is named, or none of its country is known."""


class Grids:
    """The rows of ``energy/grid.csv``, and of ``energy/power.yaml`` their spread."""

    def __init__(self, rows: Sequence[Mapping[str, str]], power: Defaults) -> None:
        self.rows = rows
        self.power = power

    @cached_property
    def _named(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Rows by the code and by the name of their place, in lower case."""
        named: dict[str, list[Mapping[str, str]]] = {}
        for row in self.rows:
            for name in {row["code"].lower(), row["name"].lower()}:
                named.setdefault(name, []).append(row)
        return named

    def default(self, place: str, as_of: str) -> Default | None:
        """Intensity of a grid in the year nearest to a date."""
        rows = self._rows_of(place)
        if not rows:
            return None
        year = int(as_of[:4])
        row = min(rows, key=lambda item: abs(int(item["year"]) - year))
        factor = math.exp(NORMAL_DEVIATIONS * float(self.power.entry("grid_spread")["log_sd"]))
        return Default(
            value=float(row["g_per_kwh"]),
            spread=around(float(row["g_per_kwh"]), factor),
            sources=(f"{row['source']}, {row['name']} {row['year']}",),
            why=f"grid of {row['name']}, {row['year']}",
            text=f"{row['g_per_kwh']} g/kWh",
        )

    def code(self, place: str) -> str:
        """Code of a place by any of its names; empty where the table has no such place."""
        rows = self._rows_of(place)
        return rows[0]["code"] if rows else ""

    def is_market(self, place: str) -> bool:
        """Say whether a place is the power a company bought, not that of its grid."""
        return self.code(place).startswith(_MARKET)

    def near(self, place: str) -> list[str]:
        """Codes of places that are written like this one, likeliest first."""
        written = {row["name"].lower(): row["code"] for row in self.rows}
        written |= {row["code"].lower(): row["code"] for row in self.rows}
        likely = near_names(place.strip().lower(), written, 6)
        return list(dict.fromkeys(written[name] for name in likely))[:3]

    def _rows_of(self, place: str) -> Sequence[Mapping[str, str]]:
        wanted = place.strip().lower()
        if exact := self._named.get(wanted):
            return exact
        named = [row for row in self.rows if _initials(row["name"]) == wanted.replace(".", "")]
        return named if len({row["code"] for row in named}) == 1 else ()


def around(value: float, factor: float) -> Spread | None:
    """Spread of a value that may be off by a factor."""
    # Some grids are all hydropower in the table: nothing to multiply.
    if value <= 0.0:
        return None
    return Spread(central=value, low=value / factor, high=value * factor)


def _initials(name: str) -> str:
    words = name.replace("(", " ").replace(")", " ").split()
    return "".join(word[0] for word in words if word[0].isupper()).lower()


def electricity_price(
    rows: Sequence[Mapping[str, str]], power: Defaults, code: str, as_of: str
) -> Default:
    """Price of a grid in the year nearest to a day; a region takes that of its country."""
    codes = (code, code.partition("-")[0], USUAL)
    priced = next(found for each in codes if (found := [r for r in rows if r["code"] == each]))
    year = int(as_of[:4])
    row = min(priced, key=lambda each: abs(int(each["year"]) - year))
    usd = float(row["usd_per_kwh"])
    factor = math.exp(NORMAL_DEVIATIONS * float(power.entry("electricity_spread")["log_sd"]))
    return Default(
        value=usd,
        spread=around(usd, factor),
        sources=(f"{row['source']}, {row['code']} {row['year']}, {row['customer']}",),
        why=f"price of electricity, {row['customer']}, {row['code']} {row['year']}",
        text=f"${usd:g}/kWh",
    )
