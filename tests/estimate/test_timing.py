"""What is stated first decides the time; the rest becomes a cross-check (DESIGN section 4)."""

import pytest

from costcheck import estimate

BASE = {
    "model": "llama-3.1-8b",
    "training": {"tokens": "15T", "sequence_length": "8192"},
    "fleet": {"gpu": "h100", "count": "1024"},
    "pricing": {"rent": "$2/GPU-hour"},
}
WAYS = {
    "gpu_hours": {"gpu_hours": "1.3M"},
    "count x duration": {"duration": "50 days"},
    "tokens per second": {"utilization": {"tokens_per_second_per_gpu": "8000"}},
    "mfu": {"utilization": {"mfu": "38%"}},
}


def chosen(result) -> str:
    return result.root["gpu_hours"].chosen


@pytest.mark.parametrize("first", range(len(WAYS)))
def test_the_first_statement_decides(first):
    labels = list(WAYS)[first:]
    scenario = dict(BASE)
    for label in labels:
        for key, value in WAYS[label].items():
            old = scenario.get(key, {})
            scenario[key] = {**old, **value} if isinstance(value, dict) else value
    assert chosen(estimate(scenario)) == labels[0]


def test_nothing_stated_leaves_what_published_runs_keep_of_a_predicted_step():
    result = estimate(BASE)
    assert chosen(result) == "predicted"
    assert 0.5 < result["goodput"].central < 0.9
    hours = result["gpu_hours"]
    assert hours.low < hours.central < hours.high
    assert hours.assumed


def test_stated_hours_are_end_to_end():
    result = estimate({**BASE, "gpu_hours": "1.3M"})
    assert result["gpu_hours"].central == 1.3e6
    assert result["days"].central == pytest.approx(1.3e6 / 1024 / 24)
    # Goodput is not applied again: it only leads from the run's MFU to that of a step.
    ratio = result["mfu_end_to_end"].central / result["mfu"].central
    assert ratio == pytest.approx(result["goodput"].central)


def test_hours_follow_from_mfu_and_goodput():
    result = estimate({**BASE, "utilization": {"mfu": "38%"}})
    seconds = result["training_flops"].central / (989e12 * 0.38) / result["goodput"].central
    assert result["gpu_hours"].central == pytest.approx(seconds / 3600, rel=1e-3)


def test_tokens_per_second_and_mfu_say_the_same():
    fast = estimate({**BASE, "utilization": {"tokens_per_second_per_gpu": "8000"}})
    again = estimate({**BASE, "utilization": {"mfu": f"{fast['mfu'].central:.12f}"}})
    assert again["gpu_hours"].central == pytest.approx(fast["gpu_hours"].central)
    assert again["tokens_per_second_per_gpu"].central == pytest.approx(8000)


def test_what_else_is_stated_is_cross_checked():
    result = estimate({**BASE, "gpu_hours": "1.300M", "duration": "50.0 days"})
    (check,) = [f for f in result.feasibility if f.check == "cross-check"]
    # 1,024 x 50 days = 1.2288M GPU-hours, 5.5 % below.
    assert check.verdict == "stretch"
    assert check.value == pytest.approx(1024 * 50 * 24)


def test_the_count_follows_from_hours_and_duration():
    scenario = {**BASE, "fleet": {"gpu": "h100"}, "gpu_hours": "1.2M", "duration": "50 days"}
    assert estimate(scenario)["days"].central == pytest.approx(50.0)


def test_compute_alone_is_enough():
    scenario = {k: v for k, v in BASE.items() if k not in ("model", "training")}
    result = estimate({**scenario, "training": {"compute": "7.7e23 FLOP"}})
    assert result["training_flops"].central == 7.7e23
    assert result["gpu_hours"].central > 0
    assert result["flops_per_token"].central is None
    assert result["flops_per_token"].reason


def test_step_time_is_the_batch_over_the_throughput():
    scenario = {**BASE, "training": {**BASE["training"], "global_batch": "2048"}}
    result = estimate({**scenario, "utilization": {"tokens_per_second_per_gpu": "8000"}})
    assert result["step_seconds"].central == pytest.approx(2048 * 8192 / (8000 * 1024))


def test_an_uncertain_input_gives_a_range_and_an_exact_one_does_not():
    exact = estimate({**BASE, "gpu_hours": "1.3M"})["cost_usd"]
    assert exact.low == exact.central == exact.high
    ranged = estimate({**BASE, "gpu_hours": "1.3M", "pricing": {"rent": "$1.50-3/GPU-hour"}})
    cost = ranged["cost_usd"]
    assert cost.low == pytest.approx(1.3e6 * 1.5, rel=0.02)
    assert cost.high == pytest.approx(1.3e6 * 3.0, rel=0.02)


def test_failures_that_outrun_progress_are_infeasible():
    scenario = {**BASE, "gpu_hours": "1.3M", "reliability": {"failures_per_gpu_hour": "0.05"}}
    result = estimate(scenario)
    assert result.verdict == "infeasible"
    assert any(f.check == "reliability" for f in result.feasibility)


SPLIT = {"tensor": "2", "context": "2", "data": "64"}


@pytest.mark.parametrize("stated", [{}, {"duration": "40 days"}])
def test_a_layout_with_all_its_degrees_says_how_many_accelerators_there_are(stated):
    split = {**BASE, **stated, "layout": SPLIT}
    counted = estimate({**split, "fleet": {"gpu": "h100", "count": "256"}})
    uncounted = estimate({**split, "fleet": {"gpu": "h100"}})
    for name in ("gpu_hours", "days", "cost_usd", "step_seconds", "capex_usd"):
        assert uncounted[name].central == pytest.approx(counted[name].central), name


def test_a_layout_that_leaves_its_replicas_open_counts_no_accelerators():
    found = estimate({**BASE, "fleet": {"gpu": "h100"}, "layout": {"tensor": "2"}})
    assert found["days"].central is None
