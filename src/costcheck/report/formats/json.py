"""An estimate as JSON: numbers as numbers, null with a reason where nothing can be known."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from costcheck.estimate import context
from costcheck.estimate.result import Estimate, StageEstimate
from costcheck.graph.nodes import (
    Array,
    Call,
    Extreme,
    Guard,
    Input,
    Node,
    Product,
    Select,
    Unknown,
    walk,
)
from costcheck.version import VERSION

SCHEMA_VERSION = "1"


def render(estimates: Sequence[Estimate]) -> str:
    """Return one object, or a list of them when there are several."""
    documents = [to_dict(estimate) for estimate in estimates]
    return dumps(documents[0] if len(documents) == 1 else documents)


def dumps(value: Any) -> str:
    """Return JSON with keys in writing order, without NaN and infinity."""
    return json.dumps(finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def finite(value: Any) -> Any:
    """Return the value with infinities and NaN as null: JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def to_dict(estimate: Estimate) -> dict[str, Any]:
    """Return the document of one estimate, as DESIGN fixes it."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "costcheck", "version": VERSION},
        "scenario": _scenario(estimate),
        "summary": {
            "verdict": estimate.verdict,
            "title": estimate.title,
            "subtitle": estimate.subtitle,
            **{name: figure.central for name, figure in estimate.figures.items()},
            "excludes": list(estimate.excludes),
        },
        "results": {name: figure.to_dict() for name, figure in estimate.figures.items()},
        "stages": {stage.name: _stage(stage) for stage in estimate.stages},
        "stage_details": {
            stage.name: {"kind": stage.kind, "gpu": stage.gpu, "notes": list(stage.notes)}
            for stage in estimate.stages
        },
        "tree": tree(estimate),
        "feasibility": [finding.to_dict() for finding in estimate.feasibility],
        "claims": [claim.to_dict() for claim in estimate.claims],
        "budget": [finding.to_dict() for finding in estimate.budget],
        "inputs": [line.to_dict() for line in estimate.inputs],
        "notes": list(estimate.notes),
        "diagnostics": [item.to_dict() for item in estimate.diagnostics],
        "sampling": {"samples": estimate.samples, "seed": estimate.seed},
    }
    document |= context.to_dict(estimate.context)
    if estimate.architecture is not None:
        document["architecture"] = dict(estimate.architecture)
    document["resolved"] = estimate.source.document.data
    return document


def _scenario(estimate: Estimate) -> dict[str, Any]:
    catalog = {"date": estimate.catalog, "sha256": estimate.source.catalog.sha256}
    return {
        "name": estimate.name,
        "path": estimate.path,
        "sha256": estimate.source.sha256,
        "catalog": catalog,
    }


def tree(estimate: Estimate) -> dict[str, Any]:
    """Return the graph: which node each result is, and every node once with its children."""
    around = estimate.context
    values = {**estimate.evaluation.values, **around.evaluation.values}
    nodes = [_node(node, values) for node in walk([*estimate.root.values(), *around.nodes])]
    return {
        "roots": {name: node.name for name, node in estimate.root.items()},
        "nodes": nodes,
    }


def _node(node: Node, values: Mapping[Node, Array | None]) -> dict[str, Any]:
    value = values[node]
    shown: dict[str, Any] = {
        "name": node.name,
        "kind": type(node).__name__.lower(),
        "unit": node.unit,
        "value": None if value is None else float(value),
    }
    if node.why:
        shown["why"] = node.why
    if node.children:
        shown["children"] = [child.name for child in node.children]
    shown |= _details(node)
    if isinstance(node, Extreme) and value is not None:
        shown["binds"] = next(part.name for part in node.parts if _equal(values[part], value))
    return shown


def _equal(part: Array | None, value: Array) -> bool:
    return part is not None and float(part) == float(value)


def _details(node: Node) -> dict[str, Any]:
    """Return what a node of its kind has besides its children."""
    found: dict[str, Any] = {}
    if isinstance(node, Product) and node.under:
        found["divisors"] = [child.name for child in node.under]
    elif isinstance(node, Extreme):
        found["largest"] = node.largest
    elif isinstance(node, Select):
        found["chosen"] = node.chosen
        found["options"] = {label: option.name for label, option in node.options.items()}
    elif isinstance(node, Call):
        found["function"] = f"{node.function.__module__}.{node.function.__qualname__}"
    elif isinstance(node, Input):
        found = _input_details(node)
    elif isinstance(node, Guard | Unknown):
        found["reason"] = node.reason if isinstance(node, Guard) else node.why
    return found


def _input_details(node: Input) -> dict[str, Any]:
    source = node.provenance
    shown: dict[str, Any] = {"origin": source.origin}
    if node.spread is not None:
        shown |= {"low": node.spread.low, "high": node.spread.high, "shape": node.spread.shape}
    if source.text:
        shown["text"] = source.text
    if source.place:
        shown["place"] = source.place
    if source.sources:
        shown["sources"] = list(source.sources)
    return shown


def _stage(stage: StageEstimate) -> dict[str, Any]:
    return {name: figure.to_dict() for name, figure in stage.figures.items()}
