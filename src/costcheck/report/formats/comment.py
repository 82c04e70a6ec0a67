"""A diff as one pull-request comment: found again by a hidden marker, never over the size limit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from costcheck.diff import Diff, Diffs
from costcheck.report.formats import markdown
from costcheck.report.views.diff import View, percent_change
from costcheck.report.views.diffs import changed_by_dollars, comparison_documents

LIMIT = 65_000
"""Characters; GitHub refuses comments of more than 65,536."""

DEFAULT_TAG = "diff"


def comment(
    found: Diffs, view: View | None = None, failed: Sequence[str] = (), *, tag: str = ""
) -> str:
    """Return the comment as Markdown: totals and one table, each scenario folded below."""
    head = marker(tag)
    documents = comparison_documents(found, view, failed)
    body = shortened(markdown.render(documents[0]), LIMIT - len(head) - 1)
    room, parts = LIMIT - len(head) - len(body) - 100, list[str]()
    for item, document in zip(changed_by_dollars(found), documents[1:], strict=False):
        part = _folded(item, markdown.render(document))
        if len(part) > room:
            parts.append(f"_{len(documents) - 1 - len(parts)} more scenarios have no room here._\n")
            break
        room -= len(part) + 1
        parts.append(part)
    return "\n".join([head, body, *parts])


def _folded(item: Diff, text: str) -> str:
    change = percent_change(item.headline) if item.headline.change is not None else "changed"
    label = f"{markdown.escape(item.place)}: {change}"
    return f"<details><summary>{label}</summary>\n\n{text}\n</details>\n"


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
