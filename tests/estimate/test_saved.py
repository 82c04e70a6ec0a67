"""A saved result is read back into the estimate it was."""

import json
import math

import pytest

import costcheck
from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.estimate.saved import is_saved, parse_saved, reload, restore
from costcheck.report.formats import csv, json as report_json, markdown
from costcheck.report.views.estimate import CSV_COLUMNS, estimate_document, estimate_rows
from tests.commands import EXAMPLES, ROOT


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_report_is_the_same_from_the_saved_result(path):
    found = costcheck.estimate(path, samples=64)
    text = report_json.render([found])
    back = restore(parse_saved(text, "saved.json")[0])
    assert is_saved(text)
    rows = [csv.render(CSV_COLUMNS, estimate_rows([item])) for item in (back, found)]
    assert rows[0] == rows[1]
    for verbose in (False, True):
        documents = [estimate_document(item, verbose=verbose) for item in (found, back)]
        assert markdown.render(documents[0]) == markdown.render(documents[1])


def test_the_scenario_inside_is_estimated_to_the_same(tmp_path):
    found = costcheck.estimate(EXAMPLES[0], samples=64)
    saved = parse_saved(report_json.render([found]), "saved.json")[0]
    again = costcheck.estimate(reload(saved, Catalog()), samples=64)
    for name, figure in found.figures.items():
        assert again[name].central == figure.central


@pytest.mark.parametrize(
    "text",
    ["", "[]x", "{}", '{"schema_version": "2"}', '{"schema_version": "1", "tool": 3}', "name: run"],
)
def test_what_is_no_result_is_told_not_guessed(text):
    with pytest.raises(CostcheckError) as error:
        parse_saved(text, "x.json")
    assert all(item.code == "CC030" for item in error.value.diagnostics)


def test_a_result_of_an_earlier_version_lacks_what_it_lacks():
    found = costcheck.estimate(EXAMPLES[0], samples=64).to_dict()
    del found["results"]["carbon_kg"], found["stage_details"], found["summary"]["title"]
    back = restore(parse_saved(json.dumps(found), "old.json")[0])
    assert back.figures["carbon_kg"].central is None
    assert estimate_document(back)


def test_a_result_of_version_0_1_says_what_it_said():
    text = (ROOT / "tests" / "data" / "result-0.1.json").read_text(encoding="utf-8")
    document = json.loads(text)
    back = restore(parse_saved(text, "old.json")[0])
    assert back.verdict == document["summary"]["verdict"]
    assert {name: figure.central for name, figure in back.figures.items()} == {
        name: figure["central"] for name, figure in document["results"].items()
    }
    assert [claim.verdict for claim in back.claims] == [
        claim["verdict"] for claim in document["claims"]
    ]
    assert [rung.central for rung in back.ladder] == [
        rung["central"] for rung in document["ladder"]
    ]
    again = report_json.to_dict(back)
    for number in (item for claim in document["claims"] for item in claim["numbers"]):
        assert number.pop("found") == ""  # a key that never said anything
    for claim in again["claims"]:  # keys that version 0.1 did not have
        assert (claim.pop("headline"), claim.pop("probability_true")) == ("", None)
    for figure in (*again["results"].values(), *again["ladder"]):
        figure.pop("support", None)  # a key that version 0.1 did not have
    for key in ("results", "ladder", "claims", "inputs", "feasibility", "thresholds", "scaling"):
        assert again[key] == document[key], key


def test_what_is_not_finite_is_null_and_comes_back():
    claims = [{"id": "c", "cost": "over $100M"}]
    found = costcheck.estimate({"model": "llama-3-8b", "claims": claims}, samples=64)
    text = report_json.render([found])
    assert json.loads(text)["claims"][0]["numbers"][0]["stated_high"] is None
    back = restore(parse_saved(text, "saved.json")[0])
    assert back.claims[0].numbers[0].stated_high == math.inf
