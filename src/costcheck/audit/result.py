"""What an audit returns: frozen values with the JSON form of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from costcheck.audit.exact import Finding
from costcheck.audit.reasoning import Implied

Label = Literal[
    "consistent",
    "rounded",
    "under-specified",
    "unverifiable",
    "mis-scoped",
    "unit-garbled",
    "implausible",
    "impossible",
]

FLAGGED: frozenset[Label] = frozenset({"implausible", "impossible", "unit-garbled"})
"""Verdicts that say the numbers themselves do not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAudit:
    """One stated number."""

    field: str
    text: str
    stated: float
    found: float | None
    """What the known run says, else what the claim's other numbers say; none: nothing does."""
    factor: float | None
    """`found` holds to within this factor (90 %)."""
    labels: tuple[str, ...]
    """The verdict first, then how the digits were printed: rounded, truncated, exact."""
    probability: float
    """That the number means what it says."""
    reason: str
    unit: str = ""

    @property
    def verdict(self) -> str:
        """Return the number's verdict."""
        return self.labels[0]

    def to_dict(self) -> dict[str, object]:
        """Return the number as plain data."""
        return {
            "field": self.field,
            "text": self.text,
            "stated": self.stated,
            "unit": self.unit,
            "found": self.found,
            "factor": self.factor,
            "verdict": self.verdict,
            "labels": list(self.labels),
            "probability": self.probability,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationAudit:
    """One explanation with its posterior."""

    name: str
    family: str
    field: str | None
    probability: float
    corrected: float | None
    """What the number would be."""
    corrected_field: str | None = None
    """The quantity it would be of."""

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as plain data."""
        return {
            "name": self.name,
            "family": self.family,
            "field": self.field,
            "probability": self.probability,
            "corrected": self.corrected,
            "corrected_field": self.corrected_field,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BestMatch:
    """The known run a claim's numbers fit best."""

    id: str
    subject: str
    scope: str
    standing: str
    margin_nats: float | None
    """Over the best run of the subject the text names; none: the subject is the same."""
    sources: tuple[Mapping[str, str], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the match as plain data."""
        return {
            "id": self.id,
            "subject": self.subject,
            "scope": self.scope,
            "standing": self.standing,
            "margin_nats": self.margin_nats,
            "sources": [dict(item) for item in self.sources],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """The one more number that would settle a claim."""

    field: str
    factor: float
    """The stated numbers would then be pinned to within this factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAudit:
    """The report card of one claim."""

    id: str
    about: str | None
    text: str
    source: str
    verdict: Label
    verdict_without_registry: Label
    probability_as_stated: float
    probability_without_registry: float
    numbers: tuple[NumberAudit, ...]
    explanations: tuple[ExplanationAudit, ...]
    implied: Mapping[str, Implied]
    arithmetic: tuple[str, ...]
    """The sums behind the implied values, as a reader can check them."""
    testability_factor: float | None
    conflict: tuple[str, ...]
    best_match: BestMatch | None
    findings: tuple[Finding, ...]
    settle: Settling | None
    scope: Mapping[str, str]
    reasons: tuple[str, ...]
    sources: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def is_flagged(self) -> bool:
        """Return whether the numbers do not hold."""
        return self.verdict in FLAGGED

    def to_dict(self) -> dict[str, object]:
        """Return the audit as the JSON of the ``audit`` command."""
        return {
            "id": self.id,
            "about": self.about,
            "text": self.text,
            "source": self.source,
            "verdict": self.verdict,
            "probability_as_stated": self.probability_as_stated,
            "verdict_without_registry": self.verdict_without_registry,
            "probability_without_registry": self.probability_without_registry,
            "numbers": [item.to_dict() for item in self.numbers],
            "explanations": [item.to_dict() for item in self.explanations],
            "implied": {
                name: self.implied[name].value if name in self.implied else None
                for name in ("mfu", "usd_per_gpu_hour", "kw_per_gpu", "usd_per_gpu")
            },
            "implied_factor": {name: item.factor for name, item in self.implied.items()},
            "arithmetic": list(self.arithmetic),
            "testability_factor": self.testability_factor,
            "conflict": list(self.conflict),
            "best_match": self.best_match.to_dict() if self.best_match else None,
            "findings": [item.to_dict() for item in self.findings],
            "settle": {"field": self.settle.field, "factor": self.settle.factor}
            if self.settle
            else None,
            "scope": dict(self.scope),
            "reasons": list(self.reasons),
            "sources": [dict(item) for item in self.sources],
        }

    def paragraph(self) -> str:
        """Return a paragraph a newspaper could print, with sources."""
        from costcheck.audit.prose import paragraph

        return paragraph(self)
