"""What is stated beside what is estimated: each threshold just inside and just outside."""

import pytest

from costcheck.estimate.claims import claim_verdict
from costcheck.estimate.result import Figure
from costcheck.scenario.claim import Claim
from costcheck.text.quantity import parse


def judged(stated, central, low=None, high=None):
    figure = Figure(low=low or central, central=central, high=high or central, unit="USD")
    claim = Claim(id="c", cost=parse(stated, "money"))
    (number,) = claim_verdict(claim, {"cost_usd": figure}, None, {}).numbers
    return number.verdict


@pytest.mark.parametrize(
    ("central", "verdict"),
    [
        # $5.5M is written to a tenth: it stands for 5.45 to 5.55, one unit of its last digit
        # reaches from 5.40 to 5.60.
        (5.451e6, "consistent"),
        (5.549e6, "consistent"),
        (5.551e6, "rounded"),
        (5.401e6, "rounded"),
        (5.599e6, "rounded"),
        (5.399e6, "inconsistent"),
        (5.601e6, "inconsistent"),
    ],
)
def test_a_stated_number_stands_for_its_digits(central, verdict):
    assert judged("$5.5M", central) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (5.0e6, 5.44e6, "inconsistent"),
        (5.0e6, 5.451e6, "consistent"),
        (5.0e6, 5.0e6, "inconsistent"),
    ],
)
def test_a_range_that_reaches_the_stated_number_is_consistent_with_it(low, high, verdict):
    assert judged("$5.5M", 5.0e6, low, high) == verdict


@pytest.mark.parametrize(
    ("stated", "central", "verdict"),
    [
        ("over $100M", 100.1e6, "consistent"),
        ("over $100M", 99e6, "inconsistent"),
        ("under $6M", 5.99e6, "consistent"),
        ("under $6M", 6.01e6, "inconsistent"),
        ("$10M-$20M", 20e6, "consistent"),
        ("$10M-$20M", 20.6e6, "inconsistent"),
    ],
)
def test_bounds_and_ranges_allow_no_rounding(stated, central, verdict):
    assert judged(stated, central) == verdict


def test_a_claim_is_as_good_as_its_worst_number():
    figures = {
        "cost_usd": Figure(low=5.5e6, central=5.5e6, high=5.5e6, unit="USD"),
        "days": Figure(low=60.0, central=60.0, high=60.0, unit="days"),
    }
    claim = Claim(id="c", cost=parse("$5.5M", "money"), duration=parse("55 days", "duration"))
    found = claim_verdict(claim, figures, None, {})
    assert [number.verdict for number in found.numbers] == ["inconsistent", "consistent"]
    assert found.verdict == "inconsistent"
    assert found.numbers[0].stated_low == pytest.approx(54.5)
