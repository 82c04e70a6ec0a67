"""What a scenario may not do although every value in it reads well."""

import pytest

from costcheck.api import load
from costcheck.cli import streams
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import build, estimate
from costcheck.estimate.resolve import resolve
from costcheck.text.forms import nearest

RUN = "fleet: {gpu: h100, count: 2048}\n"


def _loaded(folder, text):
    file = folder / "run.yaml"
    file.write_text(RUN + text, encoding="utf-8")
    return load(str(file))


def test_swapped_sizes_are_an_error_at_the_active_ones(tmp_path):
    text = "training: {tokens: 15T}\nmodel: {parameters: 37B, active: 671B}\n"
    with pytest.raises(CostcheckError) as caught:
        build(_loaded(tmp_path, text))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.line, problem.place.column) == ("CC310", 3, 34)
    assert "swap" in problem.help


@pytest.mark.parametrize(
    ("tokens", "advice"), [("15", "15T"), ("14800", "14800B"), ("15K", "trillions")]
)
def test_tokens_without_a_suffix_are_a_warning(tmp_path, tokens, advice):
    text = f"training: {{tokens: {tokens}}}\nmodel: {{parameters: 37B}}\n"
    (problem,) = build(_loaded(tmp_path, text)).resolved.problems
    assert (problem.code, problem.severity) == ("CC311", "warning")
    assert (problem.place.line, problem.place.column) == (2, 20)
    assert advice in problem.help


def test_a_small_fine_tuning_is_no_warning(tmp_path):
    text = "model: {parameters: 8B}\nstages: [{name: a, kind: sft, training: {tokens: 500K}}]\n"
    assert build(_loaded(tmp_path, text)).resolved.problems == ()


def test_a_file_as_name_of_a_model_is_told_how_to_write_it(tmp_path):
    (problem,) = resolve(_loaded(tmp_path, "model: air.json\n")).problems
    assert "{config: air.json}" in problem.help


def test_a_budget_says_what_exceeds_it(tmp_path):
    text = "gpu_hours: 1M\npricing: {rent: $2/GPU-hour}\nbudget: {cost: under $1M}\n"
    (finding,) = estimate(_loaded(tmp_path, text), samples=256).budget
    assert finding.message == "cost: $2M is above the limit (under $1M)"


def test_abbreviations_of_a_layout_lead_to_its_keys():
    keys = ("tensor", "pipeline", "data", "expert", "context")
    assert tuple(nearest(word, keys) for word in ("tp", "pp", "dp", "EP", "cp")) == keys


def test_the_folder_of_an_output_is_made(tmp_path):
    streams.emit("x", str(tmp_path / "new" / "out.txt"))
    assert (tmp_path / "new" / "out.txt").read_text() == "x"
