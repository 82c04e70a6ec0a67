"""Fit what steps of reinforcement learning take beyond their engines and updates.

The stage of every measured step is estimated, and the constants that the graph of each has as
leaves are fitted. They are printed with their errors by source; people write them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.calibrate.least_squares import Prior, Problem, left_out, priors_of, source_weights
from costcheck.calibrate.write import Fitted
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
    problem = Problem(
        priors=priors,
        residuals=lambda values: log_errors(rows, hours, values),
        weights=_WEIGHT * source_weights([row["source"] for row in rows]),
        tail=0.3,
    )
    return problem.solve().values


def fitted_files(catalog: Catalog) -> Iterator[Fitted]:
    """Yield the constants and their errors on sources left out, for people to write."""
    rows = list(catalog.rows(ROWS))
    hours = [node for node, _ in modelled(rows, catalog)]
    cycle = priors_of(catalog.document(CONSTANTS)["cycle"])
    priors = {f"rl/{name}": prior for name, prior in cycle.items()}
    for name, value in fitted(rows, hours, priors).items():
        yield Fitted(f"{name}: {value:.4g}\n")

    def predict(others: NDArray[np.bool_], own: NDArray[np.bool_]) -> FloatArray:
        values = fitted(list(compress(rows, others)), list(compress(hours, others)), priors)
        return log_errors(list(compress(rows, own)), list(compress(hours, own)), values)

    sources = [row["source"].rpartition("-")[0] or row["source"] for row in rows]
    left = left_out(sources, predict)
    for source in dict.fromkeys(sources):
        median = np.median(left[np.asarray(sources) == source])
        yield Fitted(f"without {source}: median {np.exp(median):.2f}\n")
    size, spread = np.abs(left), np.sqrt(np.mean(left**2))
    within = np.exp(np.quantile(size, (0.5, 0.9)))
    shares = f"half within {within[0]:.2f}, 90 % within {within[1]:.2f}"
    yield Fitted(f"left out: {shares}, log {spread:.3f}\n")
