"""Measured steps of one's own cluster remove the bias of the prediction and narrow its range."""

import pytest

from costcheck import CostcheckError, estimate

BASE = {
    "as_of": "2025-01-01",
    "model": "llama-3.1-8b",
    "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "256"},
    "fleet": {"gpu": "h100", "count": "64"},
    "layout": {"tensor": "2", "recompute": "none"},
}
HEADER = "gpus,tensor,pipeline,micro_batch,global_batch,sequence_length,quantity,value"


def step(scenario):
    return estimate(scenario)["step_seconds"]


def width(figure):
    return figure.high / figure.low


def scenario_file(tmp_path, rows, name="measured.csv"):
    (tmp_path / name).write_text("\n".join(rows) + "\n")
    text = (
        "as_of: 2025-01-01\nmodel: llama-3.1-8b\n"
        "training: {tokens: 1T, sequence_length: 8192, global_batch: 256}\n"
        "fleet: {gpu: h100, count: 64}\nlayout: {tensor: 2, recompute: none}\n"
        "calibration: {file: measured.csv}\n"
    )
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    return path


def test_one_measured_step_is_reproduced_and_narrows_the_range():
    plain = step(BASE)
    measured = plain.central * 1.2
    found = step({**BASE, "calibration": {"step_time": f"{measured:.4f} s"}})
    assert found.central == pytest.approx(measured, rel=1e-4)
    assert width(found) < width(plain)
    assert found.low < found.central < found.high


def test_the_basis_says_calibrated():
    result = estimate({**BASE, "calibration": {"step_time": "10 s"}})
    assert "calibrated" in result["gpu_hours"].basis


def test_measured_rows_of_other_layouts_carry_over_in_part(tmp_path):
    """Four layouts 15 % slower than predicted say this one is slower too, but not by how much."""
    rows = [HEADER]
    for tensor, batch in ((1, 128), (2, 128), (4, 256), (8, 256)):
        layout = {"tensor": str(tensor), "recompute": "none"}
        training = {**BASE["training"], "global_batch": str(batch)}
        predicted = step({**BASE, "layout": layout, "training": training}).central
        rows.append(f"64,{tensor},1,1,{batch},8192,step_seconds,{1.15 * predicted:.6f}")
    path = scenario_file(tmp_path, rows)
    found, plain = step(path), step(BASE)
    assert 1.05 * plain.central < found.central < 1.15 * plain.central
    assert width(found) < width(plain)


def test_the_row_of_this_layout_counts_before_others(tmp_path):
    predicted = step(BASE).central
    rows = [HEADER, f"64,2,1,1,256,8192,step_seconds,{1.2 * predicted:.6f}"]
    rows.append("64,4,1,1,256,8192,step_seconds,99")
    assert step(scenario_file(tmp_path, rows)).central == pytest.approx(1.2 * predicted, rel=1e-4)


def test_rates_are_read_as_well(tmp_path):
    predicted = step(BASE).central
    rate = 256 * 8192 / (64 * predicted)
    path = scenario_file(
        tmp_path, [HEADER, f"64,2,1,1,256,8192,tokens_per_second_per_gpu,{rate / 1.1:.4f}"]
    )
    assert step(path).central == pytest.approx(1.1 * predicted, rel=1e-3)


def test_rows_of_another_model_are_left_out(tmp_path):
    rows = [
        "model,gpu,quantity,value",
        "llama-3.1-8b,h100,step_seconds,10",
        "llama-3.1-70b,h100,step_seconds,99",
        "llama-3.1-8b,a100,step_seconds,99",
    ]
    result = estimate(scenario_file(tmp_path, rows))
    assert result["step_seconds"].central == pytest.approx(10.0, rel=1e-6)
    assert any("2 rows" in note for note in result.notes)


@pytest.mark.parametrize("rows", [[HEADER], ["nothing"], [HEADER, "64,2,1,1,256,8192,mem,3"]])
def test_a_file_without_step_times_is_refused(tmp_path, rows):
    with pytest.raises(CostcheckError) as caught:
        estimate(scenario_file(tmp_path, rows))
    assert caught.value.diagnostics[0].code == "CC309"


def test_a_missing_file_is_refused(tmp_path):
    path = scenario_file(tmp_path, [HEADER])
    (tmp_path / "measured.csv").unlink()
    with pytest.raises(CostcheckError) as caught:
        estimate(path)
    assert caught.value.diagnostics[0].code == "CC309"


def test_a_word_where_a_number_belongs_is_refused(tmp_path):
    path = scenario_file(tmp_path, [HEADER, "64,two,1,1,256,8192,step_seconds,10"])
    with pytest.raises(CostcheckError) as caught:
        estimate(path)
    assert "two" in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tensor", "0", "tensor is not a number above 0: 0"),
        ("global_batch", "0", "global_batch is not a number above 0: 0"),
        ("value", "nan", "value is not a number above 0: nan"),
        ("zero", "-1", "zero is not a number: -1"),
        ("recompute", "half", "recompute is none of none, selective, full"),
        ("schedule", "zigzag", "schedule is none of 1f1b, interleaved"),
    ],
)
def test_a_cell_that_says_nothing_is_named(tmp_path, name, text, said):
    row = {"gpus": "64", "tensor": "2", "quantity": "step_seconds", "value": "10", name: text}
    path = scenario_file(tmp_path, [",".join(row), ",".join(row.values())])
    with pytest.raises(CostcheckError, match=said):
        estimate(path)


def test_columns_may_be_spelled_as_in_the_research_collection(tmp_path):
    ours = "gpus,tensor,pipeline,data,sequence_length,quantity,value"
    theirs = "n_gpus,tp,pp,dp,seq_len,measured_kind,measured_value"
    row = "64,4,1,16,8192,step_seconds,9"
    found = [step(scenario_file(tmp_path, [header, row])).central for header in (ours, theirs)]
    assert found[0] == found[1]
    other = step(scenario_file(tmp_path, [ours, row.replace("64,4,1,16", "64,2,1,32")])).central
    assert other == pytest.approx(9.0)
    assert found[0] != pytest.approx(9.0)
