"""Layouts that their owners published: readable, never infeasible, measured inside the range."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from costcheck import estimate, load
from costcheck.catalog.files import Catalog

FOLDER = Path(__file__).parents[1] / "cases" / "layouts"
STEPS, WHOLE_RUNS = FOLDER / "published.yaml", FOLDER / "whole_runs.yaml"
MEASURED = "performance/measured"
KINDS = {"step_s": "step_seconds", "tps": "tokens_per_second_per_gpu"}


def cases(path=STEPS):
    text = path.read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)["cases"]  # noqa: S506 - every scalar as text


@cache
def scored(case_id):
    """The result of a case, the quantity that was measured, and its value."""
    case = next(item for item in cases() if item["id"] == case_id)
    name = case.get("scenario_of")
    if name is None:
        scenario = dict(case["scenario"])
        scenario["training"] = {"tokens": "1T"} | scenario["training"]
        return estimate(scenario, samples=2048), case["quantity"], float(case["measured"])
    catalog = Catalog()
    rows = catalog.rows(f"{MEASURED}/points.csv")
    row = next(r for r in rows if r["id"] == name and r["measured_kind"] in KINDS)
    result = estimate(load(catalog.path(f"{MEASURED}/scenarios/{name}.yaml")), samples=2048)
    return result, KINDS[row["measured_kind"]], float(row["measured_value"])


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_published_layout_is_read_and_not_condemned(case):
    result, quantity, _ = scored(case["id"])
    assert case["source"]
    assert result.verdict != "infeasible"
    assert result[quantity].central is not None
    assert result["memory_bytes_per_gpu"].central > 0


def test_published_layouts_lie_in_their_ranges():
    """Those outside are named: the share inside is what a 90 % range promises, no more."""
    inside, errors = {}, []
    for case in cases():
        result, quantity, measured = scored(case["id"])
        figure = result[quantity]
        inside[case["id"]] = figure.low <= measured <= figure.high
        errors.append(abs(float(np.log(figure.central / measured))))
    assert len(inside) >= 15
    assert np.mean(list(inside.values())) >= 0.85, [key for key, held in inside.items() if not held]
    assert np.median(errors) < 0.12


def test_whole_runs_on_a_known_layout_lose_what_published_runs_lose():
    """Layout and hours of 19 runs are public: their steps alone are too little for most of them."""
    errors, alone, inside = [], [], []
    for case in cases(WHOLE_RUNS):
        result, actual = estimate(case["scenario"], samples=128), float(case["gpu_hours"])
        hours = result["gpu_hours"]
        errors.append(float(np.log2(hours.central / actual)))
        alone.append(float(np.log2(hours.central * result["goodput"].central / actual)))
        inside.append(hours.low <= actual <= hours.high)
    assert len(errors) >= 19
    assert np.mean(inside) >= 0.9
    assert np.median(np.abs(errors)) < 0.40
    assert np.mean(np.abs(errors)) < np.mean(np.abs(alone))
