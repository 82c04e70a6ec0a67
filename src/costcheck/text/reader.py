"""From the text of a document to the typed values of a schema, every problem in one run.

A schema is a tree of standard frozen dataclasses. Their annotations say what may stand where;
`forms` turns each annotation into a reader once.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar, cast, overload

from costcheck.diagnostics import Diagnostic, Place
from costcheck.text.document import Document, Path
from costcheck.text.forms import FAILED, Reading, Value, form_of
from costcheck.text.quantity import Origin

T = TypeVar("T")


class Input(NamedTuple):
    """A scalar that was read: what stood there, what it means and where it came from."""

    path: str
    """Dotted path such as ``stages.0.tokens``."""
    text: str
    value: Value
    place: Place
    origin: Origin


class Read(NamedTuple, Generic[T]):
    """The outcome of reading: a value, or the reasons why there is none."""

    value: T | None
    diagnostics: list[Diagnostic]
    inputs: dict[str, Input]


@overload
def read(document: Document, path: Path, into: type[T], *, origin: Origin = "file") -> Read[T]: ...
@overload
def read(document: Document, path: Path, into: Value, *, origin: Origin = "file") -> Read[Any]: ...


def read(document: Document, path: Path, into: Value, *, origin: Origin = "file") -> Read[Any]:
    """Read the part of a document at a path into a schema type."""
    reading = Reading(document, origin, root=into)
    node = document.node(path)
    if node is None:
        if not document.diagnostics:
            named = ".".join(str(key) for key in path) or "the document"
            reading.report("CC102", f"{named} is missing", Place(document.file), "")
        return Read(None, reading.diagnostics, {})
    value = form_of(into).read(node, path, reading)
    inputs = {
        item[0]: Input(item[0], item[1], item[2], item[3], cast("Origin", item[4]))
        for item in reading.scalars
    }
    return Read(None if value is FAILED else value, reading.diagnostics, inputs)
