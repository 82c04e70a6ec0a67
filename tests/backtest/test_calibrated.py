"""Steps of one logged layout against the other layouts of its model on its cluster."""

import numpy as np
import pytest

from costcheck.backtest.step_predictions import shipped_log_errors
from costcheck.backtest.throughput import read_table
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import performance_data
from costcheck.physics.shared_bias import shared_bias

LAYOUTS = 6
"""Rows of a model on a cluster, so that each one has others to be held against."""


@pytest.fixture(scope="module")
def clusters():
    """Return the log errors of the measured rows of each model on each cluster."""
    catalog = Catalog()
    data = performance_data(catalog)
    rows = read_table(catalog)
    rows = rows.take(np.isfinite(rows.step_seconds))
    errors = shipped_log_errors(rows, data)
    found = {}
    for row, error in zip(rows.records, errors, strict=True):
        key = tuple(row[name] for name in ("source", "gpu", "precision", "model"))
        found.setdefault(key, []).append(error)
    own = data.default("calibrated.own_share").value
    spread = float(np.sqrt(np.mean(errors**2)))
    return [np.array(group) for group in found.values() if len(group) >= LAYOUTS], spread, own


def after(group, spread, own):
    """Return the errors of the other layouts, each with every one logged in turn."""
    known = {"spread": spread, "own_share": own, "usual_rows": 2.0}
    biases = [shared_bias(log_ratios=[-e], **known)[0] for e in group]
    table = np.abs(group[None, :] + np.array(biases)[:, None])
    return float(np.median(table[~np.eye(len(group), dtype=bool)]))


def test_one_logged_layout_brings_the_others_of_its_model_to_five_percent(clusters):
    groups, spread, own = clusters
    before = [float(np.median(np.abs(group))) for group in groups]
    logged = [after(group, spread, own) for group in groups]
    assert len(groups) >= 30
    assert np.median(logged) < np.median(before)
    assert np.median(logged) <= 0.05
    assert np.mean(np.array(logged) <= 0.05) >= 0.7
