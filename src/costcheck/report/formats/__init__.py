"""How a report looks: blocks, rows and plain data as text for screens, files and machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from costcheck.report.formats import terminal
from costcheck.report.formats.terminal import Screen
from costcheck.report.views.blocks import Document

T = TypeVar("T")

Formats = dict[str, Callable[[T, Screen], str | bytes]]
"""What a command can print: for each format, how its result becomes text, or the bytes of a
file."""


def block_formats(
    title: Callable[[T], str], documents: Callable[[T, Screen], Sequence[Document]]
) -> Formats[T]:
    """Every format that shows blocks; the title is that of the HTML page."""
    wide = Screen()

    def page(shown: T, _: Screen) -> str:
        from costcheck.report.formats import html

        return html.page(title(shown), documents(shown, wide))

    def markup(shown: T, _: Screen) -> str:
        from costcheck.report.formats import markdown

        return markdown.render_all(documents(shown, wide))

    return {
        "table": lambda shown, screen: terminal.render_all(documents(shown, screen), screen),
        "md": markup,
        "html": page,
    }
