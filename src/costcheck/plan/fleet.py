"""Every layout of one fleet: the best ones, with the days and dollars of the whole run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate import build
from costcheck.estimate.layout_of import DEGREES
from costcheck.estimate.layout_search import ordinary, refusals, run_of, whole_space
from costcheck.estimate.layout_words import SCHEDULE_NAMES
from costcheck.estimate.performance import Performance, performance_of
from costcheck.estimate.predicted import Prediction
from costcheck.estimate.study import STEP_RESIDUAL, central
from costcheck.estimate.usual_batch import batch_node
from costcheck.graph.evaluation import Evaluation, evaluate
from costcheck.graph.nodes import Along, Input, Node, walk
from costcheck.physics.layout import Layout as Split
from costcheck.physics.search import SearchResult, search
from costcheck.physics.search_best import Order
from costcheck.physics.search_space import Space
from costcheck.quantities import shown_in
from costcheck.scenario.inherit import stages_of
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Fleet, Layout, Run, Training
from costcheck.scenario.schema import Scenario, Stage
from costcheck.text.quantity import Quantity

Progress = Callable[[int, int], None]

SPARE = 16
"""Kept for each layout asked for: some differ only in choices that cost and save nothing."""

_SIZES = (*DEGREES, "data", "shard_group")

RENT = "price/rent"


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedLayout:
    """One layout with what the run takes under it; None where the file leaves it open."""

    layout: Split
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
    step_spread: float
    """Log error of the step times."""
    global_batch: int
    batch_assumed: bool
    generation: str
    price: HourlyPrice | None = None
    """What the dollars are reckoned with, where that is rent."""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> PlannedLayout | None:
        """The first layout, None where nothing fits."""
        return self.layouts[0] if self.layouts else None

    @property
    def why_none(self) -> str:
        """Why no layout fits."""
        return refusals(self.refused) or "no layout uses all GPUs"


def plan_fleet(
    loaded: Loaded,
    *,
    gpu: str | None = None,
    gpus: int | None = None,
    keep: int = 10,
    order: Order = "time",
    whole: bool = True,
    progress: Progress | None = None,
) -> FleetPlan:
    """Search the layouts of one fleet: all, or (not `whole`) those that any software runs."""
    single = for_fleet(loaded, gpu=gpu, gpus=gpus)
    setup = _set_up(single)
    result = search(
        run=setup.run,
        space=_space(setup, whole=whole),
        keep=SPARE * keep,
        order=order,
        progress=progress,
    )
    distinct = _distinct(result, keep)
    calibrated = _calibration(loaded, gpu)
    chosen = distinct or ((result.closest,) if result.closest else ())
    layouts, price = _figures(single, setup, chosen, calibrated.factor if calibrated else 1.0)
    return FleetPlan(
        gpu=setup.gpu,
        gpus=setup.gpus,
        layouts=layouts if distinct else (),
        evaluated=result.evaluated,
        fitting=result.fitting,
        refused=result.refused,
        closest=None if distinct or not layouts else layouts[0],
        memory_room=float(setup.run.machine.memory_bytes),
        step_spread=calibrated.spread if calibrated else setup.performance.step_spread,
        global_batch=setup.global_batch,
        batch_assumed=setup.batch_assumed,
        generation=setup.performance.generation,
        price=price,
        notes=(*setup.performance.notes, *(calibrated.notes if calibrated else ())),
    )


@dataclass(frozen=True)
class _Calibrated:
    """What the file's measured steps say of other layouts."""

    factor: float
    spread: float
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
    return _Calibrated(factor, max(calibration.spread, floor), (note, *calibration.notes))


def for_fleet(loaded: Loaded, *, gpu: str | None, gpus: int | None) -> Loaded:
    """The scenario's first training stage alone, on a fleet, with its time left open."""
    stage = _training_stage(loaded)
    fleet = stage.fleet or Fleet()
    if gpu is not None:
        # Node size and network belong to the file's own accelerator.
        fleet = replace(fleet, gpu=gpu, gpus_per_node=None, network=None)
    if gpus is not None:
        fleet = replace(fleet, count=Quantity.exact(float(gpus), "count"))
    known = {item.name: getattr(stage, item.name) for item in fields(Run)}
    open_time = dict.fromkeys(("layout", "utilization", "gpu_hours", "duration", "calibration"))
    top = loaded.scenario
    scenario = Scenario(
        **{**known, **open_time, "fleet": fleet},
        name=top.name,
        as_of=top.as_of,
        currency_rates=top.currency_rates,
        overheads=top.overheads,
    )
    return replace(loaded, scenario=scenario)


def _training_stage(loaded: Loaded) -> Stage:
    stages = stages_of(loaded.scenario)
    chosen = next((stage for stage in stages if stage.kind == "pre-training"), stages[0])
    if chosen.model is None or chosen.fleet is None or chosen.fleet.gpu is None:
        missing = "model" if chosen.model is None else "fleet.gpu"
        raise CostcheckError([_problem(loaded, f"plan needs {missing}")])
    return chosen


@dataclass(frozen=True, kw_only=True, eq=False)
class _Setup:
    gpu: str
    performance: Performance
    run: Any
    gpus: int
    global_batch: int
    batch_assumed: bool


def _set_up(loaded: Loaded) -> _Setup:
    nodes = build(loaded).stages[0]
    study = nodes.study
    count = study.stage.fleet.count if study.stage.fleet else None
    if count is None:
        raise CostcheckError([_problem(loaded, "plan needs fleet.count, --gpus, --days or --cost")])
    performance = performance_of(study, gpus=count.value)
    if isinstance(performance, str):
        raise CostcheckError([_problem(loaded, f"nothing can be planned: {performance}")])
    compute = nodes.compute
    length = central({"length": compute.sequence_length})["length"]
    batch = batch_node(study, compute, performance.data, gpus=count.value, degrees={})
    return _Setup(
        gpu=study.hardware.name if study.hardware else "",
        performance=performance,
        run=run_of(performance, sequence_length=length),
        gpus=int(count.value),
        global_batch=int(central({"batch": batch})["batch"]),
        batch_assumed=study.training.global_batch is None,
    )


def _space(setup: _Setup, *, whole: bool) -> Space:
    run, performance = setup.run, setup.performance
    generation = performance.generation
    space = whole_space(
        run,
        gpus=setup.gpus,
        global_batch=setup.global_batch,
        generation=generation,
        can=performance.can,
    )
    return space if whole else ordinary(space, run, generation)


def _distinct(result: SearchResult, keep: int) -> tuple[Any, ...]:
    """The best layouts, without those that differ only in what changes nothing."""
    kept: dict[tuple[float, float], Any] = {}
    for candidate in result.best:
        kept.setdefault((candidate.step_seconds, candidate.memory_bytes), candidate)
    return tuple(kept.values())[:keep]


def _figures(
    loaded: Loaded, setup: _Setup, candidates: Sequence[Any], factor: float
) -> tuple[tuple[PlannedLayout, ...], HourlyPrice | None]:
    if not candidates:
        return (), None
    model = build(_with_layout(loaded, candidates[0].layout, setup.global_batch))
    prediction = model.stages[0].prediction
    if prediction is None:
        raise CostcheckError([_problem(loaded, "the layouts cannot be estimated")])
    roots = {row.name: model.totals[row.name] for row in shown_in("plan")}
    nodes = {**roots, "memory_bytes": prediction.memory}
    bindings = _bindings(nodes, prediction, candidates)
    evaluation = evaluate(
        nodes.values(), bindings={**bindings, STEP_RESIDUAL: factor}, record=False
    )
    columns = {name: _column(evaluation, node, len(candidates)) for name, node in nodes.items()}
    listed = tuple(
        PlannedLayout(
            layout=candidate.layout,
            gpu=setup.gpu,
            gpus=setup.gpus,
            **{name: column[index] for name, column in columns.items()},
        )
        for index, candidate in enumerate(candidates)
    )
    return listed, _hourly_price(roots["cost_usd"])


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


def _with_layout(loaded: Loaded, split: Split, global_batch: int) -> Loaded:
    scenario = loaded.scenario
    training = replace(scenario.training or Training(), global_batch=_whole(global_batch))
    keys: dict[str, Any] = {key: _whole(getattr(split, key)) for key in _SIZES}
    keys |= {
        "zero": str(int(split.zero)),
        "sequence_parallel": bool(split.sequence_parallel),
        "recompute": "none",
        "schedule": SCHEDULE_NAMES[int(split.schedule)],
    }
    layout = Layout(**keys)
    return replace(loaded, scenario=replace(scenario, training=training, layout=layout))


def _whole(value: Any) -> Quantity:
    return Quantity.exact(float(value), "integer")


def _problem(loaded: Loaded, message: str) -> Diagnostic:
    advice = (
        "a plan needs a model with an exact architecture, fleet.gpu, and fleet.count or a limit"
    )
    return Diagnostic("CC306", "error", message, Place(loaded.path), advice)
