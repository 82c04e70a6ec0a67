"""Charts as inline SVG: colours from the page's style sheet, a text for those who cannot see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from costcheck.report.formats.harmless import escaped as escape
from costcheck.report.views.blocks import Amount, AmountChart, Chart, Range, RangeChart

WIDTH = 720
LABEL = 210
"""Columns of the labels on the left, in SVG units."""
FIGURE = 110
"""Columns of the figures on the right."""
ROW = 28


def chart(block: Chart) -> str:
    """A chart as a figure with its title and its words."""
    if isinstance(block, RangeChart):
        return _ranges(block.title, block.ranges)
    if isinstance(block, AmountChart):
        return _amounts(block.title, block.amounts)
    return _bridge(block.title, block.start, block.steps, block.end)


def _ranges(title: str, ranges: Sequence[Range]) -> str:
    """Ranges on one relative scale: each central value stands at 1."""
    ends = [end / item.central for item in ranges for end in (item.low, item.high)]
    low, high = min([*ends, 0.9]), max([*ends, 1.1])

    def x(value: float) -> float:
        return LABEL + (value - low) / (high - low) * (WIDTH - LABEL - FIGURE)

    parts = [_line(x(1.0), 4, x(1.0), ROW * len(ranges) + 4, "axis")]
    for index, item in enumerate(ranges):
        middle = ROW * index + ROW / 2 + 4
        left, right = x(item.low / item.central), x(item.high / item.central)
        drawn = (
            _label(item.label, middle),
            _bar(left, middle - 5, right - left, 10, "range"),
            f'<circle class="dot" cx="{x(1.0):.1f}" cy="{middle:.1f}" r="5"/>',
            _figure(item.text, middle),
        )
        parts.append(_row(drawn, item.label, item.central, item.low, item.high))
    words = "; ".join(f"{item.label} {item.text}" for item in ranges)
    return _chart(title, words, parts, ROW * len(ranges) + 10, "ranges")


def _amounts(title: str, amounts: Sequence[Amount]) -> str:
    """Amounts as bars from a common start."""
    largest = max((item.value for item in amounts), default=0.0) or 1.0
    parts = []
    for index, item in enumerate(amounts):
        middle = ROW * index + ROW / 2 + 4
        width = max(item.value / largest * (WIDTH - LABEL - FIGURE), 1.0)
        drawn = (
            _label(item.label, middle),
            _bar(LABEL, middle - 8, width, 16, "bar"),
            _figure(item.text, middle),
        )
        parts.append(_row(drawn, item.label, item.value, item.value, item.value))
    words = "; ".join(f"{item.label} {item.text}" for item in amounts)
    return _chart(title, words, parts, ROW * len(amounts) + 10, "amounts")


def _bridge(title: str, start: Amount, steps: Sequence[Amount], end: Amount) -> str:
    """The bridge from one amount to another, a step for every line between."""
    levels = [start.value]
    for step in steps:
        levels.append(levels[-1] + step.value)
    low, high = min([*levels, end.value]), max([*levels, end.value])
    # The axis starts at zero unless the steps would be too small to see.
    base = 0.0 if low >= 0.0 and (high - low) > 0.2 * high else low - 0.25 * (high - low)
    span = (high - base) or 1.0

    def x(value: float) -> float:
        return LABEL + (value - base) / span * (WIDTH - LABEL - FIGURE)

    rows: list[tuple[str, float, float, str, str]] = [
        (start.label, base, start.value, start.text, "total")
    ]
    for step, (before, after) in zip(steps, pairwise(levels), strict=True):
        kind = "rise" if step.value > 0 else "fall"
        rows.append((step.label, before, after, step.text, kind))
    rows.append((end.label, base, end.value, end.text, "total"))
    parts = []
    for index, (label, before, after, text, kind) in enumerate(rows):
        middle = ROW * index + ROW / 2 + 4
        left, right = sorted((x(before), x(after)))
        parts += [
            _label(label, middle),
            _bar(left, middle - 8, max(right - left, 1.0), 16, kind),
            _figure(text, middle),
        ]
        if index + 1 < len(rows):
            parts.append(_line(x(after), middle + 8, x(after), middle + ROW - 8, "axis"))
    words = "; ".join(f"{label} {text}" for label, _, _, text, _ in rows)
    return _chart(title, words, parts, ROW * len(rows) + 10)


def _row(drawn: Sequence[str], label: str, *values: float) -> str:
    """What is drawn of a row, with its numbers for a page whose charts follow its inputs."""
    return f'<g data-row="{escape(json.dumps([label, *values]))}">{"".join(drawn)}</g>'


def _chart(title: str, words: str, parts: Sequence[str], height: float, kind: str = "") -> str:
    head = f"<title>{escape(title)}</title><desc>{escape(words)}</desc>"
    body = "".join(parts)
    room = f'data-left="{LABEL}" data-room="{WIDTH - LABEL - FIGURE}"'
    alive = f'data-chart="{kind}" data-title="{escape(title)}" {room} ' if kind else ""
    return (
        f'<figure tabindex="0"><figcaption>{escape(title)}</figcaption>'
        f'<svg {alive}role="img" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'aria-label="{escape(f"{title}: {words}")}">{head}{body}</svg></figure>'
    )


def _label(text: str, middle: float) -> str:
    shown = text if len(text) <= 32 else f"{text[:31]}…"
    return f'<text class="label" x="0" y="{middle + 4:.1f}">{escape(shown)}</text>'


def _figure(text: str, middle: float) -> str:
    return f'<text class="figure" x="{WIDTH}" y="{middle + 4:.1f}">{escape(text)}</text>'


def _bar(left: float, top: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="2"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
