"""Fit what generating engines reach of their hardware, and say how far off it is.

``python -m costcheck.calibrate.decode --write configs/performance/decode.yaml`` reads the
published throughput beside it and writes the constants with their errors on sources left out.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from costcheck.arrays import FloatArray
from costcheck.calibrate.gpus import gpu_named
from costcheck.calibrate.least_squares import Problem, priors_of
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
    sources = [row["source"] for row in rows]
    weights = np.asarray([_WEIGHT / np.sqrt(sources.count(source)) for source in sources])
    problem = Problem(
        priors=priors_of(document["constants"]),
        residuals=lambda values: log_errors(rows, EngineConstants(**{**fixed, **values}), catalog),
        weights=weights,
        tail=0.3,
    )
    return EngineConstants(**{**fixed, **problem.solve().values})


def left_out_errors(
    rows: Sequence[Row], document: Mapping[str, Any], catalog: Catalog
) -> FloatArray:
    """Log errors of each source's rows by constants that saw none of them."""
    errors, sources = np.empty(len(rows)), np.asarray([row["source"] for row in rows])
    for source in dict.fromkeys(sources):
        own = sources == source
        rest = [row for row, is_own in zip(rows, own, strict=True) if not is_own]
        constants = fitted(rest, document, catalog)
        mine = [row for row, is_own in zip(rows, own, strict=True) if is_own]
        errors[own] = log_errors(mine, constants, catalog)
    return errors


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the errors and write the file when asked to."""
    parser = argparse.ArgumentParser(description="Fit the constants of generating engines.")
    parser.add_argument("--write", type=Path, help="the data file to write anew")
    options = parser.parse_args(arguments)
    catalog = Catalog()
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
    print(yaml.safe_dump(document["errors"], sort_keys=False))  # noqa: T201 - a script
    if options.write:
        text = yaml.safe_dump(document, sort_keys=False, width=100, allow_unicode=True)
        options.write.write_text(text, encoding="utf-8")
    return 0


def _median(errors: FloatArray) -> float:
    return round(float(np.median(np.abs(np.expm1(errors)))), _DIGITS)


if __name__ == "__main__":
    sys.exit(main())
