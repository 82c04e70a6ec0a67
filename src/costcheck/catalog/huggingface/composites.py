"""Configs of several networks: the language model inside, and what else there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcheck.catalog.huggingface.families import Family
from costcheck.catalog.huggingface.fields import WRONG_TYPE, Problem

_TEXT_FIELDS = (
    "text_config",
    "llm_config",
    "language_config",
    "thinker_config.text_config",
    "language_model",
    "text_model_config",
)
"""Where composite configs keep their language model."""
_OF_THE_LIBRARY = ("text_config", "thinker_config.text_config")
"""Where the library's own classes keep it: there the outer config ties the head or does not."""
_PART = "_config"


class TextPart(NamedTuple):
    """The language model of a composite config."""

    fields: Mapping[str, object]
    model_type: str
    path: str = ""
    tied: bool | None = None
    """Whether the head is the token table, where the config around the part decides it."""
    problem: Problem | None = None


def text_part(config: Mapping[str, object], family: Family | None) -> TextPart | None:
    """Return the language model a config holds under any of the usual names, None without one."""
    for path in _TEXT_FIELDS:
        part: object = config
        outer: object = config
        for name in path.split("."):
            outer = part
            part = part.get(name) if isinstance(part, Mapping) else None
        if isinstance(part, Mapping):
            inner = part.get("model_type") or (family.text_type if family else "")
            tied = outer.get("tie_word_embeddings") if isinstance(outer, Mapping) else None
            own = path in _OF_THE_LIBRARY and isinstance(tied, bool)
            return TextPart(part, str(inner), f"{path}.", tied if own else None)
        if part is not None:
            problem = Problem(path, WRONG_TYPE, f"{path} must be a mapping, not {part!r}")
            return TextPart({}, "", problem=problem)
    return None


def flat_text(config: Mapping[str, object], family: Family) -> TextPart:
    """Return a composite config without a text part as its own, as old ones were written."""
    return TextPart({key: config[key] for key in config if key != "model_type"}, family.text_type)


def other_parts(config: Mapping[str, object], model_type: str, part: TextPart) -> str:
    """Say which part was read, and name those that are not counted."""
    if not part.path:
        return f"{model_type} config without a text part: read as the text model"
    name = part.path.rstrip(".")
    others = [
        f"{key.removesuffix(_PART)} ({value.get('model_type')})"
        if value.get("model_type")
        else key.removesuffix(_PART)
        for key, value in config.items()
        if isinstance(value, Mapping) and key.endswith(_PART) and not name.startswith(key)
        if key != "quantization_config"
    ]
    left = f"; not counted: {', '.join(others)}" if others else ""
    return f"the text part ({name}) of a multimodal {model_type} config was read{left}"
