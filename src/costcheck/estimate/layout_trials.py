"""Many layouts of one run tried at once: the rules they break, their memory and their step time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.estimate.step_formula import LAYOUT_KEYS, StepFormula, layout_from
from costcheck.estimate.study import SPLITS
from costcheck.physics.layout import Layout, layout_problems

Columns = dict[str, FloatArray]
"""Many layouts: one array per key."""


def grid(values: Mapping[str, float], choices: Mapping[str, Sequence[float]]) -> Columns:
    """Every combination of some choices, the other keys as they are."""
    axes = np.meshgrid(*(np.asarray(each, dtype=np.float64) for each in choices.values()))
    flat = dict(zip(choices, (axis.ravel() for axis in axes), strict=True))
    return {key: np.full(axes[0].size, float(values[key])) for key in LAYOUT_KEYS} | flat


def broken_rules(
    formula: StepFormula, values: Mapping[str, float], layout: Layout, gpus: float, *, uneven: bool
) -> dict[str, np.ndarray]:
    """The rules that layouts break, by reason.

    Notes
    -----
    Somebody who states a layout may spread the layers over chunks as they like: only a chunk with
    nothing in it, neither a layer nor the embedding or the head, is refused then.
    Tensor parallelism beyond the fast domain is slow, which the step time says, and runs; nothing
    beyond what is stated is proposed. A search tries even splits alone.
    """
    workload = formula.workload(values["sequence_length"])
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


def tried(
    formula: StepFormula,
    values: Mapping[str, float],
    columns: Columns,
    *,
    uneven: bool,
    host_room: float = np.inf,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which layouts obey the rules, their memory and their step time; infinite for the others.

    Layouts that keep more in host memory than a server has, `host_room`, break a rule too [byte].
    """
    shape, layout = columns["data"].shape, layout_from(columns)
    gpus = float(np.prod([values[key] for key in SPLITS]))
    problems = broken_rules(formula, values, layout, gpus, uneven=uneven)
    allowed = ~np.logical_or.reduce([np.broadcast_to(p, shape) for p in problems.values()])
    memory, seconds = np.full(shape, np.inf), np.full(shape, np.inf)
    if allowed.any():
        kept = {key: column[allowed] for key, column in columns.items()}
        trial: dict[str, np.ndarray | float] = {**values, **kept}
        uses = formula.memory(trial)
        memory[allowed] = uses.total_bytes()
        seconds[allowed] = formula.step(trial).total_seconds()
        beside = np.multiply(uses.host, min(values["gpus_per_node"], gpus))
        allowed[allowed] = np.broadcast_to(beside <= host_room, memory[allowed].shape)
    return allowed, memory, seconds
