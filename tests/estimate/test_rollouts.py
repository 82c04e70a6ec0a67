"""Steps of reinforcement learning against published ones, and what moves them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from costcheck.calibrate.rollouts import ROWS, measured_gpu_hours, scenario_of
from costcheck.catalog.files import Catalog
from costcheck.estimate import estimate
from costcheck.estimate.result import Estimate
from costcheck.scenario.load import load
from tests.estimate.files import estimated

MOST_OFF, WIDEST, LEAST_INSIDE = 1.5, 4.0, 0.85
"""Bars of the design: error in the median, width of a range, share of rows inside."""

ROLLOUTS: dict[str, Any] = {
    "prompts": "6400",
    "prompts_per_step": "64",
    "answers_per_prompt": "32",
    "prompt_tokens": "105",
    "answer_tokens": "3200",
    "longest_answer": "4000",
}
FILE: dict[str, Any] = {
    "model": "qwen3-30b-a3b",
    "as_of": "2026-03-01",
    "fleet": {"gpu": "h100", "count": "32"},
}


@pytest.fixture(scope="module")
def scored() -> list[tuple[dict[str, str], float, float, float, float]]:
    catalog, found = Catalog(), []
    for row in catalog.rows(ROWS):
        figure = estimate(load(scenario_of(row), catalog=catalog), samples=512).figures["gpu_hours"]
        assert figure.low is not None
        assert figure.central is not None
        assert figure.high is not None
        measured = measured_gpu_hours(row)
        found.append((dict(row), measured, figure.low, figure.central, figure.high))
    return found


def run(kind: str = "grpo", fleet: dict[str, str] | None = None, **changes: Any) -> Estimate:
    rollouts = {key: v for key, v in {**ROLLOUTS, **changes}.items() if v is not None}
    stage = {"name": "rl", "kind": kind, "rollouts": rollouts}
    file = FILE if fleet is None else {**FILE, "fleet": fleet}
    return estimated(file, stages=[stage], samples=64)


def hours(**changes: Any) -> float:
    found = run(**changes).figures["gpu_hours"].central
    assert found is not None
    return found


def test_published_steps_are_met(scored: list[Any]) -> None:
    errors = [abs(np.log(central / measured)) for _, measured, _, central, _ in scored]
    assert len(scored) >= 25
    assert np.exp(np.median(errors)) < MOST_OFF


def test_ranges_hold_and_are_narrow(scored: list[Any]) -> None:
    inside = [low <= measured <= high for _, measured, low, _, high in scored]
    assert np.mean(inside) >= LEAST_INSIDE
    assert max(high / low for _, _, low, _, high in scored) < WIDEST


def test_r1_zero_is_explained_by_its_counts(scored: list[Any]) -> None:
    # 198 h on 512 H800 are 101K GPU-hours; 100 of its 650 sets of answers are 15.6K.
    _, measured, low, _, high = next(item for item in scored if item[0]["id"] == "r1-zero")
    assert measured * 650 / 100 == pytest.approx(101e3, rel=0.01)
    assert low < measured < high


def test_twice_the_fleet_costs_more_hours_as_published() -> None:
    # NeMo RL 0.6, DeepSeek-V3: 256 to 512 H100 takes 134 to 111 s a step, 66 % more GPU-hours.
    asked = {**ROLLOUTS, "prompts": "3200", "prompts_per_step": "32", "answers_per_prompt": "16"}
    asked |= {"answer_tokens": "700", "longest_answer": "1431", "engine": {"tensor": "32"}}

    def of(count: str) -> float:
        stage = {"name": "rl", "kind": "grpo", "rollouts": asked}
        file = {**FILE, "model": "deepseek-v3", "fleet": {"gpu": "h100", "count": count}}
        found = estimated(file, stages=[stage], samples=64).figures["gpu_hours"].central
        assert found is not None
        return found

    assert 1.4 < of("512") / of("256") < 1.95


@pytest.mark.parametrize(("kind", "usual"), [("grpo", "8"), ("rloo", "8"), ("ppo", "1")])
def test_methods_that_compare_answers_have_several_to_a_prompt(kind: str, usual: str) -> None:
    # TRL: num_generations is 8 in GRPOConfig, the old PPO trainer answers each prompt once.
    unsaid = hours(kind=kind, answers_per_prompt=None)
    assert unsaid == pytest.approx(hours(kind=kind, answers_per_prompt=usual))


def test_longer_answers_take_longer() -> None:
    assert hours(answer_tokens="6400", longest_answer="8000") > 1.8 * hours()


def test_the_longest_answer_alone_says_how_long_answers_are() -> None:
    short, long = (hours(answer_tokens=None, longest_answer=most) for most in ("8000", "16000"))
    assert 1.6 < long / short < 3.0


def test_the_longest_answer_keeps_a_synchronous_step_waiting() -> None:
    late = hours(longest_answer="16000")
    assert late > 1.5 * hours()
    assert hours(longest_answer="16000", asynchronous="true") < 0.7 * late


def test_generating_ahead_saves_hours_as_published() -> None:
    # NeMo RL 0.6: 192 s synchronous, 152 s one step ahead, on the same 32 GPUs.
    assert 0.5 < hours(asynchronous="true") / hours() < 0.95


def test_larger_engines_are_faster_for_few_answers_and_cost_links_for_many() -> None:
    few = {"prompts_per_step": "4", "prompts": "400"}
    assert hours(engine={"tensor": "8"}, **few) < hours(engine={"tensor": "2"}, **few)


def test_narrow_weights_generate_faster() -> None:
    assert hours(engine={"tensor": "2", "precision": "fp8"}) < hours(engine={"tensor": "2"})


def test_a_value_model_is_scored_and_trained() -> None:
    assert hours(kind="ppo") > 1.1 * hours()


def test_rewards_that_take_time_are_paid_for() -> None:
    added = hours(reward_time="60 s") - hours()
    assert added == pytest.approx(100 * 60 * 32 / 3600, rel=0.02)


def test_the_parts_add_up_and_are_told() -> None:
    found = run()
    line = next(note for note in found.notes if "of the GPU-hours" in note)
    assert all(word in line for word in ("generating", "waiting", "updates"))
    assert any("would save most" in note for note in found.notes)


def test_stated_hours_count_and_are_compared() -> None:
    stage = {"name": "rl", "kind": "grpo", "gpu_hours": "171", "rollouts": ROLLOUTS}
    found = estimated(FILE, stages=[stage], samples=64)
    assert found.figures["gpu_hours"].central == 171.0
    assert any("rollouts as stated take" in note for note in found.notes)


def test_weights_that_fit_no_engine_are_said() -> None:
    stage = {"name": "rl", "kind": "grpo", "rollouts": ROLLOUTS}
    file = {**FILE, "model": "deepseek-v3", "fleet": {"gpu": "h100", "count": "8"}}
    figure = estimated(file, stages=[stage], samples=64).figures["gpu_hours"]
    assert figure.central is None
    assert "do not fit" in figure.reason


def test_a_share_of_the_final_run_works_on_any_stage() -> None:
    stages = [
        {"name": "main", "training": {"tokens": "1T"}, "gpu_hours": "100K"},
        {"name": "rl", "kind": "rl", "share_of_final_run": "5%"},
        {"name": "sft", "kind": "sft", "share_of_final_run": "1%"},
    ]
    made = estimated(FILE, stages=stages, samples=64)
    central = [stage.figures["gpu_hours"].central for stage in made.stages]
    assert central == [100e3, pytest.approx(5e3), pytest.approx(1e3)]


def test_a_share_of_nothing_is_said() -> None:
    made = estimated(
        FILE, stages=[{"name": "rl", "kind": "rl", "share_of_final_run": "5%"}], samples=64
    )
    assert "share_of_final_run" in made.figures["gpu_hours"].reason


STATED: dict[str, Any] = {
    "prompts": "3200",
    "prompts_per_step": "32",
    "answers_per_prompt": "16",
    "prompt_tokens": "2000",
    "answer_tokens": "1600",
    "longest_answer": "9000",
    "asynchronous": "true",
    "staleness": "4",
    "reward_time": "30 s",
    "update_passes": "2",
    "scorers": "2",
    "rollout_share": "60%",
    "decode_mfu": "2%",
    "engine.tensor": {"tensor": "8"},
    "engine.pipeline": {"tensor": "2", "pipeline": "2"},
    "engine.attention_data": {"tensor": "4", "attention_data": "4"},
    "engine.precision": {"precision": "fp8"},
    "engine.cache": {"cache": "fp8"},
    "engine.gpus": {"gpus": "16"},
}


@pytest.mark.parametrize("key", STATED)
def test_each_key_moves_the_hours_or_is_said_to_have_no_effect(key: str) -> None:
    found = run(**{key.partition(".")[0]: STATED[key]})
    said = any(item.code == "CC140" and key in item.message for item in found.diagnostics)
    assert said or found.figures["gpu_hours"].central != hours()


def test_a_stated_share_of_rollouts_is_kept() -> None:
    note = next(n for n in run(rollout_share="60%").notes if "of the GPU-hours" in n)
    shares = {
        part.rpartition("% ")[2]: float(part.rpartition("% ")[0].rpartition(" ")[2])
        for part in note.partition("GPU-hours ")[2].partition(";")[0].split(", ")
    }
    rollouts, updates = shares["generating"], shares["updates"]
    assert rollouts / (rollouts + updates) == pytest.approx(0.6, abs=0.02)


def test_steps_say_how_much_is_generated() -> None:
    # 100 steps of 64 prompts are 6,400 prompts; an update on a quarter of the answers is a quarter.
    def of(**training: str) -> float | None:
        rollouts = {key: value for key, value in ROLLOUTS.items() if key != "prompts"}
        stage = {"name": "rl", "kind": "grpo", "rollouts": rollouts, "training": training}
        return estimated(FILE, stages=[stage], samples=64).figures["training_flops"].central

    whole = run().figures["training_flops"].central
    assert whole is not None
    assert of(steps="100") == pytest.approx(whole)
    assert of(steps="100", global_batch="512") == pytest.approx(whole / 4)


def test_whole_runs_take_more_than_their_steps() -> None:
    # DeepScaleR: 3,800 A100 hours for 1,040 + 480 + 230 steps; 16 and 24 thousand tokens at most.
    def stage(name: str, prompts: str, answers: str, mean: str, most: str, gpus: str) -> Any:
        rollouts = {"prompts": prompts, "prompts_per_step": "128", "answers_per_prompt": answers}
        rollouts |= {"answer_tokens": mean, "longest_answer": most}
        fleet = {"gpu": "a100", "count": gpus}
        return {"name": name, "kind": "grpo", "fleet": fleet, "rollouts": rollouts}

    stages = [
        stage("8k", "133,120", "8", "4,200", "8,192", "8"),
        stage("16k", "61,440", "16", "4,500", "16,384", "32"),
        stage("24k", "29,440", "16", "5,800", "24,576", "32"),
    ]
    file = {"model": "qwen2.5-1.5b", "as_of": "2025-02-10", "hours_count": "billed"}
    figure = estimated(file, stages=stages, samples=512).figures["gpu_hours"]
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 3800 < figure.high


def test_rollouts_of_another_kind_of_stage_are_said_to_do_nothing() -> None:
    stages = [
        {
            "name": "main",
            "kind": "sft",
            "training": {"tokens": "1B"},
            "rollouts": {"asynchronous": "true", "engine": {"precision": "fp8"}},
        }
    ]
    said = {
        item.message.partition(" ")[0]
        for item in estimated(FILE, stages=stages, samples=64).diagnostics
        if item.code == "CC140"
    }
    assert said == {"stages.0.rollouts.asynchronous", "stages.0.rollouts.engine.precision"}
