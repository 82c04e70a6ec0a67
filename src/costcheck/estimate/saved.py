"""A saved JSON result read back into the estimate it was, without computing anything.

The graph comes back with its recorded values; what a recorded function would give elsewhere is
not known, so it can be shown and compared but not evaluated again. For that the file holds the
scenario itself, under ``resolved``.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.estimate.context import Context, from_dict
from costcheck.estimate.result import (
    ClaimedNumber,
    ClaimVerdict,
    Estimate,
    Figure,
    Finding,
    InputLine,
    StageEstimate,
)
from costcheck.estimate.saved_graph import Part, SavedTree, restored_nodes
from costcheck.graph.evaluation import Bound, Evaluation
from costcheck.graph.nodes import Array, Node
from costcheck.scenario.load import Loaded, load
from costcheck.scenario.schema import Scenario
from costcheck.text.yaml_text import from_data

Json = dict[str, Any]


class SavedFigure(Part):
    """One quantity as the JSON has it."""

    low: float | None
    central: float | None
    high: float | None
    unit: str
    basis: str = ""
    reason: str = ""
    assumed: bool = False
    at_least: bool = False

    def figure(self) -> Figure:
        """Return the quantity as reports hold it."""
        fields = self.model_dump()
        return Figure(partial=fields.pop("at_least"), **fields)


class SavedCatalog(Part):
    """Which data the result was computed with."""

    date: str
    sha256: str


class SavedScenario(Part):
    """Which file the result is of."""

    name: str
    path: str
    sha256: str
    catalog: SavedCatalog


class SavedStage(Part):
    """What a stage is, beside its figures."""

    kind: str = ""
    gpu: str = ""
    notes: tuple[str, ...] = ()


class SavedResult(Part):
    """The JSON document of one estimate."""

    schema_version: Literal["1"]
    tool: dict[str, str]
    scenario: SavedScenario
    summary: Json
    results: dict[str, SavedFigure]
    stages: dict[str, dict[str, SavedFigure]] = Field(default_factory=dict)
    stage_details: dict[str, SavedStage] = Field(default_factory=dict)
    tree: SavedTree
    feasibility: tuple[Json, ...] = ()
    claims: tuple[Json, ...] = ()
    budget: tuple[Json, ...] = ()
    inputs: tuple[Json, ...] = ()
    notes: tuple[str, ...] = ()
    diagnostics: tuple[Json, ...] = ()
    sampling: dict[str, int] = Field(default_factory=dict)
    architecture: Json | None = None
    ladder: tuple[Json, ...] = ()
    thresholds: tuple[Json, ...] = ()
    scaling: tuple[Json, ...] = ()
    resolved: Any = None


class _Figures(dict[str, Figure]):
    """Results of an earlier version; those it did not have yet are unknown."""

    def __missing__(self, name: str) -> Figure:
        return Figure(low=None, central=None, high=None, unit="1", reason="not in the saved result")


class RecordedCatalog(Catalog):
    """The name of the data a result was computed with; the data themselves are not kept."""

    def __init__(self, recorded: SavedCatalog) -> None:
        super().__init__()
        self.date = recorded.date
        self.sha256 = recorded.sha256


def is_saved(text: str) -> bool:
    """Tell whether a text is one of our results rather than a scenario."""
    return text.lstrip()[:1] in ("{", "[") and '"schema_version"' in text


def parse_saved(text: str, file: str) -> tuple[SavedResult, ...]:
    """Read the JSON of one or more estimates."""
    try:
        data = json.loads(text)
        items = data if isinstance(data, list) else [data]
        return tuple(SavedResult.model_validate(item) for item in items)
    except ValidationError as error:
        raise CostcheckError([_problem(item, file) for item in error.errors()[:5]]) from error
    except ValueError as error:
        advice = "save one with `costcheck estimate FILE -f json -o result.json`"
        problem = Diagnostic("CC030", "error", f"not JSON: {error}", Place(file), advice)
        raise CostcheckError([problem]) from error


def restore(saved: SavedResult) -> Estimate:
    """Return the estimate a saved result was."""
    nodes = restored_nodes(saved.tree)
    values: dict[Node, Array | None] = {
        nodes[item.name]: None if item.value is None else np.asarray(item.value)
        for item in saved.tree.nodes
    }
    root = {name: nodes[node] for name, node in saved.tree.roots.items()}
    figures = _Figures({name: figure.figure() for name, figure in saved.results.items()})
    partial: dict[Node, Bound] = {
        node: "at least" for name, node in root.items() if figures[name].partial
    }
    return Estimate(
        name=saved.scenario.name,
        path=saved.scenario.path,
        catalog=saved.scenario.catalog.date,
        title=saved.summary.get("title") or saved.scenario.name,
        subtitle=saved.summary.get("subtitle") or "",
        verdict=saved.summary["verdict"],
        figures=figures,
        stages=tuple(_stages(saved)),
        feasibility=tuple(Finding(**item) for item in saved.feasibility),
        claims=tuple(_claim(item) for item in saved.claims),
        budget=tuple(Finding(**item) for item in saved.budget),
        inputs=tuple(_input_line(item) for item in saved.inputs),
        diagnostics=tuple(_diagnostic(item) for item in saved.diagnostics),
        excludes=tuple(saved.summary.get("excludes", ())),
        notes=saved.notes,
        root=root,
        evaluation=Evaluation((), values, partial),
        source=_recorded_source(saved),
        architecture=saved.architecture,
        samples=saved.sampling.get("samples", 0),
        seed=saved.sampling.get("seed", 0),
        context_of=lambda: _context(saved),
    )


def _context(saved: SavedResult) -> Context:
    return from_dict(
        {"ladder": saved.ladder, "thresholds": saved.thresholds, "scaling": saved.scaling}
    )


def reload(saved: SavedResult, catalog: Catalog) -> Loaded:
    """Return the scenario of a saved result, to be estimated with today's data."""
    return replace(load(saved.resolved, catalog=catalog), path=saved.scenario.path)


def _problem(item: Any, file: str) -> Diagnostic:
    where = ".".join(str(step) for step in item["loc"]) or "the file"
    advice = "this reads results of `costcheck estimate -f json`, schema version 1"
    return Diagnostic("CC030", "error", f"{where}: {item['msg']}", Place(file), advice)


def _recorded_source(saved: SavedResult) -> Loaded:
    return Loaded(
        scenario=Scenario(),
        document=from_data(saved.resolved or {}, saved.scenario.path),
        inputs={},
        path=saved.scenario.path,
        catalog=RecordedCatalog(saved.scenario.catalog),
    )


def _stages(saved: SavedResult) -> list[StageEstimate]:
    return [
        StageEstimate(
            name=name,
            kind=saved.stage_details.get(name, SavedStage()).kind,
            gpu=saved.stage_details.get(name, SavedStage()).gpu,
            figures=_Figures({key: figure.figure() for key, figure in figures.items()}),
            notes=saved.stage_details.get(name, SavedStage()).notes,
        )
        for name, figures in saved.stages.items()
    ]


def _claim(item: Json) -> ClaimVerdict:
    fields = dict(item)
    fields["numbers"] = tuple(_number(number) for number in item["numbers"])
    for key in ("excludes", "notes", "reasons"):
        fields[key] = tuple(item.get(key, ()))
    return ClaimVerdict(**fields)


def _number(item: Json) -> ClaimedNumber:
    # JSON has no infinity: an open end ("more than $100M") is null.
    low, high = item["stated_low"], item["stated_high"]
    ends = {
        "stated_low": -math.inf if low is None else low,
        "stated_high": math.inf if high is None else high,
    }
    return ClaimedNumber(**{**item, **ends})


def _input_line(item: Json) -> InputLine:
    fields = dict(item)
    fields["origin"] = fields.pop("source")
    fields["sources"] = tuple(fields["sources"])
    fields["value"] = math.nan if fields["value"] is None else fields["value"]
    return InputLine(**fields)


def _diagnostic(item: Json) -> Diagnostic:
    file, line, column = item.get("file"), item.get("line") or 0, item.get("column") or 0
    place = Place(file, line, column) if file else None
    return Diagnostic(
        item["code"], item["severity"], item["message"], place, item.get("help") or ""
    )
