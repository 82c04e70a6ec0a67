from pathlib import Path

import numpy as np
import pytest
import yaml

from costcheck.physics import stages

CONFIGS = Path(__file__).parents[2] / "configs"

POLICY = {
    "active_parameters": 37e9,
    "rollout_tokens": 1e11,
    "scorer_parameters": 37e9,
    "update_passes": 1.0,
    "peak_flops_per_second": 989e12,
    "training_mfu": 0.35,
}


def test_training_is_three_forward_passes():
    forward = stages.scoring_flops(scorer_parameters=7e9, scored_tokens=1e9)
    assert stages.update_flops(active_parameters=7e9, tokens=1e9) == 3.0 * forward


def test_rejected_samples_are_paid_for():
    kept = stages.generation_flops(active_parameters=70e9, kept_tokens=1e9)
    assert stages.generation_flops(
        active_parameters=70e9, kept_tokens=1e9, kept_share=0.25
    ) == pytest.approx(4.0 * kept)


def test_rollouts_take_the_share_their_decode_mfu_was_derived_from():
    decode = stages.decode_mfu_from_share(training_mfu=0.35, rollout_share=0.9, update_passes=1.0)
    assert decode == pytest.approx(0.013, abs=0.0005)
    parts = stages.reinforcement_gpu_hours(
        **{**POLICY, "scorer_parameters": 0.0}, decode_mfu=decode
    )
    assert parts["rollouts"] / sum(parts.values()) == pytest.approx(0.9)


def test_rule_based_rewards_without_a_reference_cost_no_compute():
    parts = stages.reinforcement_gpu_hours(**{**POLICY, "scorer_parameters": 0.0}, decode_mfu=0.03)
    assert parts["scoring"] == 0.0


def test_deepseek_r1_hours_follow_from_a_plausible_number_of_rollout_tokens():
    # R1-Zero: 101K H800-hours, doi:10.1038/s41586-025-09422-z table 4; 10,400 steps of 32 questions
    # with 16 answers, at 2K-15K tokens an answer, are 1e10 to 8e10 tokens.
    low = stages.reinforcement_gpu_hours(**{**POLICY, "rollout_tokens": 1e10}, decode_mfu=0.10)
    high = stages.reinforcement_gpu_hours(**{**POLICY, "rollout_tokens": 8e10}, decode_mfu=0.01)
    assert sum(low.values()) < 101e3 < 1.8 * sum(high.values())


def test_the_default_decode_mfu_is_the_default_rollout_share():
    data = yaml.safe_load((CONFIGS / "costs" / "stages.yaml").read_text(encoding="utf-8"))
    decode, share = data["generation"]["decode_mfu"], data["reinforcement"]["rollout_share"]
    for mfu, rollouts in (("value", "value"), ("low", "high"), ("high", "low")):
        implied = stages.decode_mfu_from_share(
            training_mfu=0.35, rollout_share=share[rollouts], update_passes=1.0
        )
        assert decode[mfu] == pytest.approx(implied, rel=0.2)


def test_vector_equals_scalar():
    decode = np.array([0.01, 0.03, 0.1])
    together = stages.reinforcement_gpu_hours(**POLICY, decode_mfu=decode)
    for index, mfu in enumerate(decode):
        alone = stages.reinforcement_gpu_hours(**POLICY, decode_mfu=mfu)
        assert together["rollouts"][index] == alone["rollouts"]
    assert together["updates"] == alone["updates"]
