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


def test_the_config_of_a_model_is_a_model(tmp_path):
    config = {"model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 22,
              "num_attention_heads": 32, "num_key_value_heads": 4, "intermediate_size": 5632,
              "vocab_size": 32000, "tie_word_embeddings": False}  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    said = results("config.json", *FLAGS, "--save", "run.yaml", cwd=tmp_path)["results"]
    assert said["parameters_total"]["central"] == pytest.approx(1.1e9, rel=0.01)
    assert results("run.yaml", cwd=tmp_path)["results"] == said
    assert results("config.json", cwd=tmp_path)["results"]["parameters_total"]["central"] > 1e9
