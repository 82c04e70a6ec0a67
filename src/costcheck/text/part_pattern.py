"""One pattern of the accelerators of the catalog, as running text writes their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any

_GAP = "[ -]?"
"""What stands between the words of a name, and between a word and its number."""
_MEMORY = r"\d+gi?b|\d+w"
_Branch = dict[str, "_Branch"]


class PartPattern:
    """The names of accelerators as pieces of a pattern, from which one for each text is made.

    Parameters
    ----------
    names
        Every name of every part, printed or alias.
    data
        ``configs/part-names.yaml``.
    """

    def __init__(self, names: Iterable[str], data: Mapping[str, Any]) -> None:
        self._shapes, self._board = data["shapes"], data["board"]
        self._short, self._short_word = re.compile(data["short_part"]), data["short_word"]
        self._names = [
            ("".join(takewhile(str.isalnum, pieces)).lower(), pieces)
            for words in (_own_words(name, data) for name in names)
            for spelling in dict.fromkeys((tuple(words), tuple(map(_capitalised, words))))
            if (pieces := _pieces(spelling, data))
        ]

    def of(self, text: str | None = None) -> str:
        """Return a pattern of names, of what unknown ones look like, and of the board behind.

        Names that do not begin anywhere in a text are left out: a pattern of all takes its time.
        A letter before two digits is a name in a text where it is a capital, or said to be a part.
        """
        tree: _Branch = {}
        lower = text.lower() if text is not None else None
        for head, pieces in self._names:
            if lower is not None and head not in lower:
                continue
            branch = tree
            is_short = text is not None and self._short.fullmatch("".join(pieces))
            for piece in (*pieces, self._short_word) if is_short else pieces:
                branch = branch.setdefault(piece, {})
            branch[""] = {}
        known = "|".join(filter(None, (_alternatives(tree), self._shapes)))
        return f"(?:{known})(?:{self._board})*"


def _own_words(name: str, data: Mapping[str, Any]) -> list[str]:
    """Return the words of a name without its maker, line, board and memory.

    None is left of a name of a machine (DGX H100), and of one that says its memory in the middle.
    """
    board = re.compile(rf"{data['form'][0]}|hbm\d\w?|{_MEMORY}", re.IGNORECASE)
    words = re.split(r"[\s-]+", name.partition(" (")[0])
    while words and words[0].lower() in {*data["makers"], *data["lines"]}:
        del words[0]
    while words and board.fullmatch(words[-1]):
        del words[-1]
    is_other = any(map(board.fullmatch, words)) or "." in name
    is_a_count = words[:1] and words[0].isdigit() and words[-1].lower() in data["architectures"]
    return [] if is_other or is_a_count else words


def _capitalised(word: str) -> str:
    return word.capitalize() if re.fullmatch(r"[A-Z]{4,}", word) else word


def _pieces(words: tuple[str, ...], data: Mapping[str, Any]) -> list[str]:
    """Return the letters of a name with its gaps; what has to follow one that is an ordinary word.

    A number alone is a name only in the plural: "two 4090s". An S behind a number is a capital one:
    the plural of V100 is no V100S.
    """
    pieces: list[str] = []
    for word in words:
        pieces += [_GAP] if pieces else []
        number = re.sub(r"^[A-Za-z]{3,}(?=\d)", "", word)
        head = word[: len(word) - len(number)]
        pieces += [*head, *([_GAP] if head else []), *map(re.escape, number)]
    if re.search(r"\dS$", words[-1] if words else ""):
        pieces[-1] = "(?-i:S)"
    if len(words) == 1 and words[0].isalpha():
        pieces.append(data["class_word"])
    elif "".join(words).isdigit():
        pieces.append(r"(?=s\b)")
    return pieces


def _alternatives(branch: _Branch) -> str:
    """Write a tree of names as a pattern: the longest name first, each beginning once."""
    own = [piece + _rest(after) for piece, after in branch.items() if piece]
    return "|".join(own)


def _rest(branch: _Branch) -> str:
    inner = _alternatives(branch)
    is_one = len(branch) == 1
    if not inner or (is_one and "" not in branch):
        return inner
    return f"(?:{inner}){'?' if '' in branch else ''}"
