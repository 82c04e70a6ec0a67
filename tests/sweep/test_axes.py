"""Axes as people write them, grids and tables."""

import numpy as np
import pytest

from costcheck.diagnostics import CostcheckError
from costcheck.sweep.axes import Grid, read_axis, read_table
from costcheck.text.yaml_text import from_data

DOCUMENT = from_data({"model": {"parameters": "13B"}, "fleet": {"gpu": "h100"}})


def axis(text):
    return read_axis(text, DOCUMENT)


def test_even_steps():
    found = axis("pricing.rent=$1/GPU-hour:$3/GPU-hour:5")
    assert found.values == pytest.approx([1.0, 1.5, 2.0, 2.5, 3.0])
    assert found.assignment(1) == "pricing.rent=$1.5/GPU-hour"


def test_logarithmic_steps():
    found = axis("training.tokens=log:1T:100T:3")
    assert found.values == pytest.approx([1e12, 1e13, 1e14])


def test_counts_stay_whole():
    assert axis("fleet.count=1:4:7").values.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_lists_of_numbers_and_of_words():
    assert axis("utilization.mfu=30%, 40%").values == pytest.approx([0.3, 0.4])
    words = axis("fleet.gpu=h100,a100")
    assert (words.values, words.texts) == (None, ("h100", "a100"))


def test_ranges_in_a_list_keep_their_text():
    assert axis("pricing.rent=$1-2/GPU-hour,$3/GPU-hour").values is None


@pytest.mark.parametrize(
    "text",
    [
        "fleet.count",
        "=1,2",
        "fleet.count=",
        "fleet.count=1:2:0",
        "fleet.gpu=h100:a100:3",
        "pricing.rent=$2/GPU-hour:EUR 3/GPU-hour:2",
        "pricing.rent=$2/GPU-hour:$30/node-hour:2",
        "training.tokens=about 1T:2T:2",
        "training.tokens=log:0:1T:3",
        "fleet.cout=1,2",
        "fleet.count=1,x",
        "utilization.mfu=10%:120%:3",
        "utilization.mfu=10%,120%",
        "training.precision=bf16,fp99",
    ],
)
def test_what_cannot_be_swept_is_a_problem_with_a_code(text):
    with pytest.raises(CostcheckError) as caught:
        axis(text)
    assert all(item.code.startswith("CC") for item in caught.value.diagnostics)


def test_the_last_axis_of_a_grid_varies_fastest():
    grid = Grid([axis("fleet.count=1,2"), axis("fleet.gpu=h100,a100,h800")])
    assert len(grid) == 6
    first, second = grid.codes(0, 6)
    assert first.tolist() == [0, 0, 0, 1, 1, 1]
    assert second.tolist() == [0, 1, 2, 0, 1, 2]
    assert [codes.tolist() for codes in grid.codes(4, 5)] == [[1], [1]]


@pytest.mark.parametrize(
    ("written", "column", "first"),
    [
        ("duration=2 days,4 days", "duration [h]", "2 days"),
        ("duration=2 days:4 days:2", "duration [h]", "48.0 h"),
        ("pricing.rent=EUR 2/GPU-hour:EUR 3/GPU-hour:2", "pricing.rent [EUR/GPU-hour]",
         "EUR 2.0/GPU-hour"),
        ("pricing.rent=$16/node-hour:$32/node-hour:2", "pricing.rent [USD/node-hour]",
         "$16.0/node-hour"),
        ("pricing.rent=$2/GPU-hour,$3/GPU-hour", "pricing.rent", "$2/GPU-hour"),
        ("pricing.rent=$2/GPU-hour,EUR 3/GPU-hour", "pricing.rent", "$2/GPU-hour"),
        ("fleet.count=8,16", "fleet.count", "8"),
        ("overheads.staff=$1M,$2M", "overheads.staff", "$1M"),
    ],
)  # fmt: skip
def test_a_number_keeps_the_unit_that_its_key_needs(tmp_path, written, column, first):
    found = axis(written)
    assert (found.column, found.text(0)) == (column, first)
    if found.values is not None:
        file = tmp_path / "table.csv"
        file.write_text(f"{found.column}\n{float(found.values[0])!r}\n", encoding="utf-8")
        (again,) = read_table(str(file), DOCUMENT).axes
        assert (again.key, again.column, again.values[0]) == (found.key, column, found.values[0])


def test_a_table_has_a_scenario_in_each_row(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text('fleet.gpu,fleet.count\nh100,8\na100,"2,048"\nh100,8\n', encoding="utf-8")
    rows = read_table(str(file), DOCUMENT)
    assert len(rows) == 3
    gpu, count = rows.axes
    assert gpu.texts == ("h100", "a100")
    assert count.values.tolist() == [8.0, 2048.0]
    assert [codes.tolist() for codes in rows.codes(1, 3)] == [[1, 0], [1, 0]]


@pytest.mark.parametrize(
    "text", ["", "fleet.gpu\n", "fleet.gpu,fleet.count\nh100\n", "fleet.gpu\n\xff"]
)
def test_a_broken_table_is_a_problem(tmp_path, text):
    file = tmp_path / "table.csv"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(CostcheckError):
        read_table(str(file), DOCUMENT)


def test_values_are_in_base_units():
    assert axis("training.tokens=1T,2T").values == pytest.approx(np.array([1e12, 2e12]))
