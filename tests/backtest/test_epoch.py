import csv

import pytest

from costcheck.backtest import epoch
from costcheck.catalog.files import Catalog
from tests.shared_data import shared_path

ROW = {
    "model": "a model",
    "organization": "a university",
    "publication_date": "2024-07-23",
    "hardware": "NVIDIA A100",
    "hardware_quantity": "64",
    "training_time_h": "100.0",
    "training_chip_hours_reported": "",
    "training_compute_flop": "1e22",
    "mfu": "",
}


@pytest.fixture(scope="module")
def reference():
    return epoch.read_reference(Catalog())


@pytest.fixture(scope="module")
def published():
    with shared_path("validation/epoch_costs.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_epochs_own_results_are_reproduced(reference, published):
    score = epoch.score_epoch(published, reference=reference)
    by_grade = score.within_1_percent_by_grade
    assert len(score.scored) == sum(row["capex_energy_cost_usd"] != "" for row in published)
    assert by_grade["A"] >= 0.95
    assert score.within_1_percent >= 0.95
    assert score.rows == len(score.scored) + sum(score.unscored.values())


def test_intermediate_columns_are_not_read(reference, published):
    inputs = set(ROW) | {"capex_energy_cost_usd", "recompute_grade"}
    bare = [{key: row[key] for key in inputs} for row in published]
    score = epoch.score_epoch(bare, reference=reference)
    assert (
        score.within_1_percent == epoch.score_epoch(published, reference=reference).within_1_percent
    )


def test_stated_chip_hours_come_before_quantity_and_time(reference):
    stated = {**ROW, "training_chip_hours_reported": "12800"}
    assert epoch.amortized_cost(stated, reference=reference).chip_hours == 12_800.0
    assert epoch.amortized_cost(ROW, reference=reference).chip_hours == 6_400.0
    implied = {**ROW, "training_time_h": ""}
    hours = 1e22 / (312e12 * 0.375) / 3600.0
    assert epoch.amortized_cost(implied, reference=reference).chip_hours == pytest.approx(hours)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hardware": ""}, "no hardware"),
        ({"hardware": "NVIDIA A100,NVIDIA V100"}, "several kinds of hardware"),
        ({"hardware": "Abacus"}, "unknown hardware: Abacus"),
        ({"publication_date": "soon"}, "no publication date"),
        ({"training_time_h": "", "training_compute_flop": ""}, "neither chip-hours"),
        ({"training_time_h": "n/a", "training_compute_flop": "nan"}, "neither chip-hours"),
    ],
)
def test_rows_whose_inputs_do_not_suffice_say_why(reference, change, reason):
    assert epoch.amortized_cost({**ROW, **change}, reference=reference).startswith(reason)


def test_hardware_epoch_has_no_price_for_is_marked_as_ours(reference):
    row = {**ROW, "hardware": "NVIDIA H800 SXM5", "training_chip_hours_reported": "2788000"}
    cost = epoch.amortized_cost(row, reference=reference)
    assert cost.is_extension
    # Epoch-style, DeepSeek-V3 comes out beside its own rental figure.
    assert 4.5e6 < cost.usd < 7e6
    assert not epoch.amortized_cost(ROW, reference=reference).is_extension


def test_a_wrong_result_is_ranked_worst(reference):
    right = epoch.amortized_cost(ROW, reference=reference).usd
    rows = [
        {**ROW, "model": "right", "capex_energy_cost_usd": str(right)},
        {**ROW, "model": "wrong", "capex_energy_cost_usd": str(2.0 * right)},
        {**ROW, "model": "unknown", "capex_energy_cost_usd": ""},
    ]
    score = epoch.score_epoch(rows, reference=reference)
    assert score.worst[0].model == "wrong"
    assert score.within_1_percent == 0.5
    assert score.unscored == {"no published cost to compare with": 1}


def test_an_empty_table_has_no_score(reference):
    assert epoch.score_epoch([], reference=reference).within_1_percent is None
