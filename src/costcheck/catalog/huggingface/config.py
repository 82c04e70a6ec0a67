"""Reads a Hugging Face ``config.json``: the only door from their fields to our architecture."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from costcheck.catalog.huggingface.composites import (
    TextPart,
    flat_text,
    other_parts,
    text_part,
)
from costcheck.catalog.huggingface.families import (
    Family,
    known_model_types,
    load_family,
    other_kinds,
)
from costcheck.catalog.huggingface.fields import (
    MISSING_FIELD,
    UNKNOWN_MODEL_TYPE,
    WRONG_TYPE,
    Fields,
    Problem,
)
from costcheck.catalog.huggingface.heads import stored_weights, type_of_class, with_head
from costcheck.catalog.huggingface.meta_params import from_meta_params
from costcheck.catalog.huggingface.traits import Traits
from costcheck.diagnostics import near_names
from costcheck.physics.architectures.architecture import Architecture

_WAY_OUT = (
    "state its size as {parameters: 284B, active: 13B}, or write its architecture in the scenario "
    "(layers, hidden_size, heads, ffn_size, vocabulary_size)"
)
_TYPING = 0.9
"""Likeness of a field to the one that was probably meant."""
_LAYER_COUNTS = (
    "num_hidden_layers",
    "layer_types",
    "hybrid_override_pattern",
    "layers_block_type",
)


class Imported(NamedTuple):
    """What a config gave: an architecture, or the problems that kept it from being one."""

    architecture: Architecture | None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_config(config: Mapping[str, object]) -> Imported:
    """Read a config, the library's defaults filled in where it states the network's size."""
    config = from_meta_params(config)
    model_type, problem = _model_type(config)
    if problem is not None:
        return Imported(None, problems=(problem,))
    family = load_family(model_type)
    if family is None or family.text_field:
        part = text_part(config, family)
        if part is not None:
            return _read_text_part(config, model_type, part)
    if family is None:
        return Imported(None, problems=(_unknown("model_type", model_type),))
    if family.text_field:
        return _read_text_part(config, model_type, flat_text(config, family))
    return _read_family(config, family)


def _model_type(config: Mapping[str, object]) -> tuple[str, Problem | None]:
    value = config.get("model_type", config.get("_class_name"))
    if value is None:
        named = type_of_class(config, known_model_types())
        if named:
            return named, None
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
    """Name the ways out; another size or generation is never proposed for a misspelling."""
    kind = other_kinds().get(model_type)
    message = f"unknown model_type {model_type!r}"
    if kind:
        message = f"model_type {model_type!r} is {kind} that is not counted yet"
    digits = re.sub(r"\D", "", model_type)
    near = [
        n for n in near_names(model_type, known_model_types()) if re.sub(r"\D", "", n) == digits
    ]
    meant = f"did you mean {near[0]!r}? " if near and not kind else ""
    return Problem(field, UNKNOWN_MODEL_TYPE, message, meant + _WAY_OUT)


def _read_text_part(config: Mapping[str, object], model_type: str, part: TextPart) -> Imported:
    if part.problem is not None:
        return Imported(None, problems=(part.problem,))
    family = load_family(part.model_type)
    if family is None or family.text_field:
        return Imported(None, problems=(_unknown(f"{part.path}model_type", part.model_type),))
    fields = dict(part.fields)
    for name in ("tie_word_embeddings", "architectures", "quantization_config"):
        if name in config and name not in fields:
            fields[name] = config[name]
    if part.tied is not None:
        fields["tie_word_embeddings"] = part.tied
    read = _read_family(fields, family, part.path)
    return read._replace(notes=(other_parts(config, model_type, part), *read.notes))


def _read_family(config: Mapping[str, object], family: Family, path: str = "") -> Imported:
    fields = Fields(config, defaults=family.defaults, aliases=family.aliases, path=path)
    _check_structure(fields, family.structure)
    architecture = _reader(family.reader)(fields, Traits(family.traits, fields))
    if fields.problems:
        return Imported(None, problems=tuple(fields.problems))
    architecture, notes = with_head(architecture, config)
    return Imported(architecture, (*notes, *stored_weights(config)))


def _check_structure(fields: Fields, structure: tuple[str, ...]) -> None:
    """Refuse a config whose size only the library's defaults would give."""
    missing = [name for name in structure or ("hidden_size",) if not fields.has(name)]
    if not structure and not any(fields.has(name) for name in _LAYER_COUNTS):
        missing.append("num_hidden_layers")
    for name in missing:
        near = get_close_matches(name, list(fields.given), n=1, cutoff=_TYPING)
        read = f"; {near[0]} is not read" if near else ""
        fields.report(
            name,
            MISSING_FIELD,
            f"{fields.label(name)} is missing: the config does not state the size of the network",
            f"add {fields.label(name)}{read}",
        )


def _reader(name: str) -> Callable[[Fields, Traits], Architecture]:
    if name == "decoder":
        from costcheck.catalog.huggingface import decoder

        return decoder.read
    from costcheck.catalog.huggingface import (
        compressed,
        diffusion,
        falcon,
        nemotron_h,
        sequence_pairs,
        unet,
        vision,
    )

    readers = {
        "compressed": compressed.read,
        "diffusion": diffusion.read,
        "falcon": falcon.read,
        "nemotron_h": nemotron_h.read,
        "sequence_pairs": sequence_pairs.read,
        "unet": unet.read,
        "vision": vision.read,
    }
    return readers[name]
