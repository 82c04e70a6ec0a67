"""Which keys of a scenario differ, however the files are formatted or split.

Both documents are compared after `extends` and `--set`, stages and claims by their names and
values by what they mean: ``2,048`` and ``2048`` are the same.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from costcheck.scenario.load import Loaded
from costcheck.text.files import read_file
from costcheck.text.quantity import Quantity

Key = tuple[str, ...]
"""Path of a key; an item of a named list goes by its name."""

Tree = dict[str, Any]

NAMED_LISTS = {"stages": "name", "claims": "id"}
"""Lists whose items have names, with the key that holds the name."""

FILE_KEYS = ("config", "file")
"""Keys whose value is a path relative to the scenario."""

WITHOUT_EFFECT = frozenset({"name", "claims", "budget"})
"""Sections that no result is computed from."""


class Side:
    """A document as a tree of named sections, and what its values mean."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        data: Any = loaded.document.data
        folder = Path(loaded.path).parent if loaded.path else Path()
        self.tree: Tree = {key: _named(key, value) for key, value in (data or {}).items()}
        self.tree = _absolute(self.tree, folder)
        self.order = {key: list(self.tree.get(key) or ()) for key in NAMED_LISTS}

    def meaning(self, key: Key) -> object:
        """A value such that equal values mean the same."""
        item = self.loaded.inputs.get(".".join(self._steps(key)))
        value = item.value if item else None
        if isinstance(value, Quantity):
            point = value.kind in ("exact", "stated")
            interval = () if point else (value.kind, value.low, value.high)
            return (value.value, value.currency, interval)
        return value if item else self.text(key)

    def text(self, key: Key) -> str:
        """What is written under a key, sections in one line; empty where nothing is."""
        value: Any = self.tree
        for step in key:
            if not isinstance(value, Mapping) or step not in value:
                return ""
            value = value[step]
        return inline(value)

    def _steps(self, key: Key) -> Key:
        if len(key) > 1 and key[0] in NAMED_LISTS and key[1] in self.order[key[0]]:
            return (key[0], str(self.order[key[0]].index(key[1])), *key[2:])
        return key


def inline(value: object) -> str:
    """A value of a document in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return "" if value is None else str(value)


def changed_keys(old: Side, new: Side) -> tuple[Key, ...]:
    """The keys that mean something else, each as short as it can be.

    A section that only one side has is one key. Stages in another order are one key too.
    """
    changed = [
        key
        for key in _differences(old.tree, new.tree, ())
        if old.meaning(key) != new.meaning(key) or not (old.text(key) and new.text(key))
    ]
    for name in NAMED_LISTS:
        both = [item for item in old.order[name] if item in new.order[name]]
        if both != [item for item in new.order[name] if item in both]:
            changed = [key for key in changed if key[0] != name] + [(name,)]
    return tuple(changed)


def mixed(old: Side, new: Side, chosen: frozenset[Key]) -> dict[str, Any]:
    """The document of the old side with some keys taken from the new one."""
    tree = deepcopy(old.tree)
    for key in chosen:
        _take(tree, new.tree, key)
    return {key: _listed(key, value, old, new) for key, value in tree.items()}


def _named(key: str, value: Any) -> Any:
    label = NAMED_LISTS.get(key)
    items = [value] if label and isinstance(value, Mapping) else value
    if label is None or not isinstance(items, list):
        return value
    names = [item.get(label) for item in items if isinstance(item, Mapping)]
    if len(names) != len(items) or len(set(names)) != len(names) or None in names:
        return value
    return dict(zip(names, items, strict=True))


def _listed(key: str, value: Any, old: Side, new: Side) -> Any:
    if key not in NAMED_LISTS or not isinstance(value, Mapping):
        return value
    # New stages go behind the stage they follow in the new file.
    order = [name for name in old.order[key] if name in value]
    following = new.order[key]
    for index, name in enumerate(following):
        if name in value and name not in order:
            before = following[index - 1] if index else None
            order.insert(order.index(before) + 1 if before in order else 0, name)
    return [value[name] for name in order]


def _absolute(value: Any, folder: Path) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        key: str((folder / item).resolve())
        if key in FILE_KEYS and isinstance(item, str)
        else _absolute(item, folder)
        for key, item in value.items()
    }


def _differences(old: Any, new: Any, path: Key) -> Iterator[Key]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            if key in old and key in new:
                yield from _differences(old[key], new[key], (*path, key))
            else:
                yield (*path, key)
    elif old != new and not _same_file(old, new, path):
        yield path


def _same_file(old: Any, new: Any, path: Key) -> bool:
    if path[-1] not in FILE_KEYS or not (isinstance(old, str) and isinstance(new, str)):
        return False
    try:
        return read_file(old) == read_file(new)
    except OSError:
        return False


def _take(tree: Tree, source: Mapping[str, Any], key: Key) -> None:
    for step in key[:-1]:
        source = source[step] if isinstance(source.get(step), Mapping) else {}
        if not isinstance(tree.get(step), dict):
            tree[step] = {}
        tree = tree[step]
    if key[-1] in source:
        tree[key[-1]] = deepcopy(source[key[-1]])
    else:
        tree.pop(key[-1], None)
