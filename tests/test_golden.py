"""The screens people see, at the widths they have."""

import json
import re

import pytest

from costcheck.api import estimate
from costcheck.quantities import shown_in
from costcheck.report.formats import terminal
from costcheck.report.views.estimate import estimate_document
from costcheck.report.views.figures import figure
from tests.commands import EXAMPLES, ROOT
from tests.golden_files import WIDTHS, screens

SCREENS = screens()


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.name)
def test_screen_is_as_kept(path):
    assert path.exists(), "run: python -m tests.golden_files"
    assert SCREENS[path] == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_numbers_are_never_cut(example, width):
    result = estimate(example)
    text = terminal.render(estimate_document(result.estimate), terminal.Screen(width=width))
    for row in shown_in("table"):
        shown = result[row.name]
        for value in (shown.low, shown.central, shown.high):
            if value is not None:
                assert figure(value, shown.unit) in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_ascii_screen_has_ascii_only():
    document = estimate_document(estimate(ROOT / "examples/deepseek-v3.yaml").estimate)
    assert terminal.render(document, terminal.Screen(ascii=True)).isascii()


def test_json_is_json_and_null_has_a_reason():
    document = estimate(ROOT / "examples/article-002.yaml").to_dict()
    again = json.loads(json.dumps(document, allow_nan=False))
    for name, found in again["results"].items():
        assert (found["central"] is None) == ("reason" in found), name


def test_text_of_users_is_never_markup():
    scenario = {"name": "[red]x[/red] [/etc] [not-a-tag]", "model": "llama-3-8b"}
    text = str(estimate(scenario))
    assert "[red]x[/red] [/etc] [not-a-tag]" in text
    assert re.search(r"\x1b\[", text) is None
