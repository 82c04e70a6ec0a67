"""A text as nested values that know where they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import NamedTuple

from costcheck.diagnostics import Diagnostic, Place

Key = str | int
Path = tuple[Key, ...]


class Node:
    """A value with its place; aliases share nodes, so a node is never changed once read."""

    __slots__ = ("content", "keys", "origin", "place", "size")

    def __init__(
        self,
        content: str | dict[str, Node] | list[Node] | None,
        place: Place,
        keys: dict[str, Place] | None = None,
        origin: str = "file",
        size: int = 1,
    ) -> None:
        self.content = content
        self.place = place
        self.keys = keys if keys is not None else {}
        self.origin = origin
        self.size = size

    def plain(self) -> object:
        """Return the nested dictionaries, lists and texts without places."""
        if isinstance(self.content, dict):
            return {key: node.plain() for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content


class Document(NamedTuple):
    """A file as read: its values, and everything wrong with its text."""

    root: Node | None
    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    lines: Mapping[str, Sequence[str]] = MappingProxyType({})
    """Text of every file that contributed values, for excerpts."""

    @property
    def data(self) -> object:
        """Nested dictionaries, lists and texts; None for an empty or unreadable file."""
        return None if self.root is None else self.root.plain()

    def node(self, path: Path) -> Node | None:
        """Return the value at a path, or None where there is none."""
        node = self.root
        for key in path:
            if node is None:
                return None
            node = _child(node, key)
        return node

    def place(self, path: Path, *, key: bool = False) -> Place | None:
        """Return where the value of a path stands, or its key."""
        if key and path:
            parent = self.node(path[:-1])
            return None if parent is None else parent.keys.get(str(path[-1]))
        node = self.node(path)
        return None if node is None else node.place

    def keys(self) -> list[str]:
        """Return the top-level keys."""
        content = None if self.root is None else self.root.content
        return list(content) if isinstance(content, dict) else []

    def excerpt(self, place: Place | None) -> str:
        """Return the line of text a place points at."""
        lines = self.lines.get(place.file, ()) if place else ()
        return lines[place.line - 1] if place and 0 < place.line <= len(lines) else ""

    def with_problems(self, found: Sequence[Diagnostic]) -> Document:
        """Return the document with more diagnostics, each given its line of text."""
        shown = [item if item.excerpt else self._shown(item) for item in found]
        return self._replace(diagnostics=(*self.diagnostics, *shown))

    def _shown(self, item: Diagnostic) -> Diagnostic:
        return replace(item, excerpt=self.excerpt(item.place))


def from_data(data: object, file: str = "<python>") -> Document:
    """Return plain Python data as a document, so that the same reader types it."""
    return Document(_node_of(data, file, count(1)), file)


def _node_of(data: object, file: str, numbers: Iterator[int]) -> Node:
    """A value and those below it; in no line, their numbers tell their places apart."""
    place = Place(file, 0, next(numbers))
    if isinstance(data, Mapping):
        content = {str(key): _node_of(value, file, numbers) for key, value in data.items()}
        return Node(content, place, dict.fromkeys(content, place), "python")
    if isinstance(data, (list, tuple)):
        return Node([_node_of(value, file, numbers) for value in data], place, None, "python")
    if isinstance(data, bool):
        return Node("true" if data else "false", place, None, "python")
    return Node(None if data is None else str(data), place, None, "python")


def _child(node: Node, key: Key) -> Node | None:
    if isinstance(node.content, dict):
        return node.content.get(str(key))
    if isinstance(node.content, list) and str(key).isdecimal() and int(key) < len(node.content):
        return node.content[int(key)]
    return None
