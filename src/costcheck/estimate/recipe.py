"""How a run trains: which weights learn, how each number is stored, how the loss is computed.

What the file does not say is as the named software does it; the notes say what that is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.performance import PerformanceData
from costcheck.estimate.recipe_problems import method_of
from costcheck.estimate.recipe_rules import (
    Objective,
    adapters_in,
    compared_length,
    habits_of,
    objective_of,
    software_name,
    teacher_flops,
    teacher_parameters,
)
from costcheck.estimate.study import Study
from costcheck.physics.architectures.adapters import Adapters
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.flops import forward_flops
from costcheck.physics.architectures.parameters import parameter_tree, routed_parameters
from costcheck.physics.memory.training import Reserve, Training
from costcheck.scenario.run import Adapter, Storage

PARTS = ("weights", "gradients", "master", "moments")


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """What of a model is trained, and what that keeps in memory."""

    training: Training
    reserve: Reserve
    learning: Mapping[str, float]
    """Fields of a workload that say what of the model learns, and what runs beside."""
    habits: tuple[str, ...] = ()
    """What was left to the software, in words."""


def recipe_of(
    study: Study,
    network: Architecture,
    data: PerformanceData,
    *,
    generation: str,
    narrow: bool,
    fused: bool,
    gpus: float,
) -> Recipe:
    """How a stage trains on a software generation, its attention core fused or not."""
    method, habits = method_of(study.training), habits_of(study, narrow=narrow)
    objective = objective_of(study)
    kept, adapters = data.memory["generations"][generation], adapters_in(study, network)
    formats = _formats(study, kept["training"], habits, data, adapted=adapters is not None)
    # Without a stated batch nobody knows of a layout that its step has one micro-batch.
    ways, batch = _ways(study, network, habits, gpus), study.training.global_batch
    storage: dict[str, Any] = {
        "dropout": kept["training"]["dropout"],
        "score_bytes": 0.0 if fused else kept["unfused_score_bytes"],
        **_bytes(formats, ways.optimizer, data, copy=habits.get("gradient_copy", "none")),
        **_learning(network, method, adapters),
        **_frozen(formats, data),
        "in_backward": float(ways.in_backward and batch is not None),
        "gradients_pass": float(bool(habits.get("passing_gradients")) and batch is not None),
        "loss_chunks": data.memory["loss_chunks"]["value"] if ways.loss == "chunked" else 1.0,
        "loss_whole": float(ways.loss != "chunked" or not habits.get("chunked_head")),
        "loss_fused": float(ways.loss == "fused" or objective.scalar_head),
        "resident_bytes": _resident_bytes(study, network, objective, data, method=method),
        "linear_input_bytes": _kept_input_bytes(formats, narrow=narrow),
    }
    reserve, size = {**kept["reserve"], **habits.get("reserve", {})}, data.memory["logit_bytes"]
    reserve["logit_bytes"] = min(reserve["logit_bytes"], size.get(ways.loss, math.inf))
    reserve["logit_bytes"] += size["teacher"] * (objective.teacher and ways.loss != "fused")
    return Recipe(
        training=Training(**storage),
        reserve=Reserve(**reserve),
        learning=_work(study, network, adapters, storage, narrow=narrow)
        | _scoring(study, network, objective),
        habits=(*_trained_words(adapters, storage), *_words(study, formats, ways)),
    )


@dataclass(frozen=True, kw_only=True)
class _Ways:
    """Choices of a recipe that are no formats."""

    optimizer: str
    loss: str
    in_backward: bool


def _ways(study: Study, network: Architecture, habits: Mapping[str, Any], gpus: float) -> _Ways:
    """What the file states, else what the software does, on one accelerator or on many."""
    training = study.training
    alone = habits.get("one_gpu", {}) if gpus <= 1.0 and method_of(training) == "full" else {}
    in_backward = training.optimizer_in_backward
    if in_backward is None:
        in_backward = bool(alone.get("optimizer_in_backward", False))
    return _Ways(
        optimizer=training.optimizer or alone.get("optimizer", "adamw"),
        loss=training.cross_entropy or _usual_loss(study, network, habits),
        in_backward=in_backward,
    )


def _usual_loss(study: Study, network: Architecture, habits: Mapping[str, Any]) -> str:
    """The loss of the software: compiled with the rest, or as its recipes for experts are."""
    stated = study.stage.fleet.software_parts.compile if study.stage.fleet else None
    asked = routed_parameters(network) > 0 if stated is None else stated
    since = habits.get("compiled_loss", {}).get("experts" if stated is None else "asked")
    if asked and since and study.resolved.as_of >= str(since):
        return "compiled"
    return str(habits.get("cross_entropy", "standard"))


def _formats(
    study: Study,
    kept: Mapping[str, float],
    habits: Mapping[str, Any],
    data: PerformanceData,
    *,
    adapted: bool,
) -> dict[str, str]:
    """Format of what is stored: as stated, else the software's, else the generation's."""
    training, rules = study.training, data.memory["adapters"]
    found = _of_generation(kept)
    if adapted:
        found = dict(rules["storage"])
    elif training.precision in ("fp32", "tf32"):
        found = {"weights": "fp32", "gradients": "fp32", "master": "none", "moments": "fp32"}
    else:
        found |= habits.get("storage", {})
    stated = training.storage or Storage()
    found |= {part: value for part in PARTS if (value := getattr(stated, part)) is not None}
    method = method_of(training)
    if method != "full":
        base = (training.adapter or Adapter()).base
        usual = habits.get("base") if method != "qlora" else None
        found["base"] = base or usual or rules["base"][method]
    return found


def _of_generation(kept: Mapping[str, float]) -> dict[str, str]:
    """The formats that a generation's bytes stand for."""
    names = {4.0: "fp32", 2.0: "bf16"}
    master = kept["optimizer_bytes"] > 8.0
    return {
        "weights": names[kept["weight_bytes"]],
        "gradients": names[kept["gradient_bytes"]],
        "master": "fp32" if master else "none",
        "moments": "fp32",
    }


def _bytes(
    formats: Mapping[str, str], optimizer: str, data: PerformanceData, *, copy: str
) -> dict[str, float]:
    """Bytes of a trained parameter; `copy` is the format of the gradients of one pass."""
    size, rule = data.memory["formats"]["bytes"], data.memory["optimizers"][optimizer]
    moment = size[rule.get("format", formats["moments"])]
    return {
        "weight_bytes": size[formats["weights"]],
        "gradient_bytes": size[formats["gradients"]] + size[copy],
        "optimizer_bytes": size[formats["master"]] + rule["moments"] * moment,
        "paged": float(rule.get("paged", False)),
    }


def _learning(network: Architecture, method: str, adapters: Adapters | None) -> dict[str, float]:
    """Which part of a model is trained, and which inputs that keeps."""
    if method == "full":
        return {}
    tree = parameter_tree(network)
    if adapters is None:
        head = sum(w.inputs * w.outputs for w in network.head.weights())
        return {"trained_share": head / float(tree.value), "layers_learn": 0.0}
    return {
        "trained_share": adapters.parameters / float(tree.value),
        "adapter_inputs": adapters.inputs / network.layers,
        "mixer_inputs": float(adapters.mixer_inputs),
        "mlp_inputs": float(adapters.mlp_inputs),
        "inner_inputs": float(adapters.inner_inputs),
    }


def _work(
    study: Study,
    network: Architecture,
    adapters: Adapters | None,
    storage: Mapping[str, Any],
    *,
    narrow: bool,
) -> dict[str, float]:
    """What a step computes of a model that does not learn as a whole."""
    method = method_of(study.training)
    if method == "full":
        return {}
    found = {"trained_share": storage["trained_share"]}
    packed = min(storage["frozen_bytes"], 2.0)
    # Products in 8 bits take 8-bit weights as they are.
    found["weight_bytes"] = 2.0 if narrow and packed == 1.0 else packed
    if adapters is None:
        return found | {"layer_passes": 1.0}
    norms = adapters.elements / network.layers if method == "dora" else 0.0
    return found | {
        "layer_passes": 2.0,
        "head_passes": 2.0,
        "adapter_width": adapters.width / network.layers,
        "adapted_elements": norms,
    }


def _scoring(study: Study, network: Architecture, objective: Objective) -> dict[str, float]:
    """What runs beside the training: passes of a reference and of a teacher."""
    tokens = compared_length(study)
    passes = objective.scoring_passes
    if objective.teacher and study.of_stage.teacher:
        own = float(forward_flops(network, sequence_length=tokens, convention="causal").value)
        passes += teacher_flops(study.of_stage.teacher, tokens) * tokens / own
    found = {"scoring_passes": passes} if passes else {}
    return found | {"head_passes": 0.0} if objective.scalar_head else found


def _resident_bytes(
    study: Study,
    network: Architecture,
    objective: Objective,
    data: PerformanceData,
    *,
    method: str,
) -> float:
    """Other models in memory per parameter; adapters are taken off to get their reference."""
    size = float(data.memory["formats"]["bytes"]["bf16"])
    held = size if objective.reference and method == "full" else 0.0
    teacher = study.of_stage.teacher if objective.teacher else None
    if teacher is not None:
        held += size * teacher_parameters(teacher) / float(parameter_tree(network).value)
    return held


def _frozen(formats: Mapping[str, str], data: PerformanceData) -> dict[str, float]:
    """Bytes of what stays as it is; tables are never packed."""
    if "base" not in formats:
        return {}
    size = data.memory["formats"]["bytes"]
    layers = size[formats["base"]]
    return {"frozen_bytes": layers, "table_bytes": max(layers, size["bf16"])}


def _kept_input_bytes(formats: Mapping[str, str], *, narrow: bool) -> float:
    """Where 16-bit weights are the working copy, 8-bit products keep their converted inputs."""
    beside = formats["master"] != "none" or "base" in formats
    return 1.0 if narrow and beside else 2.0


def _trained_words(adapters: Adapters | None, storage: Mapping[str, Any]) -> tuple[str, ...]:
    """How much of the model is trained, where adapters are."""
    if adapters is None:
        return ()
    share = storage["trained_share"]
    return (f"trains {adapters.parameters:,} parameters, {share:.2%} of the model's",)


def _words(study: Study, formats: Mapping[str, str], ways: _Ways) -> tuple[str, ...]:
    """What the file leaves to the software and the run does otherwise than plainest."""
    stated, training = study.training.storage or Storage(), study.training
    left = [f"{part} {formats[part]}" for part in PARTS if getattr(stated, part) is None]
    if "base" in formats and (training.adapter or Adapter()).base is None:
        left.append(f"frozen weights {formats['base']}")
    if training.optimizer is None:
        left.append(f"optimizer {ways.optimizer}")
    if training.cross_entropy is None and ways.loss != "standard":
        left.append(f"{ways.loss} cross-entropy")
    if training.optimizer_in_backward is None and ways.in_backward:
        left.append("optimizer in backward")
    software, fleet = software_name(study), study.stage.fleet
    if not left or not software:
        return ()
    unnamed = "" if fleet and fleet.software_parts.name else ", unnamed"
    return (f"stored as {software} does{unnamed}: {', '.join(left)}",)
