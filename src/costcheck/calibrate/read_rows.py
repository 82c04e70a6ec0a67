"""Read measured runs from our table, or from one in the layout of the research collection."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from costcheck.calibrate.gpus import Gpu, gpu_named
from costcheck.calibrate.rows import MeasuredRows, Record, stacked
from costcheck.catalog.files import Catalog
from costcheck.catalog.huggingface.inline import read_inline
from costcheck.catalog.performance import performance_data
from costcheck.estimate.step_table import (
    MEMORY,
    cell,
    measured_seconds,
    number,
    stated_layout,
)
from costcheck.physics.layout import Layout, Recompute
from costcheck.physics.machine import Machine
from costcheck.physics.step_time.generation import Precision
from costcheck.physics.workload import UNFUSED_ACTIVATION_TRAFFIC, Workload
from costcheck.physics.workload_of import workload_from_architecture
from costcheck.units import BITS_PER_BYTE, MONTHS_PER_YEAR

UNFUSED_SOFTWARE = "megatron-2021"
RELEASE = re.compile(r"(?<!\d)(?:20)?(2\d)[.-](0[1-9]|1[0-2])(?!\d)")
FIRST_YEAR = 2000.0
_SIZES = {
    "layers": "layers",
    "hidden": "hidden_size",
    "heads": "heads",
    "kv_heads": "kv_heads",
    "head_width": "head_dim",
    "ffn": "ffn_size",
    "vocabulary": "vocabulary_size",
}
_EXPERTS = {
    "experts": "count",
    "top_k": "top_k",
    "expert_ffn": "size",
    "shared_ffn": "shared_size",
    "dense_layers": "first_dense",
}
"""Columns about a model with the keys of an architecture and of its experts in a scenario."""
PER_LAYER = (
    *("attention_parameters", "attention_activation_width", "attention_matmuls"),
    *("score_width", "value_width", "key_value_width", "attended_keys", "shared_ffn"),
)
"""Columns of our table that only a whole architecture can fill; they stand for what its sizes come
to, and do not depend on how many layers a run kept."""
_MODEL = tuple(
    dict.fromkeys(
        (*_SIZES, *_EXPERTS, *PER_LAYER, "gated_mlp", "expert_bias", "sequence_length", "software")
    )
)


def release_year(text: str) -> float:
    """Year and month of a software release named in `text`, such as 25.04, as a decimal year."""
    match = RELEASE.search(text)
    if match is None:
        return float("nan")
    year, month = match.groups()
    return FIRST_YEAR + float(year) + (float(month) - 1.0) / MONTHS_PER_YEAR


def precision_code(word: str) -> int:
    """Code of the linear layers' number format."""
    lowered = word.lower()
    if "fp4" in lowered:
        return int(Precision.FOUR_BIT)
    return int(Precision.EIGHT_BIT if "fp8" in lowered else Precision.SIXTEEN_BIT)


def row_workload(row: Record, vocabulary: float) -> Workload:
    """Numbers of a row's model; what it leaves open is as in the common architecture.

    Raises
    ------
    ValueError
        No model has the sizes that the row states.
    """
    return _workload(tuple(cell(row, name) for name in _MODEL), vocabulary)


@lru_cache(maxsize=1024)
def _workload(cells: tuple[str, ...], vocabulary: float) -> Workload:
    row = {name: text for name, text in zip(_MODEL, cells, strict=True) if text}
    sizes = {name: number(row, name) for name in row if name != "software"}
    width, hidden = sizes["hidden"] / sizes["heads"], sizes["hidden"]
    sizes = {"head_width": width, "ffn": 4.0 * hidden, "vocabulary": vocabulary, **sizes}
    given: dict[str, object] = {
        _SIZES[name]: round(sizes[name]) for name in _SIZES if name in sizes
    }
    if sizes.get("experts"):
        given["experts"] = {_EXPERTS[n]: round(sizes[n]) for n in _EXPERTS if sizes.get(n)}
    gated, tied = sizes.get("gated_mlp", 0.0) > 0.0, row.get("software") == UNFUSED_SOFTWARE
    found = read_inline({**given, "norm": "none", "gated": gated, "tied_embeddings": tied})
    if found.architecture is None:
        raise ValueError(found.problems[0].message)
    usual = workload_from_architecture(
        architecture=found.architecture, sequence_length=round(sizes["sequence_length"])
    )
    stated = {name: sizes[name] for name in PER_LAYER if name in sizes}
    known = replace(usual, **stated)
    more = np.subtract(known.attention_parameters, usual.attention_parameters)
    return replace(
        known,
        layer_parameters=usual.layer_parameters + usual.layers * more,
        activation_traffic=UNFUSED_ACTIVATION_TRAFFIC if sizes.get("expert_bias") else 1.0,
    )


def _layout(row: Record) -> Layout:
    """Parallel layout of a row, with the collection's stated assumptions where it is silent."""
    software = cell(row, "software")
    layout = Layout(**stated_layout(row, software))
    if software != UNFUSED_SOFTWARE:
        return layout
    return replace(layout, sequence_parallel=float(layout.recompute == Recompute.SELECTIVE))


def _machine(row: Record, gpu: Gpu) -> Machine:
    """Hardware of a row; a stated network card speed replaces the catalog's."""
    peak = gpu.peaks[precision_code(cell(row, "precision"))]
    machine = replace(gpu.machine, matmul_flops_per_second=peak)
    if not cell(row, "nic_gbps"):
        return machine
    return replace(machine, nic_bytes_per_second=number(row, "nic_gbps") * 1e9 / BITS_PER_BYTE)


def _tags(row: Record, gpu: Gpu, software: Mapping[str, Any]) -> dict[str, bool]:
    """Kernel family and part, and the traits that the software has at its release."""
    generation = cell(row, "software") or "megatron"
    framework = cell(row, "framework").lower().replace(" ", "-")
    tags = [gpu.family, gpu.part]
    for bundle in software.get("bundles", ()):
        if framework in bundle["names"] and generation == bundle["generation"]:
            tags += bundle.get("traits", ())
    release = release_year(cell(row, "release") or cell(row, "source"))
    for entry in software.get("dated", ()):
        if generation == entry["generation"] and release >= release_year(str(entry["from"])[:7]):
            tags.append(entry["trait"])
    return {tag: True for tag in tags if tag}


def measured_rows(
    records: Sequence[Record], catalog: Catalog, bundles: Mapping[str, Any] | None = None
) -> MeasuredRows:
    """Arrays of measured runs from table records; `bundles` says what software does since when."""
    vocabulary = performance_data(catalog).prediction["vocabulary"].value
    return stacked(records, [_measured(row, catalog, vocabulary, bundles or {}) for row in records])


def _measured(
    row: Record, catalog: Catalog, vocabulary: float, bundles: Mapping[str, Any]
) -> dict[str, Any]:
    gpu, batch = gpu_named(catalog, cell(row, "gpu")), number(row, "global_batch")
    tokens, gpus = batch * number(row, "sequence_length"), number(row, "gpus")
    is_memory = cell(row, "quantity") in MEMORY
    return {
        "models": re.sub(r"[^a-z0-9]", "", cell(row, "model").lower()),
        "sources": cell(row, "source"),
        "sets": cell(row, "set"),
        "software": cell(row, "software") or "megatron",
        "family": gpu.family,
        "tags": _tags(row, gpu, bundles),
        "precision": precision_code(cell(row, "precision")),
        "flash": cell(row, "attention") != "unfused",
        "attention": 1.0,
        "loops": False,
        "workload": row_workload(row, vocabulary),
        "machine": _machine(row, gpu),
        "layout": _layout(row),
        "global_batch": batch,
        "step_seconds": measured_seconds(row, tokens=tokens, gpus=gpus),
        "memory_gib": number(row, "value") if is_memory else math.nan,
    }
