"""Can the run work at all: one question per function, in an explicit tuple."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from costcheck.estimate.goodput import EXPECTED
from costcheck.estimate.least_state import MOST_BYTES, leanest_bytes
from costcheck.estimate.result import SEVERITY, Finding, Verdict
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import GENERATING_KINDS, Study, known_value
from costcheck.estimate.timing import STATED_WAYS, peak_gain
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Array, Node, Select
from costcheck.physics.stages import FORWARD_FLOPS
from costcheck.scenario.claim import about_the_run
from costcheck.scenario.pricing import Own
from costcheck.scenario.run import Layout
from costcheck.scenario.schema import Scenario
from costcheck.units import HOURS_PER_MONTH

MODELLED = ("predicted", "published runs", "share of the final run", "rollouts", "generation")
"""Ways that nobody stated: no statement to contradict."""


class Doubt(NamedTuple):
    """What a check finds of estimates, be it one or the rows of a sweep."""

    check: str
    verdict: Verdict
    where: NDArray[np.bool_] | bool
    """Of which of them."""
    reason: str
    """In words that hold for each of these."""
    value: Array | float | None = None
    limit: Array | float | None = None
    told: Callable[[float, float], str] | None = None
    """The reason of one estimate with its value and its limit."""
    help: str = ""

    def finding(self) -> Finding:
        """What is said of one estimate."""
        value, limit = (None if n is None else float(n) for n in (self.value, self.limit))
        reason = self.reason
        if self.told is not None:
            reason = self.told(*(math.nan if n is None else n for n in (value, limit)))
        value = value if value is None or math.isfinite(value) else None
        return Finding(self.check, self.verdict, reason, value=value, limit=limit, help=self.help)


def findings(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """The findings of every check on one stage; of the memory the worst alone, as it is one fault.

    Where two are as bad, that of the layout is told: it looked at more ways out.
    """
    name = stage.resolved.stage.name if stage.study.scenario.stages else ""
    found = [
        each if isinstance(each, Finding) else each.finding()
        for check in CHECKS
        for each in check(stage, central)
        if isinstance(each, Finding) or np.any(each.where)
    ]
    of_memory = [each for each in reversed(found) if each.check == "memory"]
    worst = max(of_memory, key=lambda each: SEVERITY[each.verdict], default=None)
    for each in found:
        if each.check != "memory" or each is worst:
            yield replace(each, stage=name)


def _known(values: Evaluation, node: Node) -> Array | float | None:
    """A value; of a node that no result depends on, by itself."""
    return values[node] if node in values.values else known_value(node)


def utilization(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    """Compare an MFU that follows from what is stated with what runs have shown."""
    mfu = values[stage.results["mfu_end_to_end"]]
    if mfu is None:
        return
    limits = tuple(_mfu_limits(stage))
    if stage.resolved.stage.kind in GENERATING_KINDS:
        yield from _generated(stage, values, mfu, limits[0])
        return
    if stage.timing.way not in STATED_WAYS:
        yield from _predicted(stage, mfu, limits[0])
        return
    kept: NDArray[np.bool_] = np.ones(np.shape(mfu), np.bool_)
    for limit in limits:
        broken = kept & limit.broken_by(mfu)
        yield _mfu(limit.verdict, broken, mfu, limit.limit, f" is {limit.words}")
        kept = kept & ~broken
    yield _mfu("feasible", kept, mfu, limits[0].limit, _beside(stage.study))


class _Limit(NamedTuple):
    """An MFU that is worth a word where it is passed."""

    verdict: Verdict
    limit: float
    words: str
    below: bool = False

    def broken_by(self, mfu: Array) -> NDArray[np.bool_]:
        return np.less(mfu, self.limit) if self.below else np.greater(mfu, self.limit)


def _generated(stage: StageNodes, values: Evaluation, mfu: Array, peak: _Limit) -> Iterator[Doubt]:
    """Tell what no hardware could do even if each token were only read or written once."""
    names = ("flops_per_token", "parameters_active")
    counted, active = (values[stage.results[name]] for name in names)
    if counted is None or active is None or stage.timing.way not in STATED_WAYS:
        return
    least = mfu * FORWARD_FLOPS * active / counted
    words = f" is {peak.words}, and so are its tokens read once"
    yield _mfu(peak.verdict, peak.broken_by(least), mfu, peak.limit, words)


def _predicted(stage: StageNodes, mfu: Array, peak: _Limit) -> Iterator[Doubt]:
    """Judge an MFU that nobody stated: nothing is condemned on our own assumption.

    A step that somebody measured is none, and cannot be faster than the peak.
    """
    found = stage.prediction
    measured = found is not None and found.calibration is not None
    broken = peak.broken_by(mfu) & measured
    yield _mfu(peak.verdict, broken, mfu, peak.limit, f" is {peak.words}, by the measured step")
    ours = "predicted" if found is not None and not found.assumed else "assumed"
    yield _mfu("feasible", ~broken, mfu, None, f", {ours}")


def _mfu(
    verdict: Verdict,
    where: NDArray[np.bool_] | bool,
    mfu: Array,
    limit: float | None,
    words: str,
) -> Doubt:
    def told(value: float, _: float) -> str:
        return f"{value:.1%} MFU end to end{words}"

    return Doubt("mfu", verdict, where, f"MFU end to end{words}", mfu, limit, told)


def _beside(study: Study) -> str:
    """What runs on that very hardware have shown, nothing where too few are published."""
    shown = study.known.mfu_shown(study.hardware.name) if study.hardware else None
    if shown is None:
        return ""
    return f"; published runs on {shown.part} reached {shown.low:.0%}-{shown.high:.0%}"


def _mfu_limits(stage: StageNodes) -> Iterator[_Limit]:
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


def _is_sharded(stage: StageNodes) -> bool:
    """Whether the training state lies on accelerators, in a layout that nothing else judges."""
    layout = stage.study.stage.layout
    offloads = isinstance(layout, Layout) and layout.offload not in (None, "none")
    return not offloads and not _has_layout(stage)


def training_state(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    """Check that weights, gradients and optimizer state fit the fleet even fully sharded."""
    hardware = stage.study.hardware
    parameters, count = values[stage.results["parameters_total"]], values[stage.timing.count]
    room = hardware.entry.memory.value if hardware and hardware.entry.memory else None
    if room is None or parameters is None or count is None or not _is_sharded(stage):
        return
    # No sharding holds less than all states of all parameters once.
    if np.all(parameters * MOST_BYTES / count <= room):
        return

    def told(needed: float, room: float) -> str:
        return (
            f"training state alone needs {needed / 1e9:.0f} GB per accelerator, fully sharded; "
            f"it has {room / 1e9:.0f} GB"
        )

    rules = stage.study.resolved.catalog.document("performance/memory.yaml")
    needed = parameters * leanest_bytes(stage.study.training, rules) / count
    reason = f"training state alone, fully sharded, needs more than {room / 1e9:.0f} GB"
    advice = "fewer bytes per weight (method: qlora), more accelerators, or layout.offload"
    reason += " per accelerator"
    yield Doubt("memory", "infeasible", needed > room, reason, needed, room, told, advice)


def layout(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check the rules, the memory and the predicted time of a layout."""
    if stage.prediction is None:
        yield from _fleet(stage)
        return
    from costcheck.estimate.layout_findings import assumed_memory, layout_findings

    # Who adapts a model on a few cards, or lets it generate, counts on the host's memory.
    generates = stage.resolved.stage.kind in GENERATING_KINDS
    adapts = stage.study.fine_tunes or generates
    # A layout that is our own assumption is condemned only where no change of it fits.
    if stage.prediction.assumed:
        yield from assumed_memory(stage.prediction, adapts=adapts)
    else:
        yield from layout_findings(
            stage.prediction, stage.timing, central, adapts=adapts, generates=generates
        )


def _fleet(stage: StageNodes) -> Iterator[Finding]:
    """Check that a layout of ours could exist: of the stated fleet, for the stated batch."""
    study, stated = stage.study, stage.study.training.global_batch
    asked = study.stage.layout in (None, "auto") and stage.timing.way in MODELLED
    if stated is None or not asked or study.is_a_share or _has_run(study.scenario):
        return
    from costcheck.estimate.layout_search import NoLayout, near_fleets
    from costcheck.estimate.performance import performance_of
    from costcheck.estimate.prior import assumed_layout

    gpus, length = known_value(stage.timing.count), known_value(stage.compute.sequence_length)
    refused = assumed_layout(study, stage.compute) if gpus and length else ""
    if not gpus or not length or not isinstance(refused, NoLayout):
        return
    performance = performance_of(study, gpus=gpus)
    if isinstance(performance, str):
        return
    run = {"gpus": gpus, "global_batch": stated.value, "sequence_length": length}
    near = " or ".join(f"{size:,}" for size in near_fleets(performance, **run))
    advice = f"the nearest fleets that can run it: {near} GPUs" if near else "state another batch"
    yield Finding("layout", "infeasible", refused, help=advice)


def _has_run(scenario: Scenario) -> bool:
    """Whether a text tells of the fleet of a run: then it ran, in whatever layout."""
    claims = scenario.claims or ()
    about = about_the_run(claims)
    return any(claim.gpus is not None and claim.id in about for claim in claims)


def released(stage: StageNodes, central: Evaluation) -> Iterator[Finding]:
    """Check that the part could be had on the day of the run."""
    hardware, resolved = stage.study.hardware, stage.study.resolved
    day = hardware.entry.released if hardware else None
    if hardware and day and resolved.as_of < day and not resolved.as_of_assumed:
        message = f"{hardware.name} was released on {day}, after {resolved.as_of}"
        yield Finding("released", "infeasible", message)


def reliability(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    """Check that the job advances between failures."""
    for reason, mask in values.infeasible(stage.results["goodput"]).items():
        yield Doubt("reliability", "infeasible", mask, reason)
    if (expected := stated_goodput(stage)) is None:
        return

    def told(left: float, needed: float) -> str:
        return (
            f"the stated failures leave {left:.2g} of the time; the stated hours need {needed:.2g}"
            " of it even at the peak"
        )

    left, needed = _known(values, expected), _known(values, stage.timing.goodput)
    if left is not None and needed is not None:
        reason = "the stated hours need more of the time than the stated failures leave"
        broken = np.greater(needed, left)
        yield Doubt("reliability", "infeasible", broken, reason, left, needed, told)


def stated_goodput(stage: StageNodes) -> Node | None:
    """The goodput that stated failures leave; None where none are stated."""
    stated = stage.study.stage.reliability
    if stated is None or stated.failures_per_gpu_hour is None:
        return None
    return stage.study.made.get(stage.study.named(EXPECTED))


def ownership(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    """Check that the accelerators are kept, and can be used, as long as the run takes."""
    own, count = stage.study.own, values[stage.bought.count]
    hours = values[stage.bought.gpu_hours]
    if own.kept is None or count is None or hours is None or not stage.bought.first:
        return
    share = own.utilization.value if own.utilization else 1.0
    kept = own.kept.value / HOURS_PER_MONTH * share
    run = hours / np.maximum(count, 1.0) / HOURS_PER_MONTH
    late = run > kept * (1.0 + stage.study.known.feasibility["apart.same_product"].value)
    yield Doubt(
        "ownership", "infeasible", late, "the run takes longer than the accelerators are kept",
        run, kept, lambda run, _: _too_late(own, run), _keep_longer(own, float(np.max(run))),
    )  # fmt: skip


def _too_late(own: Own, run: float) -> str:
    kept = own.kept.value / HOURS_PER_MONTH if own.kept else math.nan
    message = f"the accelerators are kept {kept:.3g} months"
    if own.utilization is not None:
        offered = kept * own.utilization.value
        message += f", and own.utilization offers {own.utilization.text} of them, {offered:.3g}"
    return f"{message}; the run takes {run:.3g}"


def _keep_longer(own: Own, run: float) -> str:
    if own.utilization is None:
        return f"keep them {run:.3g} months"
    return (
        "leave out own.utilization (the run's share of the months decides it), or keep them "
        f"{run / own.utilization.value:.3g} months"
    )


def cross_checks(stage: StageNodes, values: Evaluation) -> Iterator[Doubt]:
    """Compare everything stated beside what decides the time and the compute."""
    for label, node, option in stated_twice(stage):
        decided, other = _known(values, node), _known(values, option)
        if decided is None or other is None:
            continue
        far = np.abs(other / decided - 1.0) > _tolerance(stage.study, label)
        verdicts: tuple[Verdict, ...] = ("feasible", "stretch")
        for verdict, where, word in zip(
            verdicts, (~far, far), ("agrees", "disagrees"), strict=True
        ):
            words = f"{word} with {node.chosen}"

            def told(
                other: float, decided: float, start: str = f"{label} gives", end: str = words,
                unit: str = node.unit,
            ) -> str:  # fmt: skip
                return f"{start} {other:.4g} {unit}, {other / decided - 1.0:+.1%}: {end}"

            yield Doubt("cross-check", verdict, where, f"{label} {words}", other, decided, told)


def stated_twice(stage: StageNodes) -> Iterator[tuple[str, Select, Node]]:
    """What is stated beside what decides: its label, what decides, and what it gives."""
    chosen = (stage.timing.gpu_hours, stage.compute.training_flops)
    for node in (each for each in chosen if isinstance(each, Select)):
        for label, option in node.options.items():
            if label != node.chosen and label not in MODELLED:
                yield label, node, option


def _tolerance(study: Study, label: str) -> float:
    """How far two statements of one quantity may lie apart."""
    if label != "count x duration":
        return study.known.feasibility["apart.independent"].value
    stated = (study.stage.gpu_hours, study.stage.duration)
    rounding = sum(quantity.half_unit for quantity in stated if quantity is not None)
    return max(rounding, study.known.feasibility["apart.same_product"].value)


CHECKS: tuple[Callable[[StageNodes, Evaluation], Iterator[Doubt | Finding]], ...] = (
    utilization,
    training_state,
    layout,
    released,
    reliability,
    ownership,
    cross_checks,
)
"""Every check on a stage, in the order of the report."""
OF_THE_PARTS = (layout, released)
"""Those whose findings no number of a sweep changes."""
