"""Claims of the run that a file describes, held against the file's own estimate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from costcheck.audit.priors import Priors
from costcheck.audit.result import ClaimAudit, Label, NumberAudit
from costcheck.audit.truth import headline_of, probability_true
from costcheck.audit.verdict import Ruling
from costcheck.estimate.result import (
    CLAIM_VERDICTS,
    FAILING,
    UNCHECKED,
    ClaimedNumber,
    ClaimVerdict,
)
from costcheck.quantities import CLAIMED, field_words


def beside_estimate(found: ClaimAudit, compared: ClaimVerdict, priors: Priors) -> ClaimAudit:
    """An audit with what the file's estimate says of the same figures.

    Where the claim names no model and nothing else settles it, the estimate does: it is of this
    run. Else only the figures that differ from the estimate are marked, and the verdict stays.
    """
    is_settled = (
        found.about is None and found.headline == UNCHECKED and _is_judged(compared.verdict)
    )
    numbers = tuple(_beside(found.numbers, compared.numbers, is_settled=is_settled))
    if not is_settled:
        return replace(found, numbers=numbers)
    label = cast("Label", compared.verdict)
    is_denied = compared.verdict in FAILING
    ruling = Ruling(label=label, evidence="contradicted" if is_denied else "repeated")
    return replace(
        found,
        numbers=numbers,
        verdict=label,
        headline=headline_of(label, len(numbers)),
        probability_true=probability_true(found.probability_as_stated, ruling, priors),
        reasons=(_why(compared), *found.reasons[1:]),
    )


def _is_judged(verdict: str) -> bool:
    return CLAIM_VERDICTS.get(verdict, "open") != "open"


def _beside(
    numbers: Sequence[NumberAudit], compared: Sequence[ClaimedNumber], *, is_settled: bool
) -> Iterator[NumberAudit]:
    """The numbers, each with its figure of the estimate; those of one key in their order."""
    waiting = [item for item in compared if _is_judged(item.verdict)]
    for item in numbers:
        same = () if item.is_comparison else waiting
        own = next((x for x in same if x.field == item.field), None)
        if own is None or own.found_central is None:
            yield item
            continue
        waiting.remove(own)
        if is_settled:
            found = own.found_central / CLAIMED[own.field].scale
            labels = (cast("Label", own.verdict),)
            yield replace(item, estimated=own, labels=labels, found=found, reason=own.why)
        else:
            yield replace(item, estimated=own) if own.verdict in FAILING else item


def _why(compared: ClaimVerdict) -> str:
    wrong = [item for item in compared.numbers if item.verdict in FAILING]
    if not wrong:
        return "the file's own estimate bears it out"
    told = (f"{field_words(item.field)} {item.stated} ({item.why})" for item in wrong)
    return f"the file's own estimate differs: {', '.join(told)}"
