"""Every row of configs/audit/garbles.yaml: its condition, and what the number should have been."""

import pytest
import yaml

from costcheck.audit.engine import context_of
from costcheck.audit.garbles import Scene, garbles_of, read_garbles
from costcheck.audit.knowledge import load_knowledge
from costcheck.audit.statements import state
from costcheck.quantities import CLAIMED
from tests.audit.claims_format import read_claims_text


def repairs(catalog, claim):
    """Names of the garbles that apply, with what each makes of its first number."""
    claims = read_claims_text(f"claims: [{{id: a, {claim}}}]")
    known = load_knowledge(catalog, claims, use_registry=False)
    items = state(claims, [0], priors=known.priors)
    scene = Scene(statements=items, context=context_of(claims, known), text=claims[0].text or "")
    return {
        item.name: item.edits[0].corrected(items[item.edits[0].statement])
        for item in garbles_of(scene, known.garbles)
    }


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        # 1 lb = 0.45359237 kg; 12 g of carbon are in 44 g of CO2; 1 US gallon = 3.785411784 L.
        ("carbon: 100 t", "pounds printed as kilograms", 45_359.237),
        ("carbon: 12 t", "carbon printed as carbon dioxide", 44_000.0),
        ("water: 1000 L", "litres printed as gallons", 264.172),
        ("water: 1000 L", "gallons printed as litres", 3785.41),
        ("gpu_hours: 24K", "GPU-days printed as GPU-hours", 576_000.0),
        ("gpu: H100, price: $48/h", "price per day taken per hour", 2.0),
        ("gpu: H100, price: $16/h", "price of an 8-GPU node taken per GPU", 2.0),
        ('cost: $7.2M, text: "7.2 million yuan"', "yuan taken as dollars", 1e6),
        ('cost: $8.3M, text: "83 lakh rupees"', "rupees taken as dollars", 1e5),
        ('cost: $150M, text: "150 million yen"', "yen taken as dollars", 1e6),
        ("duration: 7 weeks", "weeks printed for days", 7 * 24.0),
        ("duration: 3 days", "days printed for months", 3 * 24 * 30.4375),
        ("mfu: 3800%", "percent printed as a fraction", 0.38),
        ("mfu: 460", "decimal point lost (/10)", 0.46),
        ("step_time: 14600 s", "milliseconds printed as seconds", 14.6 / 3600),
        ("step_time: 14.6 h", "seconds printed as hours", 14.6 / 3600),
        ("step_time: 15 min", "seconds printed as minutes", 15 / 3600),
        ("power_per_gpu: 700 kW", "kilowatt printed for watt", 700.0),
        ("power_per_gpu: 0.7 W", "watt printed for kilowatt", 700.0),
        ("electricity_price: $80/kWh", "price of a MWh taken for that of a kWh", 0.08),
        ("gpus: 16", "GPUs were GPU-hours", 16.0),
        ('tokens: 300B, text: "300 billion words"', "words taken as tokens", 400e9),
    ],
)
def test_what_a_garble_makes_of_a_number(catalog, claim, name, value):
    assert repairs(catalog, claim)[name] == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("gpus: 15", "GPUs were GPU-hours"),
        ("gpu: TPU v4, gpus: 64", "nodes of 8 counted as GPUs"),
        ("gpu: H100, gpus: 64", "4-chip devices counted as chips"),
        ("gpus: 12", "GPUs counted 8 for 1 (nodes multiplied twice)"),
        ("gpus: 8, gpu_hours: 24K", "GPU-hours were GPUs"),
        ("gpu_hours: 24K, language_model: false", "GPU-hours per trillion tokens, not in total"),
        ("active_parameters: 7B, moe: false", "total parameters taken as active"),
        ("gpu: A100, peak: 312 TFLOP/s", "sparse FP8 peak taken as dense BF16 (x4)"),
        ("mfu: 65%", "scaling efficiency, not utilisation"),
        ("gpu: A100, cost: $5M", "yuan taken as dollars"),
        ("compute: 1e24 FLOP", "the base model's training is included here only"),
        ("duration: 3 days", "days printed for years"),
        ("step_time: 14.6 h", "milliseconds printed as seconds"),
        ("step_time: 14.6 s", "seconds printed as hours"),
        ("gpu_hours: 1.3M GPU-days", "GPU-days printed as GPU-hours"),
        ("gpu: H100, power_per_gpu: 0.7 kW", "watt printed for kilowatt"),
        ("electricity_price: 8 cents per kWh", "cents printed as dollars"),
        ("mfu: 46", "decimal point lost (/10)"),
    ],
)
def test_a_garble_needs_its_condition(catalog, claim, name):
    assert name not in repairs(catalog, claim)


def test_a_part_for_china_suggests_yuan_without_a_cue(catalog):
    assert "yuan taken as dollars" in repairs(catalog, "gpu: H800, cost: $5M")


def test_rows_name_known_keys_and_sources(catalog):
    data = yaml.safe_load(catalog.text("audit/garbles.yaml"))
    sources = {item["key"] for item in data["sources"]}
    for kind, row in zip(read_garbles(data).kinds, data["garbles"], strict=True):
        changes = [kind.change, *([kind.also] if kind.also else [])]
        assert {key for change in changes for key in change.of} <= set(CLAIMED)
        assert {change.to for change in changes if change.to} <= set(CLAIMED)
        assert row.get("source", "own") in sources


def test_an_unknown_condition_is_refused():
    row = {"name": "x", "of": "cost", "weight": 1, "if": {"moon": "full"}}
    with pytest.raises(ValueError, match="no condition called moon"):
        read_garbles({"time_units": {"weight": 1, "furthest": 1}, "garbles": [row]})


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("of: costs", "no claim key called costs"),
        ("of: cost, to: capexx", "no claim key called capexx"),
        ("of: cost, facto: 2", "no key called facto"),
        ("of: cost, also: {of: price, after: true}", "no key of a second number called after"),
        ("of: cost, if: {sayz: yuan}", "no condition called sayz"),
    ],
)
def test_a_row_that_nothing_would_read_stops_the_program(row, named):
    text = f"{{garbles: [{{name: a, {row}, weight: 1}}], time_units: {{}}}}"
    with pytest.raises(ValueError, match=named):
        read_garbles(yaml.safe_load(text))
