"""A claim has one verdict, whatever the format."""

import json

import pytest

from tests.commands import ROOT, costcheck

EXAMPLE = "examples/article-004.yaml"


@pytest.fixture(scope="module")
def verdict():
    audit = json.loads(costcheck("audit", EXAMPLE, "-f", "json", cwd=ROOT).out)
    return audit["claims"][0]


def test_json_says_what_the_audit_says(verdict):
    document = json.loads(costcheck("estimate", EXAMPLE, "-f", "json", cwd=ROOT).out)
    for key in ("verdict", "headline", "probability_true"):
        assert document["claims"][0][key] == verdict[key]


@pytest.mark.parametrize("format", ["table", "md", "html"])
def test_every_report_says_what_the_audit_says(format, verdict):
    done = costcheck("estimate", EXAMPLE, "-f", format, cwd=ROOT)
    first_words = " ".join(verdict["headline"].split("-")[:2]).upper()
    assert first_words in done.out.partition("says the audit")[2]
