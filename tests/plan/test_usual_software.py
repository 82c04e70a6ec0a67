"""A fine-tune that names no software runs the usual one, whatever else its file writes down."""

import pytest

from costcheck import load
from costcheck.estimate import build, estimate
from costcheck.plan import plan_fleet
from tests.plan.test_one_verdict import agree

FIGURES = ("cost_usd", "days", "step_seconds", "memory_bytes_per_gpu")


def tuned(model, gpus, **training):
    return {
        "as_of": "2026-06-30",
        "model": model,
        "training": {"tokens": "1B", "objective": "sft", **training},
        "fleet": {"gpu": "h100", "count": str(gpus)},
        "pricing": {"rent": "$2.50/GPU-hour"},
    }


TUNED = {
    "mixture": tuned("qwen3-30b-a3b", 16),
    "dense": tuned("llama-3.1-8b", 8),
    "dense on many": tuned("llama-3.1-70b", 32),
    "pairs": tuned("llama-3.1-8b", 8, objective="dpo"),
    "adapters": tuned("llama-3.1-70b", 16, method="lora"),
    "adapters on packed weights": tuned("llama-3.1-8b", 1, method="qlora"),
}


def central(scenario):
    shown = estimate(load(scenario), samples=64)
    return [shown.figures[name].central for name in FIGURES], shown.verdict


@pytest.mark.parametrize("case", TUNED)
def test_its_own_layout_written_down_changes_nothing(case):
    assert agree(TUNED[case]).best is not None


@pytest.mark.parametrize("case", TUNED)
def test_naming_the_software_that_plan_assumes_changes_nothing(case):
    scenario = TUNED[case]
    software = plan_fleet(load({**scenario, "layout": "auto"})).software
    named = {**scenario, "fleet": {**scenario["fleet"], "software": software}}
    assert central(named) == central(scenario)


@pytest.mark.parametrize(("zero", "offload"), [("2", "none"), ("3", "none"), ("3", "optimizer")])
def test_found_layouts_have_the_error_class_of_stated_ones(zero, offload):
    written = {"zero": zero, "offload": offload, "recompute": "none", "micro_batch": "1"}
    stated = build(load({**TUNED["dense"], "layout": written})).stages[0].prediction
    found = build(load({**TUNED["dense"], "layout": "auto"})).stages[0].prediction
    alike = found.performance.laid_out(stated.values)
    assert alike.step_spread == stated.performance.step_spread
    assert alike.memory_spread == stated.performance.memory_spread
    assert stated.performance.setting.sharded == (zero == "3")
    assert found.performance.setting.sharded == (found.layout.zero == 3.0)


@pytest.mark.parametrize(("degree", "kept"), [("1", True), ("2", False)])
def test_a_layout_that_the_usual_software_cannot_split_is_of_another(degree, kept):
    scenario = {**TUNED["dense"], "layout": {"tensor": degree, "zero": "3"}}
    named = {**scenario, "fleet": {**scenario["fleet"], "software": "peft"}}
    assert (central(named) == central(scenario)) is kept
