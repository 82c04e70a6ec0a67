"""Measured steps and memory against the performance model."""

import csv

import numpy as np
import pytest

from costcheck.backtest.step_rows import completed
from costcheck.backtest.throughput import errors_of, score_throughput
from costcheck.catalog.files import Catalog
from tests.shared_data import shared_path

ROW = {
    "set": "mine",
    "source": "my cluster",
    "model": "some-7b",
    "gpu": "H100",
    "gpus": "8",
    "layers": "32",
    "hidden": "4096",
    "heads": "32",
    "ffn": "11008",
    "gated_mlp": "1",
    "vocabulary": "32000",
    "sequence_length": "4096",
    "tensor": "1",
    "pipeline": "1",
    "data": "8",
    "zero": "1",
    "micro_batch": "1",
    "global_batch": "128",
    "precision": "bf16",
    "software": "megatron",
    "quantity": "step_seconds",
    "value": "6.0",
}


@pytest.fixture(scope="module")
def catalog():
    return Catalog()


@pytest.fixture(scope="module")
def shipped(catalog):
    return score_throughput(catalog=catalog)


def test_statistics_of_errors():
    found = errors_of("x", np.array([-0.1, 0.1, 0.2, 0.0]))
    assert (found.rows, found.mean_abs_error, found.median_abs_error) == pytest.approx(
        (4, 0.1, 0.1)
    )
    assert found.bias == pytest.approx(0.05)


def test_every_shipped_row_is_scored_and_known_to_be_fitted_on(shipped):
    assert sum(item.rows for item in shipped.sets) == shipped.scored == shipped.rows_fitted_on
    assert sum(item.rows for item in shipped.memory) == shipped.rows - shipped.scored


# Mean absolute error on models left out of the fit, the bars of the design.
BARS = {"selene": 0.03, "a100-multi-node": 0.08, "a100-single-node": 0.09, "fsdp": 0.10,
        "h100-bf16-dense": 0.04, "fp8": 0.10, "moe": 0.12, "b200": 0.05}  # fmt: skip


@pytest.mark.parametrize("name", BARS)
def test_models_left_out_are_predicted_within_the_bar(shipped, name):
    found = {item.name: item for item in shipped.left_out}[name]
    assert found.mean_abs_error <= BARS[name]


def test_memory_is_predicted_within_the_bar(shipped):
    found = {item.name: item for item in shipped.memory}
    assert found["simumax-b200-v1.2"].mean_abs_error <= 0.03
    assert found["torchtitan-llama3-h100-2024-12"].mean_abs_error <= 0.05


def test_a_rate_and_its_step_time_score_alike(catalog):
    tokens = 128 * 4096 / 8 / 6.0
    rate = ROW | {"quantity": "tokens_per_second_per_gpu", "value": repr(tokens)}
    one, other = (score_throughput([row], catalog=catalog).worst[0] for row in (ROW, rate))
    assert one.predicted == pytest.approx(other.predicted)
    assert one.error == pytest.approx(other.error)


def test_the_research_collections_column_names_work_too(catalog):
    renamed = {"gpus": "n_gpus", "tensor": "tp", "pipeline": "pp", "data": "dp",
               "quantity": "measured_kind", "value": "measured_value", "zero": "zero_stage",
               "sequence_length": "seq_len", "vocabulary": "vocab"}  # fmt: skip
    row = {renamed.get(name, name): text for name, text in ROW.items()} | {
        "measured_kind": "iter_time_s"
    }
    assert score_throughput([row], catalog=catalog).worst[0].error == pytest.approx(
        score_throughput([ROW], catalog=catalog).worst[0].error
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quantity": "mfu"}, "states mfu"),
        ({"gpu": "no such part"}, "unknown accelerator"),
        ({"layers": ""}, "does not state layers"),
        ({"layers": "many"}, "layers is not a number"),
        ({"value": "nan"}, "value is not a number"),
        ({"software": "my own"}, "no constants for the software"),
        ({"note": "analytic in the paper"}, "computed by its source"),
    ],
)
def test_rows_that_cannot_be_scored_say_why(catalog, change, reason):
    scores = score_throughput([ROW | change], catalog=catalog)
    assert scores.scored == 0
    assert reason in next(iter(scores.unscored))


def test_an_empty_table_scores_nothing(catalog):
    scores = score_throughput([], catalog=catalog)
    assert (scores.rows, scores.scored, scores.sets) == (0, 0, ())


def test_refitting_without_a_model_the_fit_never_saw_changes_little(catalog):
    row = ROW | {"software": "fsdp", "zero": "3"}
    shipped_error = score_throughput([row], catalog=catalog).worst[0].error
    refitted = score_throughput([row], catalog=catalog, refit=True)
    assert refitted.refitted
    assert refitted.worst[0].error == pytest.approx(shipped_error, abs=0.02)


def test_the_catalog_fills_in_what_a_table_leaves_out(catalog):
    known = {
        "model": "DeepSeekV3",
        "seq_len": "4096",
        "hidden": "7168",
        "heads": "128",
        "layers": "61",
    }
    (row,) = completed([known], catalog)
    assert (row["dense_layers"], row["shared_ffn"]) == ("3", "2048")
    (cut,) = completed([known | {"layers": "4"}], catalog)
    assert cut["dense_layers"] == "1"
    (other,) = completed([known | {"hidden": "4096"}], catalog)
    assert other == known | {"hidden": "4096"}
    (stated,) = completed([known | {"shared_ffn": "1"}], catalog)
    assert stated["shared_ffn"] == "1"


def test_the_research_collection_scores_like_our_own_table(catalog, shipped):
    with shared_path("validation/throughput.csv").open(encoding="utf-8", newline="") as file:
        scores = score_throughput(list(csv.DictReader(file)), catalog=catalog)
    ours = {item.name: item for item in shipped.sets}
    for item in scores.sets:
        if item.name in ours:
            assert item.rows == ours[item.name].rows
            assert item.mean_abs_error == pytest.approx(ours[item.name].mean_abs_error, abs=0.005)
