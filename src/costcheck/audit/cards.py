"""Writing one claim's report card from everything the audit found."""

from __future__ import annotations

import math
from collections.abc import Mapping

from costcheck.audit.evidence import Evidence
from costcheck.audit.exact import Finding
from costcheck.audit.hard import dimension_words
from costcheck.audit.number_cards import number_audits
from costcheck.audit.prose import plain_number
from costcheck.audit.reasoning import Implied, Reasoning, conflicts
from costcheck.audit.recognition import Recognition
from costcheck.audit.result import (
    BestMatch,
    ClaimAudit,
    ExplanationAudit,
    Label,
    Settling,
)
from costcheck.audit.scopes import scope_of
from costcheck.audit.verdict import Masses, masses, numbers_only, with_registry
from costcheck.scenario.claim import Claim

_SHOWN = 8
_IMPLIED = frozenset({"mfu", "usd_per_gpu_hour", "kw_per_gpu", "usd_per_gpu"})
_LEAST = 0.005


def card(found: Evidence) -> ClaimAudit:
    """Return the report card."""
    mine = frozenset(found.mine)
    blind = _masses(found.plain, mine)
    seen = _masses(found.recalled, mine)
    alone = numbers_only(found.plain, blind, mine, found.hard_without_registry, found.priors)
    alone = _with_ratios(alone, found)
    base = numbers_only(found.recalled, seen, mine, found.hard_without_registry, found.priors)
    verdict, why = alone, ""
    if found.use_registry:
        verdict, why = with_registry(
            _with_ratios(base, found), found.recognition, seen, found.hard, len(found.mine)
        )
        verdict = _with_ratios(verdict, found)
    numbers = number_audits(found, seen, verdict)
    return ClaimAudit(
        id=found.claim.id,
        about=found.claim.about,
        text=found.claim.text or "",
        source=_source(found.claim),
        verdict=verdict,
        verdict_without_registry=alone,
        probability_as_stated=0.0 if found.hard else seen.stated,
        probability_without_registry=0.0 if found.hard_without_registry else blind.stated,
        numbers=numbers,
        explanations=_explanations(found, mine, seen.stated),
        implied=_implied(found),
        arithmetic=tuple(item.words for item in found.sums),
        testability_factor=_testability(found),
        conflict=_conflict(found, seen),
        best_match=_best_match(found.recognition, found.priors.verdicts["margin_nats"]),
        findings=found.plain.findings if found.plain else (),
        settle=_settle(found),
        scope=scope_of(found.claim, (found.statements[i].field for i in found.mine)),
        reasons=_reasons(found, why),
        sources=_sources(found.recognition, found.priors.verdicts["margin_nats"]),
    )


def _implied(found: Evidence) -> dict[str, Implied]:
    """Return the implied values: by plain arithmetic where the printed numbers allow it."""
    values = dict(found.plain.implied) if found.plain else {}
    for item in found.sums:
        if item.name in _IMPLIED:
            factor = values[item.name].factor if item.name in values else 1.0
            values[item.name] = Implied(value=item.value, factor=factor)
    return values


def _masses(reasoning: Reasoning | None, mine: frozenset[int]) -> Masses:
    if reasoning is None:
        return Masses(stated=1.0, garble=0.0, scope=0.0, wrong=0.0, best=None)
    return masses(reasoning, mine)


def _with_ratios(label: Label, found: Evidence) -> Label:
    """Return the verdict once the claim's ratios have been looked at."""
    statuses = {check.status for check in found.ratios}
    if "fails" in statuses and label in {"consistent", "rounded", "under-specified"}:
        return "implausible"
    if not found.mine and statuses:
        return "consistent" if statuses == {"holds"} else "unverifiable"
    lone = len(found.mine) <= 1 and label in {"consistent", "rounded", "under-specified"}
    if "unverifiable" in statuses and lone:
        return "unverifiable"
    return "consistent" if "holds" in statuses and label == "under-specified" else label


def _explanations(
    found: Evidence, mine: frozenset[int], stated: float
) -> tuple[ExplanationAudit, ...]:
    """Return the likeliest explanations of this claim's numbers, known slips of the pen first."""
    reasoning = found.recalled
    if reasoning is None:
        return ()
    shown: list[ExplanationAudit] = []
    order = sorted(
        zip(reasoning.explanations, reasoning.probabilities, strict=True),
        key=lambda pair: -pair[1],
    )
    for item, posterior in order:
        chance = posterior if item.edits else stated
        if item.edits and not any(e.statement in mine for e in item.edits):
            continue
        if len(shown) >= _SHOWN or (chance < _LEAST and item.edits):
            continue
        edit = item.edits[0] if item.edits else None
        statement = reasoning.statements[edit.statement] if edit else None
        exact = edit is not None and statement is not None and edit.widen is None
        shown.append(
            ExplanationAudit(
                name=item.name,
                family=item.family,
                field=statement.field if statement else None,
                probability=float(chance),
                corrected=statement.value * math.exp(edit.shift)
                if exact and statement and edit
                else None,
                corrected_field=edit.field if edit else None,
            )
        )
    shown.sort(key=lambda item: -item.probability)
    return (*_known_slips(found), *shown)


def _known_slips(found: Evidence) -> list[ExplanationAudit]:
    """Return repairs that a known figure gives away: a slip of the pen, another quantity."""
    repairs = []
    for index, known in zip(found.mine, found.recognition.numbers, strict=True):
        if known.status not in {"slip", "crossed"} or known.match is None:
            continue
        item = found.statements[index]
        crossed = known.status == "crossed"
        name = f"{known.note.replace('_', ' ')} printed as {item.field}" if crossed else known.note
        repairs.append(
            ExplanationAudit(
                name=name,
                family="garble",
                field=item.field,
                probability=found.priors.verdicts["known_slip"],
                corrected=known.match.figure.value,
                corrected_field=known.note if crossed else None,
            )
        )
    return repairs


def _testability(found: Evidence) -> float | None:
    if found.plain is None or not found.mine:
        return None
    return min(found.plain.testability(i) for i in found.mine)


def _conflict(found: Evidence, seen: Masses) -> tuple[str, ...]:
    """Return the smallest set of numbers that cannot all be meant, when there is one."""
    reasoning = found.recalled
    if reasoning is None or seen.stated >= found.priors.verdicts["doubtful"]:
        return ()
    strict = [f for f in reasoning.findings if not f.closes and f.strict and f.fields]
    if strict:
        return strict[0].fields
    sets = [s for s in conflicts(reasoning, found.priors) if set(s) & set(found.mine)]
    if not sets:
        return ()
    smallest = min(sets, key=len)
    return tuple(
        f"{reasoning.statements[i].field} {reasoning.statements[i].quantity.text}" for i in smallest
    )


def _best_match(known: Recognition, clear: float) -> BestMatch | None:
    """Return the known run that fits best; a near tie with a stranger is none."""
    best = known.best
    if best is None or not best.matched:
        return None
    run = best.run
    near = run.subject != known.subject and known.margin is not None and known.margin < clear
    if near and not known.having("elsewhere"):
        return None
    return BestMatch(
        id=run.id,
        subject=run.subject,
        scope=run.scope,
        standing=run.standing,
        margin_nats=None if run.subject == known.subject else known.margin,
        sources=run.sources,
    )


def _settle(found: Evidence) -> Settling | None:
    if found.plain is None or found.plain.settle is None:
        return None
    field, factor = found.plain.settle
    return Settling(field=field, factor=factor)


def _reasons(found: Evidence, why: str) -> tuple[str, ...]:
    remarks = [*found.hard, why] if why else [*found.hard]
    if found.plain is not None:
        for finding in found.plain.findings:
            if _concerns(finding, found) and not finding.closes:
                slip = f" ({finding.note})" if finding.note else ""
                remarks.append(
                    f"{finding.identity}: {plain_number(finding.computed)} computed,"
                    f" {plain_number(finding.stated)} printed{slip}"
                )
    remarks.extend(check.note for check in found.ratios)
    if found.recognition.other_part:
        remarks.append(f"the developer says it ran on {found.recognition.other_part}")
    remarks.extend(dimension_words(found.claim.text or ""))
    return tuple(dict.fromkeys(remarks))


def _concerns(finding: Finding, found: Evidence) -> bool:
    """Return whether a finding that does not close is this claim's own."""
    if finding.target == "text":
        return True
    own = [found.statements[i] for i in found.mine if found.statements[i].field == finding.target]
    return any(math.isclose(item.value, finding.stated, rel_tol=1e-6) for item in own)


def _source(claim: Claim) -> str:
    source = claim.source
    if source is None or isinstance(source, str):
        return source or ""
    parts = (source.title, source.url, source.date.isoformat() if source.date else None)
    return ", ".join(part for part in parts if part)


def _sources(known: Recognition, clear: float) -> tuple[Mapping[str, str], ...]:
    """Return the sources of the known runs a card speaks of; a near tie names nobody."""
    runs = [item.match.run for item in known.numbers if item.match is not None]
    best = known.best
    if best is not None and best.matched:
        own = best.run.subject == known.subject
        if own or (known.margin is not None and known.margin >= clear):
            runs.append(best.run)
    seen: dict[str, Mapping[str, str]] = {}
    for run in runs:
        for source in run.sources:
            seen.setdefault(source.get("url") or source.get("title", ""), source)
    return tuple(seen.values())
