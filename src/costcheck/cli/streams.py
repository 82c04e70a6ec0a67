"""Results to standard output, everything else to standard error, each as its reader can show it."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Iterable
from typing import TextIO, TypeVar

from costcheck.diagnostics import CostcheckError, Diagnostic, Place, refusal
from costcheck.report.formats import Formats
from costcheck.report.formats.terminal import Screen
from costcheck.text.files import MOST_BYTES, read_file, write_file

T = TypeVar("T")

STANDARD = "-"
"""The name of standard input and output."""

DEFAULT_WIDTH = 80
"""Columns where nothing says how wide the reader's screen is."""


def show(
    formats: Formats[T], format: str, result: T, *, output: str | None, color: str = "auto"
) -> None:
    """Write a result in one of the formats it has."""
    emit(formats[format](result, screen(color, output)), output)


def screen(color: str = "auto", output: str | None = None) -> Screen:
    """What the reader can show: standard output's terminal, or a file, which has no colours."""
    target = sys.stdout
    if color == "auto" and _is_file(output):
        color = "never"
    encoding = (target.encoding or "ascii").lower()
    return Screen(
        width=_width(target),
        color=wants_color(color, terminal=target.isatty(), environment=os.environ),
        ascii=not encoding.startswith("utf"),
    )


def wants_color(
    flag: str, *, terminal: bool, environment: os._Environ[str] | dict[str, str]
) -> bool:
    """Whether to colour: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if flag != "auto":
        return flag == "always"
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environment.get(name, "0") not in ("", "0"):
            return True
    return terminal and environment.get("TERM") != "dumb"


def emit(text: str | bytes, output: str | None = None) -> None:
    """Write a text, or the bytes of a file, to a file or to standard output."""
    if not _is_file(output):
        if isinstance(text, str):
            sys.stdout.write(_encodable(text, sys.stdout))
        elif sys.stdout.isatty():
            message, advice = "a workbook is no text for a screen", "name a file: -o result.xlsx"
            raise refusal("CC044", message, None, advice)
        else:
            sys.stdout.buffer.write(text)
        return
    try:
        data = text if isinstance(text, bytes) else text.encode("utf-8", "costcheck")
        write_file(str(output), data)
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise refusal("CC020", f"{output}: {reason}", Place(str(output))) from error


def read_bytes(path: str, advice: str = "") -> bytes:
    """Read a file, or standard input."""
    if path == STANDARD:
        return sys.stdin.buffer.read(MOST_BYTES)
    try:
        return read_file(path, streams=True)
    except OSError as error:
        raise _unreadable(path, error.strerror or "cannot be read", advice) from error


def read_text(path: str, advice: str = "") -> str:
    """Read a text file, or standard input."""
    try:
        return read_bytes(path, advice).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(path, "not readable as UTF-8 text", advice) from error


def show_problems(problems: Iterable[Diagnostic]) -> None:
    """Write diagnostics to standard error."""
    from costcheck.report.formats import problems as problem_text

    with contextlib.suppress(OSError):  # nobody can be told where nothing can be written
        sys.stderr.write(_encodable(problem_text.render(tuple(problems)), sys.stderr))


def _unreadable(path: str, reason: str, advice: str) -> CostcheckError:
    return refusal("CC014", f"cannot read {path}: {reason}", Place(path), advice)


def _is_file(output: str | None) -> bool:
    return output not in (None, "", STANDARD)


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "ascii"
    return text.encode(encoding, "costcheck").decode(encoding)


def _as_number(error: UnicodeError) -> tuple[str, int]:
    """What an encoding lacks, as JSON and Python write it, so that no letter is lost."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - nothing is decoded here
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)), error.end


codecs.register_error("costcheck", _as_number)


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):  # WebAssembly has no such call
        return DEFAULT_WIDTH
