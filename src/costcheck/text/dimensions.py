"""What each kind of field accepts after the number, and how much one of it is in base units.

The field decides how a suffix is read: ``B`` is a billion in a parameter count and a byte in a
memory size. A new rate is one line in `RATES`; a new plain dimension is one line in `PLAIN`, and
a reader of its unit words where no other reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from costcheck.text.quantity_grammar import QuantityProblem
from costcheck.units import (
    BITS_PER_BYTE,
    BYTES_PER_GB,
    DAYS_PER_WEEK,
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    HOURS_PER_YEAR,
    SECONDS_PER_HOUR,
)


class Scale(NamedTuple):
    """What a unit multiplies the number with: ``10**power * factor``."""

    power: int = 0
    """Kept apart from the factor, so that 5.576M is exactly 5576000."""
    factor: float = 1.0
    currency: str | None = None
    multiplied: bool = False
    """Whether a multiplier such as K or million was written: then a count is rounded."""


_WORD_MULTIPLIERS: Final = {
    "hundred": 2, "thousand": 3, "million": 6, "mln": 6, "mio": 6, "mn": 6, "mm": 6, "mil": 6,
    "billion": 9, "bln": 9, "bn": 9, "trillion": 12, "tn": 12, "trn": 12, "quadrillion": 15,
    "quintillion": 18, "sextillion": 21, "septillion": 24, "lakh": 5, "crore": 7, "crores": 7,
}  # fmt: skip
_LETTERS: Final = {"k": 3, "m": 6, "b": 9, "t": 12}

_SI: Final = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24}
_SI_WORDS: Final = {
    "kilo": 3, "mega": 6, "giga": 9, "tera": 12, "peta": 15, "exa": 18, "zetta": 21, "yotta": 24,
}  # fmt: skip
_LOWER_SI: Final = {"g": 9, "t": 12, "p": 15, "e": 18, "z": 21, "y": 24}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "kibi": 1, "mebi": 2, "gibi": 3,
                  "tebi": 4, "pebi": 5}  # fmt: skip

_HOURS: Final = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1e-3 / SECONDS_PER_HOUR),
    **dict.fromkeys(("us", "microsecond", "microseconds"), 1e-6 / SECONDS_PER_HOUR),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0 / SECONDS_PER_HOUR),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 1.0 / 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1.0),
    **dict.fromkeys(("d", "day", "days"), HOURS_PER_DAY),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), HOURS_PER_DAY * DAYS_PER_WEEK),
    **dict.fromkeys(("mo", "mos", "month", "months"), HOURS_PER_MONTH),
    **dict.fromkeys(("quarter", "quarters"), 3.0 * HOURS_PER_MONTH),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years", "annum"), HOURS_PER_YEAR),
}

AMBIGUOUS: Final = {
    ("m", "h"): "'m' could be minutes or months",
    ("M", "h"): "'M' could be minutes or months",
    ("b", "B"): "'b' could be bits or billions",
    ("Gb", "B"): "'Gb' could be bits or bytes",
    ("T", "B"): "'T' alone is not a unit of memory",
    ("G", "B"): "'G' alone is not a unit of memory",
    ("G", "B/s"): "'G' could be bits or bytes a second",
    ("m", "GPU-hours"): "'m' could be minutes or millions",
}


def multiplier(unit: str, letters: str) -> tuple[int, str]:
    """Split leading multipliers off a unit and return their power of ten with the rest."""
    power = 0
    while unit:
        end = 0
        while end < len(unit) and unit[end].isalpha():
            end += 1
        word, after = unit[:end], unit[end : end + 1]
        found = _WORD_MULTIPLIERS.get(word.lower())
        if found is None and len(word) == 1 and word in letters and not power:
            found = _LETTERS[word.lower()]
        if found is None or after == "%" or after.isdigit():
            break
        power += found
        unit = unit[end:].lstrip(" -")
    return power, unit


_ISO_CODES: Final = (
    "USD", "EUR", "GBP", "CNY", "JPY", "CHF", "CAD", "AUD", "NZD", "INR", "KRW", "SGD", "HKD",
    "TWD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "TRY", "ILS", "AED", "SAR", "QAR", "BRL",
    "MXN", "ZAR", "RUB", "THB", "IDR", "MYR", "VND",
)  # fmt: skip
_CURRENCIES: Final = {
    **{code.lower(): code for code in _ISO_CODES},
    "rmb": "CNY", "yuan": "CNY", "renminbi": "CNY", "yen": "JPY", "won": "KRW",
    **dict.fromkeys(("$", "us$", "dollar", "dollars", "us dollar", "us dollars"), "USD"),
    **dict.fromkeys(("\u20ac", "euro", "euros"), "EUR"),
    **dict.fromkeys(("\u00a3", "pound", "pounds"), "GBP"),
    **dict.fromkeys(("\u20b9", "rs", "rs.", "rupees", "rupee"), "INR"),
    "\u20a9": "KRW", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD",
    "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "sg$": "SGD", "nt$": "TWD", "r$": "BRL",
    "cn\u00a5": "CNY", "jp\u00a5": "JPY",
}  # fmt: skip


def currency_code(sign: str) -> str | None:
    """Return the ISO code of a currency sign or code; None where it is unknown or ambiguous."""
    return _CURRENCIES.get(sign.lower())


def currency_word(unit: str) -> Scale | None:
    """Read a currency behind a number; no unit at all names no currency."""
    if not unit:
        return Scale()
    if unit.lower() in {"cent", "cents", "\u00a2", "us cents"}:
        return Scale(-2, 1.0, "USD")
    code = _CURRENCIES.get(unit.lower())
    return Scale(0, 1.0, code) if code else None


def _prefixed(unit: str, stems: Mapping[str, float], *, lower: bool = False) -> Scale | None:
    """Read an SI or binary prefix before one of the stems; long stems ignore case."""
    for stem, factor in stems.items():
        same = unit.endswith(stem) or (len(stem) > 3 and unit.lower().endswith(stem.lower()))
        if not same:
            continue
        prefix = unit[: len(unit) - len(stem)].rstrip(" -")
        if (power := _SI.get(prefix, _SI_WORDS.get(prefix.lower()))) is not None:
            return Scale(power, factor)
        if lower and (power := _LOWER_SI.get(prefix)) is not None:
            return Scale(power, factor)
        if (binary := _BINARY.get(prefix, _BINARY.get(prefix.lower()))) is not None:
            return Scale(0, factor * 1024.0**binary)
    return None


_DEVICES: Final = frozenset((
    "gpu", "gpus", "tpu", "tpus", "npu", "npus", "ipu", "ipus", "hpu", "hpus", "dcu", "dcus",
    "chip", "chips", "accelerator", "accelerators", "device", "devices", "card", "cards", "die",
))  # fmt: skip


def _without_device(unit: str) -> str:
    """Drop "/GPU" or "per GPU" from the end."""
    for separator in ("/", " per "):
        head, found, last = unit.rpartition(separator)
        if found and last.strip().lower() in _DEVICES:
            return head.rstrip()
    return unit


_FLOP_STEMS: Final = dict.fromkeys(
    ("FLOPs", "FLOPS", "FLOP", "flops", "flop", "Flops", "Flop", "floating point operations",
     "floating-point operations", "operations", "floating point operation",
     "floating-point operation", "operation"), 1.0)  # fmt: skip
_FLOP_RATE_STEMS: Final = dict.fromkeys(
    ("FLOP/s", "FLOPs/s", "FLOPS/s", "FLOP/sec", "flop per second", "flops per second", "FLOPs",
     "FLOPS", "FLOP", "flops", "flop", "Flops", "Flop", "F/s", "F"), 1.0)  # fmt: skip
_DAY_STEMS: Final = dict.fromkeys(("flop", "flops", "FLOP", "FLOPS", "f", "F", "fs"), 1.0)


def flop(unit: str) -> Scale | None:
    """Read FLOP, TFLOPs or a rate times a duration such as petaflop/s-days."""
    plain = _prefixed(unit, _FLOP_STEMS, lower=True)
    if plain is not None:
        return plain
    rate, _, time = unit.replace("-", " ").rpartition(" ")
    hours = _HOURS.get(time.lower())
    if hours is None or time in {"s", "S"}:
        return None
    rate = rate.removesuffix(" per second").removesuffix("/sec").removesuffix("/s")
    scale = _prefixed(rate.rstrip(), _DAY_STEMS, lower=True)
    return scale and scale._replace(factor=hours * SECONDS_PER_HOUR)


def flop_rate(unit: str) -> Scale | None:
    """Read FLOP/s; the field decides that FLOPs means per second."""
    return _prefixed(_without_device(unit), _FLOP_RATE_STEMS, lower=True)


_DATA_STEMS: Final = {"bytes": 1.0, "byte": 1.0, "B": 1.0}
_BIT: Final = 1.0 / BITS_PER_BYTE
_DATA_RATE_STEMS: Final = {
    "bytes/s": 1.0, "byte/s": 1.0, "bytes per second": 1.0, "bits/s": _BIT, "bit/s": _BIT,
    "bits per second": _BIT, "B/s": 1.0, "B/sec": 1.0, "Bps": 1.0, "b/s": _BIT, "b/sec": _BIT,
    "bps": _BIT,
}  # fmt: skip


def data(unit: str) -> Scale | None:
    """Read bytes; GB is 1e9, GiB is 2**30, and "B bytes" are a billion of them."""
    power, plain = multiplier(unit, "KMBT")
    return Scale(power) if plain in {"byte", "bytes"} else _prefixed(unit, _DATA_STEMS)


def data_rate(unit: str) -> Scale | None:
    """Read bytes or bits a second."""
    return _prefixed(unit.replace(" /", "/").replace("/ ", "/"), _DATA_RATE_STEMS)


def power(unit: str) -> Scale | None:
    """Read watts, "per GPU" allowed."""
    return _prefixed(_without_device(unit), {"watts": 1.0, "watt": 1.0, "W": 1.0})


_JOULE: Final = 1.0 / SECONDS_PER_HOUR
_ENERGY_STEMS: Final = {
    **dict.fromkeys(("watt-hours", "watt hours", "watt-hour", "watt hour", "Wh", "W-h"), 1.0),
    "joules": _JOULE, "joule": _JOULE, "J": _JOULE,
}  # fmt: skip


def energy(unit: str) -> Scale | None:
    """Read watt-hours and joules into kWh."""
    watt_hours = _prefixed(unit, _ENERGY_STEMS)
    return watt_hours and watt_hours._replace(power=watt_hours.power - 3)


_GRAMS: Final = {
    **dict.fromkeys(("metric tonnes", "metric tonne", "metric tons", "metric ton"), 1e6),
    **dict.fromkeys(("short tons", "short ton", "us tons", "us ton"), 907184.74),
    **dict.fromkeys(("long tons", "long ton"), 1016046.9088),
    **dict.fromkeys(("lbs", "lb", "pounds", "pound"), 453.59237),
    **dict.fromkeys(("tonnes", "tonne", "tons", "ton", "t"), 1e6),
    **dict.fromkeys(("grams", "gram", "g"), 1.0),
}  # fmt: skip
_CO2: Final = (
    "co2-equivalent", "co2 equivalent", "co2-eq", "co2 eq", "co2eq", "co2e", "co2",
    "carbon dioxide", "carbon", "emissions",
)  # fmt: skip


def _without_co2(unit: str) -> str:
    lower = unit.lower().removesuffix("s")
    for ending in _CO2:
        if lower.endswith(ending):
            kept = unit[: lower.rindex(ending)].rstrip(" -")
            return kept.removesuffix(" of")
    return unit


def carbon(unit: str) -> Scale | None:
    """Read a mass, "CO2e" allowed; a ton is a metric tonne unless it says otherwise."""
    mass = _without_co2(unit).removesuffix(" of")
    grams = _prefixed(mass, _GRAMS) or _prefixed(mass.lower(), _GRAMS)
    return grams and grams._replace(power=grams.power - 3)


_LITRES: Final = {
    **dict.fromkeys(("mL", "ml", "millilitres", "milliliters", "millilitre", "milliliter"), 1e-3),
    **dict.fromkeys(("cubic metres", "cubic meters", "cubic metre", "cubic meter"), 1e3),
    **dict.fromkeys(("cubic-metres", "cubic-metre", "m3", "m^3"), 1e3),
    **dict.fromkeys(("litres", "liters", "litre", "liter", "L", "l"), 1.0),
    **dict.fromkeys(("gallons", "gallon", "gal"), 3.785411784),
}


def water(unit: str) -> Scale | None:
    """Read litres, cubic metres and US gallons."""
    return _prefixed(unit.removesuffix(" of water").removesuffix(" of freshwater"), _LITRES)


def duration(unit: str) -> Scale | None:
    """Read a time unit into hours; ``m`` is left out because it has two meanings."""
    hours = _HOURS.get(unit.lower())
    return None if hours is None or unit == "M" else Scale(0, hours)


def ratio(unit: str) -> Scale | None:
    """Read %, x and times."""
    power = {"%": -2, "percent": -2, "per cent": -2, "pct": -2, "x": 0, "times": 0, "fold": 0}.get(
        unit.lower()
    )
    return None if power is None else Scale(power)


def nothing(unit: str) -> Scale | None:
    """Accept no unit word at all."""
    return Scale() if not unit else None


def events(unit: str) -> Scale | None:
    """Read failures and interruptions."""
    return Scale() if unit.lower().removesuffix("s") in _EVENTS else None


_EVENTS: Final = frozenset(("failure", "interruption", "event", "fault"))


def tokens(unit: str) -> Scale | None:
    """Read tokens."""
    word = unit.lower().removeprefix("training ").removeprefix("text ").removesuffix("s")
    return Scale() if word in {"token", "tok"} else None


_PARAMETER_KINDS: Final = ("total", "active", "activated", "trainable", "non-embedding")


def params(unit: str) -> Scale | None:
    """Read parameters."""
    word = unit.lower()
    for kind in _PARAMETER_KINDS:
        word = word.removeprefix(kind + " ").removeprefix(kind + "-")
    return Scale() if word.removesuffix("s") in {"parameter", "param", "weight"} else None


_NOT_A_NOUN: Final = frozenset((
    "x", "e", "k", "kb", "mb", "gb", "tb", "b", "w", "kw", "mw", "gw", "kwh", "mwh", "gwh", "wh",
    "kg", "g", "t", "l", "m", "tokens", "token", "percent", "times", "flop", "flops", "parameters",
    "params", "usd", "dollars", "dollar", "eur", "euros", "cny", "yuan",
)) | frozenset(_HOURS)  # fmt: skip


def noun(unit: str) -> Scale | None:
    """Accept what is counted, as in "2,048 Nvidia H800 GPUs", but no unit of another kind."""
    words = unit.replace("/", " ").replace("-", " ").split()
    if not words or not (words[0][0].isalpha() or words[0][0] == "("):
        return None
    if not all(char.isalnum() or char in " -/.()_" for char in unit):
        return None
    last = words[-1].lower()
    return None if last in _NOT_A_NOUN or _holds_devices(last) else Scale()


def _holds_devices(word: str) -> bool:
    """Tell whether a word names what holds several accelerators: "servers", "boxes", "racks"."""
    return not _HOLDERS.isdisjoint({word, word.removesuffix("s"), word.removesuffix("es")})


def _is_device(name: str) -> bool:
    """Tell whether a word names an accelerator: "GPU", "H800", "TPUv4"."""
    low = name.lower()
    return low in _DEVICES or (low[:1].isalpha() and any(char.isdigit() for char in low))


def device_time(unit: str) -> Scale | None:
    """Read GPU-hours in any spelling: "H800 GPU hours", "GPU-weeks", "h"."""
    for ending in ("(", " on ", " of "):
        unit = unit.partition(ending)[0].rstrip()
    words = unit.replace("-", " ").split()
    if not words:
        return None
    if len(words) == 1 and words[0].lower() not in _HOURS:
        words = [words[0].rstrip("h"), "h"] if words[0].endswith("h") else words
    hours = _HOURS.get(words[-1].lower())
    if hours is None or words[-1] == "s":
        return None
    if len(words) == 1:
        return Scale() if hours == 1.0 else None
    # "H100-80GB hours": the memory size belongs to the name before it.
    device = words[-3] if len(words) > 2 and words[-2].lower().endswith("gb") else words[-2]
    return Scale(0, hours) if _is_device(device) else None


def split_per(unit: str) -> tuple[str, str | None]:
    """Split "GPU hours per trillion tokens" at the first "per"."""
    for separator in ("/", "per ", "an hour", "a GPU"):
        over, found, under = unit.partition(separator)
        if found and (separator != "per " or not over or over[-1] == " "):
            article = separator.partition(" ")[2] if separator[0] == "a" else ""
            return over.rstrip(), (article + under).strip()
    return unit, None


NODES: Final = ("node", "nodes", "instance", "instances", "server", "servers", "machine", "vm")
"""Words for a computer with several accelerators."""
_HOLDERS: Final = frozenset((
    *NODES, "host", "box", "system", "computer", "workstation", "blade", "chassis", "tray", "rack",
    "cabinet", "pod", "superpod", "cluster", "supercomputer", "datacenter", "site",
))  # fmt: skip

_ATOMS: Final = {
    **{word: ("time", hours) for word, hours in _HOURS.items()},
    **dict.fromkeys(
        ("gpu", "gpus", "tpu", "npu", "chip", "accelerator", "device", "card"), ("device", 1.0)),
    **dict.fromkeys(NODES, ("node", 1.0)),
    "w": ("power", 1e-3), "kw": ("power", 1.0), "mw": ("power", 1e3), "gw": ("power", 1e6),
    "wh": ("energy", 1e-3), "kwh": ("energy", 1.0), "mwh": ("energy", 1e3), "gwh": ("energy", 1e6),
    "mb": ("data", 1e-3), "gb": ("data", 1.0), "tb": ("data", 1e3), "pb": ("data", 1e6),
    "gib": ("data", 2.0**30 / BYTES_PER_GB), "tib": ("data", 2.0**40 / BYTES_PER_GB),
    "token": ("token", 1.0), "tokens": ("token", 1.0),
    "g": ("mass", 1e-3), "kg": ("mass", 1.0),
    **dict.fromkeys(("t", "ton", "tons", "tonne", "tonnes"), ("mass", 1e3)),
}  # fmt: skip
_LEADING_NUMBER: Final = r"(?i)([0-9][0-9,]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)\s*"
_FILLERS: Final = frozenset(("per", "of", "nvidia", "amd"))


def denominator(text: str) -> tuple[tuple[str, ...], float] | None:
    """Read what stands after "per": the kinds of unit it multiplies, and its size."""
    size = 1.0
    if text[:1].isdigit() and (number := re.match(_LEADING_NUMBER, text)) is not None:
        size = float(number[1].replace(",", ""))
        text = text[number.end() :]
    power, text = multiplier(text, "KMBTkm")
    if (whole := energy(text)) is not None:
        return ("energy",), size * whole.factor * 10.0 ** (power + whole.power)
    kinds: set[str] = set()
    for word in _without_co2(text).replace("/", " ").replace("-", " ").lower().split():
        kind, factor = _ATOMS.get(word, ("device" if _is_device(word) else "", 1.0))
        if word in _FILLERS:
            continue
        if not kind or (kind in kinds and kind != "device"):
            return None
        kinds.add(kind)
        size *= factor
    return (tuple(sorted(kinds)), size * 10.0**power) if size else None


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
    power: int = 0
    """The rate's numerator in the numerator's own base unit, as a power of ten."""

    @property
    def money(self) -> bool:
        """Whether it is money per something."""
        return self.numerator == "money"

    @property
    def letters(self) -> str:
        """Multiplier letters that may stand before the numerator's unit."""
        return PLAIN[self.numerator].letters


PLAIN: Final[dict[str, Plain]] = {
    "tokens": Plain("a number of tokens", "tokens", "write {n}T tokens or {n}e12", "kKmMbBtT",
        tokens, True),
    "params": Plain("a parameter count", "parameters", "write {n}B or {n}e9", "kKmMbBtT", params,
        True),
    "flop": Plain("an amount of compute", "FLOP", "write {n}e24 FLOP or {n} petaflop/s-days",
        "KMBT", flop, True),
    "flop_rate": Plain("a compute rate", "FLOP/s", "write {n} TFLOPS or {n} PFLOP/s", "",
        flop_rate),
    "count": Plain("a count", "", "write a plain number such as 2,048", "kKMBT", noun, True),
    "integer": Plain("a whole number", "", "write a whole number such as 61 or 100K", "kKMBT",
        nothing, True),
    "gpu_hours": Plain("an amount of GPU time", "GPU-hours",
        "write {n}M GPU-hours or {n} GPU-days", "kKMBT", device_time, True),
    "duration": Plain("a duration", "h", "write {n} days, {n} h or {n} min", "", duration),
    "money": Plain("an amount of money", "USD", "write ${n}M or {n} million USD", "kKmMbBtT",
        nothing, True, True),
    "ratio": Plain("a ratio", "", "write {n}% or {n}x", "", ratio, True),
    "share": Plain("a share", "", "write {n}% or 0.{n}", "", ratio, True),
    "times": Plain("a factor", "", "write {n}x or {n}% less", "", ratio, True),
    "bytes": Plain("an amount of memory", "B", "write {n} GB or {n} GiB", "", data),
    "byte_rate": Plain("a bandwidth", "B/s", "write {n} GB/s or {n} Gbps", "", data_rate),
    "power": Plain("a power", "W", "write {n} W, {n} kW or {n} MW", "KM", power),
    "energy": Plain("an amount of energy", "kWh", "write {n} MWh or {n} GWh", "KM", energy),
    "carbon": Plain("a mass of CO2", "kg", "write {n} tCO2e or {n} kg", "KM", carbon),
    "water": Plain("a volume of water", "L", "write {n} L or {n} m3", "KM", water),
    "events": Plain("a number of events", "", "write {n}", "K", events, True),
}  # fmt: skip

RATES: Final[dict[str, Rate]] = {
    "price": Rate("a price per GPU-hour", "USD/GPU-hour", "write ${n}/GPU-hour", "money",
        (("device", "time"), ("time",))),
    "rent": Rate("a price per GPU-hour or per node-hour", "USD/GPU-hour",
        "write ${n}/GPU-hour or ${n}/node-hour", "money",
        (("device", "time"), ("node", "time"), ("time",)), bare=True),
    "money_per_gpu": Rate("a price per GPU", "USD/GPU", "write ${n}/GPU", "money", (("device",),)),
    "money_per_gpu_year": Rate("a yearly cost per GPU", "USD/GPU-year", "write ${n}/GPU-year",
        "money", (("device", "time"),), HOURS_PER_YEAR),
    "money_per_kw_month": Rate("a monthly cost per kW", "USD/kW-month", "write ${n}/kW-month",
        "money", (("power", "time"),), HOURS_PER_MONTH),
    "money_per_kwh": Rate("a price of electricity", "USD/kWh", "write ${n}/kWh", "money",
        (("energy",),)),
    "money_per_gb": Rate("a price per GB", "USD/GB", "write ${n}/GB", "money", (("data",),)),
    "money_per_gb_month": Rate("a monthly price per GB", "USD/GB-month", "write ${n}/GB-month",
        "money", (("data", "time"),), HOURS_PER_MONTH),
    "money_per_year": Rate("a yearly cost", "USD/year", "write ${n}/year", "money", (("time",),),
        HOURS_PER_YEAR),
    "money_per_month": Rate("a monthly cost", "USD/month", "write ${n}/month", "money",
        (("time",),), HOURS_PER_MONTH),
    "money_per_million_tokens": Rate("a price per million tokens", "USD/million tokens",
        "write ${n} per million tokens", "money", (("token",),), 1e6),
    "money_per_kg": Rate("a price of carbon", "USD/kg", "write ${n}/t", "money", (("mass",),)),
    "grid_intensity": Rate("a grid intensity", "g/kWh", "write {n} gCO2/kWh or {n} kg/kWh",
        "carbon", (("energy",),), power=-3),
    "litres_per_kwh": Rate("a water use", "L/kWh", "write {n} L/kWh", "water", (("energy",),),
        bare=True),
    "per_gpu_hour": Rate("a failure rate", "1/GPU-hour",
        "write {n} per GPU-hour or 1 per {n} GPU-hours", "events", (("device", "time"),),
        bare=True),
    "tokens_per_second": Rate("a throughput", "tokens/s", "write {n} tokens/s", "tokens",
        (("time",), ("device", "time")), 1.0 / SECONDS_PER_HOUR, bare=True),
    "gpu_hours_per_trillion_tokens": Rate("GPU-hours per trillion tokens", "GPU-hours/T tokens",
        "write {n}K GPU-hours per trillion tokens", "gpu_hours", (("token",),), 1e12, bare=True),
}  # fmt: skip


def spec(dimension: str) -> Plain | Rate:
    """Return how a dimension is written; an unknown name is a programming error."""
    return PLAIN[dimension] if dimension in PLAIN else RATES[dimension]


@lru_cache(maxsize=1024)
def resolve(unit: str, dimension: str) -> Scale:
    """Return what one ``unit`` is in base units of the dimension."""
    rate = RATES.get(dimension)
    return _plain(unit, PLAIN[dimension]) if rate is None else _rate(unit, rate)


def _plain(unit: str, plain: Plain) -> Scale:
    power, rest = multiplier(unit, plain.letters)
    if plain.money:
        money = currency_word(rest)
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
    if currency_word(unit) is not None and unit:
        return other_thing("CC205", f"{unit!r} is a currency")
    if plain.read is noun and _holds_devices(unit.lower().rpartition(" ")[2]):
        advice = "write how many GPUs each has: {n} nodes of 8"
        return QuantityProblem("CC204", f"{unit!r} are not GPUs", advice)
    reason = AMBIGUOUS.get((unit, plain.unit))
    if reason:
        return QuantityProblem("CC204", reason, plain.example)
    advice = _INSTEAD.get((multiplier(unit, plain.letters)[1].lower(), plain.unit), "{example}")
    return other_thing("CC204", f"the unit {unit!r} does not fit", advice)


def other_thing(code: str, reason: str, advice: str = "{example}") -> QuantityProblem:
    """A problem of a number that belongs to another quantity, which no help may relabel."""
    return QuantityProblem(code, reason, advice, keeps_number=False)


_INSTEAD: Final = {
    **dict.fromkeys((("w", "kWh"), ("kw", "kWh"), ("mw", "kWh"), ("gw", "kWh")),
                    "that is a power: multiply it by hours for MWh, or state `site_power` of a"
                    " claim"),
    **dict.fromkeys((("words", "tokens"), ("word", "tokens")),
                    "a word is not a token: state `words` of a claim, or the tokens"),
    **dict.fromkeys((("bytes", "tokens"), ("byte", "tokens"), ("gb", "tokens"), ("tb", "tokens"),
                     ("pb", "tokens")),
                    "a byte is not a token: state `bytes` of a claim, or the tokens"),
    ("epochs", "tokens"): "state the tokens seen, or `epochs` of a claim",
}  # fmt: skip
"""Where a number of another quantity belongs, by its unit and the unit of the field."""


def _rate(unit: str, rate: Rate) -> Scale:
    over, under = split_per(unit)
    if under is None:
        if rate.bare:
            return _plain(over, PLAIN[rate.numerator]) if over else Scale()
        raise QuantityProblem("CC203", "it does not say per what", rate.example)
    top = _plain(over, PLAIN[rate.numerator])
    bottom = denominator(under)
    if bottom is None or bottom[0] not in rate.per:
        raise other_thing("CC204", f"'per {under}' does not fit")
    factor = top.factor * (rate.base / bottom[1])
    return top._replace(power=top.power - rate.power, factor=factor)
