"""What others' tools read of a check, escaped for each of them."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given, strategies as st

from costcheck.check import Checked, Report
from costcheck.diagnostics import Diagnostic, Place
from costcheck.report.formats import github, junit, sarif

PLACE = Place("runs/a:b,c%.yaml", 3, 5, 4)
BAD = Diagnostic("CC101", "error", "50% of\n<a> & 'b' :: x", PLACE, "did you mean 'c'?")
WARNING = Diagnostic("CC502", "warning", "a stretch", Place("runs/b.yaml"))


def test_workflow_commands_escape_data_and_properties():
    line = github.render([BAD]).strip()
    head, _, data = line.removeprefix("::error ").partition("::")
    assert head == "file=runs/a%3Ab%2Cc%25.yaml,line=3,col=5,title=costcheck CC101"
    assert data == "50%25 of%0A<a> & 'b' :: x%0Adid you mean 'c'?"


def test_errors_come_first_and_what_is_beyond_the_limit_is_counted():
    many = [WARNING] * 12 + [BAD] * 15
    lines = github.render(many).splitlines()
    assert [line.split()[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10 + [
        "::notice"
    ]
    assert "5 more errors, 2 more warnings" in lines[-1]


def test_nothing_found_is_no_output():
    assert github.render([]) == ""


texts = st.text(max_size=40)


@given(texts, texts)
def test_no_text_can_start_a_command_of_its_own(message, help):
    problem = Diagnostic("CC101", "error", message, Place(message or "x", 1, 1), help)
    lines = github.render([problem]).split("\n")
    assert len(lines) == 2
    assert lines[0].startswith("::error ")
    assert "\r" not in lines[0]


def report(*problems, code=1):
    return Report((Checked("runs/a.yaml", problems, code), Checked("runs/good.yaml", (), 0)))


def test_junit_counts_failures_and_errors():
    root = ET.fromstring(junit.render(report(BAD)))  # noqa: S314
    suite = root.find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    failure = suite.find("testcase/failure")
    assert failure.get("type") == "CC101"
    assert "<a> & 'b'" in failure.text
    unusable = ET.fromstring(junit.render(report(BAD, code=2)))  # noqa: S314
    assert unusable.find("testsuite/testcase/error") is not None
    assert unusable.find("testsuite").get("errors") == "1"


@given(texts)
def test_junit_is_well_formed_whatever_a_file_says(message):
    problem = Diagnostic("CC101", "error", message, Place(message, 1, 1), message)
    ET.fromstring(junit.render(Report((Checked(message, (problem,), 1),))))  # noqa: S314


def test_sarif_has_what_code_scanning_needs():
    log = json.loads(sarif.render([BAD, WARNING]))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["CC101", "CC502"]
    assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("error", "warning")
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "runs/a:b%2Cc%25.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 5, "endColumn": 9}
    assert "region" not in second["locations"][0]["physicalLocation"]


def test_sarif_rules_explain_themselves():
    log = json.loads(sarif.render([BAD]))
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert rule["fullDescription"]["text"] in rule["help"]["text"]
    assert "```yaml" in rule["help"]["markdown"]


def fingerprints(*problems):
    results = json.loads(sarif.render(problems))["runs"][0]["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_sarif_fingerprints_stay_when_lines_move_and_tell_problems_apart():
    line = "budget: {cost: under $6M}"
    here = Diagnostic("CC505", "error", "cost: $7M is above", Place("a.yaml", 9, 16), "", line)
    moved = replace(here, place=Place("a.yaml", 31, 18), message="$8M", excerpt=f"  {line}")
    assert fingerprints(here) == fingerprints(moved)
    others = [
        replace(here, code="CC506"),
        replace(here, place=Place("b.yaml", 9, 16)),
        replace(here, excerpt="budget: {cost: under $5M}"),
        here,
    ]
    assert len(set(fingerprints(here, *others))) == 5
