"""The best layouts of one fleet, with the days and dollars of the whole run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate import build
from costcheck.estimate.layout_search import IDEAS, best_layouts
from costcheck.estimate.model import Model
from costcheck.estimate.performance import residual_spread
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.recipe_rules import software_name
from costcheck.estimate.resolve import accelerator
from costcheck.estimate.result import Verdict
from costcheck.estimate.study import GENERATING_KINDS, central, known_value
from costcheck.estimate.summary import all_findings, verdict_of
from costcheck.graph.evaluation import Evaluation, evaluate
from costcheck.graph.nodes import Along, Input, Node, walk
from costcheck.physics.layout import Layout as Split
from costcheck.physics.search import SearchResult
from costcheck.physics.search_ideas import Order
from costcheck.plan.launch import Command, Launched, launch_command
from costcheck.plan.written import whole, written
from costcheck.quantities import shown_in
from costcheck.scenario.inherit import stages_of
from costcheck.scenario.load import Loaded
from costcheck.scenario.pricing import Pricing
from costcheck.scenario.run import Fleet, MeasuredStep, Run, Training
from costcheck.scenario.schema import Scenario, Stage
from costcheck.text.quantity import Quantity
from costcheck.units import SECONDS_PER_HOUR

Progress = Callable[[int, int], None]

RENT = "price/rent"


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedLayout:
    """One layout with what the run takes under it; None where the file leaves it open."""

    layout: Split
    written: Mapping[str, Any]
    """The layout in the words of a scenario."""
    gpu: str
    gpus: int
    memory_bytes: float
    step_seconds: float
    mfu: float
    gpu_hours: float | None
    days: float | None
    cost_usd: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class HourlyPrice:
    """What a GPU-hour costs [USD]; the range is that of an assumed price."""

    value: float
    low: float
    high: float
    assumed: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetPlan:
    """What the search over one fleet found."""

    gpu: str
    gpus: int
    layouts: tuple[PlannedLayout, ...]
    evaluated: int
    """Layouts that obey every rule; each got a step time and a size."""
    fitting: int
    """Those of them that fit into memory."""
    refused: Mapping[str, int]
    """Refused combinations by reason."""
    closest: PlannedLayout | None
    """What needs least memory, where nothing fits."""
    memory_room: float
    """What a program finds on one GPU [byte]."""
    memory_sold: float
    """By what it is sold."""
    step_ends: tuple[float, float]
    """90 % range of the step times over their centre."""
    run_ends: tuple[float, float]
    """The same of days and dollars."""
    kept: float | None
    """Share of the speed of its steps that a run keeps; None where one was measured."""
    global_batch: int
    batch_assumed: bool
    generation: str
    can: frozenset[str]
    """Choices of a layout that the software has."""
    verdict: Verdict
    """What the estimate of this fleet in its first layout says."""
    why: str
    """The finding behind a verdict that is not feasible."""
    largest_measured: int
    """Largest fleet with a measured step of this software."""
    tokens: float | None
    """Tokens of the run."""
    software: str
    """Name of the training software, stated or usual."""
    sequence_length: int
    per_node: int
    """Accelerators per server."""
    layers: int
    """Layers of the model."""
    scenario: Loaded
    """The file's stage on this fleet, its layout left to us."""
    rarest: PlannedLayout | None = None
    """The surest of all layouts, also those that few people use; None where nobody looked."""
    price: HourlyPrice | None = None
    """What the dollars are reckoned with, where that is rent."""
    notes: tuple[str, ...] = ()

    @property
    def command(self) -> Command:
        """What launches the first layout; empty where nothing fits or no options are known."""
        if self.best is None:
            return Command()
        return launch_command(
            self.scenario.catalog,
            Launched(
                software=self.software,
                generation=self.generation,
                split=self.best.layout,
                gpus=self.gpus,
                per_node=self.per_node,
                global_batch=self.global_batch,
                sequence_length=self.sequence_length,
                layers=self.layers,
                training=self.scenario.scenario.training or Training(),
            ),
        )

    @property
    def best(self) -> PlannedLayout | None:
        """The first layout, None where nothing fits."""
        return self.layouts[0] if self.layouts else None

    @property
    def why_none(self) -> str:
        """What the leanest layout needs; empty where one fits."""
        if self.closest is None:
            return ""
        needed, room = self.closest.memory_bytes / 1e9, self.memory_room / 1e9
        return f"the leanest allocates {needed:.1f} of {room:.0f} GB"


class NoLayoutError(CostcheckError):
    """No layout of a fleet obeys the rules."""


def plan_fleet(
    loaded: Loaded,
    *,
    gpu: str | None = None,
    gpus: int | None = None,
    batch: int | None = None,
    keep: int = IDEAS,
    order: Order = "time",
    every: bool = False,
) -> FleetPlan:
    """Search the layouts of one fleet, by what its estimate would take; `batch` where none is.

    With `every`, layouts that few people use are looked at too: they are counted, and the best of
    them is told beside the others.
    """
    single = for_fleet(loaded, gpu=gpu, gpus=gpus, batch=batch)
    model, prediction = _modelled(loaded, single)
    performance, values = prediction.performance, prediction.values
    sizes: dict[str, Any] = {
        "gpus": int(prediction.gpus_used),
        "global_batch": int(values["global_batch"]),
        "sequence_length": values["sequence_length"],
        "order": order,
    }
    result = best_layouts(performance, **sizes, keep=keep)
    seldom = best_layouts(performance, **sizes, keep=1, every=True) if every else None
    chosen = result.best or ((result.closest,) if result.closest else ())
    calibrated = _calibration(loaded, gpu)
    if calibrated is not None:
        single = _measured(single, calibrated.factor * _step_seconds(prediction))
        model, prediction = _modelled(loaded, single)
    layouts = _figures(model, prediction, chosen)
    found = _found(single, model, prediction, result, layouts)
    found = replace(found, notes=(*_other_stages(loaded), *found.notes))
    if seldom is not None:
        rarest = next(iter(_figures(model, prediction, seldom.best)), None)
        counts = {key: getattr(seldom, key) for key in ("evaluated", "fitting", "refused")}
        found = replace(found, **counts, rarest=rarest)
    assumed = batch is not None or model.stages[0].study.training.global_batch is None
    found = replace(found, batch_assumed=assumed)
    if calibrated is None:
        return found
    ends = calibrated.ends
    return replace(found, step_ends=ends, run_ends=ends, notes=(*found.notes, *calibrated.notes))


def _found(
    single: Loaded,
    model: Model,
    prediction: Prediction,
    result: SearchResult,
    layouts: tuple[PlannedLayout, ...],
) -> FleetPlan:
    """What a search found, with the verdict of the estimate."""
    performance, values = prediction.performance, prediction.values
    evaluation, kept = evaluate(model.roots()), model.stages[0].timing.kept
    findings = all_findings(model, evaluation)
    verdict = verdict_of(findings, model, evaluation)
    return FleetPlan(
        gpu=layouts[0].gpu,
        gpus=layouts[0].gpus,
        layouts=layouts if result.best else (),
        evaluated=result.evaluated,
        fitting=result.fitting,
        refused=result.refused,
        closest=None if result.best else layouts[0],
        memory_room=values["memory"] * performance.found_memory,
        memory_sold=values["memory"],
        step_ends=prediction.ends,
        run_ends=kept.ends(prediction.ends) if kept else prediction.ends,
        kept=known_value(kept.share) if kept else None,
        global_batch=int(values["global_batch"]),
        batch_assumed=False,
        generation=performance.generation,
        can=performance.can,
        verdict=verdict,
        why=next((f.message for f in findings if verdict == f.verdict != "feasible"), ""),
        largest_measured=performance.largest_measured,
        tokens=known_value(model.stages[0].compute.tokens, evaluation),
        software=software_name(model.stages[0].study) or performance.generation,
        sequence_length=int(values["sequence_length"]),
        per_node=int(values["gpus_per_node"]),
        layers=int(performance.formula.architecture.layers),
        scenario=single,
        price=_hourly_price(model.totals["cost_usd"]),
        notes=performance.notes,
    )


def _modelled(loaded: Loaded, single: Loaded) -> tuple[Model, Prediction]:
    """The graph of one fleet and what it predicts."""
    model = build(single)
    stage = model.stages[0]
    if stage.prediction is None:
        raise NoLayoutError([no_layout(loaded, model)])
    return model, stage.prediction


def no_layout(loaded: Loaded, model: Model) -> Diagnostic:
    """Why a fleet cannot be planned."""
    for found in all_findings(model, evaluate(model.roots())):
        if found.check == "layout":
            return Diagnostic("CC306", "error", found.message, Place(loaded.path), found.help)
    notes = (note for note in model.stages[0].notes if "not used" in note)
    why = next(notes, "the stage has no steps to predict")
    return _problem(loaded, f"nothing can be planned: {why}")


def _measured(single: Loaded, seconds: float) -> Loaded:
    """The scenario with the step that its measured ones make of the predicted one."""
    step = MeasuredStep(step_time=Quantity.exact(seconds / SECONDS_PER_HOUR, "duration"))
    return replace(single, scenario=replace(single.scenario, calibration=step))


def _step_seconds(prediction: Prediction) -> float:
    """What the model of language models says of a step."""
    slower = prediction.slower.central if prediction.slower else 1.0
    return float(central({"step": prediction.step_seconds})["step"]) / slower


@dataclass(frozen=True)
class _Calibrated:
    """What the file's measured steps say of other layouts."""

    factor: float
    ends: tuple[float, float]
    notes: tuple[str, ...]


def _calibration(loaded: Loaded, gpu: str | None) -> _Calibrated | None:
    """Measured over predicted step time of the file's own layout on its own accelerator."""
    stage = _training_stage(loaded)
    if stage.calibration is None or gpu is not None:
        return None
    stated = Scenario(
        **{item.name: getattr(stage, item.name) for item in fields(Run)},
        as_of=loaded.scenario.as_of,
    )
    if stated.layout is None:
        stated = replace(stated, layout="auto")
    prediction = build(replace(loaded, scenario=stated)).stages[0].prediction
    calibration = prediction.calibration if prediction else None
    if prediction is None or calibration is None:
        return None
    factor = float(central({"factor": calibration.factor})["factor"])
    performance = prediction.performance
    floor = performance.step_spread * performance.data.default("calibrated.own_share").value
    note = f"step times are {factor:.3g} times the predicted ones, as measured"
    spread = residual_spread(max(calibration.spread, floor))
    return _Calibrated(factor, (spread.low, spread.high), (note, *calibration.notes))


def for_fleet(
    loaded: Loaded, *, gpu: str | None, gpus: int | None, batch: int | None = None
) -> Loaded:
    """The scenario's first training stage alone, on a fleet, with its time left open."""
    stage = _training_stage(loaded)
    fleet = stage.fleet or Fleet()
    known = {item.name: getattr(stage, item.name) for item in fields(Run)}
    if gpu is not None and not _is_own(loaded, fleet, gpu):
        # What is stated of an accelerator belongs to it: its server, network, and price.
        fleet = replace(fleet, gpu=gpu, gpus_per_node=None, network=None, link=None)
        known["pricing"] = _elsewhere(stage.pricing)
    if fleet.gpu is None:
        raise CostcheckError([_problem(loaded, "plan needs fleet.gpu or --gpu")])
    if gpus is not None:
        fleet = replace(fleet, count=Quantity.exact(float(gpus), "count"))
    if batch is not None:
        known["training"] = replace(stage.training or Training(), global_batch=whole(batch))
    open_time = dict.fromkeys(("utilization", "gpu_hours", "duration", "calibration"))
    top = loaded.scenario
    scenario = Scenario(
        **{**known, **open_time, "fleet": fleet, "layout": "auto"},
        name=top.name,
        as_of=top.as_of,
        currency_rates=top.currency_rates,
        overheads=top.overheads,
    )
    return replace(loaded, scenario=scenario)


def _is_own(loaded: Loaded, fleet: Fleet, gpu: str) -> bool:
    """Whether a name is that of the file's own accelerator."""
    if not isinstance(fleet.gpu, str):
        return False
    one, other = (accelerator(loaded.catalog, name) for name in (fleet.gpu, gpu))
    return one is not None and other is not None and one.id == other.id


def _elsewhere(pricing: Pricing | None) -> Pricing | None:
    """A way of paying without the prices that were stated for another accelerator."""
    if pricing is None or pricing.rent is not None:
        return None
    own = pricing.own and replace(pricing.own, capital=None, power=None)
    return replace(pricing, own=own)


def _other_stages(loaded: Loaded) -> tuple[str, ...]:
    """What of the scenario is not planned."""
    planned = _training_stage(loaded)
    others = [stage.name for stage in loaded.scenario.stages or () if stage.name != planned.name]
    if not others:
        return ()
    listed = ", ".join(others)
    said = f"the stage planned is {planned.name}; not in its days and dollars: {listed} (--stage)"
    if loaded.scenario.budget is not None:
        said += "; the budget is of all stages and limits none of them here"
    return (said,)


def _training_stage(loaded: Loaded) -> Stage:
    stages = stages_of(loaded.scenario)
    chosen = next((stage for stage in stages if stage.kind == "pre-training"), stages[0])
    if chosen.model is None:
        raise CostcheckError([_problem(loaded, "plan needs model")])
    if chosen.kind in GENERATING_KINDS:
        message = f"the stage {chosen.name} ({chosen.kind}) generates, and a plan has training only"
        advice = (
            "to plan the updates alone, state training.tokens, training.global_batch and "
            "training.sequence_length in a file of its own, without kind and rollouts; "
            "`costcheck estimate` has the whole stage"
        )
        raise CostcheckError([Diagnostic("CC321", "error", message, Place(loaded.path), advice)])
    return chosen


def _figures(
    model: Model, prediction: Prediction, candidates: Sequence[Any]
) -> tuple[PlannedLayout, ...]:
    if not candidates:
        return ()
    roots = {row.name: model.totals[row.name] for row in shown_in("plan")}
    nodes = {**roots, "memory_bytes": prediction.memory}
    bindings = _bindings(nodes, prediction, candidates)
    evaluation = evaluate(nodes.values(), bindings=bindings, record=False)
    columns = {name: _column(evaluation, node, len(candidates)) for name, node in nodes.items()}
    hardware = model.stages[0].study.hardware
    performance = prediction.performance
    layers = int(performance.formula.architecture.layers)
    return tuple(
        PlannedLayout(
            layout=candidate.layout,
            written=written(candidate.layout, generation=performance.generation, layers=layers),
            gpu=hardware.name if hardware else "",
            gpus=int(prediction.gpus_used),
            **{name: column[index] for name, column in columns.items()},
        )
        for index, candidate in enumerate(candidates)
    )


def _hourly_price(cost: Node) -> HourlyPrice | None:
    """The rent that a cost is reckoned with, None where it is not rent."""
    for node in walk([cost]):
        if isinstance(node, Input) and node.name.endswith(RENT) and isinstance(node.value, float):
            spread = node.spread
            return HourlyPrice(
                value=node.value,
                low=spread.low if spread else node.value,
                high=spread.high if spread else node.value,
                assumed=node.provenance.origin == "default",
            )
    return None


def _bindings(
    roots: Mapping[str, Node], prediction: Prediction, candidates: Sequence[Any]
) -> dict[str, float | Along]:
    present = {node.name for node in walk(roots.values()) if isinstance(node, Input)}
    return {
        node.name: Along("layout", np.asarray([float(getattr(c.layout, key)) for c in candidates]))
        for key, node in prediction.arguments.items()
        if hasattr(candidates[0].layout, key) and node.name in present
    }


def _column(evaluation: Evaluation, node: Node, length: int) -> list[Any]:
    value = evaluation[node]
    if value is None:
        return [None] * length
    return [float(item) for item in np.broadcast_to(np.ravel(value), length)]


def _problem(loaded: Loaded, message: str) -> Diagnostic:
    advice = "a plan needs a model (a name or a size), fleet.gpu, and fleet.count or a limit"
    return Diagnostic("CC306", "error", message, Place(loaded.path), advice)
