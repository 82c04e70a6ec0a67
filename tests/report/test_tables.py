"""Workbooks of tables: formulas where a number follows from others, the same as `--set` gives."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from costcheck.cli import main
from costcheck.quantities import HEADS, RESULTS
from costcheck.report.formats.tables import letters, products
from costcheck.sweep import run
from tests.commands import ROOT
from tests.report.libreoffice import cells, recalculated, table, with_cells, with_inputs

EXAMPLES = ROOT / "examples"
OWN, RENT = (str(EXAMPLES / f"own-or-rent-{kind}.yaml") for kind in ("own", "rent"))
MINIMAL, PLANNED = (str(EXAMPLES / f"{name}.yaml") for name in ("minimal", "planned-run"))
FEW = ["--samples", "64"]
COMPARE = ["compare", OWN, RENT, *FEW]
PLAN = ["plan", PLANNED, "--top", "3"]
SWEEP = ["sweep", PLANNED, "--over", "fleet.count=64,128"]
SWEEP += ["--fields", "usd_per_gpu_hour,cost_usd,gpu_hours"]

Tables = dict[str, dict[str, list[dict[str, str]]]]


def written(folder: Path, name: str, kind: str, *arguments: str) -> Path:
    target = folder / f"{name}.{kind}"
    assert main([*arguments, "-q", "-f", kind, "-o", str(target)]) == 0
    return target


def with_rent(folder: Path, usd: float, kind: str, *arguments: str) -> str:
    """What costcheck itself writes at another rent."""
    rent = f"pricing.rent=${usd}/GPU-hour"
    return written(folder, "set", kind, *arguments, "--set", rent).read_text()


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """All tables as LibreOffice computes them, after some inputs were changed."""
    pytest.importorskip("xlsxwriter")
    folder = tmp_path_factory.mktemp("tables")
    edited = folder / "edited.yaml"
    edited.write_text(Path(MINIMAL).read_text().replace("15T", "18T").replace("512", "1024"))
    both, layouts, points = (
        written(folder, f"original-{each[0]}", "xlsx", *each) for each in (COMPARE, PLAN, SWEEP)
    )
    books = [
        with_inputs(both, {"price/rent": 1.5}, folder / "compare.xlsx", "S2 Inputs"),
        with_cells(layouts, "Layouts", {"F2": 3.5}, folder / "plan.xlsx"),
        with_cells(points, "Sweep", {"B2": 3.5, "B3": 3.5}, folder / "sweep.xlsx"),
        written(folder, "diff", "xlsx", "diff", MINIMAL, str(edited), *FEW),
    ]
    return {
        each.stem: {sheet: table(found, sheet) for sheet in found if found[sheet]}
        for each in recalculated(books, folder)
        for found in (cells(each),)
    }


@pytest.mark.parametrize(("command", "sheet"), [(PLAN, "Layouts"), (SWEEP, "Sweep")])
def test_a_changed_price_gives_what_set_gives(
    computed: Tables, tmp_path: Path, command: list[str], sheet: str
) -> None:
    kind = "json" if command is PLAN else "csv"
    text = with_rent(tmp_path, 3.5, kind, *command)
    rows = json.loads(text)["layouts"] if command is PLAN else csv.DictReader(StringIO(text))
    theirs, ours = (
        [
            tuple(float(row.get(HEADS[name]) or row[name]) for name in ("gpu_hours", "cost_usd"))
            for row in each
        ]
        for each in (computed[command[0]][sheet], rows)
    )
    assert len(theirs) > 1
    for one, other in zip(theirs, ours, strict=True):
        assert one == pytest.approx(other, rel=1e-9)


def test_scenarios_side_by_side_follow_their_own_inputs(computed: Tables, tmp_path: Path) -> None:
    theirs = {row["quantity"]: row for row in computed["compare"]["Compare"]}
    _, kept, changed, *_ = theirs["cost"]
    ours = json.loads(with_rent(tmp_path, 1.5, "json", "estimate", RENT, *FEW))
    cost = ours["results"]["cost_usd"]["central"]
    assert float(theirs["cost"][changed]) == pytest.approx(cost, rel=1e-9)
    assert theirs["$ per GPU-hour"]["best"] == changed
    assert theirs["verdict"][changed] == "inputs changed"
    assert theirs["verdict"][kept] == "feasible"


@pytest.mark.parametrize("sheet", ["Edits", "Drivers"])
def test_what_changed_adds_up_to_the_change(computed: Tables, sheet: str) -> None:
    cost = next(row for row in computed["diff"]["Results"] if row["quantity"] == "cost")
    change = float(cost["after"]) - float(cost["before"])
    *parts, sums, left = computed["diff"][sheet]
    assert float(cost["change"]) == pytest.approx(change)
    assert len(parts) > 1
    assert sum(float(row["change"]) for row in parts) == pytest.approx(change)
    assert float(sums["change"]) == pytest.approx(change)
    assert float(left["change"]) == pytest.approx(0.0, abs=1e-6 * change)


def test_products_are_those_of_the_table_of_quantities() -> None:
    """GPU-hours are GPUs x days x 24, dollars GPU-hours x price; nothing else of these is."""
    found = products(["gpus", *RESULTS])
    assert found["gpu_hours"].factors == ("gpus", "days")
    assert found["gpu_hours"].constant == pytest.approx(24.0, rel=1e-15)
    assert found["cost_usd"].factors == ("gpu_hours", "usd_per_gpu_hour")
    assert set(found) == {"gpu_hours", "cost_usd"}


@pytest.mark.parametrize(
    ("at", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_letters_of_columns(at: int, name: str) -> None:
    assert letters(at) == name


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_format_and_another_ending_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], format: str
) -> None:
    target = tmp_path / ("x.xlsx" if format == "csv" else "x.csv")
    assert main([*SWEEP, "-f", format, "-o", str(target)]) == 2
    assert f"-o out.{format}" in capsys.readouterr().err
    assert not target.exists()


def test_a_stopped_sweep_into_a_workbook_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr(run, "PIECE_ROWS", 3)
    target = tmp_path / "out.xlsx"
    into = ["sweep", MINIMAL, "--over", "pricing.rent=1:4:9", "-o", str(target)]
    computed, stopped = run.compute_piece, iter((False, False, True))

    def piece(*asked: Any) -> bytes:
        if next(stopped, False):
            raise KeyboardInterrupt
        return computed(*asked)

    monkeypatch.setattr(run, "compute_piece", piece)
    assert main(into) == 130
    assert main(into) == 0
    assert "6 of them from the run that was stopped" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["out.xlsx"]
    assert main([*into, "--shard", "1/2"]) == 2
    assert "the shares of a workbook" in capsys.readouterr().err
