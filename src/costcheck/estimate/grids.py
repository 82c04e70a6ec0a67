"""Emissions of the grid by country or region, from the catalog's table."""

from __future__ import annotations

import csv
import math
from io import StringIO

from costcheck.core.distributions import Spread
from costcheck.scenario.defaults import Default, Defaults

NINETY_PERCENT = 1.6448536269514722
"""Standard normal score of the 95 % point: turns a log standard deviation into an interval."""


def grid_default(table: str, place: str, as_of: str, power: Defaults) -> Default | None:
    """Return the intensity of a grid in the year nearest to a date.

    Parameters
    ----------
    table : str
        Text of ``energy/grid.csv``.
    place : str
        Country code, country or region.
    as_of : str
        Day of the run.
    power : Defaults
        ``energy/power.yaml``, for the spread.

    Returns
    -------
    Default or None
        In g/kWh; None where the table has no such place.
    """
    wanted = place.strip().lower()
    rows = [
        row
        for row in csv.DictReader(StringIO(table))
        if wanted in (row["code"].lower(), row["name"].lower())
    ]
    if not rows:
        return None
    year = int(as_of[:4])
    row = min(rows, key=lambda item: abs(int(item["year"]) - year))
    value = float(row["g_per_kwh"])
    factor = math.exp(NINETY_PERCENT * float(power.entry("grid_spread")["log_sd"]))
    return Default(
        value=value,
        spread=Spread(central=value, low=value / factor, high=value * factor),
        sources=(f"{row['source']}, {row['name']} {row['year']}",),
        why=f"grid of {row['name']}, {row['year']}",
        text=f"{row['g_per_kwh']} g/kWh",
    )
