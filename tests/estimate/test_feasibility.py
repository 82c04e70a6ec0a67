"""Can it work at all: each check with a case that passes and one that fails."""

import pytest

from costcheck import estimate

RUN = {
    "model": "llama-3.1-405b",
    "as_of": "2024-07-23",
    "training": {"tokens": "15.6T", "sequence_length": "8192"},
    "fleet": {"gpu": "h100", "count": "16384"},
    "gpu_hours": "30.84M",
    "pricing": {"rent": "$2/GPU-hour"},
}


def verdicts(scenario):
    return {f.check: f.verdict for f in estimate(scenario).estimate.feasibility}


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


def test_fp8_may_pass_the_bf16_peak():
    fast = {**RUN, "gpu_hours": "15M", "training": {**RUN["training"], "precision": "fp8"}}
    assert verdicts(fast)["mfu"] == "feasible"


def test_the_training_state_has_to_fit_the_fleet():
    small = {**RUN, "fleet": {"gpu": "h100", "count": "64"}}
    assert verdicts(small)["memory"] == "infeasible"
    assert verdicts(RUN).get("memory", "feasible") == "feasible"


def test_a_part_cannot_be_used_before_its_release():
    assert verdicts({**RUN, "as_of": "2021-01-01"})["released"] == "infeasible"
    assert "released" not in verdicts(RUN)


def test_a_broken_budget_is_infeasible_and_listed_apart():
    result = estimate({**RUN, "budget": {"cost": "under $50M", "duration": "under 100 days"}})
    found = {f.check: f.verdict for f in result.estimate.budget}
    assert found == {"cost": "infeasible", "duration": "feasible"}
    assert result.verdict == "infeasible"


def test_compute_that_contradicts_the_tokens_is_told():
    scenario = {**RUN, "training": {**RUN["training"], "compute": "9e29 FLOP"}}
    assert verdicts(scenario)["cross-check"] == "stretch"
    close = {**RUN, "training": {**RUN["training"], "compute": "3.9e25 FLOP"}}
    assert verdicts(close)["cross-check"] == "feasible"


def test_nothing_overflows_into_a_report():
    wild = {**RUN, "gpu_hours": "1e9", "reliability": {"failures_per_gpu_hour": "1"}}
    document = estimate(wild).to_dict()
    for name, found in document["results"].items():
        assert (found["central"] is None) == ("reason" in found), name
