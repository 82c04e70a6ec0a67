"""A layout as a scenario states it, as leaves and as the performance model sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcheck.catalog.performance import PerformanceData
from costcheck.estimate.desk import StageDesk
from costcheck.graph.nodes import Node, Product, Unknown
from costcheck.physics.layout import Layout as Split, Offload, Recompute, Schedule
from costcheck.scenario.run import Layout
from costcheck.text.quantity import Quantity

DEGREES = ("tensor", "pipeline", "context", "expert", "expert_tensor", "virtual", "micro_batch")
"""Keys that are whole numbers and 1 where nobody states them."""

SCHEDULES = {
    "1f1b": Schedule.ONE_F_ONE_B,
    "interleaved": Schedule.INTERLEAVED,
    "zero-bubble": Schedule.ZERO_BUBBLE,
    "dualpipe": Schedule.DUALPIPE,
}
RECOMPUTATIONS = {
    "none": Recompute.NONE,
    "selective": Recompute.SELECTIVE,
    "full": Recompute.FULL,
}
SHARDED = "fsdp"
UNFUSED = "megatron-2021"

_WHY = {
    "tensor": "tensor-parallel size",
    "pipeline": "pipeline stages",
    "context": "context-parallel size",
    "expert": "expert-parallel size",
    "expert_tensor": "tensor-parallel size inside experts",
    "virtual": "chunks per pipeline stage",
    "micro_batch": "sequences per micro-batch",
    "data": "data-parallel size",
    "zero": "ZeRO stage",
    "shard_group": "accelerators over which ZeRO shards; 0: all",
    "sequence_parallel": "1 where norms are split over the tensor-parallel group",
    "recompute": "code of what the backward pass computes again",
    "recompute_share": "share of the layers that full recomputation covers",
    "schedule": "code of the pipeline schedule",
    "offload": "code of what lives in host memory",
}


class LayoutNodes(NamedTuple):
    """The leaves of a layout.

    Parameters
    ----------
    leaves : mapping of str to Node
        Fields of the layout of the performance model, by name.
    left_open : tuple of str
        Keys that a run may well have tuned and the file does not state.
    """

    leaves: Mapping[str, Node]
    left_open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def layout_nodes(
    said: Layout, *, count: Node, generation: str, data: PerformanceData, desk: StageDesk
) -> LayoutNodes:
    """Return the leaves of a stated layout; what it leaves open gets the software's default."""
    leaves: dict[str, Node] = {key: _degree(key, said, data, desk) for key in DEGREES}
    leaves["data"] = _data(said, leaves, count, desk)
    for key, value in _choices(said, generation).items():
        if key == "shard_group" and said.shard_group is not None:
            leaves[key] = _stated(key, said.shard_group, desk)
        else:
            leaves[key] = desk.derived(f"layout/{key}", value, "1", _WHY[key])
    notes = []
    if said.offload in ("activations", "all"):
        notes.append("offloaded activations are counted as kept: their transfer is not modelled")
    left_open = [key for key in ("recompute", "micro_batch", "zero") if getattr(said, key) is None]
    if said.virtual is None and said.schedule in (None, "interleaved"):
        left_open.append("virtual")
    return LayoutNodes(leaves, tuple(left_open), tuple(notes))


def found_layout_nodes(found: Split, desk: StageDesk) -> LayoutNodes:
    """Return the leaves of a layout that a search found."""
    leaves = {
        key: desk.derived(f"layout/{key}", float(getattr(found, key)), "1", why)
        for key, why in _WHY.items()
    }
    return LayoutNodes(leaves)


def recompute_code(word: str | None, generation: str) -> Recompute:
    """Return what a scenario's `recompute` means to a software generation."""
    written = (word or "none").strip().lower()
    if written == "selective" and generation == SHARDED:
        return Recompute.OPERATIONS
    return RECOMPUTATIONS.get(written, Recompute.MODULES)


def recompute_ladder(generation: str) -> tuple[Recompute, ...]:
    """Return what a software generation can compute again, from the least to the most."""
    if generation == UNFUSED:
        return (Recompute.NONE, Recompute.SELECTIVE, Recompute.FULL)
    if generation == SHARDED:
        return (Recompute.NONE, Recompute.OPERATIONS, Recompute.FULL)
    return (Recompute.NONE, Recompute.SELECTIVE, Recompute.MODULES, Recompute.FULL)


def describe(layout: Split) -> str:
    """Return a layout in the field's shorthand, such as ``TP8 PP16 DP12 ZeRO-1``."""
    found = [
        f"{label}{int(getattr(layout, key))}"
        for key, label in _SHORT
        if getattr(layout, key) > 1 or key == "data"
    ]
    found.append(f"ZeRO-{int(layout.zero)}")
    if layout.shard_group > 0:
        found.append(f"sharded over {int(layout.shard_group)}")
    found.append(f"micro-batch {int(layout.micro_batch)}")
    for key, names in _WORDS.items():
        code = int(getattr(layout, key))
        if code:
            found.append(f"{names[code]} {key}" if key != "schedule" else names[code])
    return " ".join(found)


_SHORT = (
    ("tensor", "TP"),
    ("pipeline", "PP"),
    ("virtual", "VPP"),
    ("context", "CP"),
    ("expert", "EP"),
    ("expert_tensor", "ETP"),
    ("data", "DP"),
)
RECOMPUTE_NAMES = ("none", "selective", "full", "modules", "operations")
SCHEDULE_NAMES = ("1f1b", "interleaved", "zero-bubble", "dualpipe")
OFFLOAD_NAMES = ("none", "optimizer")
_WORDS: dict[str, Sequence[str]] = {
    "recompute": RECOMPUTE_NAMES,
    "schedule": SCHEDULE_NAMES,
    "offload": OFFLOAD_NAMES,
}


def _degree(key: str, said: Layout, data: PerformanceData, desk: StageDesk) -> Node:
    quantity: Quantity | None = getattr(said, key)
    if quantity is not None:
        return _stated(key, quantity, desk)
    if key == "micro_batch":
        return desk.assumed(f"layout/{key}", data.default(key), "1", _WHY[key])
    return desk.derived(f"layout/{key}", 1.0, "1", _WHY[key])


def _stated(key: str, quantity: Quantity, desk: StageDesk) -> Node:
    return desk.stated(f"layout/{key}", quantity, "1", _WHY[key])


def _data(said: Layout, leaves: Mapping[str, Node], count: Node, desk: StageDesk) -> Node:
    if said.data is not None:
        return _stated("data", said.data, desk)
    if isinstance(count, Unknown):
        return desk.derived("layout/data", 1.0, "1", _WHY["data"])
    return Product(
        name=desk("layout/data"),
        unit="1",
        why="data-parallel size: what the fleet leaves",
        over=(count,),
        under=(leaves["tensor"], leaves["pipeline"], leaves["context"]),
    )


def _choices(said: Layout, generation: str) -> dict[str, float]:
    """Return the codes of what is no number, with the software's default where it is open."""
    tensor = said.tensor.value if said.tensor else 1.0
    chunks = said.virtual.value if said.virtual else 1.0
    zero = {SHARDED: 3.0, UNFUSED: 0.0}.get(generation, 1.0)
    if zero > 1.0 and said.pipeline and said.pipeline.value > 1.0:
        zero = 1.0
    recompute = recompute_code(said.recompute, generation)
    schedule = SCHEDULES.get(said.schedule or "1f1b", Schedule.ONE_F_ONE_B)
    if chunks > 1.0 and schedule is Schedule.ONE_F_ONE_B:
        schedule = Schedule.INTERLEAVED
    split = said.sequence_parallel
    if split is None:
        # Sequence parallelism came with selective recomputation and is the rule since.
        split = generation != UNFUSED or recompute is Recompute.SELECTIVE
    return {
        "zero": float(said.zero) if said.zero is not None else zero,
        "shard_group": 0.0,
        "sequence_parallel": float(split and tensor > 1.0),
        "recompute": float(recompute),
        "recompute_share": 1.0,
        "schedule": float(schedule),
        "offload": float(
            Offload.OPTIMIZER if said.offload in ("optimizer", "all") else Offload.NONE
        ),
    }
