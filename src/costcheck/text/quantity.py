"""A number as people write it, read in the light of the field it stands in.

``parse("$5.5M", "money")`` keeps what the text says about its own precision: the value, the
interval of everything that would have been written the same way, and the text itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Final, Literal, NamedTuple, cast

from costcheck.diagnostics import Place
from costcheck.text.dimensions import (
    NODES,
    Plain,
    Rate,
    Scale,
    currency_code,
    multiplier,
    other_thing,
    resolve,
    spec,
)
from costcheck.text.everyday import products_in_digits
from costcheck.text.quantity_grammar import (
    Amount,
    QuantityProblem,
    Written,
    is_vague,
    take_apart,
    vague,
)

SMALLEST: Final = 1e-18
LARGEST: Final = 1e36
"""Between what any amount lies, in base units; beyond, arithmetic fails."""

Kind = Literal["exact", "stated", "approx", "range", "at_most", "at_least"]
Origin = Literal["file", "set", "catalog", "default", "python"]

APPROXIMATE_SPREAD: Final = 0.10
"""Relative half-width that "about" stands for, unless the digits are written coarser."""
_LONGEST: Final = 200


_BARE: Final = re.compile(r"(?<![\d.,])(?:\d+(?:\.\d+)?e\+?\d+|\d{4,})(?![\d.,])")
"""A number without separators or letters."""


def _grouped(found: re.Match[str]) -> str:
    """A number as people write it: 1024 is 1,024 and 2.7e8 is 270M."""
    value = float(found[0])
    letters = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
    size, letter = next((pair for pair in letters if value >= pair[0]), (1.0, ""))
    return f"{value / size:,.15g}{letter}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in base units with the interval its text stands for."""

    value: float
    """In base units; the geometric mean of a range, the bound of an "under" or "over"."""
    low: float
    high: float
    kind: Kind
    dimension: str
    currency: str | None = None
    """ISO code where the text names one."""
    text: str = ""
    digits: int = 15
    """Significant digits as printed."""
    half_unit: float = 0.0
    """Half a unit of the last significant written place, relative to the value."""
    place: Place | None = field(default=None, compare=False)
    origin: Origin = field(default="file", compare=False)
    written: str = ""
    """What the author wrote, where `text` also tells what that comes to."""
    how: str = ""
    """How it was converted, at the end of `text`."""

    @property
    def unit(self) -> str:
        """Base unit as printed, such as "GPU-hours"; empty for counts and ratios."""
        return unit_of(self.dimension)

    @property
    def per_node(self) -> bool:
        """Whether a rent was written for a whole node, such as "$98.32/node-hour"."""
        words = set(re.findall(r"[a-z]+", self.text.lower()))
        return self.dimension == "rent" and not words.isdisjoint(NODES)

    @property
    def said(self) -> str:
        """The text as reports quote it: long numbers as people write them, a rent per GPU-hour."""
        if self.dimension == "rent" and not re.search(r"/|per|hour|month|year|day", self.text):
            sign = "$" if self.currency is None and self.text[:1].isdigit() else ""
            return f"{sign}{self.text}/GPU-hour"
        return _BARE.sub(_grouped, self.text)

    @property
    def is_point(self) -> bool:
        """Whether the author wrote one number, rather than a range, a bound or "about"."""
        return self.kind in {"exact", "stated"}

    @classmethod
    def exact(
        cls, value: float, dimension: str, *, currency: str | None = None, text: str = ""
    ) -> Quantity:
        """Return a value without written precision, for defaults and callers of the library."""
        written = text or spell(value, dimension, currency)
        return cls(value, value, value, "exact", dimension, currency, written, origin="python")


class _Measure(NamedTuple):
    """An amount in base units."""

    value: float
    half: float
    currency: str | None


class _Field(NamedTuple):
    """The text being read and what is known about it."""

    text: str
    dimension: str
    place: Place | None
    origin: Origin


def parse(
    text: str,
    dimension: str,
    *,
    place: Place | None = None,
    origin: Origin = "file",
    quoted: bool = False,
) -> Quantity:
    """Read a text as a quantity of a dimension; `quoted`: in words that somebody else chose."""
    try:
        if len(text) > _LONGEST:
            raise QuantityProblem("CC201", f"{_short(text)} is too long for a number", "{example}")
        plain = products_in_digits(text) if dimension == "count" else text
        if dimension == "times" and (compared := re.fullmatch(_COMPARED, text)):
            return _factor(text, compared, place, origin)
        written = take_apart(plain, quoted=quoted)
        found = _read(written, _Field(text, dimension, place, origin))
        if dimension == "share" and found.value > 1.0 and re.fullmatch(r"[\d.]+", text.strip()):
            # No share is above 1, so that a bare 46 can only be meant as 46 %; the text says so.
            percent = parse(f"{text}%", dimension, place=place, origin=origin)
            return replace(percent, text=f"{text} (taken as {text}%)")
        return found
    except QuantityProblem as problem:
        raise _explained(problem, text, dimension) from None


_COMPARED: Final = (
    r"(?is)(?P<number>.*\d\s*(?:%|percent|x|times|-?fold))\s+(?:(?P<same>as (?:much|many)\b)"
    r"|(?P<less>less|lower|fewer|cheaper|smaller|saved|savings?|reduction)"
    r"|(?P<more>more|higher|greater|larger|bigger))?(?: .*)?"
)


def way_of(times: str) -> Literal["less", "more"] | None:
    """Which of two a comparison says has how much: 4x less, 4x more or as much; none: neither."""
    found = re.fullmatch(_COMPARED, times)
    if found is None or not any(found.group("same", "less", "more")):
        return None
    return "less" if found["less"] else "more"


def _factor(text: str, compared: re.Match[str], place: Place | None, origin: Origin) -> Quantity:
    """The other's value over this one's, from a share or factor that this one has less or more."""
    found = parse(compared["number"], "ratio", place=place, origin=origin, quoted=True)
    is_share = "%" in compared["number"] or "percent" in compared["number"].lower()
    if not any(compared.group("same", "less", "more")) or (compared["less"] and not is_share):
        return replace(found, dimension="times", text=text)
    ends = [found.low, found.value, found.high]
    if is_share and not compared["same"]:
        ends = [max(1.0 - end, 0.0) if compared["less"] else 1.0 + end for end in ends]
    if ends[1] <= 0.0:
        raise QuantityProblem("CC209", f"{text!r} leaves nothing to compare", "{example}")
    low, value, high = sorted(1.0 / end if end else math.inf for end in ends)
    kind = found.kind if compared["less"] else _INVERSE.get(found.kind, found.kind)
    return replace(found, value=value, low=low, high=high, kind=kind, dimension="times", text=text)


_INVERSE: Final[Mapping[str, Kind]] = {"at_least": "at_most", "at_most": "at_least"}


def quantities_in(section: object, *, leave: str = "") -> Iterator[Quantity]:
    """Yield every quantity of a section and of those below it, one of its fields left out."""
    if isinstance(section, Quantity):
        yield section
        return
    below: Iterable[object] = ()
    if isinstance(section, Mapping):
        below = section.values()
    elif isinstance(section, tuple):
        below = section
    elif is_dataclass(section):
        below = [getattr(section, item.name) for item in fields(section) if item.name != leave]
    for part in below:
        yield from quantities_in(part)


def unit_of(dimension: str) -> str:
    """Return the base unit of a dimension as printed."""
    return spec(dimension).unit


def spell(value: float, dimension: str, currency: str | None = None) -> str:
    """Write a value in base units so that `parse` reads the same number back."""
    if not math.isfinite(value) or value < 0:
        msg = f"{value!r} cannot be written as a quantity"
        raise ValueError(msg)
    kind = spec(dimension)
    if dimension in {"count", "integer"} and float(value).is_integer():
        return f"{value:.0f}"
    number = repr(float(value))
    if kind.money:
        _, _, per = kind.unit.partition("/")
        sign = "$" if currency in {None, "USD"} else f"{currency} "
        return f"{sign}{number}/{per}" if per else f"{sign}{number}"
    if kind.unit.startswith("1/"):
        return f"{number} per {kind.unit[2:]}"
    return f"{number} {kind.unit}".rstrip()


def _read(written: Written, source: _Field) -> Quantity:
    text, dimension, *_ = source
    if dimension == "integer":
        return _integer(written, source)
    if written.second is not None:
        return _range(written, written.second, source)
    first, tolerance = written.first, written.tolerance
    unit = first.unit or (tolerance.unit if tolerance and tolerance.unit != "%" else "")
    measure = _summed(_measure(first, unit, dimension), written.more, dimension)
    value, half = measure.value, measure.half
    low, high, kind = max(0.0, value - half), value + half, "stated"
    if tolerance is not None:
        spread = _tolerance(tolerance, first, value, dimension)
        low, high, kind = max(0.0, value - spread), value + spread, "range"
    elif written.hedge == "approx":
        spread = max(half, APPROXIMATE_SPREAD * value)
        low, high, kind = max(0.0, value - spread), value + spread, "approx"
    elif written.hedge == "at_most":
        low, high, kind = 0.0, value, "at_most"
    elif written.hedge == "at_least":
        low, high, kind = value, math.inf, "at_least"
    elif dimension == "count" and not value.is_integer():
        raise QuantityProblem("CC209", f"{text!r} is not a whole number", "{example}")
    relative = half / value if value else 0.0
    return _quantity((value, low, high), kind, source, measure.currency, first, relative)


def _quantity(
    ends: tuple[float, float, float],
    kind: str,
    source: _Field,
    currency: str | None,
    digits: Amount,
    half: float,
) -> Quantity:
    """Put together the value and its ends, its kind, and what was known before it was read."""
    text, dimension, place, origin = source
    one = cast("Kind", kind)
    finest = digits.significant
    return Quantity(*ends, one, dimension, currency, text, finest, half, place, origin)


def _summed(measure: _Measure, more: Amount | None, dimension: str) -> _Measure:
    if more is None:
        return measure
    added = _measure(more, more.unit, dimension)
    return measure._replace(value=measure.value + added.value, half=measure.half + added.half)


def _measure(amount: Amount, unit: str, dimension: str) -> _Measure:
    """Convert one written amount to base units."""
    if amount.currency is not None and not spec(dimension).money:
        raise other_thing("CC205", f"{amount.currency!r} is a currency")
    scale = _scale(amount, unit, dimension)
    if scale is None:
        return _compound(amount, unit)
    digits, power = amount.digits, amount.power + scale.power
    value = float(f"{digits}e{power}") * scale.factor
    if not value <= LARGEST or (value < SMALLEST and digits.strip("0.")):
        far = "small" if value < SMALLEST else "large"
        raise QuantityProblem("CC209", f"{digits}e{power} is too {far} for anything", "{example}")
    if dimension == "count" and not scale.multiplied and not amount.power and "." not in digits:
        half = 0.5
    else:
        half = float(f"5e{amount.last_place + scale.power - 1}") * scale.factor
    return _Measure(value, half, _currency(amount, scale))


def _scale(amount: Amount, unit: str, dimension: str) -> Scale | None:
    """Return the scale of a unit; None for a compound duration such as 1h30m."""
    several = dimension == "duration" and any(map(str.isdigit, unit))
    if several and re.fullmatch(_COMPOUND, unit):
        return None
    if not unit and not amount.digits.strip("0."):
        return Scale()
    return resolve(unit, dimension)


_COMPOUND: Final = r"\s*[A-Za-z]+(?:[\s,]*(?:and )?[0-9.]+\s*[A-Za-z]+)+"
_COMPOUND_PART: Final = r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)"


def _compound(amount: Amount, unit: str) -> _Measure:
    """Read 1h30m or "2 days 4 h"; after hours or days, ``m`` can only be minutes."""
    total, half, smallest = 0.0, 0.0, math.inf
    for number, word in re.findall(_COMPOUND_PART, f"{amount.digits}{unit}"):
        name = "min" if word == "m" and smallest < math.inf else word
        size = resolve(name, "duration").factor
        if size >= smallest:
            raise QuantityProblem("CC204", f"'{word}' is out of order", "{example}")
        total, smallest = total + float(number) * size, size
        decimals = len(number.partition(".")[2])
        half = 0.5 * 10.0**-decimals * size
    return _Measure(total, half, None)


def _currency(amount: Amount, scale: Scale) -> str | None:
    """Return the currency named before or after the number."""
    sign = amount.currency
    if sign is None:
        return scale.currency
    if sign == "\u00a5":
        raise QuantityProblem(
            "CC205", f"{sign!r} is both the yuan and the yen", "write {CNY} or {JPY}"
        )
    code = currency_code(sign)
    if code is None:
        raise QuantityProblem(
            "CC205", f"{sign!r} is not a currency we know", "use the ISO code, such as USD {n}"
        )
    if scale.currency not in {None, code}:
        raise QuantityProblem(
            "CC205", f"it names both {code} and {scale.currency}", "name one currency"
        )
    return code


def _range(written: Written, second: Amount, source: _Field) -> Quantity:
    text, dimension, *_ = source
    first = written.first
    last = _measure(second, second.unit, dimension)
    unit = first.unit
    if not unit:
        unit = second.unit
    elif multiplier(unit, "kKmMbBtT")[1] == "" and spec(dimension).letters:
        unit = f"{unit} {multiplier(second.unit, spec(dimension).letters)[1]}".strip()
    start = _measure(first, unit, dimension)
    if start.currency and last.currency and start.currency != last.currency:
        raise QuantityProblem("CC205", "its ends name two currencies", "name one currency")
    low, high = start.value, last.value
    if low > high:
        raise QuantityProblem(
            "CC207", f"{text!r} runs downwards", "write the smaller end first, both with their unit"
        )
    value, kind = math.sqrt(low) * math.sqrt(high) if low else high / 2.0, "range"
    if written.hedge == "at_most":
        value, low, kind = high, 0.0, "at_most"
    elif written.hedge == "at_least":
        value, high, kind = low, math.inf, "at_least"
    currency = start.currency or last.currency
    finer = max(first, second, key=lambda amount: amount.significant)
    relative = last.half / last.value if last.value else 0.0
    return _quantity((value, low, high), kind, source, currency, finer, relative)


def _tolerance(tolerance: Amount, first: Amount, value: float, dimension: str) -> float:
    number = float(f"{tolerance.digits}e{tolerance.power}")
    if tolerance.unit in {"%", "percent"}:
        if dimension == "ratio" and "%" in first.unit:
            raise QuantityProblem(
                "CC206",
                "'\u00b1 %' on a percentage could mean points or a share of it",
                "write the range, such as 36%-40%",
            )
        return value * number / 100.0
    return _measure(tolerance, tolerance.unit or first.unit, dimension).value


def _integer(written: Written, source: _Field) -> Quantity:
    text = source.text
    value = _measure(written.first, written.first.unit, "integer").value
    hedged = written.hedge or written.second or written.tolerance
    if hedged or not value.is_integer():
        raise QuantityProblem("CC209", f"{text!r} is not one whole number", "{example}")
    return _quantity((value, value, value), "exact", source, None, written.first, 0.0)


def _explained(problem: QuantityProblem, text: str, dimension: str) -> QuantityProblem:
    """Complete a problem with the text, what the field holds and what to write."""
    kind = spec(dimension)
    if problem.code in {"CC203", "CC204"} and is_vague(text):
        problem = vague(_short(text)[1:-1])
    message = problem.message
    if problem.code in {"CC203", "CC204", "CC205"}:
        message = f"{_short(text)} is not {kind.label}: {message}"
    found = re.search(r"(?<=\$)[0-9][0-9,.]*[KMB]?\b|[0-9]+(?:\.[0-9]+)?", text)
    number = found[0] if found is not None and len(found[0]) < 10 else "3"
    example = kind.example if problem.keeps_number else _such_as(kind)
    advice = problem.help.replace("{example}", example)
    if isinstance(kind, Rate) and kind.money and (amount := _amount(text)):
        advice = advice.replace("${n}", amount)
    advice = advice.replace("{range}", _range_example(kind.example))
    advice = re.sub(r"\{([A-Z]{3})\}", lambda code: text.replace("\u00a5", f"{code[1]} "), advice)
    return QuantityProblem(problem.code, message, advice.replace("{n}", number))


def _amount(text: str) -> str:
    """An amount as it was written, in its currency and size; empty of what names no currency."""
    try:
        found = parse(text, "money")
    except QuantityProblem:
        return ""
    return found.text if found.currency else ""


def _such_as(kind: Plain | Rate) -> str:
    """An example with a number of its own: the one that was written is of something else."""
    if " such as " in kind.example:
        return kind.example
    return f"write {kind.label}, such as {kind.example.removeprefix('write ').replace('{n}', '3')}"


def _range_example(example: str) -> str:
    """Turn "write {n} days or {n} h" into "3-5 days"."""
    return (
        example.removeprefix("write ").partition(" or ")[0].partition(",")[0].replace("{n}", "3-5")
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


__all__ = ["Kind", "Origin", "Quantity", "QuantityProblem", "parse", "spell", "unit_of"]
