"""The one table of quantities: no gaps, and its log forms say what published numbers say."""

from __future__ import annotations

import dataclasses
import math

import pytest

from costcheck import estimate, load
from costcheck.cli.failing import conditions
from costcheck.compare import compare
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import stage
from costcheck.explain import explain
from costcheck.plan.fleet import PlannedLayout
from costcheck.quantities import (
    BY_NAME,
    CLAIMED,
    FLOP_PER_PARAMETER_TOKEN,
    GATES,
    HEADLINES,
    HEADS,
    MODEL_COMPUTE,
    NAMES,
    NAMES_OF_HEADS,
    RESULTS,
    ROWS,
    _checked,
    head_of,
    result_named,
    shown_in,
)
from costcheck.report.views.fields import render as render_fields
from costcheck.scenario.claim import Claim
from costcheck.sweep.rows import SweepSpec, SweptRows
from costcheck.text.dimensions import PLAIN, RATES

SCENARIO = {
    "model": "llama-3.1-8b",
    "training": {"tokens": "15T"},
    "fleet": {"gpu": "h100", "count": 1024},
    "stages": [{"name": "one", "utilization": {"mfu": "40%"}}, {"name": "two", "duration": "3 d"}],
}

DEEPSEEK_V3 = {
    "gpus": 2048,
    "hours": 2.664e6 / 2048,
    "slack": 1.0,
    "price": 2.0,
    "tokens": 14.8e12,
    "active": 37e9,
    "sparsity": 671 / 37,
    "intensity": 6.0,
    "goodput": 1.0,
    "peak": 989e12,
}
"""DeepSeek-V3 technical report, arXiv:2412.19437, table 1 and section 1 (pre-training)."""

STATED = {
    "gpus": 2048,
    "gpu_hours": 2.664e6,
    "gpu_hours_per_trillion_tokens": 180e3,
    "cost": 5.328e6,
    "parameters": 671e9,
    "active_parameters": 37e9,
    "tokens": 14.8e12,
}
"""What the same table prints for these quantities."""


def test_every_result_of_an_estimate_has_a_row_with_its_unit():
    result = estimate(load(SCENARIO))
    assert set(result.figures) == set(RESULTS)
    for name, node in result.root.items():
        assert node.unit == RESULTS[name].unit, name


def test_every_number_a_claim_may_state_has_a_row():
    quantities = {
        field.name for field in dataclasses.fields(Claim) if "tuple[" in str(field.type)
    } - {"ratios"}
    assert quantities == set(CLAIMED) - {"capex_per_gpu"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_limit_of_every_quantity_can_be_read(row):
    assert row.dimension in {**PLAIN, **RATES}


@pytest.mark.parametrize("key", STATED)
def test_log_forms_agree_with_a_published_run(key):
    claimed = CLAIMED[key].claimed
    value = claimed.constant
    value *= math.prod(DEEPSEEK_V3[name] for name in claimed.over)
    value /= math.prod(DEEPSEEK_V3[name] for name in claimed.under)
    assert value == pytest.approx(STATED[key], rel=1e-3)


def test_compute_of_hardware_and_model_agree():
    # Llama 3 405B: 3.8e25 FLOP, 405B x 15.6T x 6 (arXiv:2407.21783, section 3.2).
    values = {"intensity": FLOP_PER_PARAMETER_TOKEN, "active": 405e9, "tokens": 15.6e12}
    model = math.prod(values[name] for name in MODEL_COMPUTE)
    assert model == pytest.approx(3.8e25, rel=0.01)
    # The same report: 30.84M H100-hours at 38-43 % MFU of 989 TFLOP/s dense.
    compute = CLAIMED["compute"].claimed
    run = {"gpus": 30.84e6, "hours": 1, "slack": 1, "goodput": 0.9, "peak": 989e12, "mfu": 0.40}
    hardware = compute.constant * math.prod(run[name] for name in compute.over)
    assert hardware == pytest.approx(model, rel=0.1)


def test_energy_and_carbon_forms_agree_with_a_published_run():
    # Llama 2: 3,311,616 A100-hours, 400 W, 539 tCO2e (arXiv:2307.09288, table 2): 0.407 kg/kWh.
    run = {"gpus": 3_311_616, "hours": 1, "slack": 1, "power": 400, "grid": 406.9}
    energy, carbon = CLAIMED["energy"].claimed, CLAIMED["carbon"].claimed
    kwh = energy.constant * math.prod(run[name] for name in energy.over)
    kilograms = carbon.constant * math.prod(run[name] for name in carbon.over)
    assert kwh == pytest.approx(1.3246e6, rel=1e-3)
    assert kilograms == pytest.approx(539e3, rel=1e-3)


def test_names_mean_one_result_each():
    assert {result_named(name) for name in NAMES} == set(RESULTS)
    assert result_named("cost") == "cost_usd"
    assert result_named("step_time") == "step_seconds"
    assert result_named("parameters") == "parameters_total"


def test_an_unknown_name_is_refused_with_a_near_one():
    with pytest.raises(CostcheckError) as problem:
        result_named("energie")
    assert "did you mean 'energy'" in problem.value.diagnostics[0].help


def test_a_row_with_a_gap_is_refused():
    cost = BY_NAME["cost_usd"]
    for gap in (
        {"label": ""},
        {"unit": ""},
        {"stages": "added"},
        {"shown": ("somewhere",)},
        {"claimed": dataclasses.replace(cost.claimed, over=("luck",))},
    ):
        with pytest.raises(ValueError, match="cost_usd lacks"):
            _checked([dataclasses.replace(cost, **gap)])
    with pytest.raises(ValueError, match="of its own"):
        _checked([cost, cost])


def test_places_list_results_in_the_order_of_the_table():
    assert HEADLINES[0] == "cost_usd"
    assert [row.name for row in shown_in("stages")] == [
        "gpu_hours",
        "days",
        "mfu_end_to_end",
        "cost_usd",
    ]


def test_flags_know_the_same_names():
    estimates = [estimate(load(SCENARIO))]
    central = estimates[0].figures["cost_usd"].central
    assert render_fields(estimates, "cost,cost_usd,verdict").split() == [
        repr(central),
        repr(central),
        estimates[0].verdict,
    ]
    for name, result in NAMES.items():
        assert explain(estimates[0], name).steps[0].name == estimates[0].root[result].name
        assert conditions(f"{name}>1", list(RESULTS))[0].name == GATES.get(name, result)
        assert compare(estimates, by=name).ranked_by == result
        spec = SweepSpec(path="", text="model: llama-3-8b", over=("training.tokens=1T,2T",))
        assert SweptRows(spec._replace(fields=(name,))).columns == (result,)


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("step_time>2 s", 2.0),
        ("parameters>1B", 1e9),
        ("energy>1MWh", 1e3),
        ("duration>48 h", 2.0),
        ("throughput_never>1", None),
        ("tokens_per_second_per_gpu<1550", 1550.0),
        ("memory>80 GB", 80e9),
        ("water>3 m3", 3e3),
    ],
)
def test_limits_are_read_in_the_unit_of_their_result(limit, value):
    if value is None:
        with pytest.raises(CostcheckError, match="no result is called"):
            conditions(limit, list(RESULTS))
    else:
        assert conditions(limit, list(RESULTS))[0].limit == pytest.approx(value)


def test_every_dimension_can_be_read_and_every_planned_result_has_a_column():
    names = {item.name for item in dataclasses.fields(PlannedLayout)}
    for row in ROWS:
        assert row.dimension in {*PLAIN, *RATES}, row.name
    assert {row.name for row in shown_in("plan")} <= names


def test_a_result_without_a_node_is_refused(monkeypatch):
    row = dataclasses.replace(RESULTS["days"], name="nights", aliases=())
    monkeypatch.setattr(stage, "RESULTS", {**RESULTS, "nights": row})
    with pytest.raises(ValueError, match="nights"):
        estimate(load(SCENARIO))


def test_heads_of_columns_are_words_with_their_unit_and_lead_back_to_the_name():
    assert HEADS["cost_usd"] == "cost [USD]"
    assert HEADS["cost_usd_low"] == "cost low [USD]"
    assert HEADS["days"] == "days"
    assert head_of("expert_tensor") == "expert tensor"
    assert head_of("fleet.count") == "fleet.count"
    assert len(NAMES_OF_HEADS) == len(HEADS)
    assert not [head for head in HEADS.values() if "_" in head]
