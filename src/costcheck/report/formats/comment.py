"""A diff as one pull-request comment: found again by a hidden marker, never over the size limit."""

from __future__ import annotations

import re

from costcheck.diff import Diffs
from costcheck.report.formats import markdown
from costcheck.report.views.diff import View, comparison_document

LIMIT = 65_000
"""Characters; GitHub refuses comments of more than 65,536."""

DEFAULT_TAG = "diff"


def comment(found: Diffs, view: View | None = None, *, tag: str = "") -> str:
    """Return the comment as Markdown."""
    body = markdown.render(comparison_document(found, view))
    head = marker(tag)
    return f"{head}\n{shortened(body, LIMIT - len(head) - 1)}"


def marker(tag: str = "") -> str:
    """Return the hidden line that an update looks for."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", tag or DEFAULT_TAG).replace("--", "-")
    return f"<!-- costcheck:{name} -->"


def shortened(text: str, limit: int) -> str:
    """Return text within a limit, whole lines taken out of its middle and counted."""
    if len(text) <= limit:
        return text
    room = limit - 100
    lines = text.splitlines(keepends=True)
    head, tail = _fitting(lines, room // 2), _fitting(lines[::-1], room // 2)
    left_out = len(lines) - len(head) - len(tail)
    return f"{''.join(head)}\n_{left_out} lines are left out here._\n\n{''.join(tail[::-1])}"


def _fitting(lines: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line)
        if room < 0:
            break
        kept.append(line)
    return kept
