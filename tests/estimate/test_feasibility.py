"""Can it work at all: each check with a case that passes and one that fails."""

import math

import pytest

from costcheck import estimate
from costcheck.catalog.files import Catalog
from costcheck.catalog.knowledge import knowledge
from costcheck.catalog.published_runs import own_runs

RUN = {
    "model": "llama-3.1-405b",
    "as_of": "2024-07-23",
    "training": {"tokens": "15.6T", "sequence_length": "8192"},
    "fleet": {"gpu": "h100", "count": "16384"},
    "gpu_hours": "30.84M",
    "pricing": {"rent": "$2/GPU-hour"},
}


def verdicts(scenario):
    return {f.check: f.verdict for f in estimate(scenario).feasibility}


def test_a_published_run_is_feasible():
    assert verdicts(RUN)["mfu"] == "feasible"


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [
        ("8M", "infeasible"),  # above the peak of the hardware
        ("15M", "infeasible"),  # 77 %: nobody has shown it
        ("19M", "stretch"),  # 61 %: above what is usual at best
        ("30.84M", "feasible"),
        ("200M", "stretch"),  # below what published runs stay above
    ],
)
def test_utilization_against_what_hardware_has_shown(hours, verdict):
    assert verdicts({**RUN, "gpu_hours": hours})["mfu"] == verdict


@pytest.mark.parametrize("gpu", ["k80", "h20", "rtx-4090", "h100"])
def test_nothing_is_condemned_on_an_mfu_that_nobody_stated(gpu):
    run = {
        "model": "llama-3.1-8b",
        "training": {"tokens": "1T"},
        "fleet": {"gpu": gpu, "count": "1024"},
        "as_of": "2026-06-01",
    }
    found = next(f for f in estimate(run).feasibility if f.check == "mfu")
    assert found.verdict == "feasible"
    assert "assumed" in found.message
    assert "shown" not in found.message


def test_what_hardware_has_shown_is_of_that_hardware_or_not_said():
    def message(gpu):
        run = {**RUN, "fleet": {"gpu": gpu, "count": "16384"}, "as_of": "2026-06-01"}
        run = {k: v for k, v in run.items() if k != "gpu_hours"}
        stated = estimate({**run, "utilization": {"mfu": "40%"}})
        return next(f.message for f in stated.feasibility if f.check == "mfu")

    assert "published runs on H100 reached 14%-48%" in message("h100")
    for gpu in ("rtx-4090", "tpu-v7", "gb300"):
        assert "reached" not in message(gpu)


def test_the_mfus_shown_are_those_of_the_published_runs():
    catalog, found = Catalog(), {}
    for run in own_runs(catalog):
        mfu = run.training_flops / (run.gpu_hours * 3600 * run.peak_flops)
        part = next((part for part in ("A100", "H100", "H800") if part.lower() in run.gpu), None)
        if part and math.isfinite(mfu) and not run.left_out:
            found.setdefault(part, []).append(mfu)
    for part, mfus in found.items():
        shown = knowledge(catalog).mfu_shown(f"NVIDIA {part} SXM")
        assert len(mfus) >= 3
        assert (shown.low, shown.high) == pytest.approx((min(mfus), max(mfus)), abs=0.001)


def test_a_fine_tune_may_be_slower_than_pre_training_ever_is():
    slow = {**RUN, "gpu_hours": "200M"}
    assert verdicts(slow)["mfu"] == "stretch"
    tuned = {**slow, "training": {**RUN["training"], "method": "lora"}}
    assert verdicts(tuned)["mfu"] == "feasible"


def test_fp8_may_pass_the_bf16_peak():
    fast = {**RUN, "gpu_hours": "15M", "training": {**RUN["training"], "precision": "fp8"}}
    assert verdicts(fast)["mfu"] == "feasible"


def test_the_training_state_has_to_fit_the_fleet():
    small = {**RUN, "fleet": {"gpu": "h100", "count": "32"}}
    assert verdicts(small)["memory"] == "infeasible"
    assert verdicts(RUN).get("memory", "feasible") == "feasible"


def test_a_part_cannot_be_used_before_its_release():
    assert verdicts({**RUN, "as_of": "2021-01-01"})["released"] == "infeasible"
    assert "released" not in verdicts(RUN)


def test_a_broken_budget_is_over_budget_and_listed_apart():
    result = estimate({**RUN, "budget": {"cost": "under $50M", "duration": "under 100 days"}})
    found = {f.check: f.verdict for f in result.budget}
    assert found == {"cost": "over-budget", "duration": "feasible"}
    assert result.verdict == "over-budget"
    beyond = {**RUN, "as_of": "2021-01-01", "budget": {"cost": "under $50M"}}
    assert estimate(beyond).verdict == "infeasible"


def test_compute_that_contradicts_the_tokens_is_told():
    scenario = {**RUN, "training": {**RUN["training"], "compute": "9e29 FLOP"}}
    assert verdicts(scenario)["cross-check"] == "stretch"
    close = {**RUN, "training": {**RUN["training"], "compute": "3.9e25 FLOP"}}
    assert verdicts(close)["cross-check"] == "feasible"


# Weights, gradients and optimizer state in mixed precision (ZeRO, arXiv:1910.02054: 2 + 2 + 12):
# Adafactor keeps no moments per parameter, so 8 of AdamW's 16 bytes (Shazeer and Stern,
# arXiv:1804.04235): 405.9e9 x 8 / 80e9 = 40.6 H100s. What the file leaves open may be in 16 bits
# without a master copy: 8 bytes with AdamW.
MIXED = {"weights": "bf16", "gradients": "bf16", "master": "fp32", "moments": "fp32"}


@pytest.mark.parametrize(
    ("keys", "count", "fits"),
    [
        ({"optimizer": "adafactor", "storage": MIXED}, 40, False),
        ({"optimizer": "adafactor", "storage": MIXED}, 41, True),
        ({"storage": MIXED}, 81, False),
        ({"storage": MIXED}, 82, True),
        ({}, 40, False),
        ({}, 41, True),
        # Frozen weights alone: 2 bytes, 4.127 bits in NF4 (QLoRA, arXiv:2305.14314).
        ({"method": "lora"}, 10, False),
        ({"method": "lora"}, 11, True),
        ({"method": "qlora"}, 2, False),
        ({"method": "qlora"}, 3, True),
    ],
)
def test_the_least_state_by_recipe(keys, count, fits):
    training = {**RUN["training"], **keys}
    run = {**RUN, "training": training, "fleet": {"gpu": "h100", "count": str(count)}}
    assert verdicts(run).get("memory", "feasible") == ("feasible" if fits else "infeasible")


@pytest.mark.parametrize(("off", "verdict"), [(0.04, "feasible"), (0.06, "stretch")])
@pytest.mark.parametrize("sign", [-1, 1])
def test_two_statements_of_one_quantity_may_lie_five_per_cent_apart(off, verdict, sign):
    counted = estimate(RUN)["training_flops"].central
    stated = f"{counted * (1 + sign * off):.6g} FLOP"
    run = {**RUN, "training": {**RUN["training"], "compute": stated}}
    assert verdicts(run)["cross-check"] == verdict


# 16,384 GPUs for 84 days are 33.030M GPU-hours.
@pytest.mark.parametrize(
    ("hours", "verdict"), [("33.03M", "feasible"), ("33.20M", "feasible"), ("33.29M", "stretch")]
)
def test_a_product_of_two_statements_may_differ_by_their_rounding(hours, verdict):
    # Half a unit of the last digit: 0.6 % of 84 days and next to nothing of the hours.
    run = {**RUN, "gpu_hours": hours, "duration": "84 days"}
    found = [f for f in estimate(run).feasibility if f.check == "cross-check"]
    assert [f.verdict for f in found] == [verdict]


def test_nothing_overflows_into_a_report():
    wild = {**RUN, "gpu_hours": "1e9", "reliability": {"failures_per_gpu_hour": "1"}}
    document = estimate(wild).to_dict()
    for name, found in document["results"].items():
        assert (found["central"] is None) == ("reason" in found), name


def test_a_statement_by_which_the_run_takes_ages_disagrees_in_finite_words():
    """78 million accelerators fail more often than a checkpoint is read."""
    never = {
        "model": "151B", "gpu_hours": "25M", "duration": "1.146 s",
        "training": {"global_batch": "4", "steps": "2"}, "fleet": {"gpu": "wse3"},
        "utilization": {"tokens_per_second_per_gpu": "3886"},
    }  # fmt: skip
    found = [f for f in estimate(never).feasibility if f.check == "cross-check"]
    assert [f.verdict for f in found] == ["stretch"]
    assert found[0].value > 1e4 * 25e6
    assert not any("inf" in f.message.split() for f in found)


FLEET = {
    "model": "llama-3.1-8b",
    "training": {"tokens": "200B", "sequence_length": "8192", "global_batch": "256"},
    "fleet": {"gpu": "h100", "count": "250"},
}


@pytest.mark.parametrize("layout", [{}, {"layout": "auto"}])
def test_a_fleet_that_no_layout_can_use_is_infeasible_and_the_nearest_are_named(layout):
    found = estimate({**FLEET, **layout})
    (finding,) = [f for f in found.feasibility if f.check == "layout"]
    assert (found.verdict, finding.verdict) == ("infeasible", "infeasible")
    assert "a global batch of 256" in finding.message
    assert "128 or 256 GPUs" in finding.help


@pytest.mark.parametrize(
    "keys",
    [
        {"fleet": {"gpu": "h100", "count": "256"}},  # one that divides
        {"training": {"tokens": "200B", "sequence_length": "8192"}},  # the batch is ours
        {"training": {"tokens": "200B", "global_batch": "500", "sequence_length": "8192"}},
        {"gpu_hours": "20K"},  # it ran
    ],
)
def test_only_a_batch_that_is_stated_condemns_a_fleet(keys):
    assert estimate({**FLEET, **keys}).verdict != "infeasible"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # What a text says of the data says nothing of a fleet; a fleet it tells of has run.
        ({"tokens": "200B"}, "infeasible"),
        ({"gpus": "384"}, "feasible"),
    ],
)
def test_a_claim_about_something_else_does_not_make_a_fleet_possible(claim, verdict):
    found = estimate({**FLEET, "claims": [{"id": "it", **claim}]})
    assert found.verdict == verdict


@pytest.mark.parametrize(("seconds", "verdict"), [("20 s", "feasible"), ("0.1 s", "infeasible")])
def test_a_measured_step_cannot_be_faster_than_the_peak(seconds, verdict):
    found = estimate(
        {
            "model": "llama-3.1-8b",
            "training": {"tokens": "1T", "global_batch": "512"},
            "fleet": {"gpu": "h100", "count": "64"},
            "calibration": {"step_time": seconds},
        }
    )
    assert found.verdict == verdict
    mfu = next(each for each in found.feasibility if each.check == "mfu")
    assert (mfu.value > 1.0) == (verdict == "infeasible")


@pytest.mark.parametrize("kind", ["rl", "synthetic-data"])
@pytest.mark.parametrize(("rate", "possible"), [("5K", True), ("7K", False)])
def test_tokens_cannot_be_generated_faster_than_the_peak_reads_them(kind, rate, possible):
    # 2 FLOP a parameter: 8.03B parameters at 100 TFLOP/s read 6,227 tokens a second.
    found = estimate(
        {
            "model": "llama-3.1-8b",
            "fleet": {"gpu": {"peak": {"bf16": "100 TFLOPS"}}, "count": "64"},
            "utilization": {"tokens_per_second_per_gpu": rate},
            "stages": [{"name": "it", "kind": kind, "training": {"tokens": "10B"}}],
        }
    )
    assert (found.verdict != "infeasible") == possible


@pytest.mark.parametrize("gpus", ["16", "32", "64"])
def test_memory_that_does_not_fit_is_one_finding(gpus):
    run = {**RUN, "training": {"tokens": "50B"}, "fleet": {"gpu": "h100", "count": gpus}}
    run.pop("gpu_hours")
    found = [f for f in estimate(run).feasibility if f.check == "memory"]
    assert len(found) == 1
    assert (found[0].verdict == "infeasible") == (gpus == "16")
