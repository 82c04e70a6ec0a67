"""What the tools people use today get wrong, one test each."""

import json
import socket

import pytest

import costcheck
from costcheck.diagnostics import CostcheckError
from tests.commands import costcheck as command

RUN = """\
model: {parameters: 70B}
training: {tokens: 2T}
fleet: {gpu: h800, count: 1024}
utilization: {mfu: 40%}
pricing: {rent: $2/GPU-hour}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.yaml").write_text(RUN)
    (tmp_path / "b.yaml").write_text(RUN.replace("2T", "3T").replace("$2/", "$3/"))
    return tmp_path


def test_infracost_a_diff_needs_no_network_and_no_terminal(folder, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    found = costcheck.diff(folder / "a.yaml", folder / "b.yaml", samples=64)
    assert found.headline.ratio == pytest.approx(2.25, rel=0.01)
    done = command("diff", "a.yaml", "b.yaml", cwd=folder, text="")
    assert (done.code, done.err) == (0, "")


def test_infracost_lines_sum_and_numbers_are_numbers(folder):
    found = json.loads(command("diff", "a.yaml", "b.yaml", "-f", "json", cwd=folder).out)
    change = found["quantities"]["cost_usd"]["change"]
    assert isinstance(change, float)
    assert sum(line["change"] for line in found["drivers"]) == pytest.approx(change, rel=1e-12)


def test_infracost_a_bad_path_is_2_and_never_zero_dollars(folder):
    done = command("estimate", "none.yaml", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "$0" not in done.err


def test_infracost_a_limit_on_the_increase_is_one_flag(folder):
    assert command("diff", "a.yaml", "b.yaml", "--fail-on", "cost>+$1,000", cwd=folder).code == 1
    assert command("diff", "b.yaml", "a.yaml", "--fail-on", "cost>+$1,000", cwd=folder).code == 0


def test_llm_analysis_a_run_that_does_not_fit_is_a_verdict_not_a_traceback(folder):
    tight = {
        "model": "llama-3.1-70b",
        "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "512"},
        "fleet": {"gpu": "A100-80GB", "count": "64"},
        "layout": {"tensor": "1", "pipeline": "1", "data": "64", "micro_batch": "8", "zero": "0"},
    }
    found = costcheck.estimate(tight, samples=64)
    assert found.verdict == "infeasible"
    assert any("memory" in f.check for f in found.feasibility if f.verdict == "infeasible")
    path = folder / "tight.yaml"
    path.write_text(json.dumps(tight))
    assert command("estimate", str(path)).code == 0
    assert command("check", str(path)).code == 1


def test_llm_analysis_knows_the_h800():
    assert costcheck.estimate({"fleet": {"gpu": "h800", "count": "8"}, "duration": "1 day"})


def test_calculon_a_misspelt_key_has_line_caret_and_suggestion(folder):
    path = folder / "typo.yaml"
    path.write_text(RUN.replace("tokens", "toknes"))
    done = command("validate", str(path))
    assert done.code == 2
    assert ":2:12" in done.err
    assert "^^^^^^" in done.err
    assert "did you mean 'tokens'?" in done.err
    assert "Traceback" not in done.err


def test_eleutherai_numbers_are_written_as_people_write_them(folder):
    done = command(
        "estimate", "a.yaml", "--set", "training.tokens=14.8T", "--fields", "cost_usd", cwd=folder
    )
    assert done.code == 0
    assert float(done.out) == pytest.approx(
        costcheck.estimate(
            costcheck.load(folder / "a.yaml", set=["training.tokens=14.8 trillion"])
        )["cost_usd"].central
    )


@pytest.mark.parametrize("width", ["40", "80"])
def test_ftune_piped_output_loses_no_number(folder, width):
    done = command("estimate", "a.yaml", cwd=folder, environment={"COLUMNS": width})
    found = costcheck.estimate(folder / "a.yaml")
    days = found["days"].central
    assert f"{days:.1f}" in done.out
    assert "…" not in done.out


def test_llmfit_every_number_has_a_basis_and_every_assumption_a_source(folder):
    found = costcheck.estimate(folder / "a.yaml", samples=64)
    for name in ("training_flops", "gpu_hours", "cost_usd"):
        assert found[name].basis
    for line in found.inputs:
        if line.source == "default":
            assert line.sources, line.path


def test_spreadsheets_every_cell_can_be_seen(folder):
    done = command("explain", "cost", "a.yaml", "--depth", "12", cwd=folder)
    for text in ("2T", "40%", "$2/GPU-hour", "a.yaml:2", "a.yaml:4", "a.yaml:5"):
        assert text in done.out


def test_spreadsheets_a_decimal_comma_is_refused_with_a_hint():
    with pytest.raises(CostcheckError) as error:
        costcheck.load({"utilization": {"mfu": "0,552"}})
    assert "0.552" in error.value.diagnostics[0].help


def test_services_the_same_file_gives_the_same_bytes(folder):
    once, again = (command("estimate", "a.yaml", "-f", "json", cwd=folder).out for _ in "ab")
    assert once == again
    assert json.loads(once)["scenario"]["catalog"]["sha256"]
