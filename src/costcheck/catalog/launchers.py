"""The table of launchers whose files are read, and the words they share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from costcheck.catalog.files import bundled_folder, catalog_of, read_yaml
from costcheck.text.launch_files.launcher import Launcher, Vocabulary, plain

_WORDS = "words.yaml"


@cache
def launchers() -> tuple[Launcher, ...]:
    """Return every launcher, in the order of their names."""
    return tuple(_launcher(_document(name)) for name in _names() if name != _WORDS)


@cache
def vocabulary() -> Vocabulary:
    """Return the words that several launchers share."""
    data = {**_document(_WORDS), "part": catalog_of().part_pattern(), "read": _read()}
    return Vocabulary(**{name: _settled(data[name]) for name in Vocabulary._fields})


def _read() -> frozenset[str]:
    """Return every option that the table of some launcher reads."""
    lists = [
        names
        for launcher in launchers()
        for names in (
            *launcher.keys.values(),
            *(names for choices in launcher.switches.values() for names in choices.values()),
        )
    ]
    return frozenset(plain(name) for names in lists for name in names)


def _folder() -> str:
    return os.path.join(bundled_folder(), "launchers")


def _names() -> list[str]:
    return sorted(name for name in os.listdir(_folder()) if name.endswith(".yaml"))  # noqa: PTH208


@cache
def _document(name: str) -> dict[str, Any]:
    path = os.path.join(_folder(), name)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        data: dict[str, Any] = read_yaml(file.read(), path)
    return data


def _launcher(data: Mapping[str, Any]) -> Launcher:
    like = _document(f"{data['like']}.yaml") if "like" in data else {}
    own = {name: value for name, value in data.items() if name in Launcher._fields}
    for name in ("keys", "switches", "words", "unsaid"):
        own[name] = {**like.get(name, {}), **data.get(name, {})}
    own["words"] = {**_document(_WORDS)["usual"], **own["words"]}
    own["harmless"] = [*like.get("harmless", ()), *data.get("harmless", ())]
    return Launcher(**_settled(own))


def _settled(value: Any) -> Any:
    """Return a value with its lists as tuples."""
    if isinstance(value, Mapping):
        return {key: _settled(each) for key, each in value.items()}
    return tuple(value) if isinstance(value, list) else value
