"""The screens people see, at the widths they have."""

import json
import re

import pytest

from costcheck.api import estimate
from costcheck.quantities import shown_in
from costcheck.report.formats import terminal
from costcheck.report.views.estimate import estimate_document
from costcheck.report.views.figures import figure, lasting, money
from tests.commands import EXAMPLES, ROOT
from tests.golden_files import WIDTHS, reported, screens

SCREENS = screens()


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.name)
def test_screen_is_as_kept(path):
    assert path.exists(), "run: python -m tests.golden_files"
    assert SCREENS[path] == path.read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def shown(request):
    return reported(request.param)


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_are_never_cut(shown, width):
    for place, verbose in (("screen", False), ("table", True)):
        document = estimate_document(shown, verbose=verbose)
        text = terminal.render(document, terminal.Screen(width=width))
        for row in shown_in(place) if document[1:] and "estimate" in text else ():
            found = shown.figures[row.name]
            for value in (found.low, found.central, found.high):
                if value is not None:
                    assert figure(value, found.unit).partition(" ")[0] in text
        assert max(map(len, text.splitlines())) <= width


def test_the_answer_comes_first_and_fits_one_screen(shown):
    lines = terminal.render(estimate_document(shown), terminal.Screen()).splitlines()
    extra = len(shown.stages) > 1 or shown.claims or shown.context.serving
    assert len(lines) <= (36 if extra else 24)
    head = " ".join(lines[:3])
    verdict = "not judged" if shown.figures["gpu_hours"].central is None else shown.verdict
    assert lines[0].endswith(verdict)
    for name, written in (("cost_usd", money), ("days", lasting)):
        central = shown.figures[name].central
        assert "unknown" in head if central is None else written(central) in head


def test_no_identifier_of_ours_is_on_the_screen(shown):
    text = terminal.render(estimate_document(shown), terminal.Screen(width=200))
    # A key of the file that would help is written as it has to be typed.
    told = re.sub(r"[\w-]+(\.[\w-]+)+", "", text.replace(shown.path, ""))
    assert not re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b", told)
    assert not re.findall(r"\b(?:price|energy|reliability|layout|mfu|data|rl)/[a-z_]+", told)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_first_line_of_an_example_is_the_question_it_answers(example):
    first = example.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith("?")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0.0225, "32.4 minutes"), (0.5, "12.0 hours"), (0.9999, "1.00 days"), (56.7, "56.7 days"),
        (1090.0, "1,090 days"), (1100.0, "3.01 years"),
    ],
)  # fmt: skip
def test_a_duration_is_said_in_the_unit_people_would_choose(days, said):
    assert lasting(days) == said


def test_ascii_screen_has_ascii_only():
    document = estimate_document(estimate(ROOT / "examples/deepseek-v3.yaml"))
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
