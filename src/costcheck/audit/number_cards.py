"""One line of the report card per stated number: its labels, what it should be, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping

from costcheck.audit.evidence import Evidence
from costcheck.audit.ratios import RatioCheck
from costcheck.audit.reasoning import FACTOR, Reasoning, plain
from costcheck.audit.recognition import Recognised
from costcheck.audit.result import Label, NumberAudit
from costcheck.audit.statements import Statement
from costcheck.audit.verdict import Masses, closeness


def number_audits(found: Evidence, seen: Masses, verdict: Label) -> tuple[NumberAudit, ...]:
    """Return the audit of every number of a claim, its ratios last."""
    written = [
        _number(found, position, index, seen, verdict) for position, index in enumerate(found.mine)
    ]
    return (*written, *(_ratio_number(check) for check in found.ratios))


def _number(
    found: Evidence, position: int, index: int, seen: Masses, verdict: Label
) -> NumberAudit:
    item = found.statements[index]
    known = found.recognition.numbers[position]
    expected = found.recalled.expected.get(index) if found.recalled else None
    lost = _mass_on(found.recalled, index)
    labels, reason = _number_labels(item, known, lost, seen, found, verdict, index)
    figure = known.match.figure if known.match else None
    repaired = _repaired(item, index, seen) if labels[0] == "unit-garbled" else None
    value: float | None
    factor: float | None
    if repaired is not None:
        value, factor = repaired, 1.0
    elif figure is not None:
        value, factor = figure.value, 1.0
    elif expected is not None and expected.sd < math.log(30.0):
        value, factor = plain(expected.mean), plain(FACTOR * expected.sd)
    elif found.recalled is not None and index in found.recalled.derived:
        value, factor = found.recalled.derived[index].computed, 1.0
    else:
        value, factor = None, None
    return NumberAudit(
        field=item.field,
        text=item.quantity.text,
        stated=item.value,
        unit=item.quantity.unit,
        found=value,
        factor=factor,
        labels=labels,
        probability=1.0 - lost,
        reason=reason or item.note,
    )


def _repaired(item: Statement, index: int, seen: Masses) -> float | None:
    """Return what the number should read under the likeliest garble."""
    if seen.best is None:
        return None
    edit = next((e for e in seen.best[0].edits if e.statement == index), None)
    return item.value * math.exp(edit.shift) if edit and edit.widen is None else None


def _mass_on(reasoning: Reasoning | None, index: int) -> float:
    """Return the posterior mass of explanations that change one statement."""
    if reasoning is None:
        return 0.0
    total = 0.0
    for item, chance in zip(reasoning.explanations, reasoning.probabilities, strict=True):
        if any(edit.statement == index for edit in item.edits):
            total += float(chance)
    return min(total, 1.0)


_STATUS: Mapping[str, tuple[str, ...]] = {
    "elsewhere": ("mis-scoped",),
    "hypothetical": ("mis-scoped",),
    "crossed": ("mis-scoped",),
    "slip": ("unit-garbled",),
    "contradicted": ("mis-scoped",),
    "unpublished": ("unverifiable",),
}


def _number_labels(
    item: Statement,
    known: Recognised,
    lost: float,
    seen: Masses,
    found: Evidence,
    verdict: Label,
    index: int,
) -> tuple[tuple[str, ...], str]:
    """Return a number's labels and why."""
    if lost > 0.5 and found.recalled is not None:
        best = seen.best
        touched = best is not None and any(e.statement == index for e in best[0].edits)
        if touched and best is not None and best[0].family == "garble":
            extra = ("mis-scoped",) if known.status == "elsewhere" else ()
            return ("unit-garbled", *extra), best[0].name
        return (("mis-scoped",) if verdict == "mis-scoped" else ("implausible",)), ""
    match = known.match
    how = _how(item, known)
    if known.status in _STATUS:
        reason = known.note
        if match is not None:
            reason = f"{match.figure.text} in {match.run.subject}, {match.run.scope}"
        return (*_STATUS[known.status], *how), reason
    if known.status == "own" and match is not None:
        label = "consistent" if not how or how[0] in {"exact", "approximate"} else "rounded"
        if match.run.standing == "executive" and len(found.mine) == 1:
            label = "under-specified"
        return (label, *how), f"{match.figure.text}: {match.run.scope}"
    if found.recalled is not None and index in found.recalled.derived:
        return ("consistent",), found.recalled.derived[index].identity
    loose = found.recalled is None or (
        found.recalled.testability(index) > found.priors.verdicts["untestable"]
    )
    return (("under-specified",) if loose else ("consistent",)), ""


def _how(item: Statement, known: Recognised) -> tuple[str, ...]:
    match = known.match
    if match is None or item.factor is not None or known.status in {"slip", "contradicted"}:
        return ()
    low, high = item.quantity.low, item.quantity.high
    return (closeness(item.quantity.value, match.figure.value, low, high, item.quantity.digits),)


def _ratio_number(check: RatioCheck) -> NumberAudit:
    labels = {
        "holds": ("consistent",),
        "fails": ("implausible",),
        "unverifiable": ("unverifiable",),
        "equivalence": ("consistent",),
    }
    times = check.ratio.times
    return NumberAudit(
        field=f"ratio of {check.ratio.of} to {check.ratio.to}",
        text=times.text,
        stated=times.value,
        found=check.found,
        factor=None,
        labels=labels[check.status],
        probability={"holds": 0.95, "fails": 0.05}.get(check.status, 0.5),
        reason=check.note,
    )
