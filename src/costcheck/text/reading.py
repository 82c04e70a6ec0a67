"""What is collected while a document is read, and what every form of value has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

from costcheck.diagnostics import Diagnostic, Place, near_names
from costcheck.text import yaml_mistakes
from costcheck.text.document import Document, Node, Path
from costcheck.text.quantity import Origin

Value: TypeAlias = Any
"""Whatever the schema asks for at a place; only the schema's author knows its type."""

FAILED: Final[Value] = object()
"""Stands for a value that could not be read; the reason has been reported."""


class Reading:
    """What is collected while a document is read."""

    __slots__ = ("diagnostics", "document", "origin", "root", "scalars")

    def __init__(self, document: Document, origin: Origin, root: Value = None) -> None:
        self.document = document
        self.origin = origin
        self.root = root
        self.diagnostics: list[Diagnostic] = []
        self.scalars: list[tuple[str, str, Any, Place, str]] = []

    def report(
        self, code: str, message: str, place: Place | None, advice: str, *, warn: bool = False
    ) -> Value:
        """Add a problem and return `FAILED`."""
        excerpt = self.document.excerpt(place)
        severity: Literal["error", "warning"] = "warning" if warn else "error"
        self.diagnostics.append(Diagnostic(code, severity, message, place, advice, excerpt))
        return FAILED

    def origin_of(self, node: Node) -> Origin:
        """Return where a value came from: its own mark wins over the whole file's."""
        return self.origin if node.origin == "file" else node.origin  # type: ignore[return-value]

    def keep(self, path: Path, node: Node, value: Value) -> Value:
        """Remember a scalar that was read, and return its value."""
        name = ".".join(map(str, path))
        self.scalars.append((name, str(node.content), value, node.place, self.origin_of(node)))
        return value


class Form(ABC):
    """Reads one kind of value."""

    shapes: tuple[type, ...] = (str,)
    """Which content it accepts: text, list or dict."""

    @abstractmethod
    def label(self) -> str:
        """Name what is accepted, for messages."""

    def advice(self) -> str:
        """Say what to write."""
        return f"write {self.label()}"

    def read(self, node: Node, path: Path, reading: Reading) -> Value:
        """Return the value, or `FAILED` after reporting why."""
        if isinstance(node.content, self.shapes):
            return self.take(node, path, reading)
        return wrong_kind(self, node, path, reading)

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read a node of an accepted shape; a form that overrides `read` needs none."""
        raise TypeError(f"{type(self).__name__} reads nodes itself")


def wrong_kind(form: Form, node: Node, path: Path, reading: Reading) -> Value:
    """Report a value of the wrong shape."""
    name = f"{path[-1]!r}" if path else "the file"
    if node.content is None:
        return reading.report(
            "CC109", f"{name} has no value", section_place(node, path, reading), form.advice()
        )
    if isinstance(node.content, str) and (glued := yaml_mistakes.missing_space(node.content)):
        return reading.report(
            "CC004",
            f"no space after the colon of {glued!r}",
            node.place,
            f"write {glued}: {node.content[len(glued) + 1 :]}",
        )
    kind = {str: "a single value", list: "a list", dict: "a section"}[type(node.content)]
    place = node.place if isinstance(node.content, str) else section_place(node, path, reading)
    return reading.report("CC103", f"{name} takes {form.label()}, not {kind}", place, form.advice())


def section_place(node: Node, path: Path, reading: Reading) -> Place:
    """Return where a value is named: at its key, or else where it starts."""
    found = reading.document.place(path, key=True)
    return found or node.place._replace(length=1)


ABBREVIATIONS = {
    "tp": "tensor",
    "pp": "pipeline",
    "dp": "data",
    "ep": "expert",
    "etp": "expert_tensor",
    "cp": "context",
    "vpp": "virtual",
    "mbs": "micro_batch",
}
"""What the field calls keys of a layout; no likeness of letters leads from one to the other."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    words = tuple(known)
    if ABBREVIATIONS.get(word.lower()) in words:
        return ABBREVIATIONS[word.lower()]
    return next(iter(near_names(word.lower(), words, 1)), None)
