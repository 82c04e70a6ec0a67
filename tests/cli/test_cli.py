"""Streams, exit codes, colours, encodings and pipes of the command line."""

import json
import os
import subprocess
import sys

import pytest

from costcheck.cli.streams import wants_color
from tests.commands import ROOT, own_process as costcheck

EXAMPLE = "examples/deepseek-v3.yaml"


def test_results_go_to_stdout_and_nothing_else():
    done = costcheck("estimate", EXAMPLE, "-f", "json")
    assert done.code == 0
    assert json.loads(done.out)["summary"]["cost_usd"] == 5_576_000
    assert done.err == ""


def test_several_files_are_a_list():
    done = costcheck("estimate", EXAMPLE, "examples/minimal.yaml", "-f", "json")
    assert [item["scenario"]["path"] for item in json.loads(done.out)] == [
        EXAMPLE,
        "examples/minimal.yaml",
    ]


def test_stdin_is_a_file():
    text = (ROOT / "examples/minimal.yaml").read_text()
    done = costcheck("estimate", "-", "--fields", "verdict", text=text)
    assert (done.code, done.out) == (0, "feasible\n")


@pytest.mark.parametrize("suffix", ["json", "csv", "md"])
def test_output_file(tmp_path, suffix):
    target = tmp_path / f"result.{suffix}"
    done = costcheck("estimate", EXAMPLE, "-f", suffix, "-o", str(target))
    assert (done.code, done.out) == (0, "")
    assert target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--version",), 0),
        (("-V",), 0),
        (("--help",), 0),
        (("estimate", "--help"), 0),
        ((), 2),
        (("estimate",), 2),
        (("estimate", "no-such-file.yaml"), 2),
        (("estimate", EXAMPLE, "--no-such-flag"), 2),
        (("estimate", EXAMPLE, "-f", "junit"), 2),
        (("estimate", EXAMPLE, "--samples", "3"), 2),
        (("estimate", EXAMPLE, "--seed", "\u00b2"), 2),
        (("estimate", EXAMPLE, "--fields", "cots_usd"), 2),
        (("estimate", EXAMPLE, "--set", "pricing.rnet=$1/h"), 2),
        (("estimate", EXAMPLE, "--catalog", "no/such/folder"), 2),
        (("estimate", EXAMPLE, "-o", "README.md/x.json"), 2),
        (("estiamte", EXAMPLE), 2),
        (("catalog", "gpsu"), 2),
        (("catalog", "gpus", "h1oo"), 2),
        (("schema", "nothing"), 2),
        (("init", "no-such-model"), 2),
        (("validate", EXAMPLE), 0),
    ],
)
def test_exit_codes_and_no_traceback(arguments, code):
    done = costcheck(*arguments)
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    if code == 2 and arguments:
        assert done.err


def test_a_bug_of_ours_is_told_apart():
    program = (
        "import sys, costcheck.cli\nsys.exit(costcheck.cli.guarded(lambda: 1 // 0, debug=False))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "bug of ours" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m costcheck catalog gpus | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_encoding_can_be_written(encoding):
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = costcheck("estimate", "examples/article-000.yaml", environment=environment)
    assert done.code == 0
    assert "2,000" in done.out


@pytest.mark.parametrize(
    ("flag", "terminal", "environment", "wanted"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_decided_in_one_order(flag, terminal, environment, wanted):
    assert wants_color(flag, terminal=terminal, environment=environment) is wanted


def test_no_escape_reaches_a_pipe_and_colour_can_be_asked_for():
    assert "\x1b[" not in costcheck("estimate", EXAMPLE).out
    assert "\x1b[" in costcheck("estimate", EXAMPLE, "--color", "always").out


def test_a_file_gets_no_colours_unless_asked(tmp_path):
    target = tmp_path / "report.txt"
    environment = {"FORCE_COLOR": "1"}
    costcheck("estimate", EXAMPLE, "-o", str(target), environment=environment)
    assert "\x1b[" not in target.read_text(encoding="utf-8")
    costcheck("estimate", EXAMPLE, "-o", str(target), "--color", "always")
    assert "\x1b[" in target.read_text(encoding="utf-8")


def test_deterministic_bytes():
    first, second = (costcheck("estimate", EXAMPLE, "-f", "json").out for _ in range(2))
    assert first == second


def test_environment_of_the_process_is_not_needed():
    assert os.environ is not None
    assert costcheck("estimate", EXAMPLE, environment={"HOME": "/nonexistent"}).code == 0
