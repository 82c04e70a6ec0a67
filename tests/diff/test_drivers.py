"""Drivers of a change: their direction, the range of the change, what is rounding."""

import re

import pytest

from costcheck.catalog.files import Catalog
from costcheck.diff import Compared, Options, diff as compare
from costcheck.estimate.saved import parse_saved, reload, restore
from costcheck.report.formats import json, terminal
from costcheck.report.views.diff import Row, View, _joined, diff_document
from tests.diff.cases import BASE, changed, diff, estimate


def test_a_ratio_is_what_the_result_is_multiplied_by():
    new = changed(training={"tokens": "29.6T"}, utilization={"mfu": "40%"})
    ratios = {driver.name: driver.ratio for driver in diff(BASE, new).drivers}
    assert ratios["tokens"] == pytest.approx(2.0)
    assert ratios["mfu/stated"] == pytest.approx(38 / 40)


def test_the_range_of_a_change_is_its_5_and_95_percent_points():
    known = changed(gpu_hours="2.788M", utilization=None)
    guessed = changed(gpu_hours="2.788M", utilization=None, pricing={"rent": "1-4 $/GPU-hour"})
    head = diff(known, guessed, samples=8192).headline
    assert head.before.low == head.before.high
    # "1-4" is read as the ends of a 90 % interval.
    assert head.change_low == pytest.approx(2.788e6 * (1.0 - 2.0), rel=0.02)
    assert head.change_high == pytest.approx(2.788e6 * (4.0 - 2.0), rel=0.02)


@pytest.mark.parametrize(("moved", "is_told"), [(1e-8, True), (1e-11, False)])
def test_what_the_catalog_changed_is_told_from_rounding(moved, is_told):
    now = estimate(BASE)
    document = json.to_dict(now)
    document["results"]["cost_usd"]["central"] *= 1.0 + moved
    saved = parse_saved(json.dumps(document), "old.json")[0]
    again = estimate(reload(saved, Catalog()))
    found = compare(Compared("old", restore(saved), again), Compared("new", now, now), Options())
    assert bool(found.catalog_change) is is_told
    assert any(driver.kind == "catalog" for driver in found.drivers) is is_told


def test_what_moves_in_two_places_is_one_line_that_adds_up():
    row = Row("~", "number of GPUs 256 → 128", -3.0, 0.5)
    other = Row("+", "fee", 4.0)
    joined = _joined([row, other, row._replace(change=-2.0, ratio=0.8)])
    assert joined == [row._replace(change=-5.0, ratio=0.4), other]
    assert _joined([row, row._replace(ratio=None)])[0].ratio is None
    sized = {"layout": {"data": "16", "tensor": "8"}}
    old = changed(fleet={"gpu": "h100", "count": "256"}, **sized)
    new = changed(fleet={"gpu": "h100", "count": "128"})
    shown = terminal.render(diff_document(diff(old, new), View(by="driver")), terminal.Screen())
    labels = [line[:40] for line in shown.splitlines() if line.startswith("~")]
    assert len(labels) == len(set(labels))
    assert not re.search(r"→ [\d,]+\.0\b", "".join(labels))


def test_a_layout_that_was_found_is_told_with_the_count_it_was_found_for():
    run = {"model": "qwen2.5-32b", "training": {"tokens": "40B", "global_batch": "256"}}
    old, new = ({**run, "fleet": {"gpu": "h200", "count": count}} for count in ("64", "96"))
    found = diff(old, new)
    assert {driver.name for driver in found.drivers} == {"count"}
    assert sum(driver.change for driver in found.drivers) == pytest.approx(found.headline.change)
    stated = {**old, "layout": {"tensor": "8", "pipeline": "1"}}
    names = {driver.name for driver in diff(stated, {**stated, **new}).drivers}
    split = {**stated, "layout": {"tensor": "4", "pipeline": "2"}}
    names |= {driver.name for driver in diff(stated, split).drivers}
    assert {"count", "layout/tensor", "layout/pipeline"} <= names
