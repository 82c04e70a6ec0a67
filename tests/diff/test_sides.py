"""Sides of a diff that are read out of git."""

import json
import subprocess
import tempfile

import pytest

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.diff.sides import Reader
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
