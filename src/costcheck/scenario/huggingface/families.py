"""Finds and reads the data file of a model type: defaults, aliases, traits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Family(NamedTuple):
    """One ``configs/huggingface/MODEL_TYPE.yaml``."""

    reader: str
    text_field: str
    """Field that holds the text part of a multimodal config; empty for text models."""
    text_type: str
    aliases: Mapping[str, str]
    traits: Mapping[str, object]
    defaults: Mapping[str, object]


def _folder() -> Path:
    package = Path(__file__).resolve().parents[2]
    shipped = package / "_configs" / "huggingface"
    return shipped if shipped.is_dir() else package.parents[1] / "configs" / "huggingface"


@cache
def load_family(model_type: str) -> Family | None:
    """Return the family of a model type, or None where we have no file for it."""
    path = _folder() / f"{model_type}.yaml"
    if not model_type.replace("_", "").replace("-", "").isalnum() or not path.is_file():
        return None
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (safe loaders)
    return Family(
        reader=data.get("reader", ""),
        text_field=data.get("text_field", ""),
        text_type=data.get("text_type", ""),
        aliases=data.get("aliases") or {},
        traits=data.get("traits") or {},
        defaults=data.get("defaults") or {},
    )


def known_model_types() -> list[str]:
    """Return every model type we have a data file for, sorted."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))
