"""Fit what generating engines reach of their hardware to published throughput of single ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import compress
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.calibrate.gpus import gpu_named
from costcheck.calibrate.least_squares import Problem, left_out, priors_of, source_weights
from costcheck.calibrate.write import Fitted
from costcheck.catalog.files import Catalog
from costcheck.estimate.model_source import from_catalog
from costcheck.physics.decode.answers import Answers, generate_seconds
from costcheck.physics.decode.engine import Engine, EngineConstants, Generator
from costcheck.physics.decode.network import DecodeNetwork, decode_network
from costcheck.physics.machine import Machine

ROWS, CONSTANTS = "performance/measured/decode.csv", "performance/decode.yaml"
FOUR_BIT, EIGHT_BIT = 0.6, 1.0
"""Bytes of a weight up to which the products run in that precision."""
_WEIGHT = 10.0
_DIGITS = 4

Row = Mapping[str, str]


def predicted_seconds(
    row: Row, constants: EngineConstants, *, network: DecodeNetwork, machine: Machine
) -> float:
    """How long one engine takes for all the answers of a row [s]."""
    limit = float(row["concurrency"] or np.inf) / float(row["attention_data"])
    held = replace(constants, most_sequences=min(float(constants.most_sequences), limit))
    names = ("tensor", "pipeline", "attention_data", "weight_bytes", "cache_bytes")
    generated = generate_seconds(
        Generator(
            network=network,
            machine=machine,
            engine=Engine(**{name: float(row[name]) for name in names}),
            constants=held,
        ),
        answers=Answers(
            count=float(row["answers"]),
            prompts_read=float(row["answers"]),
            prompt_tokens=float(row["prompt_tokens"]),
            mean_tokens=float(row["answer_tokens"]),
            longest_tokens=float(row["longest_tokens"]),
        ),
    )
    return float(generated.seconds)


def log_errors(rows: Sequence[Row], constants: EngineConstants, catalog: Catalog) -> FloatArray:
    """Logarithm of predicted over measured time of every row."""
    errors = []
    for row in rows:
        seconds = predicted_seconds(
            row,
            constants,
            network=_network(row["model"], catalog),
            machine=_machine(row, catalog),
        )
        measured = float(row["answers"]) * float(row["answer_tokens"])
        errors.append(np.log(seconds * float(row["tokens_per_second"]) / measured))
    return np.asarray(errors)


def _network(name: str, catalog: Catalog) -> DecodeNetwork:
    found = catalog.find("models", name)
    if found is None or (network := from_catalog(found).architecture) is None:
        raise ValueError(f"no architecture of {name} in the catalog")
    return decode_network(network)


def _machine(row: Row, catalog: Catalog) -> Machine:
    gpu, weight = gpu_named(catalog, row["gpu"]), float(row["weight_bytes"])
    narrow = 2 if weight <= FOUR_BIT else 1 if weight <= EIGHT_BIT else 0
    return replace(gpu.machine, matmul_flops_per_second=gpu.peaks[narrow])


def fitted(rows: Sequence[Row], document: Mapping[str, Any], catalog: Catalog) -> EngineConstants:
    """Constants fitted to rows; every source counts the same, however many rows it has."""
    fixed = {name: float(entry["value"]) for name, entry in document["constants"].items()}
    problem = Problem(
        priors=priors_of(document["constants"]),
        residuals=lambda values: log_errors(rows, EngineConstants(**{**fixed, **values}), catalog),
        weights=_WEIGHT * source_weights([row["source"] for row in rows]),
        tail=0.3,
    )
    return EngineConstants(**{**fixed, **problem.solve().values})


def left_out_errors(
    rows: Sequence[Row], document: Mapping[str, Any], catalog: Catalog
) -> FloatArray:
    """Log errors of each source's rows by constants that saw none of them."""

    def predict(others: NDArray[np.bool_], own: NDArray[np.bool_]) -> FloatArray:
        constants = fitted(list(compress(rows, others)), document, catalog)
        return log_errors(list(compress(rows, own)), constants, catalog)

    return left_out([row["source"] for row in rows], predict)


def fitted_files(catalog: Catalog) -> Iterator[Fitted]:
    """Yield the constants with their errors on sources left out."""
    rows, document = list(catalog.rows(ROWS)), dict(catalog.document(CONSTANTS))
    constants = fitted(rows, document, catalog)
    seen, left = log_errors(rows, constants, catalog), left_out_errors(rows, document, catalog)
    for item in fields(constants):
        value = float(f"{getattr(constants, item.name):.{_DIGITS}g}")
        document["constants"][item.name]["value"] = value
    document["errors"] = {
        "rows": len(rows),
        "sources": len({row["source"] for row in rows}),
        "median_in_sample": _median(seen),
        "median_left_out": _median(left),
        "log_spread_left_out": round(float(np.sqrt(np.mean(left**2))), _DIGITS),
    }
    text = yaml.safe_dump(document, sort_keys=False, width=100, allow_unicode=True)
    yield Fitted(yaml.safe_dump(document["errors"], sort_keys=False), CONSTANTS, text)


def _median(errors: FloatArray) -> float:
    return round(float(np.median(np.abs(np.expm1(errors)))), _DIGITS)
