"""Memory of the fullest accelerator as nodes, and the changes that would make a layout fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from costcheck.estimate.layout_of import recompute_ladder
from costcheck.estimate.performance import Performance, residual_spread
from costcheck.estimate.step_formula import (
    BATCH_KEYS,
    LAYOUT_KEYS,
    MEMORY_PARTS,
    layout_from,
    memory_part,
)
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Node, call, total
from costcheck.physics.layout import Layout, Offload, layout_problems
from costcheck.physics.workload import Workload

LADDERS: dict[str, tuple[int, ...]] = {
    "zero": (0, 1, 2, 3),
    "offload": (Offload.NONE, Offload.OPTIMIZER),
}
"""Choices from the most memory to the least."""

DRIVER_MEMORY = 2.0**30 / 1e9 * 0.99
"""Memory a program finds over the printed one: vendors print the GB of a stack that holds as many
GiB, and drivers report nearly all of them (80 GB: 79.6 GiB)."""

LARGEST_FACTOR = 16
"""How much larger tensor or pipeline parallelism a change may try."""


def memory_nodes(study: Study, performance: Performance, arguments: Mapping[str, Node]) -> Node:
    """Memory of the fullest accelerator with its parts."""
    needed = {key: arguments[key] for key in (*LAYOUT_KEYS, *BATCH_KEYS)}
    parts = [
        study.let(
            f"memory/{part}",
            "bytes",
            call(memory_part, formula=performance.formula, part=part, **needed),
            why,
        )
        for part, why in MEMORY_PARTS.items()
    ]
    why = "uses of the memory of one accelerator at the fullest pipeline stage"
    modelled = study.let("memory/modelled", "bytes", total(*parts), why)
    residual = study.residual(
        "memory/memory_residual",
        residual_spread(performance.memory_spread),
        "measured over predicted memory",
        performance.memory_sources,
    )
    why = "memory the fullest accelerator needs"
    return study.let("memory_bytes_per_gpu", "bytes", modelled * residual, why)


CHANGEABLE = ("recompute", "zero", "offload", "micro_batch", "tensor", "pipeline")
"""Keys of a layout that save memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Change:
    """A changed layout that fits, with what it costs."""

    layout: Layout
    changed: Mapping[str, tuple[float, float]]
    """Old and new value of each key that differs."""
    memory_bytes: float
    step_seconds: float


def cheapest_change(
    performance: Performance,
    values: Mapping[str, float],
    *,
    room: float,
    keys: Collection[str] = CHANGEABLE,
) -> Change | None:
    """The fastest layout that fits among those that differ in the fewest keys."""
    columns = _neighbours(values, performance.generation, keys)
    layout = Layout(**columns)
    known = {key: np.asarray(value) for key, value in values.items()}
    trial = {**known, **columns}
    problems = stated_problems(
        performance.formula.workload(values["sequence_length"]),
        layout=layout,
        values=values,
        gpus=_gpus(values),
    )
    shape = columns["data"].shape
    broken = np.logical_or.reduce([np.broadcast_to(p, shape) for p in problems.values()])
    broken = broken | (np.mod(columns["data"], 1.0) > 0.0)
    memory = np.broadcast_to(performance.formula.memory(trial).total_bytes(), broken.shape)
    usable = ~broken & (memory <= room)
    if not usable.any():
        return None
    seconds = np.broadcast_to(performance.formula.step(trial).total_seconds(), broken.shape)
    changes = sum((columns[key] != values[key]).astype(int) for key in CHANGEABLE)
    fewest = usable & (changes == changes[usable].min())
    best = int(np.flatnonzero(fewest)[np.argmin(seconds[fewest])])
    picked = {key: float(column[best]) for key, column in columns.items()}
    return Change(
        layout=layout_from(picked),  # type: ignore[arg-type]
        changed={k: (values[k], picked[k]) for k in LAYOUT_KEYS if picked[k] != values[k]},
        memory_bytes=float(memory[best]),
        step_seconds=float(seconds[best]),
    )


def stated_problems(
    workload: Workload, *, layout: Layout, values: Mapping[str, float], gpus: float
) -> dict[str, np.ndarray]:
    """The rules that layouts break, by reason.

    Notes
    -----
    Somebody who states a layout may spread the layers unevenly: only a stage without any layer is
    refused. A search tries even splits alone.
    """
    problems = layout_problems(
        workload=workload,
        layout=layout,
        scale_up_gpus=values["scale_up_domain"],
        global_batch=values["global_batch"],
        gpus=gpus,
    )
    chunks = np.multiply(layout.pipeline, layout.virtual)
    return {**problems, "layers": np.greater(chunks, workload.layers)}


def _neighbours(
    values: Mapping[str, float], generation: str, keys: Collection[str]
) -> dict[str, np.ndarray]:
    """The layouts that differ in what saves memory, one per row; data takes the rest."""
    steps = {"recompute": recompute_ladder(generation), **LADDERS}
    factors = [2**k for k in range(LARGEST_FACTOR.bit_length())]
    choices = {
        **{key: _from(ladder, values[key]) for key, ladder in steps.items()},
        "micro_batch": sorted({values["micro_batch"], 1.0}),
        "tensor": [values["tensor"] * factor for factor in factors],
        "pipeline": [values["pipeline"] * factor for factor in factors],
    }
    rows = list(product(*(choices[k] if k in keys else [values[k]] for k in CHANGEABLE)))
    columns = {key: np.full(len(rows), float(values[key])) for key in LAYOUT_KEYS}
    for index, key in enumerate(CHANGEABLE):
        columns[key] = np.asarray([float(row[index]) for row in rows])
    model = columns["tensor"] * columns["pipeline"] * columns["context"]
    columns["data"] = _gpus(values) / model
    columns["sequence_parallel"] = np.where(columns["tensor"] > 1.0, 1.0, 0.0)
    return columns


def _from(ladder: tuple[int, ...], value: float) -> list[float]:
    """The steps of a ladder from a value on; the value itself where it is no step."""
    steps = [float(step) for step in ladder]
    return steps[steps.index(value) :] if value in steps else [value, steps[-1]]


def _gpus(values: Mapping[str, float]) -> float:
    return values["tensor"] * values["pipeline"] * values["context"] * values["data"]
