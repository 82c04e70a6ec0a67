"""What each kind of field accepts after the number, and how much one of it is in base units.

The field decides how a suffix is read: ``B`` is a billion in a parameter count and a byte in a
memory size. A new rate is one line in `RATES`; a new plain dimension is one line in `PLAIN`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from costcheck.text import unit_words as words
from costcheck.text.quantity_grammar import QuantityProblem
from costcheck.text.unit_words import Scale
from costcheck.units import HOURS_PER_MONTH, HOURS_PER_YEAR, SECONDS_PER_HOUR


class Plain(NamedTuple):
    """A dimension whose unit is a word, possibly behind a multiplier such as K or million."""

    label: str
    """What the field holds, for messages: "a number of tokens"."""
    unit: str
    """Base unit, as printed."""
    example: str
    """What to write instead, with ``{n}`` for the number as written."""
    letters: str
    """Multiplier letters that may stand alone or before the unit."""
    read: Callable[[str], Scale | None]
    bare: bool = False
    """Whether a number without a unit is in base units."""
    money: bool = False


class Rate(NamedTuple):
    """A dimension written as "something per something"."""

    label: str
    unit: str
    example: str
    numerator: str
    per: tuple[tuple[str, ...], ...]
    """Accepted kinds of the denominator, each sorted: ``("device", "time")`` is a GPU-hour."""
    base: float = 1.0
    """Size of the base denominator in hours, kW, kWh, GB, tokens, kg."""
    bare: bool = False
    money: bool = False
    power: int = 0
    """The rate's numerator in the numerator's own base unit, as a power of ten."""

    @property
    def letters(self) -> str:
        """Multiplier letters that may stand before the numerator's unit."""
        return PLAIN[self.numerator].letters


PLAIN: Final[dict[str, Plain]] = {
    "tokens": Plain(
        "a number of tokens",
        "tokens",
        "write {n}T tokens or {n}e12",
        "kKmMbBtT",
        words.tokens,
        True,
    ),
    "params": Plain(
        "a parameter count", "parameters", "write {n}B or {n}e9", "kKmMbBtT", words.params, True
    ),
    "flop": Plain(
        "an amount of compute",
        "FLOP",
        "write {n}e24 FLOP or {n} petaflop/s-days",
        "KMBT",
        words.flop,
        True,
    ),
    "flop_rate": Plain(
        "a compute rate", "FLOP/s", "write {n} TFLOPS or {n} PFLOP/s", "", words.flop_rate
    ),
    "count": Plain("a count", "", "write a plain number such as 2,048", "kKMBT", words.noun, True),
    "integer": Plain(
        "a whole number", "", "write a whole number such as 61", "", words.nothing, True
    ),
    "gpu_hours": Plain(
        "an amount of GPU time",
        "GPU-hours",
        "write {n}M GPU-hours or {n} GPU-days",
        "kKMBT",
        words.device_time,
        True,
    ),
    "duration": Plain("a duration", "h", "write {n} days, {n} h or {n} min", "", words.duration),
    "money": Plain(
        "an amount of money",
        "USD",
        "write ${n}M or {n} million USD",
        "kKmMbBtT",
        words.nothing,
        True,
        True,
    ),
    "ratio": Plain("a ratio", "", "write {n}% or {n}x", "", words.ratio, True),
    "bytes": Plain("an amount of memory", "B", "write {n} GB or {n} GiB", "", words.data),
    "byte_rate": Plain("a bandwidth", "B/s", "write {n} GB/s or {n} Gbps", "", words.data_rate),
    "power": Plain("a power", "W", "write {n} W, {n} kW or {n} MW", "KM", words.power),
    "energy": Plain("an amount of energy", "kWh", "write {n} MWh or {n} GWh", "KM", words.energy),
    "carbon": Plain("a mass of CO2", "kg", "write {n} tCO2e or {n} kg", "KM", words.carbon),
    "water": Plain("a volume of water", "L", "write {n} L or {n} m3", "KM", words.water),
    "events": Plain("a number of events", "", "write {n}", "K", words.events, True),
}

RATES: Final[dict[str, Rate]] = {
    "price": Rate(
        "a price per GPU-hour",
        "USD/GPU-hour",
        "write ${n}/GPU-hour",
        "money",
        (("device", "time"), ("time",)),
        money=True,
    ),
    "money_per_gpu": Rate(
        "a price per GPU", "USD/GPU", "write ${n}/GPU", "money", (("device",),), money=True
    ),
    "money_per_gpu_year": Rate(
        "a yearly cost per GPU",
        "USD/GPU-year",
        "write ${n}/GPU-year",
        "money",
        (("device", "time"),),
        HOURS_PER_YEAR,
        money=True,
    ),
    "money_per_kw_month": Rate(
        "a monthly cost per kW",
        "USD/kW-month",
        "write ${n}/kW-month",
        "money",
        (("power", "time"),),
        HOURS_PER_MONTH,
        money=True,
    ),
    "money_per_kwh": Rate(
        "a price of electricity", "USD/kWh", "write ${n}/kWh", "money", (("energy",),), money=True
    ),
    "money_per_gb": Rate(
        "a price per GB", "USD/GB", "write ${n}/GB", "money", (("data",),), money=True
    ),
    "money_per_gb_month": Rate(
        "a monthly price per GB",
        "USD/GB-month",
        "write ${n}/GB-month",
        "money",
        (("data", "time"),),
        HOURS_PER_MONTH,
        money=True,
    ),
    "money_per_year": Rate(
        "a yearly cost",
        "USD/year",
        "write ${n}/year",
        "money",
        (("time",),),
        HOURS_PER_YEAR,
        money=True,
    ),
    "money_per_month": Rate(
        "a monthly cost",
        "USD/month",
        "write ${n}/month",
        "money",
        (("time",),),
        HOURS_PER_MONTH,
        money=True,
    ),
    "money_per_million_tokens": Rate(
        "a price per million tokens",
        "USD/million tokens",
        "write ${n} per million tokens",
        "money",
        (("token",),),
        1e6,
        money=True,
    ),
    "money_per_kg": Rate(
        "a price of carbon", "USD/kg", "write ${n}/t", "money", (("mass",),), money=True
    ),
    "grid_intensity": Rate(
        "a grid intensity",
        "g/kWh",
        "write {n} gCO2/kWh or {n} kg/kWh",
        "carbon",
        (("energy",),),
        power=-3,
    ),
    "litres_per_kwh": Rate(
        "a water use", "L/kWh", "write {n} L/kWh", "water", (("energy",),), bare=True
    ),
    "per_gpu_hour": Rate(
        "a failure rate",
        "1/GPU-hour",
        "write {n} per GPU-hour or 1 per {n} GPU-hours",
        "events",
        (("device", "time"),),
        bare=True,
    ),
    "tokens_per_second": Rate(
        "a throughput",
        "tokens/s",
        "write {n} tokens/s",
        "tokens",
        (("time",), ("device", "time")),
        1.0 / SECONDS_PER_HOUR,
        bare=True,
    ),
    "gpu_hours_per_trillion_tokens": Rate(
        "GPU-hours per trillion tokens",
        "GPU-hours/T tokens",
        "write {n}K GPU-hours per trillion tokens",
        "gpu_hours",
        (("token",),),
        1e12,
        bare=True,
    ),
}


def spec(dimension: str) -> Plain | Rate:
    """Return how a dimension is written; an unknown name is a programming error."""
    return PLAIN[dimension] if dimension in PLAIN else RATES[dimension]


@lru_cache(maxsize=1024)
def resolve(unit: str, dimension: str) -> Scale:
    """Return what one ``unit`` is in base units of the dimension."""
    rate = RATES.get(dimension)
    return _plain(unit, PLAIN[dimension]) if rate is None else _rate(unit, rate)


def _plain(unit: str, plain: Plain) -> Scale:
    power, rest = words.multiplier(unit, plain.letters)
    if plain.money:
        money = words.currency_word(rest)
        if money is None:
            raise _unknown_unit(rest, plain)
        return Scale(power + money.power, 1.0, money.currency, bool(power))
    if not rest:
        if plain.bare:
            return Scale(power, 1.0, None, bool(power))
        raise QuantityProblem("CC203", "it has no unit", plain.example)
    found = plain.read(rest.removeprefix("-").lstrip())
    if found is None:
        raise _unknown_unit(unit, plain)
    return found._replace(power=found.power + power, multiplied=bool(power))


def _unknown_unit(unit: str, plain: Plain) -> QuantityProblem:
    if words.currency_word(unit) is not None and unit:
        return QuantityProblem("CC205", f"{unit!r} is a currency", plain.example)
    reason = words.AMBIGUOUS.get((unit, plain.unit)) or f"the unit {unit!r} does not fit"
    return QuantityProblem("CC204", reason, plain.example)


def _rate(unit: str, rate: Rate) -> Scale:
    over, under = words.split_per(unit)
    if under is None:
        if rate.bare:
            return _plain(over, PLAIN[rate.numerator]) if over else Scale()
        raise QuantityProblem("CC203", "it does not say per what", rate.example)
    top = _plain(over, PLAIN[rate.numerator])
    bottom = words.denominator(under)
    if bottom is None or bottom[0] not in rate.per:
        raise QuantityProblem("CC204", f"'per {under}' does not fit", rate.example)
    factor = top.factor * (rate.base / bottom[1])
    return top._replace(power=top.power - rate.power, factor=factor)
