"""One answer: a plan and an estimate of the same file agree on layout, memory, time and verdict."""

import random
from pathlib import Path

import pytest
import yaml

from costcheck import load
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import estimate
from costcheck.judgement import judge
from costcheck.plan import plan_fleet
from costcheck.text import yaml_text

EXAMPLES = Path(__file__).parents[2] / "examples"
OPEN = ("layout", "utilization", "gpu_hours", "duration", "calibration", "stages", "claims")
MODELS = ("llama-3.2-1b", "llama-3.1-8b", "llama-3.1-70b", "qwen3-30b-a3b", "gpt-oss-20b")
SOFTWARE = (None, "megatron-lm", "torchtitan", "trl", "deepspeed")
SEEDS = range(16)


def drawn(seed):
    draw = random.Random(seed)
    method = draw.choice(("full", "full", "lora", "qlora"))
    training = {
        "tokens": draw.choice(("100M", "20B", "1T")),
        "sequence_length": draw.choice(("2048", "4096", "8192")),
        "global_batch": draw.choice(("32", "256", "1024")),
        "method": method,
    }
    fleet = {
        "gpu": draw.choice(("h100", "a100", "h200", "b200", "rtx-4090")),
        "count": draw.choice(("1", "2", "8", "16", "64", "256")),
    }
    software = draw.choice(SOFTWARE)
    if software:
        fleet["software"] = software
    if method != "full":
        training["objective"] = "sft"
    return {
        "as_of": draw.choice(("2024-06-01", "2026-06-30")),
        "model": draw.choice(MODELS),
        "training": training,
        "fleet": fleet,
        "pricing": {"rent": "$2/GPU-hour"},
    }


def planned_figures(best):
    return {
        "memory_bytes_per_gpu": best.memory_bytes,
        "step_seconds": best.step_seconds,
        "days": best.days,
        "cost_usd": best.cost_usd,
    }


def agree(scenario):
    """Plan, estimate and check, the layout left to us, absent, or the plan's own written in."""
    open_file = {key: value for key, value in scenario.items() if key not in OPEN}
    loaded = load({**open_file, "layout": "auto"})
    left_out = estimate(load(open_file), samples=64)
    try:
        found = plan_fleet(loaded)
    except CostcheckError as error:
        why = error.diagnostics[0].message.removeprefix("nothing can be planned: ")
        assert any(why in note for note in estimate(loaded, samples=64).notes)
        return None
    shown = estimate(loaded, samples=64)
    best = found.best or found.closest
    for name, planned in planned_figures(best).items():
        central = shown.figures[name].central
        assert central == (None if planned is None else pytest.approx(planned, rel=1e-9)), name
        # Without an amount there is no time to tell, and no layout is looked for unasked.
        assert best.days is None or left_out.figures[name].central == central, name
    verdict = judge(loaded, samples=64, seed=0).verdict
    assert found.verdict == shown.verdict == verdict
    assert best.days is None or left_out.verdict == verdict
    if found.best is not None:
        takes_what_is_planned(found, open_file)
    return found


def takes_what_is_planned(found, open_file):
    """The plan's own layout, written into the file: the same time, price, memory and verdict."""
    written = load({**open_file, "layout": found.best.written})
    shown = estimate(written, samples=64)
    for name, value in planned_figures(found.best).items():
        expected = None if value is None else pytest.approx(value, rel=1e-9)
        assert shown.figures[name].central == expected, name
    assert judge(written, samples=64, seed=0).verdict == shown.verdict == found.verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_plan_auto_estimate_and_check_agree(seed):
    agree(drawn(seed))


def plannable():
    for path in sorted(EXAMPLES.glob("*.yaml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        fleet, model = content.get("fleet") or {}, content.get("model")
        if model and fleet.get("gpu") and fleet.get("count") and not content.get("stages"):
            yield path.stem


@pytest.mark.parametrize("name", tuple(plannable()))
def test_examples_agree(name):
    path = EXAMPLES / f"{name}.yaml"
    text = yaml_text.parse(path.read_text("utf-8"), str(path))
    agree(text.data)
