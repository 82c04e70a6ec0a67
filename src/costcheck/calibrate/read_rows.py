"""Read measured runs from our table, or from one in the layout of the research collection."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import Amount, FloatArray
from costcheck.calibrate.gpus import Gpu, gpu_named
from costcheck.calibrate.rows import MeasuredRows, Record, columnwise
from costcheck.catalog.files import Catalog
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
from costcheck.physics.workload import (
    MATMULS_PER_GATED_MLP,
    MATMULS_PER_PLAIN_MLP,
    UNFUSED_ACTIVATION_TRAFFIC,
    Workload,
)
from costcheck.units import BITS_PER_BYTE, MONTHS_PER_YEAR

UNFUSED_SOFTWARE = "megatron-2021"
RELEASE = re.compile(r"(?<!\d)(?:20)?(2\d)[.-](0[1-9]|1[0-2])(?!\d)")
FIRST_YEAR = 2000.0
PROJECTIONS_PER_MIXER = 2.0


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


def _attention_terms(columns: Columns, hidden: FloatArray) -> dict[str, FloatArray]:
    """Fields of a workload about its attention layers; heads of equal width where none is said."""
    heads = columns.number("heads")
    kv_heads = columns.number("kv_heads", heads)
    head_width = columns.number("head_width", hidden / heads)
    projections = head_width * 2.0 * (heads + kv_heads)
    sequence_length = columns.number("sequence_length")
    return {
        "sequence_length": sequence_length,
        "heads": heads,
        "kv_heads": kv_heads,
        "score_width": columns.number("score_width", heads * head_width),
        "value_width": columns.number("value_width", heads * head_width),
        "key_value_width": columns.number("key_value_width", 2.0 * kv_heads * head_width),
        "attended_keys": columns.number("attended_keys", (sequence_length + 1.0) / 2.0),
        "attention_parameters": columns.number("attention_parameters", hidden * projections),
        "attention_activation_width": columns.number("attention_activation_width", projections),
        "attention_matmuls": columns.number("attention_matmuls", PROJECTIONS_PER_MIXER),
    }


def read_workload(columns: Columns, vocabulary: float) -> Workload:
    """Numbers of each row's model; what a row leaves open follows from the common architecture."""
    hidden, layers = columns.number("hidden"), columns.number("layers")
    experts = columns.number("experts", 0.0)
    sparse = experts > 0.0
    dense_layers = columns.number("dense_layers", np.where(sparse, 0.0, layers))
    moe_layers = np.where(sparse, layers - dense_layers, 0.0)
    ffn, expert_ffn = columns.number("ffn", 4.0 * hidden), columns.number("expert_ffn", 0.0)
    shared_ffn = columns.number("shared_ffn", 0.0)
    gated = columns.number("gated_mlp", 0.0) > 0.0
    matmuls = np.where(gated, MATMULS_PER_GATED_MLP, MATMULS_PER_PLAIN_MLP)
    router = hidden * experts
    expert_bias = columns.number("expert_bias", 0.0) > 0.0
    attention = _attention_terms(columns, hidden)
    around_experts = moe_layers * (matmuls * hidden * shared_ffn + router)
    return Workload(
        **attention,
        layers=layers,
        attention_layers=layers,
        dense_layers=dense_layers,
        moe_layers=moe_layers,
        hidden=hidden,
        ffn=ffn,
        mlp_matmuls=matmuls,
        experts=experts,
        top_k=columns.number("top_k", 0.0),
        expert_ffn=expert_ffn,
        expert_width=hidden,
        router_parameters=router,
        shared_ffn=shared_ffn,
        activation_traffic=np.where(expert_bias, UNFUSED_ACTIVATION_TRAFFIC, 1.0),
        leading_dense_layers=np.where(sparse, dense_layers, 0.0),
        vocabulary=columns.number("vocabulary", vocabulary),
        embedding_tables=np.where(columns.text("software") == UNFUSED_SOFTWARE, 1.0, 2.0),
        layer_parameters=layers * attention["attention_parameters"]
        + dense_layers * matmuls * hidden * ffn
        + around_experts,
        expert_parameters=moe_layers * experts * matmuls * hidden * expert_ffn,
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
        workload=read_workload(columns, vocabulary),
        machine=read_machine(columns, gpus),
        layout=read_layout(columns),
        global_batch=columns.number("global_batch"),
        step_seconds=_step_seconds(columns),
        memory_gib=np.where(
            np.isin(columns.text("quantity"), MEMORY), columns.number("value"), np.nan
        ),
    )
