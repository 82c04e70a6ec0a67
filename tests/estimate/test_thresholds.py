"""Compute thresholds of regulations on a day, with the range of the run."""

from __future__ import annotations

import pytest

from tests.estimate.files import estimated

RUN = {"model": {"parameters": "405B"}, "training": {"tokens": "15.6T"}, "fleet": {"gpu": "h100"}}
"""Llama 3.1 405B: 3.8e25 FLOP (arXiv:2407.21783)."""


def verdicts(as_of: str, **training: str) -> dict[str, tuple[str, str]]:
    lines = estimated(RUN, as_of=as_of, training=training or RUN["training"]).context.thresholds
    return {line.name: (line.status, line.verdict) for line in lines}


def test_llama_crosses_the_european_presumption_of_risk() -> None:
    found = verdicts("2025-09-01")
    assert found["eu-systemic-risk"] == ("in force", "crosses")
    assert found["eu-general-purpose"] == ("in force", "crosses")
    assert found["us-eo-14110"] == ("revoked", "below")


def test_rules_that_did_not_exist_are_left_out() -> None:
    assert "eu-general-purpose" not in verdicts("2024-07-23")
    assert verdicts("2024-07-23")["us-eo-14110"] == ("in force", "below")


def test_a_range_may_cross() -> None:
    found = verdicts("2026-01-01", tokens="3T-6T")
    assert found["eu-systemic-risk"][1] == "may cross"


def test_ablations_are_no_part_of_the_model() -> None:
    stages = [
        {"name": "main"},
        {"name": "research", "kind": "ablations", "share_of_final_run": "9"},
    ]
    result = estimated(RUN, as_of="2025-09-01", stages=stages)
    assert result.figures["training_flops"].central > 1e26
    line = next(t for t in result.context.thresholds if t.name == "us-eo-14110")
    assert line.ratio < 0.5


def test_hours_at_an_mfu_are_compute() -> None:
    # 100,000 GB200 for 90 days at 35 % of 2.5e15 FLOP/s: 6.8e26 without lost time.
    run = {
        "fleet": {"gpu": "gb200", "count": "100,000"},
        "duration": "90 days",
        "as_of": "2026-11-22",
    }
    result = estimated(
        run, utilization={"mfu": "35%"}, reliability={"failures_per_gpu_hour": "1e-12"}
    )
    peak = 2.5e15
    assert result.figures["training_flops"].central == pytest.approx(
        1e5 * 90 * 86400 * peak * 0.35, rel=0.02
    )
    assert result.figures["mfu"].central == pytest.approx(0.35)
    crossed = {line.name: line.verdict for line in result.context.thresholds}
    assert crossed["california-sb-53"] == "crosses"
    assert "eu-modification" not in crossed  # nothing says that a model is changed
    # With a model the tokens follow as well, and the time stays what was stated.
    named = estimated(run, utilization={"mfu": "35%"}, model={"parameters": "2T", "active": "200B"})
    tokens = named.figures["training_flops"].central / named.figures["flops_per_token"].central
    assert tokens == pytest.approx(6e26 / 1.2e12, rel=0.5)
    assert named.figures["days"].central == pytest.approx(90.0)


def test_a_fine_tune_of_a_third_of_the_criterion_may_make_its_author_a_provider() -> None:
    tuned = {"model": "llama-3.1-405b", "training": {"tokens": "30B", "method": "lora"}}
    lines = {t.name: t.verdict for t in estimated(tuned, as_of="2025-09-01").context.thresholds}
    assert lines["eu-modification"] == "crosses"
    assert "eu-modification" not in verdicts("2025-09-01")


def test_the_ai_act_counts_from_its_adoption() -> None:
    # Adopted 2024-05-21; Llama 3.1 405B came out on 2024-07-23 with 3.8e25 FLOP.
    assert verdicts("2024-07-23")["eu-systemic-risk"] == ("adopted", "crosses")


def test_unknown_compute_crosses_nothing() -> None:
    assert estimated({"fleet": {"gpu": "h100"}, "gpu_hours": "1M"}).context.thresholds == ()
