"""Options of a shell script: continuation lines, variables, arrays and plain arithmetic."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

_ASSIGNMENT = re.compile(
    r"^[ \t]*(?:export[ \t]+|local[ \t]+|readonly[ \t]+)?([A-Za-z_]\w*)=(?!\()(.*)$", re.MULTILINE
)
_COMMENT = re.compile(r"(?m)(^|\s)#[^\n]*")
_DEFAULTED = re.compile(r"\$\{(\w+):?-([^}]*)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_ARITHMETIC = re.compile(r"\$\(\(\s*([\w\s+*/()$-]+?)\s*\)\)")
_PRODUCT = re.compile(r"\d+(\s*[*/]\s*\d+)*")
_ASSIGNED = re.compile(r"^[A-Za-z_]\w*\+?=(?=--)")
_ROUNDS = 6
"""Variables that name variables that name variables: deep enough for any launch script."""


class ShellOptions(NamedTuple):
    """Options by written name without leading dashes; True for one without a value."""

    certain: dict[str, object]
    conditional: dict[str, object]
    """Options inside ``if`` and ``case``, which only running the script would decide."""


def read_shell_options(text: str) -> ShellOptions:
    """Return the options of a script."""
    joined = _COMMENT.sub(r"\1", re.sub(r"\\\r?\n", " ", text))
    variables: dict[str, str] = {}
    for name, value in _ASSIGNMENT.findall(joined):
        variables[name] = _resolve(_first_word(value), variables)
    return _options(_words(_resolve(joined, variables)))


def _first_word(value: str) -> str:
    quoted = re.match(r"\"([^\"]*)\"|'([^']*)'", value)
    if quoted:
        return quoted.group(1) or quoted.group(2) or ""
    arithmetic = _ARITHMETIC.match(value)
    if arithmetic:
        return arithmetic.group(0)
    return value.split(maxsplit=1)[0].rstrip(";") if value.split() else ""


def _resolve(text: str, variables: dict[str, str]) -> str:
    for _ in range(_ROUNDS):
        before = text
        text = _DEFAULTED.sub(lambda m: variables.get(m.group(1), m.group(2)), text)
        text = _VARIABLE.sub(lambda m: variables.get(m.group(1) or m.group(2), m.group(0)), text)
        text = _ARITHMETIC.sub(lambda m: _product(m, variables), text)
        if text == before:
            break
    return text


def _product(match: re.Match[str], variables: dict[str, str]) -> str:
    expression = re.sub(
        r"[A-Za-z_]\w*", lambda name: variables.get(name.group(0), name.group(0)), match.group(1)
    )
    if not _PRODUCT.fullmatch(expression):
        return match.group(0)
    factors = re.findall(r"([*/]?)\s*(\d+)", expression)
    result = int(factors[0][1])
    for operator, factor in factors[1:]:
        result = result * int(factor) if operator == "*" else result // max(int(factor), 1)
    return str(result)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();|&")
        lexer.whitespace_split = True
        try:
            words.extend(_ASSIGNED.sub("", word) for part in lexer for word in part.split())
        except ValueError:  # an unbalanced quote: take the line apart at its blanks
            words.extend(line.replace('"', " ").replace("'", " ").split())
        words.append("\n")
    return words


_BOUNDARIES = ("\n", "(", ")", ";", "|", "&", "&&", "||")


def _options(words: list[str]) -> ShellOptions:
    certain: dict[str, object] = {}
    conditional: dict[str, object] = {}
    depth, name, previous = 0, "", "\n"
    for word in words:
        if previous in _BOUNDARIES:
            depth += (word in ("if", "case")) - (word in ("fi", "esac"))
        options = conditional if depth else certain
        if re.match(r"--[A-Za-z]", word):
            name, _, value = word[2:].partition("=")
            options[name] = value or True
        elif word in _BOUNDARIES:
            name = ""
        elif name and options.get(name) is True:
            options[name] = word
            name = ""
        previous = word
    return ShellOptions(certain, conditional)
