import json
import math

import numpy as np
import pytest

from costcheck.backtest.runs import read_constants, score_runs
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import as_run, family_of, own_runs, part_rates, read_runs
from costcheck.diagnostics import CostcheckError
from tests.shared_data import shared_path

CATALOG = Catalog()
CORRECTED = {"phi-3-mini"}
"""Of the founders' file: the days of the card of June 2024 stood beside the tokens of April's."""
ROW = {
    "id": "example-7b", "released": "2024-06-01", "kind": "dense", "params_total": 7e9,
    "tokens": 1e12, "hardware": "A100-80GB", "n_accelerators": 256, "accelerator_hours": 1e5,
}  # fmt: skip


@pytest.fixture(scope="module")
def constants():
    return read_constants(CATALOG)


@pytest.fixture(scope="module")
def scores(constants):
    return score_runs(own_runs(CATALOG), constants)


def test_runs_whose_family_is_left_out_meet_the_bars(scores):
    assert len(scores.runs) >= 45
    assert scores.overall.median_abs_log2_error <= 0.25
    assert scores.error_ratio <= 0.75
    assert 0.85 <= scores.overall.coverage_90 <= 0.95
    cells = [cell for cell in scores.cells if cell.by == "hardware and kind"]
    # Of fewer than five runs a bias says nothing.
    assert all(abs(cell.bias) <= 0.35 for cell in cells if cell.runs >= 5)


def test_intervals_are_around_predictions(scores):
    for row in scores.runs:
        assert row.low_gpu_hours < row.predicted_gpu_hours < row.high_gpu_hours
        inside = row.low_gpu_hours <= row.actual_gpu_hours <= row.high_gpu_hours
        assert inside == row.inside_90
        assert row.log2_error == pytest.approx(
            math.log2(row.predicted_gpu_hours / row.actual_gpu_hours)
        )


def test_each_way_of_cutting_covers_all_runs(scores):
    ways = {cell.by for cell in scores.cells}
    assert "hardware and kind" in ways
    for way in ways:
        assert sum(cell.runs for cell in scores.cells if cell.by == way) == len(scores.runs)


def test_scores_are_json(scores):
    text = json.dumps(scores.to_dict())
    assert json.loads(text)["overall"]["runs"] == len(scores.runs)


def test_the_founders_file_reads_like_ours(constants):
    theirs = read_runs(shared_path("validation/runs.yaml"), CATALOG)
    ours = {run.name: run for run in own_runs(CATALOG)}
    scored = [run for run in theirs if run.is_scored]
    assert {run.name for run in scored} == {name for name, run in ours.items() if run.is_scored}
    for run in scored:
        if run.name not in CORRECTED:
            assert run.mfu == pytest.approx(ours[run.name].mfu)
    result = score_runs(theirs, constants)
    assert result.error_ratio <= 0.75
    assert result.refitted_families == len({run.family for run in scored})


def test_a_strangers_run_is_graded_by_the_shipped_prior(constants):
    run = as_run(ROW, CATALOG)
    result = score_runs([run], constants)
    assert result.refitted_families == 0
    assert result.runs[0].predicted_gpu_hours == pytest.approx(1e5, rel=0.5)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tokens": None}, "not stated: tokens"),
        ({"hardware": "abacus"}, "not stated: gpu"),
        ({"accelerator_hours": ""}, "not stated: gpu_hours"),
        ({"kind": "moe"}, "not stated: active_parameters"),
        ({"tokens": "many"}, "not stated: tokens"),
        ({"evidence": "C"}, "outside estimate"),
        ({"exclude_from_stats": "encoder-decoder"}, "encoder-decoder"),
    ],
)
def test_what_cannot_be_scored_says_why(constants, changes, reason):
    result = score_runs([as_run(ROW | changes, CATALOG)], constants)
    assert result.left_out == (("example-7b", reason),)
    assert result.runs == ()
    assert math.isnan(result.overall.median_abs_log2_error)


@pytest.mark.parametrize(
    ("changes", "basis"),
    [
        ({}, "billed"),
        ({"scope": "throughput-derived"}, "step"),
        ({"accelerator_hours": None, "wall_clock_days": 16}, "calendar"),
        ({"wall_clock_days": 1e5 / 256 / 24}, "calendar"),
        ({"basis": "step"}, "step"),
    ],
)
def test_what_hours_count_is_read_from_how_they_are_given(changes, basis):
    assert as_run(ROW | changes, CATALOG).basis == basis


def test_attention_is_counted_where_the_architecture_is_given():
    # GPT-3 175B: 96 layers of 12,288 at 2,048 tokens add 1.35 % of causal attention to 6ND.
    shape = {"architecture": {"layers": 96, "d_model": 12_288}, "seq_len": 2_048}
    plain = as_run(ROW | {"params_total": 174.6e9}, CATALOG).training_flops
    full = as_run(ROW | {"params_total": 174.6e9} | shape, CATALOG).training_flops
    assert full / plain == pytest.approx(1.0138, abs=1e-3)


def test_parts_without_bf16_are_held_against_fp16():
    assert part_rates("V100", CATALOG)[1] == 125e12
    assert np.isnan(part_rates("abacus", CATALOG)[1])


def test_a_csv_with_the_same_columns_reads_the_same(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(",".join(ROW) + "\n" + ",".join(map(str, ROW.values())) + "\n")
    assert read_runs(path, CATALOG)[0].mfu == as_run(ROW, CATALOG).mfu


@pytest.mark.parametrize("text", ["just words", "runs: 7", "[1, 2]", ""])
def test_a_file_that_is_no_list_of_runs_is_a_diagnostic(tmp_path, text):
    path = tmp_path / "runs.yaml"
    path.write_text(text)
    with pytest.raises(CostcheckError, match="expected a list of training runs"):
        read_runs(path, CATALOG)


def test_broken_yaml_is_a_diagnostic_with_its_line(tmp_path):
    path = tmp_path / "runs.yaml"
    path.write_text("- id: one\n- {tokens: [1\n")
    with pytest.raises(CostcheckError, match=r"runs\.yaml:2:12: error.CC001"):
        read_runs(path, CATALOG)


def test_odd_values_leave_a_row_out_and_never_break(constants):
    odd = {
        "architecture": {"layers": "many", "mla": {}},
        "seq_len": [],
        "released": None,
        "mfu": "x",
    }
    assert as_run(ROW | odd, CATALOG).is_scored
    assert not as_run(ROW | {"tokens": -1}, CATALOG).is_scored


def test_families_are_the_series_of_a_name():
    assert {family_of(name) for name in ("llama1-7b", "Llama4-scout", "llama-2-70b")} == {"llama"}
    assert family_of("gpt-3-175b") == "gpt"
    assert family_of("7b") == "7b"
