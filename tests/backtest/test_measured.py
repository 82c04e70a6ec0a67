"""Whole estimates against measured points."""

import csv
import json
import math

import pytest

from costcheck.backtest import backtest_file, to_dict
from costcheck.catalog.files import Catalog
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.backtest import backtest_document
from tests.commands import costcheck

SCENARIO = """\
model: llama-3.1-8b
training: {tokens: 1B, sequence_length: 8192, global_batch: 64, precision: bf16}
fleet: {gpu: h100, count: 8, software: megatron}
layout: {data: 8, micro_batch: 1, zero: "1", recompute: none}
"""
COLUMNS = ("id", "source", "category", "gpu", "measured_kind", "measured_value")


@pytest.fixture
def table(tmp_path):
    def write(*points):
        (tmp_path / "scenarios").mkdir()
        (tmp_path / "scenarios" / "a.yaml").write_text(SCENARIO)
        (tmp_path / "scenarios" / "bad.yaml").write_text("model: no-such-model\n")
        with (tmp_path / "points.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows((name, "me", "x", "h100", kind, value) for name, kind, value in points)
        return tmp_path / "points.csv"

    return write


def scores(path):
    return backtest_file(str(path), catalog=Catalog()).scores


def test_a_rate_and_the_step_time_it_means_have_one_error(table):
    # 64 sequences of 8,192 tokens on 8 GPUs: 4 s a step are 16,384 tokens/s per GPU.
    one, other = scores(table(("a", "step_s", "4"), ("a", "tps", "16384"))).scored
    assert one.quantity == other.quantity == "step time"
    assert one.log_error == pytest.approx(other.log_error)
    assert one.classes["link"] == "NVLink"
    assert one.classes["method"] == "full"


def test_inside_and_the_width_that_would_be_needed(table):
    found = scores(table(("a", "step_s", "4")))
    (point,) = found.scored
    half = math.log(point.high / point.low) / 2.0
    assert point.is_inside == (point.low <= 4.0 <= point.high)
    assert found.classes[0].width_needed == pytest.approx(abs(point.log_error) / half)


def test_fits_are_counted_by_verdict_and_the_rest_says_why(table):
    found = scores(
        table(("a", "fit", "fit"), ("a", "cost", "1"), ("bad", "step_s", "1"), ("no", "mem", "1"))
    )
    assert sum(found.verdicts.values()) == 1
    assert all(label.startswith("ran, called ") for label in found.verdicts)
    reasons = " ".join(found.unscored)
    assert "states cost" in reasons
    assert "no scenario beside" in reasons
    assert "refused" in reasons


def test_the_command_prints_the_classes(table):
    path = table(("a", "step_s", "4"), ("a", "mem", "40"), ("a", "fit", "fit"))
    found = backtest_file(str(path), catalog=Catalog())
    assert json.loads(json.dumps(to_dict(found)))["scored"] == 2
    shown = render(backtest_document(found, verbose=True), Screen())
    assert "hardware: h100" in shown
    assert costcheck("backtest", str(path)).code == 0
