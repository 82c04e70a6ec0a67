"""The table of launchers whose files are read, and the words they share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from costcheck.catalog.files import bundled_folder, read_yaml
from costcheck.text.launch_files.launcher import Launcher, Vocabulary

_WORDS = "words.yaml"


@cache
def launchers() -> tuple[Launcher, ...]:
    """Return every launcher, in the order of their names."""
    return tuple(_launcher(_document(name)) for name in _names() if name != _WORDS)


@cache
def vocabulary() -> Vocabulary:
    """Return the words that several launchers share."""
    data = _document(_WORDS)
    return Vocabulary(
        precisions=data["precisions"],
        optimizers=data["optimizers"],
        harmless=tuple(data["harmless"]),
        weighty=data["weighty"],
        structural=data["structural"],
        technical=data["technical"],
        bases=data["bases"],
        offload={part: tuple(names) for part, names in data["offload"].items()},
        others=data["others"],
        reshaped=data["reshaped"],
        settings=tuple(data["settings"]),
        named=data["named"],
        frozen=data["frozen"],
        serving=tuple(data["serving"]),
        all_linear=tuple(data["all_linear"]),
        other_options=tuple(data["other_options"]),
        other_programs=data["other_programs"],
        trains=data["trains"],
        tokenizers=data["tokenizers"],
    )


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
    lists = {name: tuple(data[name]) for name in ("programs", "signs") if name in data}
    like = _document(f"{data['like']}.yaml") if "like" in data else {}
    merged = ("keys", "switches", "words")
    stated = {name: {**like.get(name, {}), **data.get(name, {})} for name in merged}
    keys = {target: tuple(names) for target, names in stated["keys"].items()}
    switches = {
        target: {choice: tuple(names) for choice, names in choices.items()}
        for target, choices in stated["switches"].items()
    }
    return Launcher(
        name=data["name"],
        harmless=(*like.get("harmless", ()), *data.get("harmless", ())),
        reader=data.get("reader", ""),
        enough=data.get("enough", 2),
        beside=data.get("beside", 0),
        keys=keys,
        words={**_document(_WORDS)["usual"], **stated["words"]},
        switches=switches,
        defaults=data.get("defaults", {}),
        spread=data.get("spread", True),
        refused=data.get("refused", ""),
        software=data.get("software", ""),
        auto=data.get("auto", False),
        **lists,
    )
