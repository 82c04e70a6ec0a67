"""A run that does not say how much work it is still says what a step and its tokens take."""

from __future__ import annotations

from typing import Any

import pytest

from costcheck import estimate
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.estimate import estimate_document
from tests.commands import costcheck
from tests.estimate.files import estimated

FILE: dict[str, Any] = {
    "model": "llama-3.1-8b",
    "fleet": {"gpu": "h100", "count": "16"},
    "pricing": {"rent": "2.50"},
}
TRAINING = {"sequence_length": "4096", "global_batch": "128", "objective": "sft"}
ROLLOUTS = {"prompts_per_step": "128", "answers_per_prompt": "16", "longest_answer": "4000"}


def central(found: Any, name: str) -> float:
    value = found.figures[name].central
    assert value is not None
    return float(value)


def rl(**rollouts: str) -> Any:
    stage = {"name": "rl", "kind": "grpo", "rollouts": {**ROLLOUTS, **rollouts}}
    return estimated(FILE, stages=[stage], samples=64)


def test_a_fine_tune_without_an_end_costs_by_the_billion_tokens_what_one_of_a_billion_costs() -> (
    None
):
    without = estimated(FILE, training=TRAINING, samples=64)
    billion = estimated(FILE, training={**TRAINING, "tokens": "1B"}, samples=64)
    assert without.figures["cost_usd"].central is None
    for name in ("step_seconds", "usd_per_step", "usd_per_billion_tokens", "mfu"):
        assert central(without, name) == pytest.approx(central(billion, name))
    assert central(without, "usd_per_billion_tokens") == pytest.approx(central(billion, "cost_usd"))


def test_a_step_of_reinforcement_learning_costs_its_share_of_a_whole_run() -> None:
    without, hundred = rl(), rl(prompts="12800")
    assert without.figures["cost_usd"].central is None
    for name in ("step_seconds", "usd_per_step", "mfu", "tokens_per_second_per_gpu"):
        assert central(without, name) == pytest.approx(central(hundred, name))
    assert 100 * central(without, "usd_per_step") == pytest.approx(central(hundred, "cost_usd"))
    seconds = central(hundred, "gpu_hours") * central(hundred, "goodput") * 3600 / 16 / 100
    assert central(without, "step_seconds") == pytest.approx(seconds)


def test_the_screen_begins_with_what_is_known_and_names_the_gap() -> None:
    screen = render(estimate_document(rl()), Screen(width=80))
    first = screen.split("\n\n")[0]
    assert "a step" in first
    assert "per 1B tokens" in first
    assert "rollouts.prompts" in first
    assert "unknown" not in screen.split("\n\n")[1]


@pytest.mark.parametrize("kind", ["rl", "grpo", "ppo"])
def test_a_stage_that_states_nothing_of_its_rollouts_takes_those_it_would_with_tokens(kind) -> None:
    stage: dict[str, Any] = {"name": "rl", "kind": kind}
    silent = estimated(FILE, stages=[stage], samples=64)
    stated = estimated(FILE, stages=[{**stage, "training": {"tokens": "1B"}}], samples=64)
    assert silent.figures["cost_usd"].central is None
    for name in ("step_seconds", "usd_per_step", "usd_per_billion_tokens", "mfu"):
        assert central(silent, name) == pytest.approx(central(stated, name))


def test_a_run_without_a_batch_takes_the_usual_one() -> None:
    found = estimated(FILE, samples=64)
    assert central(found, "usd_per_step") > 0.0
    screen = render(estimate_document(found), Screen(width=80))
    assert "a step, " in screen.splitlines()[1]
    assert "per 1B tokens" in screen.splitlines()[1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fleet": {"gpu": "h100"}}, "needs training.tokens, or the GPU-hours"),
        ({"model": None, "training": {"tokens": "1T"}}, "needs a model, or the GPU-hours"),
        (
            {"model": "gpt-4o", "training": {"tokens": "1T"}},
            "needs the size of GPT-4o, or the GPU-hours",
        ),
        ({"model": None}, "needs a model and training.tokens, or the GPU-hours"),
        ({"fleet": None, "training": {"tokens": "1T"}}, "needs fleet.gpu"),
    ],
)
def test_only_what_is_missing_is_named(changes, why) -> None:
    scenario = {key: value for key, value in {**FILE, **changes}.items() if value is not None}
    assert estimated(scenario, samples=64).figures["gpu_hours"].reason == why


@pytest.mark.parametrize(
    ("scenario", "flags"),
    [
        ("model: llama-3.1-8b\ntraining: {tokens: 1T}\n", " --gpu h100 --gpus 64"),
        ("model: llama-3.1-8b\ntraining: {tokens: 1T}\nfleet: {count: 64}\n", " --gpu h100"),
        ("model: llama-3.1-8b\nfleet: {gpu: h100}\n", " --gpus 64"),
        ("model: llama-3.1-8b\nfleet: {gpu: h100, count: 16}\nlayout: {tensor: 5}\n", ""),
        (
            "model: llama-3.1-8b\nfleet: {gpu: h100, count: 8}\nstages: [{name: a, kind: rl}]\n",
            None,
        ),
    ],
)
def test_the_next_plan_is_one_that_works(tmp_path, scenario, flags) -> None:
    (tmp_path / "run.yaml").write_text(scenario, encoding="utf-8")
    said = costcheck("estimate", "run.yaml", cwd=tmp_path).out.splitlines()
    plans = [line.split("costcheck ")[1] for line in said if "costcheck plan" in line]
    assert plans == ([] if flags is None else [f"plan run.yaml{flags}"])
    for command in plans:
        assert costcheck(*command.split(), cwd=tmp_path).code == 0


def test_a_run_of_no_known_speed_keeps_its_plain_screen() -> None:
    found = estimated({**FILE, "fleet": {"count": "16"}}, training=TRAINING, samples=64)
    assert "a step" not in render(estimate_document(found), Screen(width=80))


def test_a_network_without_its_vocabulary_is_counted_with_a_usual_one_and_says_so() -> None:
    network = {"layers": "32", "hidden_size": "4096", "heads": "32", "ffn_size": "14336"}
    silent = estimated({**FILE, "model": network}, training=TRAINING, samples=64)
    stated = {**network, "vocabulary_size": "128256"}
    assert central(silent, "parameters_total") == central(
        estimated({**FILE, "model": stated}, training=TRAINING, samples=64), "parameters_total"
    )
    assert any("128,256 tokens are assumed" in note for note in silent.notes)


def test_a_pre_training_without_an_end_says_its_speed_too() -> None:
    pretrained = {"sequence_length": "4096", "global_batch": "1024"}
    found = estimated(
        {**FILE, "fleet": {"gpu": "h100", "count": "64"}}, training=pretrained, samples=64
    )
    assert found.figures["cost_usd"].central is None
    assert 500 < central(found, "tokens_per_second_per_gpu") < 20_000


@pytest.mark.parametrize("packing", ["true", "false"])
def test_the_price_of_tokens_times_the_tokens_of_the_data_is_the_cost(packing):
    data = {"samples": "50000", "tokens_per_sample": "800", "epochs": "3", "packing": packing}
    run = {
        "model": "llama-3.1-8b",
        "training": {"data": data, "global_batch": "16", "sequence_length": "4096"},
        "fleet": {"gpu": "h100", "count": "8"},
        "pricing": {"rent": "$2.50/GPU-hour"},
    }
    found = estimate(run)
    billions = 50_000 * 800 * 3 / 1e9
    assert found["usd_per_billion_tokens"].central * billions == pytest.approx(
        found["cost_usd"].central
    )
    assert found["usd_per_billion_tokens"].basis == "end to end"


def test_memory_that_only_lacks_a_fleet_says_so():
    run = {"model": "llama-3.1-8b", "training": {"tokens": "1T"}, "fleet": {"gpu": "h100"}}
    assert "fleet.count" in estimate(run)["memory_bytes_per_gpu"].reason
