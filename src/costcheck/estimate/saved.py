"""The JSON document of an estimate: written from one and read back into the one it was.

The graph comes back with its recorded values; what a recorded function would give elsewhere is
not known, so it can be shown and compared but not evaluated again. For that the file holds the
scenario itself, under ``resolved``.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from costcheck.catalog.files import Catalog
from costcheck.codec import decode, left_out
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, refusal
from costcheck.estimate.result import (
    ClaimVerdict,
    Context,
    Estimate,
    Figure,
    Finding,
    InputLine,
    LawLine,
    Moved,
    Rung,
    StageEstimate,
)
from costcheck.estimate.saved_graph import Tree, recorded, restored
from costcheck.graph.evaluation import Bound, Evaluation
from costcheck.graph.nodes import Array, Node
from costcheck.physics.thresholds import ThresholdLine
from costcheck.scenario.load import Loaded, load
from costcheck.scenario.schema import Scenario
from costcheck.text.yaml_text import from_data
from costcheck.version import VERSION

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedCatalog:
    """Which data the result was computed with."""

    date: str
    sha256: str


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedScenario:
    """Which file the result is of."""

    name: str
    path: str
    sha256: str
    catalog: SavedCatalog


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedStage:
    """What a stage is, beside its figures."""

    kind: str = ""
    gpu: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedResult:
    """The JSON document of one estimate; a key with a default may be missing in older files."""

    schema_version: Literal["1"]
    tool: Mapping[str, str]
    scenario: SavedScenario
    summary: Json
    results: Mapping[str, Figure]
    stages: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    stage_details: Mapping[str, SavedStage] = field(default_factory=dict)
    tree: Tree
    feasibility: tuple[Finding, ...] = ()
    claims: tuple[ClaimVerdict, ...] = ()
    budget: tuple[Finding, ...] = ()
    inputs: tuple[InputLine, ...] = ()
    notes: tuple[str, ...] = ()
    diagnostics: tuple[Json, ...] = ()
    sampling: Mapping[str, int] = field(default_factory=dict)
    ladder: tuple[Rung, ...] = ()
    thresholds: tuple[ThresholdLine, ...] = ()
    scaling: tuple[LawLine, ...] = ()
    assumptions: tuple[Moved, ...] = ()
    serving: Mapping[str, Figure] | None = left_out(None)
    architecture: Json | None = left_out(None)
    resolved: Any = None


def saved_result(estimate: Estimate) -> SavedResult:
    """Document of an estimate, as DESIGN fixes it."""
    context = estimate.context
    return SavedResult(
        schema_version="1",
        tool={"name": "costcheck", "version": VERSION},
        scenario=_scenario(estimate),
        summary={
            "verdict": estimate.verdict,
            "title": estimate.title,
            "subtitle": estimate.subtitle,
            **{name: figure.central for name, figure in estimate.figures.items()},
            "excludes": estimate.excludes,
        },
        results=estimate.figures,
        stages={stage.name: stage.figures for stage in estimate.stages},
        stage_details={
            stage.name: SavedStage(kind=stage.kind, gpu=stage.gpu, notes=stage.notes)
            for stage in estimate.stages
        },
        tree=recorded(
            estimate.root,
            context.nodes,
            {**estimate.evaluation.values, **context.evaluation.values},
        ),
        feasibility=estimate.feasibility,
        claims=estimate.claims,
        budget=estimate.budget,
        inputs=estimate.inputs,
        notes=estimate.notes,
        diagnostics=tuple(item.to_dict() for item in estimate.diagnostics),
        sampling={"samples": estimate.samples, "seed": estimate.seed},
        ladder=context.ladder,
        thresholds=context.thresholds,
        scaling=context.scaling,
        assumptions=context.assumptions,
        serving=context.serving or None,
        architecture=estimate.architecture,
        resolved=estimate.source.document.data,
    )


def _scenario(estimate: Estimate) -> SavedScenario:
    source = estimate.source
    return SavedScenario(
        name=estimate.name,
        path=estimate.path,
        sha256=source.sha256,
        catalog=SavedCatalog(date=estimate.catalog, sha256=source.catalog.sha256),
    )


class _Figures(dict[str, Figure]):
    """Results of an earlier version; those it did not have yet are unknown."""

    def __missing__(self, name: str) -> Figure:
        return Figure(low=None, central=None, high=None, unit="1", reason="not in the saved result")


class RecordedCatalog(Catalog):
    """The name of the data a result was computed with; the data themselves are not kept."""

    def __init__(self, catalog: SavedCatalog) -> None:
        super().__init__()
        self.date = catalog.date
        self.sha256 = catalog.sha256


def is_saved(text: str) -> bool:
    """Tell whether a text is one of our results rather than a scenario."""
    return text.lstrip()[:1] in ("{", "[") and '"schema_version"' in text


def parse_saved(text: str, file: str) -> tuple[SavedResult, ...]:
    """Read the JSON of one or more estimates."""
    from pydantic import ValidationError

    try:
        data = json.loads(text)
        items = data if isinstance(data, list) else [data]
        return tuple(decode(SavedResult, _with_open_ends(item)) for item in items)
    except ValidationError as error:
        raise CostcheckError([_problem(item, file) for item in error.errors()[:5]]) from error
    except ValueError as error:
        advice = "save one with `costcheck estimate FILE -f json -o result.json`"
        raise refusal("CC030", f"not JSON: {error}", Place(file), advice) from error


def _with_open_ends(data: Any) -> Any:
    """Put back the numbers that are not finite, which JSON writes as null."""
    if not isinstance(data, dict):
        return data
    ends = {"stated_low": -math.inf, "stated_high": math.inf}
    return {
        **data,
        "claims": [
            {**claim, "numbers": [_filled(number, ends) for number in claim["numbers"]]}
            for claim in data.get("claims", ())
        ],
        "inputs": [_filled(line, {"value": math.nan}) for line in data.get("inputs", ())],
    }


def _filled(item: Json, infinite: Mapping[str, float]) -> dict[str, Any]:
    return {**item, **{key: value for key, value in infinite.items() if item.get(key) is None}}


def _problem(item: Any, file: str) -> Diagnostic:
    where = ".".join(str(step) for step in item["loc"]) or "the file"
    advice = "this reads results of `costcheck estimate -f json`, schema version 1"
    return Diagnostic("CC030", "error", f"{where}: {item['msg']}", Place(file), advice)


def restore(saved: SavedResult) -> Estimate:
    """Estimate that a saved result was, without computing anything."""
    nodes = restored(saved.tree)
    values: dict[Node, Array | None] = {
        nodes[item.name]: None if item.value is None else np.asarray(item.value)
        for item in saved.tree.nodes
    }
    root = {name: nodes[node] for name, node in saved.tree.roots.items()}
    figures = _Figures(saved.results)
    partial: dict[Node, Bound] = {
        node: "at least" for name, node in root.items() if figures[name].at_least
    }
    around = ("ladder", "thresholds", "scaling", "assumptions")
    context = Context(
        **{name: getattr(saved, name) for name in around}, serving=saved.serving or {}
    )
    return Estimate(
        name=saved.scenario.name,
        path=saved.scenario.path,
        catalog=saved.scenario.catalog.date,
        title=saved.summary.get("title") or saved.scenario.name,
        subtitle=saved.summary.get("subtitle") or "",
        verdict=saved.summary["verdict"],
        figures=figures,
        stages=tuple(_stages(saved)),
        feasibility=saved.feasibility,
        claims=saved.claims,
        budget=saved.budget,
        inputs=saved.inputs,
        diagnostics=tuple(Diagnostic.from_dict(item) for item in saved.diagnostics),
        excludes=tuple(saved.summary.get("excludes", ())),
        notes=saved.notes,
        root=root,
        evaluation=Evaluation((), values, partial),
        source=_recorded_source(saved),
        architecture=saved.architecture,
        samples=saved.sampling.get("samples", 0),
        seed=saved.sampling.get("seed", 0),
        context_of=lambda: context,
    )


def reload(saved: SavedResult, catalog: Catalog) -> Loaded:
    """Scenario of a saved result, to be estimated with today's data."""
    return replace(load(saved.resolved, catalog=catalog), path=saved.scenario.path)


def _recorded_source(saved: SavedResult) -> Loaded:
    return Loaded(
        scenario=Scenario(),
        document=from_data(saved.resolved or {}, saved.scenario.path),
        inputs={},
        path=saved.scenario.path,
        catalog=RecordedCatalog(saved.scenario.catalog),
    )


def _stages(saved: SavedResult) -> Iterator[StageEstimate]:
    for name, figures in saved.stages.items():
        stage = saved.stage_details.get(name, SavedStage())
        yield StageEstimate(
            name=name, kind=stage.kind, gpu=stage.gpu, figures=_Figures(figures), notes=stage.notes
        )
