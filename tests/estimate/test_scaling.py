"""Compute-optimal size and tokens around a scenario."""

from __future__ import annotations

import pytest

from costcheck.estimate.result import Estimate
from costcheck.estimate.scaling import excess
from tests.estimate.files import estimated

CHINCHILLA = {
    "model": {"parameters": "70B"},
    "training": {"tokens": "1.4T"},
    "fleet": {"gpu": "a100"},
    "pricing": {"rent": "$1/GPU-hour"},
    "as_of": "2022-03-29",
}


def central(result: Estimate, law: str, name: str) -> float:
    line = next(line for line in result.context.scaling if line.law == law)
    found = line.central(name)
    assert found is not None
    return found


# The tables of the note on scaling, at C = 6 N D.
TABLE = [
    ("5.76e23", "epoch-refit", 72e9, 1.33e12),
    ("5.76e23", "hoffmann", 40e9, 2.4e12),
    ("3e24", "epoch-refit", 168e9, 3.0e12),
    ("3e24", "hoffmann", 86e9, 5.8e12),
    ("3e24", "deepseek-llm", 195e9, 2.57e12),
    ("3.8e25", "epoch-refit", 619e9, 10.2e12),
    ("3.8e25", "llama-3", 383e9, 16.55e12),  # 402B in the text, where C = 3.99e25
]


@pytest.mark.parametrize(("flops", "law", "parameters", "tokens"), TABLE)
def test_optimum_of_a_budget(flops: str, law: str, parameters: float, tokens: float) -> None:
    result = estimated({"training": {"compute": flops}}, samples=64)
    assert central(result, law, "parameters") == pytest.approx(parameters, rel=0.02)
    assert central(result, law, "tokens") == pytest.approx(tokens, rel=0.02)


def test_chinchilla_is_near_its_own_optimum() -> None:
    result = estimated(CHINCHILLA)
    assert central(result, "epoch-refit", "excess") < 0.01


def test_a_small_model_is_far_and_the_dollars_say_how_far() -> None:
    result = estimated(CHINCHILLA, model={"parameters": "8B"}, training={"tokens": "15T"})
    lines = result.context.scaling
    low, high = excess(lines) or (0.0, 0.0)
    assert low > 0.5
    cost = result.figures["cost_usd"].central
    for line in lines:
        wasted = line.central("misallocated_usd")
        assert wasted is None or low * cost <= wasted * (1 + 1e-9) <= high * cost * (1 + 2e-9)


def test_laws_that_contradict_their_text_are_not_reported() -> None:
    laws = {line.law for line in estimated(CHINCHILLA, samples=64).context.scaling}
    assert laws == {"epoch-refit", "hoffmann", "llama-3", "deepseek-llm"}


@pytest.mark.parametrize(
    "change",
    [
        {"training": {"tokens": "1.4T", "method": "lora"}},
        {"training": {"tokens": "4.9B"}},  # Hoffmann et al. begin at 5 billion tokens
        {"training": None, "stages": [{"name": "a", "kind": "sft", "training": {"tokens": "1T"}}]},
    ],
)
def test_the_laws_say_nothing_of_an_adaptation_or_of_few_tokens(change: dict[str, object]) -> None:
    assert estimated({**CHINCHILLA, **change}, samples=64).context.scaling == ()


def test_the_laws_begin_where_they_were_fitted() -> None:
    assert estimated({**CHINCHILLA, "training": {"tokens": "5B"}}, samples=64).context.scaling


def test_a_mixture_is_weighed_by_its_leverage() -> None:
    # Greater Leverage (arXiv:2507.17702): the dense model of the same loss takes 3 to 7 times the
    # compute. DeepSeek-V3 is then near the optimum, not half wasted.
    mixture = {"parameters": "671B", "active": "37B"}
    run = {**CHINCHILLA, "model": mixture, "training": {"tokens": "14.8T"}}
    found, dense = (
        estimated({**run, "model": model}, samples=64) for model in (mixture, {"parameters": "37B"})
    )
    assert central(found, "epoch-refit", "excess") < central(dense, "epoch-refit", "excess")
    same = estimated({**run, "model": {"parameters": "170.2B"}}, samples=64)
    assert central(found, "epoch-refit", "excess") == pytest.approx(
        central(same, "epoch-refit", "excess"), abs=1e-6
    )


def test_nothing_without_compute() -> None:
    assert estimated({"gpu_hours": "1M"}, samples=64).context.scaling == ()
