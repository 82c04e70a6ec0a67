"""What kind of saying a text is: what happened, what would happen, what others have said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from costcheck.audit.priors import rules
from costcheck.catalog.files import catalog_of
from costcheck.scenario.claim import Claim, Tense

_TENSES: Mapping[str, Tense] = {
    "planned": "planned",
    "conditional": "hypothetical",
    "thought": "hypothetical",
}
"""The tense that the words of a kind are of."""


def is_told(kind: str, claim: Claim) -> bool:
    """Whether a claim is of a kind of saying: by the tense it states, else by its words."""
    if claim.tense is not None:
        return claim.tense == _TENSES[kind]
    return speaks(kind, claim.text)


def speaks(kind: str, text: str | None) -> bool:
    """Whether a text has the words of a kind: a key of ``tense`` of the audit's configuration."""
    words = str(rules("tense")[kind])
    if "{part}" in words:
        words = words.replace("{part}", _parts_in(text or ""))
    return re.search(words, text or "", re.IGNORECASE) is not None


@lru_cache(maxsize=128)
def _parts_in(text: str) -> str:
    """The accelerators that a text names, as a pattern: every rule asks of the same text."""
    return catalog_of().part_pattern(text)
