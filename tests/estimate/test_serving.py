"""Serving: engines for a load, dollars per million tokens, and never a part of the training."""

from __future__ import annotations

import json
from typing import Any

import pytest

from costcheck.codec import encode
from costcheck.estimate.result import Estimate, Figure
from costcheck.estimate.saved import parse_saved, restore, saved_result
from tests.estimate.files import estimated

FILE: dict[str, Any] = {
    "model": "llama-3.3-70b",
    "as_of": "2026-03-01",
    "training": {"tokens": "1B"},
    "fleet": {"gpu": "h100", "count": "64"},
    "utilization": {"mfu": "40%"},
    "pricing": {"rent": "$2/GPU-hour"},
}
SERVING: dict[str, Any] = {
    "requests_per_day": "1M",
    "prompt_tokens": "1000",
    "answer_tokens": "1000",
    "utilization": "100%",
    "engine": {"tensor": "2", "precision": "fp8", "cache": "fp8"},
}


def made(**changes: Any) -> Estimate:
    return estimated(FILE, serving={**SERVING, **changes}, samples=256)


def served(**changes: Any) -> dict[str, Figure]:
    return dict(made(**changes).context.serving)


def value(name: str, **changes: Any) -> float:
    found = served(**changes)[name].central
    assert found is not None
    return found


def test_a_full_engine_serves_what_was_published() -> None:
    # TensorRT-LLM 1.0: 4,205 output tokens/s on 2 H100 in FP8, 1,000 tokens in and out.
    dollars = value("usd_per_million_input_tokens") + value("usd_per_million_output_tokens")
    published = 1e6 / 4205 * 2 * 2.0 / 3600
    assert dollars == pytest.approx(published, rel=0.25)


def test_the_speed_of_an_accelerator_is_the_published_one() -> None:
    assert value("output_tokens_per_second") == pytest.approx(4205 / 2, rel=0.25)


def test_it_is_no_part_of_the_cost() -> None:
    without = estimated(FILE, samples=64).figures["cost_usd"].central
    assert made().figures["cost_usd"].central == without


def test_accelerators_come_in_whole_engines_and_grow_with_the_load() -> None:
    few, many = value("gpus", requests_per_day="10K"), value("gpus", requests_per_day="10M")
    assert few == 2.0
    assert many % 2 == 0.0
    assert many > 8 * value("gpus")
    half = value("usd_per_million_output_tokens", utilization="50%")
    assert half == pytest.approx(2 * value("usd_per_million_output_tokens"))


def test_answers_cost_more_than_prompts() -> None:
    assert value("usd_per_million_output_tokens") > 2 * value("usd_per_million_input_tokens")


def test_a_rent_does_not_follow_to_another_part() -> None:
    found = served(gpu="b200")
    assert "B200" in found["gpus"].basis
    dollars, gpus = found["usd_per_year"].central, found["gpus"].central
    assert dollars is not None
    assert gpus is not None
    assert dollars / gpus / 8766 > 2.5
    assert value("usd_per_year", gpu="b200", rent="$2/GPU-hour") == pytest.approx(gpus * 2 * 8766)


def test_the_training_is_paid_back_where_buying_is_dearer_and_never_where_it_is_cheaper() -> None:
    def bought(price: str) -> dict[str, str]:
        return {"input": f"${price} per million tokens", "output": f"${price} per million tokens"}

    year = value("bought_usd_per_year", bought=bought("10"))
    assert year == pytest.approx(1e6 * 2000 * 10 / 1e6 * 365.25)
    found = made(bought=bought("10"))
    cost, own = found.figures["cost_usd"].central, found.context.serving["usd_per_year"].central
    assert cost is not None
    assert own is not None
    assert found.context.serving["payback_years"].central == pytest.approx(cost / (year - own))
    never = served(bought=bought("0.01"))["payback_years"]
    assert never.central is None
    assert "less than serving" in never.reason


def test_a_model_that_fits_no_engine_says_so() -> None:
    figure = served(engine={"tensor": "1", "precision": "bf16"})["gpus"]
    assert figure.central is None
    assert "do not fit" in figure.reason


def test_a_saved_result_keeps_it() -> None:
    text = json.dumps(encode(saved_result(made())))
    (saved,) = parse_saved(text, "result.json")
    again = restore(saved).context.serving
    assert again["gpus"].central == value("gpus")


CHANGES: dict[str, Any] = {
    "requests_per_day": "2M",
    "prompt_tokens": "4000",
    "answer_tokens": "200",
    "gpu": "h200",
    "engine": {"tensor": "4", "precision": "fp8"},
    "utilization": "30%",
    "rent": "$3/GPU-hour",
}


@pytest.mark.parametrize("key", CHANGES)
def test_each_key_moves_what_serving_takes(key: str) -> None:
    before, after = served(), served(**{key: CHANGES[key]})
    assert any(before[name].central != after[name].central for name in before)
