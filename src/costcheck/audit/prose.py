"""The audit in words: one paragraph that can be pasted into a text, with its sources."""

from __future__ import annotations

import re

from costcheck.audit.result import BestMatch, ClaimAudit, NumberAudit
from costcheck.quantities import field_words

_OPENING = {
    "consistent": "The numbers agree with each other and with what is known",
    "rounded": "The numbers hold within the way they were rounded",
    "under-specified": "The numbers cannot be tested: too little is stated",
    "unverifiable": "The claim cannot be verified",
    "mis-scoped": "The numbers are in order, but they are of something else",
    "unit-garbled": "A number has been garbled",
    "contradicts-record": "The developer's own record says otherwise",
    "implausible": "The numbers are implausible",
    "impossible": "The numbers are impossible",
}
_PRINTED = 3
_LONG = 1e15
"""Numbers from here on are read as powers of ten."""


_BARE = re.compile(r"[\d.,]+\s?[KMBT]?")
"""A figure that is printed without its unit."""


def as_said(field: str, text: str) -> str:
    """A figure on record as a sentence has it: 2,048 GPUs, 20.4 kt of CO2, $5.58M."""
    words = field_words(field)
    if _BARE.fullmatch(text):
        return f"{text} {words}"
    if field in {"carbon", "water"}:
        return f"{text} of {words}"
    return f"{words} {text}" if field == "mfu" else text


def plain_number(value: float) -> str:
    """A number as arithmetic shows it: grouped, short if small, a power of ten if long."""
    if 1000.0 <= abs(value) < _LONG:
        return f"{value:,.0f}"
    return f"{value:.4g}".replace("e+", "e")


def paragraph(audit: ClaimAudit) -> str:
    """Verdict, arithmetic, reasons, what would settle it, and the sources."""
    sentences = [_opening(audit)]
    sentences.extend(f"{text[0].upper()}{text[1:]}." for text in audit.reasons[:_PRINTED])
    if audit.arithmetic:
        sentences.append(f"The arithmetic: {'; '.join(audit.arithmetic)}.")
    sentences.extend(_number(item, audit) for item in audit.numbers if _worth_saying(item, audit))
    sentences.extend(_uncertainty(audit))
    links = [
        " ".join(part for part in (source.get("title", ""), source.get("url", "")) if part)
        for source in audit.sources
    ]
    if links:
        sentences.append(f"Sources: {'; '.join(links)}.")
    return " ".join(sentences)


def _opening(audit: ClaimAudit) -> str:
    who = f" about {audit.about}" if audit.about else ""
    said = f' "{audit.text}"' if audit.text else f" {audit.id}"
    words = _OPENING[audit.verdict]
    return f"The claim{who}{said}: {words[0].lower()}{words[1:]} ({audit.verdict})."


def _worth_saying(item: NumberAudit, audit: ClaimAudit) -> bool:
    fine = item.verdict in {"consistent", "under-specified"}
    return bool(item.reason) and not fine and item.reason not in audit.reasons


def _number(item: NumberAudit, audit: ClaimAudit) -> str:
    return f'"{item.text}" ({field_words(item.field)}): {short_reason(item, audit.best_match)}.'


def short_reason(item: NumberAudit, best: BestMatch | None) -> str:
    """A number's reason without the scope of the known run, which is told once."""
    return item.reason.replace(f", {best.scope}", "") if best else item.reason


def _uncertainty(audit: ClaimAudit) -> list[str]:
    sentences = []
    best = audit.likeliest
    if audit.is_flagged and best is not None:
        where = f" for {field_words(best.field)}" if best.field else ""
        sentences.append(
            f"Likeliest explanation{where}: {best.name} ({best.probability:.0%}); the chance that"
            f" the numbers are meant as printed is {audit.probability_as_stated:.0%}."
        )
    if audit.testability_factor is not None and audit.testability_factor > _PRINTED:
        sentences.append(
            f"What else is stated pins the best-tested number only to within a factor of"
            f" {audit.testability_factor:,.0f}."
        )
        if audit.settle is not None:
            sentences.append(
                f"The {field_words(audit.settle.field)} would bring that to"
                f" {audit.settle.factor:.1f}."
            )
    return sentences
