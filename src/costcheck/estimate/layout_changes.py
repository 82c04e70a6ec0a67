"""Layouts near a stated one: the cheapest change that fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.estimate.layout_of import offload_ladder, recompute_ladder, sharding_choices
from costcheck.estimate.layout_trials import Columns, grid, tried
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.step_formula import LAYOUT_KEYS, layout_from
from costcheck.physics.layout import Layout

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
    fuses_loss: bool
    """Whether it needs a fused cross-entropy too."""


def cheapest_change(prediction: Prediction, *, room: float) -> Change | None:
    """The fastest layout that fits among those that differ in the fewest keys.

    Where none does, those with a fused cross-entropy, which keeps no logits.
    """
    return _cheapest(prediction, room, fuses=False) or _cheapest(prediction, room, fuses=True)


def _cheapest(prediction: Prediction, room: float, *, fuses: bool) -> Change | None:
    values = prediction.values
    columns = _neighbours(prediction)
    formula = prediction.performance.formula
    if fuses:
        formula = replace(formula, training=replace(formula.training, loss_fused=1.0), _known={})
    host_room = prediction.performance.host_memory
    allowed, memory, seconds = tried(formula, values, columns, uneven=True, host_room=host_room)
    usable = allowed & (np.mod(columns["data"], 1.0) == 0.0) & (memory <= room)
    if not usable.any():
        return None
    changes = sum((columns[key] != values[key]).astype(int) for key in CHANGEABLE)
    fewest = usable & (changes == changes[usable].min())
    best = int(np.argmin(np.where(fewest, seconds, np.inf)))
    picked = {key: float(column[best]) for key, column in columns.items()}
    return Change(
        layout=layout_from(picked),
        changed={k: (values[k], picked[k]) for k in LAYOUT_KEYS if picked[k] != values[k]},
        memory_bytes=float(memory[best]),
        step_seconds=float(seconds[best]),
        fuses_loss=fuses,
    )


def host_bytes(prediction: Prediction, values: Mapping[str, FloatArray | float]) -> FloatArray:
    """What the accelerators of one server keep in its memory [byte]."""
    gpus = min(prediction.values["gpus_per_node"], prediction.gpus_used)
    return np.asarray(prediction.performance.formula.memory(values).host * gpus)


def step_seconds(prediction: Prediction) -> float:
    """Modelled step time of the layout as it is."""
    return float(prediction.performance.formula.step(prediction.values).total_seconds())


def _neighbours(prediction: Prediction) -> Columns:
    """The layouts of the software that save memory; data parallelism takes the rest."""
    values, can = prediction.values, prediction.performance.can
    largest = int(prediction.performance.data.default("search.largest_change").value)
    factors = [2.0**k for k in range(largest.bit_length())]
    ladders = {
        "recompute": recompute_ladder(prediction.performance.generation, can),
        "zero": tuple(s for s in range(4) if not s or {*sharding_choices(s)} & can),
        "offload": offload_ladder(can),
    }
    choices = {key: _from(ladder, values[key]) for key, ladder in ladders.items()} | {
        "micro_batch": sorted({values["micro_batch"], 1.0}),
        "tensor": [values["tensor"] * f for f in factors if f == 1.0 or "tensor" in can],
        "pipeline": [values["pipeline"] * f for f in factors if f == 1.0 or "pipeline" in can],
    }
    columns = grid(values, {key: choices[key] for key in CHANGEABLE})
    model = columns["tensor"] * columns["pipeline"] * columns["context"]
    columns["data"] = prediction.gpus_used / model
    columns["sequence_parallel"] = np.where(columns["tensor"] > 1.0, 1.0, 0.0)
    return columns


def _from(ladder: tuple[int, ...], value: float) -> list[float]:
    """The steps of a ladder from a value on; the value itself where it is no step."""
    steps = [float(step) for step in ladder]
    return steps[steps.index(value) :] if value in steps else [value, *filter(None, steps[-1:])]
