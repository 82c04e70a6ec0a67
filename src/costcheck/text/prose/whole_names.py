"""Known names of several words in a text, whatever stands between these: AlphaGo Zero, MT-NLG."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z0-9]+(?:\.[0-9]+)*")
_BETWEEN: Final = re.compile(r"[-\s\u2010-\u2012]?")
_GOES_ON: Final = re.compile(r"-[a-z]")
"""What makes the last word another one: AlphaGo zero-shot."""
_SIGNS: Final = re.compile(r"\d|(?<=\w)-(?=\w)|[A-Z].*[A-Z]")
"""What tells a name from ordinary words: a digit, a hyphen, a second capital."""


def whole_names(text: str, names: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where a text has known names of several words, of names that begin alike the longest.

    Parameters
    ----------
    text : str
        A sentence.
    names : tuple of str
        Every known name.
    """
    known, most = _joined(names)
    found = [match.span() for match in _WORD.finditer(text)]
    behind = 0
    for place, (start, _) in enumerate(found):
        longest = 0
        for before, (first, end) in enumerate(found[place : place + most], place - 1):
            if first > start and not _BETWEEN.fullmatch(text[found[before][1] : first]):
                break
            name = text[start:end].lower().translate(_NO_SIGNS)
            if name in known and not _GOES_ON.match(text, end):
                longest = end
        if start >= behind and longest and _SIGNS.search(text, start, longest):
            yield start, longest
            behind = longest


_NO_SIGNS: Final = str.maketrans("", "", "- \t\n\u2010\u2011\u2012")


@functools.lru_cache(maxsize=4)
def _joined(names: tuple[str, ...]) -> tuple[frozenset[str], int]:
    """Names of several words with nothing between these, and how many words the longest has."""
    parts = [words for name in names if len(words := _WORD.findall(name)) > 1]
    known = frozenset("".join(words).lower() for words in parts)
    return known, max(map(len, parts), default=0)
