"""Slips of the pen on printed digits: lost, swapped or changed digits, and lost signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from costcheck.audit.priors import rules

_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")


def printed(text: str) -> str:
    """The first number of a text as printed, without thousands separators."""
    match = _DIGITS.search(text)
    return match.group().replace(",", "") if match else ""


class Slip(NamedTuple):
    """One slip of the pen."""

    name: str
    ratio: float
    """True over printed value."""
    weight: float
    plain: bool = False
    """Whether it fits any discrepancy."""


def slips(text: str) -> Iterator[Slip]:
    """Yield every one-step slip of the pen.

    The operator lost between two factors ("64*8" printed "648") and a lost leading digit are
    likelier than an arbitrary changed digit; weights say so.
    """
    digits = printed(text)
    if not digits or not digits.strip("0."):
        return
    value = float(digits)
    seen: set[float] = set()
    for item in _candidates(digits, value):
        if item.ratio > 0.0 and abs(item.ratio - 1.0) > 1e-9 and item.ratio not in seen:
            seen.add(item.ratio)
            yield item


def _candidates(digits: str, value: float) -> Iterator[Slip]:
    weight = rules("typography")
    for name, other in _lost_signs(digits):
        yield Slip(name, other / value, weight["sign"])
    if digits[0] != "0":
        for lead in "123456789":
            ratio = float(lead + digits) / value
            yield Slip(f"lost leading digit: {lead}{digits}", ratio, weight["lead"], plain=True)
    if len(digits) <= weight["longest"]:
        swaps = (("swapped digits", other, weight["swap"]) for other in _swaps(digits))
        changes = (("changed digit", other, weight["change"]) for other in _changes(digits))
        for name, text, chance in (*swaps, *changes):
            if not text.startswith("0"):
                yield Slip(f"{name}: {text}", float(text) / value, chance)


def _lost_signs(digits: str) -> Iterator[tuple[str, float]]:
    for cut in range(1, len(digits)) if digits.isdigit() else ():
        left, right = digits[:cut], digits[cut:]
        if not right.startswith("0") and int(left) > 1 and int(right) > 1:
            yield f"lost multiplication sign: {left} x {right}", float(left) * float(right)


def _swaps(digits: str) -> Iterator[str]:
    for at in range(len(digits) - 1):
        pair = digits[at : at + 2]
        if "." not in pair and pair[0] != pair[1]:
            yield digits[:at] + pair[::-1] + digits[at + 2 :]


def _changes(digits: str) -> Iterator[str]:
    for at, old in enumerate(digits):
        for new in "0123456789" if old != "." else "":
            if new != old:
                yield digits[:at] + new + digits[at + 1 :]
