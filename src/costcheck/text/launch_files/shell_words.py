"""Words and operators of a shell script with their lines, quotes and expansions as written."""

from __future__ import annotations

import re
from typing import NamedTuple

_OPERATORS = (";;", "&&", "||", ";", "|", "&", "(", ")", "\n")
_REDIRECTION = re.compile(r"\d*(?:>>|>&|<&|&>>|&>|>|<(?![<(]))&?\d*-?")
_HEREDOC = re.compile(r"\d*<<(-?)\s*(['\"\\]?)(\w+)['\"]?")
_CONTINUED = re.compile(r"(?<=\s)\\\n|\\\n(?=\s)")
"""A line goes on between two words; its end keeps count of the lines."""
_OPENERS = {"{": "}", "(": ")"}


HEREDOC = "\x00"
"""Begins a token that is a whole document fed to a command."""
INTO = "\x01"
"""Begins a token that is the file a command writes to."""


class Token(NamedTuple):
    """A word or an operator."""

    text: str
    line: int
    operator: bool = False
    literal: bool = False
    """A document in which a dollar is a dollar."""


def tokens(text: str, line: int = 1) -> list[Token]:
    """Return the words and operators of a text; comments end at their line whatever they end in."""
    return _Lexer(text, line).run()


class _Lexer:
    def __init__(self, text: str, line: int) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.line = line
        self.found: list[Token] = []
        self.heredocs: list[tuple[str, int, bool]] = []

    def run(self) -> list[Token]:
        while self.at < len(self.text):
            self._step()
        return [*self.found, Token("\n", self.line, operator=True)]

    def _step(self) -> None:
        rest = self.text[self.at :]
        if rest[0] in " \t" or rest.startswith("\\\n"):
            self._advance(2 if rest[0] == "\\" else 1)
        elif rest[0] == "#":
            self._advance(len(rest.partition("\n")[0]))
        elif match := _HEREDOC.match(rest):
            self.heredocs.append((match.group(3), len(self.found), bool(match.group(2))))
            self.found.append(Token(HEREDOC, self.line))
            self._advance(match.end())
        elif match := _REDIRECTION.match(rest):
            self._redirection(match)
        elif rest.startswith("((") and self._at_start():
            self._word()
        else:
            self._operator_or_word(rest)

    def _at_start(self) -> bool:
        return not self.found or self.found[-1].operator or self.found[-1].text in _LEADING

    def _operator_or_word(self, rest: str) -> None:
        operator = next((each for each in _OPERATORS if rest.startswith(each)), None)
        if operator is None:
            self._word()
            return
        self.found.append(Token(operator, self.line, operator=True))
        self._advance(len(operator))
        if operator == "\n":
            self._skip_heredocs()

    def _redirection(self, match: re.Match[str]) -> None:
        self._advance(match.end())
        if match.group(0)[-1].isdigit() and "&" in match.group(0):
            return
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self._advance(1)
        if self.text[self.at : self.at + 1] not in ("", "\n", *_OPERATORS):
            self._word()
            file = self.found.pop()
            if match.group(0) in (">", ">>"):
                self.found.append(file._replace(text=INTO + file.text))

    def _skip_heredocs(self) -> None:
        for delimiter, place, literal in self.heredocs:
            start = Token(HEREDOC, self.line, literal=literal)
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self._advance(end + 1 - self.at)
                if line.strip() == delimiter:
                    break
                start = start._replace(text=f"{start.text}{line}\n")
            self.found[place] = start
        self.heredocs = []

    def _word(self) -> None:
        start, line = self.at, self.line
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t\n;|&)" or (char in "<>" and self.at > start):
                break
            if char == "(" and self.at > start and self.text[self.at - 1] != "=":
                break
            self._piece(char)
        text = _CONTINUED.sub("\n", self.text[start : self.at])
        self.found.append(Token(text.replace("\\\n", ""), line))

    def _piece(self, char: str) -> None:
        """Pass over one character, or over what a quote or bracket holds together."""
        following = self.text[self.at + 1 : self.at + 2]
        if char == "\\":
            self._advance(2)
        elif char in "'\"`":
            self._quoted(char)
        elif char == "$" and following in _OPENERS:
            self._advance(1)
            self._bracketed(following)
        elif char == "(":
            self._bracketed(char)
        else:
            self._advance(1)

    def _quoted(self, quote: str) -> None:
        self._advance(1)
        while self.at < len(self.text) and self.text[self.at] != quote:
            escaped = self.text[self.at] == "\\" and quote != "'"
            nested = quote == '"' and self.text[self.at : self.at + 2] in ("$(", "${")
            if nested:
                self._piece("$")
            else:
                self._advance(2 if escaped else 1)
        self._advance(1)

    def _bracketed(self, opener: str) -> None:
        """Pass over a bracket to its partner; quotes and comments inside hide brackets."""
        depth = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "'\"`":
                self._quoted(char)
                continue
            if char == "#" and opener == "(" and self.text[self.at - 1] in " \t\n":
                end = self.text.find("\n", self.at)
                self._advance((end if end >= 0 else len(self.text)) - self.at)
                continue
            depth += (char == opener) - (char == _OPENERS[opener])
            self._advance(2 if char == "\\" else 1)
            if depth == 0:
                return

    def _advance(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count


_LEADING = ("if", "elif", "while", "until", "for", "!", "then", "do", "else", "{")
