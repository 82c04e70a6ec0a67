"""Quantities as people write them; the intervals are worked out by hand from the written digits."""

import csv
import math

import pytest
from hypothesis import given, strategies as st

from costcheck.diagnostics import Place
from costcheck.text.dimensions import PLAIN, RATES
from costcheck.text.quantity import Quantity, QuantityProblem, parse, spell, unit_of
from tests.shared_data import shared_path

HOUR = 1.0
MONTH = 730.5
YEAR = 8766.0

# text, dimension, value, low, high, kind
READ = [
    # multipliers, typographic variants
    ("14.8 trillion tokens", "tokens", 14.8e12, 14.75e12, 14.85e12, "stated"),
    ("37 billion active parameters", "params", 37e9, 36.5e9, 37.5e9, "stated"),
    ("1_000", "tokens", 1000, 500, 1500, "stated"),
    ("3.3\u00d710\u00b2\u2074 FLOP", "flop", 3.3e24, 3.25e24, 3.35e24, "stated"),
    ("3.3 x 10^24", "flop", 3.3e24, 3.25e24, 3.35e24, "stated"),
    ("10^26 FLOP", "flop", 1e26, 0.5e26, 1.5e26, "stated"),
    ("5\u00a0million\u00a0dollars", "money", 5e6, 4.5e6, 5.5e6, "stated"),
    ("half a million dollars", "money", 5e5, 4.5e5, 5.5e5, "stated"),
    ("two hundred", "count", 200, 150, 250, "stated"),
    ("twenty-five days", "duration", 600, 588, 612, "stated"),
    ("a dozen", "count", 12, 11.5, 12.5, "stated"),
    # hedges: "about" is a tenth either way, a bound is one-sided
    ("\u223c960", "count", 960, 864, 1056, "approx"),
    ("\u2248 25,000 GPUs", "count", 25000, 22500, 27500, "approx"),
    ("roughly 2 months", "duration", 1461, 1095.75, 1826.25, "approx"),
    ("nearly $6M", "money", 6e6, 5.4e6, 6.6e6, "approx"),
    ("an estimated $5.5M", "money", 5.5e6, 4.95e6, 6.05e6, "approx"),
    ("up to 10,000 H100s", "count", 10000, 0, 10000, "at_most"),
    ("\u2264 60 days", "duration", 1440, 0, 1440, "at_most"),
    ("no more than 5 MW", "power", 5e6, 0, 5e6, "at_most"),
    ("up to about $6M", "money", 6e6, 0, 6e6, "at_most"),
    ("more than $100 million", "money", 1e8, 1e8, math.inf, "at_least"),
    ("at least 16K", "count", 16000, 16000, math.inf, "at_least"),
    ("$100+ million", "money", 1e8, 1e8, math.inf, "at_least"),
    ("30 days or more", "duration", 720, 720, math.inf, "at_least"),
    # ranges: geometric mean; a unit or prefix at the end belongs to both ends
    ("1.2-4", "ratio", math.sqrt(4.8), 1.2, 4, "range"),
    ("90 to 100 days", "duration", 24 * math.sqrt(9000), 2160, 2400, "range"),
    ("between 90 and 100 days", "duration", 24 * math.sqrt(9000), 2160, 2400, "range"),
    ("2x\u201310x", "ratio", math.sqrt(20), 2, 10, "range"),
    ("$800K-1.2M", "money", math.sqrt(0.96e12), 8e5, 1.2e6, "range"),
    ("$2-3/GPU-hour", "price", math.sqrt(6), 2, 3, "range"),
    ("5M-6M GPU-hours", "gpu_hours", math.sqrt(30e12), 5e6, 6e6, "range"),
    ("1e24-3e24", "flop", math.sqrt(3e48), 1e24, 3e24, "range"),
    ("0-20%", "ratio", 0.1, 0, 0.2, "range"),
    ("up to 50-60 days", "duration", 1440, 0, 1440, "at_most"),
    # tolerances
    ("55 days \u00b1 10%", "duration", 1320, 1188, 1452, "range"),
    ("55 \u00b1 3 days", "duration", 1320, 1248, 1392, "range"),
    ("0.38 +/- 0.02", "ratio", 0.38, 0.36, 0.40, "range"),
    # counts are exact unless a multiplier rounds them
    ("16K GPUs", "count", 16000, 15500, 16500, "stated"),
    ("2,048 Nvidia H800 GPUs", "count", 2048, 2047.5, 2048.5, "stated"),
    ("10 B200s", "count", 10, 9.5, 10.5, "stated"),
    ("4,096", "integer", 4096, 4096, 4096, "exact"),
    ("100K", "integer", 1e5, 1e5, 1e5, "exact"),
    ("1.5M", "integer", 1.5e6, 1.5e6, 1.5e6, "exact"),
    # device time
    ("839000h", "gpu_hours", 839000, 838500, 839500, "stated"),
    ("2.788M H800-hours", "gpu_hours", 2.788e6, 2.7875e6, 2.7885e6, "stated"),
    ("39.3M H100-80GB hours", "gpu_hours", 39.3e6, 39.25e6, 39.35e6, "stated"),
    ("1.5M GPU hours (A100)", "gpu_hours", 1.5e6, 1.45e6, 1.55e6, "stated"),
    ("3 TPUv4 chip-years", "gpu_hours", 3 * YEAR, 2.5 * YEAR, 3.5 * YEAR, "stated"),
    # durations
    ("1h30m", "duration", 1.5, 1.5 - 0.5 / 60, 1.5 + 0.5 / 60, "stated"),
    ("2d 4h", "duration", 52, 51.5, 52.5, "stated"),
    ("1 day, 2 hours and 30 min", "duration", 26.5, 26.5 - 0.5 / 60, 26.5 + 0.5 / 60, "stated"),
    ("14.6 s", "duration", 14.6 / 3600, 14.55 / 3600, 14.65 / 3600, "stated"),
    ("5 years", "duration", 5 * YEAR, 4.5 * YEAR, 5.5 * YEAR, "stated"),
    # rates
    ("$1,461/GPU-month", "price", 2.0, 1460.5 / MONTH, 1461.5 / MONTH, "stated"),
    ("$48 per H100-day", "price", 2.0, 47.5 / 24, 48.5 / 24, "stated"),
    ("$2 an hour", "price", 2, 1.5, 2.5, "stated"),
    ("99 cents/GPU-hour", "price", 0.99, 0.985, 0.995, "stated"),
    ("$40,000/GPU", "money_per_gpu", 4e4, 3.5e4, 4.5e4, "stated"),
    ("$90/kW-month", "money_per_kw_month", 90, 85, 95, "stated"),
    ("$1,080 per kW per year", "money_per_kw_month", 90, 1075 / 12, 1085 / 12, "stated"),
    ("$0.09/kWh", "money_per_kwh", 0.09, 0.085, 0.095, "stated"),
    ("$90/MWh", "money_per_kwh", 0.09, 0.085, 0.095, "stated"),
    ("$350/GPU-year", "money_per_gpu_year", 350, 345, 355, "stated"),
    ("$0.02/GB-month", "money_per_gb_month", 0.02, 0.015, 0.025, "stated"),
    ("$50/t", "money_per_kg", 0.05, 0.045, 0.055, "stated"),
    ("2e-5", "per_gpu_hour", 2e-5, 1.5e-5, 2.5e-5, "stated"),
    ("1 per 50,000 GPU-hours", "per_gpu_hour", 2e-5, 1e-5, 3e-5, "stated"),
    ("180K H800 GPU hours per trillion tokens", "gpu_hours_per_trillion_tokens", 1.8e5, 1.75e5,
     1.85e5, "stated"),
    ("1,550 tokens/s/GPU", "tokens_per_second", 1550, 1545, 1555, "stated"),
    ("400 gCO2e/kWh", "grid_intensity", 400, 350, 450, "stated"),
    ("0.4 kg/kWh", "grid_intensity", 400, 350, 450, "stated"),
    ("1.8 L/kWh", "litres_per_kwh", 1.8, 1.75, 1.85, "stated"),
    # energy, carbon, water, power, links
    ("1,287 MWh", "energy", 1.287e6, 1.2865e6, 1.2875e6, "stated"),
    ("3.6 GJ", "energy", 1000, 3.55e9 / 3.6e6, 3.65e9 / 3.6e6, "stated"),
    ("552 tCO2e", "carbon", 552e3, 551.5e3, 552.5e3, "stated"),
    ("539 tonnes of CO2 equivalent", "carbon", 539e3, 538.5e3, 539.5e3, "stated"),
    ("5.4 million litres", "water", 5.4e6, 5.35e6, 5.45e6, "stated"),
    ("700 W/GPU", "power", 700, 650, 750, "stated"),
    ("312 TFLOPs per GPU", "flop_rate", 3.12e14, 3.115e14, 3.125e14, "stated"),
    ("900 gigabytes per second", "byte_rate", 9e11, 8.5e11, 9.5e11, "stated"),
    ("0", "duration", 0, 0, 0.5, "stated"),
]  # fmt: skip

# text, dimension, code, words of the help
REFUSED = [
    ("tens of thousands", "count", "CC202", "write the range you mean"),
    ("a few $10M's", "money", "CC202", "$3-5M"),
    ("several million", "params", "CC202", "3-5B"),
    ("10s of millions", "tokens", "CC202", "3-5T tokens"),
    ("many", "count", "CC202", "range"),
    ("\u00a540M", "money", "CC205", "write CNY 40M or JPY 40M"),
    ("$5M", "duration", "CC205", "days"),
    ("XYZ 5", "money", "CC205", "ISO code"),
    ("55", "duration", "CC203", "55 days"),
    ("2", "price", "CC203", "$2/GPU-hour"),
    ("2.5M$", "price", "CC203", "/GPU-hour"),
    ("$2/kWh", "price", "CC204", "$3/GPU-hour"),
    ("80 Gb", "bytes", "CC204", "80 GB"),
    ("3.3e24 FLOP/s", "flop", "CC204", "FLOP"),
    ("55 days", "gpu_hours", "CC204", "GPU-days"),
    ("5 /", "count", "CC204", "2,048"),
    ("5 -", "gpu_hours", "CC204", "GPU-hours"),
    ("5 A100 node hours", "gpu_hours", "CC204", "GPU-hours"),
    ("3 kWh", "gpu_hours", "CC204", "GPU-hours"),
    ("5 CPU core hours", "gpu_hours", "CC204", "GPU-hours"),
    ("1.234.567", "tokens", "CC206", "decimal point"),
    ("1.234,56", "money", "CC206", "decimal point"),
    ("1,5 %", "ratio", "CC206", "1.5"),
    ("2 048", "count", "CC206", "2048"),
    ("38% \u00b1 2%", "ratio", "CC206", "36%-40%"),
    ("6-5M", "money", "CC207", "smaller end first"),
    ("\u22125", "tokens", "CC208", "positive"),
    ("$-5", "money", "CC208", "positive"),
    ("2.5", "integer", "CC209", "whole number"),
    ("~8", "integer", "CC209", "whole number"),
    ("1.0005K", "integer", "CC209", "whole number"),
    ("1e400", "flop", "CC209", "FLOP"),
    ("nan", "ratio", "CC201", "%"),
    ("", "tokens", "CC201", "e12"),
    ("\u0661\u0662", "tokens", "CC201", "e12"),
    ("1" * 300, "tokens", "CC201", "write"),
]


@pytest.mark.parametrize(("text", "dimension", "value", "low", "high", "kind"), READ)
def test_reads(text, dimension, value, low, high, kind):
    found = parse(text, dimension)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), rel=1e-9)
    assert found.kind == kind
    assert found.text == text


@pytest.mark.parametrize(("text", "dimension", "code", "help_words"), REFUSED)
def test_refuses_and_says_what_to_write(text, dimension, code, help_words):
    with pytest.raises(QuantityProblem) as caught:
        parse(text, dimension)
    assert caught.value.code == code
    assert help_words in caught.value.help
    assert "{" not in caught.value.help


def test_every_published_case():
    with shared_path("validation/quantities.tsv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file, delimiter="\t"))
    assert len(cases) == 60
    for case in cases:
        if case["expect_value"] == "ERR":
            with pytest.raises(QuantityProblem):
                parse(case["text"], case["dimension"])
            continue
        found = parse(case["text"], case["dimension"])
        expected = tuple(float(case[f"expect_{name}"]) for name in ("value", "low", "high"))
        assert (found.value, found.low, found.high) == pytest.approx(expected, rel=1e-6), case
        assert found.kind == case["kind"]


@pytest.mark.parametrize(
    ("text", "currency"),
    [("$5M", "USD"), ("US$ 6 million", "USD"), ("\u20ac5M", "EUR"), ("\u00a35M", "GBP"),
     ("5M", None), ("CNY 40M", "CNY"), ("40 million yuan", "CNY"), ("5M CHF", "CHF"),
     ("A$5M", "AUD"), ("$5-6M", "USD"), ("5-6M euros", "EUR")],
)  # fmt: skip
def test_keeps_the_currency_as_written(text, currency):
    assert parse(text, "money").currency == currency


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("$5.576M", 4),
        ("2,048", 4),
        ("14.8T", 3),
        ("100", 1),
        ("2.00", 3),
        ("0.35", 2),
        ("10-55", 2),
    ],
)
def test_counts_the_significant_digits_as_printed(text, digits):
    dimension = "money" if "$" in text else "tokens"
    assert parse(text, dimension).digits == digits


def test_a_printed_value_is_not_disturbed_by_its_multiplier():
    # 5.576 * 1e6 is 5575999.999999999 in binary floating point.
    assert parse("$5.576M", "money").value == 5_576_000.0
    assert parse("2.788M GPU-hours", "gpu_hours").value == 2_788_000.0


def test_exact_quantities_have_no_width():
    found = Quantity.exact(0.35, "ratio")
    assert (found.low, found.value, found.high, found.kind) == (0.35, 0.35, 0.35, "exact")
    assert found.is_point
    assert found.text == "0.35"


def test_the_base_unit_is_printed_with_the_value():
    assert unit_of("price") == "USD/GPU-hour"
    assert parse("55 days", "duration").unit == "h"


@given(
    value=st.just(0.0) | st.floats(min_value=1e-15, max_value=1e30),
    dimension=st.sampled_from(sorted({*PLAIN, *RATES} - {"integer", "count", "events", "share"})),
)
def test_what_is_spelled_is_read_back(value, dimension):
    assert parse(spell(value, dimension), dimension).value == value


@given(
    value=st.integers(min_value=0, max_value=2**53), dimension=st.sampled_from(["integer", "count"])
)
def test_whole_numbers_are_read_back(value, dimension):
    assert parse(spell(value, dimension), dimension).value == value


@given(currency=st.sampled_from(["EUR", "CNY", "JPY"]), value=st.just(0.0) | st.floats(1e-15, 1e12))
def test_the_currency_is_read_back(currency, value):
    found = parse(spell(value, "money", currency), "money")
    assert (found.value, found.currency) == (value, currency)


@pytest.mark.parametrize("value", [math.inf, math.nan, -1.0])
def test_only_numbers_that_can_be_read_are_spelled(value):
    with pytest.raises(ValueError, match="cannot be written"):
        spell(value, "tokens")


PIECES = st.sampled_from([
    "~", "about ", "under ", "$", "\u20ac", "US$", "-", "\u2013", " to ", "\u00b1", "%", "+", "1",
    "2,048", "0.5", "1e9", "5", "h", "m", "K", "M", "T", " GPU", "-hours", "/GPU-hour", " per ",
    "x", "a ", "few ", ".", ",", "\u00d7", "10\u00b2\u2074", " tokens", "days", "s of ",
    "or more", "()", "\u00a5",
])  # fmt: skip


@given(
    text=st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join)),
    dimension=st.sampled_from(sorted({*PLAIN, *RATES})),
)
def test_any_text_is_read_or_refused(text, dimension):
    try:
        found = parse(text, dimension)
    except QuantityProblem:
        return
    assert 0 <= found.low <= found.value <= found.high
    assert math.isfinite(found.value)


def test_a_whole_number_knows_its_place():
    place = Place("a.yaml", 3, 5)
    found = parse("4096", "integer", place=place, origin="set")
    assert (found.value, found.place, found.origin) == (4096.0, place, "set")


@pytest.mark.parametrize("text", ["1e300", "1e37", "1e-19", "1e-300", "5e-324", "1e-320", "1e-400"])
def test_what_no_amount_can_be_is_refused(text):
    with pytest.raises(QuantityProblem, match="for anything"):
        parse(text, "ratio")


@pytest.mark.parametrize("text", ["1e36", "1e-18", "0", "0e-400"])
def test_the_largest_and_the_smallest_amounts_are_read(text):
    assert parse(text, "ratio").value == float(text)


@pytest.mark.parametrize("dimension", ["integer", "count"])
def test_advice_does_not_double_its_words(dimension):
    with pytest.raises(QuantityProblem) as caught:
        parse("3 days", dimension)
    assert caught.value.help.count("such as") == 1


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("$15K", "$15K/GPU"),
        ("$31,250", "$31,250/GPU"),
        ("€38K", "€38K/GPU"),
        ("31K EUR", "31K EUR/GPU"),
    ],
)
def test_the_advice_keeps_the_amount_that_was_written(text, advice):
    with pytest.raises(QuantityProblem) as refused:
        parse(text, "money_per_gpu")
    assert advice in refused.value.help
