"""Diagnostics as compilers print them: place, excerpt, caret, help."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.diagnostics import Diagnostic
from costcheck.text.harmless import harmless


def render(problems: Sequence[Diagnostic]) -> str:
    """Return all problems, in the order of their places, and how many there are."""
    shown = [_one(problem) for problem in problems]
    errors = sum(problem.severity == "error" for problem in problems)
    if errors > 1:
        shown.append(f"{errors} errors\n")
    return "\n".join(shown)


def _one(problem: Diagnostic) -> str:
    lines = [f"{problem.severity}[{problem.code}]: {problem.message}"]
    place = problem.place
    if place is not None:
        lines.append(f" --> {place}")
        if problem.excerpt and place.line:
            lines += _excerpt(problem.excerpt, place.line, place.column, place.length)
    if problem.help:
        lines.append(f"  = help: {problem.help}")
    return "\n".join(map(_shown, lines)) + "\n"


def _shown(line: str) -> str:
    # A tab of an excerpt stays, so that the caret stands below what it means.
    return "\t".join(map(harmless, line.split("\t"))) if "\t" in line else harmless(line)


def _excerpt(text: str, line: int, column: int, length: int) -> list[str]:
    gutter = " " * len(str(line))
    room = max(1, min(length, len(text) - column + 1))
    # Tabs are kept in the indentation so that the caret stands where the text stands.
    indent = "".join("\t" if c == "\t" else " " for c in text[: column - 1])
    return [f"{gutter} |", f"{line} | {text}", f"{gutter} | {indent}{'^' * room}"]
