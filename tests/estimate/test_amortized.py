"""Epoch AI's amortised capital and energy, through the estimate."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest

from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import walk
from costcheck.report.views.figures import figure
from tests.estimate.files import DEEPSEEK_V3, built, estimated
from tests.shared_data import shared_path

EPOCH = {"pricing": {"amortized": "epoch"}}


def test_parts_of_the_rate() -> None:
    model = built(DEEPSEEK_V3, **EPOCH)
    parts = [node.name for node in model.totals["usd_per_gpu_hour"].children]
    assert parts == [f"price/amortized/{p}" for p in ("servers", "interconnect", "energy")]


def test_energy_of_an_h100_hour() -> None:
    # 0.7 kW x 1.821 x 0.75 x 1.25 at 0.0771 USD/kWh, the note on the method.
    from costcheck.graph.evaluation import evaluate

    model = built({**DEEPSEEK_V3, **EPOCH}, fleet={"gpu": "h100", "count": "8"})
    rate = model.totals["usd_per_gpu_hour"]
    energy = next(n for n in walk([rate]) if n.name == "price/amortized/energy")
    assert float(evaluate([energy])[energy]) == pytest.approx(1.195 * 0.0771, rel=0.001)


def test_a_price_of_ours_is_said_to_be_ours() -> None:
    result = estimated(DEEPSEEK_V3, **EPOCH)
    assert any("Epoch AI's method has no price" in note for note in result.notes)
    a100 = estimated(DEEPSEEK_V3, **EPOCH, fleet={"gpu": "a100", "count": "8"}, as_of="2023-01-01")
    assert not any("no price" in note for note in a100.notes)


def test_the_range_is_wide() -> None:
    cost = estimated(DEEPSEEK_V3, **EPOCH).figures["cost_usd"]
    assert cost.high / cost.low > 3


def test_no_release_date_no_rate() -> None:
    fleet = {"gpu": {"name": "Homemade", "peak": {"bf16": "100 TFLOPS"}}, "count": "8"}
    cost = estimated(DEEPSEEK_V3, **EPOCH, fleet=fleet, samples=64).figures["cost_usd"]
    assert cost.central is None
    assert "release" in cost.reason


def test_reproduces_published_rows() -> None:
    """Rows of other organisations' GPUs, whose inputs the scenario can state, within 1 %."""
    parts = {"NVIDIA A100 SXM4 80 GB": "a100-sxm4-80gb", "NVIDIA H100 SXM5 80GB": "h100-sxm5-80gb"}
    hyperscalers = ("google", "deepmind", "microsoft", "amazon", "meta", "facebook")
    with shared_path("validation/epoch_costs.csv").open() as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["recompute_grade"] == "A"
            and row["hardware"] in parts
            and row["capex_energy_cost_usd"]
            and row["hardware_quantity"]
            and row["training_time_h"]
            and not any(name in row["organization"].lower() for name in hyperscalers)
        ]
    assert len(rows) > 10
    close = 0
    for row in rows:
        count, hours = float(row["hardware_quantity"]), float(row["training_time_h"])
        day = date.fromisoformat(row["publication_date"][:10])
        cost = estimated(
            {"as_of": (day + timedelta(0)).isoformat(), **EPOCH},
            fleet={"gpu": parts[row["hardware"]], "count": f"{count:.0f}"},
            gpu_hours=f"{float(row['chip_hours_used']):.3f}",
            duration=f"{hours} h",
            samples=64,
        ).figures["cost_usd"]
        close += abs(cost.central / float(row["capex_energy_cost_usd"]) - 1.0) < 0.01
    assert close / len(rows) > 0.9


def test_the_energy_of_the_method_is_the_energy_that_is_printed():
    for energy in ({}, {"pue": "1.1"}, {"power": "1.2 kW", "grid": "DEU"}):
        model = built(DEEPSEEK_V3, **EPOCH, energy=energy)
        nodes = {node.name: node for node in walk(model.totals.values())}
        names = ("energy_kwh", "gpu_hours", "price/amortized/energy", "energy/usd_per_kwh")
        found = evaluate([nodes[name] for name in names])
        kwh, hours, rate, price = (float(found[nodes[name]]) for name in names)
        assert hours * rate == pytest.approx(kwh * price)


def test_days_are_shown_as_dates_and_the_purchase_is_told():
    run = {"fleet": {"gpu": "h100", "count": "512"}, "gpu_hours": "1M", "as_of": "2026-01-01"}
    result = estimated({**run, **EPOCH}, samples=64)
    # Epoch AI's rule: 90 days after the release of 2022-09-20, at the DGX of 2022-09-29.
    assert any("2022-12-19 for $44,490" in note for note in result.notes)
    nodes = {node.name: node for node in walk(result.root.values())}
    day = nodes["amortized/acquired"]
    assert figure(float(evaluate([day])[day]), day.unit) == "2022-12-19"


def test_no_run_wears_off_more_than_its_accelerators_were_worth():
    # At 0.14 decades a year 32 % of the worth goes in a year: all of it in 3.1 years.
    def servers(years):
        run = {"fleet": {"gpu": "h100", "count": "64"}, "as_of": "2026-11-22", **EPOCH}
        nodes = {n.name: n for n in walk(built(run, duration=years).totals.values())}
        found = evaluate(nodes.values())
        return float(found[nodes["price/amortized/servers"]]), float(
            found[nodes["amortized/value"]]
        )

    rate, worth = servers("3 years")
    assert rate * 3 * 8_766 == pytest.approx(worth * 0.14 * 2.302585 * 3)
    rate, worth = servers("10 years")
    assert rate * 10 * 8_766 == pytest.approx(worth)
