"""YAML read as text: every scalar stays what the author typed, every value knows its place.

PyYAML's own scalar rules are unusable here (``1e6`` is text, ``010`` is 8, a repeated key silently
wins), so only its event parser is used, the C one where it is built in. What the events do not
say (repeated keys, a number split at its comma, tags, limits) is found here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NoReturn, TypeAlias

from costcheck.diagnostics import Diagnostic, Place
from costcheck.text import yaml_mistakes
from costcheck.text.document import Document, Key, Node, Path, from_data

__all__ = ["Document", "Key", "Node", "Path", "from_data", "parse"]

Event: TypeAlias = Any
"""An event of PyYAML: its classes have no common type that names what all of them carry."""

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_NODES: Final = 200_000
"""Values in a file after every alias has been written out: the bound on "billion laughs"."""


def parse(text: str | bytes, file: str) -> Document:
    """Read a YAML (or JSON) text; problems are in the document, never raised."""
    decoded = _decoded(text, file)
    if isinstance(decoded, Diagnostic):
        return Document(None, file, (decoded,))
    lines = _lines(decoded)
    document = Document(None, file, (), {file: lines})
    import yaml

    builder = _Builder(file, decoded)
    try:
        root = builder.document(_events(decoded))
    except _TooMuch as stop:
        return document.with_problems([*builder.problems, stop.problem])
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        found = _control_characters(decoded, file) or yaml_mistakes.explain(error, lines, file)
        return document.with_problems(_without_echoes(builder.problems, found))
    if root is None and not builder.problems:
        empty = Diagnostic("CC011", "error", "the file is empty", Place(file, 1, 1), _EMPTY_HELP)
        return document.with_problems([empty])
    return document._replace(root=root).with_problems(builder.problems)


_PAIR: Final = r"(?i)(?<!\\)((?:\\\\)*)\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})"


def _joined(pair: re.Match[str]) -> str:
    """One escape for the two by which JSON writes a character beyond the first 65,536."""
    return pair[1] + bytes.fromhex(pair[2] + pair[3]).decode("utf-16-be")


_EMPTY_HELP: Final = "start from `costcheck init`, or state at least a model and a fleet"
_CONTROL: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"


def _decoded(text: str | bytes, file: str) -> str | Diagnostic:
    """Return the text without byte-order mark, or why it cannot be read as text."""
    if len(text) > MAX_BYTES:
        size = f"the file has {len(text):,} bytes, more than the limit of {MAX_BYTES:,}"
        return Diagnostic("CC009", "error", size, Place(file, 1, 1), "split it into several files")
    if isinstance(text, bytes):
        raw = text
        try:
            text = raw.decode("utf-16" if raw[:2] in _UTF16 else "utf-8-sig")
        except UnicodeDecodeError as error:
            return _not_utf8(raw, error.start, file)
    return re.sub(_PAIR, _joined, text.removeprefix("\ufeff"))


_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _not_utf8(text: bytes, position: int, file: str) -> Diagnostic:
    line = text.count(b"\n", 0, position) + 1
    column = position - text.rfind(b"\n", 0, position)
    message = f"byte 0x{text[position]:02x} is not UTF-8 text"
    place = Place(file, line, column)
    return Diagnostic("CC010", "error", message, place, "save the file as UTF-8")


def _control_characters(text: str, file: str) -> list[Diagnostic]:
    """Name what made the parser stop: characters that cannot stand in a YAML text."""
    return [
        Diagnostic(
            "CC010",
            "error",
            f"control character U+{ord(found[0]):04X} in the text",
            _place_of(text, found.start(), file),
            "remove it",
        )
        for found in islice(re.finditer(_CONTROL, text), _MOST_REPORTED)
    ]


_MOST_REPORTED: Final = 20
_LINE_END: Final = "\r\n|[\r\n\x85\u2028\u2029]"


def _lines(text: str) -> list[str]:
    """Split a text where YAML ends a line; `str.splitlines` ends lines at more characters."""
    lines = re.split(_LINE_END, text)
    return lines if lines[-1] else lines[:-1]


def _place_of(text: str, position: int, file: str) -> Place:
    before = re.split(_LINE_END, text[:position])
    return Place(file, len(before), len(before[-1]) + 1)


def _events(text: str) -> Iterator[Event]:
    import yaml

    return yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _without_echoes(own: list[Diagnostic], found: list[Diagnostic]) -> list[Diagnostic]:
    """Join two lists of problems; one line is not reported twice."""
    seen = {item.place.line for item in own if item.place}
    return [*own, *(item for item in found if item.place and item.place.line not in seen)]


class _TooMuch(Exception):  # noqa: N818 - control flow inside this module
    def __init__(self, problem: Diagnostic) -> None:
        self.problem = problem


class _Builder:
    """Turns the event stream into nodes; collects problems and goes on where it can."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.problems: list[Diagnostic] = []
        self._anchors: dict[str, Node | None] = {}
        self._split: tuple[Node, str] | None = None
        """The number last put together again, with its commas."""

    def document(self, events: Iterator[Event]) -> Node | None:
        """Read the first document; say so if there are more."""
        import yaml

        root: Node | None = None
        seen = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self._report("CC007", "a second document starts here", event, _ONE_DOCUMENT)
                    return root
                seen = True
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, 0)
        return root

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        name = type(event).__name__
        if name == "AliasEvent":
            return self._alias(event)
        if event.tag is not None and event.tag != "!":
            self._report("CC006", f"the tag {event.tag!r} is not allowed", event, _NO_TAGS)
        node = self._scalar(event) if name == "ScalarEvent" else self._nested(event, events, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _nested(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if depth >= MAX_DEPTH:
            self._stop(f"values are nested more than {MAX_DEPTH} deep", event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        mapping = type(event).__name__ == "MappingStartEvent"
        node = (self._mapping if mapping else self._sequence)(event, events, depth + 1)
        if node.size > MAX_NODES:
            self._stop(f"more than {MAX_NODES:,} values once the aliases are written out", event)
        return node

    def _scalar(self, event: Event) -> Node:
        value: str | None = event.value
        if event.implicit[0] and value in _NULLS:
            value = None
        elif value and (found := re.search(_CONTROL, value)):
            message = f"control character U+{ord(found[0]):04X} in the text"
            self._report("CC010", message, event, "remove it")
        return Node(value, self._place(event))

    def _alias(self, event: Event) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            known = event.anchor in self._anchors
            reason = "contains itself" if known else "is not defined above"
            self._report("CC012", f"the anchor {event.anchor!r} {reason}", event, _ALIASES)
            return Node(None, self._place(event))
        return node

    def _sequence(self, start: Event, events: Iterator[Event], depth: int) -> Node:
        items: list[Node] = []
        size, previous = 1, None
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            node = self._node(event, events, depth)
            if start.flow_style and previous is not None:
                self._split_item(previous, event, node)
            items.append(node)
            size += node.size
            previous = event
        return Node(items, self._place(start), None, size=size)

    def _split_item(self, previous: Event, event: Event, node: Node) -> None:
        """Notice ``[2,048]``: YAML has read two numbers."""
        between = self.text[previous.end_mark.index : event.start_mark.index]
        before, after = getattr(previous, "value", None), node.content
        if between == "," and isinstance(before, str) and isinstance(after, str):
            plain = previous.implicit[0] and event.implicit[0]
            if plain and yaml_mistakes.splits_number(before, after):
                self.problems.append(yaml_mistakes.split_number(f"{before},{after}", node.place))

    def _mapping(self, start: Event, events: Iterator[Event], depth: int) -> Node:
        content: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        merged: list[Node] = []
        size = 1
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self._key(event, events, depth)
            node = self._node(next(events), events, depth)
            size += node.size
            if key is None:
                continue
            if key == "<<" and event.implicit[0]:
                merged.extend(self._merged(node))
                continue
            place = self._place(event)
            if start.flow_style and node.content is None and self._split_key(content, key, place):
                continue
            if key in keys:
                self._repeated(key, keys[key], event)
                continue
            content[key], keys[key] = node, place
        for node in merged:
            _merge_into(content, keys, node)
        return Node(content, self._place(start), keys, size=size)

    def _key(self, event: Event, events: Iterator[Event], depth: int) -> str | None:
        name = type(event).__name__
        if name == "ScalarEvent":
            if event.tag is not None and event.tag != "!":
                self._report("CC006", f"the tag {event.tag!r} is not allowed", event, _NO_TAGS)
            if event.implicit[0] and event.value in _NULLS:
                self._report("CC008", "a key is missing before the colon", event, _TEXT_KEYS)
                return None
            return str(event.value)
        node = self._node(event, events, depth)
        if name == "AliasEvent" and isinstance(node.content, str):
            return node.content
        self._report("CC008", "a key has to be a plain text", event, _TEXT_KEYS)
        return None

    def _merged(self, node: Node) -> list[Node]:
        found = node.content if isinstance(node.content, list) else [node]
        good = [item for item in found if isinstance(item.content, dict)]
        if len(good) < len(found):
            message = "'<<' takes a mapping, or a list of mappings"
            self.problems.append(Diagnostic("CC012", "error", message, node.place, _ALIASES))
        return good

    def _split_key(self, content: dict[str, Node], key: str, place: Place) -> bool:
        """Notice ``{count: 2,048}``: YAML has read a second key, without value."""
        if not content or not key[:1].isdigit():
            return False
        last, node = list(content.items())[-1]
        before = node.content
        if not isinstance(before, str) or not before[-1:].isdigit():
            return False
        if self._split is not None and self._split[0] is node:
            before = self._split[1]
            self.problems.pop()
        whole = f"{before},{key}"
        content[last] = Node(yaml_mistakes.joined(whole), node.place)
        self._split = (content[last], whole)
        end = place.column + place.length if place.line == node.place.line else 0
        whole_place = node.place._replace(length=max(end - node.place.column, node.place.length))
        self.problems.append(yaml_mistakes.split_number(whole, whole_place))
        return True

    def _repeated(self, key: str, first: Place, event: Event) -> None:
        message = f"the key {key!r} is repeated; it is already in line {first.line}"
        self._report("CC002", message, event, "remove one of the two")

    def _place(self, event: Event) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.file, start.line + 1, start.column + 1, length if length > 0 else 1)

    def _report(self, code: str, message: str, event: Event, advice: str) -> None:
        self.problems.append(Diagnostic(code, "error", message, self._place(event), advice))

    def _stop(self, message: str, event: Event) -> NoReturn:
        raise _TooMuch(Diagnostic("CC009", "error", message, self._place(event), _LIMITS))


_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_NO_TAGS: Final = "remove the tag; a value is typed by the key it stands under"
_TEXT_KEYS: Final = "write keys as plain words, such as tokens:"
_ALIASES: Final = "define &name on an earlier value, outside of it, and use *name below"
_LIMITS: Final = "scenario files are small; write the values out or split the file"
_ONE_DOCUMENT: Final = "keep one scenario per file; use `stages` or several files"


def _merge_into(content: dict[str, Node], keys: dict[str, Place], node: Node) -> None:
    """Add the keys of a ``<<`` mapping that are not stated explicitly."""
    if isinstance(node.content, dict):
        for key, value in node.content.items():
            if key not in content:
                content[key], keys[key] = value, node.keys[key]
