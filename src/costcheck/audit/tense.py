"""What kind of saying a text is: what happened, what would happen, what others have said."""

from __future__ import annotations

import re

from costcheck.audit.priors import rules


def speaks(kind: str, text: str | None) -> bool:
    """Whether a text has the words of a kind: a key of ``tense`` of the audit's configuration."""
    return re.search(rules("tense")[kind], text or "", re.IGNORECASE) is not None
