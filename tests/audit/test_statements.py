"""What wording says about a number: the value taken, the interval allowed, the spread."""

import math

import pytest

from costcheck.audit.comparisons import spoken
from costcheck.audit.knowledge import load_knowledge
from costcheck.audit.statements import observe
from costcheck.audit.tense import is_told
from costcheck.scenario.claim import Claim
from costcheck.text.quantity import parse


@pytest.fixture(scope="module")
def known(catalog):
    return load_knowledge(catalog, [], use_registry=False)


def one(known, field, text, dimension, speaker=None):
    return observe(field, parse(text, dimension), priors=known.priors, speaker=speaker)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("1,005 h", (1004.5, 1005.5)),
        ("up to 1,000 h", (500.0, 1000.0)),
        ("900-1,000 h", (900.0, 1000.0)),
    ],
)
def test_what_rounding_and_wording_allow(known, text, interval):
    found = one(known, "duration", text, "duration").interval
    assert found == pytest.approx(interval, rel=1e-5)


def test_counts_carry_no_rounding(known):
    assert one(known, "gpus", "2,000", "count").interval == (2000.0, 2000.0)


@pytest.mark.parametrize(
    ("text", "value", "sd"),
    [
        # sd of ln by configs/audit/priors.yaml: floor 0.01, half a digit over the square root of 3.
        ("1.00M", 1.00e6, math.hypot(0.005 / math.sqrt(3.0), 0.01)),
        ("about 1.00M", 1.00e6, math.hypot(0.06, 0.01)),
        ("up to 1.00M", 1.00e6, math.hypot(0.25, 0.01)),
        ("1.0M-1.21M", 1.1e6, math.log(1.21) / 2.0 / 1.3),
    ],
)
def test_value_and_spread_of_each_wording(known, text, value, sd):
    found = one(known, "gpu_hours", text, "gpu_hours")
    assert found.value == pytest.approx(value)
    assert found.sd == pytest.approx(sd, rel=0.05)
    twice = one(known, "gpu_hours", text, "gpu_hours", speaker="press")
    assert twice.sd > 1.2 * found.sd or "up to" in text


@pytest.mark.parametrize(("text", "kind"), [("under $6M", "at_most"), ("over $6M", "at_least")])
def test_bounds_are_one_sided(known, text, kind):
    found = one(known, "cost", text, "money")
    assert found.quantity.kind == kind
    assert found.value == pytest.approx(6e6)
    assert found.factor is not None


def test_an_everyday_comparison_is_as_vague_as_its_unit(known):
    # EIA: a US home uses 10,500 kWh a year, with an sd of ln of 0.2.
    (said,) = spoken("as much as 130 US homes use", frozenset({"energy"}), known.everyday, (0,))
    assert said.value == pytest.approx(130 * 10_500)
    assert said.sd == 0.2
    spread = math.exp(2.0 * 0.2)
    assert said.quantity.low == pytest.approx(said.value / spread)
    assert said.quantity.high == pytest.approx(said.value * spread)


@pytest.mark.parametrize("text", ["1e-18 GPU-hours ± 1%", "under 1e-18 GPU-hours", "1e-18-2e-18"])
def test_amounts_next_to_nothing_have_a_logarithm(known, text):
    assert math.isfinite(one(known, "gpu_hours", text, "gpu_hours").log_value)


@pytest.mark.parametrize(
    ("tense", "planned", "imagined"),
    [
        (None, True, True),
        ("done", False, False),
        ("planned", True, False),
        ("hypothetical", False, True),
    ],
)
def test_a_stated_tense_goes_before_the_words(tense, planned, imagined):
    claim = Claim(text="The run will take 5 days; it would take one GPU 355 years.", tense=tense)
    assert is_told("planned", claim) is planned
    assert is_told("thought", claim) is imagined
