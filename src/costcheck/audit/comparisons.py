"""What a text says by comparison: with another subject's figures, with homes, cars and flights."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from costcheck.audit import prose
from costcheck.audit.exact import outside
from costcheck.audit.matching import figure_of, model_compute
from costcheck.audit.priors import rules
from costcheck.audit.prose import amount
from costcheck.audit.statements import Statement
from costcheck.catalog.known_runs import KnownRun, Registry, subject_of, words
from costcheck.estimate.claim_units import short
from costcheck.quantities import field_words
from costcheck.scenario.claim import Claim, Ratio, numbers
from costcheck.text.everyday_units import Everyday, EverydayUnit
from costcheck.text.quantity import Quantity, way_of


def spoken(
    text: str, fields: frozenset[str], everyday: Everyday, claims: tuple[int, ...]
) -> Iterator[Statement]:
    """Yield the statements a text makes by everyday comparison, for quantities it also prints."""
    read: set[str] = set()
    for said in everyday.counted_in(text, dict.fromkeys(fields, 0)):
        if said.unit.id not in read:
            worded = text[said.start : said.end] if said.unit.place else ""
            yield _so_many(said.unit, said.times, claims, worded=worded)
        read.add(said.unit.id)


def _so_many(
    unit: EverydayUnit, count: float, claims: tuple[int, ...], number: str = "", worded: str = ""
) -> Statement:
    """The statement that a quantity equals so many units, the `number` as it is printed.

    All of it may be `worded` as the text has it.
    """
    value, spread = count * unit.value, math.exp(2.0 * unit.sd)
    said = worded or f"{number or short(count)} {unit.named(several=count != 1.0)}"
    quantity = Quantity(
        value=value,
        low=value / spread,
        high=value * spread,
        kind="approx",
        dimension=unit.field,
        text=f"{said} = {amount(value, unit.field)}",
        written=said,
        digits=1,
    )
    return Statement(
        claims=claims, field=unit.field, quantity=quantity, value=value, sd=unit.sd, note=said
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCheck:
    """One stated ratio against what is known of both sides."""

    ratio: Ratio
    status: Literal["holds", "fails", "unverifiable", "equivalence"]
    note: str
    found: float | None = None
    """The ratio of the known figures."""
    records: tuple[tuple[Quantity, KnownRun], ...] = ()
    """What is on record of the other side, then of this one where the text says nothing of it;
    empty where only printed figures were compared."""
    statement: Statement | None = None
    """An equivalence as a statement of the network."""
    said: str = ""
    """It in words, with what it compares with."""


class _Known(NamedTuple):
    """A figure of one side, and the known run that has it where no text does."""

    figure: Quantity
    run: KnownRun | None = None

    @property
    def record(self) -> tuple[tuple[Quantity, KnownRun], ...]:
        """It with its run, where it is on record."""
        return ((self.figure, self.run),) if self.run else ()

    @property
    def is_firm(self) -> bool:
        """Whether it can deny a ratio: not where its maker never confirmed it."""
        return self.run is None or self.run.worth.confirms


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Where the two sides of a ratio may be known from."""

    claims: Sequence[Claim]
    registry: Registry
    """Empty without the registry."""
    units: Sequence[EverydayUnit]

    def printed(self, name: str, field: str) -> list[_Known]:
        """What the claims say of a subject's field."""
        key = words(name)
        claimed = [claim for claim in self.claims if claim.about and words(claim.about) == key]
        return [_Known(figure) for claim in claimed for figure in _figures_of(claim, field)]

    def name_of(self, other: str) -> str:
        """A subject as its record names it, else as the claim does."""
        subject = subject_of(other, self.registry)
        return prose.by_name(subject) if subject else other

    def recorded(self, name: str, field: str) -> list[_Known]:
        """What the known runs say of a subject's field."""
        subject = subject_of(name, self.registry)
        known = [run for run in self.registry if run.subject == subject and run.is_account]
        return [
            _Known(figure, run) for run in known if (figure := figure_of(run, field)) is not None
        ]


def check_ratios(claim: Claim, index: int, sides: Sides) -> tuple[RatioCheck, ...]:
    """Check every ratio of a claim."""
    return tuple(_check(claim, index, ratio, sides) for ratio in claim.ratios)


def _check(claim: Claim, index: int, ratio: Ratio, sides: Sides) -> RatioCheck:
    times, of = ratio.times, ratio.of
    own = _figures_of(claim, of)
    units = [item for item in sides.units if item.id == ratio.to]
    everyday = next((item for item in units if item.field == of), None)
    if everyday is not None:
        return _in_units(claim, index, ratio, everyday, sides)
    if units or _PERIOD.search(ratio.to):
        return RatioCheck(ratio=ratio, status="unverifiable", note=_unknown_unit(ratio, sides))
    mine, known = [_Known(figure) for figure in own], (sides.recorded, sides.printed)
    if claim.about and not own:
        mine = [*sides.printed(claim.about, of), *sides.recorded(claim.about, of)]
    each = [theirs for source in known if (theirs := source(ratio.to, of))]
    given, ratio = ratio, replace(ratio, to=sides.name_of(ratio.to))
    said = ratio.words
    if mine and each:
        # Printed figures bear each other out, and only where the record leaves it open.
        checks = [_compare(ratio, mine, theirs) for theirs in each]
        firm = (checks[0], *_summed(given, mine, sides))
        fails = [check for check in firm if check.status == "fails"]
        judged = (check for check in (*fails, *checks) if check.status != "unverifiable")
        best = next(judged, checks[0])
        return replace(best, ratio=given, said=said)
    name = field_words(of)
    note = f"no {name} to compare"
    if mine:
        ends = (amount(mine[0].figure.value * end, of) for end in (times.low, times.high))
        would = f"with {mine[0].figure.text} it would be {' to '.join(dict.fromkeys(ends))}"
        silent = "nobody published" if sides.registry else "no record is used that has"
        note = f"{silent} the {name} of {ratio.to}; {would}"
    return RatioCheck(ratio=given, status="unverifiable", note=note, said=said)


def _summed(ratio: Ratio, mine: Sequence[_Known], sides: Sides) -> Iterator[RatioCheck]:
    """A ratio over two figures that the text prints, the other's one of those on record."""
    known = [item.figure for item in sides.recorded(ratio.to, ratio.of)]
    printed = sides.printed(ratio.to, ratio.of)
    theirs = [item for item in printed if any(_agrees(item.figure, one) for one in known)]
    own = [item for item in mine if item.run is None]
    if own and theirs:
        yield _compare(replace(ratio, to=sides.name_of(ratio.to)), own, theirs)


def _in_units(
    claim: Claim, index: int, ratio: Ratio, unit: EverydayUnit, sides: Sides
) -> RatioCheck:
    """So many everyday units as a statement; the count fails beside a figure on record."""
    times, own = ratio.times, _figures_of(claim, ratio.of)
    count = _count(times.value, unit, own)
    is_printed = count == times.value
    said = _so_many(unit, count, (index,), _AROUND.sub("", times.text) if is_printed else "")
    known = sides.recorded(claim.about, ratio.of) if claim.about and own and is_printed else []
    if not (any(_agrees(own[0], item.figure) for item in known) and _is_off(times, unit, own[0])):
        return RatioCheck(
            ratio=ratio, status="equivalence", note=said.note, statement=said, said=said.note
        )
    right = short(float(f"{own[0].value / unit.value:.2g}"))
    note = f"{said.quantity.text}; {own[0].text} is about {right} {unit.named(several=True)}"
    return RatioCheck(ratio=ratio, status="fails", note=note, said=said.note)


def _is_off(times: Quantity, unit: EverydayUnit, own: Quantity) -> bool:
    """Whether so many units are another figure than the claim's own, over all sources of a unit.

    A bound says on which side the figure lies, so it is granted the spread of the unit but once.
    """
    is_bound = times.kind in {"at_least", "at_most"}
    spread = math.exp(unit.sd if is_bound else 2.0 * unit.sd)
    fewest, most = _printed(times)
    up_to = times.kind == "at_most" and not _AROUND.match(times.text)
    low = 0.0 if up_to else fewest * unit.value / spread
    high = math.inf if times.kind == "at_least" else most * unit.value * spread
    return outside((own.low, own.high), (low, high)) != 0.0


def _agrees(own: Quantity, known: Quantity) -> bool:
    """Whether a printed figure is one on record, by its digits."""
    return abs(math.log(own.value / known.value)) <= _slack(own, known)


def _slack(one: Quantity, other: Quantity) -> float:
    """How far apart the logarithms of one figure may be that two texts print."""
    return float(math.hypot(one.half_unit, other.half_unit) + rules("arithmetic")["ratio"])


_AROUND = re.compile(r"^as (?:much|many) as\s+|\s*(?:x|\u00d7|times|-?fold)$")
"""What stands around the number of a comparison."""
_PERIOD = re.compile(r"[-_ ](?:years?|lifetimes?|hours?|days?|months?|flights?|miles?)$")
"""Names of everyday units end in a period; models do not."""


def _count(times: float, unit: EverydayUnit, own: Sequence[Quantity]) -> float:
    """How many units are meant: texts say how many homes, the key's definition the inverse.

    The claim's own figure decides where it bears one of them out, else nobody counts parts of one.
    """
    if not own or own[0].value <= 0.0:
        return times
    expected = own[0].value / unit.value
    off = {count: abs(math.log(count / expected)) for count in (times, 1.0 / times)}
    near = min(off, key=lambda count: off[count])
    return near if off[near] <= 2.0 * unit.sd else max(off)


def _unknown_unit(ratio: Ratio, sides: Sides) -> str:
    """Say that nothing is known of a unit, or nothing of that field, and what is."""
    name = field_words(ratio.of)
    known = [item.id for item in sides.units if item.field == ratio.of and item.noun]
    if not known:
        return f"no everyday unit of {name} is known"
    return f"no everyday unit of {name} is called {ratio.to}; known: {', '.join(known)}"


def _figures_of(claim: Claim, field: str) -> list[Quantity]:
    stated = [quantity for key, quantity in numbers(claim) if key == field]
    computed = model_compute(dict(numbers(claim))) if field == "compute" and not stated else None
    return [computed] if computed is not None else stated


def _compare(ratio: Ratio, mine: Sequence[_Known], theirs: Sequence[_Known]) -> RatioCheck:
    """Hold a ratio against known figures; only one that gives no direction allows either."""
    allowed, worded = (ratio.times.low, ratio.times.high), way_of(ratio.times.text)
    way = worded or ratio.way
    if way and not worded and (ratio.times.value > 1.0) != (way == "less"):
        allowed = (_inverse(allowed[1]), _inverse(allowed[0]))
    is_less = way == "less" if way else ratio.times.value > 1.0

    def off(pair: tuple[_Known, _Known]) -> tuple[bool, float, bool]:
        """Whether a pair denies the ratio, how far it is off, and whether a text has the other."""
        own, other = (side.figure for side in pair)
        known = _ends(own, other)
        each = [known] if way else [known, (_inverse(known[1]), _inverse(known[0]))]
        far = min(abs(outside(ends, allowed)) for ends in each)
        return far > _slack(own, other), far, pair[1].run is None

    pairs = [(one, two) for one in mine for two in theirs]
    one, two = min(pairs, key=off)
    if off((one, two))[0]:
        one, two = min((pair for pair in pairs if pair[1].is_firm), key=off, default=(one, two))
    return _checked(ratio, one, two, denied=off((one, two))[0], is_less=is_less)


def _checked(ratio: Ratio, one: _Known, two: _Known, *, denied: bool, is_less: bool) -> RatioCheck:
    """A ratio beside the figures of both sides that are nearest to it."""
    own, other = one.figure, two.figure
    whose = "" if two.run is None or two.is_firm else f", {two.run.worth.words}"
    sides = f"{own.text} against {other.text} for {ratio.to}{whose}"
    multiple = _multiple(_ends(own, other, is_open=False), is_less)
    told = f"{multiple} ({field_words(ratio.of)}: {sides})"
    is_open = denied and not two.is_firm
    return RatioCheck(
        ratio=ratio,
        status="unverifiable" if is_open else "fails" if denied else "holds",
        note=f"on record: {told}" if two.run else told,
        found=other.value / own.value,
        records=() if is_open or not two.run else (*two.record, *one.record),
    )


def _ends(own: Quantity, other: Quantity, *, is_open: bool = True) -> tuple[float, float]:
    """The other's value over one's own, over the ranges that are printed or left open."""
    (low, high), (least, most) = _printed(other, is_open), _printed(own, is_open)
    return low / most, high / least


def _printed(quantity: Quantity, is_open: bool = False) -> tuple[float, float]:
    """Both ends of a range as it is printed, or how far a bound reaches; else twice the value."""
    value, reach = quantity.value, math.exp(rules("matching")["bound_reach"])
    if quantity.kind == "range":
        return quantity.low, quantity.high
    return (
        value / reach if is_open and quantity.kind == "at_most" else value,
        value * reach if is_open and quantity.kind == "at_least" else value,
    )


def _inverse(times: float) -> float:
    return 1.0 / times if times else math.inf


def _multiple(others: Sequence[float], is_less: bool) -> str:
    """How much of the other's value a subject has, from the other's over its own."""
    ends = [times if is_less else 1.0 / times for times in others]
    words = "times less" if is_less else "times as much"
    if max(ends) < 1.0:
        if is_less:
            return _multiple(others, is_less=False)
        return " to ".join(dict.fromkeys(f"1/{1.0 / end:.2g}" for end in sorted(ends))) + " as much"
    return f"{' to '.join(dict.fromkeys(f'{end:.3g}' for end in sorted(ends)))} {words}"
