"""Reads a Hugging Face ``config.json``: the only door from their fields to our architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from costcheck.catalog.huggingface.families import Family, known_model_types, load_family
from costcheck.catalog.huggingface.fields import (
    MISSING_FIELD,
    UNKNOWN_MODEL_TYPE,
    WRONG_TYPE,
    Fields,
    Problem,
)
from costcheck.catalog.huggingface.traits import Traits
from costcheck.diagnostics import did_you_mean
from costcheck.physics.architectures.architecture import Architecture


class Imported(NamedTuple):
    """What a config gave: an architecture, or the problems that kept it from being one."""

    architecture: Architecture | None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_config(config: Mapping[str, object]) -> Imported:
    """Read a config, the library's defaults filled in."""
    model_type, problem = _model_type(config)
    if problem is not None:
        return Imported(None, problems=(problem,))
    family = load_family(model_type)
    if family is None:
        return Imported(None, problems=(_unknown("model_type", model_type),))
    if family.text_field:
        return _read_text_part(config, model_type, family)
    return _read_family(config, family)


def _model_type(config: Mapping[str, object]) -> tuple[str, Problem | None]:
    value = config.get("model_type")
    if value is None:
        return "", Problem(
            "model_type",
            MISSING_FIELD,
            "model_type is missing: the config does not say what it is a config of",
            "add the library's model_type, such as llama",
        )
    if not isinstance(value, str):
        message = f"model_type must be a text, not {value!r}"
        return "", Problem("model_type", WRONG_TYPE, message)
    return value, None


def _unknown(field: str, model_type: str) -> Problem:
    advice = did_you_mean(model_type, known_model_types(), "known:")
    return Problem(field, UNKNOWN_MODEL_TYPE, f"unknown model_type {model_type!r}", advice)


def _read_text_part(config: Mapping[str, object], model_type: str, family: Family) -> Imported:
    part = config.get(family.text_field)
    if part is None:
        part, where = {key: config[key] for key in config if key != "model_type"}, ""
        notes = (f"{model_type} config without {family.text_field}: read as the text model",)
    elif isinstance(part, Mapping):
        where = f"{family.text_field}."
        notes = (
            f"the text part ({family.text_field}) of a multimodal {model_type} config was read; "
            "its other parts are not counted",
        )
    else:
        message = f"{family.text_field} must be a mapping, not {part!r}"
        return Imported(None, problems=(Problem(family.text_field, WRONG_TYPE, message),))
    inner = part.get("model_type") or family.text_type
    text_family = load_family(str(inner))
    if text_family is None or text_family.text_field:
        return Imported(None, problems=(_unknown(f"{where}model_type", str(inner)),))
    if "tie_word_embeddings" in config and "tie_word_embeddings" not in part:
        part = {**part, "tie_word_embeddings": config["tie_word_embeddings"]}
    return _read_family(part, text_family, where)._replace(notes=notes)


def _read_family(config: Mapping[str, object], family: Family, path: str = "") -> Imported:
    fields = Fields(config, defaults=family.defaults, aliases=family.aliases, path=path)
    architecture = _reader(family.reader)(fields, Traits(family.traits, fields))
    if fields.problems:
        return Imported(None, problems=tuple(fields.problems))
    return Imported(architecture)


def _reader(name: str) -> Callable[[Fields, Traits], Architecture]:
    if name == "falcon":
        from costcheck.catalog.huggingface import falcon

        return falcon.read
    if name == "nemotron_h":
        from costcheck.catalog.huggingface import nemotron_h

        return nemotron_h.read
    from costcheck.catalog.huggingface import decoder

    return decoder.read
