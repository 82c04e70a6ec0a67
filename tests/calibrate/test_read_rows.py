"""Measured rows: our spelling, the research collection's, and what a row leaves open."""

import csv

import numpy as np
import pytest

from costcheck.calibrate.fit import read_table
from costcheck.calibrate.read_rows import measured_rows, precision_code, release_year
from costcheck.diagnostics import CostcheckError
from costcheck.physics.layout import Recompute
from costcheck.physics.step_time.generation import Precision
from tests.calibrate.cases import CATALOG
from tests.shared_data import shared_path

ROW = {
    "model": "Llama 3 8B",
    "gpu": "H100-SXM-80GB",
    "gpus": "8",
    "software": "megatron",
    "layers": "32",
    "hidden": "4096",
    "heads": "32",
    "kv_heads": "8",
    "ffn": "14336",
    "gated_mlp": "1",
    "vocabulary": "128256",
    "sequence_length": "8192",
    "data": "8",
    "micro_batch": "1",
    "global_batch": "128",
    "precision": "bf16",
    "quantity": "tokens_per_second_per_gpu",
    "value": "12000",
}


def test_a_rate_becomes_a_step_time():
    rows = measured_rows([ROW], CATALOG)
    assert rows.step_seconds[0] == pytest.approx(128 * 8192 / (8 * 12000))
    assert rows.workload.layer_parameters[0] == pytest.approx(6.98e9, rel=1e-3)


def test_a_stated_network_card_replaces_the_catalogs():
    rows = measured_rows([ROW, {**ROW, "nic_gbps": "100"}], CATALOG)
    assert rows.machine.nic_bytes_per_second.tolist() == [50e9, 12.5e9]


def test_selective_means_what_the_software_does():
    rows = measured_rows(
        [
            {**ROW, "recompute": "selective"},
            {**ROW, "recompute": "selective(per-op)", "software": "fsdp"},
            {**ROW, "recompute": "full"},
        ],
        CATALOG,
    )
    assert rows.layout.recompute.tolist() == [
        Recompute.SELECTIVE,
        Recompute.OPERATIONS,
        Recompute.FULL,
    ]


@pytest.mark.parametrize(
    ("text", "year"),
    [("NeMo 24.07 summary", 2024.5), ("v25.02", 2025 + 1 / 12), ("llama3 2024-12", 2024 + 11 / 12)],
)
def test_release_of_a_source(text, year):
    assert release_year(text) == pytest.approx(year)


def test_no_release():
    assert np.isnan(release_year("Megatron SC21 Table 1"))


@pytest.mark.parametrize(
    ("word", "code"),
    [("bf16-pure", 0), ("FP8-MX", 1), ("MXFP8", 1), ("NVFP4", 2), ("fp16", 0)],
)
def test_precision_words(word, code):
    assert precision_code(word) == Precision(code)


def test_an_unknown_gpu_is_an_error():
    with pytest.raises(CostcheckError, match="no GPU named"):
        measured_rows([{**ROW, "gpu": "Potato 9000"}], CATALOG)


def test_our_table_and_the_research_collection_say_the_same():
    path = shared_path("validation/throughput.csv")
    kinds = {"iter_time_s", "tokens_per_s_per_gpu"}
    with path.open(encoding="utf-8") as stream:
        records = {
            row["config_id"]: row
            for row in csv.DictReader(stream)
            if row["set"] and row["measured_kind"] in kinds
        }
    ours = read_table(CATALOG)
    theirs = measured_rows(
        [records[str(r["id"])] for r in ours.records if r["quantity"] != "memory_gib"],
        CATALOG,
    )
    kept = ours.take(np.isfinite(ours.step_seconds))
    assert kept.step_seconds == pytest.approx(theirs.step_seconds)
    assert kept.machine.nic_bytes_per_second == pytest.approx(theirs.machine.nic_bytes_per_second)
    for name in ("tensor", "pipeline", "data", "micro_batch", "recompute", "zero"):
        assert getattr(kept.layout, name) == pytest.approx(getattr(theirs.layout, name))
