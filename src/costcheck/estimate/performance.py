"""The performance model set up for a stage: its constants, its machine, how far it may be off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from costcheck.catalog.performance import Bundle, PerformanceData, performance_data
from costcheck.estimate.layout_words import SHARDED
from costcheck.estimate.machine_of import MachineNodes, machine_nodes
from costcheck.estimate.model_source import usual_model
from costcheck.estimate.recipe import recipe_of
from costcheck.estimate.recipe_rules import software_of
from costcheck.estimate.result import SUPPORT, Support
from costcheck.estimate.software_parts import Parts, parts_of
from costcheck.estimate.step_formula import StepFormula
from costcheck.estimate.study import Study
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Input
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.parameters import routed_parameters
from costcheck.physics.layout import Offload
from costcheck.physics.step_time.distance import Setting, log_spread
from costcheck.physics.step_time.generation import (
    Precision,
    adjusted,
    generation_values,
    resolve_constants,
)
from costcheck.physics.step_time.layer import PACKED_BELOW
from costcheck.scenario.run import Layout, Software
from costcheck.units import BYTES_PER_GB, BYTES_PER_GIB, NORMAL_DEVIATIONS


@dataclass(frozen=True, kw_only=True, eq=False)
class Performance:
    """Everything a prediction needs that is not a layout."""

    formula: StepFormula
    """Step time and memory as functions."""
    machine: MachineNodes
    """The accelerator and its networks."""
    generation: str
    """Software generation whose constants apply."""
    tags: tuple[str, ...]
    """Kernel family and traits of the software, whose factors apply."""
    beyond_measured: float
    """Log error that a step adds beyond the largest measured fleet."""
    sources: tuple[str, ...]
    memory_sources: tuple[str, ...]
    """Where the constants of both come from."""
    data: PerformanceData
    setting: Setting
    memory_setting: Setting
    """What decides how well step time and memory are known: the software and how it trains."""
    parts: Parts
    """Kernels the run uses."""
    recomputes: str = "none"
    """What the software computes again where nobody says."""
    can: frozenset[str] = frozenset()
    """Choices of a layout that the named software can run at the date, or the usual one."""
    beyond: int = 0
    """In how many ways the run is outside of what was measured."""
    notes: tuple[str, ...] = ()
    idle: Mapping[str, str] = field(default_factory=dict)
    """Stated keys of the machine and its software that change nothing here, with the reason."""

    @property
    def step_spread(self) -> float:
        """Root-mean-square log error of step time on models left out, wider beyond what ran."""
        known = log_spread(variances=self.data.variances, classes=self.setting.classes)
        return math.hypot(known, self.beyond_measured)

    @property
    def memory_spread(self) -> float:
        """Root-mean-square log error of memory on models left out."""
        classes = self.memory_setting.classes
        return log_spread(variances=self.data.memory_variances, classes=classes)

    def laid_out(self, values: Mapping[str, float]) -> Performance:
        """The same with the error class of a final layout, be it stated, completed or found."""
        moved = bool(int(values["offload"]) & ~Offload.ACTIVATIONS)
        classes: dict[str, Any] = {"offloaded": moved, "sharded": values["zero"] == 3.0}
        return replace(
            self,
            setting=replace(self.setting, **classes),
            memory_setting=replace(self.memory_setting, **classes),
        )

    @property
    def found_memory(self) -> float:
        """Memory that a program finds over the printed one: vendors print GB of stacks of GiB."""
        return BYTES_PER_GIB / BYTES_PER_GB * float(self.data.memory["found"]["value"])

    @property
    def largest_measured(self) -> int:
        """Accelerators of the largest measured step of the software."""
        return int(max(self.data.ranges["covered"][self.generation].values()))

    @property
    def host_memory(self) -> float:
        """Memory of a server: as stated, else as usual [byte]."""
        stated = self.machine.host_memory
        return stated.value if stated else self.data.default("host_memory").value

    @property
    def support(self) -> Support:
        """How far from measured runs the model is used."""
        return SUPPORT[min(self.beyond, len(SUPPORT) - 1)]


def performance_of(
    study: Study, *, gpus: float, network: Architecture | None = None, sharded: bool = False
) -> Performance | str:
    """Set the performance model up for a stage, or say what is missing for that.

    Software that nobody names is the usual one; where weights are `sharded`, that which does so.
    """
    hardware = study.hardware
    network = network or network_of(study)
    if network is None or hardware is None:
        return "needs a model or its size" if network is None else "needs fleet.gpu"
    data = performance_data(study.resolved.catalog)
    machine = machine_nodes(study, hardware, data)
    if isinstance(machine, str):
        return machine
    bundle, notes = _bundle(study, data, sharded=sharded)
    parts = _parts(study, bundle, machine, network, data)
    name, tags = bundle.generation, (machine.family, machine.part, *parts.traits)
    formula, habits = _formula(study, network, machine, bundle, data, parts=parts, gpus=gpus)
    covered = data.ranges["covered"][name]
    setting = setting_of(formula, machine, bundle, parts=parts, alone=gpus <= 1.0, covered=covered)
    beyond, remarks = distance(setting, gpus=gpus, covered=covered, data=data)
    remarks += _unlike(network, slower_node(study))
    return Performance(
        formula=formula,
        machine=machine,
        generation=name,
        tags=tags,
        beyond_measured=beyond,
        sources=_sources(name, data.generation(name)),
        memory_sources=tuple(source["title"] for source in data.memory["sources"]),
        data=data,
        setting=setting,
        memory_setting=_memory_setting(setting, bundle),
        parts=parts,
        idle={**machine.idle, **parts.idle},
        recomputes=bundle.recompute,
        can=bundle.can,
        beyond=len(notes) + len(remarks),
        notes=(*machine.notes, *notes, *remarks, *habits),
    )


def slower_node(study: Study) -> Input | None:
    """How many times longer steps take than modelled; None for the language models of the fit."""
    model = study.of_stage.model
    network = model.architecture if model else None
    if network is None or network.kind == "decoder":
        return None
    default = study.known.other_networks[f"slower.{network.kind}"]
    return study.assumed("step_seconds/over_language_models", default, "1")


def _unlike(network: Architecture, slower: Input | None) -> tuple[str, ...]:
    if slower is None or slower.spread is None:
        return ()
    low, high = max(slower.spread.low, slower.spread.lower_bound), slower.spread.high
    return (
        f"the measured steps are of language models: those of {network.kind}s are taken to last "
        f"{slower.value:g} times as long as modelled ({low:g} to {high:g})",
    )


def _formula(
    study: Study,
    network: Architecture,
    machine: MachineNodes,
    bundle: Bundle,
    data: PerformanceData,
    *,
    parts: Parts,
    gpus: float,
) -> tuple[StepFormula, tuple[str, ...]]:
    """Step time and memory as functions, and what of the recipe was left to the software."""
    name, tags = bundle.generation, (machine.family, machine.part, *parts.traits)
    values = generation_values(generation=data.generation(name), tags=tags)
    values = adjusted(values, {"attention_efficiency": parts.attention})
    narrow = machine.precision is not Precision.SIXTEEN_BIT
    recipe = recipe_of(
        study, network, data, generation=name, narrow=narrow, fused=parts.fused, gpus=gpus
    )
    formula = StepFormula(
        architecture=network,
        mtp=bool(study.training.mtp),
        constants=resolve_constants(
            values=values, precision=machine.precision, flash=parts.fused, loops=parts.loops
        ),
        training=recipe.training,
        reserve=recipe.reserve,
        learning=recipe.learning,
    )
    return formula, recipe.habits


def _memory_setting(setting: Setting, bundle: Bundle) -> Setting:
    """What decides how well memory is known: neither the chip nor its links."""
    tags = (bundle.generation, *bundle.traits)
    return replace(setting, tags=tags, outside=False, unseen=not bundle.known)


def network_of(study: Study) -> Architecture | None:
    """The architecture, or one of usual proportions where only sizes are known."""
    model = study.of_stage.model
    if model is None or model.architecture is not None:
        return model.architecture if model else None
    active = model.active or model.parameters
    if active is None:
        return None
    parameters = (model.parameters or active).value
    return usual_model(study.known.usual_shape, parameters, active.value)


def residual_spread(log_deviation: float, *, least: float = 0.0) -> Spread:
    """The 90 % interval of a factor that is right in the median; `least` is its physical floor."""
    half = math.exp(NORMAL_DEVIATIONS * log_deviation)
    return Spread(central=1.0, low=1.0 / half, high=half, lower_bound=min(least, 1.0))


def setting_of(
    formula: StepFormula,
    machine: MachineNodes,
    bundle: Bundle,
    *,
    parts: Parts,
    alone: bool,
    covered: Mapping[str, float],
) -> Setting:
    """What kind of run a stage is before its layout: sharded if its software does so by itself."""
    return Setting(
        tags=(bundle.generation, machine.family, *parts.traits),
        experts=routed_parameters(formula.architecture) > 0,
        narrow=machine.precision is not Precision.SIXTEEN_BIT,
        adapters=float(formula.training.trained_share) < 1.0,
        packed=formula.learning.get("weight_bytes", PACKED_BELOW) < PACKED_BELOW,
        sharded=bundle.generation == SHARDED,
        outside="host_link" in machine.leaves and not alone,
        unseen=machine.family not in covered or not bundle.known,
    )


def distance(
    setting: Setting, *, gpus: float, covered: Mapping[str, float], data: PerformanceData
) -> tuple[float, tuple[str, ...]]:
    """The log error of a fleet beyond the measured ones, and where a run is outside of them."""
    beyond, notes = 0.0, []
    if setting.unseen:
        notes.append(
            "no measured step of this software is on this kind of chip: "
            "the range of the prediction is wider"
        )
    largest = float(max(covered.values()))
    if gpus > largest:
        doublings = math.log2(gpus / largest)
        beyond = data.default("widening.per_doubling_beyond").value * doublings
        notes.append(
            f"the measured steps reach {largest:,.0f} GPUs, this fleet has {gpus:,.0f}: "
            "the range of the prediction is wider"
        )
    return beyond, tuple(notes)


def _bundle(
    study: Study, data: PerformanceData, *, sharded: bool
) -> tuple[Bundle, tuple[str, ...]]:
    layout, day = study.stage.layout, study.resolved.as_of
    software = software_of(study)
    sharded = sharded or (isinstance(layout, Layout) and layout.zero == "3")
    bundle = data.bundle(software=software, sharded=sharded, date=day)
    if bundle.known:
        return bundle, ()
    return bundle, (
        f"no measured step is of {software}: the constants of {bundle.generation} stand in and the "
        "range of the prediction is wider",
    )


def _parts(
    study: Study,
    bundle: Bundle,
    machine: MachineNodes,
    network: Architecture,
    data: PerformanceData,
) -> Parts:
    fleet = study.stage.fleet
    return parts_of(
        fleet.software_parts if fleet else Software(),
        bundle,
        family=machine.family,
        experts=routed_parameters(network) > 0,
        data=data,
    )


def _sources(name: str, generation: Mapping[str, Any]) -> tuple[str, ...]:
    keys = ", ".join(generation["sources"][:3])
    more = len(generation["sources"]) - 3
    return (
        f"constants of {name}, fitted {generation['fitted']} to {generation['rows']} measured "
        f"rows ({keys}{f' and {more} more' if more > 0 else ''}); errors on models left out",
    )
