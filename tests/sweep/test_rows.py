"""A swept row is the estimate of its scenario, whichever keys vary."""

from pathlib import Path

import numpy as np
import pytest

from costcheck.diagnostics import CostcheckError
from costcheck.estimate import estimate
from costcheck.estimate.result import worst_of
from costcheck.estimate.row_doubts import BY_CENTRAL
from costcheck.graph.draw_defaults import DEFAULT_SEED
from costcheck.scenario.load import load
from costcheck.sweep.rows import DEFAULT_FIELDS, SweepSpec, SweptRows
from tests.commands import ROOT

PLANNED = str(ROOT / "examples/planned-run.yaml")
STAGED = str(ROOT / "examples/deepseek-v3.yaml")
OWNED = str(ROOT / "examples/own-or-rent-own.yaml")


def spec(*over, path=PLANNED, **more):
    return SweepSpec(path=path, text=Path(path).read_bytes(), over=over, **more)


def row_of(rows, number, **more):
    codes = [int(column[0]) for column in rows.points.codes(number, number + 1)]
    written = [axis.assignment(code) for axis, code in zip(rows.axes, codes, strict=True)]
    return estimate(load(rows.spec.path, assignments=written), **more)


@pytest.mark.parametrize(
    ("path", "over", "along"),
    [
        (
            PLANNED,
            ("pricing.rent=$1/GPU-hour:$4/GPU-hour:4", "training.tokens=log:1T:15T:3"),
            (True, True),
        ),
        (PLANNED, ("fleet.gpu=h100,a100", "energy.pue=1.1:1.5:3"), (False, True)),
        # Each fleet is laid out anew where the time follows from a layout.
        (PLANNED, ("model=llama-3.1-8b,llama-3.1-70b", "fleet.count=8:64:3"), (False, False)),
        (PLANNED, ("training.precision=bf16,fp8", "utilization.mfu=20%:40%:3"), (False, True)),
        (PLANNED, ("pricing.rent=$1-2/GPU-hour,$3/GPU-hour",), (False,)),
        (STAGED, ("pricing.rent=$1/GPU-hour:$4/GPU-hour:3", "fleet.count=1024:4096:3"), None),
        (STAGED, ("stages.0.training.tokens=1T,14.8T", "energy.grid=CHN,SWE"), None),
    ],
)
def test_rows_are_estimates(path, over, along):
    rows = SweptRows(spec(*over, path=path))
    if along is not None:
        assert rows.along == along
    block = rows.block(0, len(rows))
    for number in range(len(rows)):
        found = row_of(rows, number)
        verdict, reason = (words.texts[words.codes[number]] for words in block.judged.values())
        assert verdict == central_verdict(found)
        assert bool(reason) == (verdict != "feasible") or reason == BY_CENTRAL
        for name in DEFAULT_FIELDS:
            paid = name in ("gpu_hours", "days", "cost_usd", "energy_kwh", "carbon_kg")
            central = None if paid and verdict == "infeasible" else found.figures[name].central
            assert block.results[name][number] == pytest.approx(
                central if central is not None else float("nan"), nan_ok=True
            )


def central_verdict(found):
    """The verdict of an estimate without what only its range makes doubtful."""
    findings = (*found.feasibility, *found.budget)
    worst = worst_of(each for each in findings if "high end of its range" not in each.message)
    return worst.verdict if worst else "feasible"


@pytest.mark.parametrize(
    ("over", "more"),
    [
        # Below and above what runs have shown, of the budget's cost, of its duration.
        (("utilization.mfu=2%:98%:5", "pricing.rent=$1/GPU-hour,$20/GPU-hour"), ()),
        # A single part, and whole servers; the limit itself is varied.
        (("fleet.count=1,64", "budget.cost=$100K,$1M"), ()),
        (("fleet.count=8,64", "layout.tensor=1,8"), ()),
        (("utilization.mfu=20%:60%:5",), ("gpu_hours=80K GPU-hours", "duration=13 days")),
        (("reliability.failures_per_gpu_hour=1e-5:1:4",), ("utilization.mfu=40%",)),
        # Failures that leave less of the time than the stated hours need at the peak.
        (
            ("reliability.failures_per_gpu_hour=1e-6,1e-3,1e-2",),
            ("gpu_hours=30K GPU-hours", "reliability.restart=30 min"),
        ),
        (("pricing.own.kept=1 months,6 months,30 months",), ("utilization.mfu=40%",)),
    ],
)
def test_the_verdict_of_a_row_is_that_of_its_estimate(over, more):
    rows = SweptRows(spec(*over, assignments=more))
    block = rows.block(0, len(rows))
    for number in range(len(rows)):
        codes = [int(column[0]) for column in rows.points.codes(number, number + 1)]
        written = [axis.assignment(code) for axis, code in zip(rows.axes, codes, strict=True)]
        expected = central_verdict(estimate(load(PLANNED, assignments=[*more, *written])))
        words = block.judged["verdict"]
        assert words.texts[words.codes[number]] == expected, written
        blank = np.isnan(block.results["cost_usd"][number])
        assert blank == (expected == "infeasible")


def test_a_budget_is_judged_at_the_high_end_where_there_is_one():
    rows = SweptRows(spec("budget.cost=$220K,$2M", ranges=True, fields=("cost", "verdict")))
    assert rows.columns == ("cost_usd", "cost_usd_low", "cost_usd_high")
    words = rows.block(0, 2).judged
    assert [words["verdict"].texts[code] for code in words["verdict"].codes] == [
        "stretch",
        "feasible",
    ]
    assert "high end" in words["reason"].texts[words["reason"].codes[0]]


@pytest.mark.parametrize("fields", [DEFAULT_FIELDS, ("gpu_hours",)])
def test_a_budget_is_judged_whatever_results_are_asked_for(fields):
    limit = "budget.duration=12 days"
    over = "fleet.count=256,1024"
    drawn = SweptRows(spec(over, fields=fields, ranges=True, assignments=(limit,)))
    block = drawn.block(0, 2)
    assert set(block.results) == set(drawn.columns)
    for number, count in enumerate((256, 1024)):
        alone = estimate(load(PLANNED, assignments=(limit, f"fleet.count={count}")))
        verdicts = block.judged["verdict"]
        assert verdicts.texts[verdicts.codes[number]] == alone.verdict
    central = SweptRows(spec(over, fields=fields, assignments=(limit,))).block(0, 2)
    judged = [(words.texts, words.codes) for words in central.judged.values()]
    for number in range(2):
        verdict, reason = (texts[codes[number]] for texts, codes in judged)
        assert (verdict == "feasible") == (reason == BY_CENTRAL)


def test_a_block_is_part_of_the_whole():
    rows = SweptRows(spec("fleet.gpu=h100,a100,h800", "fleet.count=8:4096:50"))
    whole, part = rows.block(0, len(rows)), rows.block(37, 111)
    for name in DEFAULT_FIELDS:
        np.testing.assert_array_equal(part.results[name], whole.results[name][37:111])


def test_a_layout_is_searched_again_for_every_fleet():
    rows = SweptRows(
        spec("fleet.count=64:512:3", assignments=("layout=auto",), fields=("step_seconds",))
    )
    block = rows.block(0, len(rows))
    assert rows.along == (False,)
    assert len(set(block.results["step_seconds"].tolist())) == len(rows)


@pytest.mark.parametrize(
    ("path", "over", "seed"),
    [
        (PLANNED, ("pricing.rent=$1/GPU-hour:$4/GPU-hour:2",), DEFAULT_SEED),
        (PLANNED, ("reliability.failures_per_gpu_hour=1e-6:1e-3:3", "energy.pue=1.1,1.4"), 7),
        (PLANNED, ("fleet.gpu=h100,a100", "training.tokens=1T:15T:3"), DEFAULT_SEED),
        (STAGED, ("energy.grid=CHN,SWE",), 3),
        (OWNED, ("pricing.own.cost_of_capital=5%:12%:3",), DEFAULT_SEED),
    ],
)
def test_ranges_are_those_of_the_estimate(path, over, seed):
    # Whichever fields are asked for, in whichever order.
    for fields in (DEFAULT_FIELDS, ("energy_kwh", "cost_usd"), ("days",)):
        rows = SweptRows(spec(*over, path=path, ranges=True, seed=seed, fields=fields))
        block = rows.block(0, len(rows))
        for number in range(len(rows)):
            figures = row_of(rows, number, seed=seed).figures
            for name in fields:
                found = [block.results[f"{name}{end}"][number] for end in ("_low", "", "_high")]
                ends = (figures[name].low, figures[name].central, figures[name].high)
                expected = [np.nan if end is None else end for end in ends]
                assert found == pytest.approx(expected, rel=1e-9, nan_ok=True), name


@pytest.mark.parametrize(
    ("over", "more"),
    [
        (("fleet.count=1,2",), {"fields": ("costs",)}),
        (("fleet.count=1,2", "fleet.count=3,4"), {}),
        ((), {}),
        (("fleet.gpu=h100,nothing-like-it",), {}),
    ],
)
def test_unusable_sweeps_are_problems(over, more):
    with pytest.raises(CostcheckError):
        SweptRows(spec(*over, **more)).block(0, 2)


def test_a_sweep_of_open_work_says_of_a_step_what_its_estimates_say(tmp_path):
    path = tmp_path / "open.yaml"
    path.write_text(
        "model: llama-3.1-8b\ntraining: {sequence_length: 8192}\n"
        "fleet: {gpu: h100, count: 64}\npricing: {rent: $2.50/GPU-hour}\n"
    )
    rows = SweptRows(spec("fleet.count=1,64,512", path=str(path)))
    block = rows.block(0, len(rows))
    for number in range(len(rows)):
        one = row_of(rows, number)
        words = block.judged["verdict"]
        assert words.texts[words.codes[number]] == one.verdict
        for name in ("step_seconds", "usd_per_step", "usd_per_billion_tokens"):
            central = one.figures[name].central
            assert block.results[name][number] == pytest.approx(central, nan_ok=True), name
