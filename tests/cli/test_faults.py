"""What goes wrong around a run: closed streams, full disks, files in the way, two writers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from costcheck.cli import main
from costcheck.sweep.rows import SweepSpec
from costcheck.sweep.run import write_sweep
from tests.commands import ROOT

BASE = """\
model: llama-3.1-8b
training: {tokens: 15T}
fleet: {gpu: h100, count: 512}
utilization: {mfu: 40%}
pricing: {rent: $2.50/GPU-hour}
"""


@pytest.fixture(autouse=True)
def interrupts():
    """A shell's background job ignores interrupts, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)
    return "base.yaml"


def shell(line):
    command = line.replace("costcheck", f"{sys.executable} -m costcheck", 1)
    path = os.environ.get("PYTHONPATH", str(ROOT / "src"))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False,
                          env=environment, stdin=subprocess.DEVNULL)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("costcheck estimate - <&-", 2),
        ("costcheck check base.yaml >&-", 0),
        ("costcheck estimate missing.yaml 2>&-", 2),
        ("costcheck estimate base.yaml -f json >/dev/full", 2),
        ("costcheck schema scenario >/dev/full", 2),
    ],
)
def test_a_stream_that_is_closed_or_full_is_no_bug(base, line, code):
    done = shell(line)
    assert done.returncode == code
    assert "bug of ours" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "/no/such/folder"}])
def test_no_home_is_needed(base, home):
    keep = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    done = subprocess.run([sys.executable, "-m", "costcheck", "validate", base],
                          env={**keep, **home}, check=False)  # fmt: skip
    assert done.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["estimate", "base.yaml", "-o", "base.yaml"],
        ["estimate", "base.yaml", "-f", "json", "-o", "./base.yaml"],
        ["sweep", "base.yaml", "--over", "fleet.count=1,2", "-o", "link.csv"],
        ["init", "-o", "base.yaml"],
    ],
)
def test_nothing_is_written_over_what_is_read_or_was_there(base, arguments, capsys):
    Path("link.csv").symlink_to("base.yaml")
    assert main(arguments) == 2
    assert "CC047" in capsys.readouterr().err
    assert Path("base.yaml").read_text() == BASE


def test_a_result_is_replaced_and_a_starter_where_it_is_asked_for(base):
    Path("result.txt").write_text("an earlier result")
    assert main(["estimate", base, "-o", "result.txt"]) == 0
    assert "earlier" not in Path("result.txt").read_text()
    assert main(["init", "-o", base, "--force"]) == 0
    assert Path(base).read_text() != BASE


def test_a_folder_is_searched_for_files_only(base, capsys):
    Path("runs/folder.yaml").mkdir(parents=True)
    os.mkfifo("runs/pipe.yaml")
    Path("runs/good.yaml").write_text(BASE)
    assert main(["check", "runs"]) == 0
    Path("runs/gone.yaml").symlink_to("nowhere")
    assert main(["check", "runs"]) == 2
    assert "gone.yaml" in capsys.readouterr().err


def test_of_two_sweeps_into_one_file_the_second_is_refused(base, monkeypatch, capsys):
    arguments = ["sweep", base, "--over", "fleet.count=1:9:9", "-o", "out.csv"]

    def meanwhile(*_):
        assert main(arguments) == 2

    spec = SweepSpec(path=base, text=BASE.encode(), over=("fleet.count=1:9:9",))
    write_sweep(spec, "out.csv", progress=meanwhile)
    assert "another sweep is writing it" in capsys.readouterr().err
    assert len(Path("out.csv").read_text().splitlines()) == 10
    assert not Path("out.csv.parts").exists()


def test_a_folder_of_somebody_is_not_taken_for_pieces(base, capsys):
    Path("out.csv.parts").mkdir()
    Path("out.csv.parts/letter.txt").write_text("precious")
    assert main(["sweep", base, "--over", "fleet.count=1,2", "-o", "out.csv"]) == 2
    assert "in the way" in capsys.readouterr().err
    assert Path("out.csv.parts/letter.txt").read_text() == "precious"


def test_an_interrupt_inside_of_an_exec_ends_with_130(base, tmp_path):
    module = "exec('import os, signal; os.kill(os.getpid(), signal.SIGINT)\\nwhile True: pass')"
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "numpy.py").write_text(module)
    paths = os.pathsep.join([str(tmp_path / "early"), *filter(None, sys.path)])
    line = [sys.executable, "-m", "costcheck", "estimate", base]
    done = subprocess.run(
        line, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "")


def test_an_interrupted_estimate_ends_with_130_and_leaves_the_old_result(base):
    Path("result.json").write_text("old")
    line = [sys.executable, "-m", "costcheck", "estimate", base, "--samples", "3000000", "-f",
            "json", "-o", "result.json"]  # fmt: skip
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        while "numpy" not in Path(f"/proc/{process.pid}/maps").read_text():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert Path("result.json").read_text() == "old"
    assert sorted(map(str, Path().iterdir())) == ["base.yaml", "result.json"]
