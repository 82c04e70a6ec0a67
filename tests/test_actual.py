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


MEGATRON = "\n".join(
    f" [2026-06-02 10:{step:02d}:00] iteration {step:8d}/ 1000 | consumed samples: {step * 256:12d}"
    f" | elapsed time per iteration (ms): {11_000.0} | global batch size:   256 | lm loss: 2.1 |"
    for step in range(1, 31)
)
BARS = "\n".join(
    f" {step}%|#   | {step}/400 [{step * 2 // 60:02d}:{step * 2 % 60:02d}<13:00,  2.00s/it]"
    for step in range(1, 41)
)
TITAN = "\n".join(
    f"[titan] step: {step:2d}  loss: 11.4  memory: 66.10GiB(83.45%)  tps: 3,400  mfu: 28.98%"
    for step in range(1, 31)
)
RUN = {
    "model": "llama-3.1-8b",
    "training": {"tokens": "100B", "sequence_length": "8192", "global_batch": "256"},
    "fleet": {"gpu": "h100", "count": "32", "software": "megatron"},
    "layout": {"tensor": "2"},
}


@pytest.mark.parametrize(
    ("log", "word", "seconds"),
    [
        (MEGATRON, "slower than planned", 11.0),
        (BARS, "faster than planned", 2.0),
        (TITAN, "slower than planned", 256 * 8192 / (32 * 3_400)),
    ],
    ids=["megatron", "hugging-face", "torchtitan"],
)
def test_a_report_of_a_log_begins_with_what_it_means(tmp_path, log, word, seconds):
    """The whole run at the logged speed is the estimate with that step."""
    (tmp_path / "log.txt").write_text(log)
    logged = calibrate(tmp_path / "log.txt", scenario=RUN)
    first, second, third, *_ = str(logged).splitlines()
    assert first.startswith("the run beside its plan")
    assert first.endswith(word)
    step = f"{seconds} s"
    days = estimate({**RUN, "calibration": {"step_time": step}})["days"].central
    assert logged.at_its_speed.figures["days"].central == pytest.approx(days)
    assert "At this speed the whole takes" in f"{second} {third}"


@pytest.mark.parametrize("slower", [0.8, 1.2])
def test_a_slower_step_never_ends_earlier_than_the_planned_one(tmp_path, slower):
    planned = estimate(RUN)["step_seconds"].central
    line = "iteration {}/ 5000 | elapsed time per iteration (ms): {:.1f} | global batch size: 256 |"
    lines = [line.format(number, 1000.0 * slower * planned) for number in range(1, 60)]
    (tmp_path / "log.txt").write_text("\n".join(lines))
    logged = calibrate(tmp_path / "log.txt", scenario=RUN)
    for name in ("days", "gpu_hours", "cost_usd"):
        now, then = (
            each.figures[name].central for each in (logged.at_its_speed, logged.at_planned_speed)
        )
        assert now / then == pytest.approx(slower, rel=0.01)
    assert "of the time productive" in " ".join(str(logged).split())


def test_the_planned_batch_stands_beside_the_logged_one(tmp_path):
    (tmp_path / "log.txt").write_text(MEGATRON)
    halved = {**RUN, "training": {**RUN["training"], "global_batch": "128"}}
    logged = calibrate(tmp_path / "log.txt", scenario=halved)
    batch = next(item for item in logged.actuals if item.quantity == "global_batch")
    assert (batch.logged.central, batch.planned.central) == (256, 128)
    assert "other steps than planned" in str(logged).splitlines()[0]
    assert logged.at_its_speed is None


def test_the_row_of_a_run_of_known_size_names_it(tmp_path):
    (tmp_path / "log.txt").write_text(MEGATRON)
    row = calibrate(tmp_path / "log.txt", scenario={**RUN, "model": "8B"}).row
    assert "8B" in row["model"]
