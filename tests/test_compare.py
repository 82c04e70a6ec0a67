"""Scenarios side by side: who is best, and whether the ranges can tell."""

import json
import re

import pytest

from costcheck.compare import PRICES, compare, overlap
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import estimate
from costcheck.estimate.result import Figure
from costcheck.quantities import label_of
from costcheck.report.formats import terminal
from costcheck.report.formats.xlsx import compare_book
from costcheck.report.views.compare import compare_document, compare_rows
from costcheck.scenario.load import load
from tests.commands import costcheck
from tests.report.libreoffice import cells, table


def run(name, rent="$2/GPU-hour", **more):
    return estimate(
        load(
            {
                "name": name,
                "model": {"parameters": "13B"},
                "training": {"tokens": "1T"},
                "fleet": {"gpu": "h100", "count": "256"},
                "utilization": {"mfu": "40%"},
                **({"pricing": {"rent": rent}} if rent else {}),
                **more,
            }
        )
    )


def figure(low, high):
    return Figure(low=low, central=(low + high) / 2.0, high=high, unit="USD")


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ((1.0, 2.0), (1.5, 3.0), "ranges overlap"),
        ((1.0, 2.0), (2.0, 3.0), "ranges overlap"),
        ((1.0, 2.0), (2.1, 3.0), "ranges apart"),
        ((1.0, 2.0), (1.0, 2.0), "same"),
    ],
)
def test_overlap(one, other, said):
    assert overlap(figure(*one), figure(*other)) == said
    assert overlap(figure(*other), figure(*one)) == said


def test_an_unknown_figure_overlaps_nothing():
    blank = Figure(low=None, central=None, high=None, unit="USD", reason="not stated")
    assert overlap(blank, figure(1.0, 2.0)) == "unknown"


def test_the_cheapest_is_best_and_the_others_stand_against_it():
    found = compare(
        [
            run("dear", "$4-6/GPU-hour"),
            run("cheap", "$1-2/GPU-hour"),
            run("near", "$1.5-3/GPU-hour"),
        ]
    )
    assert found.ranked_by == "cost_usd"
    assert found.labels[found.best["cost_usd"]] == "cheap"
    assert [standing.overlap for standing in found.standings] == [
        "ranges apart",
        "best",
        "ranges overlap",
    ]
    assert found.standings[1].times_best == 1.0
    assert found.standings[0].times_best > 3.0
    assert "gpu_hours" not in found.best  # equal: none is better
    assert "training_flops" not in found.best  # more work is neither better nor worse


def test_an_infeasible_run_is_never_best():
    cheap = run("cheap", utilization={"mfu": "99%"})
    assert cheap.verdict == "infeasible"
    found = compare([cheap, run("fair"), run("dear", "$3/GPU-hour")])
    assert found.labels[found.best["cost_usd"]] == "fair"


def test_more_is_better_where_it_is():
    found = compare([run("slow", utilization={"mfu": "30%"}), run("fast")], by="mfu")
    assert found.labels[found.best["mfu"]] == "fast"
    assert found.labels[found.best["days"]] == "fast"


def test_files_with_only_a_model_are_compared_by_counts():
    small, large = (estimate(load({"model": name})) for name in ("llama-3.1-8b", "llama-3.1-70b"))
    found = compare([large, small])
    assert found.ranked_by == "parameters_total"
    assert [round(s.times_best, 1) for s in found.standings] == [8.8, 1.0]


def test_equal_names_get_labels_of_their_own():
    found = compare([run("same"), run("same", "$3/GPU-hour")])
    assert len(set(found.labels)) == 2


def test_an_unknown_ranking_is_a_problem():
    with pytest.raises(CostcheckError, match="no result is called 'prize'"):
        compare([run("one")], by="prize")


def test_the_command_in_every_format(tmp_path):
    files = []
    for name in ("llama-3.1-8b", "qwen3-8b"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"name: {name}\nmodel: {name}\n", encoding="utf-8")
        files.append(str(file))
    table = costcheck("compare", *files)
    assert (table.code, table.err) == (0, "")
    assert "8.03B" in table.out
    data = json.loads(costcheck("compare", *files, "-f", "json").out)
    assert data["best"] == {"parameters_total": "llama-3.1-8b"}
    wide = costcheck("compare", *files, "-f", "csv").out.splitlines()
    assert wide[0].startswith("scenario,verdict,parameters,active parameters,FLOP per token,")
    rows = costcheck("compare", *files, "-f", "csv", "--long").out.splitlines()
    assert rows[0] == "quantity,scenario,low,central,high,unit,best"
    assert "| llama-3.1-8b | qwen3-8b |" in costcheck("compare", *files, "-f", "md").out


@pytest.mark.parametrize("overheads", [{"idle": "15%"}, {"commitment": "2 years"}, None])
def test_a_price_names_no_best_where_bills_hold_more_than_the_hours(overheads, tmp_path):
    more = {"overheads": overheads} if overheads else {}
    found = compare([run("plain", "$2.20/GPU-hour"), run("reserved", "$2/GPU-hour", **more)])
    place = found.marked("usd_per_gpu_hour")
    assert (place is None) == bool(overheads)
    assert found.marked("cost_usd") == (0 if overheads else 1)
    assert compare(found.estimates, by="usd_per_gpu_hour").marked("usd_per_gpu_hour") == 1
    marks = {row[0]: row[1] for row in compare_rows(found) if row[6]}
    assert marks.get("usd_per_gpu_hour") == (None if overheads else "reserved")
    shown = terminal.render(compare_document(found), terminal.Screen())
    assert ("reserved pays besides its hours" in shown) == bool(overheads)
    assert ("cost per GPU-hour" in shown) == bool(overheads)
    paid = [item.central for item in found.paid("usd_per_gpu_hour")]
    hours, cost = (found.figures[name][1].central for name in ("gpu_hours", "cost_usd"))
    assert paid == ([pytest.approx(2.20), pytest.approx(cost / hours)] if overheads else [])
    paid = [item.central for item in found.paid("usd_per_billion_tokens")]
    assert paid == (
        pytest.approx([c.central / 1_000.0 for c in found.figures["cost_usd"]]) if overheads else []
    )
    assert (found.marked("usd_per_billion_tokens") is None) == bool(overheads)


def test_the_workbook_marks_what_the_screen_marks(tmp_path):
    pytest.importorskip("xlsxwriter")
    own = {"pricing": {"own": {"kept": "18 months"}}, "duration": "18 months"}
    term = {"overheads": {"commitment": "2 years"}, "duration": "18 months"}
    for scenarios in (
        [run("rent"), run("reserved", "$1.80/GPU-hour", overheads={"commitment": "2 years"})],
        [run("own", rent=None, **own), run("reserved", "$2.10/GPU-hour", **term)],
        [run("cheap", "$1/GPU-hour"), run("dear")],
    ):
        found = compare(scenarios)
        book = tmp_path / "compare.xlsx"
        book.write_bytes(compare_book(found))
        rows = {row["quantity"]: row for row in table(cells(book), "Compare")}
        for name in ("cost_usd", "usd_per_gpu_hour"):
            place = found.marked(name)
            best = "" if place is None else found.labels[place]
            assert rows[label_of(name)].get("best", "") == best
        for name, words in PRICES.items():
            for label, item in zip(found.labels, found.paid(name), strict=False):
                assert float(rows[words][label]) == pytest.approx(item.central)


def test_a_narrow_screen_shows_every_number_of_the_wide_one(tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text("model: llama-3.1-8b\n", encoding="utf-8")
    other = tmp_path / "two.yaml"
    other.write_text("model: qwen3-8b\n", encoding="utf-8")
    for files in ([str(file)] * 2, [str(file), str(other)], [str(file), str(other)] * 3):
        wide = costcheck("compare", *files)
        narrow = costcheck("compare", *files, environment={"COLUMNS": "40"})
        numbers = [re.findall(r"[\d.]+B", done.out) for done in (wide, narrow)]
        assert sorted(numbers[0]) == sorted(numbers[1])
        assert "8.03B" in numbers[0]
        assert max(map(len, wide.out.splitlines())) <= 80


def test_a_fleet_that_a_tenant_does_not_buy_is_best_for_nobody():
    own = {"pricing": {"own": {"capital": "$40K/GPU"}}}
    tenant, owner, dearer = run("tenant"), run("a", **own), run("b", rent="", pricing={"own": {}})
    assert "capex_usd" not in compare([tenant, owner]).best
    assert "capex_usd" not in compare([tenant, run("cheap", fleet={"gpu": "a100"})]).best
    assert "capex_usd" in compare([owner, dearer]).best
    assert "capex_usd" in compare([tenant, owner], by="capex_usd").best
