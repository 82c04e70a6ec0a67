"""What a layout leaves open is looked at before a stated time is doubted."""

import numpy as np
import pytest

from costcheck import estimate, load
from costcheck.estimate import build
from costcheck.estimate.layout_changes import fastest_open_choice

# arXiv:2407.21783, table 4 and model card: TP8, CP1, PP16, DP128 on 16,384 H100, 16M tokens a step,
# 30.84M GPU-hours; chunks, recomputation and ZeRO stage are not stated.
LLAMA_405B = {
    "as_of": "2024-07-23",
    "model": "llama-3.1-405b",
    "training": {"tokens": "15.6T", "sequence_length": "8192", "global_batch": "2048"},
    "fleet": {"gpu": "h100", "count": "16384"},
    "layout": {"tensor": "8", "pipeline": "16", "context": "1", "data": "128"},
    "gpu_hours": "30.84M",
}


def finding(scenario):
    found = estimate(scenario).estimate.feasibility
    return next(f for f in found if "the layout predicts" in f.message)


def test_a_published_run_is_explained_by_what_it_left_open():
    found = finding(LLAMA_405B)
    assert found.verdict == "feasible"
    assert "VPP" in found.message


def test_what_is_stated_is_not_tuned_away():
    """One chunk per stage and 16 micro-batches on 16 stages: half of the time is bubble."""
    layout = {**LLAMA_405B["layout"], "virtual": "1", "schedule": "1f1b", "micro_batch": "1"}
    found = finding({**LLAMA_405B, "layout": layout})
    assert found.verdict == "stretch"
    assert "VPP" not in found.message


def test_the_tuned_layout_fits_and_is_as_fast_as_said():
    prediction = build(load(LLAMA_405B)).stages[0].prediction
    tuned = fastest_open_choice(prediction)
    assert tuned.speed_up >= 1.0
    chunks = float(tuned.text.split("VPP")[1].split(",")[0])
    codes = {"none": 0.0, "selective": 1.0, "full": 2.0, "modules": 3.0}
    words = tuned.text.replace("ZeRO-", "zero ").replace("micro-batch", "micro").split(", ")
    said = dict(word.split(" ") for word in words[1:])
    values = {key: np.asarray(value) for key, value in prediction.values.items()} | {
        "virtual": np.asarray(chunks),
        "schedule": np.asarray(1.0 if chunks > 1 else 0.0),
        "recompute": np.asarray(codes[said["recompute"]]),
        "micro_batch": np.asarray(float(said["micro"])),
        "zero": np.asarray(float(said["zero"])),
    }
    formula = prediction.performance.formula
    now = {key: np.asarray(value) for key, value in prediction.values.items()}
    ratio = formula.step(now).total_seconds() / formula.step(values).total_seconds()
    assert float(ratio) == pytest.approx(tuned.speed_up)
    assert float(formula.memory(values).total_bytes()) < 85.6e9  # what nvidia-smi shows of 80 GB


def test_nothing_open_gives_nothing():
    layout = {
        **LLAMA_405B["layout"],
        "virtual": "8",
        "recompute": "none",
        "micro_batch": "1",
        "zero": "1",
    }
    prediction = build(load({**LLAMA_405B, "layout": layout})).stages[0].prediction
    assert fastest_open_choice(prediction) is None
