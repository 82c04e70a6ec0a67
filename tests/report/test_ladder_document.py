"""The ladder, thresholds and scaling laws as a report and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from costcheck.api import estimate
from costcheck.codec import encode
from costcheck.estimate.saved import parse_saved, restore
from costcheck.report.formats import json as json_report, terminal
from costcheck.report.views.estimate import estimate_document
from tests.estimate.files import DEEPSEEK_V3, estimated

EXAMPLE = Path(__file__).parents[2] / "examples" / "deepseek-v3.yaml"


def printed(result, *, verbose: bool = False, ladder: bool = True) -> str:
    document = estimate_document(result, verbose=verbose, ladder=ladder)
    return terminal.render(document, terminal.Screen())


def test_the_example_prints_the_ladder_of_the_note() -> None:
    text = printed(estimate(EXAMPLE))
    for rung in ("final run", "+ experiments", "+ staff"):
        assert rung in text
    assert "+ lost time" not in text  # its hours are stated, end to end
    assert "+ other stages" not in text  # and so are its stages
    assert "$5.58M" in text
    assert "$12.3M" in text
    assert "$22.3M" in text
    assert 'technical-report: $5.576M is on "final run"' in text


def test_json_has_ladder_thresholds_and_scaling() -> None:
    document = json.loads(json_report.render([estimated(DEEPSEEK_V3)]))
    rungs = {rung["rung"]: rung for rung in document["ladder"]}
    assert {"low", "central", "high", "unit", "basis", "sources", "reason"} <= set(
        rungs["with_experiments"]
    )
    assert rungs["with_data"]["central"] is None
    assert rungs["with_data"]["reason"]
    assert document["thresholds"]
    assert {"law", "source", "parameters", "tokens"} <= set(document["scaling"][0])
    nodes = {node["name"]: node for node in document["tree"]["nodes"]}
    assert nodes["ladder/with_experiments"]["value"] == rungs["with_experiments"]["central"]


def test_a_saved_result_prints_the_same_ladder() -> None:
    result = estimate(EXAMPLE)
    saved = restore(parse_saved(json_report.render([result]), "saved.json")[0])
    assert encode(saved.ladder) == encode(result.ladder)
    assert "what a cost can mean" in printed(saved)


def test_verbose_lists_every_law_and_threshold() -> None:
    text = printed(estimated(DEEPSEEK_V3), verbose=True)
    assert "Compute-optimal for the same compute" in text
    assert "epoch-refit" in text
    assert "presumption of systemic risk" in text


def test_a_crossed_threshold_is_told_without_being_asked() -> None:
    run = {
        "model": {"parameters": "405B"},
        "training": {"tokens": "15.6T"},
        "fleet": {"gpu": "h100"},
    }
    text = printed(estimated(run, as_of="2025-09-01", samples=256))
    assert "crosses" in text
    assert "1e25 FLOP, European Union" in text
