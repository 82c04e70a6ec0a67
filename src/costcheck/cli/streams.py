"""Results to standard output, everything else to standard error, each as its reader can show it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from costcheck.diagnostics import CostcheckError, Diagnostic, Place

if TYPE_CHECKING:
    from costcheck.report.formats.terminal import Screen

DEFAULT_WIDTH = 80
"""Columns where nothing says how wide the reader's screen is."""


def screen(color: str = "auto") -> Screen:
    """Return what the reader of standard output can show."""
    from costcheck.report.formats.terminal import Screen

    target = sys.stdout
    encoding = (target.encoding or "ascii").lower()
    return Screen(
        width=_width(target),
        color=wants_color(color, terminal=target.isatty(), environment=os.environ),
        ascii=not encoding.startswith("utf"),
    )


def wants_color(
    flag: str, *, terminal: bool, environment: os._Environ[str] | dict[str, str]
) -> bool:
    """Return whether to colour: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if flag != "auto":
        return flag == "always"
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environment.get(name, "0") not in ("", "0"):
            return True
    return terminal and environment.get("TERM") != "dumb"


def emit(text: str, output: str | None = None) -> None:
    """Write a result to a file, or to standard output."""
    if output and output != "-":
        try:
            os.makedirs(os.path.dirname(output) or ".", exist_ok=True)  # noqa: PTH103, PTH120
            with open(output, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - start-up
                file.write(text)
        except OSError as error:
            reason = error.strerror or "cannot be written"
            raise CostcheckError(
                [Diagnostic("CC020", "error", f"{output}: {reason}", Place(output))]
            ) from error
        return
    sys.stdout.write(_encodable(text, sys.stdout))


def show_problems(problems: Iterable[Diagnostic]) -> None:
    """Write diagnostics to standard error."""
    from costcheck.report.formats.problems import render

    sys.stderr.write(_encodable(render(tuple(problems)), sys.stderr))


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "ascii"
    return text.encode(encoding, "replace").decode(encoding)


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):
        return DEFAULT_WIDTH
