"""What a layout leaves open: how fast it could be if its owners tuned that."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from costcheck.estimate.layout_of import RECOMPUTE_NAMES, recompute_ladder
from costcheck.estimate.memory_nodes import DRIVER_MEMORY
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.step_formula import LAYOUT_KEYS, layout_from
from costcheck.physics.layout import Schedule, layout_problems

MICRO_BATCHES = (1.0, 2.0, 4.0, 8.0)


class Tuned(NamedTuple):
    """The fastest choice of what is left open."""

    speed_up: float
    text: str


def fastest_open_choice(prediction: Prediction) -> Tuned | None:
    """Return the fastest layout that fits and agrees with everything the file states."""
    columns = _choices(prediction)
    if columns is None:
        return None
    values = prediction.values
    known = {key: np.asarray(value) for key, value in values.items()}
    trial = {**known, **columns}
    shape = columns["virtual"].shape
    problems = layout_problems(
        workload=prediction.performance.formula.workload(values["sequence_length"]),
        layout=layout_from(trial),
        scale_up_gpus=values["scale_up_domain"],
        global_batch=values["global_batch"],
        gpus=float(prediction.gpus_used),
    )
    broken = np.logical_or.reduce([np.broadcast_to(p, shape) for p in problems.values()])
    formula = prediction.performance.formula
    memory = np.broadcast_to(formula.memory(trial).total_bytes(), shape)
    seconds = np.broadcast_to(formula.step(trial).total_seconds(), shape)
    usable = np.where(broken | (memory > values["memory"] * DRIVER_MEMORY), np.inf, seconds)
    best = int(np.argmin(usable))
    if not np.isfinite(usable[best]):
        return None
    now = float(formula.step(known).total_seconds())
    return Tuned(now / float(usable[best]), _text(prediction, columns, best))


def _choices(prediction: Prediction) -> dict[str, np.ndarray] | None:
    values, left_open = prediction.values, prediction.left_open
    if not left_open:
        return None
    layers = int(prediction.performance.formula.workload(values["sequence_length"]).layers)
    most = max(layers // int(values["pipeline"]) + 1, 1) if values["pipeline"] > 1.0 else 1
    chunks = [float(n) for n in range(1, most + 1)] if "virtual" in left_open else None
    steps = [float(code) for code in recompute_ladder(prediction.performance.generation)]
    rows = list(
        product(
            chunks or [values["virtual"]],
            steps if "recompute" in left_open else [values["recompute"]],
            MICRO_BATCHES if "micro_batch" in left_open else [values["micro_batch"]],
            sorted({values["zero"], 2.0}) if "zero" in left_open else [values["zero"]],
        )
    )
    columns = {key: np.full(len(rows), float(values[key])) for key in LAYOUT_KEYS}
    for index, key in enumerate(("virtual", "recompute", "micro_batch", "zero")):
        columns[key] = np.asarray([float(row[index]) for row in rows])
    if chunks:
        interleaved = columns["virtual"] > 1.0
        columns["schedule"] = np.where(interleaved, float(Schedule.INTERLEAVED), 0.0)
    return columns


def _text(prediction: Prediction, columns: dict[str, np.ndarray], best: int) -> str:
    told = {
        "virtual": f"VPP{columns['virtual'][best]:g}",
        "recompute": f"recompute {RECOMPUTE_NAMES[int(columns['recompute'][best])]}",
        "micro_batch": f"micro-batch {columns['micro_batch'][best]:g}",
        "zero": f"ZeRO-{columns['zero'][best]:g}",
    }
    return ", ".join(told[key] for key in told if key in prediction.left_open)
