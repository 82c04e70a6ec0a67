"""Leaves: shared where they are one value, apart where they are two."""

import pytest

from costcheck import CostcheckError, estimate


def test_the_price_of_another_currency_needs_a_rate():
    scenario = {"gpu_hours": "1M", "pricing": {"rent": "7.2 CNY/GPU-hour"}}
    with pytest.raises(CostcheckError) as caught:
        estimate(scenario)
    assert "currency_rates" in caught.value.diagnostics[0].help
    result = estimate({**scenario, "currency_rates": {"CNY": "7.2"}})
    assert result["cost_usd"].central == pytest.approx(1e6)


def test_every_input_says_where_it_comes_from():
    result = estimate("examples/deepseek-v3.yaml")
    for line in result.estimate.inputs:
        assert line.origin in ("file", "set", "catalog", "default", "python")
        if line.origin == "file":
            assert line.line
        else:
            assert line.sources, line.path


def test_sources_of_the_catalog_reach_the_json():
    document = estimate("examples/planned-run.yaml").to_dict()
    sources = {source for line in document["inputs"] for source in line["sources"]}
    assert any("NVIDIA" in source or "nvidia" in source for source in sources)
    assert len(sources) > 5
