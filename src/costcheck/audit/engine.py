"""The audit of claims: a pure function over typed inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from costcheck.audit.arithmetic import calculations
from costcheck.audit.card import Evidence, report_card
from costcheck.audit.comparisons import RatioCheck, Sides, check_ratios, spoken
from costcheck.audit.facts import ClaimContext, HardwareFacts
from costcheck.audit.garbles import Scene, garbles_of
from costcheck.audit.hypotheses import Edit
from costcheck.audit.impossible import ClaimCase, impossibilities
from costcheck.audit.knowledge import Knowledge
from costcheck.audit.matching import digits_found
from costcheck.audit.reasoning import DigitEvidence, Reasoning, cleared, reason, with_digits
from costcheck.audit.recognition import Recognition, is_later, recognise
from costcheck.audit.result import ClaimAudit
from costcheck.audit.scopes import whole_compute
from costcheck.audit.statements import Statement, energy_meant, state
from costcheck.audit.subject import with_member
from costcheck.audit.tense import speaks
from costcheck.catalog.known_runs import Registry, subject_of, words
from costcheck.scenario.claim import Claim, numbers, year_of


def audit(
    claims: Sequence[Claim],
    knowledge: Knowledge,
    *,
    joint: bool = False,
    use_registry: bool = True,
    given: Sequence[Claim | None] = (),
) -> tuple[ClaimAudit, ...]:
    """Audit claims: the report card of each, in their order.

    With `joint`, claims about one named subject are evidence for and against each other. What is
    `given` beside each is evidence too, and gets no card.
    """
    claims = [with_member(energy_meant(claim), knowledge.registry) for claim in claims]
    subjects = [
        _group_key(claim, index, knowledge.registry, joint) for index, claim in enumerate(claims)
    ]
    if not use_registry:
        knowledge = replace(knowledge, registry=())
    audits: dict[int, ClaimAudit] = {}
    for key in dict.fromkeys(subjects):
        indices = [i for i, other in enumerate(subjects) if other == key]
        audits.update(_audit_group(claims, indices, knowledge, given))
    return tuple(audits[i] for i in range(len(claims)))


def _group_key(claim: Claim, index: int, registry: Registry, joint: bool) -> str:
    """What claims are audited together: those about one named subject."""
    if not joint or claim.about is None:
        return f"alone {index}"
    return subject_of(claim.about, registry) or " ".join(words(claim.about))


def _audit_group(
    claims: Sequence[Claim],
    indices: Sequence[int],
    knowledge: Knowledge,
    given: Sequence[Claim | None],
) -> Iterator[tuple[int, ClaimAudit]]:
    members = [claims[i] for i in indices]
    sides = Sides(claims=claims, registry=knowledge.registry, units=knowledge.everyday.units)
    ratios = {i: check_ratios(claims[i], i, sides) for i in indices}
    statements = _statements(claims, indices, ratios, knowledge)
    assumed = [claim for i in indices[:1] if given and (claim := given[i]) is not None]
    if statements:
        statements = (*statements, *_given(assumed, statements, knowledge))
    by_numbers = informed = None
    if statements:
        by_numbers = informed = reason(
            statements,
            context=context_of([*members, *assumed], knowledge),
            priors=knowledge.priors,
            garbles=knowledge.garbles,
            text="\n".join(claim.text or "" for claim in members),
            speakers=[next((claims[i].speaker for i in x.claims), None) for x in statements],
        )
        digits = _digit_evidence(members, knowledge)
        informed = with_digits(by_numbers, digits) if digits else by_numbers
    for i in indices:
        context = context_of([claims[i], *assumed], knowledge)
        reasonings = (by_numbers, informed)
        yield i, _audit_one(claims[i], i, reasonings, statements, ratios[i], context, knowledge)


def _given(
    assumed: Sequence[Claim], stated: Sequence[Statement], knowledge: Knowledge
) -> Iterator[Statement]:
    """What is given of quantities that no claim states: evidence that is no claim's."""
    fields = {item.field for item in stated}
    for item in state(assumed, range(len(assumed)), priors=knowledge.priors):
        if item.field not in fields:
            yield replace(item, claims=())


def _audit_one(
    claim: Claim,
    index: int,
    reasonings: tuple[Reasoning | None, Reasoning | None],
    statements: Sequence[Statement],
    ratios: Sequence[RatioCheck],
    context: ClaimContext,
    knowledge: Knowledge,
) -> ClaimAudit:
    """Write one claim's report card within its group."""
    mine = tuple(i for i, item in enumerate(statements) if index in item.claims)
    own = tuple(statements[i] for i in mine)
    beside = (*own, *(item for item in statements if not item.claims))
    recognition = _recognition(claim, own, context, knowledge)
    blind = ClaimCase(
        claim=claim,
        context=context,
        statements=beside,
        released=None,
        limits=knowledge.priors.impossible,
    )
    informed = _informed(blind, recognition, knowledge)
    by_numbers, with_digits = reasonings
    return report_card(
        Evidence(
            claim=claim,
            mine=mine,
            statements=tuple(statements),
            by_numbers=by_numbers,
            with_digits=with_digits and cleared(with_digits, recognition.borne_among(mine)),
            recognition=recognition,
            calculations=calculations(beside, context, recognition.hours_of(own)),
            ratios=tuple(ratios),
            case=blind,
            impossible_by_numbers=impossibilities(blind),
            impossible=impossibilities(informed),
            priors=knowledge.priors,
            use_registry=bool(knowledge.registry),
        )
    )


def _recognition(
    claim: Claim, own: Sequence[Statement], context: ClaimContext, knowledge: Knowledge
) -> Recognition:
    """What the known runs say of a claim, its garbles tried on the subject's own figures."""
    scene = Scene(statements=own, context=context, text=claim.text or "")
    return recognise(
        own,
        claim=claim,
        context=context,
        registry=knowledge.registry,
        priors=knowledge.priors,
        repairs=tuple(garbles_of(scene, knowledge.garbles)),
    )


def _informed(blind: ClaimCase, known: Recognition, knowledge: Knowledge) -> ClaimCase:
    """A case with when the named run was out, unless it speaks of a later time, and its FLOP."""
    claim, scopes = blind.claim, knowledge.priors.scopes
    out = None
    if not is_later(claim, blind.context, known.own):
        out = min((run.released for run in known.own if run.released), default=None)
    works = None if known.other_part else whole_compute(claim, known.own, scopes)
    return replace(blind, released=out, known_compute=works)


def _statements(
    claims: Sequence[Claim],
    indices: Sequence[int],
    ratios: Mapping[int, tuple[RatioCheck, ...]],
    knowledge: Knowledge,
) -> tuple[Statement, ...]:
    """The printed numbers, then what the texts say by comparison."""
    printed = state([claims[i] for i in indices], indices, priors=knowledge.priors)
    extra: list[Statement] = []
    units = {item.id for item in knowledge.everyday.units}
    for i in indices:
        extra.extend(check.statement for check in ratios[i] if check.statement is not None)
        if {check.ratio.to for check in ratios[i]}.isdisjoint(units):
            fields = frozenset(field for field, _ in numbers(claims[i]))
            extra.extend(spoken(claims[i].text or "", fields, knowledge.everyday, (i,)))
    return (*printed, *extra)


def context_of(claims: Sequence[Claim], knowledge: Knowledge) -> ClaimContext:
    """The context of claims about one subject: the first word on each point counts."""

    def first(name: str) -> object:
        return next((v for c in claims if (v := getattr(c, name)) is not None), None)

    year = next((y for c in claims if (y := year_of(c)) is not None), None)
    gpu, moe, precision = first("gpu"), first("moe"), first("precision")
    at = year if year is not None else knowledge.latest_year
    part = knowledge.part(str(gpu), at) if gpu else None
    era = at
    if year is None and part is not None and part.released is not None:
        era = part.released.year + int(knowledge.priors.hardware["years_in_use"])
    return ClaimContext(
        hardware=part,
        year=at,
        dated=year is not None,
        moe=bool(moe) if moe is not None else _is_mixture(claims, knowledge),
        moe_share=knowledge.priors.moe_share_of(era, _largest(claims, "parameters")),
        listed_price=_listed_price(claims, part, knowledge.priors.rent["listed"]),
        language_model=all(c.language_model for c in claims),
        adapts=any(speaks("adapts", f"{c.scope or ''} {c.text or ''}") for c in claims),
        precision=str(precision or "").lower(),
    )


def _is_mixture(claims: Sequence[Claim], knowledge: Knowledge) -> bool | None:
    """Whether the subject is a mixture of experts, by the catalog or by the texts."""
    named = [claim.about for claim in claims if claim.about]
    known = [knowledge.mixtures[about] for about in named if about in knowledge.mixtures]
    known += [run for c in claims for run in _recorded_mixture(c, knowledge.registry)]
    if known:
        return known[0]
    texts = [f"{claim.about} {claim.text}" for claim in claims]
    told = ((kind, any(speaks(kind, text) for text in texts)) for kind in ("mixture", "dense"))
    return next((kind == "mixture" for kind, is_said in told if is_said), None)


def _recorded_mixture(claim: Claim, registry: Registry) -> Iterator[bool]:
    """Whether the known runs of a claim's subject give it fewer active parameters than all."""
    subject = subject_of(claim.about, registry)
    for run in registry:
        total, active = (run.figures.get(key) for key in ("parameters", "active_parameters"))
        if subject is not None and run.subject == subject and total and active:
            yield active.value < total.value


def _largest(claims: Sequence[Claim], field: str) -> float:
    """The largest figure claims state for a quantity; 0 for none."""
    return max((q.value for c in claims for key, q in numbers(c) if key == field), default=0.0)


def _listed_price(claims: Sequence[Claim], part: HardwareFacts | None, near: float) -> float | None:
    """The rent that claims state, where the price book lists it."""
    rents = [q for claim in claims for key, q in numbers(claim) if key == "price"]
    if part is None or part.listed is None or not rents:
        return None
    low, high = part.listed[0] * (1.0 - near), part.listed[1] * (1.0 + near)
    return rents[0].value if low <= rents[0].low and rents[0].high <= high else None


def _digit_evidence(members: Sequence[Claim], knowledge: Knowledge) -> DigitEvidence | None:
    """The evidence that known figures of the named subject's family lend to garbles."""
    named = {subject_of(c.about, knowledge.registry) for c in members} - {None}
    families = {words(str(name))[0] for name in named}
    near = frozenset(run.subject for run in knowledge.registry if words(run.subject)[0] in families)
    if not near:
        return None
    strength = knowledge.priors.explanations["digits"]

    def log_factor(statement: Statement, edit: Edit) -> float:
        field = edit.field or statement.field
        value = statement.log_value + edit.shift
        hits = [
            shared
            for run, shared in digits_found(statement, field, knowledge.registry, near)
            if abs(math.log(run.figures[field].value) - value) < knowledge.priors.record["repaired"]
        ]
        if not hits:
            return 0.0
        # Each further shared digit is ten times less likely by accident.
        return math.log(strength) + (max(hits) - 3) * math.log(10.0)

    return log_factor
