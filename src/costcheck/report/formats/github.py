"""Diagnostics as workflow commands: annotations at the lines of a pull request.

References
----------
.. [1] GitHub Docs, "Workflow commands for GitHub Actions": data escapes %, CR and LF; properties
   also colon and comma.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from costcheck.diagnostics import Diagnostic
from costcheck.text.harmless import harmless

LIMIT = 10
"""Annotations of one kind that GitHub keeps of one step; what is beyond is only counted."""

KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(problems: Sequence[Diagnostic]) -> str:
    """Return one command a line, errors first; of each kind what is beyond the limit is counted."""
    lines: list[str] = []
    seen: Counter[str] = Counter()
    for problem in sorted(problems, key=lambda item: list(KINDS).index(item.severity)):
        kind = KINDS[problem.severity]
        seen[kind] += 1
        if seen[kind] <= LIMIT - (kind == "notice"):
            lines.append(_command(kind, problem))
    hidden = {kind: count - LIMIT for kind, count in seen.items() if count > LIMIT}
    if hidden:
        more = ", ".join(f"{count} more {kind}s" for kind, count in hidden.items())
        lines.append(f"::notice title=costcheck::{_data(more)}; the log of the step has them all")
    return "".join(f"{line}\n" for line in lines)


def _command(kind: str, problem: Diagnostic) -> str:
    place = problem.place
    properties = [f"title={_property(f'costcheck {problem.code}')}"]
    if place is not None:
        properties.insert(0, f"file={_property(place.file)}")
        if place.line:
            properties[1:1] = [f"line={place.line}", f"col={place.column or 1}"]
    text = f"{problem.message}\n{problem.help}" if problem.help else problem.message
    return f"::{kind} {','.join(properties)}::{_data(text)}"


def _data(text: str) -> str:
    lines = (harmless(line).replace("%", "%25") for line in text.splitlines())
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
