"""The audit against labelled claims and injected errors: floors, not goals."""

import statistics
import time
from pathlib import Path

import pytest

from costcheck.estimate.result import FAILING
from tests.audit.claims_format import read_labelled
from tests.benchmarks.bench_audit import (
    MUTATIONS,
    calibration,
    full_rows,
    judge_with,
    mutation_table,
    outcome,
)
from tests.benchmarks.bench_claims import family_half, labelled_claims, score, tally

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def result(catalog):
    return outcome(read_labelled(DATA / "claims.yaml"), catalog)


def test_numbers_alone(result):
    assert result.auc >= 0.97
    assert result.recall >= 0.9
    assert result.false_alarms <= 0.05
    assert result.brier <= 0.05
    assert result.lowest_true >= 0.3


def test_labels_with_known_runs(result):
    assert result.label_accuracy >= 0.75


@pytest.fixture(scope="module")
def scored(catalog):
    return score(labelled_claims(), catalog)


def test_claims_as_an_editor_would_count_them(scored):
    found = tally(scored)
    assert found.auc >= 0.95
    assert found.recall >= 0.85
    assert found.brier <= 0.07
    assert found.false_endorsed <= 0.05
    assert found.true_condemned <= 0.05
    assert found.label >= 0.69
    assert found.repair >= 0.75
    assert found.auc_true >= 0.93


@pytest.mark.parametrize(("half", "auc", "recall"), [(0, 0.97, 0.95), (1, 0.93, 0.76)])
def test_either_half_of_the_families_is_judged_alike(scored, half, auc, recall):
    # Half 1 was looked at while the audit was tuned, half 0 hardly.
    found = tally([item for item in scored if family_half(item.item) == half])
    assert found.auc >= auc
    assert found.recall >= recall
    assert found.true_condemned <= 0.05


def test_probabilities_mean_what_they_say(catalog):
    bands = calibration(read_labelled(DATA / "claims.yaml"), catalog)
    held = {band: share for band, _, share in bands}
    assert held["0.8-1.0"] >= 0.9
    assert held["0.0-0.2"] <= 0.1


def test_published_runs_hold_by_their_numbers(catalog):
    from costcheck.audit.knowledge import load_knowledge
    from costcheck.catalog.known_runs import load_registry

    rows = full_rows(load_registry(catalog))[::2]
    judge = judge_with(load_knowledge(catalog, rows, use_registry=False))
    found = [judge(row) for row in rows]
    assert statistics.fmean(a.verdict in FAILING for a in found) <= 0.05


# Detection and right-repair floors of the method's prototype on a table of training runs.
FLOORS = {
    "GPU-hours x1000": (0.99, 0.96),
    "GPU-days for GPU-hours": (0.99, 0.96),
    "hours / 24": (0.99, 0.79),
    "FLOP / 10": (0.71, 0.40),
    "nodes for GPUs": (0.94, 0.57),
    "GPUs x8": (0.66, 0.35),
    "weeks for days": (0.71, 0.55),
    "GPU-hours x2": (0.88, 0.0),
}


@pytest.fixture(scope="module")
def table(catalog):
    chosen = [m for m in MUTATIONS if m.name in FLOORS]
    return mutation_table(catalog, limit=16, mutations=chosen)


@pytest.mark.parametrize("name", FLOORS)
def test_injected_errors_are_found_and_repaired(table, name):
    detected, repaired = FLOORS[name]
    assert table[name].detected >= detected
    assert table[name].repaired >= repaired


def test_a_factor_of_two_in_flop_is_below_the_resolution(catalog):
    # MFU is known to 40 % at best: users are told that such errors are invisible.
    mutation = [m for m in MUTATIONS if m.name == "FLOP x2"]
    assert mutation_table(catalog, limit=16, mutations=mutation)["FLOP x2"].detected < 0.5


def test_an_audit_takes_milliseconds(catalog):
    from costcheck.audit.knowledge import load_knowledge
    from costcheck.catalog.known_runs import load_registry

    rows = full_rows(load_registry(catalog))[:6]
    judge = judge_with(load_knowledge(catalog, rows), use_registry=True)
    judge(rows[0])
    spent = []
    for row in rows:
        start = time.process_time()
        judge(row)
        spent.append(time.process_time() - start)
    # The goal is 50 ms; twice that allows for a slow shared machine.
    assert statistics.median(spent) < 0.1
