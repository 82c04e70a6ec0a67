"""What a predicted layout says about feasibility: rules, memory, and the stated time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from costcheck.estimate.layout_of import OFFLOAD_NAMES, RECOMPUTE_NAMES, SCHEDULE_NAMES, describe
from costcheck.estimate.memory_nodes import (
    DRIVER_MEMORY,
    Change,
    cheapest_change,
    stated_problems,
)
from costcheck.estimate.open_choices import fastest_open_choice
from costcheck.estimate.performance import residual_spread
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.result import Finding, Verdict
from costcheck.estimate.step_formula import MEMORY_PARTS
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Node, Unknown
from costcheck.physics.layout import REASONS

if TYPE_CHECKING:
    from costcheck.estimate.feasibility import Case

GIGABYTE = 1e9
_NAMES = {
    "recompute": RECOMPUTE_NAMES,
    "schedule": SCHEDULE_NAMES,
    "offload": OFFLOAD_NAMES,
}


def layout_findings(case: Case) -> Iterator[Finding]:
    """Return what the prediction of a stage says about feasibility."""
    prediction = case.stage.prediction
    if prediction is None:
        return
    yield from rules(case, prediction)
    yield from memory(prediction)
    yield from stated_time(case, prediction)


def rules(case: Case, prediction: Prediction) -> Iterator[Finding]:
    """Check that the layout uses the fleet, and obeys every rule of its degrees."""
    values, layout = prediction.values, prediction.layout
    used = layout.tensor * layout.pipeline * layout.context * layout.data
    count = case.value(case.stage.timing.count)
    problems = stated_problems(
        prediction.performance.formula.workload(values["sequence_length"]),
        layout=layout,
        values=values,
        gpus=float(used) if count is None else count,
    )
    if not float(layout.data).is_integer():
        # Data parallelism that is no whole number breaks every rule it occurs in.
        problems = {"gpus": np.asarray(True)}
    for reason, broken in problems.items():
        if not np.any(broken):
            continue
        message = f"layout: {REASONS[reason]}"
        if reason == "gpus":
            # Data parallelism left over by the other degrees is cut to whole replicas.
            used = used / layout.data * max(1, int(layout.data))
            message = f"{message}: {describe(layout)} uses {used:,.0f}, the fleet has {count:,.0f}"
        yield Finding("layout", "infeasible", message)


def memory(prediction: Prediction) -> Iterator[Finding]:
    """Check that the fullest accelerator has the memory, and say what would help."""
    room = prediction.values["memory"]
    arguments = {key: np.asarray(value) for key, value in prediction.values.items()}
    found = prediction.performance.formula.memory(arguments)
    parts = {part: float(np.asarray(getattr(found, part))) for part in MEMORY_PARTS}
    needed = sum(parts.values())
    high = needed * residual_spread(prediction.performance.memory_spread).high
    text = f"{needed / GIGABYTE:.0f} of {room / GIGABYTE:.0f} GB per GPU"
    verdict: Verdict = "feasible"
    if high <= room:
        message = f"{text}, fits"
    elif needed <= room:
        verdict, message = "stretch", f"{text}, fits, but not at the high end of the range"
    elif change := _open_change(prediction, room):
        message = (
            f"{text} as assumed; {change.memory_bytes / GIGABYTE:.0f} GB with "
            f"{spell_change(change)}, which the layout leaves open: fits"
        )
    elif needed <= room * DRIVER_MEMORY:
        verdict = "stretch"
        message = f"{text}: fits only if the driver finds {room / GIGABYTE:.0f} GiB, as many do"
    else:
        largest = sorted(parts, key=lambda part: -parts[part])[:2]
        told = " and ".join(f"{part} {parts[part] / GIGABYTE:.0f} GB" for part in largest)
        verdict, message = "infeasible", f"{text}: does not fit, {told}"
    advice = _advice(prediction, room) if verdict != "feasible" and needed > room else ""
    yield Finding("memory", verdict, message, value=needed, limit=room, help=advice)


def stated_time(case: Case, prediction: Prediction) -> Iterator[Finding]:
    """Compare the prediction with what the stated time implies."""
    timing = case.stage.timing
    if timing.way == "predicted":
        return
    stated = case.value(timing.mfu)
    predicted = _alone(prediction.mfu)
    if stated is None or predicted is None:
        return
    spread = prediction.calibration.spread if prediction.calibration else None
    ends = residual_spread(spread or prediction.performance.step_spread)
    low, high = predicted * ends.low, predicted * ends.high
    inside = low <= stated <= high
    message = f"the layout predicts {predicted:.1%} MFU ({low:.0%}-{high:.0%})"
    if timing.way != "prior":
        message += f", the stated {timing.way} implies {stated:.1%}"
    tuned = None if inside or stated < low else fastest_open_choice(prediction)
    if tuned is not None:
        best = predicted * tuned.speed_up
        inside = stated <= best * ends.high
        message += f"; up to {best:.1%} with what is left open: {tuned.text}"
    verdict: Verdict = "feasible" if inside else "stretch"
    yield Finding("layout", verdict, message, value=predicted, limit=stated)


def spell_change(change: Change) -> str:
    """Return a change of a layout in words, such as ``recompute none -> full``."""
    told = []
    for key, (old, new) in change.changed.items():
        if key in ("data", "sequence_parallel"):
            continue
        names = _NAMES.get(key)
        before, after = (names[int(v)] if names else f"{v:g}" for v in (old, new))
        told.append(f"{key.replace('_', '-')} {before} -> {after}")
    return ", ".join(told)


def _open_change(prediction: Prediction, room: float) -> Change | None:
    """Return a choice that fits among those the file leaves open."""
    keys = prediction.left_open
    return cheapest_change(prediction.performance, prediction.values, room=room, keys=keys)


def _advice(prediction: Prediction, room: float) -> str:
    change = cheapest_change(prediction.performance, prediction.values, room=room)
    if change is None:
        return (
            "no recomputation, sharding, micro-batch, tensor or pipeline parallelism or offloading "
            "makes this model fit on this fleet"
        )
    arguments = {key: np.asarray(value) for key, value in prediction.values.items()}
    now = float(prediction.performance.formula.step(arguments).total_seconds())
    return (
        f"cheapest change that fits: {spell_change(change)} "
        f"({change.memory_bytes / GIGABYTE:.0f} GB, step time {change.step_seconds / now - 1:+.0%})"
    )


def _alone(node: Node) -> float | None:
    if isinstance(node, Unknown):
        return None
    value = evaluate([node], record=False)[node]
    return None if value is None else float(value)
