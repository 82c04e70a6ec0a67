"""Compute thresholds of regulations on a day, with the range of the run."""

from __future__ import annotations

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


def test_unknown_compute_crosses_nothing() -> None:
    assert estimated({"fleet": {"gpu": "h100"}, "gpu_hours": "1M"}).context.thresholds == ()
