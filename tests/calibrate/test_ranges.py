"""Variances of classes: what was drawn with them is found again, and held by their ranges."""

import numpy as np
import pytest

from costcheck.calibrate.ranges import LeftOut, fit_variances, source_group, weighted_quantile
from costcheck.physics.step_time.distance import BASE, UNSEEN, Setting, log_spread
from costcheck.units import NORMAL_DEVIATIONS
from tests.calibrate.cases import data


def drawn(deviation, setting, count, seed):
    errors = np.random.default_rng(seed).normal(0.0, deviation, count)
    return errors, [setting] * count


def test_variances_of_classes_add_and_are_found_again():
    plain, offload = Setting(), Setting(offloaded=True)
    (few, first), (many, second) = drawn(0.1, plain, 4000, 1), drawn(0.5, offload, 4000, 2)
    left = LeftOut(
        errors=np.concatenate([few, many]), weights=np.ones(8000), settings=[*first, *second]
    )
    found = fit_variances(left)
    assert np.sqrt(found[BASE]) == pytest.approx(0.1, rel=0.06)
    assert np.sqrt(found[BASE] + found["offload"]) == pytest.approx(0.5, rel=0.06)


def test_ranges_hold_nine_of_ten_of_what_was_left_out():
    errors, settings = drawn(0.2, Setting(experts=True), 5000, 3)
    errors = errors * np.random.default_rng(4).choice([0.5, 2.0], 5000)  # tails
    found = fit_variances(LeftOut(errors=errors, weights=np.ones(5000), settings=settings))
    half = NORMAL_DEVIATIONS * log_spread(variances=found, classes=settings[0].classes)
    assert np.mean(np.abs(errors) <= half) == pytest.approx(0.9, abs=0.01)


def test_a_class_nobody_measured_adds_nothing_and_a_strange_run_much():
    variances = {BASE: 0.01, UNSEEN: 0.09}
    known = log_spread(variances=variances, classes=Setting(tags=("x", "")).classes)
    assert known == pytest.approx(0.1)
    strange = log_spread(variances=variances, classes=Setting(unseen=True).classes)
    assert strange == pytest.approx(np.sqrt(0.1))


def test_releases_of_one_source_are_left_out_together():
    assert source_group("megatron-bridge-26.04.01") == "megatron-bridge"
    assert source_group("dgx-cloud-benchmarking-v24.11.1") == "dgx-cloud-benchmarking"
    assert source_group("vtrain-multi-node") == source_group("vtrain-single-node") == "vtrain"
    assert source_group("ms-swift") == "ms-swift"


def test_a_weighted_quantile_counts_weights():
    values = np.asarray([1.0, 2.0, 3.0])
    assert weighted_quantile(values, np.asarray([1.0, 1.0, 8.0]), 0.5) == 3.0
    assert weighted_quantile(values, np.asarray([8.0, 1.0, 1.0]), 0.5) == 1.0


def test_shipped_ranges_hold_in_every_class_with_ten_rows():
    for name, entry in data("ranges")["classes"].items():
        if entry["rows"] >= 10:
            assert entry["inside_90"] >= 0.85, name
