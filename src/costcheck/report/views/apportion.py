"""Columns that add up: printed lines whose sum is the printed total, to the last digit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from costcheck.report.views.figures import COMPACT

DIGITS = 4
"""Significant digits of the largest number in a column."""


class Grain(NamedTuple):
    """The unit of the last printed digit, and how a multiple of it is written."""

    step: float
    divisor: float = 1.0
    letter: str = ""
    decimals: int = 0
    symbol: str = ""

    def write(self, units: int, *, sign: bool = False) -> str:
        """Return a whole number of steps as text: +$1.411M."""
        amount = abs(units) * self.step / self.divisor
        mark = "-" if units < 0 else "+" if sign and units else ""
        return f"{mark}{self.symbol}{amount:,.{self.decimals}f}{self.letter}"

    def units(self, value: float) -> int:
        """Return the number of steps nearest to a value."""
        return round(value / self.step)


def grain(values: Sequence[float], unit: str = "USD") -> Grain:
    """Return the grain of a column: the largest value gets four significant digits."""
    largest = max((abs(value) for value in values), default=0.0)
    if not largest or not math.isfinite(largest):
        return Grain(1.0, symbol="$" if unit == "USD" else "")
    exponent = math.floor(math.log10(largest)) - DIGITS + 1
    divisor, letter = next(((s, x) for s, x in COMPACT if largest >= s), (1.0, ""))
    if largest >= 1e18:
        power = math.floor(math.log10(largest))
        return Grain(10.0**exponent, 10.0**power, f"e{power}", DIGITS - 1)
    decimals = max(round(math.log10(divisor)) - exponent, 0)
    return Grain(10.0**exponent, divisor, letter, decimals, "$" if unit == "USD" else "")


def apportion(values: Sequence[float], total: int, step: float) -> list[int]:
    """Round values to whole steps so that they add up to a total.

    Each value goes to the nearest whole number; what is then missing goes to those whose rounding
    was worst in that direction (largest remainder). With all signs turned, so are the results.
    """
    whole = [_half_away(value / step) for value in values]
    missing = total - sum(whole)
    if not values or not missing:
        return whole
    direction = 1 if missing > 0 else -1
    short = sorted(range(len(values)), key=lambda k: direction * (whole[k] - values[k] / step))
    for turn in range(abs(missing)):
        whole[short[turn % len(short)]] += direction
    return whole


def _half_away(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
