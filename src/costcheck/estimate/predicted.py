"""Step time, MFU and memory of a layout, predicted: the nodes an estimate puts in its graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from costcheck.catalog.defaults import Default
from costcheck.catalog.words import words_of
from costcheck.estimate.calibration import Calibration, calibration_of
from costcheck.estimate.compute import Compute
from costcheck.estimate.layout_of import (
    LayoutNodes,
    completed_leaves,
    describe,
    layout_nodes,
    searched_layout_nodes,
)
from costcheck.estimate.layout_open import Completion, completion_of
from costcheck.estimate.layout_words import code_name
from costcheck.estimate.performance import (
    Performance,
    performance_of,
    residual_spread,
    slower_node,
)
from costcheck.estimate.recipe_rules import software_of
from costcheck.estimate.recomputed import hfu_factor
from costcheck.estimate.step_formula import (
    ALLOCATED_PARTS,
    BATCH_KEYS,
    LAYOUT_KEYS,
    STEP_PARTS,
    layout_from,
    memory_part,
    step_part,
)
from costcheck.estimate.study import (
    MEMORY_RESIDUAL,
    SPLITS,
    STEP_RESIDUAL,
    STEP_RESIDUAL_WHY,
    Study,
    central,
    known_value,
)
from costcheck.estimate.timing import count_node, peak_node
from costcheck.estimate.usual_batch import batch_node
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Factors, Node, Unknown, call, total
from costcheck.physics.architectures.parameters import routed_parameters
from costcheck.physics.layout import Layout as Split
from costcheck.scenario.run import Layout

if TYPE_CHECKING:
    from costcheck.physics.search import SearchResult


EXPERT_PARTS = ("experts", "expert_communication")


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What the performance model says of a stage."""

    performance: Performance
    """The model as it was set up."""
    arguments: Mapping[str, Node]
    """Every quantity the step time depends on."""
    values: Mapping[str, float]
    """Their central values."""
    mfu: Node
    hfu_factor: Node
    step_seconds: Node
    memory: Node
    """MFU of a step, what recomputation adds to it, and what an optimizer step takes in time and
    memory."""
    gpus: Node
    """Accelerators the layout uses."""
    batch: Node
    calibration: Calibration | None
    searched: SearchResult | None
    """What the search for a layout found, where the file leaves it to us."""
    completion: Completion
    """What the layout leaves open, as it was completed."""
    notes: tuple[str, ...]
    impossible: str = ""
    """Why the stages cannot have the layers that the file states; empty where they can."""
    assumed: bool = False
    """Whether the file asks for no layout at all."""
    least: float = 0.0
    """Residual of the step below which it would pass the ceiling of products."""
    slower: Spread | None = None
    """How many times longer than modelled the steps of such a network take."""

    @property
    def layout(self) -> Split:
        """The layout at the central values."""
        return layout_from(self.values)

    @property
    def gpus_used(self) -> float:
        """Accelerators the layout uses at the central values."""
        return math.prod(self.values[key] for key in SPLITS)

    def bases(self, way: str) -> dict[str, str]:
        """What the results rest on, by their names."""
        searched = "assumed, found by search" if self.assumed else "found by search"
        origin = searched if self.searched else "stated"
        layout = f"{describe(self.layout)}, {origin}"
        if self.completion.chosen:
            layout += ", open keys completed"
        shown = {"memory_bytes_per_gpu": layout, "hfu": f"{self.recompute} recomputation"}
        if way == "predicted":
            measured = "predicted, calibrated" if self.calibration else "predicted"
            completed = "completed layout" if self.completion.chosen else "layout"
            source = f"from the {completed} ({self.performance.generation})"
            speed, reached = (
                f"{measured} {source}",
                f"prediction and what runs reach of it, {source}",
            )
            whole = speed if self.calibration else reached
            shown |= {
                "step_seconds": speed,
                "gpu_hours": whole,
                "days": whole,
                "mfu": f"of the dense BF16 peak; {speed}",
            }
        return shown

    @property
    def open_choices(self) -> Spread | None:
        """How much slower than the completed layout a run may be; None where a step decides."""
        return None if self.calibration else self.completion.spread

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the range of the step over its centre: errors add up in squares of logarithms."""
        spread = self.calibration.spread if self.calibration else self.performance.step_spread
        parts = [residual_spread(spread, least=self.least)] + (
            [each for each in (self.open_choices, self.slower) if each]
        )
        down = math.hypot(
            *(math.log(part.central / max(part.low, part.lower_bound)) for part in parts)
        )
        up = math.hypot(*(math.log(part.high / part.central) for part in parts))
        return math.exp(-down), math.exp(up)

    @property
    def recompute(self) -> str:
        """What the backward pass computes again, by its name."""
        return code_name("recompute", float(self.layout.recompute))


def predict(study: Study, compute: Compute) -> Prediction | str:
    """Predict step time and memory of a stage's layout, or say what is missing for that."""
    count = count_node(study)
    if (gpus := known_value(count)) is None:
        return "needs fleet.count, or the data-parallel size of the layout"
    found = _laid_out(study, gpus, compute)
    if isinstance(found, str):
        return found
    performance, layout, batch, searched = found
    arguments, completion = _arguments(study, performance, layout, compute, batch)
    timed = {**arguments, "sequence_length": compute.computed_length}
    values, steps = central(arguments), central(timed)
    performance = performance.laid_out(values)
    calibration = calibration_of(study, performance, steps)
    slower = None if calibration else completion.spread
    again = hfu_factor(study, performance, compute, arguments)
    least = _least(performance, (compute.flops_per_token, again), steps, calibration, slower)
    other = None if calibration else slower_node(study)
    step = _step_node(study, performance, timed, (calibration, slower), least)
    step = _longer(study, step, other)
    return Prediction(
        performance=performance,
        arguments=arguments,
        values=values,
        mfu=_mfu(study, compute, batch, step * count * peak_node(study)),
        hfu_factor=again,
        step_seconds=step,
        memory=_memory_node(study, performance, arguments),
        gpus=count,
        batch=batch,
        calibration=calibration,
        searched=searched,
        completion=completion,
        notes=performance.notes + layout.notes + (calibration or completion).notes,
        impossible=layout.impossible,
        least=least,
        slower=other.spread if other else None,
    )


def _longer(study: Study, step: Node, other: Node | None) -> Node:
    if other is None:
        return step
    why = "one optimizer step of the layout, by what such networks take"
    return study.let("step_seconds/slower", "s", step * other, why)


def _arguments(
    study: Study, performance: Performance, layout: LayoutNodes, compute: Compute, batch: Node
) -> tuple[dict[str, Node], Completion]:
    """Every quantity of the step, and how the layout was completed."""
    sizes = {"global_batch": batch, "sequence_length": compute.sequence_length}
    arguments = {**performance.machine.leaves, **layout.leaves, **sizes}
    completion = completion_of(study, performance, layout, central(arguments))
    return arguments | completed_leaves(study, completion.chosen), completion


def _mfu(study: Study, compute: Compute, batch: Node, at_peak: Factors) -> Node:
    flops = compute.flops_per_token * batch * compute.computed_length
    why = "model FLOPs of a step over what the peak allows in the predicted time"
    return study.let("mfu/predicted", "share", flops / at_peak, why)


LaidOut: TypeAlias = tuple[Performance, LayoutNodes, Node, "SearchResult | None"]
"""The model of a run, its layout, its batch, and the search that found the layout."""


def _laid_out(study: Study, gpus: float, compute: Compute) -> LaidOut | str:
    """The layout and its batch: stated, or found by a search."""
    performance, stated = performance_of(study, gpus=gpus), study.stage.layout
    if isinstance(performance, str):
        return performance
    data = performance.data
    if isinstance(stated, Layout):
        layout = layout_nodes(study, stated, performance)
        degrees = {**layout.left_open, **central(layout.leaves)}
        batch = batch_node(study, compute, data, gpus=gpus, degrees=degrees)
        return performance, layout, batch, None
    batch = batch_node(study, compute, data, gpus=gpus, degrees={})
    sizes = central({"global_batch": batch, "sequence_length": compute.sequence_length})
    found = _searched(study, performance, {"gpus": gpus, **sizes})
    if isinstance(found, str):
        return found
    performance, result, split = found
    return performance, searched_layout_nodes(study, split), batch, result


def _searched(
    study: Study, performance: Performance, run: Mapping[str, float]
) -> tuple[Performance, SearchResult, Split] | str:
    """As usual; where nothing fits and nobody names the software, as that which shards weights."""
    from costcheck.estimate.layout_search import find_layout

    found = find_layout(performance, **run)
    if isinstance(found, str) or found[0].best or software_of(study):
        return found if isinstance(found, str) else (performance, *found)
    sharded = performance_of(study, gpus=run["gpus"], sharded=True)
    if not isinstance(sharded, str):
        other = find_layout(sharded, **run)
        if not isinstance(other, str) and other[0].best and other[1].zero == 3.0:
            return sharded, *other
    return performance, *found


def _step_node(
    study: Study,
    performance: Performance,
    arguments: Mapping[str, Node],
    corrections: tuple[Calibration | None, Spread | None],
    least: float,
) -> Node:
    """One step of the layout; `least` is the floor of its residual."""
    formula, (calibration, slower) = performance.formula, corrections
    dense = not routed_parameters(formula.architecture)
    terms = [
        study.let(
            f"step_seconds/{part}",
            "s",
            call(step_part, formula=formula, part=part, **arguments),
            words_of("step")[part],
        )
        for part in STEP_PARTS
        if not (dense and part in EXPERT_PARTS)
    ]
    why = "what a step is spent on, by the performance model"
    modelled = study.let("step_seconds/modelled", "s", total(*terms), why)
    residual = study.residual(
        STEP_RESIDUAL,
        residual_spread(
            calibration.spread if calibration else performance.step_spread, least=least
        ),
        STEP_RESIDUAL_WHY,
        performance.sources,
    )
    step = modelled * calibration.factor * residual if calibration else modelled * residual
    if slower:
        step = step * _open_choices(study, slower, performance)
    return study.let("step_seconds/predicted", "s", step, "one optimizer step of the layout")


def _least(
    performance: Performance,
    worked: tuple[Node, Node],
    values: Mapping[str, float],
    calibration: Calibration | None,
    slower: Spread | None,
) -> float:
    """The residual at which the FLOPs of a step, repeated ones too, run at the peak's ceiling."""
    if any(isinstance(node, Unknown) for node in worked):
        return 0.0
    flops = math.prod(central(dict(zip(("per token", "repeated"), worked, strict=True))).values())
    rate = values["matmul_peak"] * float(np.asarray(performance.formula.constants.ceiling))
    tokens = values["global_batch"] * values["sequence_length"]
    at_ceiling = flops * tokens / (rate * math.prod(values[key] for key in SPLITS))
    modelled = float(performance.formula.step(values).total_seconds())
    factor = float(central({"it": calibration.factor})["it"]) if calibration else 1.0
    return float(at_ceiling) / (modelled * factor * (slower.low if slower else 1.0))


def _open_choices(study: Study, slower: Spread, performance: Performance) -> Node:
    """The factor of a step for what its layout leaves open."""
    why = "what a run takes over the fastest choice of what its layout leaves open"
    sources = performance.data.choice_sources
    default = Default(
        value=slower.central, spread=slower, sources=sources, text=f"{slower.central:.3f}"
    )
    return study.assumed("step_seconds/open_choices", default, "1", why)


def _memory_node(study: Study, performance: Performance, arguments: Mapping[str, Node]) -> Node:
    """Memory of the fullest accelerator with its parts."""
    needed = {key: arguments[key] for key in (*LAYOUT_KEYS, *BATCH_KEYS)}
    parts = [
        study.let(
            f"memory/{part}",
            "bytes",
            call(memory_part, formula=performance.formula, part=part, **needed),
            words_of("memory")[part],
        )
        for part in ALLOCATED_PARTS
    ]
    why = "what the program allocates on one accelerator at the fullest pipeline stage"
    modelled = study.let("memory/modelled", "bytes", total(*parts), why)
    residual = study.residual(
        MEMORY_RESIDUAL,
        residual_spread(performance.memory_spread),
        "measured over predicted memory",
        performance.memory_sources,
    )
    why = "peak that the program allocates on the fullest accelerator"
    return study.result("memory_bytes_per_gpu", modelled * residual, why)
