"""Energy on three bases, carbon, water, and the grids they rest on."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import pytest
import yaml

from costcheck.diagnostics import CostcheckError
from costcheck.graph.evaluation import evaluate
from tests.estimate.files import DEEPSEEK_V3, built, estimated

RUNS = yaml.safe_load((Path(__file__).parent / "measured_energy.yaml").read_text())["runs"]


def measured(run: dict[str, Any]) -> dict[str, Any]:
    energy = {"pue": str(run["pue"])} if "pue" in run else {}
    return {
        "name": run["name"],
        "as_of": "2025-01-01",
        "fleet": {"gpu": run["gpu"]},
        "gpu_hours": str(run["chip_hours"]),
        "energy": energy,
    }


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run["name"])
def test_measured_runs_lie_in_the_range(run: dict[str, Any]) -> None:
    found = estimated(measured(run)).figures["energy_kwh"]
    assert found.low < run["mwh"] * 1e3 < found.high


def test_median_error_on_measured_runs() -> None:
    errors = [
        abs(
            estimated(measured(run), samples=64).figures["energy_kwh"].central / run["mwh"] / 1e3
            - 1
        )
        for run in RUNS
    ]
    assert statistics.median(errors) < 0.05


def test_three_bases_in_order() -> None:
    figures = estimated(DEEPSEEK_V3).figures
    chip, server, facility = (
        figures[f"energy_{basis}kwh"].central for basis in ("chip_", "server_", "")
    )
    assert chip < 2.788e6 * 0.7  # never above the design power of the chips
    assert chip < server < facility
    assert facility / server == pytest.approx(1.25)


def test_deepseek_with_epoch_factors() -> None:
    # The note on energy: 3,293 MWh with Epoch AI's factors for the H100.
    assert estimated(DEEPSEEK_V3).figures["energy_kwh"].central == pytest.approx(3.293e6, rel=0.02)


def test_carbon_of_a_country_and_of_an_intensity() -> None:
    china = estimated(DEEPSEEK_V3, energy={"grid": "China"}).figures
    assert china["carbon_kg"].central / china["energy_kwh"].central == pytest.approx(0.55, abs=0.06)
    french = estimated(DEEPSEEK_V3, energy={"grid": "57 g/kWh"}).figures
    assert french["carbon_kg"].central == pytest.approx(french["energy_kwh"].central * 0.057)


def test_embodied_carbon_is_a_line_of_its_own() -> None:
    # BLOOM: 11.2 t for 1,082,990 A100-hours, Luccioni et al. section 4.1.
    bloom = {"fleet": {"gpu": "A100"}, "gpu_hours": "1,082,990", "as_of": "2022-11-03"}
    found = estimated(bloom, energy={"grid": "FRA"}).figures
    assert found["carbon_embodied_kg"].central == pytest.approx(11.2e3, rel=0.03)
    model = built(bloom, energy={"grid": "FRA"})
    below = {node.name for node in evaluate([model.totals["carbon_kg"]]).values}
    assert "carbon_embodied_kg" not in below


def test_water_only_where_it_is_stated() -> None:
    silent = estimated(DEEPSEEK_V3, samples=64).figures["water_litres"]
    assert silent.central is None
    assert "water_on_site" in silent.reason
    stated = estimated(DEEPSEEK_V3, energy={"water_on_site": "1.8 L/kWh"}, samples=64).figures
    assert stated["water_litres"].central == pytest.approx(
        1.8 * stated["energy_server_kwh"].central
    )


@pytest.mark.parametrize("name", ["FRA", "France", "france"])
def test_a_grid_by_any_of_its_names(name: str) -> None:
    assert estimated(DEEPSEEK_V3, energy={"grid": name}).figures["carbon_kg"].central is not None


@pytest.mark.parametrize(("initials", "code"), [("UK", "GBR"), ("UAE", "ARE"), ("US", "USA")])
def test_initials_of_a_country(initials: str, code: str) -> None:
    by_initials, by_code = (
        estimated(DEEPSEEK_V3, energy={"grid": name}, samples=64).figures["carbon_kg"].central
        for name in (initials, code)
    )
    assert by_initials == by_code


def test_an_unknown_grid_is_a_problem_with_near_names() -> None:
    with pytest.raises(CostcheckError) as caught:
        estimated(DEEPSEEK_V3, energy={"grid": "Chyna"})
    problem = caught.value.diagnostics[0]
    assert problem.code == "CC305"
    assert "CHN" in problem.help


def test_the_pue_of_the_owner_is_the_pue() -> None:
    figures = estimated(DEEPSEEK_V3, pricing={"own": {"pue": "1.4"}}, samples=64).figures
    ratio = figures["energy_kwh"].central / figures["energy_server_kwh"].central
    assert ratio == pytest.approx(1.4)


def test_the_pue_of_the_energy_section_comes_before_the_owner_s() -> None:
    own = {"own": {"pue": "1.09"}}
    both = estimated(DEEPSEEK_V3, pricing=own, energy={"pue": "1.4"}).figures
    ratio = both["energy_kwh"].central / both["energy_server_kwh"].central
    assert ratio == pytest.approx(1.4)
    owner = estimated(DEEPSEEK_V3, pricing=own).figures
    ratio = owner["energy_kwh"].central / owner["energy_server_kwh"].central
    assert ratio == pytest.approx(1.09)


OURS = {"name": "our chip", "peak": {"bf16": "500 TFLOPS"}, "tdp": "700 W"}


def test_the_power_of_the_server_counts_where_a_part_states_it() -> None:
    # 100,000 h x 5 kW at the average draw of 75 % of the rated power (Barroso et al., p. 133).
    run = {"gpu_hours": "100K", "as_of": "2025-01-01"}
    ours = {"gpu": {**OURS, "server_power": "5 kW"}, "count": "64"}
    stated = estimated({**run, "fleet": ours}).figures["energy_server_kwh"]
    assert stated.central == pytest.approx(100e3 * 5.0 * 0.75)
    silent = estimated({**run, "fleet": {"gpu": OURS, "count": "64"}}).figures
    assert silent["energy_server_kwh"].central == pytest.approx(100e3 * 0.7 * 1.8 * 0.75)
    measured = estimated({**run, "fleet": ours}, energy={"power": "1 kW"}).figures
    assert measured["energy_server_kwh"].central == pytest.approx(100e3)


def test_a_part_with_the_power_of_its_server_alone_has_an_energy() -> None:
    ours = {"name": "our chip", "peak": {"bf16": "500 TFLOPS"}, "server_power": "5 kW"}
    run = {"gpu_hours": "100K", "fleet": {"gpu": ours, "count": "64"}, "as_of": "2025-01-01"}
    figures = estimated(run).figures
    assert figures["energy_server_kwh"].central == pytest.approx(100e3 * 5.0 * 0.75)
    assert figures["energy_chip_kwh"].central is None


def test_a_dgx_h100_is_rated_at_a_tenth_of_its_ten_kilowatts_and_more() -> None:
    # DGX H100: 10.2 kW over 8 GPUs, NVIDIA's data sheet.
    run = {"gpu_hours": "100K", "fleet": {"gpu": "h100", "count": "64"}, "as_of": "2025-01-01"}
    server = estimated(run).figures["energy_server_kwh"]
    assert server.central == pytest.approx(100e3 * 10.2 / 8 * 0.75)
