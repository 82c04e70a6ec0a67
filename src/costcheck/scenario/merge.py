"""A scenario from several texts: the file, what it extends, and ``--set`` on the command line.

Each value keeps the place it was written at, so that a problem in a base file points there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from costcheck.diagnostics import Diagnostic, Place
from costcheck.text.document import Document, Node
from costcheck.text.files import read_file
from costcheck.text.yaml_text import MAX_BYTES, parse


def load(
    file: str, *, text: str | bytes | None = None, assignments: Sequence[str] = ()
) -> Document:
    """Read a scenario file with everything it extends, then apply ``--set`` assignments."""
    document = _with_bases(_read_file(file, text, None), (file,), _Reading())
    for assignment in assignments:
        document = assign(document, assignment)
    return document


def merge(base: Document, over: Document) -> Document:
    """Lay one document over another: mappings are joined, everything else is replaced."""
    lines = {**base.lines, **over.lines}
    problems = (*base.diagnostics, *over.diagnostics)
    if base.root is None or over.root is None:
        return Document(over.root or base.root, over.file, problems, lines)
    return Document(_joined(base.root, over.root), over.file, problems, lines)


def _joined(base: Node, over: Node) -> Node:
    if not (isinstance(base.content, dict) and isinstance(over.content, dict)):
        return over
    gone = _gone(base.content, over.content)
    content = {key: node for key, node in base.content.items() if key not in gone}
    for key, node in over.content.items():
        content[key] = _joined(content[key], node) if key in content else node
    return Node(content, over.place, {**base.keys, **over.keys}, over.origin)


ALTERNATIVES: Final = ("rent", "book", "own", "amortized")
"""Keys of a section of which one at a time may stand: another replaces it."""


def _gone(base: dict[str, Node], over: Iterable[str]) -> tuple[str, ...]:
    """Keys of a section that another way of paying replaces."""
    stated = [key for key in ALTERNATIVES if key in over]
    return tuple(k for k in ALTERNATIVES if k in base and stated and k not in stated)


def _read_file(file: str, text: str | bytes | None, place: Place | None) -> Document:
    if text is None:
        try:
            text = read_file(file, most=MAX_BYTES, streams=place is None)
        except OSError as error:
            reason = error.strerror or str(error)
            problem = Diagnostic(
                "CC014", "error", f"cannot read {file}: {reason}", place or Place(file), _READABLE
            )
            return Document(None, file, (problem,))
    return parse(text, file)


_READABLE: Final = (
    "check the path; it is relative to where the command runs, or to the extending file"
)
_EXTENDS: Final = "write extends: base.yaml, or a list of files"


class _Reading:
    """How many files a scenario has been put together from."""

    def __init__(self) -> None:
        self.files = 1


def _with_bases(document: Document, chain: tuple[str, ...], reading: _Reading) -> Document:
    """Put the files named by ``extends`` below a document; later ones win over earlier ones."""
    root = document.root
    if root is None or not isinstance(root.content, dict) or "extends" not in root.content:
        return document
    rest = {key: node for key, node in root.content.items() if key != "extends"}
    below: Document | None = None
    for node in _base_nodes(root.content["extends"]):
        found, problem = _base(node, document.file, chain, reading)
        if problem is not None:
            document = document.with_problems([problem])
        elif found is not None:
            below = found if below is None else merge(below, found)
    own = document._replace(root=Node(rest, root.place, root.keys, root.origin))
    return own if below is None else merge(below, own)


def _base_nodes(node: Node) -> list[Node]:
    return node.content if isinstance(node.content, list) else [node]


def _base(
    node: Node, file: str, chain: tuple[str, ...], reading: _Reading
) -> tuple[Document | None, Diagnostic | None]:
    name = node.content
    if not isinstance(name, str) or not name.strip():
        return None, Diagnostic(
            "CC103", "error", "'extends' takes the name of a file", node.place, _EXTENDS
        )
    path = os.path.join(os.path.dirname(file), name) if file != "-" else name
    reading.files += 1
    if reading.files > MOST_FILES:
        return None, Diagnostic(
            "CC009",
            "error",
            f"the scenario is put together from more than {MOST_FILES} files",
            node.place,
            "join some of them",
        )
    if _same_file(path, chain):
        loop = " -> ".join((*chain, path))
        return None, Diagnostic(
            "CC015",
            "error",
            f"the files extend each other: {loop}",
            node.place,
            "remove one of these 'extends'",
        )
    found = _read_file(path, None, node.place)
    if found.root is None and not found.lines:
        return None, found.diagnostics[0]
    if found.root is None or not isinstance(found.root.content, dict):
        return None, Diagnostic(
            "CC017", "error", f"{path} is no scenario, so none extends it", node.place, _BASE
        )
    if not _may_be_shown(path, chain[0], found.root.content):
        found = found._replace(
            lines={}, diagnostics=tuple(replace(item, excerpt="") for item in found.diagnostics)
        )
    return _with_bases(found, (*chain, path), reading), None


MOST_FILES: Final = 100
"""Far more than people lay over each other; a file that is named twice counts twice."""
_BASE: Final = "`costcheck validate` on it says what is wrong with its text"


def _may_be_shown(path: str, first: str, content: dict[str, Node]) -> bool:
    """Whether lines of a base may stand in an error, which may end in a public log.

    It lies below the folder of the file that was named on the command line, and is about a run.
    """
    from costcheck.scenario.schema import Scenario

    folder = os.path.realpath(os.path.dirname(first))
    below = os.path.realpath(path).startswith(os.path.join(folder, ""))
    return below and any(key in Scenario.__dataclass_fields__ for key in content)


def _same_file(path: str, chain: tuple[str, ...]) -> bool:
    real = _real(path)
    return any(_real(other) == real for other in chain if other != "-")


def _real(path: str) -> str:
    return path if "\0" in path else os.path.realpath(path)


def assign(document: Document, assignment: str) -> Document:
    """Apply one ``--set a.b=value``; an unknown key is found when the document is typed."""
    place = Place(f"--set {assignment!r}")
    path, equals, value = assignment.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        return document.with_problems(
            [
                Diagnostic(
                    "CC016",
                    "error",
                    f"{assignment!r} sets nothing",
                    place,
                    "write --set path.to.key=value, such as --set fleet.count=2,048",
                )
            ]
        )
    new, problems = _value(value.strip(), place)
    if not problems:
        root = document.root or Node({}, place, {}, "set")
        try:
            return document._replace(root=_set(root, keys, new, place, ()))
        except _CannotSetError as error:
            problems = [error.problem]
    return document.with_problems(problems)


class _CannotSetError(Exception):
    def __init__(self, problem: Diagnostic) -> None:
        self.problem = problem


def _value(text: str, place: Place) -> tuple[Node, list[Diagnostic]]:
    """Return the right side as a node: text as it is; {...} and [...] read as YAML."""
    if not text.startswith(("{", "[")):
        return Node(text or None, place, None, "set"), []
    document = parse(text, place.file)
    problems = [replace(item, place=place, excerpt="") for item in document.diagnostics]
    root = document.root
    return (_placed(root, place) if root else Node(None, place, None, "set")), problems


def _placed(node: Node, place: Place) -> Node:
    content = node.content
    if isinstance(content, dict):
        moved = {key: _placed(child, place) for key, child in content.items()}
        return Node(moved, place, dict.fromkeys(moved, place), "set")
    if isinstance(content, list):
        return Node([_placed(child, place) for child in content], place, None, "set")
    return Node(content, place, None, "set")


def _set(node: Node, keys: list[str], new: Node, place: Place, done: tuple[str, ...]) -> Node:
    """Return a copy of a node with one value replaced; nodes may be shared by aliases."""
    if not keys:
        return new
    key, rest = keys[0], keys[1:]
    here = ".".join(done) or "the file"
    if isinstance(node.content, list) or (node.content is None and key.isdecimal()):
        items = list(node.content or ())
        if not key.isdecimal() or int(key) >= len(items):
            message = f"{here} is a list of {len(items)}; {key!r} is not one of its items"
            advice = f"use a number from 0 to {len(items) - 1}" if items else "the list is empty"
            raise _CannotSetError(Diagnostic("CC016", "error", message, place, advice))
        items[int(key)] = _set(items[int(key)], rest, new, place, (*done, key))
        return Node(items, node.place, None, node.origin)
    if isinstance(node.content, str):
        message = f"{here} is the single value {node.content!r} and has no {key!r}"
        advice = f"set {here} itself to a section first: --set '{here}={{{key}: ...}}'"
        raise _CannotSetError(Diagnostic("CC016", "error", message, place, advice))
    known = node.content or {}
    child = known.get(key) or Node(None, place, None, "set")
    replaced = _gone(known, [key])
    known = {name: value for name, value in known.items() if name not in replaced}
    content = {**known, key: _set(child, rest, new, place, (*done, key))}
    return Node(content, node.place, {**node.keys, key: place}, node.origin)
