"""Expands the variables of shell words; what has no value stays as it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from costcheck.text.launch_files.shell_numbers import computed

_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?]")
_BRACED = re.compile(r"(!?[A-Za-z_]\w*|\d+|[@*])(\[[^\]]*\])?(?::?([-=+?])(.*))?", re.DOTALL)
_DOCUMENT = re.compile(
    r"\$\(\s*cat\s*<<-?\s*(['\"]?)(\w+)['\"]?[^\S\n]*\n(.*?)\s*\2\s*\)", re.DOTALL
)
"""A document as the value of a word."""
_POSITIONAL = re.compile(r"\$\{?\d+\}?")
"""An argument that nobody gave."""
_OPTIONS = re.compile(r"(^|\s)--?[A-Za-z]")
_WORD = re.compile(r"\S+")
_REDUCED = re.compile(
    r"(?:\$\(|`)\s*(?:expr\s+([^|]+?)|echo\s+([^|]+?)\s*\|\s*bc)\s*[)`]", re.DOTALL
)
"""Arithmetic by a program."""
_QUOTING = str.maketrans("", "", "\\\"'")
_ROUNDS = 8
"""Variables that name variables that name variables: deep enough for any launch script."""


_OUTSIDE = ("$", "`")

UNDECIDED = "\x1a"
"""Stands before a word that is there only if the outside wills; it survives quoting and joining."""


class Piece(NamedTuple):
    """A word after expansion."""

    text: str
    line: int


class Bound(NamedTuple):
    """What a variable holds."""

    pieces: tuple[Piece, ...]
    array: bool = False
    known: bool = True
    """False where branches of the script that nobody has decided disagree."""


Environment: TypeAlias = dict[str, Bound]


def single(text: str, line: int) -> Bound:
    """A variable with one word."""
    return Bound((Piece(text, line),))


def resolved(text: str) -> bool:
    """Whether nothing of a text is left to the outside."""
    return not any(sign in text for sign in ("$", "`", UNDECIDED))


def merged(before: Environment, outcomes: Sequence[Environment]) -> Environment:
    """Return what several possible outcomes agree on; words only some have are undecided."""
    if not outcomes:
        return before
    first, *others = outcomes
    if not others:
        return first
    names = dict.fromkeys(name for outcome in outcomes for name in outcome)
    return {name: _agreed([outcome.get(name) for outcome in outcomes]) for name in names}


def _agreed(bounds: Sequence[Bound | None]) -> Bound:
    held = [bound for bound in bounds if bound is not None]
    if len(held) == len(bounds) and all(bound == held[0] for bound in held):
        return held[0]
    texts = [[piece.text for piece in bound.pieces] for bound in held]
    sure = len(held) == len(bounds) and all(bound.known for bound in held)
    if sure and all(text == texts[0] for text in texts):
        return held[0]
    if any(bound.array or _OPTIONS.search(bound.pieces[0].text) for bound in held if bound.pieces):
        return Bound(tuple(_common(held, sure=sure)), array=True)
    return held[0]._replace(known=False)


def _common(held: Sequence[Bound], *, sure: bool) -> list[Piece]:
    """Return the options that every list has, then those that only some have as undecided."""
    lists = [_options(_words(bound)) for bound in held]
    every = set.intersection(*map(set, lists)) if sure else set()
    decided = [piece for texts, words in lists[0].items() if texts in every for piece in words]
    return [
        *decided,
        *(
            _doubted(piece)
            for options in lists
            for texts, words in options.items()
            if texts not in every
            for piece in words
        ),
    ]


_NEW_OPTION = re.compile(r"-|[+~]{0,2}[A-Za-z_][\w.\-/@]*=")


def _options(words: Sequence[Piece]) -> dict[tuple[str, ...], list[Piece]]:
    """Return each option with its words, by their texts."""
    found: list[list[Piece]] = [[]]
    for word in words:
        if _NEW_OPTION.match(word.text.lstrip(UNDECIDED)):
            found.append([])
        found[-1].append(word)
    return {tuple(word.text for word in option): option for option in found if option}


def _doubted(piece: Piece) -> Piece:
    return piece._replace(text=UNDECIDED + piece.text.lstrip(UNDECIDED))


def _words(bound: Bound) -> list[Piece]:
    if bound.array:
        return list(bound.pieces)
    return [word for piece in bound.pieces for word in words_of(piece)]


def words_of(piece: Piece) -> list[Piece]:
    """Return the words of a text, each with its own line."""
    starts = (
        (match, piece.text.count("\n", 0, match.start())) for match in _WORD.finditer(piece.text)
    )
    return [Piece(match.group(), piece.line + lines) for match, lines in starts]


def expand(
    text: str, line: int, variables: Environment, *, quoted: bool = False, rounds: int = _ROUNDS
) -> list[Piece]:
    """Return the words a written word becomes."""
    fields: list[Piece] = []
    current, filled = "", False
    for part, inside in _parts(text):
        if not part.startswith(_OUTSIDE) or rounds == 0:
            current, filled = current + part, filled or bool(part) or inside
            continue
        pieces = _variable(part, line, variables, rounds)
        if not (inside or quoted) and not any(piece.text.startswith(_OUTSIDE) for piece in pieces):
            pieces = [word for piece in pieces for word in words_of(piece)]
        elif (inside or quoted) and not part.endswith("[@]}") and part != "$@":
            pieces = [_joined(pieces, line)]
        for index, piece in enumerate(pieces):
            if index:
                fields.append(Piece(current, line))
                current = ""
            lone = not current
            current, filled = current + piece.text, True
            line = piece.line if lone and len(pieces) > 1 else line
        filled = filled or inside
    if filled or quoted:
        fields.append(Piece(current, line))
    return fields


def _joined(pieces: Sequence[Piece], line: int) -> Piece:
    if not pieces:
        return Piece("", line)
    return pieces[0]._replace(text=" ".join(piece.text for piece in pieces))


def _parts(text: str) -> list[tuple[str, bool]]:
    """Return plain and dollar parts of a word, each with whether double quotes hold it."""
    parts: list[tuple[str, bool]] = []
    at, inside, plain = 0, False, ""
    while at < len(text):
        char = text[at]
        end = at + 1
        if char == "\\" and end < len(text):
            plain += text[end] if text[end] not in "\n" else ""
            end += 1
        elif char == "'" and not inside:
            end = text.find("'", end)
            end = len(text) if end < 0 else end
            plain += text[at + 1 : end]
            parts, plain, end = [*parts, (plain, True)], "", end + 1
        elif char == '"':
            parts, plain, inside = [*parts, (plain, inside)], "", not inside
            parts.append(("", True))
        elif char in "$`" and (stop := _dollar_end(text, at)) > end:
            parts += [(plain, inside), (text[at:stop], inside)]
            plain, end = "", stop
        else:
            plain += char
        at = end
    return [*parts, (plain, inside)] if plain else parts


def _dollar_end(text: str, at: int) -> int:
    opener = text[at + 1 : at + 2]
    if text[at] == "`":
        end = text.find("`", at + 1)
        return at + 1 if end < 0 else end + 1
    if opener in ("{", "("):
        depth = 0
        for end in range(at + 1, len(text)):
            depth += (text[end] == opener) - (text[end] == {"{": "}", "(": ")"}[opener])
            if depth == 0:
                return end + 1
        return len(text)
    match = _NAME.match(text, at + 1)
    return match.end() if match else at + 1


def _variable(part: str, line: int, variables: Environment, rounds: int) -> list[Piece]:
    if document := _DOCUMENT.fullmatch(part):
        quoted = bool(document.group(1))
        return (
            [Piece(document.group(3), line)]
            if quoted
            else expand(
                document.group(3).replace('"', '\\"').replace("'", "\\'"),
                line,
                variables,
                quoted=True,
            )
        )
    if part.startswith("$((") and part.endswith("))"):
        return [Piece(_arithmetic(part, part[3:-2], variables, rounds), line)]
    if reduced := _REDUCED.fullmatch(part):
        expression = (reduced.group(1) or reduced.group(2)).translate(_QUOTING)
        return [Piece(_arithmetic(part, expression, variables, rounds), line)]
    if part.startswith("${") and part.endswith("}"):
        return _braced(part, line, variables, rounds)
    return _held(part[1:], part, line, variables)


def _held(name: str, part: str, line: int, variables: Environment) -> list[Piece]:
    bound = variables.get(name)
    if bound is None or not bound.known:
        return [Piece(part, line)]
    return list(bound.pieces)


def _braced(part: str, line: int, variables: Environment, rounds: int) -> list[Piece]:
    match = _BRACED.fullmatch(part[2:-1])
    if match is None or match.group(1).startswith("!"):
        return [Piece(part, line)]
    name, index, operator, word = match.groups()
    bound = variables.get(name)
    told = "".join(piece.text for piece in bound.pieces) if bound and bound.known else "$"
    empty = told == "" or _POSITIONAL.fullmatch(told) is not None
    if index and index not in ("[@]", "[*]"):
        return _indexed(bound, index, part, line)
    if operator in ("-", "=") and (bound is None or empty):
        value = expand(word, line, variables, rounds=rounds - 1)
        if operator == "=" and value:
            variables[name] = Bound(tuple(value))
        return value
    if operator == "+":
        held = bound is not None and not empty
        return expand(word, line, variables, rounds=rounds - 1) if held else [Piece(part, line)]
    return _held(name, part, line, variables)


def _indexed(bound: Bound | None, index: str, part: str, line: int) -> list[Piece]:
    digits = index[1:-1]
    if bound is not None and bound.known and digits.isdigit() and int(digits) < len(bound.pieces):
        return [bound.pieces[int(digits)]]
    return [Piece(part, line)]


def _arithmetic(part: str, expression: str, variables: Mapping[str, Bound], rounds: int) -> str:
    """Return the value of an expression, or the part it stands in where something is open."""
    for _ in range(rounds):
        before = expression
        expression = re.sub(
            r"\$\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|\$?([A-Za-z_]\w*)",
            lambda match: _number(match, variables),
            expression,
        )
        if expression == before:
            break
    value = computed(expression)
    return part if value is None else str(value)


def _number(match: re.Match[str], variables: Mapping[str, Bound]) -> str:
    bound = variables.get(match.group(1) or match.group(3))
    if bound is not None and bound.known and bound.pieces and resolved(bound.pieces[0].text):
        return bound.pieces[0].text
    return match.group(2) or match.group(0)
