"""Everything the audit found about one claim, before it becomes a report card."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.audit.arithmetic import Sum
from costcheck.audit.priors import Priors
from costcheck.audit.ratios import RatioCheck
from costcheck.audit.reasoning import Reasoning
from costcheck.audit.recognition import Recognition
from costcheck.audit.statements import Statement
from costcheck.scenario.claim import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything found about one claim of a group."""

    claim: Claim
    mine: tuple[int, ...]
    """The group's statements that this claim makes."""
    statements: tuple[Statement, ...]
    plain: Reasoning | None
    """Numbers and priors alone."""
    recalled: Reasoning | None
    """With the evidence of known figures' digits."""
    recognition: Recognition
    sums: tuple[Sum, ...]
    """What the claim's printed numbers imply by plain arithmetic."""
    ratios: tuple[RatioCheck, ...]
    hard_without_registry: tuple[str, ...]
    hard: tuple[str, ...]
    priors: Priors
    use_registry: bool
