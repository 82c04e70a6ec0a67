"""How a verdict looks, and the outcomes of checks as marked lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costcheck.report.views.blocks import Cell, Listing, Tone

if TYPE_CHECKING:
    from costcheck.estimate.result import Finding

TONES: dict[str, Tone] = {
    "feasible": "good",
    "consistent": "good",
    "rounded": "good",
    "stretch": "warn",
    "not judged": "warn",
    "under-specified": "warn",
    "unverifiable": "warn",
    "not checkable": "warn",
    "not compared": "",
}

MARKS = {
    "feasible": "ok",
    "stretch": "stretch",
    "over-budget": "OVER BUDGET",
    "infeasible": "INFEASIBLE",
}


def tone_of(verdict: str) -> Tone:
    """Return the tone of a verdict; what is not known to be good is bad."""
    return TONES.get(verdict.replace("-", " "), TONES.get(verdict, "bad"))


def findings_listing(found: Sequence[Finding], title: str = "") -> Listing:
    """Findings with their marks, each with what would help."""
    items = []
    for finding in found:
        where = f"{finding.stage}: " if finding.stage else ""
        items.append(
            (Cell(MARKS[finding.verdict], tone_of(finding.verdict)), f"{where}{finding.message}")
        )
        if finding.help:
            items.append((Cell(""), finding.help))
    return Listing(title, tuple(items))
