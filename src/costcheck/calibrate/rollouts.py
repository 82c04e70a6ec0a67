"""Fit what steps of reinforcement learning take beyond their engines and updates.

``python -m costcheck.calibrate.rollouts`` estimates the stage of every measured step, fits the
constants that the graph of each has as leaves, and prints them with their errors by source.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.calibrate.least_squares import Prior, Problem, priors_of
from costcheck.catalog.files import Catalog
from costcheck.estimate.model import Model, build
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Node, walk
from costcheck.scenario.load import load
from costcheck.units import SECONDS_PER_HOUR

ROWS = "performance/measured/rollouts.csv"
CONSTANTS = "performance/rollouts.yaml"
_STEPS = 100.0
_WEIGHT = 10.0

Row = Mapping[str, str]


def scenario_of(row: Row) -> dict[str, Any]:
    """The stage that a row measured, of so many steps."""
    engine = {"tensor": row["engine_tensor"], "precision": row["precision"]}
    if row["rollout_gpus"]:
        engine["gpus"] = row["rollout_gpus"]
    names = ("prompts_per_step", "answers_per_prompt", "prompt_tokens", "answer_tokens")
    asked: dict[str, Any] = {name: row[name] for name in (*names, "longest_answer", "staleness")}
    asked["prompts"] = str(_STEPS * float(row["prompts_per_step"]))
    asked |= {"engine": _stated(engine), "asynchronous": row["asynchronous"]}
    asked |= {"scorers": row["scorers"], "update_passes": row["update_passes"]}
    layout = _stated({name: row[name] for name in ("tensor", "context", "expert", "pipeline")})
    if layout:
        layout |= _stated({"micro_batch": "1", "recompute": row["recompute"]})
    fleet = _stated({"gpu": row["gpu"], "count": row["gpus"], "software": row["software"]})
    stage: dict[str, Any] = {"name": "rl", "kind": "grpo", "rollouts": _stated(asked)}
    if layout:
        stage["layout"] = layout
    if row["precision"]:
        stage["training"] = {"precision": row["precision"]}
    return {"as_of": "2026-03-01", "model": row["model"], "fleet": fleet, "stages": [stage]}


def measured_gpu_hours(row: Row) -> float:
    """Accelerator-hours of the steps of a row."""
    return _STEPS * float(row["step_seconds"]) * float(row["gpus"]) / SECONDS_PER_HOUR


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def modelled(rows: Sequence[Row], catalog: Catalog) -> Iterator[tuple[Node, Model]]:
    """Yield the hours of each row without failures and their scatter, and the whole model."""
    for row in rows:
        model = build(load(scenario_of(row), catalog=catalog))
        roots = model.roots()
        yield next(node for node in walk(roots) if node.name == "rl/gpu_hours/steps"), model


def log_errors(
    rows: Sequence[Row], hours: Sequence[Node], values: Mapping[str, float]
) -> FloatArray:
    """Logarithm of modelled over measured hours of each row."""
    errors = []
    for row, node in zip(rows, hours, strict=True):
        known = {leaf.name for leaf in walk([node])}
        bound = {name: value for name, value in values.items() if name in known}
        found = evaluate([node], bindings=bound, record=False)[node]
        assert found is not None  # noqa: S101 - every row states what its hours need
        errors.append(np.log(float(found) / measured_gpu_hours(row)))
    return np.asarray(errors)


def fitted(
    rows: Sequence[Row], hours: Sequence[Node], priors: Mapping[str, Prior]
) -> dict[str, float]:
    """Constants fitted to rows; every source counts the same."""
    sources = [row["source"] for row in rows]
    problem = Problem(
        priors=priors,
        residuals=lambda values: log_errors(rows, hours, values),
        weights=np.asarray([_WEIGHT / np.sqrt(sources.count(source)) for source in sources]),
        tail=0.3,
    )
    return problem.solve().values


def main() -> int:
    """Fit and print the constants and their errors."""
    catalog = Catalog()
    rows = list(catalog.rows(ROWS))
    hours = [node for node, _ in modelled(rows, catalog)]
    cycle = priors_of(catalog.document(CONSTANTS)["cycle"])
    priors = {f"rl/{name}": prior for name, prior in cycle.items()}
    for name, value in fitted(rows, hours, priors).items():
        print(f"{name}: {value:.4g}")  # noqa: T201 - a script
    left = np.empty(len(rows))
    sources = np.asarray([row["source"].rpartition("-")[0] or row["source"] for row in rows])
    for source in dict.fromkeys(sources):
        own = np.flatnonzero(sources == source)
        rest = np.flatnonzero(sources != source)
        values = fitted([rows[k] for k in rest], [hours[k] for k in rest], priors)
        left[own] = log_errors([rows[k] for k in own], [hours[k] for k in own], values)
        print(f"without {source}: median {np.exp(np.median(left[own])):.2f}")  # noqa: T201
    size, spread = np.abs(left), np.sqrt(np.mean(left**2))
    within = np.exp(np.quantile(size, (0.5, 0.9)))
    print(f"left out: half within {within[0]:.2f}, 90 % within {within[1]:.2f}, log {spread:.3f}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
