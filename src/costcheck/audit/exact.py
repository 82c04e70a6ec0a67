"""Arithmetic between printed numbers, by rounding alone: no priors, no statistics.

Every check looks at the stated numbers (and, last, at the text) and says whether an identity
closes within what the printed digits allow. Adding one is a function and a line in `CHECKS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from costcheck.audit.equations import equations_in
from costcheck.audit.identities import Identity, identities
from costcheck.audit.statements import Statement

PARTS = "parts of a sum"
CLOSE = 0.02
"""A product this near its printed value was computed from its factors."""


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
    low: float
    high: float
    """What the printed factors allow for the target."""
    strict: bool
    """Nothing but rounding may stand between the two sides."""
    gap: float
    """ln of how far the printed target lies outside what the factors allow; 0 inside."""
    slip: bool = False
    """It does not close although the bounds meet: what is left names an everyday slip."""
    note: str = ""

    @property
    def closes(self) -> bool:
        """Whether the two sides meet within what the printed digits allow."""
        return self.gap == 0.0 and not self.slip

    def to_dict(self) -> dict[str, object]:
        """Return the finding as plain data."""
        return {
            "identity": self.identity,
            "stated": self.stated,
            "computed": self.computed,
            "closes": self.closes,
            "ratio": self.computed / self.stated if self.stated else None,
            "note": self.note,
        }


_REPAIRS = (
    (26.0 / 24.0, "26-hour days"),
    (25.0 / 24.0, "25-hour days"),
    (12.0 / 24.0, "12-hour days"),
    (8.0 / 24.0, "8-hour days"),
    (30.0 / 30.4375, "30-day months"),
    (365.0 / 360.0, "a 360-day year"),
    (1.024, "1,024 for 1,000"),
    (2.0, "counted twice"),
    (7.0, "days for weeks"),
    (8.0, "GPUs for nodes of 8"),
    (24.0, "days for hours"),
    (10.0, "one decimal place"),
    (1000.0, "thousands for millions"),
    (100.0, "percent for fractions"),
)


def named_factor(ratio: float, tolerance: float = 0.004) -> str:
    """Return the everyday slip that explains a ratio, or an empty string."""
    for factor, name in _REPAIRS:
        if min(abs(ratio / factor - 1.0), abs(ratio * factor - 1.0)) < tolerance:
            return name
    return ""


Stated = Mapping[str, Statement]


def products(stated: Stated, text: str) -> Iterator[Closure]:
    """Check every identity whose target and factors are all printed."""
    del text
    for identity in identities():
        if identity.target in stated and all(name in stated for name in identity.factors):
            yield _check_product(identity, stated)


def _check_product(identity: Identity, stated: Stated) -> Closure:
    low = high = value = identity.constant
    for name in identity.factors:
        bounds = stated[name].interval
        low, high, value = low * bounds[0], high * bounds[1], value * stated[name].value
    target = stated[identity.target]
    allowed = (low * math.exp(-identity.gap.below), high * math.exp(identity.gap.above))
    gap = _outside(target.interval, allowed)
    return Closure(
        identity=identity.words,
        target=identity.target,
        fields=(identity.target, *identity.factors),
        stated=target.value,
        computed=value,
        low=low,
        high=high,
        strict=identity.gap.strict,
        gap=gap,
        note=named_factor(target.value / value) if gap else "",
    )


def _outside(interval: tuple[float, float], allowed: tuple[float, float]) -> float:
    """Ln of how far an interval lies above (below: negative) another; 0 where they meet."""
    if interval[1] < allowed[0]:
        return -math.log(allowed[0] / max(interval[1], 1e-30))
    if interval[0] > allowed[1]:
        return math.log(interval[0] / max(allowed[1], 1e-30))
    return 0.0


def active_within_total(stated: Stated, text: str) -> Iterator[Closure]:
    """Check that active parameters do not exceed all parameters."""
    del text
    if "active_parameters" not in stated or "parameters" not in stated:
        return
    active, total = stated["active_parameters"], stated["parameters"]
    low, high = active.interval[0], total.interval[1]
    gap = max(math.log(low / high), 0.0) if low > 0.0 and high < math.inf else 0.0
    yield Closure(
        identity="active parameters <= parameters",
        target="active_parameters",
        fields=("active_parameters", "parameters"),
        stated=active.value,
        computed=total.value,
        low=0.0,
        high=total.interval[1],
        strict=True,
        gap=gap,
    )


def range_ends(stated: Stated, text: str) -> Iterator[Closure]:
    """Check that two proportional ranges widen alike: 62.3/51.8 is not 100/90."""
    del text
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
    wide, narrow = target.high / target.low, factor.high / factor.low
    slip = named_factor(wide / narrow)
    # Ranges often carry several uncertainties; only a ratio that names a slip is worth a finding.
    if slip:
        yield Closure(
            identity=f"{ranged[0]} and {ranged[1]} widen alike",
            target=ranged[0],
            fields=tuple(ranged),
            stated=target.high,
            computed=target.low * narrow,
            low=target.low,
            high=target.low * narrow,
            strict=False,
            slip=True,
            gap=0.0,
            note=slip,
        )


def written_equations(stated: Stated, text: str) -> Iterator[Closure]:
    """Check the sums, products, ratios and percentages that the text itself writes out."""
    del stated
    for item in equations_in(text):
        yield Closure(
            identity=item.words,
            target="text",
            fields=(),
            stated=item.stated,
            computed=item.computed,
            low=item.low,
            high=item.high,
            strict=True,
            slip=not item.closes,
            gap=0.0,
            note="" if item.closes else named_factor(item.stated / item.computed),
        )


CHECKS: tuple[Callable[[Stated, str], Iterator[Closure]], ...] = (
    products,
    active_within_total,
    range_ends,
    written_equations,
)
"""Every exact check; add one here."""


def check(statements: Sequence[Statement], text: str) -> tuple[Closure, ...]:
    """Return every finding on the statements of one subject, first statement of a field first."""
    added = tuple(_sums(statements))
    totals = {finding.target: finding.stated for finding in added}
    stated: dict[str, Statement] = {}
    for item in statements:
        if item.value == totals.get(item.field, item.value):
            stated.setdefault(item.field, item)
    found: dict[tuple[str, tuple[str, ...]], Closure] = {}
    for run in CHECKS:
        for finding in run(stated, text):
            found.setdefault((finding.identity, finding.fields), finding)
    summed = frozenset(finding.target for finding in added)
    rest = [item for item in statements if item.field not in summed]
    return (*found.values(), *added, *_twice(rest))


def _sums(statements: Sequence[Statement]) -> Iterator[Closure]:
    """Find a quantity whose largest figure is the sum of its others: stages and their total."""
    figures: dict[str, list[Statement]] = {}
    for item in statements:
        figures.setdefault(item.field, []).append(item)
    for field, items in figures.items():
        total = max(items, key=lambda item: item.value)
        parts = [item for item in items if item is not total]
        low = sum(item.interval[0] for item in parts)
        high = sum(item.interval[1] for item in parts)
        if len(parts) < 2 or high < total.interval[0] or low > total.interval[1]:
            continue
        yield Closure(
            identity=" + ".join(p.quantity.text for p in parts) + f" = {total.quantity.text}",
            target=field,
            fields=(field,),
            stated=total.value,
            computed=sum(item.value for item in parts),
            low=low,
            high=high,
            strict=True,
            gap=0.0,
            note=PARTS,
        )


def _twice(statements: Sequence[Statement]) -> Iterator[Closure]:
    """Compare every further figure for a quantity with the first."""
    first: dict[str, Statement] = {}
    for item in statements:
        other = first.setdefault(item.field, item)
        if other is item:
            continue
        low, high = other.interval
        mine = item.interval
        below = math.log(max(low, 1e-30) / mine[1]) if mine[1] < math.inf else 0.0
        above = math.log(max(mine[0], 1e-30) / high) if high < math.inf else 0.0
        gap = max(below, above, 0.0)
        yield Closure(
            identity=f"two figures for {item.field.replace('_', ' ')}",
            target=item.field,
            fields=(item.field,),
            stated=item.value,
            computed=other.value,
            low=low,
            high=high,
            strict=False,
            gap=gap,
            note="" if gap == 0.0 else named_factor(item.value / other.value),
        )


def derived(statements: Sequence[Statement], findings: Sequence[Closure]) -> dict[int, Closure]:
    """Return statements that someone computed from others, with the product that shows it.

    A derived number is no independent evidence: kept, it would outvote the prior on the rate.
    """
    place: dict[str, int] = {}
    for index, item in enumerate(statements):
        place.setdefault(item.field, index)
    gone: dict[int, Closure] = {}
    for finding in findings:
        if finding.closes and finding.note == PARTS:
            gone.update(_parts(statements, finding))
            place[finding.target] = next(
                i
                for i, item in enumerate(statements)
                if item.field == finding.target and item.value == finding.stated
            )
    for finding in findings:
        # A bound (low is 0) is no computation, whatever it happens to equal.
        if finding.target not in place or not finding.fields[1:] or finding.note:
            continue
        if finding.low <= 0.0:
            continue
        index = place[finding.target]
        parts = [place[name] for name in finding.fields[1:] if name in place]
        near = abs(math.log(finding.computed / finding.stated)) < CLOSE
        plain = not any(statements[k].factor for k in (index, *parts))
        if near and plain and index not in gone and not any(k in gone for k in parts):
            gone[index] = finding
    return gone


def _parts(statements: Sequence[Statement], finding: Closure) -> dict[int, Closure]:
    """Return the figures that add up to a total: they are no further measurements of it."""
    return {
        index: finding
        for index, item in enumerate(statements)
        if item.field == finding.target and item.value < finding.stated
    }
