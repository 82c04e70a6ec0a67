from pathlib import Path

import pytest
import yaml

from costcheck.physics.epoch_cloud import CloudQuote, cloud_price, read_cloud_method

DATA = yaml.safe_load(
    (Path(__file__).parents[2] / "configs" / "costs" / "epoch.yaml").read_text(encoding="utf-8")
)
AWS, AZURE, GOOGLE = "Amazon Web Services", "Microsoft Azure", "Google Cloud"
QUOTES = (
    CloudQuote(100.0, AWS, "NVIDIA A100", {"on-demand": 4.0, "reserved-3y": 1.5}),
    CloudQuote(300.0, AWS, "NVIDIA A100", {"on-demand": 3.0, "reserved-3y": 1.2}),
    CloudQuote(100.0, AZURE, "NVIDIA A100 PCIe", {"reserved-3y": 1.4}),
    CloudQuote(100.0, GOOGLE, "NVIDIA A100", {"on-demand": 3.9}),
    CloudQuote(100.0, GOOGLE, "Google TPU v4", {"reserved-1y": 2.03}),
    CloudQuote(100.0, "Small Cloud", "NVIDIA L40", {"on-demand": 1.0}),
)
METHOD = read_cloud_method(DATA, quotes=QUOTES)


def _price(hardware="NVIDIA A100", organization="a university", start_day=260.0):
    return cloud_price(METHOD, hardware=hardware, organization=organization, start_day=start_day)


def test_the_latest_quote_before_renting_counts():
    # Rented 60 days before the start: day 200 and day 300.
    assert _price(start_day=260.0).usd_per_chip_hour == 1.5
    assert _price(start_day=360.0).usd_per_chip_hour == 1.2


def test_before_all_quotes_the_first_one_counts():
    assert _price(start_day=0.0).quoted_day == 100.0


def test_the_organisations_own_cloud_comes_first():
    assert _price(organization="Microsoft Research").provider == AZURE
    assert _price(organization="OpenAI").usd_per_chip_hour == 1.4
    assert _price(organization="Meta AI").provider == AWS


def test_a_quoted_wanted_term_elsewhere_beats_a_conversion_at_home():
    assert _price(organization="Google DeepMind").provider == AWS


def test_members_of_a_family_stand_in_for_each_other():
    assert _price(hardware="NVIDIA A100 SXM4 80 GB").usd_per_chip_hour == 1.5


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        ("Google TPU v4", 2.03 * (1.0 - 0.56) / (1.0 - 0.37)),
        ("NVIDIA L40", 1.0 * (1.0 - 0.56)),
    ],
)
def test_other_terms_are_converted_by_the_usual_discounts(hardware, expected):
    assert _price(hardware=hardware).usd_per_chip_hour == pytest.approx(expected)


def test_tpus_are_googles_whoever_trains():
    assert _price(hardware="Google TPU v4", organization="OpenAI").provider == GOOGLE


def test_hardware_nobody_rents_has_no_price():
    assert _price(hardware="Abacus") is None
