"""Every number down to its source, every problem code in words."""

import re
from pathlib import Path

import pytest

import costcheck
from costcheck.catalog.codes import codes_of, explanation, known_codes
from costcheck.diagnostics import CostcheckError
from costcheck.explain import explain
from costcheck.explain.units import units
from costcheck.quantities import NAMES, RESULTS, result_named, shown_in
from costcheck.report.formats import markdown, terminal
from costcheck.report.formats.schemas import scenario_schema
from costcheck.report.formats.terminal import Screen
from costcheck.report.views.explain import explained_document
from costcheck.report.views.schema import schema_document
from costcheck.text.quantity import parse

SOURCE = Path(__file__).parents[1] / "src"
EXAMPLE = Path(__file__).parents[1] / "examples" / "planned-run.yaml"


def test_every_code_in_the_source_is_documented_and_every_documented_one_is_used():
    used = set()
    for path in SOURCE.rglob("*.py"):
        used |= set(re.findall(r"\"(CC\d{3})\"", path.read_text(encoding="utf-8")))
    assert used - set(known_codes()) == set()
    assert set(codes_of("beyond_reading")) - used == set()
    assert not set(codes_of("reading")) & set(codes_of("beyond_reading"))


@pytest.mark.parametrize("code", known_codes())
def test_every_code_says_what_why_and_what_to_write(code):
    found = explanation(code.lower())
    assert all(vars(found).values())
    assert found.title.endswith(".")
    assert found.wrong != found.right


@pytest.fixture(scope="module")
def estimate():
    return costcheck.estimate(EXAMPLE, samples=64)


def test_each_formula_reproduces_its_value(estimate):
    found = explain(estimate, "cost")
    assert found.steps[0].value == estimate.figures["cost_usd"].central
    assert found.steps[0].depth == 0
    leaves = [step for step in found.steps if step.origin]
    assert leaves
    for step in leaves:
        stated = step.origin in ("file", "set")
        assert bool(step.place) >= stated
        if step.origin == "default":
            assert step.sources, step.name


def test_a_leaf_of_the_file_names_file_and_line(estimate):
    tokens = next(s for s in explain(estimate, "training_flops").steps if s.name == "tokens")
    line = int(tokens.place.rpartition(":")[2])
    assert tokens.text in EXAMPLE.read_text().splitlines()[line - 1]


def test_a_quantity_below_a_result_can_be_explained_and_a_wrong_one_is_near(estimate):
    assert explain(estimate, "tokens").steps[0].text
    with pytest.raises(CostcheckError) as error:
        explain(estimate, "kost")
    assert "cost" in error.value.diagnostics[0].help


@pytest.mark.parametrize("row", shown_in("screen"), ids=lambda row: row.name)
def test_the_words_of_a_row_explain_the_number_of_that_row(estimate, row):
    shown = estimate.figures[row.name].central
    if shown is not None:
        for word in filter(None, (row.short or row.label, row.name)):
            assert explain(estimate, word).steps[0].value == shown


@pytest.mark.parametrize("row", RESULTS.values(), ids=lambda row: row.name)
def test_the_words_of_every_row_name_its_result_in_the_library_too(estimate, row):
    if row.name not in estimate.figures:
        pytest.skip("the run has no such result")
    result = costcheck.api.results.Result.of(estimate)
    for words in filter(None, (row.label, row.title, row.short)):
        named = {other.name for other in RESULTS.values() if words in (other.label, other.title)}
        if NAMES.get(words, row.name) == row.name and named <= {row.name}:
            assert result[words] is estimate.figures[row.name]
            assert result_named(words.capitalize()) == row.name


def test_mfu_alone_is_that_of_a_step_wherever_it_is_asked(estimate):
    assert explain(estimate, "MFU").steps[0].value == estimate.figures["mfu"].central
    words = {row.short or row.label for row in shown_in("screen")}
    assert "MFU" not in words


def test_shared_quantities_are_opened_once(estimate):
    steps = explain(estimate, "cost").steps
    opened = [s.name for s in steps if s.formula and not s.repeated]
    assert len(opened) == len(set(opened))


def test_the_examples_of_units_are_read_by_the_reader():
    for unit in units():
        samples = unit.example.removeprefix("write ")
        first = re.split(r",? or |, such as | such as ", samples)[0].split(", ")[0]
        if re.search(r"\d", first) and not first.startswith("a "):
            parse(first, unit.dimension)


def test_a_formula_names_each_of_its_parts_in_other_words(estimate):
    shown = terminal.render(
        explained_document(explain(estimate, "gpu_hours", 4)), Screen(width=400)
    )
    for line in shown.splitlines():
        assert not re.search(r"\bfrom (predicted|counted)\b|\bpredicted (×|\))|× kept [×)]", line)
    formula = next(line for line in shown.splitlines() if "predicted GPU-hours =" in line)
    assert "predicted MFU of a step" in formula


def test_the_schema_in_words_has_every_key_with_what_it_is():
    shown = markdown.render(schema_document(scenario_schema()))
    for key, field in scenario_schema()["properties"].items():
        line = next(
            line for line in shown.splitlines() if line.replace("\\", "").startswith(f"| {key} |")
        )
        assert str(field["description"]).split("`")[0].strip()[:20] in line
    assert "number with unit" in shown
