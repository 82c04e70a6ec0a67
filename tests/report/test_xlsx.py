"""Workbooks: what LibreOffice computes of them is what we estimate, and names are no formulas."""

from __future__ import annotations

import io
import random
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from costcheck.cash import plans_of
from costcheck.compare import compare
from costcheck.estimate import build, estimate
from costcheck.estimate.knobs import live
from costcheck.graph.evaluation import evaluate
from costcheck.report.formats.spreadsheet import CELL, spoken
from costcheck.report.formats.xlsx import cash_book, compare_book, estimates_book
from costcheck.scenario.load import load
from tests.report.libreoffice import cells, column, recalculated, with_inputs

EXAMPLES = Path(__file__).parents[2] / "examples"
CHECKED = ("deepseek-v3", "own-or-rent-own")
"""Stages with stated hours, and owned accelerators; `tests.benchmarks.bench_live` checks all."""


def changed(name: str, folder: Path) -> tuple[Path, dict[str, float]]:
    """A workbook whose inputs were changed, and our own totals with the same changes."""
    found = estimate(load(EXAMPLES / f"{name}.yaml"), samples=100)
    turned = random.Random(name)
    changes = {
        knob: float(round(value)) if knob.whole else value
        for knob in live(found).knobs
        for value in (knob.value * turned.uniform(0.8, 1.2),)
    }
    assignments = [knob.stated(value) for knob, value in changes.items()]
    totals = build(load(EXAMPLES / f"{name}.yaml", assignments=assignments)).totals
    ours = evaluate(totals.values())
    book = folder / f"original-{name}.xlsx"
    book.write_bytes(estimates_book([found]))
    leaves = {knob.leaf.name: value for knob, value in changes.items()}
    known = {
        spoken(node.name): float(v) for node in totals.values() if (v := ours[node]) is not None
    }
    return with_inputs(book, leaves, folder / f"{name}.xlsx"), known


def changed_cash(folder: Path) -> tuple[Path, dict[str, float]]:
    names = ("own-or-rent-own", "own-or-rent-rent")
    found = [estimate(load(EXAMPLES / f"{name}.yaml"), samples=100) for name in names]
    plans = plans_of(found, names)
    book = folder / "original-cash.xlsx"
    book.write_bytes(cash_book([], plans))
    changes = {"cost of capital, 0.085": 0.12}
    dearer = [replace(plan, cost_of_capital=0.12) for plan in plans]
    values = {f"scenario {at}, present value": plan.value() for at, plan in enumerate(dearer, 1)}
    return with_inputs(book, changes, folder / "cash.xlsx"), values


@pytest.fixture(scope="module")
def computed(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[dict[str, float], dict[str, float]]]:
    """Ours and theirs by workbook; LibreOffice takes seconds to start, so it starts once."""
    pytest.importorskip("xlsxwriter")
    folder = tmp_path_factory.mktemp("books")
    found = [*(changed(name, folder) for name in CHECKED), changed_cash(folder)]
    books = recalculated([book for book, _ in found], folder)
    return {
        book.stem: (ours, column(cells(book), "Model"))
        for book, (_, ours) in zip(books, found, strict=True)
    }


@pytest.mark.parametrize("name", [*CHECKED, "cash"])
def test_libreoffice_computes_what_we_estimate_with_changed_inputs(
    name: str, computed: dict[str, tuple[dict[str, float], dict[str, float]]]
) -> None:
    ours, theirs = computed[name]
    shared = ours.keys() & theirs.keys()
    assert shared >= ({"cost", "gpu hours", "days", "energy kwh"} if name != "cash" else set(ours))
    assert {key: theirs[key] for key in shared} == pytest.approx(
        {key: ours[key] for key in shared}, rel=1e-9
    )


def test_the_same_scenario_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    found = estimate(load(EXAMPLES / "minimal.yaml"), samples=100)
    assert estimates_book([found]) == estimates_book([found])


@pytest.mark.parametrize(("name", "taken"), [("A1", True), ("r2c3", True), ("a1b", False)])
def test_names_that_are_cells_are_told(name: str, taken: bool) -> None:
    assert (CELL.fullmatch(name) is not None) == taken


def test_sheets_are_fit_for_print_and_reading() -> None:
    """Landscape, as wide as pages are, heads kept in view; a long text has a row that holds it."""
    pytest.importorskip("xlsxwriter")
    found = estimate(load(EXAMPLES / "deepseek-v3.yaml"), samples=100)
    with zipfile.ZipFile(io.BytesIO(estimates_book([found]))) as packed:
        names = re.findall(r'<sheet name="(.*?)"', packed.read("xl/workbook.xml").decode())
        sheets = [
            packed.read(f"xl/worksheets/sheet{at}.xml").decode() for at in range(1, len(names) + 1)
        ]
    for name, sheet in zip(names, sheets, strict=True):
        assert 'orientation="landscape"' in sheet, name
        assert 'fitToHeight="0"' in sheet, name
        assert "&amp;P of &amp;N" in sheet, name
        assert ('state="frozen"' in sheet) == (name not in ("Summary",)), name
    assert "<mergeCell " in sheets[names.index("Summary")]
    heights = re.findall(r'<row [^>]* ht="(\d+)"', sheets[names.index("Sources")])
    assert max(map(int, heights)) > 15


def test_no_cell_of_a_comparison_goes_out_of_date() -> None:
    """Every figure follows the inputs; present values are in the workbook of payments."""
    pytest.importorskip("xlsxwriter")
    names = ("own-or-rent-own", "own-or-rent-rent")
    found = compare([estimate(load(EXAMPLES / f"{name}.yaml"), samples=100) for name in names])
    assert found.worth
    with zipfile.ZipFile(io.BytesIO(compare_book(found))) as packed:
        text = "".join(packed.read(name).decode() for name in packed.namelist())
    assert "NA()" not in text
    assert "compare --cash year -f xlsx" in text
