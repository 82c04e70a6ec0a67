"""Files of a sweep: whole, the same however they came about, resumable."""

import csv
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from costcheck.diagnostics import CostcheckError
from costcheck.quantities import NAMES_OF_HEADS
from costcheck.sweep import run
from costcheck.sweep.rows import SweepSpec
from costcheck.sweep.run import Share, compute_piece, store_piece, write_sweep
from tests.commands import ROOT, costcheck, own_process

PLANNED = str(ROOT / "examples/planned-run.yaml")
OVER = (
    "fleet.gpu=h100,a100",
    "training.tokens=log:1T:15T:20",
    "pricing.rent=$1/GPU-hour:$4/GPU-hour:25",
)


@pytest.fixture
def spec():
    return SweepSpec(path=PLANNED, text=Path(PLANNED).read_bytes(), over=OVER)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(run, "PIECE_ROWS", 170)


@pytest.fixture(params=["csv", "parquet"])
def ending(request):
    if request.param == "parquet":
        pytest.importorskip("pyarrow")
    return request.param


def test_a_file_holds_every_row(spec, small_pieces, ending, tmp_path):
    target = tmp_path / f"out.{ending}"
    seen = []
    done = write_sweep(spec, str(target), progress=lambda *rows: seen.append(rows))
    assert (done.rows, done.resumed) == (1000, 0)
    assert seen[0] == (0, 1000)
    assert seen[-1] == (1000, 1000)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    rows = _read(target)
    assert len(rows) == 1000
    assert float(rows[0]["cost_usd"]) < float(rows[999]["cost_usd"])
    assert {row["fleet.gpu"] for row in rows} == {"h100", "a100"}


def test_a_stopped_sweep_goes_on_and_ends_the_same(spec, small_pieces, ending, tmp_path):
    whole, target = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"
    write_sweep(spec, str(whole))

    def stop(written, total):
        if written >= total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sweep(spec, str(target), progress=stop)
    assert not target.exists()
    parts = tmp_path / f"out.{ending}.parts"
    assert len(list(parts.glob("0*"))) == 3
    (parts / "unfinished").write_bytes(b"half a piece")
    done = write_sweep(spec, str(target))
    assert done.resumed == 510
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name, whole.name]


def test_pieces_of_another_sweep_are_not_used(spec, small_pieces, tmp_path):
    target = tmp_path / "out.csv"

    def stop(written, _):
        if written:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sweep(spec._replace(fields=("cost_usd",)), str(target), progress=stop)
    assert write_sweep(spec, str(target)).resumed == 0


def test_processes_write_the_same_bytes(spec, small_pieces, ending, tmp_path):
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    write_sweep(spec, str(one))
    write_sweep(spec, str(two), workers=2)
    assert one.read_bytes() == two.read_bytes()


def test_shares_together_are_the_whole(spec, small_pieces, ending, tmp_path):
    whole = tmp_path / f"whole.{ending}"
    write_sweep(spec, str(whole))
    parts = []
    for number in (1, 2, 3):
        part = tmp_path / f"part{number}.{ending}"
        write_sweep(spec, str(part), share=Share(number, 3))
        parts.append(part)
    if ending == "csv":
        assert b"".join(part.read_bytes() for part in parts) == whole.read_bytes()
    else:
        assert [row for part in parts for row in _read(part)] == _read(whole)


def test_dask_writes_the_same_bytes(spec, small_pieces, ending, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra 'dask'")
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    write_sweep(spec, str(one))
    write_sweep(spec, str(two), workers=2, scheduler="local")
    assert one.read_bytes() == two.read_bytes()


def test_csv_and_parquet_hold_the_same(spec, small_pieces, tmp_path):
    pytest.importorskip("pyarrow")
    texts, numbers = tmp_path / "out.csv", tmp_path / "out.parquet"
    for target in (texts, numbers):
        write_sweep(spec, str(target))
    for text, number in zip(_read(texts), _read(numbers), strict=True):
        words = ("fleet.gpu", "verdict", "reason")
        assert {k: v if k in words else float(v) for k, v in text.items()} == number


def test_an_unknown_result_is_empty_or_null(spec, tmp_path):
    pytest.importorskip("pyarrow")
    wanted = spec._replace(over=("fleet.count=8,16",), fields=("water_litres", "gpu_hours"))
    for target in (tmp_path / "out.csv", tmp_path / "out.parquet"):
        write_sweep(wanted, str(target))
        assert all(row["water_litres"] in ("", None) for row in _read(target))


@pytest.mark.parametrize("name", ["out.xlsx", "out", "file/out.csv"])
def test_a_file_that_cannot_be_written_is_a_problem(spec, tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CostcheckError, match="CC020"):
        write_sweep(spec, str(tmp_path / name))


def test_a_missing_folder_is_made(spec, tmp_path):
    target = tmp_path / "new" / "folder" / "out.csv"
    write_sweep(spec, str(target))
    assert target.exists()


def test_a_piece_depends_on_its_rows_only(spec):
    assert compute_piece(spec, "x.csv", 30, 60) == compute_piece(spec, "x.csv", 30, 60)


def test_a_worker_of_a_sweep_that_is_gone_leaves_nothing(spec, tmp_path):
    store_piece(str(tmp_path / "x.csv.parts" / "0"), spec, "x.csv", 0, 30)
    assert list(tmp_path.iterdir()) == []


SCATTERED = ("--over", "training.tokens=log:1T:15T:7", "--over", "fleet.count=64:512:8",
             "--set", "layout=auto")  # fmt: skip
"""Graphs whose rows stand in several places."""


@pytest.mark.parametrize("asked", [SCATTERED, ("--over", "fleet.count=64:128:20", "--ranges")])
def test_forks_write_the_same_bytes(asked, ending, tmp_path):
    targets = [tmp_path / f"{workers}.{ending}" for workers in "12"]
    for target in targets:
        # This process may have threads, with which no process is forked.
        done = own_process("sweep", PLANNED, *asked, "-o", str(target), "--workers", target.stem)
        assert done.code == 0
    assert targets[0].read_bytes() == targets[1].read_bytes()


LONG = ("--over", "fleet.count=64:4096:4000", "--set", "layout=auto", "--workers", "2")


@contextmanager
def started(target):
    """A sweep of two processes in a group of its own, at work."""
    command = [sys.executable, "-m", "costcheck", "sweep", PLANNED, *LONG, "-o", str(target)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE, text=True
    ) as process:
        signal.signal(signal.SIGINT, before)
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline and not [*Path(f"{target}.parts").glob("0*")]:
            time.sleep(0.01)
        yield process


def _is_there(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_processes_end_with_the_one_that_is_killed(tmp_path):
    with started(tmp_path / "out.csv") as process:
        process.kill()
        process.wait()
        deadline = time.monotonic() + 60.0
        while _is_there(process.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not _is_there(process.pid)


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupt_of_all_processes_says_nothing(tmp_path):
    with started(tmp_path / "out.csv") as process:
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said) == (130, "")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux")
def test_a_process_that_is_killed_is_told(tmp_path):
    with started(tmp_path / "out.csv") as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        # Where processes are not forked, the first is one that keeps the others' resources.
        os.kill(int(children[-1]), signal.SIGKILL)
        _, said = process.communicate()
    assert process.returncode == 2
    assert "CC046" in said
    assert "goes on where this one stopped" in said


def test_shares_of_few_rows_are_alike_and_none_is_empty(tmp_path, ending):
    over = ("--over", "fleet.count=8:80:10", "--shard")
    for share in "123":
        target = tmp_path / f"{share}.{ending}"
        assert costcheck("sweep", PLANNED, *over, f"{share}/3", "-o", str(target)).code == 0
    if ending == "parquet":
        assert [len(_read(tmp_path / f"{share}.parquet")) for share in "123"] == [4, 4, 2]


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_process_is_resumed(tmp_path):
    target, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    arguments = ["sweep", PLANNED, "--over", "pricing.rent=$1/GPU-hour:$4/GPU-hour:140", "--over",
                 "energy.pue=1:1.5:1000", "--fields", "energy_kwh", "-o"]  # fmt: skip
    command = [sys.executable, "-m", "costcheck", *arguments, str(target)]
    parts = tmp_path / "out.csv.parts"
    with subprocess.Popen(command, cwd=ROOT) as process:
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline and not [*parts.glob("0" * 12 + "-" + "?" * 16)]:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    done = costcheck(*arguments, str(target))
    assert done.code == 0
    assert "of them from the run that was stopped" in done.err
    assert costcheck(*arguments, str(whole)).code == 0
    assert target.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--over", "fleet.count=1,2"),
        ("-o", "x.csv"),
        ("--over", "fleet.count=1,2", "--scenarios", "t.csv", "-o", "x.csv"),
        ("--over", "fleet.count=1,2", "-o", "x.csv", "--shard", "3/2"),
        ("--over", "fleet.count=1,2", "-o", "x.csv", "--workers", "0"),
    ],
)
def test_a_command_that_makes_no_sense_exits_2(tmp_path, arguments):
    assert costcheck("sweep", PLANNED, *arguments, cwd=tmp_path).code == 2


def _read(path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        names = [NAMES_OF_HEADS.get(column, column) for column in head]
        return [dict(zip(names, row, strict=True)) for row in rows]
    from pyarrow import parquet

    return parquet.read_table(path).to_pylist()


@pytest.mark.parametrize(
    ("over", "written"),
    [
        ("fleet.count=64:256:3", ["64", "160", "256"]),
        ("pricing.rent=$2,$2.5", ["2.0", "2.5"]),
    ],
)
def test_counts_are_written_as_whole_numbers(over, written, tmp_path):
    target = tmp_path / "out.csv"
    assert costcheck("sweep", "examples/minimal.yaml", "--over", over, "-o", str(target)).code == 0
    lines = target.read_text().splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == written
