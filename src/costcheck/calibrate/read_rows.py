"""Read measured runs from our table, or from one in the layout of the research collection."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import Amount, FloatArray
from costcheck.calibrate.gpus import Gpu, gpu_named
from costcheck.calibrate.rows import MeasuredRows, Record, columnwise
from costcheck.catalog.files import Catalog
from costcheck.catalog.huggingface.inline import read_inline
from costcheck.catalog.performance import performance_data
from costcheck.estimate.step_table import (
    LAYOUT,
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


class Columns:
    """Columns of a table by name, under either spelling."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records

    def text(self, name: str, default: str = "") -> NDArray[np.str_]:
        """One column as text."""
        return np.asarray([cell(row, name) or default for row in self.records], dtype=np.str_)

    def number(self, name: str, default: Amount = np.nan) -> FloatArray:
        """One column as numbers, `default` where a cell is empty."""
        numbers = np.asarray([number(row, name) for row in self.records])
        return np.where(np.isnan(numbers), default, numbers)


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


def read_layout(columns: Columns) -> Layout:
    """Parallel layout of each row, with the collection's stated assumptions where it is silent."""
    software, usual = columns.text("software"), Layout()
    rows = [
        stated_layout(row, str(name)) for row, name in zip(columns.records, software, strict=True)
    ]
    layout = replace(
        usual,
        **{
            key: np.asarray([row.get(key, getattr(usual, key)) for row in rows])
            for key in (*LAYOUT, "recompute", "schedule")
        },
    )
    selective = np.equal(layout.recompute, Recompute.SELECTIVE)
    return replace(layout, sequence_parallel=np.where(software == UNFUSED_SOFTWARE, selective, 1.0))


def read_machine(columns: Columns, gpus: Sequence[Gpu]) -> Machine:
    """Hardware of each row; a stated network card speed replaces the catalog's."""
    usual = columnwise(lambda *each: np.asarray(each), [gpu.machine for gpu in gpus])
    code = np.asarray([precision_code(word) for word in columns.text("precision")])
    peaks, card = (
        np.asarray([gpu.peaks for gpu in gpus]),
        columns.number("nic_gbps") * 1e9 / BITS_PER_BYTE,
    )
    return replace(
        usual,
        matmul_flops_per_second=np.take_along_axis(peaks, code[:, None], axis=1)[:, 0],
        nic_bytes_per_second=np.where(np.isnan(card), usual.nic_bytes_per_second, card),
    )


def _step_seconds(columns: Columns) -> FloatArray:
    tokens = columns.number("global_batch") * columns.number("sequence_length")
    each = zip(columns.records, tokens, columns.number("gpus"), strict=True)
    return np.asarray([measured_seconds(row, tokens=t, gpus=gpus) for row, t, gpus in each])


def row_tags(
    columns: Columns, family: NDArray[np.str_], part: NDArray[np.str_], software: Mapping[str, Any]
) -> dict[str, NDArray[np.bool_]]:
    """Rows by kernel family and part, and by the traits that their software has at its release."""
    tags = {
        str(name): chips == name for chips in (family, part) for name in np.unique(chips) if name
    }
    generation = columns.text("software", "megatron")
    framework = np.char.replace(np.char.lower(columns.text("framework")), " ", "-")
    for bundle in software.get("bundles", ()):
        named = np.isin(framework, bundle["names"])
        for trait in bundle.get("traits", ()):
            fits = named & (generation == bundle["generation"])
            tags[trait] = tags.get(trait, np.zeros(len(framework), dtype=bool)) | fits
    stated, sources = columns.text("release"), columns.text("source")
    releases = [release_year(str(a) or str(b)) for a, b in zip(stated, sources, strict=True)]
    for entry in software.get("dated", ()):
        since = release_year(str(entry["from"])[:7])
        gained = (generation == entry["generation"]) & (np.nan_to_num(releases) >= since)
        tags[entry["trait"]] = tags.get(entry["trait"], np.zeros_like(gained)) | gained
    return tags


def measured_rows(
    records: Sequence[Record], catalog: Catalog, bundles: Mapping[str, Any] | None = None
) -> MeasuredRows:
    """Arrays of measured runs from table records; `bundles` says what software does since when."""
    columns = Columns(records)
    vocabulary = performance_data(catalog).prediction["vocabulary"].value
    gpus = [gpu_named(catalog, str(name)) for name in columns.text("gpu")]
    sources = columns.text("source")
    software = columns.text("software", "megatron")
    attention = columns.text("attention", "flash")
    family = np.asarray([gpu.family for gpu in gpus])
    return MeasuredRows(
        records=np.asarray(records, dtype=object),
        models=np.asarray([re.sub(r"[^a-z0-9]", "", m.lower()) for m in columns.text("model")]),
        sources=sources,
        sets=columns.text("set"),
        software=software,
        family=family,
        tags=row_tags(columns, family, np.asarray([gpu.part for gpu in gpus]), bundles or {}),
        precision=np.asarray([precision_code(word) for word in columns.text("precision")]),
        flash=attention != "unfused",
        attention=np.ones(len(records)),
        loops=np.zeros(len(records), dtype=bool),
        workload=columnwise(
            lambda *each: np.asarray(each, dtype=np.float64),
            [row_workload(row, vocabulary) for row in records],
        ),
        machine=read_machine(columns, gpus),
        layout=read_layout(columns),
        global_batch=columns.number("global_batch"),
        step_seconds=_step_seconds(columns),
        memory_gib=np.where(
            np.isin(columns.text("quantity"), MEMORY), columns.number("value"), np.nan
        ),
    )
