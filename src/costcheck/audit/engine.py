"""The audit of claims: a pure function over typed inputs."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from costcheck.audit.arithmetic import implied_sums
from costcheck.audit.cards import card
from costcheck.audit.equivalences import Equivalence, spoken
from costcheck.audit.evidence import Evidence
from costcheck.audit.facts import Context, Facts
from costcheck.audit.hard import Case, impossibilities
from costcheck.audit.hypotheses import Edit
from costcheck.audit.priors import Priors
from costcheck.audit.ratios import RatioCheck, Sides, check_ratios
from costcheck.audit.reasoning import Reasoning, Recall, reason, recalled
from costcheck.audit.recognition import Recognition, is_later, recognise
from costcheck.audit.registry import Registry, digits_found, subject_of, words
from costcheck.audit.result import ClaimAudit
from costcheck.audit.statements import Statement, state
from costcheck.scenario.claim import Claim, numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What an audit may lean on besides the claims."""

    facts: Facts
    registry: Registry
    priors: Priors
    equivalences: Sequence[Equivalence] = ()


def audit(
    claims: Sequence[Claim],
    *,
    facts: Facts,
    registry: Registry,
    priors: Priors,
    equivalences: Sequence[Equivalence] = (),
    joint: bool = False,
    use_registry: bool = True,
) -> tuple[ClaimAudit, ...]:
    """Return the report card of every claim, in their order."""
    knowledge = Knowledge(
        facts=facts,
        registry=registry if use_registry else (),
        priors=priors,
        equivalences=equivalences,
    )
    subjects = [_group_key(claim, index, registry, joint) for index, claim in enumerate(claims)]
    audits: dict[int, ClaimAudit] = {}
    for key in dict.fromkeys(subjects):
        indices = [i for i, other in enumerate(subjects) if other == key]
        audits.update(_audit_group(claims, indices, knowledge))
    return tuple(audits[i] for i in range(len(claims)))


def _group_key(claim: Claim, index: int, registry: Registry, joint: bool) -> str:
    """Return what claims are audited together: those about one named subject."""
    if not joint or claim.about is None:
        return f"alone {index}"
    return subject_of(claim.about, registry) or " ".join(words(claim.about))


def _audit_group(
    claims: Sequence[Claim], indices: Sequence[int], knowledge: Knowledge
) -> list[tuple[int, ClaimAudit]]:
    members = [claims[i] for i in indices]
    sides = Sides(claims=claims, registry=knowledge.registry, equivalences=knowledge.equivalences)
    ratios = {i: check_ratios(claims[i], i, sides) for i in indices}
    statements = _statements(claims, indices, ratios, knowledge)
    context = context_of(members, knowledge.facts)
    text = "\n".join(claim.text or "" for claim in members)
    speakers = [claims[item.claims[0]].speaker for item in statements]
    plain = informed = None
    if statements:
        plain = reason(
            statements, context=context, priors=knowledge.priors, text=text, speakers=speakers
        )
        recall = _recall(members, knowledge)
        informed = recalled(plain, recall) if recall else plain
    return [
        (i, _one(claims[i], i, (plain, informed), statements, ratios[i], knowledge))
        for i in indices
    ]


def _one(
    claim: Claim,
    index: int,
    reasonings: tuple[Reasoning | None, Reasoning | None],
    statements: Sequence[Statement],
    ratios: Sequence[RatioCheck],
    knowledge: Knowledge,
) -> ClaimAudit:
    """Return one claim's report card within its group."""
    mine = tuple(i for i, item in enumerate(statements) if index in item.claims)
    own = tuple(statements[i] for i in mine)
    context = context_of([claim], knowledge.facts)
    recognition = _recognition(claim, own, context, knowledge)
    released = _released(recognition, context)
    blind = Case(claim=claim, context=context, statements=own, released=None)
    informed = Case(claim=claim, context=context, statements=own, released=released)
    return card(
        Evidence(
            claim=claim,
            mine=mine,
            statements=tuple(statements),
            plain=reasonings[0],
            recalled=reasonings[1],
            recognition=recognition,
            sums=implied_sums(own, context),
            ratios=tuple(ratios),
            hard_without_registry=impossibilities(blind),
            hard=impossibilities(informed),
            priors=knowledge.priors,
            use_registry=bool(knowledge.registry),
        )
    )


def _recognition(
    claim: Claim, own: Sequence[Statement], context: Context, knowledge: Knowledge
) -> Recognition:
    """Return the known runs that a claim's name and figures point to."""
    return recognise(
        own,
        about=claim.about,
        text=claim.text or "",
        part=context.hardware.name if context.hardware else None,
        as_of=context.year if context.dated else None,
        registry=knowledge.registry,
        priors=knowledge.priors,
    )


def _released(recognition: Recognition, context: Context) -> dt.date | None:
    """Return when the named run was out, None where the claim speaks of a later time."""
    if is_later(context.year if context.dated else None, recognition.own):
        return None
    return min((r.released for r in recognition.own if r.released), default=None)


def _statements(
    claims: Sequence[Claim],
    indices: Sequence[int],
    ratios: dict[int, tuple[RatioCheck, ...]],
    knowledge: Knowledge,
) -> tuple[Statement, ...]:
    """Return the printed numbers, then what the texts say by comparison."""
    printed = state([claims[i] for i in indices], indices, priors=knowledge.priors)
    extra: list[Statement] = []
    for i in indices:
        compared = [check.statement for check in ratios[i] if check.statement is not None]
        extra.extend(compared)
        if not compared:
            fields = frozenset(field for field, _ in numbers(claims[i]))
            extra.extend(spoken(claims[i].text or "", fields, knowledge.equivalences, (i,)))
    return (*printed, *extra)


def context_of(claims: Sequence[Claim], facts: Facts) -> Context:
    """Return the context of claims about one subject: the first word on each point counts."""

    def first(name: str) -> object:
        return next((v for c in claims if (v := getattr(c, name)) is not None), None)

    as_of = first("as_of")
    dates = [c.source.date for c in claims if c.source and not isinstance(c.source, str)]
    published = next((day.year for day in dates if day is not None), None)
    year = getattr(as_of, "year", as_of) or published
    gpu, moe = first("gpu"), first("moe")
    at = int(year) if isinstance(year, int) else facts.latest_year
    return Context(
        hardware=facts.part(str(gpu), at) if gpu else None,
        year=at,
        dated=year is not None,
        moe=bool(moe) if moe is not None else None,
        language_model=all(c.language_model for c in claims),
        precision=next((c.precision for c in claims if c.precision), None),
        speaker=next((c.speaker for c in claims if c.speaker), None),
    )


def _recall(members: Sequence[Claim], knowledge: Knowledge) -> Recall | None:
    """Return the evidence that known figures of the named subject's family lend to garbles."""
    named = {subject_of(c.about, knowledge.registry) for c in members} - {None}
    families = {words(str(name))[0] for name in named}
    near = frozenset(run.subject for run in knowledge.registry if words(run.subject)[0] in families)
    if not near:
        return None
    strength = knowledge.priors.explanations["digits"]

    def recall(statement: Statement, edit: Edit) -> float:
        field = edit.field or statement.field
        value = statement.log_value + edit.shift
        hits = [
            shared
            for run, shared in digits_found(statement, field, knowledge.registry, near)
            if abs(math.log(run.figures[field].value) - value) < 0.02
        ]
        if not hits:
            return 0.0
        # Each further shared digit is ten times less likely by accident.
        return math.log(strength) + (max(hits) - 3) * math.log(10.0)

    return recall
