import csv
from pathlib import Path

import numpy as np
import pytest
import yaml

from costcheck.physics import energy
from tests.estimate.files import DEEPSEEK_V3, estimated
from tests.shared_data import shared_path

CONFIGS = Path(__file__).parents[2] / "configs"


def test_circular_rows_are_arithmetic_and_must_agree():
    # Cards that are hours x rated power x PUE: LLaMA with 400 W and 1.1.
    with shared_path("validation/energy_runs.csv").open(encoding="utf-8") as text:
        rows = [row for row in csv.DictReader(text) if "h*400W*PUE1.1" in row["energy_kind"]]
    assert rows
    card = {"power": "400 W", "pue": "1.1", "grid": "385 g/kWh"}
    for row in rows:
        hours = f"{row['accel_hours']} GPU-hours"
        run = {"fleet": {"gpu": "a100-80gb"}, "gpu_hours": hours, "energy": card}
        figures = estimated(run, samples=64).figures
        assert figures["energy_kwh"].central / 1e3 == pytest.approx(
            float(row["energy_mwh"]), abs=0.9
        )
        assert figures["carbon_kg"].central / 1e3 == pytest.approx(float(row["co2_t"]), abs=0.6)


def test_bases_are_ordered():
    figures = estimated(DEEPSEEK_V3, samples=64).figures
    bases = ("energy_chip_kwh", "energy_server_kwh", "energy_kwh")
    chip, server, facility = (figures[name].central for name in bases)
    assert chip < server < facility


def test_a_perfect_building_adds_nothing():
    figures = estimated(DEEPSEEK_V3, energy={"pue": "1"}, samples=64).figures
    assert figures["energy_kwh"].central == figures["energy_server_kwh"].central


def test_deepseek_v3_with_epochs_factors():
    # 2.788M H800-hours x 700 W x 1.8 x 0.75 x 1.25 = 3,293 MWh; 1.9 kt on the Chinese grid.
    stated = {"power": f"{700 * 1.8 * 0.75} W", "pue": "1.25", "grid": "582 g/kWh"}
    figures = estimated(DEEPSEEK_V3, energy=stated, samples=64).figures
    assert figures["energy_kwh"].central == pytest.approx(3.293e6, rel=0.001)
    assert figures["carbon_kg"].central == pytest.approx(1.9e6, rel=0.01)


def test_water_counts_site_and_power_plants_on_their_own_bases():
    litres = energy.water_litres(
        it_kwh=1_000.0, facility_kwh=1_100.0, site_litres_per_kwh=0.5, grid_litres_per_kwh=3.0
    )
    assert litres == pytest.approx(500.0 + 3_300.0)


def test_embodied_carbon_of_a_whole_life_is_the_whole_server():
    hours = 6.0 * 8_766.0
    total = energy.embodied_carbon_kg(
        gpu_hours=8.0 * hours,
        gpu_kg=150.0,
        server_kg=2_500.0,
        gpus_per_server=8.0,
        life_years=6.0,
        utilization=1.0,
    )
    assert total == pytest.approx(2_500.0 + 8.0 * 150.0)


def test_embodied_data_is_sourced():
    data = yaml.safe_load((CONFIGS / "costs" / "embodied.yaml").read_text(encoding="utf-8"))
    keys = {source["key"] for source in data["sources"]}
    chips = data.pop("gpu_kg")
    for fact in (*chips.values(), *(data[name] for name in data if name != "sources")):
        assert set(fact["sources"]) <= keys
        assert fact.get("low", 0) <= fact["value"] <= fact.get("high", fact["value"])


def test_vector_equals_scalar():
    draws = np.array([0.5, 0.75, 1.0])
    hours = np.array([[1.0], [1e6]])
    together = energy.chip_kwh(gpu_hours=hours, rated_watts=700.0, draw_fraction=draws)
    assert together.shape == (2, 3)
    assert together[1, 2] == energy.chip_kwh(gpu_hours=1e6, rated_watts=700.0, draw_fraction=1.0)
