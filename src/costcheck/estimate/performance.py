"""The performance model set up for a stage: its constants, its machine, how far it may be off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from costcheck.catalog.performance import PerformanceData, performance_data
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.layout_of import UNFUSED
from costcheck.estimate.machine_of import MachineNodes, machine_nodes
from costcheck.estimate.modelled import decimal_year
from costcheck.estimate.resolve import Resolved, ResolvedStage
from costcheck.estimate.step_formula import StepFormula
from costcheck.graph.distributions import Spread
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Node
from costcheck.physics.memory import Optimizer, Reserve, Training
from costcheck.physics.step_time import Precision, generation_values, log_spread, resolve_constants
from costcheck.scenario.run import Fleet, Layout, Training as Trained
from costcheck.units import NORMAL_DEVIATIONS

OPTIMIZERS = {
    "adamw": Optimizer.ADAMW,
    "muon": Optimizer.MUON,
    "adafactor": Optimizer.ADAFACTOR,
    "sgd": Optimizer.SGD,
    "adamw-8bit": Optimizer.ADAMW_8BIT,
}
ONE_SERVER = 8.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Performance:
    """Everything a prediction needs that is not a layout.

    Parameters
    ----------
    formula : StepFormula
        Step time and memory as functions.
    machine : MachineNodes
        The accelerator and its networks.
    generation : str
        Software generation whose constants apply.
    step_spread, memory_spread : float
        Root-mean-square log error of step time and memory on models left out, widened where the
        measured rows do not reach.
    sources, memory_sources : tuple of str
        Where the constants of both come from.
    """

    formula: StepFormula
    machine: MachineNodes
    generation: str
    step_spread: float
    memory_spread: float
    sources: tuple[str, ...]
    memory_sources: tuple[str, ...]
    data: PerformanceData
    notes: tuple[str, ...] = ()


def performance_of(
    stage: ResolvedStage, *, gpus: float, resolved: Resolved, desk: StageDesk
) -> Performance | str:
    """Set the performance model up for a stage, or say what is missing for that."""
    model, hardware = stage.model, stage.hardware
    if model is None or model.architecture is None:
        return "needs the exact architecture of the model, not only its size"
    if hardware is None:
        return "needs fleet.gpu"
    data = performance_data(resolved.catalog)
    said = stage.stage.training or Trained()
    fleet = stage.stage.fleet or Fleet()
    machine = machine_nodes(hardware, fleet, said.precision or "bf16", data, desk)
    if isinstance(machine, str):
        return machine
    name, notes = _generation(stage, fleet, resolved, data)
    generation = data.generation(name)
    year = decimal_year(resolved.as_of)
    values = generation_values(generation=generation, hardware=machine.hardware, release=year)
    constants = resolve_constants(values=values, precision=machine.precision, flash=name != UNFUSED)
    kept = data.memory["generations"][name]
    formula = StepFormula(
        architecture=model.architecture,
        mtp=bool(said.mtp),
        constants=constants,
        training=_training(said, kept["training"], machine.precision, data),
        reserve=Reserve(**kept["reserve"]),
    )
    reach = Reach(generation=name, machine=machine, gpus=gpus, known_software=not notes)
    spread, remarks = widened(reach, is_moe=_has_experts(formula), data=data)
    return Performance(
        formula=formula,
        machine=machine,
        generation=name,
        step_spread=spread,
        memory_spread=_memory_spread(name, machine, data),
        sources=_sources(name, generation),
        memory_sources=tuple(source["title"] for source in data.memory["sources"]),
        data=data,
        notes=(*machine.notes, *notes, *remarks),
    )


def residual_spread(log_deviation: float) -> Spread:
    """Return the 90 % interval of a factor that is right in the median."""
    half = math.exp(NORMAL_DEVIATIONS * log_deviation)
    return Spread(central=1.0, low=1.0 / half, high=half, shape="lognormal")


def central(leaves: Mapping[str, Node]) -> dict[str, Any]:
    """Return the central values of leaves by name."""
    found = evaluate(leaves.values(), record=False)
    return {key: float(np.asarray(found[node])) for key, node in leaves.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """What a prediction is asked for, against what was measured."""

    generation: str
    machine: MachineNodes
    gpus: float
    known_software: bool


def widened(reach: Reach, *, is_moe: bool, data: PerformanceData) -> tuple[float, tuple[str, ...]]:
    """Return the log error to expect, and why it is wider than on measured rows."""
    generation = data.generation(reach.generation)
    regime = regime_of(
        generation["errors"],
        is_moe=is_moe,
        hardware=reach.machine.hardware,
        precision=reach.machine.precision,
        gpus=reach.gpus,
    )
    parts, notes = [log_spread(generation=generation, regime=regime)], []
    covered = data.prediction["covered"][reach.generation]
    most = covered.get(reach.machine.hardware) if reach.machine.seen else None
    if most is None:
        parts.append(data.default("widening.unseen_hardware").value)
        notes.append(
            "no measured step of this software generation is on this class of GPU: "
            "the range of the prediction is wider"
        )
    largest = float(most or max(covered.values()))
    if reach.gpus > largest:
        doublings = math.log2(reach.gpus / largest)
        parts.append(data.default("widening.per_doubling_beyond").value * doublings)
        notes.append(
            f"the measured steps reach {largest:,.0f} GPUs, this fleet has {reach.gpus:,.0f}: "
            "the range of the prediction is wider"
        )
    if not reach.known_software:
        parts.append(data.default("widening.unknown_software").value)
    return math.hypot(*parts), tuple(notes)


def regime_of(
    errors: Mapping[str, Any], *, is_moe: bool, hardware: str, precision: Precision, gpus: float
) -> str:
    """Return the set of measured rows whose error a prediction can expect."""
    narrow = precision is not Precision.SIXTEEN_BIT
    wanted = (
        ("moe", is_moe),
        ("fp8", narrow),
        ("b200", hardware.startswith(("b", "gb"))),
        ("h100-bf16-dense", hardware == "h100"),
        ("fsdp", True),
        ("a100-single-node", gpus <= ONE_SERVER),
        ("a100-multi-node", True),
    )
    return next((name for name, applies in wanted if applies and name in errors), "")


def _generation(
    stage: ResolvedStage, fleet: Fleet, resolved: Resolved, data: PerformanceData
) -> tuple[str, tuple[str, ...]]:
    said = stage.stage.layout
    sharded = isinstance(said, Layout) and said.zero == "3"
    chosen = data.choose_generation(software=fleet.software, sharded=sharded, date=resolved.as_of)
    if chosen is not None:
        return chosen, ()
    stand_in = data.choose_generation(software=None, sharded=sharded, date=resolved.as_of)
    assert stand_in is not None  # noqa: S101 - the date always decides
    return stand_in, (
        f"no measured step is of {fleet.software}: the constants of {stand_in} stand in and the "
        "range of the prediction is wider",
    )


def _training(
    said: Trained, kept: Mapping[str, float], precision: Precision, data: PerformanceData
) -> Training:
    """Return how parameters are stored: the generation's way, then precision and method."""
    storage: dict[str, float] = dict(kept)
    if precision is not Precision.SIXTEEN_BIT and storage["master_weights"]:
        # Where 16-bit weights are the working copy, 8-bit products keep their converted inputs.
        storage["linear_input_bytes"] = 1.0
    if said.precision in ("fp32", "tf32"):
        storage |= {"weight_bytes": 4.0, "gradient_bytes": 4.0, "master_weights": 0.0}
    if said.method in ("lora", "qlora"):
        adapters = data.prediction["adapters"]
        storage |= {
            "trained_share": data.default("adapters.trained_share").value,
            "weight_bytes": float(adapters["frozen_bytes"][said.method]),
        }
    return Training(optimizer=float(OPTIMIZERS[said.optimizer or "adamw"]), **storage)


def _memory_spread(name: str, machine: MachineNodes, data: PerformanceData) -> float:
    measured = float(data.memory["log_spread"][name])
    same = data.prediction["memory_covered"][name] == machine.hardware
    if same and machine.precision is Precision.SIXTEEN_BIT:
        return measured
    return math.hypot(measured, data.default("widening.memory_elsewhere").value)


def _has_experts(formula: StepFormula) -> bool:
    from costcheck.physics.architectures import routed_parameters

    return routed_parameters(formula.architecture) > 0


def _sources(name: str, generation: Mapping[str, Any]) -> tuple[str, ...]:
    keys = ", ".join(generation["sources"][:3])
    more = len(generation["sources"]) - 3
    return (
        f"constants of {name}, fitted {generation['fitted']} to {generation['rows']} measured "
        f"rows ({keys}{f' and {more} more' if more > 0 else ''}); errors on models left out",
    )
