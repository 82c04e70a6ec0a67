"""A scenario said in a command line: a model and a few flags instead of a file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from costcheck.catalog.files import Catalog
from costcheck.cli.streams import STANDARD, read_text

_ENDINGS = (".yaml", ".yml", ".json", ".toml")
_KEYS = {
    "gpu": "fleet.gpu",
    "count": "fleet.count",
    "tokens": "training.tokens",
    "method": "training.method",
    "precision": "training.precision",
    "rent": "pricing.rent",
}
"""Where each flag stands in a file."""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A scenario made of a model's name and flags."""

    name: str
    text: str
    """The file it would be."""


def spoken(model: str, flags: Mapping[str, str | None], catalog: Catalog) -> Spoken | None:
    """Return the scenario of a model, or of its config, and flags; None of another file."""
    given = {name: value for name, value in flags.items() if value is not None}
    config = model if is_config(model) else ""
    looks_like_file = model == STANDARD or Path(model).exists() or model.endswith(_ENDINGS)
    if not config and (looks_like_file or not (given or catalog.find("models", model))):
        return None
    on = f" on {given['gpu']}" if "gpu" in given else ""
    network = json.dumps({"config": str(Path(config).absolute())} if config else model)
    lines = [f"name: {json.dumps(model + on)}", f"model: {network}"]
    sections: dict[str, list[str]] = {}
    for name, value in given.items():
        section, _, key = _KEYS[name].partition(".")
        sections.setdefault(section, []).append(f"  {key}: {json.dumps(value)}")
    for section, keys in sections.items():
        lines += [f"{section}:", *keys]
    return Spoken(name=f"{model}{on}", text="\n".join(lines) + "\n")


def is_config(file: str) -> bool:
    """Say whether a file is the config.json of a model, and so names one."""
    if not file.endswith(".json") or not Path(file).is_file():
        return False
    from costcheck.scenario.starter import model_config

    return model_config(read_text(file)) is not None


def as_assignments(flags: Mapping[str, str | None]) -> list[str]:
    """Return what the flags say as settings of a file's keys."""
    return [f"{_KEYS[name]}={value}" for name, value in flags.items() if value is not None]


def told_again(
    assignments: Sequence[str], folders: Sequence[str], flags: Mapping[str, str | None]
) -> str:
    """What a command said beside its file, as another command says it again."""
    said = [("--set", each) for each in (*assignments, *as_assignments(flags))]
    said += [("--catalog", folder) for folder in folders]
    return "".join(f" {flag} {shlex.quote(value)}" for flag, value in said)
