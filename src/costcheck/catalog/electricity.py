"""What a kWh costs an industrial customer, by place and year, from the catalog's table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from costcheck.catalog.defaults import Default, Defaults
from costcheck.catalog.grids import around
from costcheck.units import NORMAL_DEVIATIONS

USUAL = "USA"
"""The grid whose price counts where none is named, or none of its country is known."""


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
