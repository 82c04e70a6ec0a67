"""Which explanations are considered for a set of statements, with their prior weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from costcheck.audit.exact import Closure
from costcheck.audit.garbles import Garble, Garbles, Scene, garbles_of
from costcheck.audit.hypotheses import Edit, Explanation
from costcheck.audit.priors import Priors
from costcheck.audit.typography import slips


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the rest of the network says about one statement's ln value."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Everything prior weights depend on."""

    scene: Scene
    priors: Priors
    garbles: Garbles
    closures: Sequence[Closure]
    derived: Mapping[int, Closure]
    speakers: Sequence[str | None]
    """Speaker of each statement."""

    @property
    def live(self) -> tuple[int, ...]:
        """The statements that are evidence of their own."""
        return tuple(i for i in range(len(self.scene.statements)) if i not in self.derived)


def as_stated(weighing: Weighing) -> Explanation:
    """The explanation that every number is meant as printed."""
    weights = weighing.priors.explanations
    prior = math.log(weights["stated"])
    if any(not f.closes and f.strict and f.fields and f.gap for f in weighing.closures):
        prior += math.log(weights["contradiction"])
    return Explanation(name="as stated", family="stated", log_prior=prior)


def alternatives(weighing: Weighing, expected: Mapping[int, Expected]) -> tuple[Explanation, ...]:
    """Every explanation other than "as stated"."""
    live = weighing.live
    garbles = _by_statement(weighing)
    told = [index for index in live if weighing.scene.statements[index].claims]
    return tuple(
        explanation
        for index in told
        for explanation in (
            *_wrong(weighing, index, 1.0 / len(told)),
            *_garbled(weighing, index, 1.0 / len(told), garbles.get(index, ()), expected[index]),
        )
    )


def _wrong(weighing: Weighing, index: int, share: float) -> Iterator[Explanation]:
    """A number that is wrong and has no simple repair."""
    weights = weighing.priors.explanations
    for family, sd in (("orders of magnitude", "orders_sd"), ("tens of percent", "tens_sd")):
        yield Explanation(
            name=f"wrong by {family}, no simple repair",
            family="wrong",
            log_prior=math.log(weights["wrong"] * share / 2.0),
            edits=(Edit(statement=index, widen=weights[sd]),),
        )


def _garbled(
    weighing: Weighing, index: int, share: float, named: Sequence[Garble], expected: Expected
) -> Iterator[Explanation]:
    """A number that is garbled in a way that has a name, or by a slip of the pen."""
    speaker, weights = weighing.speakers[index], weighing.priors.explanations
    mass = share * float(
        weighing.priors.speakers[speaker]["garble"] if speaker else weights["garble"]
    )
    total = sum(item.weight for item in named if item.family != "bridge")
    pen = weights["typography"] if total else 1.0

    def log_prior(item: Garble) -> float:
        if item.family == "bridge":  # all is meant, with a named difference of definition
            return math.log(weights["stated"] * weights["bridge"] * item.weight)
        fields = {weighing.scene.statements[edit.statement].field for edit in item.edits}
        closing = _log_closing(weighing, fields) if item.after else 0.0
        return math.log(mass * (1.0 - pen) * item.weight / total) + closing

    for item in sorted(named, key=lambda item: item.family != "bridge"):
        yield Explanation(
            name=item.name,
            family=item.family,
            plain=item.plain,
            log_prior=log_prior(item),
            edits=item.edits,
        )
    yield from _typographic(weighing, index, mass * pen, expected)


def _by_statement(weighing: Weighing) -> dict[int, list[Garble]]:
    """The applicable garbles by the statement they are mainly about."""
    grouped: dict[int, list[Garble]] = {}
    for item in garbles_of(weighing.scene, weighing.garbles):
        if not any(edit.statement in weighing.derived for edit in item.edits):
            grouped.setdefault(item.edits[0].statement, []).append(item)
    return grouped


def _log_closing(weighing: Weighing, fields: Set[str]) -> float:
    """Log of the chance that a slip after the fact leaves every product closed."""
    closed = any(not fields.isdisjoint(f.fields) for f in weighing.derived.values())
    return math.log(weighing.priors.explanations["closing"]) if closed else 0.0


def _typographic(
    weighing: Weighing, index: int, mass: float, expected: Expected
) -> Iterator[Explanation]:
    """The slips of the pen that bring a number to where the rest puts it."""
    item, weights = weighing.scene.statements[index], weighing.priors.explanations
    every = [] if item.note else list(slips(item.quantity.text))
    total = sum(slip.weight for slip in every)
    spread = math.hypot(expected.sd, item.sd)

    def distance(ratio: float) -> float:
        return abs(item.log_value + math.log(ratio) - expected.mean) / spread

    limit = min(weights["slip_fit"], distance(1.0) - 1.0)
    near = [slip for slip in every if distance(slip.ratio) < limit]
    near.sort(key=lambda slip: distance(slip.ratio) ** 2 / 2.0 - math.log(slip.weight))
    closing = _log_closing(weighing, {item.field})
    for slip in near[: int(weights["slips_kept"])]:
        yield Explanation(
            name=slip.name,
            family="garble",
            plain=slip.plain,
            log_prior=math.log(mass * slip.weight / total) + closing,
            edits=(Edit(statement=index, shift=math.log(slip.ratio)),),
        )
