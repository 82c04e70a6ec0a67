"""Arithmetic that a text writes out: "2.664M + 0.119M + 0.005M = 2.788M", "64 x 8 = 512"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"\$?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?"
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion|[kKMBT])\b)?"
_TERM = rf"{_NUMBER}{_SCALE}"
_OPERATOR = r"\s*[+x×*]\s*"
_CHAIN = re.compile(rf"({_TERM}(?:{_OPERATOR}{_TERM})+)\s*=\s*({_TERM})")
_SAVING = re.compile(
    rf"({_TERM})[^.;=]{{0,60}}?\b(?:versus|vs\.?|against|compared (?:to|with))\s+({_TERM})"
    rf"[^.;]{{0,60}}?\b(?:sav\w+|reduc\w+|cut\w*|less)\b[^.;\d]{{0,20}}(\d+(?:\.\d+)?)\s?%",
    re.IGNORECASE,
)
_SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9,
    "t": 1e12, "trillion": 1e12,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Equation:
    """One written equation and whether it closes on its printed digits."""

    words: str
    stated: float
    computed: float
    low: float
    high: float
    closes: bool


@dataclass(frozen=True, slots=True)
class _Term:
    value: float
    half: float


def equations_in(text: str) -> Iterator[Equation]:
    """Yield every equation and percentage of savings the text writes out."""
    for match in _CHAIN.finditer(text):
        parts = re.split(_OPERATOR, match.group(1))
        operators = set(re.findall(r"[+x×*]", match.group(1)))
        if len(operators) == 1:
            yield _chain(match.group(0), parts, _term(match.group(2)), operators == {"+"})
    for match in _SAVING.finditer(text):
        yield _saving(match.group(0), *(_term(part) for part in match.groups()))


def _chain(words: str, parts: list[str], target: _Term, is_sum: bool) -> Equation:
    terms = [_term(part) for part in parts]
    if is_sum:
        low = sum(t.value - t.half for t in terms)
        high = sum(t.value + t.half for t in terms)
        value = sum(t.value for t in terms)
    else:
        low = high = value = 1.0
        for t in terms:
            low, high, value = low * (t.value - t.half), high * (t.value + t.half), value * t.value
    return _equation(words, value, low, high, target)


def _saving(words: str, small: _Term, large: _Term, percent: _Term) -> Equation:
    value = 100.0 * (1.0 - small.value / large.value)
    low = 100.0 * (1.0 - (small.value + small.half) / (large.value - large.half))
    high = 100.0 * (1.0 - (small.value - small.half) / (large.value + large.half))
    return _equation(words, value, low, high, percent)


def _equation(words: str, value: float, low: float, high: float, target: _Term) -> Equation:
    closes = target.value - target.half <= high and target.value + target.half >= low
    return Equation(" ".join(words.split()), target.value, value, low, high, closes)


def _term(text: str) -> _Term:
    match = re.match(rf"({_NUMBER})\s?([A-Za-z]*)", text.strip())
    if match is None:
        return _Term(float("nan"), 0.0)
    digits = match.group(1).replace(",", "").removeprefix("$")
    scale = _SCALES.get(match.group(2).lower(), 1.0)
    mantissa, _, exponent = digits.lower().partition("e")
    power = 10.0 ** int(exponent or 0)
    decimals = len(mantissa.partition(".")[2])
    half = 0.0 if decimals == 0 and scale == 1.0 else 0.5 * 10.0**-decimals
    return _Term(float(mantissa) * scale * power, half * scale * power)
