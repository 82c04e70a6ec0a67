"""What kind of saying a text is: what happened, what would happen, what others have said."""

from __future__ import annotations

import re

_ONE_DEVICE = r"\b(?:single|one)(?: \S+)? (?:gpu|machine|server|node|card|[abhv]\d{2,3})\b"
"""A text that works out what one device would take."""

_IMAGINED = r"would|could|extrapolat\w+"

CONDITIONAL = re.compile(
    rf"\b({_IMAGINED}|estimat\w+|project\w+|hypothetical\w*|if)\b", re.IGNORECASE
)
RERUN = re.compile(
    rf"\b(re-?(?:run|train|produc|plicat|creat)\w*|{_IMAGINED}|today|mlperf)\b"
    rf"|{_ONE_DEVICE}",
    re.IGNORECASE,
)
"""A run after the one on record, or one that might be."""
THOUGHT = re.compile(rf"\b({_IMAGINED}|equivalent|projected)\b|{_ONE_DEVICE}", re.IGNORECASE)
"""A run that nobody made."""
PLANNED = re.compile(
    r"\b(will(?! have)|going to|plan(?:s|ned|ning)? (?:to|for)|a planned|expect(?:s|ed|ing)? to"
    r"|intends? to|(?:is|are) to be trained)\b",
    re.IGNORECASE,
)
"""A run that lies ahead."""
HEARSAY = re.compile(
    r"\b(estimat\w+|reportedly|suspect\w*|speculat\w+|supposed\w*|leak\w*|rumou?r\w*|allege\w*"
    r"|unconfirmed|analysts?|(?:is|are|was|were) (?:said|believed|thought) to)\b",
    re.IGNORECASE,
)
"""A text that passes on what it does not vouch for."""
