"""Names of models, amounts and days as people type them in a file."""

import datetime as dt

import pytest

from costcheck import estimate
from costcheck.diagnostics import CostcheckError
from costcheck.estimate.resolve import resolve
from costcheck.scenario.load import load


def resolved(text):
    return resolve(load("x.yaml", text=text))


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("meta-llama/Llama-3.1-70B-Instruct", "llama-3.1-70b"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "llama-3-8b"),
        ("unsloth/llama-3-8b-bnb-4bit", "llama-3-8b"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral-7b-v0.3"),
        ("Qwen/Qwen3-4B-Instruct-2507", "qwen3-4b"),
        ("google/gemma-2-9b-it", "gemma-2-9b"),
        ("llama-3.2-3b", "llama-3.2-3b"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "llama-3.1-8b"),
    ],
)
def test_names_of_the_hub(name, taken):
    (stage,) = resolved(f"model: {name}").stages
    assert stage.model.id == taken


@pytest.mark.parametrize(
    "name",
    [
        "bigcode/OctoCoder-34b",
        "gpt-4o-mini",
        "Qwen/Qwen2.5-VL-7B-Instruct",
        "llama-3.1-71b-instruct",
    ],
)
def test_another_model_is_never_taken_for_it(name):
    (problem,) = resolved(f"model: {name}").problems
    assert problem.code == "CC302"
    if name[-2:].lower() == "4b":
        assert "{parameters: 34B}" in problem.help
        assert "did you mean" not in problem.help


@pytest.mark.parametrize(
    ("name", "total", "active"), [("70B", 70e9, None), ("30B-A3B", 30e9, 3e9), ("410M", 41e7, None)]
)
def test_a_size_is_a_model(name, total, active):
    (stage,) = resolved(f"model: {name}").stages
    assert stage.model.parameters.value == total
    assert stage.model.active.value == (active or total)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024", dt.date(2024, 1, 1)),
        ("2024-12", dt.date(2024, 12, 1)),
        ("2024-12-26", dt.date(2024, 12, 26)),
    ],
)
def test_a_year_and_a_month_are_days(text, day):
    assert load("x.yaml", text=f"as_of: {text}").scenario.as_of == day


@pytest.mark.parametrize("text", ["24", "2024-1", "2024-13", "20240", "26-12-2024"])
def test_other_digits_are_no_day(text):
    with pytest.raises(CostcheckError):
        load("x.yaml", text=f"as_of: {text}")


@pytest.mark.parametrize("text", ["2.20", "$2.20", "$2.20/GPU-hour"])
def test_a_bare_rent_is_for_an_hour_of_a_gpu(text):
    rent = load("x.yaml", text=f"pricing: {{rent: {text}}}").scenario.pricing.rent
    assert rent.value == 2.20
    assert rent.said.lower().endswith("gpu-hour")


def test_a_word_of_another_key_is_not_taken_for_a_slip():
    stages = [{"name": "a", "kind": "dpo", "training": {"tokens": "1B"}}]
    with pytest.raises(CostcheckError) as caught:
        estimate({"model": "llama-3.1-8b", "stages": stages})
    assert caught.value.diagnostics[0].help == "dpo is a value of training.objective"
