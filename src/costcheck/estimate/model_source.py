"""Where the model of a stage comes from: a catalog, a configuration file, or its sizes."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from costcheck.catalog import huggingface
from costcheck.catalog.files import Found
from costcheck.catalog.huggingface import Imported
from costcheck.catalog.huggingface.fields import MISSING_FIELD
from costcheck.catalog.knowledge import Knowledge
from costcheck.catalog.models import Model, Published, Recipe, typed_entry
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.standard import UsualShape, usual_decoder
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import ConfigFile, Sizes
from costcheck.text.files import read_text
from costcheck.text.quantity import Quantity, parse


@dataclass(frozen=True, kw_only=True, eq=False)
class ResolvedModel:
    """What is known of the model that is trained."""

    name: str
    architecture: Architecture | None = None
    parameters: Quantity | None = None
    active: Quantity | None = None
    """Sizes, where only they are known."""
    sequence_length: Quantity | None = None
    """Published training length."""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    id: str = ""

    @property
    def is_sized(self) -> bool:
        """Whether anything says how large it is."""
        return any((self.architecture, self.parameters, self.active))


@lru_cache(maxsize=256)
def from_catalog(file: Found) -> ResolvedModel:
    """A model of the catalog."""
    entry = typed_entry(file, Model)
    imported = Imported(architecture=None)
    if entry.architecture:
        imported = read_architecture(entry.architecture)
        if imported.architecture is None:
            at = Place(file.path)
            raise CostcheckError(
                [
                    Diagnostic(item.code, "error", f"{item.field}: {item.message}", at, item.help)
                    for item in imported.problems
                ]
            )
    published, training = entry.published or Published(), entry.training or Recipe()
    return ResolvedModel(
        name=entry.name or file.id,
        architecture=imported.architecture,
        parameters=published.parameters,
        active=published.active_parameters,
        sequence_length=training.sequence_length,
        sources=tuple(source.label for source in entry.sources),
        notes=(*((file.assumption,) if file.assumption else ()), *imported.notes),
        id=file.id,
    )


_SIZE = re.compile(r"(\d+(?:\.\d+)?[MBT])(?:-A(\d+(?:\.\d+)?[MBT]))?", re.IGNORECASE)
"""A model named by nothing but its size, such as 70B or 30B-A3B."""


def size_written(name: str) -> Sizes | None:
    """The sizes a model's name consists of, None where it is more than a size."""
    match = _SIZE.fullmatch(name.strip())
    if match is None:
        return None
    total, active = (parse(text.upper(), "params") if text else None for text in match.groups())
    return Sizes(parameters=total, active=active) if total is not None else None


def from_scenario(
    model: Any, folder: str, loaded: Loaded
) -> tuple[ResolvedModel | None, list[Diagnostic]]:
    """The model a scenario spells out, and what is wrong with it."""
    if isinstance(model, Sizes):
        active = model.active or model.parameters
        name = f"{model.parameters.text} model" if model.parameters.text else "model"
        return ResolvedModel(name=name, parameters=model.parameters, active=active), []
    if isinstance(model, ConfigFile):
        return _from_config(os.path.join(folder, model.config), loaded)
    imported = read_architecture(model)
    lacking = [problem.field for problem in imported.problems if problem.code == MISSING_FIELD]
    if len(imported.problems) == 1 and lacking in (["vocabulary_size"], ["vocab_size"]):
        rows = round(Knowledge(loaded.catalog).usual_shape.vocabulary)
        imported = read_architecture({**model, lacking[0]: rows})
        note = f"no vocabulary_size is stated: {rows:,} tokens are assumed, and counted"
        imported = imported._replace(notes=(*imported.notes, note))
    return _finish("inline architecture", imported, loaded, "model", ())


@lru_cache(maxsize=256)
def usual_model(shape: UsualShape, parameters: float, active: float) -> Architecture:
    """A decoder of usual proportions, where only its size is known."""
    fields = usual_decoder(parameters=parameters, active_parameters=active, shape=shape)
    imported = read_architecture(fields)
    assert imported.architecture is not None, imported.problems  # noqa: S101 - always readable
    return imported.architecture


def read_architecture(fields: Mapping[str, Any]) -> Imported:
    """An architecture given inline, in our words or in those of a config.json."""
    if "model_type" in fields or "_class_name" in fields:
        return huggingface.read_config(fields)
    return huggingface.read_inline(fields)


def _from_config(path: str, loaded: Loaded) -> tuple[ResolvedModel | None, list[Diagnostic]]:
    import json

    try:
        config = json.loads(read_text(path))
    except OSError as error:
        reason = error.strerror or "cannot be read"
        return None, [_config_problem(loaded, f"{path}: {reason}")]
    except (ValueError, RecursionError) as error:
        return None, [_config_problem(loaded, f"{path}: not JSON: {error}")]
    if not isinstance(config, dict):
        return None, [_config_problem(loaded, f"{path}: not a model configuration")]
    name = str(config.get("_name_or_path") or _title(path))
    return _finish(name, huggingface.read_config(config), loaded, "model.config", (path,))


def _title(path: str) -> str:
    folder, file = os.path.split(path)
    stem = os.path.splitext(file)[0]
    return (os.path.basename(folder) or stem) if stem in ("config", "params") else stem


def _config_problem(loaded: Loaded, message: str) -> Diagnostic:
    advice = "give the path of a Hugging Face config.json, relative to the scenario file"
    return loaded.problem("CC303", message, key="model.config", help=advice)


def _finish(
    name: str, imported: Imported, loaded: Loaded, key: str, sources: tuple[str, ...]
) -> tuple[ResolvedModel | None, list[Diagnostic]]:
    problems = [
        loaded.problem(
            problem.code,
            f"{problem.field}: {problem.message}",
            key=key if key == "model.config" else f"{key}.{problem.field}",
            help=problem.help,
        )
        for problem in imported.problems
    ]
    if imported.architecture is None:
        return None, problems
    model = ResolvedModel(
        name=name, architecture=imported.architecture, sources=sources, notes=tuple(imported.notes)
    )
    return model, problems
