"""A sentence cut into clauses: what stands together, and which word each of them hangs on.

Clauses begin at relative pronouns, at words such as "while" and "when", at "and" or "but" before a
new verb, at brackets, dashes and semicolons, and where something is only compared. One that closes
leaves the rest of the sentence to the clause it interrupts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from costcheck.text.prose.words import Words

_BOUND: Final = ("bracket", "dash")
"""What only its own sign closes."""


class Clause(NamedTuple):
    """One clause, with the words of all others blanked out of the sentence."""

    kind: str
    text: str
    start: int
    end: int
    """Where its last word ends."""
    parent: int
    """The clause it hangs on, by number; its own where it hangs on none."""
    anchor: int
    """Where in the sentence it hangs."""


@dataclass
class _Open:
    kind: str
    parent: int
    anchor: int
    spans: list[tuple[int, int]] = field(default_factory=list)


def clauses_of(text: str, words: Words) -> tuple[Clause, ...]:
    """Return the clauses of a sentence, in the order they begin."""
    return tuple(_Cutting(text, words).clauses())


class _Cutting:
    """A sentence while it is cut: all clauses so far, and those that are open."""

    def __init__(self, text: str, words: Words) -> None:
        self.text, self.words = text, words
        self.all = [_Open("main", 0, 0)]
        self.open = [0]
        self.position = 0

    def clauses(self) -> Iterator[Clause]:
        for found in self.words["clause_boundary"].finditer(self.text):
            self._meet(found)
        self._take(len(self.text))
        for clause in self.all:
            spans = [span for span in clause.spans if self.text[slice(*span)].strip()]
            start, end = (spans[0][0], spans[-1][1]) if spans else (clause.anchor, clause.anchor)
            yield Clause(clause.kind, self._shown(spans), start, end, clause.parent, clause.anchor)

    def _shown(self, spans: list[tuple[int, int]]) -> str:
        shown = [" "] * len(self.text)
        for start, end in spans:
            shown[start:end] = self.text[start:end]
        return "".join(shown)

    def _meet(self, found: re.Match[str]) -> None:
        """Open or close clauses at a boundary."""
        kind = found.lastgroup or ""
        begins = found.start(kind)
        top = self.all[self.open[-1]].kind
        if kind == "unbracket" or (kind == "dash" and "dash" in self._kinds()):
            self._close(begins, "bracket" if kind == "unbracket" else "dash", found.end())
        elif kind == "comma":
            self._resume(found)
        elif kind == "joined" and self._says("own_subject", found.end()) is None:
            if self._says("verb_next", found.end()):
                self._join(
                    begins,
                    is_back=found[0].startswith(",") and top not in ("main", "joined", *_BOUND),
                )
        elif kind == "stop" or (kind == "joined" and self._has_verb(begins)):
            self._end_asides(begins)
            around = self.open[-2] if len(self.open) > 1 else len(self.all)
            self._next(begins, "main", around)
        elif kind != "joined" and (kind != "adverbial" or self._says("own_subject", found.end())):
            self._begin(kind, begins, found.start())

    def _kinds(self) -> list[str]:
        return [self.all[number].kind for number in self.open]

    def _says(self, name: str, place: int) -> re.Match[str] | None:
        return self.words[name].match(self.text, place)

    def _has_verb(self, end: int) -> bool:
        """Whether the open clause is one already, or but the first of two subjects."""
        spans = (*self.all[self.open[-1]].spans, (self.position, end))
        return any(self.words["verb"].search(self.text[slice(*span)]) for span in spans)

    def _take(self, end: int) -> None:
        """Give what was passed to the clause that is open."""
        self.all[self.open[-1]].spans.append((self.position, end))
        self.position = end

    def _join(self, place: int, *, is_back: bool) -> None:
        """Begin a clause that has the subject of the one before it, or of the one around that."""
        if is_back:
            self._take(place)
            self.open.pop()
        self._next(place, "joined", self.open[-1])

    def _begin(self, kind: str, place: int, anchor: int) -> None:
        self._take(place)
        self.all.append(_Open(kind, self.open[-1], anchor))
        self.open.append(len(self.all) - 1)

    def _next(self, place: int, kind: str, parent: int) -> None:
        """Go on with another clause; one that hangs on nothing is its own parent."""
        self._take(place)
        self.all.append(_Open(kind, parent, place))
        self.open[-1] = len(self.all) - 1

    def _close(self, place: int, kind: str, end: int) -> None:
        if kind in self._kinds():
            self._take(place)
            while self.all[self.open.pop()].kind != kind:
                pass
            self.position = end

    def _end_asides(self, place: int) -> None:
        """Close what hangs on the sentence, up to a bracket or a dash around all of it."""
        self._take(place)
        while len(self.open) > 1 and self.all[self.open[-1]].kind not in _BOUND:
            self.open.pop()

    def _resume(self, comma: re.Match[str]) -> None:
        """Go back behind a comma to the clause that was interrupted, where a verb says so."""
        if len(self.open) == 1 or self.all[self.open[-1]].kind in _BOUND:
            return
        if self._says("own_subject", comma.end()):
            self._end_asides(comma.start())
        elif self._says("verb_next", comma.end()):
            self._take(comma.start())
            self.open.pop()
