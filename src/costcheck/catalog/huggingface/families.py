"""Finds and reads the data file of a model type: defaults, aliases, traits."""
# ruff: noqa: PTH113, PTH123, PTH208
# os.path instead of pathlib, whose import costs a tenth of the start-up budget.

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from costcheck.catalog.files import bundled_folder, read_yaml


class Family(NamedTuple):
    """One ``configs/huggingface/MODEL_TYPE.yaml``."""

    reader: str
    text_field: str
    """Field that holds the text part of a multimodal config; empty for text models."""
    text_type: str
    aliases: Mapping[str, str]
    traits: Mapping[str, object]
    defaults: Mapping[str, object]
    structure: tuple[str, ...] = ()
    """Fields without which a config does not state the size; empty: those of decoders."""


def _folder() -> str:
    return os.path.join(bundled_folder(), "huggingface")


@cache
def load_family(model_type: str) -> Family | None:
    """Return the family of a model type, or None where we have no file for it."""
    path = os.path.join(_folder(), f"{model_type}.yaml")
    if not model_type.replace("_", "").replace("-", "").isalnum() or not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        data = read_yaml(file.read(), path)
    base = load_family(data["like"]) if "like" in data else None
    like = base or Family("", "", "", {}, {}, {})
    return Family(
        reader=data.get("reader", like.reader),
        text_field=data.get("text_field", like.text_field),
        text_type=data.get("text_type", like.text_type),
        aliases={**like.aliases, **(data.get("aliases") or {})},
        traits={**like.traits, **(data.get("traits") or {})},
        defaults={**like.defaults, **(data.get("defaults") or {})},
        structure=tuple(data.get("structure", like.structure)),
    )


@cache
def other_kinds() -> Mapping[str, str]:
    """Return model types that are no decoders, each with what it is."""
    path = os.path.join(bundled_folder(), "huggingface", "kinds", "other.yaml")
    with open(path, encoding="utf-8") as file:
        kinds: dict[str, list[str]] = read_yaml(file.read(), path)["kinds"]
    return {name: kind for kind, names in kinds.items() for name in names}


def known_model_types() -> list[str]:
    """Return every model type we have a data file for, sorted."""
    names = (name for name in os.listdir(_folder()) if name.endswith(".yaml"))
    return sorted(name.removesuffix(".yaml") for name in names)
