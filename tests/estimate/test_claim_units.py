"""What claims count in, against conversions worked out by hand from the cited rates."""

import pytest

from costcheck.catalog.files import Catalog
from costcheck.estimate.claim_units import restated, without_effect
from costcheck.text.quantity import parse
from tests.audit.claims_format import read_claims

CATALOG = Catalog()


def claim(**keys):
    return read_claims({"claims": [{"id": "a", **keys}]})[0]


def weighed(rates=None, **keys):
    return restated(claim(**keys), rates, CATALOG)


@pytest.mark.parametrize(
    ("text", "year", "dollars"),
    [
        ("40 million yuan", 2023, 40e6 / 7.0809),
        ("RMB 40 million", 2020, 40e6 / 6.9042),
        ("\u20ac40M", 2022, 40e6 * 1.0534),
        ("\u00a35 million", 2021, 5e6 * 1.3764),
        ("15.4 billion yen", 2023, 15.4e9 / 140.5001),
        ("\u20b920 crore", 2023, 2e8 / 82.5708),
        ("40 million yuan", 1990, 40e6 / 6.7569),
    ],
)
def test_money_is_in_dollars_of_the_year_and_shows_its_rate(text, year, dollars):
    found = weighed(cost=text, as_of=year).cost
    assert found.value == pytest.approx(dollars, rel=1e-3)
    assert found.currency == "USD"
    assert found.text.startswith(f"{text} = $")
    assert "per dollar" in found.text


def test_a_rate_of_the_file_goes_before_the_dated_one():
    found = weighed({"CNY": parse("8", "ratio")}, cost="40 million yuan", as_of=2023).cost
    assert (found.value, "as stated" in found.text) == (5e6, True)
    assert weighed(cost="$5M").cost.text == "$5M"


def test_words_and_bytes_become_tokens_and_epochs_multiply():
    found = weighed(words="300 billion", epochs=2).tokens
    assert found.value == pytest.approx(300e9 * 1.333 * 2)
    assert found.low < 300e9 * 1.2 * 2 < found.high
    assert weighed(bytes="400 GB").tokens.value == pytest.approx(1e11)
    assert weighed(words="300 billion", tokens="1T").tokens.value == 1e12


def test_nodes_and_sites_become_figures_of_one_accelerator():
    assert weighed(gpu="h100", price_per_node="$98.32").price.value == pytest.approx(12.29)
    site = weighed(gpus="100,000", site_power="150 MW", throughput="200M tokens/s")
    assert site.power_per_gpu.value == pytest.approx(1500)
    assert site.tokens_per_second_per_gpu.value == pytest.approx(2000)


def test_hardware_utilization_bounds_that_of_the_model():
    found = weighed(hfu="56%").mfu
    assert (found.low, found.high) == pytest.approx((0.555 / 1.333, 0.565))


def test_what_cannot_be_used_is_said():
    assert without_effect(claim(site_power="150 MW")) == [
        "150 MW: power says how fast energy is used, not how much or by what"
    ]
    assert without_effect(claim(site_power="150 MW", gpus="100,000")) == []
