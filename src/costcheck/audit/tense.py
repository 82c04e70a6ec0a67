"""What kind of saying a text is: what happened, what would happen, what others have said."""

from __future__ import annotations

import re

from costcheck.audit.priors import rules
from costcheck.catalog.files import catalog_of


def speaks(kind: str, text: str | None) -> bool:
    """Whether a text has the words of a kind: a key of ``tense`` of the audit's configuration."""
    words = str(rules("tense")[kind])
    if "{part}" in words:
        words = words.replace("{part}", catalog_of().part_pattern(text or ""))
    return re.search(words, text or "", re.IGNORECASE) is not None
