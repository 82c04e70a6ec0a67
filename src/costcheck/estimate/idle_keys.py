"""Keys that a file states and no result depends on here, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from costcheck.diagnostics import Diagnostic
from costcheck.estimate.bill import termless
from costcheck.estimate.model import Model
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import written
from costcheck.graph.nodes import Node, Select, leaves, walk
from costcheck.quantities import field_words
from costcheck.scenario.load import Loaded
from costcheck.scenario.schema import REINFORCING_KINDS
from costcheck.text.quantity import Quantity

if TYPE_CHECKING:
    from costcheck.estimate.predicted import Prediction

WITHOUT_EFFECT = "CC140"

OF_THE_STEP = (
    "training.precision",
    "training.optimizer",
    "training.optimizer_in_backward",
    "training.cross_entropy",
    "training.storage",
    "training.adapter.base",
    "fleet.software",
    "fleet.link",
    "layout",
)
"""Keys whose words only the performance model reads; other words of `training` count FLOPs."""

SPLIT_NORMS = "layout.sequence_parallel"
"""Does nothing on one accelerator per tensor-parallel group."""
CHECKED = ("fleet.host.memory", "layout.accumulation")
"""What a check of the layout reads, and what is a factor of the batch."""

OWNED = "nothing is rented; own.kept says how long owned accelerators are paid for"

ELSEWHERE = (
    "claims", "budget", "currency_rates", "calibration", "model", "as_of", "name", "overheads",
    "serving",
)  # fmt: skip
"""Sections that are compared with the results, that the ladder adds, or that are no numbers."""


def idle_keys(model: Model, loaded: Loaded) -> dict[str, str]:
    """Every stated key that moves no result, with the reason."""
    read, reasons = _places_read(model), dict[str, str]()
    stages = {str(number): stage for number, stage in enumerate(model.stages)}
    for path, stated in loaded.inputs.items():
        head, _, rest = path.partition(".")
        number, _, inner = rest.partition(".") if head == "stages" else ("", "", path)
        concerned = [stages[number]] if number in stages else list(model.stages)
        if head in ELSEWHERE or inner.partition(".")[0] in ELSEWHERE:
            continue
        if isinstance(stated.value, Quantity):
            checked = inner in CHECKED and any(stage.prediction for stage in concerned)
            idle = written(stated.value).spot not in read and not checked
        else:
            of_step = any(inner == key or inner.startswith(f"{key}.") for key in OF_THE_STEP)
            idle = of_step and not any(stage.prediction for stage in concerned)
        words = inner.partition(".")[0] in ("rollouts", "rl")
        idle = idle or (words and not any(map(_reinforces, concerned)))
        idle = idle or (inner == "hours_count" and not any(map(_by_runs, concerned)))
        known = [_idle(stage.prediction) for stage in concerned if stage.prediction]
        if known and all(inner in reason for reason in known):
            reasons[path] = known[0][inner]
        elif idle:
            own = {f"stages.{stage}.{path}" for stage in stages} <= loaded.inputs.keys()
            reasons[path] = "each stage states its own" if own else _why(concerned)
        elif inner == SPLIT_NORMS and not any(map(_splits_tensors, concerned)):
            reasons[path] = "the layout has no tensor parallelism that norms could be split over"
    term = loaded.scenario.overheads and loaded.scenario.overheads.commitment
    if term and termless("commitment", term, owned=not any(s.spent.rented for s in model.stages)):
        reasons["overheads.commitment"] = OWNED
    return reasons


def _idle(prediction: Prediction) -> Mapping[str, str]:
    """Keys of the machine that change nothing; those of a server count where a search offloads."""
    idle, offloads = prediction.performance.idle, prediction.values["offload"]
    return {k: why for k, why in idle.items() if not (offloads and k.startswith("fleet.host"))}


def idle_diagnostics(idle: Mapping[str, str], loaded: Loaded) -> Iterator[Diagnostic]:
    """Yield a note at each key without effect."""
    for path, why in idle.items():
        message = f"{path} has no effect on this estimate: {why}"
        yield loaded.problem(WITHOUT_EFFECT, message, key=path, severity="note")


def idle_lines(idle: Mapping[str, str]) -> Iterator[str]:
    """Yield a line of the notes for each reason."""
    for why in dict.fromkeys(idle.values()):
        keys = ", ".join(key for key, reason in idle.items() if reason == why)
        yield f"no effect here: {keys}: {why}"


def _places_read(model: Model) -> set[tuple[str, int, str]]:
    """Where the inputs stand that results, or what they are checked against, depend on."""
    roots: list[Node] = model.roots()
    others = [o for node in walk(roots) if isinstance(node, Select) for o in node.options.values()]
    inputs = leaves(dict.fromkeys([*roots, *others]))
    return {leaf.provenance.spot for leaf in inputs}


def _reinforces(stage: StageNodes) -> bool:
    return stage.resolved.stage.kind in REINFORCING_KINDS


def _by_runs(stage: StageNodes) -> bool:
    calibrated = stage.prediction is not None and stage.prediction.calibration is not None
    return stage.timing.way in ("predicted", "published runs", "rollouts") and not calibrated


def _splits_tensors(stage: StageNodes) -> bool:
    return stage.prediction is not None and stage.prediction.values["tensor"] > 1.0


def _why(stages: list[StageNodes]) -> str:
    ways = {stage.timing.way for stage in stages if stage.timing.way}
    stated = ways - {"published runs", "predicted"}
    if stated:
        return (
            f"the time follows from what is stated ({', '.join(sorted(map(field_words, stated)))})"
        )
    return "nothing that is computed here reads it"
