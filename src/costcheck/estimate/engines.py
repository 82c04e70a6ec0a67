"""Engines that generate, as nodes: what is run on them, how laid out, and what they reach."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from costcheck.catalog.performance import performance_data
from costcheck.catalog.words import words_of
from costcheck.estimate.machine_of import machine_from, machine_nodes
from costcheck.estimate.performance import network_of
from costcheck.estimate.study import Study, central
from costcheck.graph.nodes import Array, Node
from costcheck.physics.decode.answers import Answers, Generated, generate_seconds
from costcheck.physics.decode.engine import (
    Engine as EngineLayout,
    EngineConstants,
    Generator,
    free_bytes,
)
from costcheck.physics.decode.network import DecodeNetwork, decode_network
from costcheck.scenario.rollouts import Engine
from costcheck.scenario.run import Training

LAYOUT = ("tensor", "pipeline", "attention_data", "weight_bytes", "cache_bytes")
"""Arguments that lay an engine out; all others but those of the answers describe its machine."""

QUEUE = 1e5
"""Answers per engine that stand for a queue without end."""


@dataclass(frozen=True)
class EngineFormula:
    """One network on engines of one software."""

    network: DecodeNetwork
    constants: EngineConstants

    def on(self, values: Mapping[str, Array]) -> Generator:
        """The network on an engine and a machine by the names of their quantities."""
        machine = {key: value for key, value in values.items() if key not in LAYOUT}
        return Generator(
            network=self.network,
            machine=machine_from(**machine),
            engine=EngineLayout(**{key: values[key] for key in LAYOUT}),
            constants=self.constants,
        )

    def generated(self, *, answers: Answers, **values: Array) -> Generated:
        """How long an engine takes for its answers."""
        return generate_seconds(self.on(values), answers=answers)


@dataclass(frozen=True, kw_only=True, eq=False)
class EngineNodes:
    """An engine of a stage."""

    formula: EngineFormula
    arguments: Mapping[str, Node]
    """Arguments of `EngineFormula.generated` but the answers."""
    gpus: float
    """Accelerators of one engine."""
    note: str
    """How it is laid out, in words."""


def engine_nodes(study: Study, stated: Engine, *, gpus: float) -> EngineNodes | str:
    """The engine that a stage states or usually has, or why there is none."""
    network, hardware = network_of(study), study.hardware
    if network is None or hardware is None:
        return "needs a model or its size" if network is None else "needs fleet.gpu"
    data, known = performance_data(study.resolved.catalog), study.known.rollouts
    weights = known[f"engine.weight_bytes.{stated.precision or 'bf16'}"]
    machine = machine_nodes(_in_precision(study, stated), hardware, data)
    if isinstance(machine, str):
        return machine
    formula = EngineFormula(decode_network(network), data.engine_constants)
    degrees: dict[str, Node] = {
        key: study.stated(f"engine/{key}", value, "1", why)
        for key, why in words_of("engine").items()
        if (value := getattr(stated, key)) is not None
    }
    stored = study.fixed("engine/weight_bytes", weights, "bytes")
    cache = study.fixed(
        "engine/cache_bytes", known[f"engine.cache_bytes.{stated.cache or 'bf16'}"], "bytes"
    )
    given = {**machine.leaves, "weight_bytes": stored, "cache_bytes": cache}
    tensor, share = "tensor" in degrees, known["engine.weights_share"].value
    for key, why in words_of("engine").items():
        if key not in degrees:
            size = 1.0
            if key == "tensor":
                size = _least_tensor(formula, central({**given, **degrees}), gpus, share)
            degrees[key] = study.derived(f"engine/{key}", size, "1", why)
    values = central({**given, **degrees})
    size = values["tensor"] * values["pipeline"]
    if problem := _problem(formula, values, gpus=gpus, size=size):
        return problem
    origin = "stated" if tensor else "assumed: the smallest that holds the weights well"
    many = f"{gpus / size:,.0f} engines" if math.isfinite(gpus) else "engines"
    note = f"{many} of {size:.0f} {'GPU' if size == 1 else 'GPUs'} ({origin}), weights in "
    note += stated.precision or "bf16"
    return EngineNodes(formula=formula, arguments={**given, **degrees}, gpus=size, note=note)


def _in_precision(study: Study, stated: Engine) -> Study:
    """The study in the precision of the engine."""
    stage = study.stage
    training = replace(stage.training or Training(), precision=stated.precision or "bf16")
    return replace(study, of_stage=replace(study.of_stage, stage=replace(stage, training=training)))


def _least_tensor(
    formula: EngineFormula, values: Mapping[str, float], gpus: float, share: float
) -> float:
    """The smallest power of two in which the weights leave room for the cache."""
    room = values["memory"] * share
    stored = formula.network.stored * values["weight_bytes"] / values.get("pipeline", 1.0)
    least = 2.0 ** max(math.ceil(math.log2(stored / room)), 0)
    most = 2.0 ** math.floor(math.log2(max(gpus, 1.0))) if math.isfinite(gpus) else math.inf
    return max(min(least, most), values.get("attention_data", 1.0))


def _problem(
    formula: EngineFormula, values: Mapping[str, float], *, gpus: float, size: float
) -> str:
    """Why an engine cannot work; empty where it can."""
    if size > gpus:
        return f"an engine of {size:.0f} GPUs is larger than the {gpus:,.0f} that generate"
    room = free_bytes(formula.on({key: np.asarray(value) for key, value in values.items()}))
    if float(room) > 0.0:
        return ""
    weights = formula.network.stored * values["weight_bytes"]
    return f"weights of {weights / 1e9:,.0f} GB do not fit an engine of {size:.0f} GPUs"


def full_token_seconds(
    *,
    formula: EngineFormula,
    reads: bool,
    prompt_tokens: Array,
    answer_tokens: Array,
    **engine: Array,
) -> Array:
    """Accelerator-seconds of one token where answers always wait; `reads`: their prompts too."""
    asked = Answers(
        count=QUEUE,
        prompts_read=QUEUE * reads,
        prompt_tokens=prompt_tokens,
        mean_tokens=answer_tokens,
        longest_tokens=answer_tokens,
    )
    found = formula.generated(answers=asked, **engine)
    size = engine["tensor"] * engine["pipeline"]
    return np.asarray(found.full_seconds * size / (QUEUE * answer_tokens))
