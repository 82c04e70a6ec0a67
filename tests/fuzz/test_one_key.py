"""One key of an example at a time deleted, said twice, retyped or changed: a slice of the bench."""

import random

import pytest

from tests.benchmarks.fuzz.one_key import ROOT, broken, mutants, scenarios, unnoticed

SCENARIOS = dict(scenarios())
FEW = 4
"""Mutants of each scenario, the same at every run; the bench tries them all."""


@pytest.fixture(autouse=True)
def beside_the_files(monkeypatch):
    monkeypatch.chdir(ROOT / "examples")


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name.endswith(".yaml")])
def test_no_mutant_breaks(name):
    found = list(mutants(SCENARIOS[name]))
    for mutant in random.Random(name).sample(found, min(FEW, len(found))):
        assert broken(mutant) == [], (mutant.kind, mutant.path)


@pytest.mark.parametrize(
    "name", ["lora-8b-one-gpu.yaml", "own-or-rent-own.yaml", "energy/BLOOM, chip basis"]
)
def test_every_stated_value_moves_something_or_is_named(name):
    assert [(each.path, each.kind) for each in unnoticed(SCENARIOS[name])] == []


def test_a_value_without_effect_is_noticed(monkeypatch):
    run = {"model": "7B", "training": {"tokens": "1T"}, "fleet": {"gpu": "h100", "count": 8}}
    monkeypatch.setattr("tests.benchmarks.fuzz.one_key.shown", lambda raw: {"diagnostics": []})
    assert {each.path for each in unnoticed(run)} == {
        ("model",), ("training", "tokens"), ("fleet", "count"),
    }  # fmt: skip
