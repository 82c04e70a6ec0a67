"""Can the run work at all: one question per function, in an explicit tuple."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from costcheck.estimate.knowledge import Knowledge
from costcheck.estimate.resolve import Resolved
from costcheck.estimate.result import Finding, Verdict
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import GENERATING_KINDS, reference_precision
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node, Select
from costcheck.physics.optimizers import OPTIMIZER_BYTES, WORKING_BYTES
from costcheck.scenario.run import Layout


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One stage with its central values."""

    stage: StageNodes
    resolved: Resolved
    known: Knowledge
    evaluation: Evaluation

    def value(self, node: Node) -> float | None:
        """Return a central value, None where it is unknown."""
        found = self.evaluation[node]
        return None if found is None else float(found)


def findings(case: Case) -> tuple[Finding, ...]:
    """Return the findings of every check on one stage."""
    name = case.stage.resolved.stage.name if case.resolved.scenario.stages else ""
    return tuple(finding._replace(stage=name) for check in CHECKS for finding in check(case))


def utilization(case: Case) -> Iterator[Finding]:
    """Compare the MFU with what hardware of that kind has shown and with what it can do."""
    mfu = case.value(case.stage.results["mfu_end_to_end"])
    if mfu is None or case.stage.resolved.stage.kind in GENERATING_KINDS:
        return
    gain = _precision_gain(case)
    usual = case.known.feasibility["mfu.usual"].value * gain
    shown = case.known.feasibility["mfu.shown"].value * gain
    low = case.known.feasibility["mfu.low"].value
    text = f"{mfu:.1%} MFU end to end"
    if mfu > _physical_limit(case):
        limit = _physical_limit(case)
        message = f"{text} is above the peak of the hardware"
        yield Finding("mfu", "infeasible", message, value=mfu, limit=limit)
    elif mfu > shown:
        message = f"{text} is above the {shown:.0%} that anyone has shown"
        yield Finding("mfu", "infeasible", message, value=mfu, limit=shown)
    elif mfu > usual:
        message = f"{text} is above the {usual:.0%} usual at best"
        yield Finding("mfu", "stretch", message, value=mfu, limit=usual)
    elif mfu < low:
        message = f"{text} is below the {low:.0%} that published runs stay above"
        yield Finding("mfu", "stretch", message, value=mfu, limit=low)
    else:
        message = f"{text}, within what such hardware has shown ({low:.0%}-{usual:.0%})"
        yield Finding("mfu", "feasible", message, value=mfu, limit=usual)


def training_state(case: Case) -> Iterator[Finding]:
    """Check that weights, gradients and optimizer state fit the fleet even fully sharded."""
    hardware, said = case.stage.resolved.hardware, case.stage.resolved.stage
    parameters = case.value(case.stage.results["parameters_total"])
    count = case.value(case.stage.timing.count)
    if hardware is None or hardware.entry.memory is None or None in (parameters, count):
        return
    training = said.training
    if training is not None and training.method in ("lora", "qlora"):
        return
    if case.stage.prediction is not None:
        return
    optimizer = (training.optimizer if training else None) or "adamw"
    assert parameters is not None  # noqa: S101 - checked above
    assert count is not None  # noqa: S101 - checked above
    # No sharding holds less than all states of all parameters once.
    needed = parameters * (WORKING_BYTES + OPTIMIZER_BYTES[optimizer]) / count
    room = hardware.entry.memory.value
    offload = said.layout.offload if isinstance(said.layout, Layout) else None
    if needed > room and offload in (None, "none"):
        message = (
            f"training state alone needs {needed / 1e9:.0f} GB per accelerator, fully sharded; "
            f"it has {room / 1e9:.0f} GB"
        )
        yield Finding("memory", "infeasible", message, value=needed, limit=room)


def layout(case: Case) -> Iterator[Finding]:
    """Check the rules, the memory and the predicted time of a layout."""
    if case.stage.prediction is not None:
        from costcheck.estimate.layout_findings import layout_findings

        yield from layout_findings(case)


def released(case: Case) -> Iterator[Finding]:
    """Check that the part could be had on the day of the run."""
    hardware = case.stage.resolved.hardware
    day = hardware.entry.released if hardware else None
    if day is None or hardware is None or case.resolved.as_of_assumed:
        return
    if case.resolved.as_of < day:
        message = f"{hardware.name} was released on {day}, after {case.resolved.as_of}"
        yield Finding("released", "infeasible", message)


def reliability(case: Case) -> Iterator[Finding]:
    """Check that the job advances between failures."""
    for reason, mask in case.evaluation.infeasible(case.stage.results["goodput"]).items():
        if np.any(mask):
            yield Finding("reliability", "infeasible", reason)


def cross_checks(case: Case) -> Iterator[Finding]:
    """Compare everything stated beside what decides the time and the compute."""
    for node in (case.stage.timing.gpu_hours, case.stage.compute.training_flops):
        if isinstance(node, Select):
            yield from _disagreements(case, node)


def _disagreements(case: Case, node: Select) -> Iterator[Finding]:
    decided = case.value(node)
    for label, option in node.options.items():
        other = None if label == node.chosen or label in MODELLED else _alone(option)
        if decided is None or other is None:
            continue
        off = other / decided - 1.0
        verdict: Verdict = "feasible" if abs(off) <= _tolerance(case, label) else "stretch"
        agree = "agrees with" if verdict == "feasible" else "disagrees with"
        message = f"{label} gives {other:.4g} {node.unit}, {off:+.1%}: {agree} {node.chosen}"
        yield Finding("cross-check", verdict, message, value=other, limit=decided)


ROUGH = 0.05
"""How far two independent statements of one quantity may lie apart."""

LEAST_TOLERANCE = 0.005
"""The same where both are the same product, beyond what their rounding allows."""

MODELLED = ("predicted", "prior", "share of the final run")
"""Ways that nobody stated: no statement to contradict."""

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    utilization,
    training_state,
    layout,
    released,
    reliability,
    cross_checks,
)
"""Every check on a stage, in the order of the report."""


def _alone(node: Node) -> float | None:
    from costcheck.graph.evaluation import evaluate

    value = evaluate([node], record=False)[node]
    return None if value is None else float(value)


def _tolerance(case: Case, label: str) -> float:
    if label != "count x duration":
        return ROUGH
    said = case.stage.resolved.stage
    given = [quantity for quantity in (said.gpu_hours, said.duration) if quantity is not None]
    return max(sum(quantity.half_unit for quantity in given), LEAST_TOLERANCE)


def _physical_limit(case: Case) -> float:
    precision = _precision(case)
    hardware = case.stage.resolved.hardware
    if hardware is None:
        return 1.0
    peaks = hardware.entry.peak
    reference = reference_precision(hardware)
    fastest = getattr(peaks, precision, None)
    if reference is None or fastest is None:
        return 1.0
    ratio: float = fastest.value / getattr(peaks, reference).value
    return max(1.0, ratio)


def _precision_gain(case: Case) -> float:
    share = case.known.feasibility["precision_gain"].value
    return 1.0 + (_physical_limit(case) - 1.0) * share


def _precision(case: Case) -> str:
    training = case.stage.resolved.stage.training
    stated = training.precision if training else None
    return {"mxfp8": "fp8", "nvfp4": "fp4"}.get(stated or "bf16", stated or "bf16")
