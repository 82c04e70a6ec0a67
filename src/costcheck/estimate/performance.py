"""The performance model set up for a stage: its constants, its machine, how far it may be off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.performance import PerformanceData, performance_data
from costcheck.estimate.layout_of import UNFUSED
from costcheck.estimate.machine_of import MachineNodes, machine_nodes
from costcheck.estimate.model_source import usual_model
from costcheck.estimate.step_formula import StepFormula
from costcheck.estimate.study import Study, decimal_year
from costcheck.graph.distributions import Spread
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.parameters import routed_parameters
from costcheck.physics.memory import Reserve, Training
from costcheck.physics.optimizers import OPTIMIZER_BYTES
from costcheck.physics.step_time import Precision, generation_values, log_spread, resolve_constants
from costcheck.scenario.run import Layout, Training as Trained
from costcheck.units import NORMAL_DEVIATIONS

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
    study: Study, *, gpus: float, network: Architecture | None = None
) -> Performance | str:
    """Set the performance model up for a stage, or say what is missing for that."""
    hardware, training = study.hardware, study.training
    network = network or _network(study)
    if network is None:
        return "needs a model or its size"
    if hardware is None:
        return "needs fleet.gpu"
    data = performance_data(study.resolved.catalog)
    machine = machine_nodes(study, hardware, data)
    if isinstance(machine, str):
        return machine
    name, notes = _generation(study, data)
    generation = data.generation(name)
    year = decimal_year(study.resolved.as_of)
    values = generation_values(generation=generation, hardware=machine.hardware, release=year)
    constants = resolve_constants(values=values, precision=machine.precision, flash=name != UNFUSED)
    kept = data.memory["generations"][name]
    formula = StepFormula(
        architecture=network,
        mtp=bool(training.mtp),
        constants=constants,
        training=_training(training, kept["training"], machine.precision, data),
        reserve=Reserve(**kept["reserve"]),
    )
    reach = Reach(generation=name, machine=machine, gpus=gpus, known_software=not notes)
    is_moe = routed_parameters(network) > 0
    spread, remarks = widened(reach, is_moe=is_moe, data=data)
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


def _network(study: Study) -> Architecture | None:
    """The architecture, or one of usual proportions where only sizes are known."""
    model = study.of_stage.model
    if model is None or model.architecture is not None:
        return model.architecture if model else None
    active = model.active or model.parameters
    if active is None:
        return None
    parameters = (model.parameters or active).value
    return usual_model(study.known.usual_shape, parameters, active.value)


def residual_spread(log_deviation: float) -> Spread:
    """The 90 % interval of a factor that is right in the median."""
    half = math.exp(NORMAL_DEVIATIONS * log_deviation)
    return Spread(central=1.0, low=1.0 / half, high=half, shape="lognormal")


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """What a prediction is asked for, against what was measured."""

    generation: str
    machine: MachineNodes
    gpus: float
    known_software: bool


def widened(reach: Reach, *, is_moe: bool, data: PerformanceData) -> tuple[float, tuple[str, ...]]:
    """The log error to expect, and why it is wider than on measured rows."""
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
    """The set of measured rows whose error a prediction can expect."""
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


def _generation(study: Study, data: PerformanceData) -> tuple[str, tuple[str, ...]]:
    layout, day = study.stage.layout, study.resolved.as_of
    software = study.stage.fleet.software if study.stage.fleet else None
    sharded = isinstance(layout, Layout) and layout.zero == "3"
    chosen = data.choose_generation(software=software, sharded=sharded, date=day)
    if chosen is not None:
        return chosen, ()
    stand_in = data.choose_generation(software=None, sharded=sharded, date=day)
    assert stand_in is not None  # noqa: S101 - the date always decides
    return stand_in, (
        f"no measured step is of {software}: the constants of {stand_in} stand in and the "
        "range of the prediction is wider",
    )


def _training(
    stated: Trained, kept: Mapping[str, float], precision: Precision, data: PerformanceData
) -> Training:
    """How parameters are stored: the generation's way, then precision and method."""
    storage: dict[str, float] = dict(kept)
    if precision is not Precision.SIXTEEN_BIT and storage["master_weights"]:
        # Where 16-bit weights are the working copy, 8-bit products keep their converted inputs.
        storage["linear_input_bytes"] = 1.0
    if stated.precision in ("fp32", "tf32"):
        storage |= {"weight_bytes": 4.0, "gradient_bytes": 4.0, "master_weights": 0.0}
    if stated.method in ("lora", "qlora"):
        adapters = data.prediction["adapters"]
        storage |= {
            "trained_share": data.default("adapters.trained_share").value,
            "weight_bytes": float(adapters["frozen_bytes"][stated.method]),
        }
    return Training(optimizer_bytes=OPTIMIZER_BYTES[stated.optimizer or "adamw"], **storage)


def _memory_spread(name: str, machine: MachineNodes, data: PerformanceData) -> float:
    measured = float(data.memory["log_spread"][name])
    same = data.prediction["memory_covered"][name] == machine.hardware
    if same and machine.precision is Precision.SIXTEEN_BIT:
        return measured
    return math.hypot(measured, data.default("widening.memory_elsewhere").value)


def _sources(name: str, generation: Mapping[str, Any]) -> tuple[str, ...]:
    keys = ", ".join(generation["sources"][:3])
    more = len(generation["sources"]) - 3
    return (
        f"constants of {name}, fitted {generation['fitted']} to {generation['rows']} measured "
        f"rows ({keys}{f' and {more} more' if more > 0 else ''}); errors on models left out",
    )
