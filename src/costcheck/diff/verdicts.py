"""Differences that are no amounts: verdicts, assumptions, versions."""

from collections.abc import Iterator, Mapping
from math import inf, log

from costcheck.diff.result import VerdictChange
from costcheck.estimate.result import CLAIM_VERDICTS, SEVERITY, ClaimVerdict, Estimate, Finding
from costcheck.quantities import field_words

ABSENT = "not judged"
COMPARED = "compared with the estimate"
FURTHER = 0.01
"""A claim that is off by no more than this beyond before is no news."""

Pair = tuple[str, str]


def verdict_changes(old: Estimate, new: Estimate) -> tuple[VerdictChange, ...]:
    """What is judged, assumed or looked up differently."""
    return (
        *_overall(old, new),
        *_findings("feasibility", old.feasibility, new.feasibility),
        *_findings("budget", old.budget, new.budget),
        *_claims(old, new),
        *_assumptions(old, new),
        *_catalogs(old, new),
    )


def _overall(old: Estimate, new: Estimate) -> Iterator[VerdictChange]:
    if old.verdict != new.verdict:
        yield VerdictChange("verdict", "scenario", old.verdict, new.verdict)


def _findings(
    kind: str, old: tuple[Finding, ...], new: tuple[Finding, ...]
) -> Iterator[VerdictChange]:
    before, after = _worst(old), _worst(new)
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        verdicts = [item.verdict if item else ABSENT for item in (was, now)]
        # A check that only one side needs and that finds nothing wrong is no news.
        if verdicts[0] != verdicts[1] and set(verdicts) != {ABSENT, "feasible"}:
            message = (now or was or new[0]).message
            yield VerdictChange(kind, name, verdicts[0], verdicts[1], message)  # type: ignore[arg-type]


def _worst(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    worst: dict[str, Finding] = {}
    for item in findings:
        name = f"{item.stage}: {item.check}" if item.stage else item.check
        known = worst.get(name)
        if known is None or SEVERITY[item.verdict] > SEVERITY[known.verdict]:
            worst[name] = item
    return worst


def _claims(old: Estimate, new: Estimate) -> Iterator[VerdictChange]:
    before, after = ({claim.id: _verdicts(claim) for claim in side.claims} for side in (old, new))
    absent = (ABSENT, ABSENT)
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, absent), after.get(name, absent)
        # The audit looks at the text alone; how it compares moves with the scenario.
        audited, compared = zip(was, now, strict=True)
        if audited != compared and compared[0] != compared[1]:
            yield VerdictChange("claim", name, *_first(audited, compared))
        elif audited[0] != audited[1]:
            # Where the estimate settles a claim, the audit's verdict is the comparison's.
            settled = COMPARED if audited == compared and "inconsistent" in audited else ""
            yield VerdictChange("claim", name, *audited, settled)
    yield from _further_off(old, new)


def _further_off(old: Estimate, new: Estimate) -> Iterator[VerdictChange]:
    """Claims that the estimate denies on both sides, by more than before."""
    was = {claim.id: claim for claim in old.claims}
    for claim in new.claims:
        before = was.get(claim.id)
        if before is None or {before.comparison, claim.comparison} != {"inconsistent"}:
            continue
        gaps = [_widest(each) for each in (before, claim)]
        if before.verdict == claim.verdict and gaps[1][0] > gaps[0][0] + FURTHER:
            why = f"{COMPARED} further off: {gaps[1][1]}"
            yield VerdictChange("claim", claim.id, before.verdict, claim.verdict, why)


def _widest(claim: ClaimVerdict) -> tuple[float, str]:
    """The logarithm of the factor between what is stated and estimated, at its widest, in words."""
    gaps = []
    for item in claim.numbers:
        if item.verdict == "inconsistent" and item.found_central:
            low, high = item.stated_low, item.stated_high
            near = min(max(item.found_central, low), high)
            gap = abs(log(item.found_central / near)) if near > 0 else inf
            gaps.append((gap, f"{field_words(item.field)} {item.stated}, {item.why}"))
    return max(gaps, default=(0.0, ""))


def _first(audited: Pair, compared: Pair) -> tuple[str, str, str]:
    """The change that ends worse, the other one in words."""
    order = [*CLAIM_VERDICTS, ABSENT]
    if audited[0] != audited[1] and order.index(audited[1]) <= order.index(compared[1]):
        return *audited, f"{COMPARED}: {' → '.join(compared)}"
    also = f"; the audit: {' → '.join(audited)}" if audited[0] != audited[1] else ""
    return *compared, f"{COMPARED}{also}"


def _verdicts(claim: ClaimVerdict) -> Pair:
    """The verdict of the audit and how the claim compares with the estimate."""
    return claim.verdict, claim.comparison or claim.verdict


def _assumptions(old: Estimate, new: Estimate) -> Iterator[VerdictChange]:
    before, after = _origins(old), _origins(new)
    for name, origin in after.items():
        was = before.get(name)
        if was is not None and (was == "default") != (origin == "default"):
            words = ["assumed" if item == "default" else "stated" for item in (was, origin)]
            yield VerdictChange("assumption", name, *words)


def _origins(estimate: Estimate) -> Mapping[str, str]:
    return {line.path: line.source for line in estimate.inputs if line.source != "catalog"}


def _catalogs(old: Estimate, new: Estimate) -> Iterator[VerdictChange]:
    was, now = old.source.catalog, new.source.catalog
    if was is not now and was.sha256 != now.sha256:
        names = [f"{item.date} ({item.sha256[:8]})" for item in (was, now)]
        yield VerdictChange("catalog", "catalog", *names)
