"""Every command prints each of its formats, and refuses every other with what it can print."""

import csv
import json
import zipfile
from importlib import import_module
from io import StringIO

import pytest

from costcheck.cli import main
from costcheck.cli.app import COMMANDS
from tests.commands import ROOT

MINIMAL = str(ROOT / "examples/minimal.yaml")
PLANNED = str(ROOT / "examples/planned-run.yaml")
ENERGY = (
    'id,accelerator,accel_hours,energy_mwh,energy_kind\na run,H100,1000,1.2,"measured, PUE 1.2"\n'
)
EVERY = ("table", "json", "csv", "md", "html", "xlsx", "junit", "github", "sarif")
FORMATS = {
    name: getattr(import_module(f"costcheck.cli.{name}"), "FORMATS", {}) for name in COMMANDS
}
WITHOUT = {"sweep", "validate", "init"}
"""Commands that print nothing, or one thing only."""


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    saved, table = folder / "saved.json", folder / "energy.csv"
    table.write_text(ENERGY)
    assert main(["estimate", MINIMAL, "-f", "json", "-o", str(saved)]) == 0
    return {
        "estimate": [MINIMAL],
        "sensitivity": [MINIMAL, "--samples", "64"],
        "compare": [MINIMAL, PLANNED, "--samples", "64"],
        "backtest": [str(table)],
        "diff": [MINIMAL, MINIMAL, "--set", "training.tokens=1T", "--samples", "64"],
        "check": [MINIMAL],
        "audit": [str(ROOT / "examples/article-004.yaml")],
        "explain": ["cost", MINIMAL],
        "report": [str(saved)],
        "calibrate": [str(ROOT / "examples/planned-run.log"), "--scenario", PLANNED],
        "plan": [PLANNED, "--top", "1", "-q"],
        "schema": ["scenario"],
        "catalog": ["gpus", "h100-sxm-80gb"],
    }


READ = {
    "table": lambda text: not text.startswith(("<", "{", "[")),
    "json": lambda text: json.loads(text) is not None,
    "csv": lambda text: len({len(row) for row in csv.reader(StringIO(text))}) == 1 and "," in text,
    "md": lambda text: "\n| " in text or "## " in text,
    "html": lambda text: text.startswith("<!doctype html>") and text.count("<h1") == 1,
    "junit": lambda text: "<testsuites name=" in text,
    "github": lambda text: text == "" or text.startswith("::"),
    "sarif": lambda text: "runs" in json.loads(text),
}
"""What every reader of a format sees first."""


def test_every_command_has_formats_or_a_reason():
    assert {name for name, formats in FORMATS.items() if not formats} == WITHOUT


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("command", sorted(set(COMMANDS) - WITHOUT))
def test_a_format_is_printed_or_refused(command, kind, lines, capsys, tmp_path):
    target = tmp_path / "out.xlsx"
    into = ["-o", str(target)] if kind == "xlsx" and kind in FORMATS[command] else []
    code = main([command, *lines[command], "-f", kind, *into])
    out, err = capsys.readouterr()
    if kind in FORMATS[command]:
        assert code == 0, err
        if kind == "xlsx":
            assert zipfile.is_zipfile(target)
            return
        assert READ[kind](out)
        return
    assert (code, out) == (2, "")
    assert err.startswith(f"error[CC040]: -f {kind}: ")
    assert all(name in err for name in FORMATS[command])


@pytest.fixture
def table(capsys):
    def read(*arguments):
        assert main([*arguments]) == 0
        return list(csv.DictReader(StringIO(capsys.readouterr().out)))

    return read


def test_a_csv_has_a_row_for_each_stage_and_units_in_its_head(table):
    rows = table("estimate", str(ROOT / "examples/deepseek-v3.yaml"), MINIMAL, "-f", "csv")
    assert [row["stage"] for row in rows] == [
        "pre-training", "context-extension", "post-training", "all stages", "",
    ]  # fmt: skip
    # DeepSeek-V3 report, table 1.
    assert [float(row["cost [USD]"]) for row in rows[:4]] == [5.328e6, 0.238e6, 0.01e6, 5.576e6]
    assert [row["training FLOP"] != "" for row in rows] == [True, False, False, True, True]
    assert not any(all(row[name] == "" for row in rows) for name in rows[0])


def test_a_csv_holds_what_was_asked_for(table):
    fields = ("-f", "csv", "--fields", "cost,days,water_litres,verdict")
    (row,) = table("estimate", PLANNED, *fields)
    ends = ["", " low", " high"]
    numbers = [f"cost{end} [USD]" for end in ends] + [f"days{end}" for end in ends]
    assert list(row) == ["scenario", "verdict", *numbers, "water, litres [L]"]
    assert float(row["days low"]) < float(row["days"]) < float(row["days high"])


def test_scenarios_compared_are_rows_and_numbers_are_when_long(table):
    both = ["compare", MINIMAL, PLANNED, "--samples", "64", "-f", "csv"]
    wide, long = table(*both), table(*both, "--long")
    (cost,) = [row for row in long if row["quantity"] == "cost_usd" and row["scenario"] == MINIMAL]
    assert cost["central"] == wide[0]["cost [USD]"]


@pytest.mark.parametrize("flags", [("--long",), ("-f", "md", "--fields", "cost")])
def test_a_flag_that_says_nothing_of_the_format_is_refused(flags):
    assert main(["estimate", MINIMAL, *flags]) == 2
