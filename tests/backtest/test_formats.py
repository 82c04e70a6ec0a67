"""Tables are told apart by their columns."""

import json

import pytest

from costcheck.backtest import backtest_file, backtest_shipped, to_dict
from costcheck.backtest.formats import recognise
from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.backtest import backtest_document
from tests.commands import costcheck
from tests.shared_data import shared_path


@pytest.fixture(scope="module")
def catalog():
    return Catalog()


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (["model", "gpu", "quantity", "value"], "throughput"),
        (["model", "gpu", "measured_kind", "measured_value"], "throughput"),
        (["id", "category", "gpu", "measured_kind", "measured_value"], "measured"),
        (["model", "hardware", "capex_energy_cost_usd"], "epoch"),
        (["id", "tokens", "accel_hours", "energy_mwh", "energy_kind"], "energy"),
        (["id", "tokens", "hardware", "accelerator_hours"], "runs"),
    ],
)
def test_kinds(columns, kind):
    assert recognise(columns, "x.csv") == kind


def test_other_columns_are_a_problem_that_lists_what_is_known():
    with pytest.raises(CostcheckError) as caught:
        recognise(["a", "b"], "x.csv")
    assert "capex_energy_cost_usd" in caught.value.diagnostics[0].help


@pytest.mark.parametrize(
    ("name", "key", "least"),
    [
        ("epoch_costs.csv", "within_1_percent", 0.95),
        ("energy_runs.csv", "inside_90", 1.0),
        ("runs.yaml", "error_ratio", 0.0),
    ],
)
def test_the_validation_files(catalog, name, key, least):
    found = backtest_file(str(shared_path(f"validation/{name}")), catalog=catalog)
    data = json.loads(json.dumps(to_dict(found)))
    assert data[key] >= least
    assert render(backtest_document(found), Screen())


def test_what_ships(catalog):
    runs, steps = backtest_shipped(catalog=catalog)
    assert (runs.kind, steps.kind) == ("runs", "throughput")
    data = to_dict(steps)
    assert set(data["sets"][0]) == {
        "set",
        "rows",
        "mean_abs_error",
        "median_abs_error",
        "p90_abs_error",
        "bias",
    }
    for found in (runs, steps):
        short, long = (render(backtest_document(found, verbose=v), Screen()) for v in (False, True))
        assert len(short) < len(long)


def test_the_command(tmp_path):
    data = json.loads(costcheck("backtest", "-f", "json").out)
    assert {"schema_version", "runs", "throughput"} <= set(data)
    missing = costcheck("backtest", str(tmp_path / "none.csv"))
    assert (missing.code, "CC014" in missing.err) == (2, True)
    empty = tmp_path / "empty.csv"
    empty.write_text("", encoding="utf-8")
    assert costcheck("backtest", str(empty)).code == 2


def test_a_plot_needs_runs(tmp_path):
    table = tmp_path / "steps.csv"
    table.write_text("model,gpu,quantity,value\n", encoding="utf-8")
    done = costcheck("backtest", str(table), "--plot", str(tmp_path / "x.png"))
    assert (done.code, "CC027" in done.err) == (2, True)
