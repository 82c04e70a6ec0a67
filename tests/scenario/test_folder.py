"""What of a folder is meant as a scenario: files of others, excluded, ignored ones are not."""

import subprocess

import pytest

from costcheck.scenario.folder import is_scenario, members
from tests.commands import costcheck

SCENARIO = """\
model: {parameters: 70B}
training: {tokens: 2T}
fleet: {gpu: h100, count: 1024}
utilization: {mfu: 40%}
"""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (SCENARIO, True),
        ("{model: llama-3.1-70b, fleet: {gpu: h100, count: 8}}", True),
        ("fleet: {gpu: h800, count: 2048}\n", True),
        ("Model: llama-3.1-70b\nFleet: {gpu: h100}\n", True),
        ("name: a\nfleet: [1\n", True),
        ("fleet {gpu: h100}\nmodel: a\n", True),
        ("tokens 1T\n", True),
        ("name: web\nservices: {db: {image: postgres}}\nvolumes: {}\n", False),
        ("name: CI\non: push\njobs: {test: {steps: []}}\n", False),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nkind: Service\n", False),
        ("repos:\n- repo: local\n  hooks: []\n", False),
        ("- a\n- b\n", False),
        ("name: only\n", False),
        ("", False),
    ],
)
def test_a_scenario_is_told_by_its_keys(text, meant):
    assert is_scenario(text) is meant
    assert is_scenario(text.encode()) is meant


@pytest.fixture
def folder(tmp_path):
    for name in ("runs/a.yaml", "runs/old/b.yaml", "runs/drafts/c.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(SCENARIO)
    (tmp_path / "runs" / "compose.yaml").write_text("services: {db: {image: postgres}}\n")
    return tmp_path


def names(found):
    return [path.rpartition("/")[2] for path in found]


@pytest.mark.parametrize(
    ("exclude", "kept"),
    [
        ((), ["a.yaml", "c.yml", "b.yaml"]),
        (("old",), ["a.yaml", "c.yml"]),
        (("drafts/", "b.*"), ["a.yaml"]),
        (("runs/old/*",), ["a.yaml", "c.yml"]),
        (("ol",), ["a.yaml", "c.yml", "b.yaml"]),
    ],
)
def test_paths_names_and_folders_can_be_left_out(folder, exclude, kept):
    found = members(str(folder / "runs"), exclude=exclude)
    assert names(found.scenarios) == kept
    assert names(found.others) == ["compose.yaml"]


def test_what_git_ignores_is_no_member(folder):
    (folder / ".gitignore").write_text("drafts/\n")
    assert names(members(str(folder)).scenarios) == ["a.yaml", "c.yml", "b.yaml"]
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    assert names(members(str(folder)).scenarios) == ["a.yaml", "b.yaml"]
    assert names(members(str(folder / "runs")).scenarios) == ["a.yaml", "b.yaml"]


def test_a_folder_is_validated_as_it_is_checked(folder):
    assert costcheck("validate", "runs", cwd=folder).code == 0
    (folder / "runs" / "a.yaml").write_text(SCENARIO.replace("tokens", "toknes"))
    done = costcheck("validate", "runs", cwd=folder)
    assert done.code == 2
    assert "runs/a.yaml:2:12" in done.err


def test_a_check_of_a_folder_ends_with_one_line(folder):
    good = costcheck("check", "runs", cwd=folder)
    assert (good.code, good.out) == (0, "")
    assert good.err == "3 files passed; 1 skipped: no scenarios, such as runs/compose.yaml\n"
    assert costcheck("check", "runs", "-q", cwd=folder).err == ""
    (folder / "runs" / "a.yaml").write_text(SCENARIO + "budget: {cost: under $1}\n")
    bad = costcheck("check", "runs", "--exclude", "compose.yaml", cwd=folder)
    assert bad.code == 1
    assert bad.err.splitlines()[-1] == "1 of 3 files failed"
    assert costcheck("check", "runs", "--exclude", "[a-c].y*ml", cwd=folder).code == 2
