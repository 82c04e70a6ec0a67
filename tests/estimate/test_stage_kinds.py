"""RL, synthetic data and ablations: what they compute and how long they take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Along, walk
from tests.estimate.files import built, estimated

TOP: dict[str, Any] = {
    "model": {"parameters": "10B"},
    "as_of": "2025-01-01",
    "fleet": {"gpu": "h100", "count": "512"},
    "training": {"tokens": "1T"},
    "utilization": {"mfu": "40%"},
    "pricing": {"rent": "$2/GPU-hour"},
}
RL = {"prompts": "100K", "rollouts_per_prompt": "8", "tokens_per_rollout": "5000"}
PLAIN_RL = {**RL, "update_passes": "1", "scorers": "1", "decode_mfu": "2%"}
TOKENS = 100e3 * 8 * 5000
PEAK = 989.4e12


def results(kind: str, **stage: Any) -> dict[str, float | None]:
    made = estimated(
        TOP, stages=[{"name": "main"}, {"name": "late", "kind": kind, **stage}], samples=64
    )
    return {name: figure.central for name, figure in made.stages[1].figures.items()}


def test_rl_computes_rollouts_scoring_and_updates() -> None:
    found = results("rl", rl=PLAIN_RL)
    assert found["training_flops"] == pytest.approx((2 + 2 + 6) * 10e9 * TOKENS)


def test_rl_hours_are_the_sum_of_the_parts_at_their_own_mfu() -> None:
    found = results("rl", rl=PLAIN_RL)
    rollouts = 2 * 10e9 * TOKENS / (PEAK * 0.02 * 3600)
    training = 8 * 10e9 * TOKENS / (PEAK * 0.40 * 3600)
    assert found["gpu_hours"] == pytest.approx((rollouts + training) / found["goodput"])
    assert found["mfu"] == pytest.approx(10 / (2 / 0.02 + 8 / 0.40))


def test_a_share_of_the_time_decides_the_speed_of_generation() -> None:
    share = {**RL, "update_passes": "1", "scorers": "0", "rollout_share": "75%"}
    stages = [{"name": "rl", "kind": "rl", "rl": share}]
    model = built(TOP, stages=stages)
    values = evaluate([model.totals["gpu_hours"]])
    hours = {node.name: values[node] for node in values.values if "gpu_hours/" in node.name}
    assert hours["rl/gpu_hours/rollouts"] == pytest.approx(3 * hours["rl/gpu_hours/updates"])


def test_rule_based_rewards_without_a_reference_cost_no_compute() -> None:
    found = results("rl", rl={**PLAIN_RL, "scorers": "0"})
    assert found["training_flops"] == pytest.approx((2 + 6) * 10e9 * TOKENS)


def test_deepseek_r1_hours_follow_from_a_plausible_number_of_rollout_tokens() -> None:
    # R1-Zero: 101K H800-hours, doi:10.1038/s41586-025-09422-z table 4; 10,400 steps of 32 questions
    # with 16 answers, at 2K-15K tokens an answer, are 1e10 to 8e10 tokens.
    def hours(tokens: str, decode_mfu: str) -> float:
        work = {"update_passes": "1", "scorers": "1", "decode_mfu": decode_mfu}
        run = {**TOP, "model": {"parameters": "671B", "active": "37B"}, "fleet": {"gpu": "h800"}}
        stage = {"name": "r1", "kind": "rl", "training": {"tokens": tokens}, "rl": work}
        made = estimated(run, utilization={"mfu": "35%"}, stages=[stage], samples=64)
        found = made.figures["gpu_hours"].central
        assert found is not None
        return found

    assert hours("10B", "10%") < 101e3 < 1.8 * hours("80B", "1%")


def test_the_mfu_of_training_does_not_speed_generation_up() -> None:
    assert results("rl", rl=RL)["mfu"] < 0.2


def test_stated_hours_come_first() -> None:
    assert results("rl", rl=RL, gpu_hours="147K")["gpu_hours"] == 147e3


def test_an_rl_stage_does_not_inherit_the_tokens_of_the_pre_training() -> None:
    assert results("rl")["training_flops"] is None


def test_synthetic_data_pays_for_what_is_filtered_away() -> None:
    given = {"kept_share": "25%", "decode_mfu": "3%"}
    found = results("synthetic-data", training={"tokens": "10B"}, generation=given)
    assert found["training_flops"] == pytest.approx(2 * 10e9 * 10e9 / 0.25)
    hours = found["training_flops"] / (PEAK * 0.03 * 3600)
    assert found["gpu_hours"] == pytest.approx(hours / found["goodput"])


def test_a_teacher_of_its_own() -> None:
    own = results("synthetic-data", training={"tokens": "10B"}, model={"parameters": "100B"})
    same = results("synthetic-data", training={"tokens": "10B"})
    assert own["training_flops"] == pytest.approx(10 * same["training_flops"])


def test_ablations_are_a_share_of_the_final_run() -> None:
    stages = [
        {"name": "main", "gpu_hours": "276,480", "training": {"tokens": "11.2T"}},
        {"name": "ablations", "kind": "ablations", "share_of_final_run": "58.3%"},
    ]
    scenario = {**TOP, "utilization": None}
    made = estimated({k: v for k, v in scenario.items() if v is not None}, stages=stages)
    # SmolLM3: 161,280 hours of ablations and debugging beside a run of 276,480.
    assert made.stages[1].figures["gpu_hours"].central == pytest.approx(161_280, rel=0.001)
    assert made.figures["gpu_hours"].central == pytest.approx(437_760, rel=0.001)


def test_stages_add_up_in_the_tree() -> None:
    stages = [{"name": "main"}, {"name": "rl", "kind": "rl", "rl": RL}]
    model = built(TOP, stages=stages)
    total = model.totals["cost_usd"]
    values = evaluate([total])
    assert [part.name for part in total.children] == ["main/cost", "rl/cost"]
    assert float(values[total]) == pytest.approx(sum(float(values[p]) for p in total.children))


def test_vector_equals_scalar() -> None:
    model = built(TOP, stages=[{"name": "rl", "kind": "rl", "rl": RL}])
    root = model.totals["gpu_hours"]
    names = {node.name for node in walk([root])}
    assert "rl/scorers" in names
    scorers = np.array([0.0, 1.0, 2.0])
    vector = evaluate([root], bindings={"rl/scorers": Along("grid", scorers)})[root]
    scalar = [float(evaluate([root], bindings={"rl/scorers": s})[root]) for s in scorers]
    assert np.allclose(vector, scalar, rtol=1e-12)
