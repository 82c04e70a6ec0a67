"""One type for every problem: a code, a severity, what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Place(NamedTuple):
    """A position in a text people wrote; lines and columns start at 1."""

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    """Number of characters the caret underlines."""

    def __str__(self) -> str:
        """Return ``file:line:column`` as editors and compilers print it."""
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Diagnostic:
    """A problem as a value: checks return it, reports print it."""

    code: str
    """Stable identifier such as ``CC101``; ``costcheck explain CC101`` documents it."""
    severity: Severity
    message: str
    place: Place | None = None
    help: str = ""
    """What the reader can do about it; empty when nothing sensible can be said."""
    excerpt: str = ""
    """The line of text the place points at, without its line end."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Diagnostic:
        """Read the JSON form back."""
        file, line, column = (data.get(key) for key in ("file", "line", "column"))
        place = Place(file, line or 0, column or 0) if file else None
        return cls(data["code"], data["severity"], data["message"], place, data.get("help") or "")

    def __str__(self) -> str:
        """Return the one-line form ``place: code severity: message``."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.severity}[{self.code}]: {self.message}"

    def to_dict(self) -> dict[str, str | int | None]:
        """The JSON form; null where nothing is known."""
        place = self.place or Place("")
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.place.file if self.place else None,
            "line": place.line or None,
            "column": place.column if place.line else None,
            "help": self.help or None,
        }


class CostcheckError(Exception):
    """Unusable input; carries every diagnostic found, in the order of their places."""

    def __init__(self, diagnostics: list[Diagnostic] | tuple[Diagnostic, ...]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=_order))
        super().__init__("\n".join(str(item) for item in self.diagnostics))


def refusal(code: str, message: str, place: Place | None = None, help: str = "") -> CostcheckError:
    """The exception for a single error."""
    return CostcheckError([Diagnostic(code, "error", message, place, help)])


LIKENESS = 0.61
"""Share of letters in common, in order, from which a word may be a slip for another."""


def near_names(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Known names written much like a word, the likeliest first."""
    from difflib import get_close_matches

    return get_close_matches(word, list(known), n=most, cutoff=LIKENESS)


def did_you_mean(word: str, known: Iterable[str], listed: str = "one of") -> str:
    """Help with a misspelt word: the known one that was probably meant, else all of them."""
    names = list(known)
    near = near_names(word, names, 1)
    return f"did you mean {near[0]!r}?" if near else f"{listed} {', '.join(names)}"


def _order(item: Diagnostic) -> tuple[str, int, int, str]:
    place = item.place or Place("")
    return (place.file, place.line, place.column, item.code)
