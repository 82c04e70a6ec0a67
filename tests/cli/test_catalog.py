"""`costcheck catalog`: every entry that ships can be listed and shown."""

import json

import pytest

from costcheck.catalog.files import Catalog
from costcheck.cli.app import run
from costcheck.report.views.catalog import LISTINGS

CATALOG = Catalog()
ENTRIES = [(kind, name) for kind in ("gpus", "models") for name in CATALOG.names(kind)]


@pytest.mark.parametrize(("kind", "name"), ENTRIES, ids=str)
def test_every_entry_is_shown(kind, name, capsys):
    assert run(["catalog", kind, name]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert len(shown.out.splitlines()) > 3


@pytest.mark.parametrize("kind", LISTINGS)
def test_every_catalog_is_listed_in_full(kind, capsys):
    assert run(["catalog", kind, "-f", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    if kind in ("gpus", "models"):
        assert [row["id"] for row in rows] == CATALOG.names(kind)


@pytest.mark.parametrize("part", CATALOG.names("gpus"))
def test_the_prices_of_every_part_can_be_asked_for(part, capsys):
    assert run(["catalog", "prices", part]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("model", "parameters"), [("mamba-2.8b", 2_768_345_600), ("jamba-v0.1", 51_570_323_328)]
)
def test_state_space_models_are_counted_as_released(model, parameters, capsys):
    assert run(["catalog", "models", model, "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters_total"] == parameters
