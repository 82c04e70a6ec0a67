"""Arithmetic between printed numbers, by rounding alone: no priors, no statistics.

Every check looks at the stated numbers, or at sums and products that the text writes out ("2.664M +
0.119M + 0.005M = 2.788M", "64 x 8 = 512"), and says whether an identity closes within what the
printed digits allow. Adding one is a function and a line in `check`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from costcheck.audit.identities import Identity, identities
from costcheck.audit.priors import filled, rules
from costcheck.audit.statements import Statement
from costcheck.text.quantity import parse

_SMALLEST = 1e-30

Interval = tuple[float, float]
Stated = Mapping[str, Statement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Whether one identity between printed numbers holds."""

    identity: str
    """As a reader would write it, such as ``cost = GPU-hours x price``."""
    target: str
    fields: tuple[str, ...]
    """Every field that takes part, the target first."""
    stated: float
    computed: float
    strict: bool
    """Nothing but rounding may stand between the two sides."""
    gap: float = 0.0
    """ln of how far the printed target lies outside what the factors allow; 0 inside."""
    is_slip: bool = False
    """It does not close although the bounds meet: what is left names an everyday slip."""
    is_sum: bool = False
    """The target is the sum of further figures for the same quantity."""
    is_bound: bool = False
    """The computed value is the most the target may be, not what it is computed to."""
    note: str = ""

    @property
    def closes(self) -> bool:
        """Whether the two sides meet within what the printed digits allow."""
        return self.gap == 0.0 and not self.is_slip

    def to_dict(self) -> dict[str, object]:
        """The identity as plain data."""
        return {
            "identity": self.identity,
            "stated": self.stated,
            "computed": self.computed,
            "closes": self.closes,
            "ratio": self.computed / self.stated if self.stated else None,
            "note": self.note,
        }


def named_factor(ratio: float) -> str:
    """The everyday slip that explains a ratio, or nothing."""
    table = rules("arithmetic")
    named = (
        str(name)
        for factor, name in table["slips"]
        if min(abs(ratio / factor - 1.0), abs(ratio * factor - 1.0)) < table["named_within"]
    )
    return next(named, "")


TWO_WAYS = "two ways of counting"


def check(statements: Sequence[Statement], text: str) -> tuple[Closure, ...]:
    """Check the statements of one subject, the first statement of a field first."""
    sums = tuple(_sums(statements, 2 if _words("adds").search(text) else 3))
    totals = {total.target: total.stated for total in sums}
    stated: dict[str, Statement] = {}
    for item in statements:
        if item.value == totals.get(item.field, item.value):
            stated.setdefault(item.field, item)
    closures: dict[tuple[str, tuple[str, ...]], Closure] = {}
    for checked in (
        _products(stated),
        _active_within_total(stated),
        _electricity_within_cost(stated),
        _range_ends(stated),
        written_equations(text),
    ):
        for closure in checked:
            closures.setdefault((closure.identity, closure.fields), closure)
    rest = [item for item in statements if item.field not in totals]
    return (*closures.values(), *sums, *_second_figures(rest))


def _products(stated: Stated) -> Iterator[Closure]:
    """Check every identity whose target and factors are all printed."""
    for identity in identities():
        if identity.target in stated and all(name in stated for name in identity.factors):
            yield _product(identity, stated)


def _product(identity: Identity, stated: Stated) -> Closure:
    low = high = value = identity.constant
    for name in identity.factors:
        bounds = stated[name].interval
        low, high, value = low * bounds[0], high * bounds[1], value * stated[name].value
    target = stated[identity.target]
    allowed = (low * math.exp(-identity.gap.below), high * math.exp(identity.gap.above))
    gap = outside(target.interval, allowed)
    return Closure(
        identity=identity.words,
        target=identity.target,
        fields=(identity.target, *identity.factors),
        stated=target.value,
        computed=value,
        strict=identity.gap.strict,
        gap=gap,
        note=named_factor(target.value / value) if gap else "",
    )


def outside(interval: Interval, allowed: Interval) -> float:
    """How far an interval lies above another (negative: below) in ln; 0 where they meet."""
    if interval[1] < allowed[0]:
        return -math.log(allowed[0] / max(interval[1], _SMALLEST))
    if interval[0] > allowed[1]:
        return math.log(interval[0] / max(allowed[1], _SMALLEST))
    return 0.0


def _active_within_total(stated: Stated) -> Iterator[Closure]:
    """Check that active parameters do not exceed all parameters."""
    if "active_parameters" not in stated or "parameters" not in stated:
        return
    active, total = stated["active_parameters"], stated["parameters"]
    yield Closure(
        identity="active parameters <= parameters",
        target="active_parameters",
        fields=("active_parameters", "parameters"),
        stated=active.value,
        computed=total.value,
        strict=True,
        gap=outside(active.interval, (0.0, total.interval[1])),
        is_bound=True,
    )


def _electricity_within_cost(stated: Stated) -> Iterator[Closure]:
    """Check that a cost is no less than the electricity: one that equals it is of nothing else."""
    fields = ("cost", "energy", "electricity_price")
    if not stated.keys() >= set(fields):
        return
    cost, energy, price = (stated[name] for name in fields)
    low, high = (energy.interval[end] * price.interval[end] for end in (0, 1))
    is_alone = outside(cost.interval, (low, high)) == 0.0
    yield Closure(
        identity="cost = energy x electricity price" if is_alone else "electricity <= cost",
        target="cost",
        fields=fields,
        stated=cost.value,
        computed=energy.value * price.value,
        strict=True,
        gap=min(outside(cost.interval, (low, high)), 0.0),
        is_bound=not is_alone,
    )


def _range_ends(stated: Stated) -> Iterator[Closure]:
    """Check that two proportional ranges widen alike: 62.3/51.8 is not 100/90."""
    for identity in identities():
        if identity.target in stated and identity.gap.strict:
            yield from _range_pair((identity.target, *identity.factors), stated)
    yield from _range_pair(("energy", "duration"), stated)


def _range_pair(names: Sequence[str], stated: Stated) -> Iterator[Closure]:
    ranged = [n for n in names if n in stated and stated[n].quantity.kind == "range"]
    if len(ranged) != 2:
        return
    target, factor = (stated[name].quantity for name in ranged)
    if target.low <= 0.0 or factor.low <= 0.0:
        return
    widens = factor.high / factor.low
    slip = named_factor(target.high / target.low / widens)
    # Ranges often carry several uncertainties; only a ratio that names a slip is worth telling.
    if slip:
        yield Closure(
            identity=f"{ranged[0]} and {ranged[1]} widen alike",
            target=ranged[0],
            fields=tuple(ranged),
            stated=target.high,
            computed=target.low * widens,
            strict=False,
            is_slip=True,
            note=slip,
        )


@cache
def _words(key: str) -> re.Pattern[str]:
    """A pattern of ``written`` in ``configs/audit/priors.yaml``."""
    return re.compile(filled("written", rules("written")[key]), re.IGNORECASE)


Term = tuple[float, float, float]
"""Low, value and high of a number as printed."""


def written_equations(text: str) -> Iterator[Closure]:
    """Check the sums, products and percentages of savings that the text itself writes out."""
    for match in _words("chain").finditer(text):
        signs = _words("sign").findall(match[1])
        if len({sign.strip() for sign in signs}) == 1:
            combine = sum if "+" in signs[0] else math.prod
            terms = (_term(term) for term in _words("sign").split(match[1]))
            yield _written(match[0], _each(combine, terms), _term(match[2]))
    yield from _said_sums(text)
    for match in _words("saving").finditer(text):
        small, large, percent = (_term(term) for term in match.groups())
        if _is_of_one_unit(match[0].rpartition(match[3])[0]):
            low, value, high = (100.0 * (1.0 - small[2 - k] / large[k]) for k in range(3))
            yield _written(match[0], (low, value, high), percent)


def _said_sums(text: str) -> Iterator[Closure]:
    """Check the sums that the text says in words, of figures of one unit."""
    for match in (found for way in ("ahead", "behind") for found in _words(way).finditer(text)):
        if _is_of_one_unit(match[0]):
            stated = _rounded(match["sum"])
            parts = _words("term").findall(match["parts"])
            computed = _each(sum, (_rounded(term) for term in parts))
            if abs(math.log(computed[1] / stated[1])) < math.log(rules("written")["reach"]):
                yield _written(match[0], computed, stated)


def _each(combine: Callable[[Iterable[float]], float], terms: Iterable[Term]) -> Term:
    low, value, high = (combine(ends) for ends in zip(*terms, strict=True))
    return low, value, high


def _is_of_one_unit(words: str) -> bool:
    """Whether figures are of one unit: the first names it, the others name it again or none."""
    found = _words("measured").finditer(words)
    units = [
        match["money"] or re.sub(r"[\W_]+", " ", match["unit"] or "").lower() for match in found
    ]
    first = units[0].strip()
    return bool(first) and all(
        unit.strip().endswith(first) or first.endswith(unit.strip()) for unit in units
    )


def _written(words: str, computed: Term, stated: Term) -> Closure:
    closes = stated[0] <= computed[2] and stated[2] >= computed[0]
    return Closure(
        identity=" ".join(words.split()),
        target="text",
        fields=(),
        stated=stated[1],
        computed=computed[1],
        strict=True,
        is_slip=not closes,
        note="" if closes else named_factor(stated[1] / computed[1]),
    )


def _term(text: str) -> Term:
    """The ends and the value of a number as printed; one that is written out is exact."""
    low, value, high = _rounded(text)
    is_exact = text.strip("$ ").replace(",", "").isdigit()
    return (value,) * 3 if is_exact else (low, value, high)


def _rounded(text: str) -> Term:
    """The ends and the value of a number that may have been rounded."""
    found = parse(text.strip().removeprefix("$"), "tokens")
    return found.low, found.value, found.high


def _sums(statements: Sequence[Statement], least: int) -> Iterator[Closure]:
    """Find a quantity whose largest figure is the sum of its others: stages and their total.

    Two figures add up to a third by accident, so that `least` is more where no word says so.
    """
    figures: dict[str, list[Statement]] = {}
    for item in statements:
        figures.setdefault(item.field, []).append(item)
    for field, items in figures.items():
        total = max(items, key=lambda item: item.value)
        parts = [item for item in items if item is not total]
        if total.factor is not None:
            continue
        low = sum(item.interval[0] for item in parts)
        high = sum(item.interval[1] for item in parts)
        if len(parts) < least or outside(total.interval, (low, high)):
            continue
        yield Closure(
            identity=" + ".join(p.quantity.text for p in parts) + f" = {total.quantity.text}",
            target=field,
            fields=(field,),
            stated=total.value,
            computed=sum(item.value for item in parts),
            strict=True,
            is_sum=True,
            note="parts of a sum",
        )


def _second_figures(statements: Sequence[Statement]) -> Iterator[Closure]:
    """Compare every further figure for a quantity with the first."""
    first: dict[str, Statement] = {}
    for item in statements:
        other = first.setdefault(item.field, item)
        if other is item:
            continue
        gap = abs(outside(item.interval, other.interval))
        counted = rules("arithmetic")["counted"].get(item.field, 1.0)
        # Homes and flights have wide bounds already.
        counted = 0.0 < gap < math.log(counted) and not (item.note or other.note)
        yield Closure(
            identity=f"two figures for {item.field.replace('_', ' ')}",
            target=item.field,
            fields=(item.field,),
            stated=item.value,
            computed=other.value,
            strict=False,
            gap=0.0 if counted else gap,
            note=TWO_WAYS if counted else named_factor(item.value / other.value) if gap else "",
        )


def derived(statements: Sequence[Statement], closures: Sequence[Closure]) -> dict[int, Closure]:
    """Statements that someone computed from others, with the product that shows it.

    A derived number is no independent evidence: kept, it would outvote the prior on the rate.
    """
    place: dict[str, int] = {}
    for index, item in enumerate(statements):
        place.setdefault(item.field, index)
    gone = {
        index: second
        for second in closures
        if second.note == TWO_WAYS
        for index, item in enumerate(statements)
        if item.field == second.target and item.value == second.stated
    }
    for total in (closure for closure in closures if closure.is_sum):
        for index in [i for i, item in enumerate(statements) if item.field == total.target]:
            # The parts of a total are no further measurements of it.
            if statements[index].value < total.stated:
                gone[index] = total
            else:
                place[total.target] = index
    for product in closures:
        # A bound is no computation, whatever it happens to equal.
        if len(product.fields) < 2 or product.note or product.is_bound:
            continue
        used = [place[name] for name in product.fields]
        near = abs(math.log(product.computed / product.stated)) < rules("arithmetic")["computed"]
        if near and not any(k in gone or statements[k].factor for k in used):
            gone[used[0]] = product
    return gone
