"""diff, check, explain and report on the command line: exit codes, formats, streams, widths."""

import json
import subprocess
from pathlib import Path

import pytest

from costcheck.cli.failing import conditions
from costcheck.diagnostics import CostcheckError
from tests.commands import ROOT, costcheck

GOLDEN = ROOT / "tests" / "golden" / "diff"
OLD = """\
name: pre-training
as_of: 2024-12-26
model: {parameters: 671B, active: 37B}
training: {tokens: 14.8T}
fleet: {gpu: h800, count: 2048}
utilization: {mfu: 35%}
pricing: {rent: $2/GPU-hour}
reliability: {failures_per_gpu_hour: 2e-5, restart: 10 min, checkpoint_write: 30 s}
budget: {cost: under $6M}
"""
NEW = OLD.replace("14.8T", "18T").replace("35%", "40%").replace("$2/", "$2.50/")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    return tmp_path


def test_the_screen_at_80_columns(folder):
    done = costcheck("diff", "old.yaml", "new.yaml", cwd=folder)
    assert (done.code, done.err) == (0, "")
    golden = GOLDEN / "two_files.txt"
    assert done.out == golden.read_text(encoding="utf-8")
    assert max(len(line) for line in done.out.splitlines()) <= 80


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_number_is_cut_at_any_width(folder, width):
    found = json.loads(costcheck("diff", "old.yaml", "new.yaml", "-f", "json", cwd=folder).out)
    done = costcheck(
        "diff", "old.yaml", "new.yaml", cwd=folder, environment={"COLUMNS": str(width)}
    )
    assert "+$1." in done.out
    assert "…" not in done.out
    assert len(found["drivers"]) == 3
    for word in ("$5.", "18T", "$2.50/GPU-hour", "+25%"):
        assert word in done.out.replace("\n", "")
    done = costcheck(
        "diff", "old.yaml", "new.yaml", "--by", "driver", cwd=folder,
        environment={"COLUMNS": str(width)},
    )  # fmt: skip
    assert "×1.250" in done.out.replace("\n", "")


def test_ascii_terminals_get_ascii(folder):
    plain = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LANG": "C", "LC_ALL": "C"}
    by = ("--by", "driver")
    done = costcheck("diff", "old.yaml", "new.yaml", *by, cwd=folder, environment=plain)
    assert done.code == 0
    assert done.out.isascii()
    assert "->" in done.out
    assert "?" not in done.out


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), 0),
        (("--exit-code",), 1),
        (("--fail-on", "cost>+10%"), 1),
        (("--fail-on", "cost>+$10M"), 0),
        (("--fail-on", "days>100 days, gpu_hours > 9M"), 0),
        (("--fail-on", "cost>$6,000,000,claim"), 1),
        (("--fail-on", "cost<-10%"), 0),
        (("--fail-on", "budget"), 1),
        (("--fail-on", "cots>1"), 2),
        (("--fail-on", "cost is high"), 2),
        (("--min-change", "soon"), 2),
    ],
)
def test_exit_codes_of_diff(folder, flags, code):
    assert costcheck("diff", "old.yaml", "new.yaml", *flags, cwd=folder).code == code


def test_same_files_do_not_differ(folder):
    done = costcheck("diff", "old.yaml", "old.yaml", "--exit-code", cwd=folder)
    assert done.code == 0
    assert "No result differs." in done.out


def test_sides_may_be_saved_results_and_standard_input(folder):
    assert costcheck("estimate", "old.yaml", "-f", "json", "-o", "old.json", cwd=folder).code == 0
    saved = costcheck("diff", "old.json", "-", "-f", "json", cwd=folder, text=NEW)
    plain = costcheck("diff", "old.yaml", "new.yaml", "-f", "json", cwd=folder)
    one, other = json.loads(saved.out), json.loads(plain.out)
    assert one["quantities"]["cost_usd"]["change"] == other["quantities"]["cost_usd"]["change"]
    assert one["catalog_change"] == 0.0
    assert costcheck("diff", "-", "-", cwd=folder, text=OLD).code == 2


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_a_side_may_be_a_git_revision_with_all_it_refers_to(folder):
    (folder / "base.yaml").write_text("fleet: {gpu: h800, count: 2048}\n")
    extended = OLD.replace("fleet: {gpu: h800, count: 2048}\n", "")
    (folder / "runs").mkdir()
    run = folder / "runs" / "run.yaml"
    run.write_text("extends: ../base.yaml\n" + extended)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x")
    (folder / "base.yaml").write_text("fleet: {gpu: h800, count: 4096}\n")
    done = costcheck("diff", "git:HEAD:runs/run.yaml", "runs/run.yaml", "-f", "json", cwd=folder)
    found = json.loads(done.out)
    assert [share["keys"] for share in found["inputs"]] == [["fleet.count"]]
    assert found["before"] == "git:HEAD:runs/run.yaml"
    folders = costcheck("diff", "git:HEAD:runs", "runs", "--exit-code", cwd=folder)
    assert folders.code == 1
    missing = costcheck("diff", "git:HEAD:runs/none.yaml", "runs/run.yaml", cwd=folder)
    assert missing.code == 2
    assert "CC033" in missing.err


def test_problems_of_a_revision_name_the_revision(folder):
    git(folder, "init", "-q")
    (folder / "bad.yaml").write_text("toknes: 1T\n")
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x")
    done = costcheck("diff", "git:HEAD:bad.yaml", "old.yaml", cwd=folder)
    assert done.code == 2
    assert "--> git:HEAD:bad.yaml:1:1" in done.err


def test_one_bad_file_of_a_folder_is_named_first_and_loses_no_other(folder):
    for side in ("base", "head"):
        (folder / side).mkdir()
        text = OLD.replace("h800", "h8oo") if side == "head" else OLD
        (folder / side / "bad.yaml").write_text(text)
    for count in (1, 2, 3):
        (folder / "base" / f"{count}.yaml").write_text(OLD)
        (folder / "head" / f"{count}.yaml").write_text(OLD.replace("2048", f"{1024 * count}"))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x")
    done = costcheck("diff", "git:HEAD:base", "head", cwd=folder)
    shown = done.out.splitlines()
    assert (done.code, shown[0]) == (2, "2 of 4 scenarios change")
    first = next(at for at, line in enumerate(shown) if line.startswith("NOT READ bad.yaml"))
    assert first < next(at for at, line in enumerate(shown) if line.startswith("~ 1.yaml"))
    assert "git:HEAD" not in done.out
    assert "--> head/bad.yaml" in done.err
    found = json.loads(costcheck("diff", "base", "head", "-f", "json", cwd=folder).out)
    assert [list(found["unread"]), len(found["scenarios"])] == [["bad.yaml"], 3]
    only = folder / "only"
    only.mkdir()
    (only / "bad.yaml").write_text(OLD.replace("h800", "h8oo"))
    nothing = costcheck("diff", "only", "only", cwd=folder)
    assert (nothing.code, nothing.out) == (2, "")


def test_a_bad_path_is_2_and_prints_no_amount(folder):
    done = costcheck("diff", "none.yaml", "new.yaml", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "$0" not in done.err


def test_check_says_one_line_when_good_and_worst_wins(folder):
    done = costcheck("check", "old.yaml", cwd=folder)
    assert (done.code, done.out, done.err) == (0, "", "1 file passed\n")
    assert costcheck("check", "old.yaml", "-q", cwd=folder).err == ""
    assert costcheck("check", "old.yaml", "new.yaml", cwd=folder).code == 1
    (folder / "bad.yaml").write_text("tokens 1T\n")
    assert costcheck("check", ".", cwd=folder).code == 2
    assert costcheck("check", "-", cwd=folder, text=OLD).code == 0


@pytest.mark.parametrize("kind", ["github", "junit", "json", "sarif"])
def test_check_writes_formats_to_stdout_with_the_same_code(folder, kind):
    done = costcheck("check", "new.yaml", "-f", kind, cwd=folder)
    assert (done.code, done.err) == (1, "")
    assert "new.yaml" in done.out
    assert "CC505" in done.out


def test_explain_every_way(folder):
    screen = costcheck("explain", "cost", "old.yaml", cwd=folder)
    assert "more steps below" in screen.out
    assert len(screen.out.splitlines()) < 48
    cost = costcheck("explain", "cost", "old.yaml", "--depth", "12", cwd=folder)
    assert cost.code == 0
    assert "old.yaml:4" in cost.out
    assert "14.8T" in cost.out
    assert costcheck("explain", "cc101").out.startswith("CC101")
    assert "GPU-hours" in costcheck("explain", "units").out
    assert "CC505" in costcheck("explain", "codes").out
    assert costcheck("explain", "CC998").code == 2
    assert costcheck("explain", "cost").code == 2
    assert costcheck("explain", "kost", "old.yaml", cwd=folder).code == 2
    json.loads(costcheck("explain", "cost", "old.yaml", "-f", "json", cwd=folder).out)


@pytest.mark.parametrize("kind", ["table", "md", "csv", "json"])  # pages of files can be turned
def test_report_prints_what_estimate_printed(folder, kind):
    costcheck("estimate", "old.yaml", "-f", "json", "-o", "old.json", cwd=folder)
    straight = costcheck("estimate", "old.yaml", "-f", kind, cwd=folder)
    saved = costcheck("report", "old.json", "-f", kind, cwd=folder)
    assert (saved.code, saved.out) == (0, straight.out)


def test_report_of_a_scenario_is_2(folder):
    assert costcheck("report", "old.yaml", cwd=folder).code == 2
    page = folder / "page.html"
    costcheck("estimate", "old.yaml", "-f", "json", "-o", "old.json", cwd=folder)
    assert costcheck("report", "old.json", "-f", "html", "-o", str(page), cwd=folder).code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_cannot_run_or_is_over_its_budget_is_named_without_a_gate(tmp_path):
    for side, rent in (("a", "$1"), ("b", "$9")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "run.yaml").write_text(OLD.replace("$2/", f"{rent}/"))
    cannot = OLD.replace("2048", "16").replace("mfu: 35%", "mfu: 95%")
    (tmp_path / "b" / "new.yaml").write_text(cannot)
    head = costcheck("diff", "a", "b", "-f", "md", cwd=tmp_path).out.partition("<details>")[0]
    assert "**INFEASIBLE** new.yaml: cannot run as stated" in head
    assert "**OVER BUDGET** run.yaml: cost" in head
    done = costcheck("diff", "a", "b", "--fail-on", "infeasible,budget", cwd=tmp_path)
    assert done.out.count("new.yaml: infeasible") == 1
    assert "INFEASIBLE" not in done.out
    # Each failure once: on the screen, or in the log where the report goes elsewhere.
    assert done.err == ""
    logged = costcheck("diff", "a", "b", "--fail-on", "infeasible", "-f", "md", cwd=tmp_path)
    assert "failed: new.yaml: infeasible" in logged.err


def test_a_comma_inside_a_number_does_not_separate():
    names = ("cost_usd", "days")
    found = conditions("cost>$6,000,000,days>60", names)
    assert [(c.name, c.limit) for c in found] == [("cost_usd", 6e6), ("days", 60.0)]
    assert conditions("cost>+10%", names)[0].limit == pytest.approx(0.1)
    assert conditions("cost<-$2M", names)[0].limit == -2e6
    with pytest.raises(CostcheckError):
        conditions("cost>lots", names)


def test_estimate_has_the_same_conditions(folder):
    assert costcheck("estimate", "old.yaml", "--fail-on", "cost>$1M", cwd=folder).code == 1
    assert costcheck("estimate", "old.yaml", "--fail-on", "cost>$9M", cwd=folder).code == 0
    assert costcheck("estimate", "old.yaml", "--fail-on", "cost>+1%", cwd=folder).code == 2


def test_a_failed_estimate_says_what_failed_by_how_much_and_in_which_file(folder):
    done = costcheck("estimate", "old.yaml", "--fail-on", "cost>$1M", cwd=folder)
    (line,) = done.err.splitlines()
    assert line.startswith("failed: old.yaml: cost>$1M: cost is $5.45M, $4.45M too much")
    assert costcheck("estimate", "old.yaml", "--fail-on", "cost>$1M", "-q", cwd=folder).err == ""


def test_the_mfu_of_a_gate_is_that_of_the_screen_and_the_step_has_a_word_of_its_own(folder):
    shown = costcheck("estimate", "old.yaml", "--fields", "mfu_end_to_end,mfu", cwd=folder).out
    run, step = (float(value) for value in shown.split())
    assert run < 0.345 < step
    for word, code in (("mfu", 1), ("mfu_end_to_end", 1), ("step_mfu", 0)):
        assert (
            costcheck("estimate", "old.yaml", "--fail-on", f"{word}<34.5%", cwd=folder).code == code
        )


def test_the_next_commands_say_again_what_this_one_said(folder):
    done = costcheck(
        "estimate", "old.yaml", "--set", "fleet.gpu=h100 sxm", "--tokens", "9T", cwd=folder,
        environment={"COLUMNS": "200"},
    )  # fmt: skip
    again = "old.yaml --set 'fleet.gpu=h100 sxm' --set training.tokens=9T"
    assert f"costcheck explain cost {again}" in done.out


def test_the_golden_screen_is_what_the_notes_promise():
    text = (GOLDEN / "two_files.txt").read_text(encoding="utf-8")
    assert text.index("cost $") < text.index("judged differently") < text.index("why")
    assert Path(GOLDEN).is_dir()
