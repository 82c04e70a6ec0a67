"""What people get wrong in YAML, in words they can act on.

A YAML parser stops at the first error and describes it from its own point of view ("expected
<block end>"). When it has stopped, the lines are read again for the mistakes people make, so
that all of them are named at once and where they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from costcheck.diagnostics import Diagnostic, Place

_TAB: Final = r"^ *\t"
_NO_KEY: Final = r"^\s*:(?=\s|$)"
_NO_SPACE: Final = r"^\s*(?:- )*(?P<key>[A-Za-z_][\w-]*):(?![\s/]|$)(?P<value>.*)$"
_RESERVED: Final = r"^\s*(?:- )*[\w-]+:\s+(?P<value>(?P<sign>[@%`]|[>|](?![-+0-9]*\s*(?:#|$))).*)$"
_COLON_IN_VALUE: Final = r"^\s*(?:- )*[\w-]+: +(?P<value>[^\s'\"{\[#&*!|>][^#'\"]*?: .*)$"
_OPEN_QUOTE: Final = r"^\s*(?:- )*[\w-]+: +(?P<quote>['\"])(?P<rest>.*)$"


def splits_number(before: str, after: str) -> bool:
    """Tell whether ``before,after`` in a list was meant as one number."""
    return (
        before[-1:].isdigit()
        and len(before) < 20
        and re.match(r"[0-9]{3}(?![0-9])", after) is not None
    )


def joined(whole: str) -> str:
    """Return a number without its commas; a comma before other than three digits is a point."""
    thousands = re.search(r",[0-9]{3}(?![0-9])", whole) is not None
    return whole.replace(",", "") if thousands else whole.replace(",", ".")


def split_number(whole: str, place: Place) -> Diagnostic:
    """Return the problem of a number that YAML has split at its comma."""
    message = f"inside {{...}} and [...] YAML splits {whole!r} at the comma"
    advice = f'quote it ("{whole}") or write {joined(whole)}'
    return Diagnostic("CC013", "error", message, place, advice)


def explain(error: Exception, lines: Sequence[str], file: str) -> list[Diagnostic]:
    """Return every mistake found in the lines of a text that YAML could not read."""
    found = _scan(lines, file)
    own = _from_parser(error, lines, file)
    if not found or all(
        item.place and own.place and item.place.line > own.place.line for item in found
    ):
        found.append(own)
    return found


def missing_space(text: str) -> str | None:
    """Return the key of ``key:value`` written without the space that makes it a key."""
    found = re.match(_NO_SPACE, text)
    return None if found is None else found["key"]


def _scan(lines: Sequence[str], file: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    block_indent: int | None = None
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" "))
        if block_indent is not None and (not line.strip() or indent > block_indent):
            continue
        block_indent = indent if re.search(r":\s+[>|][-+0-9]*\s*(?:#.*)?$", line) else None
        if not line.lstrip().startswith("#"):
            problem = _line_problem(line, number, file)
            found.extend([problem] if problem else [])
    return found


def _line_problem(line: str, number: int, file: str) -> Diagnostic | None:
    fault = _fault_of_layout(line) or _fault_of_quotes(line)
    if fault is None:
        return None
    code, message, advice, column, length = fault
    return Diagnostic(code, "error", message, Place(file, number, column, length), advice)


def _fault_of_layout(line: str) -> tuple[str, str, str, int, int] | None:
    """Code, message, advice, column and length of what is wrong before a value."""
    if (tab := re.match(_TAB, line)) is not None:
        return "CC003", "a tab in the indentation", "indent with spaces", tab.end(), 1
    if (colon := re.match(_NO_KEY, line)) is not None:
        advice = "write keys as plain words, such as tokens:"
        return "CC008", "a key is missing before the colon", advice, colon.end(), 1
    if (glued := re.match(_NO_SPACE, line)) is not None:
        message = f"no space after the colon of {glued['key']!r}"
        advice = f"write {glued['key']}: {glued['value'].strip()}"
        return "CC004", message, advice, glued.start("value"), 1
    return None


def _fault_of_quotes(line: str) -> tuple[str, str, str, int, int] | None:
    """The same of what is wrong in a value."""
    quote = re.match(_OPEN_QUOTE, line)
    if quote is not None and quote["quote"] not in quote["rest"]:
        message = f"the quote {quote['quote']} is never closed on this line"
        return "CC001", message, "close it, or leave the quotes out", quote.start("quote") + 1, 1
    sign = re.match(_RESERVED, line)
    found = sign or (None if quote else re.match(_COLON_IN_VALUE, line))
    if found is None:
        return None
    value = found["value"].strip()
    message = "a value with a colon and a space looks like a second key"
    if sign is not None:
        message = f"a value cannot start with {sign['sign']!r} in YAML"
    advice = f'put quotes around it: "{value}"'
    return "CC005", message, advice, found.start("value") + 1, len(value)


_PARSER_WORDS: Final = (
    ("could not find expected ':'", "this line has no colon after its key",
     "write key: value, one per line"),
    ("mapping values are not allowed", "a second 'key: value' starts here",
     "put it on its own line, or quote the value"),
    ("expected <block end>", "this line does not line up with the lines above",
     "give all keys of a section the same indentation"),
    ("did not find expected key", "this line does not line up with the lines above",
     "give all keys of a section the same indentation"),
    ("did not find expected '-' indicator", "a list goes on without its dash",
     "start every item with '- ', or indent what belongs to the item"),
    ("did not find expected ',' or", "a bracket or brace is not closed, or a comma is missing",
     "separate items with commas and close with ] or }"),
    ("unexpected end of stream", "the file ends inside a quoted text", "close the quote"),
    ("found unexpected end of stream", "the file ends inside a quoted text", "close the quote"),
    ("found undefined alias", "this alias is not defined above", "define it with &name first"),
    ("found duplicate anchor", "this anchor is defined twice", "give every anchor its own name"),
    ("found character that cannot start any token", "this character cannot start a value",
     "put quotes around the value"),
    ("unknown escape character", "unknown escape after a backslash in double quotes",
     "use single quotes, or double the backslash"),
    ("did not find expected <document start>", "text after the end of the document",
     "keep one document per file"),
    ("did not find expected alphabetic", "'&', '*' and '!' have a meaning in YAML",
     "put quotes around the value"),
    ("block sequence entries are not allowed", "a list cannot start on this line",
     "start the list on the next line"),
    ("undefined tag handle", "tags are not allowed", "remove the tag, or quote the value"),
)  # fmt: skip


_AT_THE_START: Final = ("did not find expected ',' or", "could not find expected ':'")
"""Complaints that are best shown where the construct starts, not where the parser gave up."""


def _from_parser(error: Exception, lines: Sequence[str], file: str) -> Diagnostic:
    """Return the parser's own complaint, reworded where it is a known one."""
    text = f"{getattr(error, 'problem', None) or getattr(error, 'reason', None) or error}"
    message, advice = text, "check this line and the one above"
    for fragment, words, help_ in _PARSER_WORDS:
        if fragment in text:
            message, advice = words, help_
            break
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if text.startswith(_AT_THE_START):
        marks.reverse()
    return Diagnostic("CC001", "error", message, _mark_place(marks, lines, file), advice)


def _mark_place(marks: Sequence[object], lines: Sequence[str], file: str) -> Place:
    """Return the place of the first mark there is; the end of the file is its last line."""
    mark = next((mark for mark in marks if mark is not None), None)
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    if line >= len(lines):
        line, column = max(len(lines) - 1, 0), 0
    return Place(file, line + 1, column + 1)
