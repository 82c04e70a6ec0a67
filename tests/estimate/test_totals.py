"""Stages: what adds, what is the larger, what is a ratio of sums, what is inherited."""

import pytest

from costcheck import CostcheckError, estimate

TOP = {
    "model": "deepseek-v3",
    "fleet": {"gpu": "h800", "count": "2048"},
    "pricing": {"rent": "$2/h"},
}


def stages(*listed, **top):
    return estimate({**TOP, **top, "stages": list(listed)})


def test_hours_and_money_add_and_days_follow_one_another():
    result = stages(
        {"name": "a", "gpu_hours": "1M"}, {"name": "b", "kind": "sft", "gpu_hours": "500K"}
    )
    assert result["gpu_hours"].central == 1.5e6
    assert result["cost_usd"].central == 3e6
    assert result["days"].central == pytest.approx(1.5e6 / 2048 / 24)


def test_a_concurrent_stage_runs_beside_the_one_before():
    result = stages(
        {"name": "a", "gpu_hours": "1M"},
        {"name": "b", "gpu_hours": "100K", "concurrent": "true", "fleet": {"count": "512"}},
    )
    assert result["days"].central == pytest.approx(1e6 / 2048 / 24)
    assert result["gpu_hours"].central == 1.1e6


def test_each_stage_may_have_its_own_part_and_price():
    result = stages(
        {"name": "a", "gpu_hours": "1M"},
        {
            "name": "b",
            "gpu_hours": "1M",
            "fleet": {"gpu": "a100", "count": "100"},
            "pricing": {"rent": "$1/GPU-hour"},
        },
    )
    assert result["cost_usd"].central == 3e6
    assert result["usd_per_gpu_hour"].central == pytest.approx(1.5)


def test_shares_of_stages_are_weighted_not_averaged():
    result = stages(
        {"name": "a", "training": {"tokens": "14T"}, "gpu_hours": "2.5M"},
        {"name": "b", "training": {"tokens": "1T"}, "gpu_hours": "1M"},
    )
    one, two = (stage.figures for stage in result.stages)
    weighted = (one["mfu_end_to_end"].central * 2.5 + two["mfu_end_to_end"].central) / 3.5
    assert result["mfu_end_to_end"].central == pytest.approx(weighted)


def test_an_amount_of_the_top_level_goes_to_the_silent_stage_only():
    result = stages(
        {"name": "pre-training"},
        {"name": "rl", "kind": "rl", "gpu_hours": "147K"},
        training={"tokens": "14.8T"},
        utilization={"mfu": "40%"},
    )
    first, second = (stage.figures for stage in result.stages)
    assert first["training_flops"].central > 3e24
    assert second["training_flops"].central is None


def test_a_shared_price_is_one_input():
    result = stages(
        {"name": "a", "gpu_hours": "1M"},
        {"name": "b", "gpu_hours": "1M"},
        pricing={"rent": "$1-4/GPU-hour"},
    )
    prices = [line for line in result.inputs if line.unit == "USD/GPU-hour"]
    assert len(prices) == 1
    # Two independent prices would pull the ends of the sum together.
    assert result["cost_usd"].low == pytest.approx(2e6, rel=0.02)
    assert result["cost_usd"].high == pytest.approx(8e6, rel=0.02)


def test_an_unknown_stage_makes_the_total_at_least():
    result = stages({"name": "a", "gpu_hours": "1M"}, {"name": "b", "kind": "sft"})
    assert result["gpu_hours"].central == 1e6
    assert result["gpu_hours"].at_least


def test_what_stands_side_by_side_cannot_share_machines():
    result = stages(
        {"name": "a", "gpu_hours": "1M"},
        {"name": "b", "gpu_hours": "1M", "concurrent": "true", "fleet": {"count": "512"}},
    )
    alone = stages({"name": "a", "gpu_hours": "1M"})
    ratio = result["capex_usd"].central / alone["capex_usd"].central
    assert ratio == pytest.approx(2560 / 2048)


@pytest.mark.parametrize("order", [(1, 4), (4, 1)])
def test_the_memory_of_a_run_is_that_of_its_fullest_stage(order):
    training = {"tokens": "1T", "sequence_length": "8192", "global_batch": "512"}
    result = estimate(
        {
            "model": "llama-3.1-70b",
            "fleet": {"gpu": "h100", "count": "256"},
            "training": training,
            "stages": [
                {
                    "name": f"stage {k}",
                    "training": training,
                    "layout": {"tensor": "8", "pipeline": "4", "micro_batch": str(size)},
                }
                for k, size in enumerate(order)
            ],
        }
    )
    each = [s.figures["memory_bytes_per_gpu"].central for s in result.stages]
    assert result["memory_bytes_per_gpu"].central == max(each) > 1.1 * min(each)


def test_a_stage_s_own_speed_wins_over_the_top_level_s():
    result = stages(
        {"name": "a", "training": {"tokens": "1T"}, "utilization": {"mfu": "20%"}},
        utilization={"tokens_per_second_per_gpu": "4000"},
    )
    assert result["mfu"].central == pytest.approx(0.2)


def test_another_accelerator_does_not_inherit_the_old_one_s_figures():
    own = {"name": "Y", "peak": {"bf16": "500 TFLOPS"}}
    result = stages(
        {"name": "a", "gpu_hours": "1M", "fleet": {"gpu": own}},
        fleet={
            "gpu": {"name": "X", "peak": {"bf16": "1000 TFLOPS"}, "tdp": "1000 W"},
            "count": "8",
        },
    )
    assert result["energy_kwh"].central is None


def test_a_rate_of_the_file_is_one_input():
    result = stages(
        {"name": "a", "gpu_hours": "1M"},
        {"name": "b", "gpu_hours": "1M", "pricing": {"rent": "10 CNY/GPU-hour"}},
        pricing={"rent": "7 CNY/GPU-hour"},
        currency_rates={"CNY": "6-8"},
    )
    assert [line.path for line in result.inputs if "CNY/USD" in line.unit] == [
        "currency/CNY_per_dollar"
    ]


@pytest.mark.parametrize("name", ["", "a/b", "total", "gpu"])
def test_stage_names_are_parts_of_paths(name):
    with pytest.raises(CostcheckError):
        stages({"name": name, "gpu_hours": "1M"})


def test_two_stages_cannot_share_a_name():
    with pytest.raises(CostcheckError) as caught:
        stages({"name": "a", "gpu_hours": "1M"}, {"name": "a", "gpu_hours": "1M"})
    assert "two stages" in caught.value.diagnostics[0].message


def test_an_amount_that_counts_twice_is_warned_about():
    result = stages({"name": "a"}, {"name": "b"}, gpu_hours="100K")
    assert result["gpu_hours"].central == 200_000
    assert [item.code for item in result.diagnostics] == ["CC308"]
