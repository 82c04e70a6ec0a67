"""How numbers look: three significant digits, the field's units, money without false cents.

Every function returns text that `costcheck.text.quantity.parse` reads back to the same
rounded value. Nothing here decides colours or columns.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date

from costcheck.units import DAYS_PER_YEAR

DIGITS = 3
"""Significant digits of computed figures; inputs are printed as they were written."""

YEARS_FROM = 3.0
"""Longer times than these years are said in years."""

COMPACT = ((1e15, "Q"), (1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
"""Letters of thousands, as people write amounts."""
_CURRENCY = re.compile("[A-Z]{3}")
_SI = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def figure(value: float, unit: str, digits: int = DIGITS) -> str:
    """Return a value in the way its unit is written."""
    if math.isinf(value):
        return "unlimited"
    writer = _WRITERS.get(unit)
    return writer(value, digits) if writer else compact(value, digits)


def span(low: float, high: float, unit: str) -> str:
    """Return the two ends of a range; a unit that both have is said once."""
    first, last = figure(low, unit), figure(high, unit)
    number, _, symbol = first.partition(" ")
    return f"{number if symbol == last.partition(' ')[2] else first} - {last}"


def significant(value: float, digits: int = DIGITS) -> str:
    """Return a plain decimal number with this many significant digits and grouped thousands."""
    if value == 0:
        return "0"
    if abs(value) < 1e-3 or abs(value) >= 1e15:
        return scientific(value, digits)
    places = digits - 1 - _exponent(value, digits)
    return f"{round(value, places):,.{max(places, 0)}f}"


def compact(value: float, digits: int = DIGITS) -> str:
    """Return a number with K, M, B, T: the unit is chosen after rounding (999,999 is 1.00M)."""
    rounded = _rounded(value, digits)
    for scale, letter in COMPACT[1:]:
        if abs(rounded) >= scale:
            return f"{significant(rounded / scale, digits)}{letter}"
    return significant(rounded, digits)


def money(value: float, digits: int = DIGITS) -> str:
    """Return US dollars: $5.58M, $120K, $95.20."""
    sign = "-" if value < 0 else ""
    size = abs(value)
    if size >= 999.5:
        return f"{sign}${compact(size, digits)}"
    return f"{sign}${size:.2f}" if size < 100 else f"{sign}${size:.0f}"


def scientific(value: float, digits: int = DIGITS) -> str:
    """Return a power-of-ten number as people write FLOP counts: 3.29e24."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def percent(value: float, digits: int = DIGITS) -> str:
    """Return a share in per cent."""
    return f"{significant(100.0 * value, digits)}%"


def count(value: float, digits: int = DIGITS) -> str:
    """Return a whole number with grouped thousands; a computed one is rounded up front."""
    return f"{value:,.0f}" if float(value).is_integer() else significant(value, digits)


def si(value: float, digits: int, symbol: str) -> str:
    """Return a value with an SI prefix: 989 TFLOP/s, 80.0 GB."""
    rounded = _rounded(value, digits)
    for scale, prefix in _SI:
        if abs(rounded) >= scale:
            return f"{significant(rounded / scale, digits)} {prefix}{symbol}"
    return f"{significant(rounded, digits)} {symbol}"


def lasting(days: float, digits: int = DIGITS) -> str:
    """Return a duration in the unit people would choose: 32.4 minutes, 4.50 hours, 56.7 days."""
    shown, unit = days, "days"
    for per_day, larger in ((24.0, "hours"), (1440.0, "minutes"), (86400.0, "seconds")):
        if abs(_rounded(shown, digits)) < 1.0:
            shown, unit = days * per_day, larger
    if _rounded(days, digits) > YEARS_FROM * DAYS_PER_YEAR:
        shown, unit = days / DAYS_PER_YEAR, "years"
    return f"{significant(shown, digits)} {unit}"


def with_unit(value: float, unit: str, digits: int = DIGITS) -> str:
    """Return a value followed by its unit where the figure alone does not show it."""
    other_money = unit if unit not in _WRITERS and _CURRENCY.fullmatch(unit) else ""
    shown = f"{figure(value, unit, digits)} {_SUFFIX.get(unit, other_money)}".rstrip()
    return "1 GPU" if shown == "1 GPUs" else shown


def _exponent(value: float, digits: int) -> int:
    return int(f"{abs(value):.{digits - 1}e}".split("e")[1])


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _energy(value: float, digits: int) -> str:
    return si(value * 1e3, digits, "Wh")


def _mass(value: float, digits: int) -> str:
    if _rounded(abs(value), digits) < 1e3:
        return f"{significant(value, digits)} kg"
    return f"{compact(value / 1e3, digits)} t"


def _seconds(value: float, digits: int) -> str:
    return f"{significant(value, digits)} s"


def _date(value: float, _: int) -> str:
    return date.fromordinal(int(value)).isoformat()


_WRITERS: dict[str, Callable[[float, int], str]] = {
    "date": _date,
    "USD": money,
    "USD/GPU-hour": lambda v, _: f"${v:.2f}",
    "FLOP": scientific,
    "FLOP/token": lambda v, d: si(v, d, "FLOP"),
    "FLOP/s": lambda v, d: si(v, d, "FLOP/s"),
    "bytes": lambda v, d: si(v, d, "B"),
    "B/s": lambda v, d: si(v, d, "B/s"),
    "W": lambda v, d: si(v, d, "W"),
    "kWh": _energy,
    "kg": _mass,
    "s": _seconds,
    "share": percent,
    "GPUs": count,
    "days": lasting,
    "1": significant,
}

_SUFFIX = {
    "GPU-hours": "GPU-hours",
    "tokens": "tokens",
    "GPUs": "GPUs",
    "tokens/s": "tokens/s",
    "USD/GPU-hour": "per GPU-hour",
    "FLOP": "FLOP",
    "L": "L",
}
