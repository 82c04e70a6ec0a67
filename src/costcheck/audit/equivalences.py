"""Everyday equivalents of energy and carbon: "130 US homes", "five cars in their lifetimes"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costcheck.audit.statements import Statement
from costcheck.text.quantity import Quantity

_WORDS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "single": 1.0, "average": 1.0, "two": 2.0, "three": 3.0,
    "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0,
    "dozen": 12.0, "hundred": 100.0,
}  # fmt: skip
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_COUNT = r"(?P<count>\d[\d,]*(?:\.\d+)?|" + "|".join(_WORDS) + r")"
_BETWEEN = (
    r"(?:\s+(?P<scale>thousand|million|billion))?(?:\s+(?:average|typical|US|U\.S\.|American|new))*"
)


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What one unit of an everyday comparison stands for."""

    id: str
    field: str
    """``energy`` or ``carbon``."""
    value: float
    """Base units of the field per unit."""
    sd: float
    pattern: re.Pattern[str]
    words: str


def read_equivalences(data: Mapping[str, Any]) -> tuple[Equivalence, ...]:
    """The equivalences of a parsed ``equivalences.yaml``."""
    return tuple(
        Equivalence(
            id=item["id"],
            field=item["field"],
            value=float(item["value"]),
            sd=float(item["sd"]),
            pattern=re.compile(rf"\b{_COUNT}{_BETWEEN}\s+{item['noun']}", re.IGNORECASE),
            words=item["words"],
        )
        for item in data["equivalences"]
    )


def spoken(
    text: str, fields: frozenset[str], table: Sequence[Equivalence], claims: tuple[int, ...]
) -> Iterator[Statement]:
    """Yield the statements a text makes by comparison, for quantities it also prints."""
    for item in table:
        if item.field not in fields:
            continue
        match = item.pattern.search(text)
        if match is None:
            continue
        count = match.group("count").lower().replace(",", "")
        number = _WORDS[count] if count in _WORDS else float(count)
        number *= _SCALES.get((match.group("scale") or "").lower(), 1.0)
        yield stated_as(item, number, claims, match.group())


def stated_as(item: Equivalence, number: float, claims: tuple[int, ...], text: str) -> Statement:
    """The statement that a quantity equals `number` units of an equivalence."""
    value = number * item.value
    spread = math.exp(2.0 * item.sd)
    quantity = Quantity(
        value=value,
        low=value / spread,
        high=value * spread,
        kind="approx",
        dimension=item.field,
        text=text,
        digits=1,
    )
    return Statement(
        claims=claims,
        field=item.field,
        quantity=quantity,
        value=value,
        sd=item.sd,
        note=f"{number:g} x {item.words}",
    )
