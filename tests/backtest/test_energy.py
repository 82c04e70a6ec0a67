import csv

import pytest

from costcheck.backtest.energy import score_energy
from costcheck.catalog.files import Catalog
from tests.shared_data import shared_path

ROW = {
    "id": "a run",
    "accelerator": "H100",
    "accel_hours": "1000",
    "energy_mwh": "1.2",
    "energy_kind": "measured, PUE 1.2",
}


@pytest.fixture(scope="module")
def catalog():
    return Catalog()


def _only(row, catalog):
    score = score_energy([row], catalog=catalog)
    return score.scored[0]


def test_measured_runs_lie_inside_the_range(catalog):
    with shared_path("validation/energy_runs.csv").open(encoding="utf-8") as text:
        score = score_energy(csv.DictReader(text), catalog=catalog)
    assert len(score.scored) == 7
    assert score.inside == 1.0
    assert score.median_error < 0.05
    assert score.rows == len(score.scored) + sum(score.unscored.values())


def test_a_stated_pue_is_exact(catalog):
    one, two = (
        _only({**ROW, "energy_kind": f"measured, PUE {pue}"}, catalog) for pue in ("1.0", "2.0")
    )
    assert two.central == pytest.approx(2.0 * one.central)
    assert two.high / two.low == pytest.approx(one.high / one.low)
    unstated = _only({**ROW, "energy_kind": "measured"}, catalog)
    assert unstated.high / unstated.low > one.high / one.low


def test_metering_the_accelerators_alone_is_its_own_basis(catalog):
    alone = _only({**ROW, "energy_kind": "measured, GPU only, PUE 1.2"}, catalog)
    assert alone.central < _only(ROW, catalog).central


def test_parts_without_a_measurement_use_what_their_server_draws(catalog):
    run = _only(ROW, catalog)
    # A DGX H100 draws 10.2 kW at full load: a 1/8 of it x 0.75 x 1.2.
    assert run.central == pytest.approx(1000 * 10.2 / 8 * 0.75 * 1.2)
    assert run.is_inside


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"energy_kind": "circular: h*400W"}, "circular"),
        ({"accel_hours": ""}, "no accelerator-hours"),
        ({"energy_mwh": "much"}, "no accelerator-hours"),
        ({"accelerator": "abacus"}, "unknown accelerator"),
    ],
)
def test_rows_that_test_nothing_say_why(change, reason, catalog):
    score = score_energy([{**ROW, **change}], catalog=catalog)
    assert score.inside is None
    assert score.median_error is None
    assert next(iter(score.unscored)).startswith(reason)
