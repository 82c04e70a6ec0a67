"""The keys of a JSON Schema in words: a table for each section, with what a key takes and means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from costcheck.report.views.blocks import Block, Cell, Document, Table, Title, cells, words

QUANTITY = "Quantity"
"""The definition that stands for a number with its unit."""

WORDS = {"string": "text", "number": "number", "integer": "number", "boolean": "yes or no"}
MANY = {"array": "list of", "object": "by name a"}

Section = Mapping[str, Any]


def schema_document(schema: Section) -> Document:
    """Return the keys of a file, then those of each section in it, in the order they are met."""
    sections = dict(_sections(schema))
    blocks: list[Block] = [Title(str(schema["title"]), Cell(""), "every key in words")]
    heads = words("key", "takes", "what it is")
    for name, section in sections.items():
        need = section.get("required", ())
        rows = (
            cells(
                f"{key}{' (needed)' * (key in need)}",
                ", ".join(dict.fromkeys(_takes(field))),
                " ".join(str(field.get("description", "")).split()).replace("``", ""),
            )
            for key, field in section["properties"].items()
        )
        blocks.append(Table(name, heads, tuple(rows)))
    return tuple(blocks)


def _sections(schema: Section) -> Iterator[tuple[str, Section]]:
    """The file, then the sections that its keys lead to, each once."""
    waiting, seen = [("a file", schema)], set[str]()
    while waiting:
        name, section = waiting.pop(0)
        if "properties" not in section:
            continue
        yield name, section
        for field in section["properties"].values():
            new = [ref for ref in _references(field) if ref not in seen]
            seen.update(new)
            waiting += [(ref, schema["definitions"][ref]) for ref in new]


def _references(field: Section) -> Iterator[str]:
    """The sections that a key may hold."""
    if name := _section_of(field):
        yield name
    for inner in _inner(field):
        yield from _references(inner)


def _section_of(field: Section) -> str:
    """The section that a key holds itself; blank where it is none."""
    return str(field.get("$ref", "")).rpartition("/")[2]


def _inner(field: Section) -> Iterator[Section]:
    yield from field.get("anyOf", ())
    for key in ("items", "additionalProperties"):
        if isinstance(field.get(key), Mapping):
            yield field[key]


def _takes(field: Section) -> Iterator[str]:
    """What a key takes, each way once."""
    if name := _section_of(field):
        yield "number with unit" if name == QUANTITY else f"section {name}"
    elif "enum" in field or "const" in field:
        yield " | ".join(map(str, field.get("enum", [field.get("const")])))
    kinds = field.get("type", ())
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind in WORDS and "enum" not in field:
            yield WORDS[kind]
        elif kind in MANY:
            found = {word for inner in _inner(field) for word in _takes(inner)}
            yield f"{MANY[kind]} {' or '.join(sorted(found))}" if found else "keys of its own"
    for inner in field.get("anyOf", ()):
        yield from _takes(inner)
