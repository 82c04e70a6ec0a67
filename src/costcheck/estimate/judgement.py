"""Which verdicts make a gate fail."""

from __future__ import annotations

from costcheck.estimate.result import Estimate

FAILING = frozenset({"inconsistent", "implausible", "impossible", "unit-garbled"})
"""Verdicts on a claim that say it does not hold; the others leave room."""


def failing_claims(estimate: Estimate) -> tuple[str, ...]:
    """Return the identifiers of the claims that do not hold."""
    return tuple(claim.id for claim in estimate.claims if claim.verdict in FAILING)


def exceeded(estimate: Estimate) -> tuple[str, ...]:
    """Return the limits of the budget that the central estimate exceeds."""
    return tuple(item.check for item in estimate.budget if item.verdict == "infeasible")
