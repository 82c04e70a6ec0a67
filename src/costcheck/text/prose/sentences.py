"""An article cut into paragraphs of sentences; a row of a table is a sentence."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import groupby
from typing import Final

from costcheck.text.prose.tables import table_sentences
from costcheck.text.prose.words import Words

_END: Final = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\bvs\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bNo\.)"
    r"(?<!\bapprox\.)(?<!\best\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bca\.)[”\"’')\]]*\s+"
    r"(?=[A-Z0-9“\"'‘(~$€£])"
    r"|(?<=\b[A-Z]\.[A-Z]\.)[”\"’')\]]*\s+"
    r"(?=(?:It|Its|He|She|They|Their|We|The|This|That|These|Those|A|An|But|And|Training)\b)"
)
_LONGEST: Final = 1_500
_PIECE: Final = rf"(?s)\S.{{0,{_LONGEST}}}(?:(?<=[,;])\s|$)|\S.{{0,{_LONGEST}}}"
"""No sentence is longer; what is, such as a table run together, is cut behind a comma."""
_RAGGED: Final = 0.75
"""Of lines broken to a width none but the last is shorter than this beside the longest."""
_GOES_ON: Final = re.compile(
    r"(?:,|\b(?:of|the|an?|and|or|but|to|in|for|by|with|at|on|from|than|its|that|as|is|was|were))$"
)
"""How a line ends that the next one goes on."""
_PARAGRAPH: Final = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)|\n(?=\s*\|)")
_HEADING: Final = re.compile(r"^[^.!?:;]{0,70}[^.!?:;,\s]$")
_ROW: Final = re.compile(r"^\s*\|.*\|\s*$")
_TITLE: Final = re.compile(r"^\s*#{1,6}\s+(?:\d+(?:\.\d+)*\.?\s+)?(.*)$", re.MULTILINE)
_MARKS: Final = re.compile(
    r"!?\[(?P<link>[^\]\n]*)\]\([^)\s]*\)|^\s*[*•]\s|\*\*|__|`+|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)"
)
"""What Markdown writes around words: links, bullets, emphasis."""
_CODE: Final = re.compile(r"(?:[;{}()=\[\]][^\w\s]?){3}|\bfunction\s?\(|\bvar \w+ ?=")
"""A script that was copied along with the page."""
_HIDDEN: Final = frozenset(("script", "style", "nav", "footer", "noscript", "svg"))
_STARTS: Final = {"tr": "\n", "td": "| ", "th": "| "}
"""What stands for the tags of a table, so that a row becomes a line with bars."""
_BLOCKS: Final = frozenset(("p", "div", "li", "tr", "h1", "h2", "h3", "h4", "br", "table", "ul"))


def paragraphs(text: str, words: Words) -> list[list[str]]:
    """Return the sentences of each paragraph of a text, white space folded."""
    plain = _without_markup(text) if re.search(r"(?i)<(?:html|body|p|div|table)\b", text) else text
    blocks = _PARAGRAPH.split(_TITLE.sub(r"\n\1\n", plain))
    shown = (_MARKS.sub(lambda mark: mark["link"] or "", block) for block in blocks)
    found: list[list[str]] = []
    for is_table, group in groupby(shown, lambda block: bool(_ROW.match(block))):
        if is_table:
            found += ([sentence] for sentence in table_sentences(list(group), words))
        else:
            found += ([part for line in _lines(block) for part in _cut(line)] for block in group)
    return [kept for lines in found if (kept := [line for line in lines if not _CODE.search(line)])]


def _lines(block: str) -> list[str]:
    """Lines of a paragraph joined, but for headings and for lines that end a sentence."""
    joined: list[str] = []
    lines = [words for line in block.splitlines() if (words := " ".join(line.split()))]
    is_list = _is_list(lines)
    for words in lines:
        if " | " in words:
            joined.append(": ".join(cell for cell in map(str.strip, words.split("|")) if cell))
            continue
        ended = not joined or joined[-1].endswith((".", "!", "?", ":", "”", '"'))
        starts = ended or is_list or len(joined[-1]) > _LONGEST
        heading = bool(joined) and bool(_HEADING.match(joined[-1][:72])) and words[0].isupper()
        if starts or (heading and len(joined[-1]) < 0.8 * len(words)):
            joined.append(words)
        else:
            joined[-1] += f" {words}"
    return joined


def _is_list(lines: list[str]) -> bool:
    """Whether each of three lines or more is one thing told: no text that was broken to a width."""
    lengths = [len(line) for line in lines[:-1]]
    return (
        len(lines) > 2
        and all(re.match(r"[A-Z\d$€£~]", line) for line in lines)
        and min(lengths) < _RAGGED * max(lengths)
        and not any(map(_GOES_ON.search, lines[:-1]))
    )


def _cut(line: str) -> list[str]:
    whole = (part.strip() for part in _END.split(line) if part)
    return [piece.strip() for part in whole for piece in re.findall(_PIECE, part)]


class _Visible(HTMLParser):
    """Collects the text a reader of a page sees."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0
        self.in_row = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Start a paragraph, or hide what follows."""
        del attrs
        self.hidden += tag in _HIDDEN
        self.in_row = tag in {"tr", "td", "th"} or (self.in_row and tag != "table")
        block = "\n\n" if tag in _BLOCKS else ""
        self.parts.append(_STARTS.get(tag, " " if block else "") if self.in_row else block)

    def handle_endtag(self, tag: str) -> None:
        """End a paragraph, or show again what follows."""
        self.hidden -= tag in _HIDDEN and self.hidden > 0
        block = " " if self.in_row else "\n\n"
        self.parts.append(" |\n" if tag == "tr" else block if tag in _BLOCKS else "")
        self.in_row &= tag not in {"tr", "table"}

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self.hidden:
            self.parts.append(" ".join(data.split()) if self.in_row and data.isspace() else data)


def _without_markup(text: str) -> str:
    reader = _Visible()
    reader.feed(text)
    return "".join(reader.parts)
