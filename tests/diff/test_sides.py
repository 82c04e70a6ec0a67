"""Sides of a diff that are read out of git."""

import json
import subprocess
import tempfile

import pytest

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.diff import Options, compare
from costcheck.diff.sides import Reader
from tests.commands import costcheck
from tests.diff.cases import BASE


def commit(folder):
    for words in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    folder, taken_out = tmp_path / "repository", tmp_path / "taken out"
    (folder / "runs").mkdir(parents=True)
    taken_out.mkdir()
    (folder / "base.yaml").write_text(json.dumps(BASE))
    (folder / "runs" / "run.yaml").write_text("extends: ../base.yaml\n")
    commit(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(taken_out))
    return folder


def test_a_revision_brings_the_files_it_refers_to(repository, monkeypatch):
    monkeypatch.chdir(repository)
    with Reader(Catalog(), samples=64) as reader:
        assert reader.side("git:HEAD:runs/run.yaml").reported.figures["cost_usd"].central


def test_nothing_is_written_beside_the_folder_for_a_revision(repository, monkeypatch, tmp_path):
    monkeypatch.chdir(repository / "runs")
    with Reader(Catalog(), samples=64) as reader:
        with pytest.raises(CostcheckError):
            reader.side("git:HEAD:run.yaml")
        assert list((tmp_path / "taken out").rglob("base.yaml")) == []


def test_a_reference_from_the_root_is_not_taken_out(repository, monkeypatch, tmp_path):
    target = tmp_path / "target.yaml"
    inside = repository / target.relative_to("/")
    inside.parent.mkdir(parents=True)
    inside.write_text("{}")
    (repository / "runs" / "run.yaml").write_text(f"extends: {target}\n")
    commit(repository)
    monkeypatch.chdir(repository)
    with Reader(Catalog(), samples=64) as reader, pytest.raises(CostcheckError):
        reader.side("git:HEAD:runs/run.yaml")
    assert not target.exists()


OTHERS = {
    "ci.yml": "on: push\njobs: {a: b}\n",
    "runs/notes.json": '{"a": 1}',
    "drafts/wrong.yaml": "model: nonsense\n",
}


@pytest.mark.parametrize("revision", [True, False])
def test_folders_hold_what_check_takes_for_scenarios(repository, monkeypatch, tmp_path, revision):
    monkeypatch.chdir(repository)
    for name, text in OTHERS.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(text)
    saved = costcheck("estimate", "base.yaml", "-f", "json", cwd=repository).out
    (repository / "runs" / "saved.json").write_text(saved)
    commit(repository)
    old = "git:HEAD:." if revision else "."
    with Reader(Catalog(), samples=64, exclude=("drafts",)) as reader:
        found = compare(old, ".", reader, Options(samples=64))
    assert [item.after for item in found.diffs] == [
        "base.yaml", "runs/run.yaml", "runs/saved.json",
    ]  # fmt: skip
    assert found.others == ("ci.yml", "runs/notes.json")
    assert found.to_dict()["skipped"] == ["ci.yml", "runs/notes.json"]
    done = costcheck("diff", old, ".", "--exclude", "drafts", cwd=repository)
    assert "2 skipped: no scenarios, such as ci.yml" in done.out
    codes = (
        costcheck(name, *sides, cwd=repository).code
        for name, *sides in (("check", "."), ("diff", old, "."))
    )
    assert list(codes) == [2, 2]
    if revision:  # What is a scenario on one side is not skipped on the other.
        (repository / "base.yaml").write_text("jobs: {}\n")
        done = costcheck("diff", old, ".", "--exclude", "drafts", cwd=repository)
        assert done.code == 2
        assert "base.yaml" in done.err
