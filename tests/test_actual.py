"""Logs beside their plan, and the file that corrects estimates with them."""

import csv
import json
from io import StringIO

import pytest

from costcheck import CostcheckError, calibrate, estimate
from costcheck.cli import main
from tests.commands import ROOT

LOG = str(ROOT / "examples/planned-run.log")
PLAN = ROOT / "examples/planned-run.yaml"


def test_the_example_is_slower_than_planned_and_its_peak_of_memory_is_shown():
    logged = calibrate(LOG, scenario=PLAN)
    by_name = {item.quantity: item for item in logged.actuals}
    rate = by_name["tokens_per_second_per_gpu"]
    assert rate.logged.central == pytest.approx(3420, rel=0.01)
    planned = estimate(PLAN)["tokens_per_second_per_gpu"].central
    assert rate.over_planned == pytest.approx(rate.logged.central / planned)
    assert by_name["device_memory_bytes"].planned is None


def test_a_log_corrects_the_estimate_like_the_file_made_of_it(tmp_path, capsys):
    file = tmp_path / "measured.csv"
    assert main(["calibrate", LOG, "--scenario", str(PLAN), "-f", "csv", "-o", str(file)]) == 0
    rows = list(csv.DictReader(StringIO(file.read_text())))
    assert rows[0]["model"] == "llama-2-13b"
    steps = []
    for name in (LOG, str(file)):
        scenario = tmp_path / "scenario.yaml"
        scenario.write_text(f"{PLAN.read_text()}\ncalibration: {{file: {name}}}\n")
        steps.append(estimate(scenario)["step_seconds"].central)
    expected = 1024 * 4096 / (256 * 3420)
    assert steps == [pytest.approx(expected, rel=0.01)] * 2


def test_a_measured_run_corrects_another_model_on_the_same_gpu_in_part(tmp_path):
    """A step 30 % slower than predicted makes another model slower; its own row is exact."""
    fleet = {"gpu": "h100", "count": "64"}
    run = {"as_of": "2026-06-01", "fleet": fleet, "training": {"tokens": "1T"}}
    small = {**run, "model": "llama-3.1-8b", "layout": {"tensor": "1", "recompute": "none"}}
    large = {**run, "model": "llama-2-70b", "layout": {"tensor": "8", "recompute": "full"}}
    header = "model,gpu,quantity,value,predicted_step_seconds"
    file = tmp_path / "measured.csv"
    file.write_text(f"{header}\nllama-3.1-8b,h100,step_seconds,13,10\n")
    plain = estimate(large)["step_seconds"].central
    measured = estimate({**large, "calibration": {"file": str(file)}})["step_seconds"].central
    assert plain < measured < 1.3 * plain
    own = estimate({**small, "calibration": {"file": str(file)}})["step_seconds"].central
    assert own == pytest.approx(13.0, rel=1e-6)


def test_a_saved_plan_beside_a_log(tmp_path, capsys):
    saved = tmp_path / "plan.json"
    assert main(["estimate", str(PLAN), "-f", "json", "-o", str(saved)]) == 0
    assert main(["report", str(saved), "--actual", LOG, "-f", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    rate = next(f for f in shown["figures"] if f["quantity"] == "tokens_per_second_per_gpu")
    assert rate["planned"]["central"] == pytest.approx(
        estimate(PLAN)["tokens_per_second_per_gpu"].central
    )


def test_other_files_are_refused_together_with_the_formats(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("nothing to see\n")
    with pytest.raises(CostcheckError) as raised:
        calibrate(tmp_path / "a.txt", tmp_path / "b.txt")
    assert [problem.code for problem in raised.value.diagnostics] == ["CC045", "CC045"]
    assert "torchtitan" in raised.value.diagnostics[0].help


def test_event_files_of_tensorboard(tmp_path):
    pytest.importorskip("tensorboard", reason="extra 'tensorboard'")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(tmp_path))
    for step in range(20):
        value = Summary.Value(tag="train/step_time", simple_value=2.5)
        writer.add_event(Event(step=step, wall_time=step * 3.0, summary=Summary(value=[value])))
    writer.close()
    logged = calibrate(next(tmp_path.glob("*tfevents*")))
    assert logged.actuals[0].logged.central == pytest.approx(2.5)
