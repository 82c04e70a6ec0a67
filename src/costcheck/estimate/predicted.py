"""Step time, MFU and memory of a layout, predicted: the nodes an estimate puts in its graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from costcheck.estimate.batch import batch_node
from costcheck.estimate.calibration import Calibration, calibration_of
from costcheck.estimate.compute import Compute
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.layout_of import (
    RECOMPUTE_NAMES,
    LayoutNodes,
    describe,
    found_layout_nodes,
    layout_nodes,
)
from costcheck.estimate.memory_nodes import memory_nodes
from costcheck.estimate.performance import (
    Performance,
    central,
    performance_of,
    residual_spread,
)
from costcheck.estimate.recomputed import hfu_factor
from costcheck.estimate.resolve import Resolved, ResolvedStage
from costcheck.estimate.step_formula import STEP_PARTS, layout_from, step_part
from costcheck.graph.nodes import Call, Input, Node, Product, Provenance, Sum, Unknown
from costcheck.physics.layout import Layout as Split
from costcheck.scenario.run import Layout

if TYPE_CHECKING:
    from costcheck.physics.search import SearchResult

RESIDUAL = "step_seconds/step_time_residual"
"""Leaf by which a predicted step time is off: 1 at its centre."""

EXPERT_PARTS = ("experts", "expert_communication")


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What the performance model says of a stage.

    Parameters
    ----------
    performance : Performance
        The model as it was set up.
    arguments : mapping of str to Node
        Every quantity the step time depends on.
    values : mapping of str to float
        Their central values.
    mfu, hfu_factor, step_seconds, memory : Node
        MFU of a step, what recomputation adds to it, and what an optimizer step takes.
    gpus : Node
        Accelerators the layout uses.
    searched : SearchResult or None
        What the search for a layout found, where the file leaves it to us.
    left_open : tuple of str
        Keys that a run may well have tuned and the file does not state.
    """

    performance: Performance
    arguments: Mapping[str, Node]
    values: Mapping[str, float]
    mfu: Node
    hfu_factor: Node
    step_seconds: Node
    memory: Node
    gpus: Node
    batch: Node
    calibration: Calibration | None
    searched: SearchResult | None
    left_open: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def layout(self) -> Split:
        """The layout at the central values."""
        return layout_from(self.values)  # type: ignore[arg-type]

    @property
    def gpus_used(self) -> float:
        """Accelerators the layout uses at the central values."""
        return math.prod(self.values[key] for key in ("tensor", "pipeline", "context", "data"))

    def bases(self, way: str) -> dict[str, str]:
        """Return what the results rest on, by their names."""
        found = "found by search" if self.searched else "stated"
        layout = f"{describe(self.layout)}, {found}"
        shown = {"memory_bytes_per_gpu": layout, "hfu": f"{self.recompute} recomputation"}
        if way == "predicted":
            measured = "predicted, calibrated" if self.calibration else "predicted"
            speed = f"{measured} from the layout ({self.performance.generation})"
            shown |= {
                "step_seconds": speed,
                "gpu_hours": speed,
                "days": speed,
                "mfu": f"of the dense BF16 peak; {speed}",
            }
        return shown

    @property
    def recompute(self) -> str:
        """What the backward pass computes again, by its name."""
        return RECOMPUTE_NAMES[int(self.layout.recompute)]


def predict(
    stage: ResolvedStage,
    *,
    compute: Compute,
    peak: Node,
    count: Node,
    resolved: Resolved,
    desk: StageDesk,
) -> Prediction | str:
    """Predict step time and memory of a stage's layout, or say what is missing for that."""
    said = stage.stage.layout
    gpus = _gpus(said, count)
    if gpus is None:
        return "needs fleet.count, or the data-parallel size of the layout"
    performance = performance_of(stage, gpus=gpus, resolved=resolved, desk=desk)
    if isinstance(performance, str):
        return performance
    chosen = _layout(stage, performance, _Fleet(count, gpus), compute.sequence_length, desk)
    if isinstance(chosen, str):
        return chosen
    layout, batch, searched = chosen
    arguments = {
        **performance.machine.leaves,
        **layout.leaves,
        "global_batch": batch,
        "sequence_length": compute.sequence_length,
    }
    parts = _Parts(
        stage=stage,
        performance=performance,
        arguments=arguments,
        values=central(arguments),
        layout=layout,
        searched=searched,
        count=count,
    )
    return _nodes(parts, compute=compute, peak=peak, resolved=resolved, desk=desk)


class _Fleet(NamedTuple):
    """How many accelerators there are, as a node and at the centre."""

    accelerators: Node
    gpus: float


def _layout(
    stage: ResolvedStage, performance: Performance, fleet: _Fleet, length: Node, desk: StageDesk
) -> tuple[LayoutNodes, Node, SearchResult | None] | str:
    """Return the layout and its batch: stated, or found by a search."""
    said, tokens = stage.stage.layout, central({"length": length})["length"]
    if isinstance(said, Layout):
        layout = layout_nodes(
            said,
            count=fleet.accelerators,
            generation=performance.generation,
            data=performance.data,
            desk=desk,
        )
        degrees = central(layout.leaves)
        return layout, batch_node(stage, performance, fleet.gpus, tokens, degrees, desk), None
    from costcheck.estimate.layout_search import find_layout

    batch = batch_node(stage, performance, fleet.gpus, tokens, {}, desk)
    found = find_layout(
        performance,
        gpus=fleet.gpus,
        global_batch=central({"batch": batch})["batch"],
        sequence_length=tokens,
    )
    if isinstance(found, str):
        return found
    return found_layout_nodes(found[1], desk), batch, found[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Parts:
    """What the nodes of a prediction are made of."""

    stage: ResolvedStage
    performance: Performance
    arguments: Mapping[str, Node]
    values: Mapping[str, float]
    layout: LayoutNodes
    searched: SearchResult | None
    count: Node


def _nodes(
    parts: _Parts, *, compute: Compute, peak: Node, resolved: Resolved, desk: StageDesk
) -> Prediction:
    performance, arguments, values = parts.performance, parts.arguments, parts.values
    calibration = calibration_of(
        parts.stage, performance=performance, values=values, resolved=resolved, desk=desk
    )
    step = _step_node(performance, arguments, calibration, desk)
    gpus = parts.count if not isinstance(parts.count, Unknown) else _own_gpus(arguments, desk)
    mfu = Product(
        name=desk("mfu/predicted"),
        unit="share",
        why="model FLOPs of a step over what the peak allows in the predicted time",
        over=(compute.flops_per_token, arguments["global_batch"], compute.sequence_length),
        under=(step, gpus, peak),
    )
    notes = (*performance.notes, *parts.layout.notes)
    return Prediction(
        performance=performance,
        arguments=arguments,
        values=values,
        mfu=mfu,
        hfu_factor=hfu_factor(performance, compute, arguments, desk),
        step_seconds=step,
        memory=memory_nodes(performance, arguments, desk),
        gpus=gpus,
        batch=arguments["global_batch"],
        calibration=calibration,
        searched=parts.searched,
        left_open=parts.layout.left_open,
        notes=(*notes, *(calibration.notes if calibration else ())),
    )


def _own_gpus(arguments: Mapping[str, Node], desk: StageDesk) -> Node:
    return Product(
        name=desk("layout/gpus"),
        unit="GPUs",
        why="accelerators the layout uses",
        over=tuple(arguments[key] for key in ("tensor", "pipeline", "context", "data")),
    )


def _step_node(
    performance: Performance,
    arguments: Mapping[str, Node],
    calibration: Calibration | None,
    desk: StageDesk,
) -> Node:
    formula = performance.formula
    dense = not formula.workload(float(central(arguments)["sequence_length"])).experts
    terms = tuple(
        Call(
            name=desk(f"step_seconds/{part}"),
            unit="s",
            why=why,
            function=step_part,
            arguments=arguments,
            options={"formula": formula, "part": part},
        )
        for part, why in STEP_PARTS.items()
        if not (dense and part in EXPERT_PARTS)
    )
    modelled = Sum(
        name=desk("step_seconds/modelled"),
        unit="s",
        why="what a step is spent on, by the performance model",
        parts=terms,
    )
    residual = _residual(performance, calibration, desk)
    over = (modelled, calibration.factor, residual) if calibration else (modelled, residual)
    return Product(
        name=desk("step_seconds/predicted"),
        unit="s",
        why="one optimizer step of the layout",
        over=over,
    )


def _gpus(said: object, count: Node) -> float | None:
    if not isinstance(count, Unknown):
        return float(central({"count": count})["count"])
    if not isinstance(said, Layout) or said.data is None:
        return None
    degrees = (said.tensor, said.pipeline, said.context, said.data)
    return math.prod(degree.value for degree in degrees if degree is not None)


def hfu_node(prediction: Prediction, mfu: Node, desk: StageDesk) -> Node:
    """Return the hardware FLOPs utilisation of a step."""
    return Product(
        name=desk("hfu"),
        unit="share",
        why="MFU of a step with the recomputed FLOPs",
        over=(mfu, prediction.hfu_factor),
    )


def _residual(performance: Performance, calibration: Calibration | None, desk: StageDesk) -> Input:
    spread = calibration.spread if calibration else performance.step_spread
    leaf = Input(
        name=RESIDUAL,
        unit="1",
        why="measured over predicted step times, on models the fit did not see",
        value=1.0,
        spread=residual_spread(spread),
        provenance=Provenance("default", "1", "", performance.sources),
    )
    return desk.file(leaf)
