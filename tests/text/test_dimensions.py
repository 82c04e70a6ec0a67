"""What a message tells people to write is itself read, in every dimension."""

import re

import pytest

from costcheck.text.dimensions import PLAIN, RATES, resolve, spec
from costcheck.text.quantity import QuantityProblem, parse

DIMENSIONS = sorted({*PLAIN, *RATES})
MONEY = [name for name in DIMENSIONS if spec(name).money]


def advised(dimension):
    """Split the advice of a dimension into the texts it recommends."""
    advice = spec(dimension).example.replace("{n}", "3").removeprefix("write ")
    advice = re.sub(r"^a (?:plain|whole) number such as ", "", advice)
    return [text for text in re.split(r", | or ", advice) if text]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_advice_can_be_followed(dimension):
    for text in advised(dimension):
        assert parse(text, dimension).value > 0, text


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_bare_number_needs_a_unit_unless_the_field_has_one(dimension):
    if spec(dimension).bare:
        assert parse("3", dimension).value == (0.03 if dimension == "share" else 3)
        return
    with pytest.raises(QuantityProblem) as caught:
        parse("3", dimension)
    assert caught.value.code == "CC203"


@pytest.mark.parametrize("dimension", sorted(set(DIMENSIONS) - set(MONEY)))
def test_only_money_has_a_currency(dimension):
    with pytest.raises(QuantityProblem) as caught:
        parse("$3", dimension)
    assert caught.value.code in {"CC205", "CC203"}


@pytest.mark.parametrize(
    ("dimension", "plural", "singular"),
    [
        ("energy", "megawatt hours", "megawatt hour"),
        ("energy", "gigajoules", "gigajoule"),
        ("carbon", "metric tons of CO2", "metric ton of CO2"),
        ("carbon", "kilotonnes", "kilotonne"),
        ("carbon", "megatons", "megaton"),
        ("carbon", "short tons", "short ton"),
        ("carbon", "kilograms", "kilogram"),
        ("carbon", "pounds", "pound"),
        ("water", "megalitres", "megalitre"),
        ("water", "cubic meters", "cubic meter"),
        ("water", "milliliters", "milliliter"),
        ("water", "gallons of water", "gallon of water"),
        ("flop", "petaflop/s-days", "petaflop/s-day"),
        ("flop", "floating-point operations", "floating-point operation"),
        ("bytes", "terabytes", "terabyte"),
        ("gpu_hours", "GPU-hours", "GPU-hour"),
        ("grid_intensity", "grams per kilowatt-hours", "gram per kilowatt-hour"),
        ("money_per_kwh", "cents per kilowatt-hours", "cent per kilowatt-hour"),
        ("money", "rupees", "rupee"),
    ],
)
def test_one_of_a_unit_is_half_of_two(dimension, plural, singular):
    two = parse(f"2 {plural}", dimension, quoted=True).value
    assert parse(f"1 {singular}", dimension, quoted=True).value * 2 == pytest.approx(two)


@pytest.mark.parametrize("dimension", sorted(RATES))
def test_each_rate_refuses_another_denominator(dimension):
    with pytest.raises(QuantityProblem):
        parse("3 per furlong", dimension)


def test_a_unit_is_worked_out_once():
    assert resolve("M GPU-hours", "gpu_hours") is resolve("M GPU-hours", "gpu_hours")
