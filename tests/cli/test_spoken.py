"""A model and a few flags instead of a file."""

import json

import pytest

from tests.commands import ROOT, costcheck

FLAGS = ("--gpu", "8xh100", "--tokens", "2B", "--method", "lora", "--rent", "2.20")


def results(*arguments, cwd=ROOT):
    """Return the JSON of an estimate."""
    done = costcheck("estimate", *arguments, "-f", "json", "-q", cwd=cwd)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_saved_scenario_is_the_one_that_was_estimated(tmp_path):
    said = results("llama-3.1-70b", *FLAGS, "--save", "run.yaml", cwd=tmp_path)
    saved = results("run.yaml", cwd=tmp_path)
    assert saved["results"] == said["results"]
    assert said["results"]["usd_per_gpu_hour"]["central"] == 2.20
    assert "GPU-hour" in said["results"]["usd_per_gpu_hour"]["basis"]


def test_flags_change_a_file_as_set_does():
    flags = results("examples/minimal.yaml", "--count", "64")
    assert results("examples/minimal.yaml", "--gpus", "64") == flags  # as plan has it
    assignments = results("examples/minimal.yaml", "--set", "fleet.count=64")
    assert flags["results"] == assignments["results"]


def test_a_model_alone_is_counted():
    assert results("llama-3.1-8b")["results"]["parameters_total"]["central"] == 8_030_261_248


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("no-such-model",), "CC014"), (("no-such-model", "--gpu", "h100"), "CC302")],
)
def test_a_word_that_is_neither(arguments, code):
    done = costcheck("estimate", *arguments)
    assert done.code == 2
    assert code in done.err
