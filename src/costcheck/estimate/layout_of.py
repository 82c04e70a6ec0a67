"""A layout as a scenario states it, as leaves and as the performance model sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from costcheck.catalog.words import words_of
from costcheck.estimate.layout_words import (
    CODED,
    RECOMPUTE_NAMES,
    SCHEDULES,
    SHARDED,
    UNFUSED,
    code_name,
    offload_code,
    recompute_code,
    recompute_share,
)
from costcheck.estimate.performance import Performance
from costcheck.estimate.step_formula import LAYOUT_KEYS
from costcheck.estimate.study import Study
from costcheck.estimate.timing import count_node
from costcheck.graph.nodes import Node, Unknown, product
from costcheck.physics.layout import Layout as Split, Offload, Recompute, Schedule
from costcheck.scenario.run import EndLayers, Layout
from costcheck.text.quantity import Quantity

DEGREES = ("tensor", "pipeline", "context", "expert", "expert_tensor", "virtual", "micro_batch")
"""Keys that are whole numbers and 1 where nobody states them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayoutNodes:
    """The leaves of a layout."""

    leaves: Mapping[str, Node]
    """Fields of the layout of the performance model, by name."""
    left_open: Mapping[str, float] = field(default_factory=dict)
    """What the software does by itself, by key that a run may well have tuned and the file does not
    state; these have no leaf yet."""
    notes: tuple[str, ...] = ()
    """What the layout says and the model does not follow."""
    impossible: str = ""
    """Why the stages cannot have the layers that are stated; empty where they can."""


def layout_nodes(study: Study, stated: Layout, performance: Performance) -> LayoutNodes:
    """The leaves of what a layout states; what it leaves open, with the software's own choice."""
    layers = performance.formula.architecture.layers
    degrees = {key: getattr(stated, key) for key in DEGREES}
    usual = performance.data.default("micro_batch").value
    default = {"micro_batch": usual, "virtual": _chunks_listed(stated)}
    values = {key: q.value if q else default.get(key, 1.0) for key, q in degrees.items()}
    values |= _choices(stated, performance, values["virtual"])
    values["recompute_share"] = recompute_share(stated.recompute, layers)
    left_open = {key: values[key] for key in _open_keys(stated, values)}
    leaves = {
        key: _stated(study, key, quantity) if quantity else _derived(study, key, values[key])
        for key, quantity in degrees.items()
        if key not in left_open
    }
    leaves["data"] = _data(study, stated, leaves)
    leaves |= _stage_layers(study, stated)
    for key in (key for key in values if key not in degrees and key not in left_open):
        if key == "shard_group" and stated.shard_group is not None:
            leaves[key] = _stated(study, key, stated.shard_group)
        else:
            leaves[key] = _derived(study, key, values[key])
    return LayoutNodes(
        leaves=leaves,
        left_open=left_open,
        impossible=_impossible_stages(stated, layers),
    )


def completed_leaves(study: Study, chosen: Mapping[str, float]) -> dict[str, Node]:
    """The leaves of what a layout leaves open, as it was completed."""
    return {key: _derived(study, key, value) for key, value in chosen.items()}


def spelled(key: str, value: float) -> str:
    """A choice of a layout in words, such as ``VPP8`` or ``recompute full``."""
    if key in CODED:
        name = code_name(key, value)
        return name if key == "schedule" else f"{name} {key}"
    labels = {**dict(_SHORT), "zero": "ZeRO-", "micro_batch": "micro-batch "}
    if key == "sequence_parallel":
        return "sequence-parallel" if value else "no sequence parallelism"
    return f"{labels.get(key, key + ' ')}{value:g}"


def searched_layout_nodes(study: Study, layout: Split) -> LayoutNodes:
    """The leaves of a layout that a search found."""
    leaves = {key: _derived(study, key, float(getattr(layout, key))) for key in LAYOUT_KEYS}
    return LayoutNodes(leaves=leaves)


def recompute_ladder(
    generation: str, can: Collection[str] = RECOMPUTE_NAMES
) -> tuple[Recompute, ...]:
    """What software can compute again, from the least to the most."""
    return tuple(
        code
        for code in _ladder(generation)
        if code is Recompute.NONE or RECOMPUTE_NAMES[code] in can
    )


def _ladder(generation: str) -> tuple[Recompute, ...]:
    if generation == UNFUSED:
        return (Recompute.NONE, Recompute.SELECTIVE, Recompute.FULL)
    if generation == SHARDED:
        return (Recompute.NONE, Recompute.OPERATIONS, Recompute.FULL)
    return (Recompute.NONE, Recompute.SELECTIVE, Recompute.MODULES, Recompute.FULL)


def offload_ladder(can: Collection[str]) -> tuple[Offload, ...]:
    """What software can keep in host memory, from the least to the most."""
    states = Offload.OPTIMIZER | Offload.PARAMETERS
    some = (Offload.NONE, Offload.OPTIMIZER) if "offload" in can else (Offload.NONE,)
    return (*some, states) if {"offload", "offload-parameters"} <= {*can} else some


def sharding_choices(stage: int) -> tuple[str, ...]:
    """The choices of which each lets software shard its states so far."""
    return (f"zero-{stage}", "weights-sharded") if stage > 1 else (f"zero-{stage}",)


def describe(layout: Split) -> str:
    """A layout in the field's shorthand, such as ``TP8 PP16 DP12 ZeRO-1``."""
    words = [
        f"{label}{int(getattr(layout, key))}"
        for key, label in _SHORT
        if getattr(layout, key) > 1 or key == "data"
    ]
    ends = [
        f"{name} stage {int(count)} layers"
        for name, count in (("first", layout.first_layers), ("last", layout.last_layers))
        if count
    ]
    words += [", ".join(ends)] if ends else []
    words.append(f"ZeRO-{int(layout.zero)}")
    if layout.shard_group > 0:
        words.append(f"sharded over {int(layout.shard_group)}")
    words.append(f"micro-batch {int(layout.micro_batch)}")
    share = float(layout.recompute_share)
    partly = [f"{share:.0%}"] if share < 1.0 and layout.recompute == Recompute.FULL else []
    codes = {key: float(getattr(layout, key)) for key in CODED}
    words += partly + [spelled(key, code) for key, code in codes.items() if code]
    return " ".join(words)


_SHORT = (
    ("tensor", "TP"),
    ("pipeline", "PP"),
    ("virtual", "VPP"),
    ("context", "CP"),
    ("expert", "EP"),
    ("expert_tensor", "ETP"),
    ("data", "DP"),
)


def _stage_layers(study: Study, layout: Layout) -> dict[str, Node]:
    """Layers of the first, the fullest middle and the last stage, as far as they are stated."""
    stated: dict[str, Quantity | float | None] = {}
    if isinstance(layout.pipeline_layers, EndLayers):
        ends = layout.pipeline_layers
        stated = {"first_layers": ends.first, "last_layers": ends.last}
    elif layout.pipeline_layers:
        stages = _layers_of_stages(layout, layout.pipeline_layers)
        middle = max(stages[1:-1], default=0.0)
        stated = {"first_layers": stages[0], "middle_layers": middle, "last_layers": stages[-1]}
    return {
        key: _stated(study, key, value)
        if isinstance(value := stated.get(key), Quantity)
        else _derived(study, key, value or 0.0)
        for key in ("first_layers", "middle_layers", "last_layers")
    }


def _layers_of_stages(layout: Layout, listed: Sequence[Quantity]) -> list[float]:
    """Layers of each stage; chunks go round the stages as launchers deal them out."""
    stages = round(layout.pipeline.value) if layout.pipeline else 1
    layers = [quantity.value for quantity in listed]
    return [sum(layers[stage::stages]) for stage in range(min(stages, len(layers)))]


def _impossible_stages(layout: Layout, layers: int) -> str:
    """Why the pipeline cannot have the layers that are stated; empty where it can."""
    stages = layout.pipeline.value if layout.pipeline else 1.0
    chunks = stages * (layout.virtual.value if layout.virtual else 1.0)
    stated = layout.pipeline_layers
    if isinstance(stated, EndLayers):
        ends = [end.value for end in (stated.first, stated.last) if end]
        if stages < 2.0 or sum(ends) > layers - (stages - len(ends)):
            return f"pipeline_layers leave no layer of {layers} to each of {stages:g} stages"
    elif stated:
        listed = sum(quantity.value for quantity in stated)
        if len(stated) not in (stages, chunks):
            return f"pipeline_layers lists {len(stated)} stages, the pipeline has {stages:g}"
        if listed != layers:
            return f"pipeline_layers adds up to {listed:g} layers, the model has {layers}"
    return ""


def _stated(study: Study, key: str, quantity: Quantity) -> Node:
    return study.stated(f"layout/{key}", quantity, "1", words_of("layout")[key])


def _derived(study: Study, key: str, value: float) -> Node:
    return study.derived(f"layout/{key}", value, "1", words_of("layout")[key])


def _data(study: Study, layout: Layout, leaves: Mapping[str, Node]) -> Node:
    count = count_node(study)
    if layout.data is not None:
        return _stated(study, "data", layout.data)
    if isinstance(count, Unknown):
        return _derived(study, "data", 1.0)
    rest = count / product(leaves["tensor"], leaves["pipeline"], leaves["context"])
    return study.let("layout/data", "1", rest, "data-parallel size: what the fleet leaves")


def _chunks_listed(layout: Layout) -> float:
    """Chunks of a stage, as a list of layers implies them; 1 where it lists stages."""
    stages, listed = layout.pipeline, layout.pipeline_layers
    if stages is None or listed is None or isinstance(listed, EndLayers):
        return 1.0
    return len(listed) / stages.value if len(listed) % stages.value == 0.0 else 1.0


def _choices(layout: Layout, performance: Performance, chunks: float) -> dict[str, float]:
    """The codes of what is no number, with the software's default where it is open."""
    generation = performance.generation
    tensor = layout.tensor.value if layout.tensor else 1.0
    zero = {SHARDED: 3.0, UNFUSED: 0.0}.get(generation, 1.0)
    if zero > 1.0 and layout.pipeline and layout.pipeline.value > 1.0:
        zero = 1.0
    recompute = recompute_code(layout.recompute or performance.recomputes, generation)
    schedule = SCHEDULES.get(layout.schedule or "1f1b", Schedule.ONE_F_ONE_B)
    if chunks > 1.0 and schedule is Schedule.ONE_F_ONE_B:
        schedule = Schedule.INTERLEAVED
    split = layout.sequence_parallel
    if split is None:
        # Sequence parallelism came with selective recomputation and is the rule since.
        split = generation != UNFUSED or recompute == Recompute.SELECTIVE
    return {
        "zero": float(layout.zero) if layout.zero is not None else zero,
        "shard_group": 0.0,
        "sequence_parallel": float(split and tensor > 1.0),
        "recompute": recompute,
        "recompute_share": 1.0,
        "schedule": float(schedule),
        "offload": offload_code(layout.offload),
    }


_CHUNKED = (None, "interleaved")
"""What may be stated of the schedule of stages that have several chunks."""


def _open_keys(layout: Layout, values: Mapping[str, float]) -> Iterator[str]:
    """Yield what a run may well have tuned and a layout does not state."""
    if values["pipeline"] > 1.0:
        chunked = values["virtual"] > 1.0
        if not (layout.virtual or layout.pipeline_layers) and layout.schedule in _CHUNKED:
            yield "virtual"
        if layout.schedule is None and not chunked:
            yield "schedule"
    if values["tensor"] > 1.0 and layout.sequence_parallel is None:
        yield "sequence_parallel"
    if layout.recompute is None:
        yield from ("recompute", "recompute_share")
    yield from (key for key in ("micro_batch", "zero") if getattr(layout, key) is None)
