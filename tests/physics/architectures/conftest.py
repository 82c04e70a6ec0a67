"""The architectures of the catalog and the configs of the counted FLOPs, read once."""

import csv
import json
from functools import cache
from pathlib import Path

import pytest
import yaml

from costcheck.catalog.huggingface import read_config, read_inline
from costcheck.physics.architectures.architecture import Architecture

DATA = Path(__file__).parent / "data"
MODELS = Path(__file__).resolve().parents[3] / "configs" / "models"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def model(name: str) -> Architecture:
    data = yaml.safe_load((MODELS / f"{name}.yaml").read_text(encoding="utf-8"))
    imported = read_inline(data["architecture"])
    assert imported.architecture is not None, imported.problems
    return imported.architecture


@cache
def counted(name: str) -> Architecture:
    configs = json.loads((DATA / "flops_configs.json").read_text(encoding="utf-8"))
    imported = read_config(configs[name])
    assert imported.architecture is not None, imported.problems
    return imported.architecture


@pytest.fixture(name="model")
def _model():
    return model


@pytest.fixture(name="counted")
def _counted():
    return counted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture, file, key in (
        ("count_row", "counts.csv", ("id",)),
        ("flop_row", "flops.csv", ("config", "attention", "sequence_length")),
    ):
        if fixture in metafunc.fixturenames:
            found = rows(file)
            names = ["-".join(row[part] for part in key) for row in found]
            metafunc.parametrize(fixture, found, ids=names)
