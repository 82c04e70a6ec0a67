"""Where nobody states a speed: what runs reach of the step that the performance model predicts."""

import pytest

from costcheck import estimate

RUN = {
    "model": "llama-3.1-70b",
    "as_of": "2025-06-01",
    "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "1024"},
    "fleet": {"gpu": "h100", "count": "256"},
    "pricing": {"rent": "$3/GPU-hour"},
}


def run(**changes):
    merged = dict(RUN)
    for key, value in changes.items():
        old = RUN.get(key)
        merged[key] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return estimate(merged)


def hours(**changes) -> float:
    return run(**changes)["gpu_hours"].central


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"training": {"precision": "fp8"}}, False),
        ({"fleet": {"gpu": "b200"}}, False),
        ({"fleet": {"gpu": "a100"}}, True),
        ({"fleet": {"gpu": "h100-pcie"}}, True),
        ({"fleet": {"count": "16384"}, "training": {"global_batch": "16384"}}, True),
        ({"as_of": "2022-01-01", "fleet": {"gpu": "a100"}}, True),
        ({"hours_count": "calendar"}, True),
        ({"hours_count": "steps"}, False),
    ],
)
def test_what_changes_the_machines_speed_changes_the_hours(changes, more):
    plain, changed = hours(), hours(**changes)
    assert changed > plain if more else changed < plain


def test_without_a_layout_the_planners_stands_in_and_condemns_nothing():
    result = run()
    assert "assumed" in result["memory_bytes_per_gpu"].basis
    assert result["memory_bytes_per_gpu"].central is not None
    assert not [item for item in result.feasibility if item.check == "layout"]
    assert result["gpu_hours"].assumed


@pytest.mark.parametrize("name", ["gpu_hours", "mfu_end_to_end"])
def test_a_measured_step_decides_with_and_without_a_layout(name):
    layout = {"tensor": "8", "pipeline": "2"}
    free, laid_out = (
        run(calibration={"step_time": "40 s"}),
        run(calibration={"step_time": "40 s"}, layout=layout),
    )
    assert free[name].central == pytest.approx(laid_out[name].central, rel=1e-6)
    assert free[name].high / free[name].low < 1.5


def test_no_draw_passes_what_the_machine_can_do():
    result = run(training={"precision": "bf16"}, fleet={"gpu": "mi300x"})
    assert result["mfu"].high <= 1.0
    assert result["mfu_end_to_end"].high <= 0.8


def test_a_run_that_fits_with_offloading_alone_is_a_stretch_and_says_what_it_needs():
    model = {"parameters": "671B", "active": "37B"}
    training = {"global_batch": "2048", "sequence_length": "4096"}
    result = run(model=model, training=training, fleet={"gpu": "rtx-4090", "count": "2048"})
    assert result.verdict == "stretch"
    (finding,) = [item for item in result.feasibility if item.check == "memory"]
    assert "fits with optimizer in host memory" in finding.message


def test_training_state_that_fits_nowhere_is_infeasible_without_a_layout():
    result = run(model={"parameters": "1T"}, fleet={"gpu": "h100", "count": "16"})
    assert result.verdict == "infeasible"


def test_what_is_missing_for_a_speed_is_said():
    result = run(fleet=None, pricing=None)
    assert "fleet.gpu" in result["gpu_hours"].reason


@pytest.mark.parametrize(
    ("changes", "support"),
    [
        ({}, "inside"),
        ({"fleet": {"software": "megatron", "count": "32768"}}, "near"),
        ({"fleet": {"software": "my-trainer", "count": "32768"}}, "far"),
    ],
)
def test_each_result_says_how_far_from_measured_runs_it_is(changes, support):
    result = run(training={"global_batch": "32768"}, **changes)
    assert result["gpu_hours"].support == support
    assert result["cost_usd"].support == support
    assert result["parameters_total"].support == "inside"
    assert result.to_dict()["results"]["days"]["support"] == support


def test_sizes_that_nobody_published_leave_the_time_unknown():
    data = {"samples": "1394", "tokens_per_sample": "1.5e12"}
    scenario = {"model": "gemini-ultra", "training": {"data": data}, "fleet": {"gpu": "a10g"}}
    assert estimate(scenario)["gpu_hours"].central is None


def test_hours_of_steps_hold_no_faults_and_the_lost_time_does():
    stated = {"failures_per_gpu_hour": "1e-3", "restart": "30 min"}
    result = run(hours_count="steps", reliability=stated)
    cost = {rung.rung: rung.central for rung in result.ladder}
    assert result["cost_usd"].central == pytest.approx(cost["final_run"])
    assert cost["with_lost_time"] > 1.1 * cost["final_run"]


def test_an_unknown_fleet_is_known_no_better_than_a_known_one():
    def width(fleet):
        figure = estimate({**RUN, "fleet": fleet})["gpu_hours"]
        return figure.high / figure.low

    assert width({"gpu": "h100"}) >= 0.98 * width({"gpu": "h100", "count": "256"})


@pytest.mark.parametrize("method", ["full", "lora", "qlora", "frozen-backbone"])
def test_a_machine_is_judged_by_the_same_run_whatever_is_learned(method):
    run = {"model": "llama-3.2-1b", "training": {"tokens": "2B", "method": method}}
    found = estimate({**run, "fleet": {"gpu": "h100"}})["mfu"]
    assert 0.3 < found.central < 0.6  # not three times that of a full training
    assert found.high <= 1.0
