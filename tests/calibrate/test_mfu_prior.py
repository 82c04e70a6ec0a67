from pathlib import Path

import pytest
import yaml

from costcheck.calibrate.__main__ import main
from costcheck.calibrate.mfu_prior import PRIOR, SETTINGS, as_document, best_ridge, starting_point
from costcheck.calibrate.run_features import run_table
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import own_runs
from costcheck.physics.prior import MfuPrior


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture(scope="module")
def settings(catalog):
    return yaml.safe_load(catalog.text(SETTINGS))


@pytest.fixture(scope="module")
def table(catalog):
    return run_table(own_runs(catalog), catalog)


def test_the_shipped_prior_is_what_the_script_writes(catalog, tmp_path, capsys):
    target = tmp_path / PRIOR
    assert main(["mfu_prior", "--write", str(tmp_path)]) == 0
    assert "wrote" in capsys.readouterr().out
    assert target.read_text(encoding="utf-8") == catalog.text("prior/mfu.yaml")


def test_the_file_holds_every_constant(catalog):
    constants = yaml.safe_load(catalog.text("prior/mfu.yaml"))["constants"]
    assert set(constants) == set(MfuPrior._fields)
    MfuPrior.from_mapping(constants)


def test_effects_point_where_physics_says(catalog):
    prior = MfuPrior.from_mapping(yaml.safe_load(catalog.text("prior/mfu.yaml"))["constants"])
    assert prior.small_fleet > 0.0  # little communication
    assert prior.calendar < 0.0 < prior.step  # interruptions
    assert 0.5 < 2.0**prior.intercept < 0.9  # of the predicted step
    assert prior.scale_unknown_hours > prior.scale


def test_the_left_out_error_is_recorded_as_measured(table, settings):
    document = as_document(table, settings)
    assert document["fit"]["median_abs_log2_error_left_out"] <= 0.25
    assert document["fit"]["runs"] >= 40


def test_the_penalty_is_one_of_those_tried(table, settings):
    assert best_ridge(table, starting_point(settings), [1.0]) == 1.0


def test_every_published_run_names_a_source_and_a_known_part(catalog):
    for name in ("runs/published.yaml", "runs/outside-estimates.yaml"):
        rows = yaml.safe_load(Path(catalog.path(name)).read_text(encoding="utf-8"))
        assert len({row["id"] for row in rows}) == len(rows)
        for row in rows:
            assert row["sources"], row["id"]
            assert row["evidence"] in ("AB" if name == "runs/published.yaml" else "C"), row["id"]
            if "gpu" in row:
                assert row["gpu"] in catalog.names("gpus"), row["id"]
