"""Charts as inline SVG: colours from the page's style sheet, a text for those who cannot see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from costcheck.report.views.blocks import Amount, AmountChart, Chart, RangeChart
from costcheck.text.harmless import escaped as escape

WIDTH = 720
LABEL = 235
"""Columns of the labels on the left, in SVG units."""
FIGURE = 110
"""Columns of the figures on the right."""
ROW = 28


class Bar(NamedTuple):
    """A line of a chart: a bar from one value to another."""

    label: str
    text: str
    start: float
    end: float
    kind: str
    numbers: tuple[float, ...] = ()
    """What a page needs whose charts follow its inputs."""


def chart(block: Chart) -> str:
    """A chart as a figure with its title and its words."""
    if isinstance(block, RangeChart):
        # On one relative scale: each central value stands at 1.
        ranges = [
            Bar(at.label, at.text, at.low / at.central, at.high / at.central, "range",
                (at.central, at.low, at.high))
            for at in block.ranges
        ]  # fmt: skip
        ends = [end for bar in ranges for end in (bar.start, bar.end)]
        return _drawn(block.title, ranges, min([*ends, 0.9]), max([*ends, 1.1]), "ranges")
    if isinstance(block, AmountChart):
        largest = max((item.value for item in block.amounts), default=0.0) or 1.0
        bars = [
            Bar(item.label, item.text, 0.0, item.value, "bar", (item.value,) * 3)
            for item in block.amounts
        ]
        return _drawn(block.title, bars, 0.0, largest, "amounts")
    return _bridge(block.title, block.start, block.steps, block.end)


def _bridge(title: str, start: Amount, steps: Sequence[Amount], end: Amount) -> str:
    """The bridge from one amount to another, a step for every line between."""
    levels = list(accumulate((step.value for step in steps), initial=start.value))
    low, high = min([*levels, end.value]), max([*levels, end.value])
    # The axis starts at zero unless the steps would be too small to see.
    base = 0.0 if low >= 0.0 and (high - low) > 0.2 * high else low - 0.25 * (high - low)
    between = [
        Bar(step.label, step.text, before, after, "rise" if step.value > 0 else "fall")
        for step, (before, after) in zip(steps, pairwise(levels), strict=True)
    ]
    ends = [Bar(item.label, item.text, base, item.value, "total") for item in (start, end)]
    return _drawn(title, [ends[0], *between, ends[1]], base, high)


def _drawn(title: str, bars: Sequence[Bar], low: float, high: float, kind: str = "") -> str:
    """Bars below each other on one axis: around 1, from a common start, or from end to end."""
    room = WIDTH - LABEL - FIGURE

    def x(value: float) -> float:
        return LABEL + (value - low) / ((high - low) or 1.0) * room

    height = ROW * len(bars) + 10
    parts = [_line(x(1.0), 4, height - 6, "axis")] if kind == "ranges" else []
    for index, bar in enumerate(bars):
        middle = ROW * index + ROW / 2 + 4
        left, right = sorted((x(bar.start), x(bar.end)))
        drawn = _label(bar.label, middle) + _bar(left, middle - 8, right - left, bar.kind)
        if kind == "ranges":
            drawn += f'<circle class="dot" cx="{x(1.0):.1f}" cy="{middle:.1f}" r="5"/>'
        drawn += _figure(bar.text, middle)
        numbers = escape(json.dumps([bar.label, *bar.numbers]))
        parts.append(f'<g data-row="{numbers}">{drawn}</g>' if bar.numbers else drawn)
        if not kind and index + 1 < len(bars):
            parts.append(_line(x(bar.end), middle + 8, middle + ROW - 8, "axis"))
    words = "; ".join(f"{bar.label} {bar.text}" for bar in bars)
    return _chart(title, words, parts, height, kind)


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


def _bar(left: float, top: float, width: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{max(width, 1.0):.1f}" '
        'height="16" rx="2"/>'
    )


def _line(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"/>'
