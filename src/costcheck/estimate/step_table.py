"""Tables of measured steps: the spellings of their columns, and what a row says of a run."""

import math
from collections.abc import Mapping

from costcheck.estimate.layout_of import DEGREES
from costcheck.estimate.layout_words import (
    RECOMPUTE_NAMES,
    RECOMPUTED_MODULES,
    SCHEDULES,
    recompute_code,
)

Row = Mapping[str, str]

SPELLINGS = {
    "gpus": "n_gpus",
    "sequence_length": "seq_len",
    "vocabulary": "vocab",
    "expert_ffn": "moe_ffn",
    "top_k": "topk",
    "tensor": "tp",
    "pipeline": "pp",
    "virtual": "vpp",
    "context": "cp",
    "expert": "ep",
    "data": "dp",
    "zero": "zero_stage",
    "quantity": "measured_kind",
    "value": "measured_value",
    "nic_gbps": "nic_gbps_per_gpu",
}
"""Our name of a column with that of the research collection."""
STEP_TIME = ("step_seconds", "iter_time_s", "step_time")
RATE = ("tokens_per_second_per_gpu", "tokens_per_s_per_gpu")
MEMORY = ("memory_gib", "mem_gib")
"""What a row can have measured, by `quantity`; a time may also stand in a column of its own."""
LAYOUT = (*DEGREES, "zero", "shard_group", "data")
"""Columns of numbers about the layout."""
NONZERO = frozenset(
    (
        *(*DEGREES, *STEP_TIME, "data", "gpus", "global_batch", "sequence_length", "value"),
        *("layers", "hidden", "heads"),
    )
)
"""Columns in which 0 says nothing."""


def cell(row: Row, name: str) -> str:
    """A cell under either spelling of its column; empty where there is none."""
    return (row.get(name) or row.get(SPELLINGS.get(name, name)) or "").strip()


def number(row: Row, name: str) -> float:
    """The number in a cell, NaN in an empty one.

    Raises
    ------
    ValueError
        The cell holds no finite number from 0 on, or above it.
    """
    text, least = cell(row, name), math.ulp(0.0) if name in NONZERO else 0.0
    try:
        value = float(text or "nan")
    except ValueError:
        value = -1.0
    if text and not least <= value < math.inf:
        raise ValueError(f"{name} is not a number{' above 0' if least else ''}: {text}")
    return value


def stated_layout(row: Row, generation: str) -> dict[str, float]:
    """What a row says of its layout, as the performance model has it.

    Raises
    ------
    ValueError
        A cell holds no number, or a word that names no choice.
    """
    found = {name: number(row, name) for name in LAYOUT if cell(row, name)}
    # A remark in brackets says how the software calls it.
    recompute = cell(row, "recompute").partition("(")[0].strip()
    if recompute:
        words = tuple(recompute.split("+"))
        if not {*RECOMPUTED_MODULES, *RECOMPUTE_NAMES} >= {*words}:
            raise ValueError(f"recompute is none of {', '.join(RECOMPUTE_NAMES)}: {recompute}")
        found["recompute"] = recompute_code(words if words[1:] else words[0], generation)
    schedule = cell(row, "schedule") or ("interleaved" if found.get("virtual", 1.0) > 1.0 else "")
    if schedule and schedule not in SCHEDULES:
        raise ValueError(f"schedule is none of {', '.join(SCHEDULES)}: {schedule}")
    return found | ({"schedule": float(SCHEDULES[schedule])} if schedule else {})


def measured_seconds(row: Row, *, tokens: float, gpus: float) -> float:
    """The step time that a row states or that its rate comes to [s]; NaN where it has neither."""
    for name in STEP_TIME:
        if cell(row, name):
            return number(row, name)
    kind, value = cell(row, "quantity"), number(row, "value")
    if kind in RATE:
        return tokens / (gpus * value)
    return value if kind in STEP_TIME else math.nan
