"""Can the run work at all: one question per function, in an explicit tuple."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from costcheck.estimate.goodput import EXPECTED
from costcheck.estimate.least_state import MOST_BYTES, leanest_bytes
from costcheck.estimate.result import Finding, Verdict
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import GENERATING_KINDS, Study, known_value
from costcheck.estimate.timing import STATED_WAYS, peak_gain
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Array, Node, Select
from costcheck.scenario.pricing import Own
from costcheck.scenario.run import Layout
from costcheck.units import HOURS_PER_DAY, HOURS_PER_MONTH

ROUGH = 0.05
"""How far two independent statements of one quantity may lie apart."""

LEAST_TOLERANCE = 0.005
"""The same where both are the same product, beyond what their rounding allows."""

MODELLED = ("predicted", "published runs", "share of the final run", "rollouts", "generation")
"""Ways that nobody stated: no statement to contradict."""


def findings(stage: StageNodes, central: Evaluation) -> tuple[Finding, ...]:
    """The findings of every check on one stage."""
    name = stage.resolved.stage.name if stage.study.scenario.stages else ""
    return tuple(
        replace(finding, stage=name) for check in CHECKS for finding in check(stage, central)
    )


def utilization(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Compare an MFU that follows from what is stated with what runs have shown."""
    mfu = known_value(stage.results["mfu_end_to_end"], central)
    if mfu is None or stage.resolved.stage.kind in GENERATING_KINDS:
        return
    text = f"{mfu:.1%} MFU end to end"
    if stage.timing.way not in STATED_WAYS:
        # Nothing is condemned on our own assumption.
        is_laid_out = stage.prediction is not None and not stage.prediction.assumed
        ours = "predicted" if is_laid_out else "assumed"
        yield Finding("mfu", "feasible", f"{text}, {ours}", value=mfu)
        return
    limits = tuple(mfu_limits(stage))
    found = next((each for each in limits if each.broken_by(mfu)), None)
    if found is not None:
        message = f"{text} is {found.words}"
        yield Finding("mfu", found.verdict, message, value=mfu, limit=found.limit)
        return
    yield Finding("mfu", "feasible", text + _beside(stage.study), value=mfu, limit=limits[0].limit)


def _beside(study: Study) -> str:
    """What runs on that very hardware have shown, nothing where too few are published."""
    shown = study.known.mfu_shown(study.hardware.name) if study.hardware else None
    if shown is None:
        return ""
    return f"; published runs on {shown.part} reached {shown.low:.0%}-{shown.high:.0%}"


class _Limit(NamedTuple):
    """An MFU that is worth a word where it is passed."""

    verdict: Verdict
    limit: float
    words: str
    below: bool = False

    def broken_by(self, mfu: Array | float) -> NDArray[np.bool_] | bool:
        return mfu < self.limit if self.below else mfu > self.limit


def mfu_limits(stage: StageNodes) -> Iterator[_Limit]:
    """Limits of an MFU, the hardest first; those of published runs hold for what they trained."""
    peak, limits = peak_gain(stage.study), stage.study.known.feasibility
    gain = 1.0 + (peak - 1.0) * limits["precision_gain"].value
    usual, best = limits["mfu.usual"].value * gain, limits["mfu.shown"].value * gain
    low = limits["mfu.low"].value
    yield _Limit("infeasible", peak, "above the peak of the hardware")
    yield _Limit("infeasible", best, f"above the {best:.0%} that anyone has shown on any hardware")
    yield _Limit("stretch", usual, f"above the {usual:.0%} usual at best")
    if stage.study.from_scratch:
        words = f"below the {low:.0%} that published runs stay above"
        yield _Limit("stretch", low, words, below=True)


def _has_layout(stage: StageNodes) -> bool:
    """Whether a layout is judged by itself: one that is stated, or one that was found to fit."""
    if stage.prediction is None or not stage.prediction.assumed:
        return stage.prediction is not None
    from costcheck.estimate.layout_findings import room_left

    return room_left(stage.prediction) >= 0.0


def is_sharded(stage: StageNodes) -> bool:
    """Whether the training state lies on accelerators, in a layout that nothing else judges."""
    layout = stage.study.stage.layout
    offloads = isinstance(layout, Layout) and layout.offload not in (None, "none")
    return not offloads and not _has_layout(stage)


def training_state(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check that weights, gradients and optimizer state fit the fleet even fully sharded."""
    study, hardware = stage.study, stage.study.hardware
    parameters = known_value(stage.results["parameters_total"], central)
    count = known_value(stage.timing.count, central)
    room = hardware.entry.memory if hardware else None
    if room is None or parameters is None or count is None or not is_sharded(stage):
        return
    # No sharding holds less than all states of all parameters once.
    if parameters * MOST_BYTES / count <= room.value:
        return
    needed = parameters * leanest_bytes(study) / count
    if needed > room.value:
        message = (
            f"training state alone needs {needed / 1e9:.0f} GB per accelerator, fully sharded; "
            f"it has {room.value / 1e9:.0f} GB"
        )
        advice = "fewer bytes per weight (method: qlora), more accelerators, or layout.offload"
        yield Finding("memory", "infeasible", message, value=needed, limit=room.value, help=advice)


def layout(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check the rules, the memory and the predicted time of a layout."""
    if stage.prediction is None:
        return
    from costcheck.estimate.layout_findings import assumed_memory, layout_findings

    # Nothing is condemned on a layout that is our own assumption.
    if stage.prediction.assumed:
        yield from assumed_memory(stage.prediction, adapts=stage.study.fine_tunes)
    else:
        yield from layout_findings(stage.prediction, stage.timing, central)


def released(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check that the part could be had on the day of the run."""
    hardware, resolved = stage.study.hardware, stage.study.resolved
    day = hardware.entry.released if hardware else None
    if hardware and day and resolved.as_of < day and not resolved.as_of_assumed:
        message = f"{hardware.name} was released on {day}, after {resolved.as_of}"
        yield Finding("released", "infeasible", message)


def reliability(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check that the job advances between failures."""
    for reason, mask in central.infeasible(stage.results["goodput"]).items():
        if np.any(mask):
            yield Finding("reliability", "infeasible", reason)
    expected = stated_goodput(stage)
    if expected is None:
        return
    left, needed = (known_value(node) for node in (expected, stage.timing.goodput))
    if left is not None and needed is not None and needed > left:
        message = (
            f"the stated failures leave {left:.2g} of the time; the stated hours need {needed:.2g}"
            " of it even at the peak"
        )
        yield Finding("reliability", "infeasible", message, value=left, limit=needed)


def stated_goodput(stage: StageNodes) -> Node | None:
    """The goodput that stated failures leave; None where none are stated."""
    stated = stage.study.stage.reliability
    if stated is None or stated.failures_per_gpu_hour is None:
        return None
    return stage.study.made.get(stage.study.named(EXPECTED))


def longest_days(own: Own) -> float:
    """Days that a run may take of accelerators which are sold after it."""
    if own.kept is None:
        return math.inf
    share = own.utilization.value if own.utilization else 1.0
    return own.kept.value / HOURS_PER_DAY * share * (1.0 + LEAST_TOLERANCE)


def ownership(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check that the accelerators are kept, and can be used, as long as the run takes."""
    own, count = stage.study.own, known_value(stage.bought.count, central)
    hours = known_value(stage.bought.gpu_hours, central)
    if own.kept is None or not count or hours is None or not stage.bought.first:
        return
    kept, run = own.kept.value / HOURS_PER_MONTH, hours / count / HOURS_PER_MONTH
    share = own.utilization.value if own.utilization else 1.0
    if hours / count / HOURS_PER_DAY <= longest_days(own):
        return
    message, advice = f"the accelerators are kept {kept:.3g} months", f"keep them {run:.3g} months"
    if own.utilization is not None:
        message += (
            f", and own.utilization offers {own.utilization.text} of them, {kept * share:.3g}"
        )
        advice = (
            f"leave out own.utilization (the run's share of the months decides it), or keep them "
            f"{run / share:.3g} months"
        )
    message += f"; the run takes {run:.3g}"
    yield Finding("ownership", "infeasible", message, value=run, limit=kept * share, help=advice)


def cross_checks(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Compare everything stated beside what decides the time and the compute."""
    for label, node, option in stated_twice(stage):
        decided, other = known_value(node, central), known_value(option)
        if decided is None or other is None:
            continue
        off = other / decided - 1.0
        verdict: Verdict = "feasible" if abs(off) <= tolerance(stage.study, label) else "stretch"
        agree = "agrees with" if verdict == "feasible" else "disagrees with"
        message = f"{label} gives {other:.4g} {node.unit}, {off:+.1%}: {agree} {node.chosen}"
        yield Finding("cross-check", verdict, message, value=other, limit=decided)


def stated_twice(stage: StageNodes) -> Iterator[tuple[str, Select, Node]]:
    """What is stated beside what decides: its label, what decides, and what it gives."""
    chosen = (stage.timing.gpu_hours, stage.compute.training_flops)
    for node in (each for each in chosen if isinstance(each, Select)):
        for label, option in node.options.items():
            if label != node.chosen and label not in MODELLED:
                yield label, node, option


def tolerance(study: Study, label: str) -> float:
    """How far two statements of one quantity may lie apart."""
    if label != "count x duration":
        return ROUGH
    stated = (study.stage.gpu_hours, study.stage.duration)
    rounding = sum(quantity.half_unit for quantity in stated if quantity is not None)
    return max(rounding, LEAST_TOLERANCE)


CHECKS: tuple[Callable[[StageNodes, Evaluation], Iterator[Finding]], ...] = (
    utilization,
    training_state,
    layout,
    released,
    reliability,
    ownership,
    cross_checks,
)
"""Every check on a stage, in the order of the report."""
