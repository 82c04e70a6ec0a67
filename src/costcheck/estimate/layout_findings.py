"""What a predicted layout says about feasibility: rules, memory, and the stated time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from costcheck.catalog.words import words_of
from costcheck.estimate.layout_changes import Change, cheapest_change, host_bytes, step_seconds
from costcheck.estimate.layout_of import describe
from costcheck.estimate.layout_trials import broken_rules
from costcheck.estimate.layout_words import CODED, code_name
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.result import Finding, Verdict
from costcheck.estimate.step_formula import ALLOCATED_PARTS, BATCH_KEYS
from costcheck.estimate.study import known_value
from costcheck.estimate.timing import WHOLE_RUNS, Timing
from costcheck.graph.evaluation import Evaluation
from costcheck.physics.layout import Offload
from costcheck.physics.memory.training import MemoryBytes

GIGABYTE = 1e9


def layout_findings(
    prediction: Prediction, timing: Timing, evaluation: Evaluation, *, adapts: bool, generates: bool
) -> Iterator[Finding]:
    """What the prediction of a stage says about feasibility."""
    yield from rules(prediction, known_value(timing.count, evaluation))
    yield from memory(prediction, adapts=adapts)
    yield from host_memory(prediction)
    # Of a stage that generates the layout predicts the updates, and its hours hold the whole loop.
    if timing.way != "predicted" and not generates:
        yield from stated_time(prediction, timing, evaluation)


def assumed_memory(prediction: Prediction, *, adapts: bool) -> Iterator[Finding]:
    """Check the memory of a layout of ours: as if stated, condemned where no change of it fits."""
    if prediction.searched is None:
        return
    if prediction.searched.best:
        yield from memory(prediction, adapts=adapts)
        yield from host_memory(prediction)
        return
    uses, room = _uses_and_room(prediction)
    needed = float(uses.total_bytes())
    margin = prediction.performance.data.memory["margin"]
    shows = f"the leanest shows {needed / GIGABYTE:.0f} of {_room_words(prediction, room)}"
    if needed <= room:
        message = f"no usual layout leaves a margin: {shows}"
        yield Finding("memory", "stretch", message, value=needed, limit=room)
        return
    message = f"no usual layout fits: {shows}"
    change = cheapest_change(prediction, room=room)
    near = change is not None or needed <= room * margin["tight"]
    yield Finding(
        "memory",
        "stretch" if near else "infeasible",
        message,
        value=needed,
        limit=room,
        help=_advice(prediction, change),
    )


def room_left(prediction: Prediction) -> float:
    """Memory of an accelerator that the layout leaves, negative where it does not fit [byte]."""
    uses, room = _uses_and_room(prediction)
    return room - float(uses.total_bytes())


def _uses_and_room(prediction: Prediction) -> tuple[MemoryBytes, float]:
    """What the fullest accelerator holds, and what a program finds on it."""
    uses = prediction.performance.formula.memory(prediction.values)
    return uses, prediction.values["memory"] * prediction.performance.found_memory


def _room_words(prediction: Prediction, room: float) -> str:
    """What a program finds on a part, and by which number it is sold where that is another."""
    found, sold = (f"{size / GIGABYTE:.0f}" for size in (room, prediction.values["memory"]))
    return f"{found} GB" + ("" if found == sold else f" (sold as {sold})")


def rules(prediction: Prediction, count: float | None) -> Iterator[Finding]:
    """Check that the layout uses the fleet, and obeys every rule of its degrees."""
    layout, used = prediction.layout, prediction.gpus_used
    formula, gpus = prediction.performance.formula, used if count is None else count
    problems = broken_rules(formula, prediction.values, layout, gpus, uneven=True)
    if not float(layout.data).is_integer():
        # Data parallelism that is no whole number breaks every rule it occurs in.
        problems = {"gpus": np.asarray(True)}
    if prediction.impossible:
        yield Finding("layout", "infeasible", f"layout: {prediction.impossible}")
    for reason, broken in problems.items():
        if not np.any(broken):
            continue
        message = f"layout: {words_of('refusals')[reason]}"
        if reason == "gpus":
            # Data parallelism left over by the other degrees is cut to whole replicas.
            used = float(used / layout.data * max(1, int(layout.data)))
            message = f"{message}: {describe(layout)} uses {used:,.0f}, the fleet has {gpus:,.0f}"
        yield Finding("layout", "infeasible", message)


def memory(prediction: Prediction, *, adapts: bool) -> Iterator[Finding]:
    """Check that the fullest accelerator has the memory, and say what would help."""
    uses, room = _uses_and_room(prediction)
    needed, allocated = float(uses.total_bytes()), float(uses.allocated_bytes())
    margin = prediction.performance.data.memory["margin"]
    leanest = prediction.completion.leanest_bytes
    text = (
        f"{allocated / GIGABYTE:.0f} GB allocated, the device shows {needed / GIGABYTE:.0f} of "
        f"{_room_words(prediction, room)}"
    )
    verdict: Verdict = "feasible"
    if needed <= room * margin["fits"]:
        message = f"{text}: fits"
        offload = int(prediction.values["offload"])
        if not adapts and offload & (Offload.OPTIMIZER | Offload.PARAMETERS):
            kept = code_name("offload", offload)
            verdict, message = "stretch", f"{message} with {kept} in host memory, as few train"
    elif leanest <= room * margin["fits"]:
        leaner = f"leaner choices of what is open take {leanest / GIGABYTE:.0f} GB"
        message = f"{text} as completed, fits; {leaner}"
    elif needed <= room * margin["tight"]:
        verdict, message = "stretch", f"{text}: tight, such runs ran and ran out of memory"
    else:
        parts = {part: float(np.asarray(getattr(uses, part))) for part in ALLOCATED_PARTS}
        largest = sorted(parts, key=lambda part: -parts[part])[:2]
        names = " and ".join(f"{part} {parts[part] / GIGABYTE:.0f} GB" for part in largest)
        verdict, message = "infeasible", f"{text}: does not fit, {names}"
    advice = ""
    if verdict != "feasible" and needed > room:
        advice = _advice(prediction, cheapest_change(prediction, room=room))
    yield Finding("memory", verdict, message, value=needed, limit=room, help=advice)


def host_memory(prediction: Prediction) -> Iterator[Finding]:
    """Say what a server has to hold of what is offloaded; judge it where the file says its size."""
    needed = float(host_bytes(prediction, prediction.values))
    if not needed:
        return
    performance = prediction.performance
    room, stated = performance.host_memory, performance.machine.host_memory
    message = f"offloaded: {needed / GIGABYTE:,.0f} GB in the memory of each server"
    verdict: Verdict = "feasible"
    if needed > room and stated:
        verdict, message = "infeasible", f"{message}, which has {stated.text}"
    elif needed > room:
        verdict, message = "stretch", f"{message}, more than usual ones have ({room / 1e12:g} TB)"
    yield Finding("host-memory", verdict, message, value=needed, limit=room)


def stated_time(
    prediction: Prediction, timing: Timing, evaluation: Evaluation
) -> Iterator[Finding]:
    """Compare the prediction with what the stated time implies: steps, or whole runs."""
    whole = timing.kept if timing.way in WHOLE_RUNS else None
    stated = known_value(timing.mfu_end_to_end if whole else timing.mfu, evaluation)
    predicted = known_value(prediction.mfu)
    if stated is None or predicted is None:
        return
    ends, words = prediction.ends, "MFU"
    if whole:
        share = known_value(whole.share) or 1.0
        predicted, ends, words = predicted * share, whole.ends(ends), "MFU end to end"
    low, high = predicted / ends[1], predicted / ends[0]
    message = (
        f"the layout predicts {predicted:.1%} {words} ({low:.0%}-{high:.0%}), the stated "
        f"{timing.way} implies {stated:.1%}"
    )
    verdict: Verdict = "feasible" if low <= stated <= high else "stretch"
    yield Finding("layout", verdict, message, value=predicted, limit=stated)


def spell_change(change: Change) -> str:
    """A change of a layout in words, such as ``recompute none -> full``."""
    words = ["cross-entropy -> fused"] if change.fuses_loss else []
    for key, (old, new) in change.changed.items():
        if key in ("data", "sequence_parallel"):
            continue
        before, after = (code_name(key, v) if key in CODED else f"{v:g}" for v in (old, new))
        words.append(f"{key.replace('_', '-')} {before} -> {after}")
    return ", ".join(words)


def _advice(prediction: Prediction, change: Change | None) -> str:
    if change is None and (other := _other_layout(prediction)):
        return f"another layout fits: {other} (costcheck plan lists more)"
    if change is None:
        return (
            "no recomputation, sharding, micro-batch, tensor or pipeline parallelism or offloading "
            "makes this model fit on this fleet"
        )
    slower = change.step_seconds / step_seconds(prediction) - 1
    return (
        f"cheapest change that fits: {spell_change(change)} "
        f"({change.memory_bytes / GIGABYTE:.0f} GB, step time {slower:+.0%})"
    )


def _other_layout(prediction: Prediction) -> str:
    """The layout that a search of the fleet prefers; empty where none fits or one was made."""
    if prediction.searched is not None or not prediction.gpus_used.is_integer():
        return ""
    from costcheck.estimate.layout_search import find_layout

    batch = {key: prediction.values[key] for key in BATCH_KEYS}
    found = find_layout(prediction.performance, gpus=prediction.gpus_used, **batch)
    return describe(found[1]) if isinstance(found, tuple) and found[0].best else ""
