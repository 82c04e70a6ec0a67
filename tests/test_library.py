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
        result.estimate.name = "x"
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
