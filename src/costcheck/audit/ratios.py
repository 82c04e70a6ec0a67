"""Comparisons with another subject: checked where both sides are known, spelled out where not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from costcheck.audit.equivalences import Equivalence, stated_as
from costcheck.audit.statements import Statement
from costcheck.catalog.known_runs import Registry, subject_of, words
from costcheck.scenario.claim import Claim, Ratio, numbers
from costcheck.text.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCheck:
    """One stated ratio against what is known of both sides."""

    ratio: Ratio
    status: str
    """``holds``, ``fails``, ``unverifiable`` or ``equivalence``."""
    found: float | None
    """The ratio of the known figures."""
    implied: tuple[float, float] | None
    """What it implies for the side nobody published."""
    note: str
    statement: Statement | None = None
    """An equivalence as a statement of the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Where the two sides of a ratio may be known from."""

    claims: Sequence[Claim]
    registry: Registry
    """Empty without the registry."""
    equivalences: Sequence[Equivalence]


def check_ratios(claim: Claim, index: int, sides: Sides) -> tuple[RatioCheck, ...]:
    """Every ratio of a claim, checked."""
    return tuple(_check(claim, index, ratio, sides) for ratio in claim.ratios)


def _check(claim: Claim, index: int, ratio: Ratio, sides: Sides) -> RatioCheck:
    for item in sides.equivalences:
        if ratio.to == item.id:
            # A count of homes or cars: nobody means that a home uses 130 times a training run.
            statement = stated_as(item, ratio.times.value, (index,), ratio.times.text)
            return RatioCheck(ratio=ratio, status="equivalence", found=None, implied=None,
                              note=statement.note, statement=statement)  # fmt: skip
    mine = _figures(claim.about, ratio.of, sides, first=claim)
    theirs = _figures(ratio.to, ratio.of, sides)
    if not mine:
        return RatioCheck(ratio=ratio, status="unverifiable", found=None, implied=None,
                          note=f"no {_words(ratio.of)} to compare")  # fmt: skip
    low, high = ratio.times.low, ratio.times.high
    if not theirs:
        base = mine[0]
        implied = (base.value * low, base.value * high)
        more = [
            f"; with {other.text} {_money(other.value * low, ratio.of)} to"
            f" {_money(other.value * high, ratio.of)}"
            for other in mine[1:3]
        ]
        return RatioCheck(
            ratio=ratio,
            status="unverifiable",
            found=None,
            implied=implied,
            note=(
                f"nobody published the {_words(ratio.of)} of {ratio.to}; with {base.text} it would"
                f" be {_money(implied[0], ratio.of)} to {_money(implied[1], ratio.of)}"
                f"{''.join(more)}"
            ),
        )
    return _compare(ratio, mine, theirs)


def _compare(ratio: Ratio, mine: Sequence[Quantity], theirs: Sequence[Quantity]) -> RatioCheck:
    found = [(other.value / own.value, own, other) for own in mine for other in theirs]
    low, high = ratio.times.low, ratio.times.high
    best = min(found, key=lambda pair: _outside(pair[0], low, high))
    off = _outside(best[0], low, high)
    inverse = _outside(1.0 / best[0], low, high)
    slack = math.hypot(best[1].half_unit, best[2].half_unit) + 0.02
    holds = min(off, inverse) <= slack
    value = best[0] if off <= inverse else 1.0 / best[0]
    return RatioCheck(
        ratio=ratio,
        status="holds" if holds else "fails",
        found=value,
        implied=None,
        note=f"{best[2].text} against {best[1].text} is a factor of {value:.3g}",
    )


def _outside(value: float, low: float, high: float) -> float:
    """Ln of how far a value lies outside an interval."""
    if value < low:
        return math.log(low / value)
    return math.log(value / high) if value > high > 0.0 else 0.0


def _figures(
    name: str | None, field: str, sides: Sides, first: Claim | None = None
) -> list[Quantity]:
    """What is known of a subject's field: its own claim, other claims, known runs."""
    found = [q for key, q in numbers(first) if key == field] if first else []
    if found or not name:
        return found
    key = words(name)
    for other in sides.claims:
        if other.about and words(other.about) == key:
            found.extend(q for stated, q in numbers(other) if stated == field)
    subject = subject_of(name, sides.registry)
    found.extend(
        run.figures[field]
        for run in sides.registry
        if run.subject == subject and run.is_account and field in run.figures
    )
    return found


def _words(field: str) -> str:
    return field.replace("_", " ")


def _money(value: float, field: str) -> str:
    if field not in {"cost", "capex"}:
        return f"{value:.3g}"
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= size:
            return f"${value / size:.3g}{letter}"
    return f"${value:.3g}"
