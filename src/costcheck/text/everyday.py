"""Everyday wordings of a number put into digits, so that the grammar of quantities can read them.

"A month and a half" is 1.5 months. Sizes without a number ("tens of thousands") are only read in
words that somebody else wrote: who writes a scenario can say which range is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
ONES: Final = _WORDS[0].split()
TENS: Final = _WORDS[1].split()
_COUNTS: Final = {
    **{word: float(value) for value, word in enumerate(ONES)},
    **{word: 20.0 + 10.0 * place for place, word in enumerate(TENS)},
    "a": 1.0, "an": 1.0, "half": 0.5, "a quarter": 0.25, "quarter": 0.25, "three quarters": 0.75,
    "a third": 1.0 / 3.0, "a couple": 2.0,
}  # fmt: skip
_COUNT: Final = "|".join(sorted(_COUNTS, key=len, reverse=True))
_SCALE: Final = "hundred|thousand|million|billion|trillion"
_PARTS: Final = {"half": 0.5, "quarter": 0.25, "third": 1.0 / 3.0}

_PLURALS: Final = {"tens": 10.0, "dozens": 12.0, "scores": 20.0, "hundreds": 100.0,
                   "thousands": 1e3, "millions": 1e6, "billions": 1e9}  # fmt: skip
_VAGUE_ENDS: Final = {"": (2.0, 10.0), "a few": (2.0, 5.0), "several": (3.0, 9.0)}
"""How many of a size are meant: "tens" are two to ten of them, "a few" two to five."""


def in_digits(text: str) -> str:
    """Return a text whose fractions and counts in words are digits, all else unchanged."""
    for pattern, write in _REWRITES:
        text = re.sub(pattern, write, text)
    return text


def sizes_in_digits(text: str) -> str:
    """Return a text whose sizes without a number are ranges, gaps in numbers closed."""
    text = re.sub(_GAPPED, lambda found: found[0].replace(" ", ""), text)
    text = re.sub(_ROUND_PLURAL, _round_plural, text)
    text = re.sub(_TENS_OF, lambda found: "hundreds of " if found[1] else "tens of ", text)
    return re.sub(_FEW, _few, re.sub(_PLURAL, _plural, text))


def products_in_digits(text: str) -> str:
    """Return a count whose factors are multiplied: "256 nodes of 8", "64x8"."""
    return re.sub(_PRODUCT, _multiplied, text)


_NODES: Final = "nodes|servers|machines|hosts|instances|boxes|systems|racks|pods"
_PRODUCT: Final = (
    rf"(?i)(?P<first>\d[\d,]*|\b(?:{'|'.join(ONES)}))(?:\s*[x\u00d7*]\s*(?P<times>\d+)"
    rf"(?![\d.,]*[a-z%])(?:-GPU (?:{_NODES}))?"
    rf"|\s+(?:[\w-]+ )?(?:{_NODES})\s*(?:of|with|x|\(|,)\s*(?P<each>\d+|{'|'.join(ONES[2:])})\b\)?"
    rf"|\s+(?P<sized>\d+|{'|'.join(ONES[2:])})-(?:[\w]+)[- ](?:{_NODES}))"
)


def _multiplied(found: re.Match[str]) -> str:
    factors = (found["first"], found["times"] or found["each"] or found["sized"])
    first, second = (
        float(factor.replace(",", "")) if factor[0].isdigit() else _COUNTS[factor.lower()]
        for factor in factors
    )
    return f"{first * second:.0f}"


_GAPPED: Final = r"(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d.,])"
_PLURAL: Final = (
    rf"(?i)\b(?:(?P<few>a few|several) )?(?P<plural>{'|'.join(_PLURALS)}) of (?:(?P<scale>hundred"
    r"|thousand|million|billion|trillion)s?(?: of)? )?(?:(?P<last>hundred|thousand|million|billion"
    r"|trillion)s\b(?: of)?)?"
)
_ROUND_PLURAL: Final = (
    r"(?:\b(?P<few>a few|several) )?(?<!\w)(?P<sign>[$\u20ac\u00a3]?)(?P<size>100?)(?P<scale>[KMB])"
    r"['\u2019]?s\b"
)
_TENS_OF: Final = r"(?<![\w.,])10(0)?['\u2019]?s of "
_FEW: Final = rf"(?i)\b(?P<few>a few|several)\b(?= (?:{_SCALE}|\w+s\b))"
_POWERS: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


def _plural(found: re.Match[str]) -> str:
    low, high = _VAGUE_ENDS[(found["few"] or "").lower()]
    size = _PLURALS[found["plural"].lower()]
    for name in ("scale", "last"):
        size *= _POWERS[found[name].lower()] if found[name] else 1.0
    return f"{low * size:.0f}-{high * size:.0f} "


def _round_plural(found: re.Match[str]) -> str:
    """Read "a few $10M's"."""
    low, high = (end * int(found["size"]) for end in _VAGUE_ENDS[(found["few"] or "").lower()])
    return f"{found['sign']}{low:.0f}{found['scale']}-{found['sign']}{high:.0f}{found['scale']}"


def _few(found: re.Match[str]) -> str:
    low, high = _VAGUE_ENDS[found["few"].lower()]
    return f"{low:.0f}-{high:.0f}"


def _plain(value: float) -> str:
    return f"{value:.6g}"


def _and_a_half(found: re.Match[str]) -> str:
    """Read "two and a half", "a month and a half", "a million and a half"."""
    whole = found["whole"]
    number = float(whole) if whole[0].isdigit() else _COUNTS[whole.lower()]
    more = _COUNTS.get((found["times"] or "").lower(), 1.0) if found["times"] else 1.0
    value = _plain(number + more * _PARTS[found["part"].lower().rstrip("s")])
    value = f"{value} {found['unit']}" if found["unit"] else value
    # Nobody means 1.5 rather than 1.4 by it.
    return value if found.start() else f"about {value}"


def _part_of(found: re.Match[str]) -> str:
    """Read "a quarter of a million"."""
    return f"{_plain(_COUNTS[found['part'].lower()])} {found['scale']}"


def _end(found: re.Match[str]) -> str:
    """Read "two to three months"."""
    low, high = (_plain(_COUNTS[found[end].lower()]) for end in ("low", "high"))
    return f"{low}-{high}"


_WHOLE: Final = rf"\b(?P<whole>\d+|{_COUNT})"
_REWRITES: Final[tuple[tuple[str, Callable[[re.Match[str]], str]], ...]] = (
    (rf"(?i){_WHOLE}(?P<unit>)(?:-| )and(?:-| )(?:(?P<times>a|one|three)(?:-| ))?"
     r"(?P<part>half|quarters?|third)\b(?:-(?=[a-z]))?", _and_a_half),
    (rf"(?i){_WHOLE} (?P<unit>[a-z]+) and (?P<times>a|one) (?P<part>half|quarter|third)\b",
     _and_a_half),
    (rf"(?i)\b(?P<part>half|a quarter|quarter|three quarters|a third)(?:-| )(?:of (?:a|one)|an?)"
     rf"(?:-| )(?P<scale>{_SCALE})\b", _part_of),
    (rf"(?i)\b(?P<low>{_COUNT})(?:-| )(?:to|or)(?:-| )(?P<high>{_COUNT})\b(?:-(?=[a-z]))?", _end),
    (r"(?i)\ba couple(?: of)?\b", lambda _: "2"),
    (rf"(?i)\b(?P<dozens>{_COUNT}) dozen\b",
     lambda found: _plain(12.0 * _COUNTS[found["dozens"].lower()])),
)  # fmt: skip
