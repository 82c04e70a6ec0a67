"""What is stated beside what is estimated: each threshold just inside and just outside."""

import pytest

from costcheck import audit, estimate
from costcheck.estimate.claims import claim_verdict
from costcheck.estimate.result import Figure
from costcheck.scenario.claim import Claim
from costcheck.text.quantity import parse


def judged(stated, central, low=None, high=None):
    figure = Figure(low=low or central, central=central, high=high or central, unit="USD")
    claim = Claim(id="c", cost=parse(stated, "money"))
    (number,) = claim_verdict(claim, {"cost_usd": figure}).numbers
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
    found = claim_verdict(claim, figures)
    assert [number.verdict for number in found.numbers] == ["inconsistent", "consistent"]
    assert found.verdict == "inconsistent"
    assert found.numbers[0].stated_low == pytest.approx(54.5)


def test_a_number_no_estimate_has_is_named_and_decides_nothing():
    figures = {"cost_usd": Figure(low=5.5e6, central=5.5e6, high=5.5e6, unit="USD")}
    claim = Claim(
        id="c", cost=parse("$5.5M", "money"), grid_intensity=parse("400 g/kWh", "grid_intensity")
    )
    found = claim_verdict(claim, figures)
    verdicts = {number.field: number.verdict for number in found.numbers}
    assert verdicts == {"cost": "consistent", "grid_intensity": "not compared"}
    assert found.verdict == "consistent"
    assert claim_verdict(Claim(id="c", power_per_gpu=parse("700 W", "power")), {}).numbers


RUN = {
    "model": {"parameters": "70B"},
    "utilization": {"mfu": "40%"},
    "stages": [
        {"name": "a", "training": {"tokens": "10T"}, "fleet": {"gpu": "h100", "count": 1024}},
        {"name": "b", "training": {"tokens": "5T"}, "fleet": {"gpu": "h100", "count": 2048}},
    ],
}


@pytest.mark.parametrize(("concurrent", "gpus"), [(False, "2048"), (True, "3072")])
def test_tokens_are_those_of_all_stages_and_gpus_what_stands_at_once(concurrent, gpus):
    first, second = RUN["stages"]
    claim = {"id": "c", "tokens": "15T", "gpus": gpus}
    result = estimate(
        {**RUN, "stages": [first, {**second, "concurrent": concurrent}], "claims": [claim]}
    )
    numbers = {number.field: number.verdict for number in result.claims[0].numbers}
    assert numbers == {"tokens": "consistent", "gpus": "consistent"}


def test_the_audit_converts_at_the_rate_of_the_file():
    claims = [{"id": "c", "gpu_hours": "1M GPU-hours", "price": "$2/GPU-hour", "cost": "14.4M CNY"}]
    dollars, wrong = [[{**claims[0], "cost": cost}] for cost in ("$2.0M", "40M CNY")]
    audited = [
        audit({"claims": claims, "currency_rates": {"CNY": "7.2"}}),
        audit({"claims": dollars}),
        audit({"claims": wrong, "currency_rates": {"CNY": "7.2"}}),
    ]
    # Sums that fit each other name no run: nobody can check them, and nothing speaks against them.
    assert [item.verdicts["c"] for item in audited] == [*["unverifiable"] * 2, "implausible"]
    (card,) = audited[0].audited.cards
    assert card.audit.implied["usd_per_gpu_hour"].value == pytest.approx(2.0)


def test_what_a_claimed_cost_leaves_out_is_what_the_estimate_says():
    overheads = {"storage": "$1M", "idle": "$2M"}
    claims = [{"id": "c", "cost": "$5M"}]
    content = {**RUN, "stages": RUN["stages"][:1], "overheads": overheads, "claims": claims}
    (card,) = audit(content).audited.cards
    assert card.excludes == estimate(content).claims[0].excludes
    assert "egress" in card.excludes
    assert not {"storage", "idle capacity"} & set(card.excludes)


def test_part_of_the_compute_over_all_hours_is_no_third_mfu():
    # DeepSeek-V3's report states 2.788M hours of three stages, of which one states its tokens.
    result = estimate("examples/deepseek-v3.yaml")
    assert result["training_flops"].at_least
    claim = next(c for c in result.claims if c.id == "technical-report")
    assert claim.implied["mfu"] is None
    assert claim.implied["usd_per_gpu_hour"] == pytest.approx(2.0)
