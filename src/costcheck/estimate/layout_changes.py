"""Layouts near a stated one: the cheapest change that fits, the fastest of what is left open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from costcheck.estimate.layout_of import RECOMPUTE_NAMES, recompute_ladder
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.step_formula import LAYOUT_KEYS, layout_from
from costcheck.physics.layout import Layout, Offload, Schedule, layout_problems

Columns = dict[str, np.ndarray]
"""Many layouts: one array per key."""

LADDERS: dict[str, tuple[int, ...]] = {
    "zero": (0, 1, 2, 3),
    "offload": (Offload.NONE, Offload.OPTIMIZER),
}
"""Choices from the most memory to the least."""

CHANGEABLE = ("recompute", "zero", "offload", "micro_batch", "tensor", "pipeline")
"""Keys of a layout that save memory."""

DRIVER_MEMORY = 2.0**30 / 1e9 * 0.99
"""Memory a program finds over the printed one: vendors print the GB of a stack that holds as many
GiB, and drivers report nearly all of them (80 GB: 79.6 GiB)."""

LARGEST_FACTOR = 16
"""How much larger tensor or pipeline parallelism a change may try."""

MICRO_BATCHES = (1.0, 2.0, 4.0, 8.0)
"""Sequences per micro-batch that its owners may have tried."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Change:
    """A changed layout that fits, with what it costs."""

    layout: Layout
    changed: Mapping[str, tuple[float, float]]
    """Old and new value of each key that differs."""
    memory_bytes: float
    step_seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Tuned:
    """The fastest choice of what is left open."""

    speed_up: float
    text: str


def cheapest_change(
    prediction: Prediction, *, room: float, keys: Collection[str] = CHANGEABLE
) -> Change | None:
    """The fastest layout that fits among those that differ in the fewest keys."""
    values = prediction.values
    columns = _neighbours(prediction, keys)
    allowed, memory, seconds = _tried(prediction, columns, uneven=True)
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
    )


def fastest_open_choice(prediction: Prediction) -> Tuned | None:
    """The fastest layout that fits and agrees with everything the file states."""
    if not prediction.left_open:
        return None
    columns = _choices(prediction)
    allowed, memory, seconds = _tried(prediction, columns, uneven=False)
    fits = allowed & (memory <= prediction.values["memory"] * DRIVER_MEMORY)
    best = int(np.argmin(np.where(fits, seconds, np.inf)))
    if not fits[best]:
        return None
    words = {
        "virtual": f"VPP{columns['virtual'][best]:g}",
        "recompute": f"recompute {RECOMPUTE_NAMES[int(columns['recompute'][best])]}",
        "micro_batch": f"micro-batch {columns['micro_batch'][best]:g}",
        "zero": f"ZeRO-{columns['zero'][best]:g}",
    }
    text = ", ".join(word for key, word in words.items() if key in prediction.left_open)
    return Tuned(speed_up=step_seconds(prediction) / float(seconds[best]), text=text)


def step_seconds(prediction: Prediction) -> float:
    """Modelled step time of the layout as it is."""
    return float(prediction.performance.formula.step(prediction.values).total_seconds())


def broken_rules(
    prediction: Prediction, layout: Layout, gpus: float, *, uneven: bool
) -> dict[str, np.ndarray]:
    """The rules that layouts break, by reason.

    Notes
    -----
    Somebody who states a layout may spread the layers over chunks as they like: only a chunk with
    nothing in it, neither a layer nor the embedding or the head, is refused then.
    Tensor parallelism beyond the fast domain is slow, which the step time says, and runs; nothing
    beyond what is stated is proposed. A search tries even splits alone.
    """
    values = prediction.values
    workload = prediction.performance.formula.workload(values["sequence_length"])
    problems = layout_problems(
        workload=workload,
        layout=layout,
        scale_up_gpus=values["scale_up_domain"],
        global_batch=values["global_batch"],
        gpus=gpus,
    )
    if uneven:
        chunks = np.multiply(layout.pipeline, layout.virtual)
        problems["layers"] = np.greater(chunks, np.add(workload.layers, 2.0))
    stated = max(values["tensor"], values["expert_tensor"])
    if stated > values["scale_up_domain"]:
        widest = np.maximum(layout.tensor, layout.expert_tensor)
        problems["domain"] = np.greater(widest, stated)
    return problems


def _tried(
    prediction: Prediction, columns: Columns, *, uneven: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which layouts obey the rules, their memory and their step time."""
    shape, formula = columns["data"].shape, prediction.performance.formula
    layout = layout_from(columns)
    problems = broken_rules(prediction, layout, prediction.gpus_used, uneven=uneven)
    broken = np.logical_or.reduce([np.broadcast_to(p, shape) for p in problems.values()])
    trial: dict[str, np.ndarray | float] = {**prediction.values, **columns}
    memory = np.broadcast_to(formula.memory(trial).total_bytes(), shape)
    return ~broken, memory, np.broadcast_to(formula.step(trial).total_seconds(), shape)


def _grid(prediction: Prediction, choices: Mapping[str, Sequence[float]]) -> Columns:
    """Every combination of some choices, the other keys as they are."""
    rows = np.asarray(list(product(*choices.values())), dtype=np.float64)
    columns = {key: np.full(len(rows), float(prediction.values[key])) for key in LAYOUT_KEYS}
    return columns | dict(zip(choices, rows.T, strict=True))


def _neighbours(prediction: Prediction, keys: Collection[str]) -> Columns:
    """The layouts that differ in what saves memory; data parallelism takes the rest."""
    values = prediction.values
    factors = [2.0**k for k in range(LARGEST_FACTOR.bit_length())]
    ladders = {"recompute": recompute_ladder(prediction.performance.generation), **LADDERS}
    choices = {key: _from(ladder, values[key]) for key, ladder in ladders.items()} | {
        "micro_batch": sorted({values["micro_batch"], 1.0}),
        "tensor": [values["tensor"] * factor for factor in factors],
        "pipeline": [values["pipeline"] * factor for factor in factors],
    }
    open_keys = {k: choices[k] if k in keys else [values[k]] for k in CHANGEABLE}
    columns = _grid(prediction, open_keys)
    model = columns["tensor"] * columns["pipeline"] * columns["context"]
    columns["data"] = prediction.gpus_used / model
    columns["sequence_parallel"] = np.where(columns["tensor"] > 1.0, 1.0, 0.0)
    return columns


def _from(ladder: tuple[int, ...], value: float) -> list[float]:
    """The steps of a ladder from a value on; the value itself where it is no step."""
    steps = [float(step) for step in ladder]
    return steps[steps.index(value) :] if value in steps else [value, steps[-1]]


def _choices(prediction: Prediction) -> Columns:
    """The layouts that the file leaves open."""
    values, left_open = prediction.values, prediction.left_open
    layers = int(prediction.performance.formula.workload(values["sequence_length"]).layers)
    most = layers // int(values["pipeline"]) + 1 if values["pipeline"] > 1.0 else 1
    ladder = recompute_ladder(prediction.performance.generation)
    choices = {
        "virtual": [float(n) for n in range(1, most + 1)],
        "recompute": [float(code) for code in ladder],
        "micro_batch": MICRO_BATCHES,
        "zero": sorted({values["zero"], 2.0}),
    }
    open_keys = {k: choice if k in left_open else [values[k]] for k, choice in choices.items()}
    columns = _grid(prediction, open_keys)
    if "virtual" in left_open:
        interleaved = columns["virtual"] > 1.0
        columns["schedule"] = np.where(interleaved, float(Schedule.INTERLEAVED), 0.0)
    return columns
