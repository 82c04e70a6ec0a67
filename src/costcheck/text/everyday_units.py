"""Homes, cars and flights in a text: units that everybody knows, and how many of them it counts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, NamedTuple

from costcheck.text.everyday import ONES, TENS
from costcheck.text.quantity import parse
from costcheck.text.quantity_grammar import HEDGE
from costcheck.units import DAYS_PER_WEEK, DAYS_PER_YEAR, MONTHS_PER_YEAR

_ONE: Final = "a|an|single|average"
_COUNT: Final = (
    rf"(?:[0-9][0-9,]*(?:\.[0-9]+)?|{'|'.join((*ONES[1:], *TENS))}|{_ONE}|dozen|hundred)"
    r"(?:\s+(?:thousand|million|billion))?"
)


_YEARS: Final = {
    "year": 1.0, "decade": 10.0, "month": 1.0 / MONTHS_PER_YEAR,
    "week": DAYS_PER_WEEK / DAYS_PER_YEAR, "day": 1.0 / DAYS_PER_YEAR,
}  # fmt: skip
_SHORTER: Final = ("month", "week", "day")
"""What a unit of a year also counts for."""
_NEAR: Final = 40
"""Letters before a count within which a text says of how long it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayUnit:
    """What one unit of an everyday comparison stands for."""

    id: str
    field: str
    """``energy``, ``carbon`` or ``water``."""
    value: float
    """Base units of the field per unit."""
    sd: float
    noun: str
    """How texts name the unit, as a pattern."""
    words: str
    yearly: bool = False
    """Whether one stands for a year, so that a text may count it for another time."""
    unless: str = ""
    """What behind the name makes it another thing, as a pattern."""
    place: bool = False
    """Whether it is a day of a city or a country, which a text names for a time."""

    def is_other(self, behind: str) -> bool:
        """Whether the words behind its name make it another thing."""
        return bool(self.unless) and re.match(self.unless, behind, re.IGNORECASE) is not None

    def named(self, *, several: bool) -> str:
        """Its words on a card."""
        return self.words.format(s="s" if several else "")


class Counted(NamedTuple):
    """So many everyday units in a text."""

    unit: EverydayUnit
    times: float
    """How many, of a part of the count and for how long as the text says."""
    is_worked_out: bool
    """Whether they are a part or a multiple of the count: "half of", "for ten years"."""
    start: int
    number: int
    """Where the count itself begins."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Everyday:
    """The units that texts compare with, and the words around a count of them."""

    units: tuple[EverydayUnit, ...] = ()
    between: str = ""
    """A word that may stand between a count and its unit, or a part and the count."""
    period: str = ""
    """How long they count, behind the unit; ``{count}`` is a number."""
    before: str = ""
    """Words before the unit that say how long it counts, as groups: of a year, not of days."""
    behind: str = ""
    """The same words behind the unit: "what 900 homes use daily"."""
    vague: str = ""
    """Behind the unit, that nobody says how long it counts: "for several weeks"."""
    often: str = ""
    """How often a trip is made, behind the unit."""
    supplied: str = ""
    """Words before a place that is supplied."""
    uses: str = ""
    """Words behind a place that uses something."""
    enough: str = ""
    """What something is enough for."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """How many of a part make one."""

    def counted_in(self, text: str, order: Mapping[str, int]) -> list[Counted]:
        """Return the counts of units of these fields, each place read once.

        Where units share a name, the field of the lowest `order` counts, then the longer name.
        """
        found: list[Counted] = []
        for unit, number, behind in self._named_in(text, order):
            if not self._is_other(unit, text[behind:]):
                said = self._counted(unit, number, behind, text)
                if said.times and not any(
                    said.number < one.end and one.number < said.end for one in found
                ):
                    found.append(said)
        return found

    def unread_in(self, text: str, order: Mapping[str, int]) -> list[str]:
        """Return what is like no unit: "a car to the sea", "enough to power the Moon"."""
        read = self.counted_in(text, order)
        others = [
            (number.start(), behind)
            for unit, number, behind in self._named_in(text, order)
            if self._is_other(unit, text[behind:])
            or not self._counted(unit, number, behind, text).times
        ]
        enough = re.finditer(self.enough, text, re.IGNORECASE) if self.enough else ()
        return [
            re.split(r"[.;,](?!\d)", text[start:])[0]
            for start, end in (*others, *(found.span() for found in enough))
            if not any(one.start < end and start < one.end for one in read)
        ]

    def _is_other(self, unit: EverydayUnit, behind: str) -> bool:
        """Whether what a text counts is worth nobody knows how much of a unit."""
        is_vague = bool(self.vague) and re.match(self.vague, behind, re.IGNORECASE) is not None
        return unit.is_other(behind) or (unit.yearly and is_vague)

    def _one_place(self, text: str, noun: re.Match[str]) -> re.Match[str] | None:
        """The place of which a text says for how long it is supplied or uses something, as one."""
        before, behind = text[max(noun.start() - _NEAR, 0) : noun.start()], text[noun.end() :]
        supplied = re.search(rf"(?:{self.supplied})$", before, re.IGNORECASE)
        uses = re.match(self.uses, behind, re.IGNORECASE)
        period = self.period.replace("{count}", _COUNT)
        times = (re.match(words, behind, re.IGNORECASE) for words in (period, self.behind))
        is_timed = any(times) or re.search(self.before, before, re.IGNORECASE)
        is_meant = (supplied or uses) and is_timed
        return re.compile("(?P<count>)").match(text, noun.start()) if is_meant else None

    def _named_in(
        self, text: str, order: Mapping[str, int]
    ) -> Iterator[tuple[EverydayUnit, re.Match[str], int]]:
        """Yield each unit that a text names with a count, the count and where the name ends."""
        counts = rf"\b(?P<count>{_COUNT})(?:\s+(?:{self.between}))*\s+$"
        units = (unit for unit in self.units if unit.field in order and unit.noun)
        for unit in sorted(units, key=lambda unit: (order[unit.field], -len(unit.noun))):
            for noun in re.finditer(unit.noun, text, re.IGNORECASE):
                if unit.place:
                    number = self._one_place(text, noun)
                else:
                    number = re.search(counts, text[: noun.start()], re.IGNORECASE)
                if number is not None:
                    yield unit, number, noun.end()

    def _counted(
        self, unit: EverydayUnit, number: re.Match[str], behind: int, text: str
    ) -> Counted:
        words = rf"\b(?:an?\s+)?({'|'.join(self.parts)})(?:\s+(?:{self.between}))*\s+{HEDGE}$"
        part = re.search(words, text[: number.start()], re.IGNORECASE)
        size = 1.0 / self.parts[part[1].lower()] if part else 1.0
        start, end = part.start() if part else number.start(), behind
        period = self.period.replace("{count}", _COUNT)
        if time := re.match(period, text[behind:], re.IGNORECASE):
            end += time.end()
        if unit.yearly or unit.place:
            said = re.search(self.before, text[max(start - _NEAR, 0) : end], re.IGNORECASE)
            if later := None if said else re.match(self.behind, text[behind:], re.IGNORECASE):
                said, end = later, end + later.end()
            told = _YEARS[said.lastgroup or "year"] if said else 0.0
            years = told if said and time is None else max(_years(time), told)
            shorter = next((part for part in _SHORTER if math.isclose(_YEARS[part], years)), None)
            if unit.place:
                size *= years * DAYS_PER_YEAR
            elif shorter is None:
                size *= years
            else:
                unit = _for_a(shorter, unit)
        elif again := re.match(self.often.replace("{count}", _COUNT), text[behind:], re.IGNORECASE):
            size *= _number(again["often"])
            end += again.end()
        times = _number(number["count"]) * size
        return Counted(unit, times, size != 1.0, start, number.start(), end)


def _for_a(period: str, unit: EverydayUnit) -> EverydayUnit:
    """The unit that counts a shorter period than the year of its own; no text names it itself."""
    return replace(
        unit,
        id=f"{unit.id.removesuffix('year')}{period}",
        value=unit.value * _YEARS[period],
        words=unit.words.replace("year", period),
        noun="",
        yearly=False,
    )


def _number(count: str) -> float:
    plain = re.sub(rf"^(?:{_ONE})\b|^$", "one", count.lower())
    plain = f"a {plain}" if plain.startswith(("dozen", "hundred")) else plain
    return parse(plain, "tokens").value


def _years(time: re.Match[str] | None) -> float:
    """For how many years units count, one where nothing is said."""
    if time is None:
        return 1.0
    ends = [_number(end) for end in (time["length"], time["most"]) if end] or [1.0]
    return _YEARS[time["time"].lower()] * sum(ends) / len(ends)


def read_everyday(data: Mapping[str, Any]) -> Everyday:
    """The units of a parsed ``equivalences.yaml``."""
    keys = [key.name for key in fields(EverydayUnit)]
    of = {row["id"]: row for row in data["equivalences"]}
    rows = [
        {**of[row["of"]], **row, "value": row["count"] * of[row["of"]]["value"]}
        if "of" in row
        else row
        for row in data["equivalences"]
    ]
    units = [EverydayUnit(**{key: row[key] for key in keys if key in row}) for row in rows]
    years = [unit for unit in units if unit.yearly]
    words = {key.name: data[key.name] for key in fields(Everyday) if key.name != "units"}
    shorter = (_for_a(period, unit) for unit in years for period in _SHORTER)
    return Everyday(units=(*units, *shorter), **words)
