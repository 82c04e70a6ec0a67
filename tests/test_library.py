"""The library: typed results, no printing, errors that carry every problem."""

import json
import pydoc
import re
import rlcompleter

import numpy as np
import pytest

import costcheck
from costcheck import CostcheckError, estimate, load

SCENARIO = {
    "model": "llama-3.1-8b",
    "training": {"tokens": "15T"},
    "fleet": {"gpu": "h100", "count": "512"},
    "utilization": {"mfu": "40%"},
    "pricing": {"rent": "$2.50/GPU-hour"},
}


def test_public_names_are_exact():
    for name in costcheck.__all__:
        assert getattr(costcheck, name) is not None
    assert callable(costcheck.estimate)


def test_help_and_completion_show_the_library():
    assert set(costcheck.__all__) <= set(dir(costcheck))
    text = pydoc.plain(pydoc.render_doc(costcheck))
    for name in costcheck.__all__:
        assert re.search(rf"^    (class )?{name}\(", text, re.MULTILINE), name
    assert "Find the best parallel layouts" in text
    names = rlcompleter.Completer({"costcheck": costcheck}).attr_matches("costcheck.es")
    assert names == ["costcheck.estimate("]


def test_importing_a_subpackage_does_not_hide_the_function():
    import costcheck.estimate

    assert callable(costcheck.estimate)


def test_a_mapping_is_a_scenario():
    result = estimate(SCENARIO)
    assert result["cost_usd"].central == pytest.approx(2.5 * result["gpu_hours"].central)


def test_overrides_are_typed_like_the_file():
    result = estimate(load(SCENARIO, set=["fleet.count=1,024", "pricing.rent=$2/GPU-hour"]))
    assert result["usd_per_gpu_hour"].central == 2.0
    assert result["days"].central == pytest.approx(estimate(SCENARIO)["days"].central / 2, rel=0.02)


def test_problems_come_together():
    with pytest.raises(CostcheckError) as caught:
        load({"modle": "x", "training": {"tokens": "fourteen trillions"}, "fleet": {"cuont": "3"}})
    assert len(caught.value.diagnostics) == 3


def test_unknown_names_come_together_with_near_matches():
    with pytest.raises(CostcheckError) as caught:
        estimate({"model": "lama-3.1-8b", "fleet": {"gpu": "h1oo"}})
    helps = " ".join(item.help for item in caught.value.diagnostics)
    assert "llama-3.1-8b" in helps
    assert "h100" in helps


def test_views(capsys):
    result = estimate(SCENARIO)
    assert json.loads(json.dumps(result.to_dict()))["schema_version"] == "1"
    frame = result.to_frame()
    assert frame.loc[frame.quantity == "cost_usd", "central"].item() == result["cost_usd"].central
    assert result._repr_html_().startswith("<div")
    assert "cost" in result._repr_markdown_()
    assert "feasible" in str(result)
    assert capsys.readouterr().out == ""


def test_results_are_frozen():
    result = estimate(SCENARIO)
    with pytest.raises(AttributeError):
        result.name = "x"
    with pytest.raises(AttributeError):
        result["cost_usd"].central = 0.0


def test_the_graph_takes_arrays_for_numeric_inputs():
    from costcheck.estimate import build
    from costcheck.graph.evaluation import evaluate
    from costcheck.graph.nodes import Along

    model = build(load(SCENARIO))
    cost = model.totals["cost_usd"]
    prices = np.array([1.0, 2.0, 4.0])
    values = evaluate([cost], bindings={"price/rent": Along("grid", prices)})[cost]
    assert values / values[0] == pytest.approx(prices)


def test_same_scenario_same_numbers():
    first, second = (estimate(SCENARIO)["gpu_hours"] for _ in range(2))
    assert (first.low, first.high) == (second.low, second.high)
    other = estimate(SCENARIO, seed=7)["gpu_hours"]
    assert other.central == first.central
    assert other.low == pytest.approx(first.low, rel=0.01)


def test_equal_results_are_equal():
    first, second = estimate(SCENARIO), estimate(SCENARIO)
    assert first == second
    assert hash(first) == hash(second)
    assert first["cost"] == second["cost"]
    assert first.ladder == second.ladder
    assert first != estimate(SCENARIO, seed=7)
    assert costcheck.sensitivity(SCENARIO) == costcheck.sensitivity(SCENARIO)


@pytest.mark.parametrize("ask", [costcheck.estimate, costcheck.sensitivity])
def test_too_few_draws_for_a_range_are_refused(ask):
    assert ask(SCENARIO, samples=64)
    with pytest.raises(CostcheckError) as caught:
        ask(SCENARIO, samples=63)
    assert [each.code for each in caught.value.diagnostics] == ["CC048"]


def test_every_result_is_a_table_and_has_views(tmp_path):
    dearer = load(SCENARIO, set=["pricing.rent=$3/GPU-hour"])
    planned = {**SCENARIO, "fleet": {"gpu": "h100", "count": "64"}}
    results = {
        "quantity": (estimate(SCENARIO), costcheck.compare(SCENARIO, dearer)),
        "input": (costcheck.sensitivity(SCENARIO),),
        "layout": (costcheck.plan(planned),),
        "before": (costcheck.diff(SCENARIO, dearer),),
        "claim": (costcheck.audit("GPT-4 cost $100 million to train"),),
    }
    for column, found in results.items():
        for each in found:
            frame = each.to_frame()
            assert column in frame.columns
            assert len(frame)
            assert each._repr_html_().startswith("<div")
            assert each._repr_markdown_()
            assert str(each)


def test_a_sweep_takes_a_scenario_in_any_form(tmp_path):
    file = tmp_path / "run.json"
    file.write_text(json.dumps(SCENARIO))
    frames = [
        costcheck.sweep(form, tmp_path / "out.csv", over=["fleet.count=256,512"]).to_frame()
        for form in (SCENARIO, load(SCENARIO), load(file), file, str(file))
    ]
    for frame in frames:
        assert frame.equals(frames[0])
    assert frames[0]["cost_usd"][1] == pytest.approx(estimate(SCENARIO)["cost"].central)
    dearer = load(file, set=["pricing.rent=$5/GPU-hour"])
    twice = costcheck.sweep(dearer, tmp_path / "out.csv", over=["fleet.count=256,512"]).to_frame()
    assert twice["cost_usd"].tolist() == pytest.approx((2 * frames[0]["cost_usd"]).tolist())


def test_claims_of_several_files_without_names_keep_a_verdict_each(tmp_path):
    files = [tmp_path / name for name in ("one.yaml", "two.yaml")]
    files[0].write_text("claims: [{about: DeepSeek-V3, gpu_hours: 2.788M}]")
    files[1].write_text("claims: [{about: Foo-7B, gpu_hours: 2.788M}]")
    found = costcheck.audit([str(file) for file in files])
    named = [f"{file}: claim-1" for file in files]
    assert list(found.verdicts) == named
    assert [found[name].path for name in named] == [str(file) for file in files]
