"""One probability that a sentence is true as worded, and the headline that says so."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck.audit.priors import Priors
from costcheck.audit.result import Headline, Label
from costcheck.audit.verdict import Ruling
from costcheck.estimate.result import CLAIM_VERDICTS

_HEADLINES: Mapping[Label, Headline] = {
    "consistent": "holds",
    "rounded": "holds-rounded",
    "under-specified": "cannot-be-checked",
    "unverifiable": "cannot-be-checked",
    "mis-scoped": "right-numbers-wrong-thing",
    "unit-garbled": "wrong-by-a-factor",
    "contradicts-record": "contradicts-record",
    "implausible": "cannot-all-be-true",
    "inconsistent": "cannot-all-be-true",
    "impossible": "impossible",
}


def headline_of(label: Label, count: int) -> Headline:
    """The headline of a verdict on `count` numbers: one number contradicts no other."""
    lone = label == "implausible" and count == 1
    return "wrong-by-a-factor" if lone else _HEADLINES[label]


def probability_true(stated: float, ruling: Ruling, priors: Priors) -> float:
    """The odds of the numbers times what the record says of them, on the side of the verdict.

    Numbers that agree say nothing for a sentence whose figures the record gives to something else.
    """
    if ruling.label == "impossible":
        return 0.0
    truth = priors.truth
    odds = max(stated, truth["least"]) / max(1.0 - stated, truth["least"])
    factor = truth[ruling.evidence]
    odds = factor * (min(odds, 1.0) if factor < truth["against"] else odds)
    chance = odds / (1.0 + odds)
    if _HEADLINES[ruling.label] == "cannot-be-checked":
        return min(chance, truth["most_unchecked"])
    if CLAIM_VERDICTS[ruling.label] == "fails" or ruling.label == "mis-scoped":
        return min(chance, truth["most_condemned"])
    if CLAIM_VERDICTS[ruling.label] == "holds":
        return max(chance, truth["least_endorsed"])
    return chance
