"""Leaves: shared where they are one value, apart where they are two."""

import pytest

from costcheck import CostcheckError, estimate, load
from costcheck.estimate import build
from costcheck.graph.evaluation import evaluate


def test_the_price_of_another_currency_needs_a_rate():
    scenario = {"gpu_hours": "1M", "pricing": {"rent": "7.2 CNY/GPU-hour"}}
    with pytest.raises(CostcheckError) as caught:
        estimate(scenario)
    assert "currency_rates" in caught.value.diagnostics[0].help
    result = estimate({**scenario, "currency_rates": {"CNY": "7.2"}})
    assert result["cost_usd"].central == pytest.approx(1e6)


def test_every_input_says_where_it_comes_from():
    result = estimate("examples/deepseek-v3.yaml")
    for line in result.inputs:
        assert line.source in ("file", "set", "catalog", "default", "python")
        if line.source == "file":
            assert line.line
        else:
            assert line.sources, line.path


def study(**sections):
    return build(load({"gpu_hours": "1M", "fleet": {"gpu": "h100"}, **sections})).stages[0].study


def test_a_formula_that_is_asked_for_twice_is_one_node():
    ours = study()
    hour, day = ours.conversion("seconds_per_hour"), ours.conversion("hours_per_day")
    one = ours.let("seconds", "s", hour * day, "of a day")
    assert ours.let("seconds", "s", hour * day, "of a day") is one
    assert ours.let("seconds", "s", day * hour, "of a day") is not one
    assert float(evaluate([one])[one]) == 86400.0


def test_two_formulas_of_one_name_cannot_be_in_one_graph():
    ours = study()
    hour, day = ours.conversion("seconds_per_hour"), ours.conversion("hours_per_day")
    one = ours.let("seconds", "s", hour * day)
    with pytest.raises(ValueError, match="two quantities are named 'seconds'"):
        evaluate([one, ours.let("seconds", "s", hour / day)])


def test_a_leaf_belongs_to_its_stage_or_to_all():
    stages = [{"name": name, "kind": "sft", "gpu_hours": "1M"} for name in ("one", "two")]
    shared = estimate({"stages": stages, "pricing": {"rent": "$2/GPU-hour"}}).inputs
    assert [line.path for line in shared if "rent" in line.path] == ["price/rent"]
    apart = [
        {**stage, "pricing": {"rent": f"${price}/GPU-hour"}}
        for stage, price in zip(stages, (2, 3), strict=True)
    ]
    paths = [line.path for line in estimate({"stages": apart}).inputs]
    assert [path for path in paths if "rent" in path] == ["one/price/rent", "two/price/rent"]


def test_sources_of_the_catalog_reach_the_json():
    document = estimate("examples/planned-run.yaml").to_dict()
    sources = {source for line in document["inputs"] for source in line["sources"]}
    assert any("NVIDIA" in source or "nvidia" in source for source in sources)
    assert len(sources) > 5
