"""`costcheck plan` in a terminal and in scripts."""

import csv
import json
import math
import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
import yaml

from costcheck.cli import main
from costcheck.cli.plan import _draw, run
from costcheck.quantities import head_of
from tests.commands import ROOT

SCENARIO = """\
as_of: 2025-01-01
model: llama-3.1-8b
training: {tokens: 1T, sequence_length: 8192, global_batch: 512}
fleet: {gpu: h100, count: 64}
pricing: {rent: $2/GPU-hour}
"""

# DESIGN, section 7.
LAYOUT_KEYS = {
    "tensor", "pipeline", "data", "expert", "context", "virtual", "micro_batch", "zero",
    "recompute", "step_seconds", "mfu", "memory_bytes_per_gpu", "days", "cost_usd",
}  # fmt: skip


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return str(path)


def test_json_has_the_keys_that_scripts_rely_on(scenario, capsys):
    assert run(file=scenario, format="json", top=2) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["layouts"]) == 2
    assert set(found["layouts"][0]) >= LAYOUT_KEYS
    assert found["evaluated"] > 1000
    assert set(found["refused"]) == set(found["reasons"])


def test_the_table_shows_layouts_and_counts(scenario, capsys):
    assert run(file=scenario, top=3) == 0
    out = capsys.readouterr().out
    assert "were evaluated" not in out
    assert "DP" in out
    assert "torchrun --nproc-per-node 8" in out
    first, second = out.splitlines()[:2]
    assert "64 x NVIDIA H100" in first
    assert "days" in first
    assert "$" in first
    assert first.endswith("feasible")
    assert "software megatron" in second
    assert run(file=scenario, top=3, verbose=True) == 0
    assert "obey every rule and were evaluated" in " ".join(capsys.readouterr().out.split())


def test_what_is_pasted_parses_and_the_layouts_stand_in_the_order_they_show(scenario, capsys):
    """The layout as YAML, the command as one line for a shell, the steps rising."""
    assert run(file=scenario) == 0
    out = capsys.readouterr().out
    blocks = {block.split(None, 1)[0]: block for block in out.split("\n\n")}
    layout = yaml.safe_load(blocks["layout:"])["layout"]
    assert math.prod(layout[key] for key in ("tensor", "pipeline", "context", "data")) == 64
    *lines, _ = blocks["torchrun"].splitlines()
    assert all(line.endswith(" \\") for line in lines)
    words = shlex.split(blocks["torchrun"].replace("\\\n", ""))
    assert words[:3] == ["torchrun", "--nproc-per-node", "8"]
    steps = [float(step) for step in re.findall(r" ([0-9.]+) s ", blocks["layout"])]
    assert len(steps) > 3
    assert steps == sorted(steps)
    assert blocks["layout"].count("\n> ") == 1


def test_a_budget_that_is_no_limit_is_said_with_what_is_left(scenario, capsys):
    """More money buys tokens, not speed; the curve still shows the knee."""
    assert run(file=scenario, cost="$10M") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Money is not the limit" in out
    assert "is left; the budget would pay for" in out
    assert "last near the cheapest" in out


def test_the_bar_fills(capsys):
    for done in (0, 5, 10):
        _draw(done, 10)
    bars = capsys.readouterr().err.split("\r")[1:]
    assert [bar.count("#") for bar in bars] == [0, 15, 30]


def test_csv_has_a_row_for_each_layout(scenario, capsys):
    assert run(file=scenario, format="csv", top=3) == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert len(rows) == 3
    assert set(rows[0]) >= {head_of(key) for key in LAYOUT_KEYS}


def test_markdown(scenario, capsys):
    assert run(file=scenario, format="md", top=1) == 0
    assert "| layout |" in capsys.readouterr().out


def test_limits_are_written_as_in_a_scenario(scenario, capsys):
    assert run(file=scenario, format="json", top=1, days="20", cost="$2M") == 0
    limits = json.loads(capsys.readouterr().out)["limits"]
    findings = limits.pop("findings")
    assert limits == {"days": 20.0, "cost_usd": 2e6, "met": True}
    assert {each["check"] for each in findings} == {"cost", "duration"}


def test_thousands_separators_are_no_list(scenario, capsys):
    assert run(file=scenario, format="json", top=1, gpus=["1,024"]) == 0
    assert json.loads(capsys.readouterr().out)["gpus"] == 1024


def test_several_fleets_and_gpus_give_a_front(scenario, capsys):
    assert run(file=scenario, format="json", top=1, gpus=["64", "128"], gpu=["h100,a100"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["fleets"]) == 4
    assert found["front"]


def test_through_the_command_line(scenario, capsys):
    assert main(["plan", scenario, "--top", "1", "-f", "json", "--gpus", "32", "--gpus", "64"]) == 0
    assert len(json.loads(capsys.readouterr().out)["fleets"]) == 2


@pytest.mark.parametrize("flags", [["--days", "soon"], ["--cost", "much"], ["--gpus", "many"]])
def test_a_limit_that_is_no_number_is_unusable_input(scenario, flags, capsys):
    assert main(["plan", scenario, *flags]) == 2
    assert flags[0] in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_trillion_parameters_on_4096_gpus_stays_small(tmp_path):
    """The whole space of Megatron-1T: memory does not grow with the number of layouts."""
    path = tmp_path / "megatron-1t.yaml"
    path.write_text(
        "as_of: 2026-01-01\nmodel: megatron-1t\ntraining: {tokens: 450B, global_batch: 4096}\n"
        "fleet: {gpu: A100-SXM-80GB, count: 4096, software: megatron}\n"
    )
    code = (
        "from pathlib import Path; from costcheck.cli import main;"
        f"status = main(['plan', {str(path)!r}, '-f', 'json', '-o', {str(tmp_path / 'o')!r}]);"
        # getrusage would count what the parent held before exec; the kernel's high-water does not.
        "peak = Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0];"
        "print(status, peak)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, kilobytes = map(int, ran.stdout.split())
    assert status == 0
    assert kilobytes < 150_000
    found = json.loads((tmp_path / "o").read_text())
    assert found["evaluated"] > 1_000_000
    # SC21 reports 52 % of the peak for this model on 3,072 GPUs without searching all layouts.
    assert 0.45 < found["layouts"][0]["mfu"] < 0.75


def test_nothing_on_standard_error_where_nobody_watches(scenario, capsys):
    run(file=scenario, format="json", top=1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("flags", [("--gpus", "0"), ("--days", "0"), ("--cost", "$0")])
def test_a_limit_of_nothing_is_refused(flags, capsys):
    assert main(["plan", str(ROOT / "examples/planned-run.yaml"), *flags]) == 2
    assert "must be more than 0" in capsys.readouterr().err


STAGES = """\
as_of: 2025-01-01
model: llama-3.1-8b
fleet: {gpu: h100, count: 64}
pricing: {rent: $2/GPU-hour}
stages:
  - {name: main, training: {tokens: 1T, sequence_length: 8192, global_batch: 512}}
  - {name: long, training: {tokens: 50B, sequence_length: 32768, global_batch: 128}}
"""


@pytest.fixture
def staged(tmp_path):
    path = tmp_path / "stages.yaml"
    path.write_text(STAGES)
    return str(path)


def test_stages_are_planned_one_by_one(staged, capsys):
    days = {}
    for stage in ("main", "long"):
        assert run(file=staged, format="json", top=1, gpus=["64"], stage=stage) == 0
        days[stage] = json.loads(capsys.readouterr().out)["layouts"][0]["days"]
    assert days["long"] < days["main"] / 10
    assert run(file=staged, top=1) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the stage planned is main; not in its days and dollars: long" in said


@pytest.mark.parametrize(
    ("flags", "says"),
    [(["--days", "20"], "one of main, long"), (["--stage", "middle"], "the stages are main, long")],
)
def test_limits_of_several_stages_and_unknown_stages_are_refused(staged, flags, says, capsys):
    assert main(["plan", staged, *flags]) == 2
    assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("kind", ["grpo", "ppo", "rl", "synthetic-data"])
def test_a_stage_that_generates_is_refused_with_what_to_state(kind, tmp_path, capsys):
    path = tmp_path / "rl.yaml"
    path.write_text(f"{SCENARIO}stages: [{{name: answers, kind: {kind}}}]\n")
    assert main(["plan", str(path)]) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "CC321" in said
    assert "answers" in said
    assert "training.global_batch" in said


def test_json_names_the_software_of_the_file_and_whose_constants_apply(scenario, capsys):
    assert run(file=scenario, format="json", top=1, set_=["fleet.software=torchtitan"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["software"], found["generation"]) == ("torchtitan", "fsdp")


def test_what_a_plan_needs_is_a_model_by_name_or_size(tmp_path, capsys):
    path = tmp_path / "no-gpu.yaml"
    path.write_text("model: 70B\nfleet: {count: 64}\ntraining: {tokens: 1T}\n")
    assert main(["plan", str(path)]) != 0
    assert "a name or a size" in " ".join(capsys.readouterr().err.split())


def test_a_screen_holds_the_best_layouts_and_says_how_many_more_there_are(scenario, capsys):
    shown = {}
    for flags in ({}, {"verbose": True}, {"top": 7}):
        assert run(file=scenario, **flags) == 0
        out = capsys.readouterr().out
        shown[tuple(flags)] = len(re.findall(r" [0-9.]+ s ", out))
        more = re.search(r"-v lists (\d+) more layouts", out)
        assert (more is None) == bool(flags)
    assert shown[()] + 5 == shown[("verbose",)]
    assert shown[("top",)] == 7
