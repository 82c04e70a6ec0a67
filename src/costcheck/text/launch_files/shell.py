"""Runs a launch script as far as its text decides: what only running it would tell stays open."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from costcheck.text.launch_files.shell_expand import (
    UNDECIDED,
    Bound,
    Environment,
    Piece,
    expand,
    merged,
    resolved,
    single,
    words_of,
)
from costcheck.text.launch_files.shell_numbers import computed
from costcheck.text.launch_files.shell_words import HEREDOC, INTO, Token, tokens

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=(.*)", re.DOTALL)
_DECLARES = ("export", "local", "readonly", "declare", "typeset")
_QUOTE = re.compile(r"""\\(?=['"])|['"]""")
_FUNCTION = re.compile(r"[A-Za-z_][\w-]*")
_CLOSERS = {
    "if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done", "select": "done",
    "{": "}",
}  # fmt: skip
_UNSET = re.compile(r"(?:\[\[?|test)-z\"?\$\{?(\w+)(?::?-)?\}?\"?\]{0,2}")
_TOLD = (
    "NNODES", "NPROC_PER_NODE", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES",
    "ASCEND_RT_VISIBLE_DEVICES",
)  # fmt: skip
"""Variables by which programs are told their accelerators."""
_DEEPEST = 20
"""Calls inside calls; a script that nests deeper is not followed."""


class Written(NamedTuple):
    """A file that a script writes out in full."""

    name: str
    """Without its folders, which may be anywhere."""
    text: str
    line: int
    """Where it begins in the script."""
    decided: bool


class Command(NamedTuple):
    """A program with its words as they reach it."""

    words: tuple[Piece, ...]
    decided: bool
    """Whether it runs whatever the outside says."""
    reads: tuple[Written, ...] = ()
    """Files written before it that its words name."""


class Script(NamedTuple):
    """What running a script shows."""

    commands: tuple[Command, ...]
    documents: tuple[Written, ...]


def run_script(text: str, given: Mapping[str, str], line: int = 1) -> Script:
    """Run a script with the variables that its headers give; its lists where it starts nothing."""
    shell = _Shell({name: single(value, line) for name, value in given.items()})
    shell.run(tokens(text, line))
    held = [(bound, piece) for bound in shell.variables.values() for piece in bound.pieces]
    listed = [
        word for bound, piece in held if bound.array or "--" in piece.text for word in _split(piece)
    ]
    commands = shell.commands or [Command(tuple(listed), decided=True)]
    return Script(tuple(commands), tuple(shell.documents))


class _Shell:
    def __init__(self, variables: Environment) -> None:
        self.variables = variables
        self.commands: list[Command] = []
        self.documents: list[Written] = []
        self.functions: dict[str, list[Token]] = {}
        self.decided = True
        self.ended = False
        self.depth = 0

    def run(self, found: Sequence[Token]) -> None:
        """Run a sequence of commands until it ends or exits."""
        at = 0
        while at < len(found) and not self.ended:
            at = self._statement(found, at)

    def _statement(self, found: Sequence[Token], at: int) -> int:
        token = found[at]
        if token.operator:
            return self._group(found, at) if token.text == "(" else at + 1
        if token.text in _CLOSERS:
            end = _closing(found, at)
            self._compound(token.text, found[at + 1 : end])
            return end + 1
        opening = _function_body(found, at)
        if opening is not None:
            end = _closing(found, opening)
            name = found[at + 1 if token.text == "function" else at].text
            self.functions[name] = list(found[opening + 1 : end])
            return end + 1
        end = next((i for i in range(at, len(found)) if found[i].operator), len(found))
        self._either(found, at, end)
        return end

    def _either(self, found: Sequence[Token], at: int, end: int) -> None:
        """Run a simple command; one after && or || runs only if the one before allows it."""
        before = found[at - 1].text if at else ""
        if before in ("&&", "||"):
            condition = self._condition(_preceding(found, at - 1))
            wanted = condition if before == "&&" or condition is None else not condition
            self._branches([(wanted, found[at:end])])
        else:
            self._simple(found[at:end])

    def _group(self, found: Sequence[Token], at: int) -> int:
        depth, end = 0, at
        for end in range(at, len(found)):
            depth += found[end].operator * ((found[end].text == "(") - (found[end].text == ")"))
            if depth == 0:
                break
        self.run(found[at + 1 : end])
        return end + 1

    def _compound(self, kind: str, body: Sequence[Token]) -> None:
        if kind == "if" and _default_of(body) not in ("", *self.variables):
            self.run(self._arms(body)[0][1])
        elif kind == "if":
            self._branches(self._arms(body))
        elif kind == "case":
            self._branches(self._cases(body))
        elif kind in ("for", "select"):
            self._loop(body)
        elif kind == "{":
            self.run(body)
        else:
            self._repeat(body)

    def _arms(self, body: Sequence[Token]) -> list[tuple[bool | None, Sequence[Token]]]:
        arms: list[tuple[bool | None, Sequence[Token]]] = []
        words = ("then", "elif", "else")
        marks = [(i, body[i].text) for i in _outer(body) if body[i].text in words]
        condition: Sequence[Token] = body[: marks[0][0]] if marks else body
        for (at, word), (end, _) in zip(marks, [*marks[1:], (len(body), "")], strict=False):
            part = body[at + 1 : end]
            if word == "elif":
                condition = part
            else:
                arms.append((self._condition(condition) if word == "then" else True, part))
        return arms

    def _cases(self, body: Sequence[Token]) -> list[tuple[bool | None, Sequence[Token]]]:
        subject = self._text(body[0].text) if body else None
        arms: list[tuple[bool | None, Sequence[Token]]] = []
        start = next((i + 1 for i, each in enumerate(body) if each.text == "in"), len(body))
        ends = [i for i in _outer(body) if body[i].operator and body[i].text == ";;"]
        for end in [*ends, len(body)]:
            part = list(body[start:end])
            start = end + 1
            closing = next((i for i, each in enumerate(part) if each.text == ")"), None)
            if closing is None:
                continue
            patterns = [each.text.strip("\"'") for each in part[:closing] if not each.operator]
            match = None
            if subject is not None:
                match = any(fnmatch.fnmatchcase(subject, pattern) for pattern in patterns)
            elif patterns == ["*"]:
                match = True
            arms.append((match, part[closing + 1 :]))
        return arms

    def _branches(self, arms: Sequence[tuple[bool | None, Sequence[Token]]]) -> None:
        """Run the arm that is taken, or every arm that may be, and keep what they agree on."""
        before, decided = self.variables, self.decided
        outcomes: list[Environment] = []
        settled = False
        for condition, body in arms:
            if condition is False:
                continue
            self.variables = dict(before)
            settled = condition is True
            self.decided = decided and settled and not outcomes
            self.run(body)
            if not self.ended:
                outcomes.append(self.variables)
            self.ended = False
            if settled:
                break
        # A guard that ends the script for want of something is passed: who runs it has it.
        if not settled or not outcomes:
            outcomes.append(before)
        self.variables, self.decided = merged(before, outcomes), decided

    def _loop(self, body: Sequence[Token]) -> None:
        start = next((i for i, each in enumerate(body) if each.text == "do"), None)
        if start is None or body[0].operator:
            return
        values = self._expanded(body[2:start]) if len(body) > 1 and body[1].text == "in" else []
        values = [piece for piece in values if piece.text != ";"]
        name = body[0].text
        if len(values) == 1:
            self.variables[name] = Bound(tuple(values))
        else:
            self.variables.pop(name, None)
        self.run(body[start + 1 :])

    def _repeat(self, body: Sequence[Token]) -> None:
        start = next((i for i, each in enumerate(body) if each.text == "do"), len(body))
        if self._condition(body[:start]):
            self.run(body[start + 1 :])

    def _simple(self, found: Sequence[Token]) -> None:
        words = [each for each in found if not each.text.startswith((HEREDOC, INTO))]
        inputs = [each for each in found if each.text.startswith(HEREDOC)]
        into = next((each.text[1:] for each in found if each.text.startswith(INTO)), "")
        if inputs and words and self._fed(words, inputs[0], into):
            return
        if into and words and words[0].text == "echo":
            text = "\n".join(piece.text for piece in self._expanded(words[1:]))
            name = _last(self._filled(into))
            self.documents.append(Written(name, text, words[0].line, self.decided))
        while words and words[0].text in ("!", "then", "do", "else", "time", "nohup", "exec"):
            words.pop(0)
        while words and (match := _ASSIGNMENT.fullmatch(words[0].text)):
            self._assign(match, words.pop(0).line)
        if words:
            self._run_one(words)

    def _run_one(self, words: list[Token]) -> None:
        name = words[0].text
        if name in _DECLARES or name == ":":
            self._declare(words[1:])
        elif name in ("exit", "return"):
            self.ended = True
        elif name in self.functions and self.depth < _DEEPEST:
            self._call(name, self._expanded(words[1:]))
        elif not name.startswith("((") and name not in ("[", "[[", "test", "echo", "printf"):
            self._launch(self._expanded(words))

    def _fed(self, words: list[Token], document: Token, into: str) -> bool:
        """Give a document to what reads it: a variable, another shell, or a file."""
        text = document.text.removeprefix(HEREDOC)
        if words[0].text == "read":
            self.variables[words[-1].text] = single(self._filled(text), document.line)
            return True
        if words[0].text in ("cat", "tee"):
            name = self._filled(words[-1].text if words[0].text == "tee" else into)
            file = Written(_last(name), self._inside(document), document.line, self.decided)
            self.documents.append(file)
            return True
        shells = ("bash", "sh", "sbatch")
        if words[0].text in (*shells, "srun") and words[-1].text in (*shells, "-s"):
            self.run(tokens(text, document.line))
            return True
        return False

    def _inside(self, document: Token) -> str:
        """The text of a file: its quotes stay."""
        text = document.text.removeprefix(HEREDOC)
        return text if document.literal else self._filled(_QUOTE.sub(r"\\\g<0>", text))

    def _filled(self, text: str) -> str:
        return " ".join(piece.text for piece in expand(text, 0, self.variables, quoted=True))

    def _declare(self, words: Sequence[Token]) -> None:
        for word in words:
            match = _ASSIGNMENT.fullmatch(word.text)
            if match:
                self._assign(match, word.line)
            else:
                self._expanded([word])

    def _assign(self, match: re.Match[str], line: int) -> None:
        name, plus, value = match.groups()
        if value.startswith("(") and value.endswith(")"):
            inner = [each for each in tokens(value[1:-1], line) if not each.operator]
            bound = Bound(tuple(self._expanded(inner)), array=True)
        else:
            pieces = expand(value, line, self.variables, quoted=True)
            bound = Bound(tuple(pieces) or (Piece("", line),))
        old = self.variables.get(name)
        if plus and old is not None and bound.array:
            bound = Bound((*old.pieces, *bound.pieces), array=True)
        elif plus and old is not None:
            text = "".join(piece.text for piece in (*old.pieces[:1], *bound.pieces[:1]))
            bound = Bound((Piece(text, line),), known=old.known)
        if plus and old is None and not bound.array:
            bound = bound._replace(known=False)
        self.variables[name] = bound

    def _call(self, name: str, arguments: list[Piece]) -> None:
        outer = self.variables
        inner = dict(outer)
        for position in range(1, 10):
            inner.pop(str(position), None)
        for position, piece in enumerate(arguments, 1):
            inner[str(position)] = Bound((piece,))
        inner["@"] = Bound(tuple(arguments), array=True)
        self.variables = inner
        self.depth += 1
        self.run(self.functions[name])
        self.depth -= 1
        kept = {key: value for key, value in self.variables.items() if not _positional(key)}
        self.variables = {**{k: v for k, v in outer.items() if _positional(k)}, **kept}
        self.ended = False

    def _launch(self, pieces: list[Piece]) -> None:
        """Record a command; a script inside a word, as of bash -c or eval, is run instead."""
        for index, piece in enumerate(pieces):
            before = pieces[index - 1].text if index else ""
            nested = before == "-c" or before.endswith("lc") or before == "eval"
            if nested and len(piece.text.split()) > 1 and self.depth < _DEEPEST:
                self.depth += 1
                text = piece.text if before != "eval" else " ".join(p.text for p in pieces[index:])
                self.run(tokens(text, piece.line))
                self.depth -= 1
                pieces = pieces[: index - 1]
                break
        words = [word for piece in pieces for word in _split(piece)]
        if words:
            named = {form for word in words for form in (_last(word.text), f"{word.text}.yaml")}
            reads = tuple(file for file in self.documents if file.name in named - {""})
            self.commands.append(Command((*self._environment(), *words), self.decided, reads))
            for file in reads:
                if file.name.endswith((".sh", ".bash")) and self.depth < _DEEPEST:
                    self.depth += 1
                    self.run(tokens(file.text, file.line))
                    self.depth -= 1

    def _environment(self) -> Iterator[Piece]:
        """Yield the variables that tell a program its accelerators, as words before it."""
        for name in _TOLD:
            bound = self.variables.get(name)
            if bound is not None and bound.known and len(bound.pieces) == 1:
                piece = bound.pieces[0]
                yield piece._replace(text=f"{name}={piece.text}")

    def _expanded(self, found: Sequence[Token]) -> list[Piece]:
        return [
            piece
            for each in found
            for piece in (
                [Piece(each.text, each.line)]
                if each.operator
                else expand(each.text, each.line, self.variables)
            )
        ]

    def _text(self, word: str) -> str | None:
        """Return the text of a word, None where something outside decides it."""
        pieces = expand(word, 0, self.variables, quoted=True)
        text = " ".join(piece.text for piece in pieces)
        return text if resolved(text) else None

    def _condition(self, found: Sequence[Token]) -> bool | None:
        words = [each for each in found if each.text not in ("\n", ";") and each.text[0] != INTO]
        if not words:
            return None
        first, last = words[0].text, words[-1].text
        if first.startswith("(("):
            text = self._text(f"$({first[1:-1]})" if len(words) == 1 else "$")
            value = computed(text) if text is not None else None
            return None if value is None else bool(value)
        if (first, last) in (("[", "]"), ("[[", "]]")):
            return self._any(words[1:-1])
        if first == "test":
            return self._any(words[1:])
        return {"true": True, ":": True, "false": False}.get(first) if len(words) == 1 else None

    def _any(self, words: Sequence[Token]) -> bool | None:
        for operator, decisive in (("||", True), ("&&", False)):
            at = next((i for i, each in enumerate(words) if each.text == operator), None)
            if at is not None:
                sides = (self._any(words[:at]), self._any(words[at + 1 :]))
                if decisive in sides:
                    return decisive
                return None if None in sides else not decisive
        if words and words[0].text == "!":
            inner = self._any(words[1:])
            return None if inner is None else not inner
        return self._test([each.text for each in words])

    def _test(self, words: list[str]) -> bool | None:
        if len(words) == 2 and words[0] in ("-z", "-n"):
            text = self._text(words[1])
            return None if text is None else (text == "") == (words[0] == "-z")
        if len(words) == 1:
            text = self._text(words[0])
            return None if text is None else text != ""
        if len(words) != 3:
            return None
        left, right = self._text(words[0]), self._text(words[2])
        return None if left is None or right is None else _compared(left, words[1], right)


def _compared(left: str, operator: str, right: str) -> bool | None:
    if operator in ("=", "==", "!="):
        return fnmatch.fnmatchcase(left, right) == (operator != "!=")
    signs = {"-eq": "==", "-ne": "!=", "-gt": ">", "-ge": ">=", "-lt": "<", "-le": "<="}
    if operator not in signs:
        return None
    value = computed(f"{left} {signs[operator]} {right}")
    return None if value is None else bool(value)


def _split(piece: Piece) -> list[Piece]:
    """Return the options inside a word that holds several, as the strings of scripts do."""
    words = words_of(piece)
    bare = piece.text.lstrip(UNDECIDED)
    if len(words) > 1 and (bare.startswith("-") or any(w.text.startswith("--") for w in words)):
        return [word._replace(text=word.text.strip("\"'")) for word in words]
    return [piece]


def _last(path: str) -> str:
    """Return the last part of a path, also of one behind the name of an option."""
    return re.split(r"[/=]", path.replace(UNDECIDED, ""))[-1]


def _positional(name: str) -> bool:
    return name.isdigit() or name == "@"


def _default_of(body: Sequence[Token]) -> str:
    """Return the variable that an ``if`` only gives a default, as ``${X:=value}`` does."""
    texts = [each.text for each in body]
    at = texts.index("then") if "then" in texts else len(texts)
    condition = "".join(text for text in texts[:at] if text not in ("\n", ";"))
    match = _UNSET.fullmatch(condition)
    name = match.group(1) if match else ""
    only = not {"else", "elif", "exit", "return"} & set(texts)
    given = (_ASSIGNMENT.fullmatch(text) for text in texts[at:])
    return name if only and any(each and each.group(1) == name for each in given) else ""


def _function_body(found: Sequence[Token], at: int) -> int | None:
    """Return where the brace of a function opens, None where no function begins."""
    start = at + 1 if found[at].text == "function" else at
    if start >= len(found) or not _FUNCTION.fullmatch(found[start].text):
        return None
    rest = [i for i in range(start + 1, min(start + 6, len(found))) if found[i].text != "\n"]
    texts = [found[i].text for i in rest]
    if texts[:3] == ["(", ")", "{"]:
        return rest[2]
    return rest[0] if start > at and texts[:1] == ["{"] else None


def _starts(found: Sequence[Token], at: int) -> bool:
    """Whether a word stands where a command begins."""
    if at == 0:
        return True
    before = found[at - 1]
    leading = ("then", "do", "else", "!", "{")
    return before.text in leading or (before.operator and before.text != "(") or before.text == ")"


def _closing(found: Sequence[Token], at: int) -> int:
    """Return where the compound command that begins at a place ends."""
    depth = 0
    for index in range(at, len(found)):
        if found[index].operator or not (index == at or _starts(found, index)):
            continue
        if found[index].text in _CLOSERS:
            depth += 1
        elif found[index].text in _CLOSERS.values():
            depth -= 1
            if depth == 0:
                return index
    return len(found)


def _outer(found: Sequence[Token]) -> list[int]:
    """Return the places outside of every inner compound command."""
    places: list[int] = []
    at = 0
    while at < len(found):
        places.append(at)
        inner = not found[at].operator and found[at].text in _CLOSERS and _starts(found, at)
        at = _closing(found, at) + 1 if inner else at + 1
    return places


def _preceding(found: Sequence[Token], at: int) -> Sequence[Token]:
    """Return the command in front of a place."""
    start = at
    while start and not (found[start - 1].operator and found[start - 1].text in ("\n", ";", "&")):
        start -= 1
    return found[start:at]
