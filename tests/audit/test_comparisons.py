"""Everyday units and other subjects: which way a ratio runs, and what is not known."""

import pytest

from costcheck.audit.comparisons import Sides, check_ratios, spoken
from costcheck.audit.knowledge import load_knowledge
from tests.audit.claims_format import read_claims


@pytest.fixture(scope="module")
def known(catalog):
    return load_knowledge(catalog, (), use_registry=False)


def checked(known, *, of, to, times):
    claim = read_claims(
        {
            "claims": [
                {"id": "a", "water": "700 m3", "ratios": [{"of": of, "to": to, "times": times}]}
            ]
        }
    )[0]
    sides = Sides(claims=(claim,), registry=(), equivalences=known.equivalences)
    return check_ratios(claim, 0, sides)[0]


@pytest.mark.parametrize(
    ("to", "times", "litres"),
    [
        ("us-household-year", "1.7x", 1.7 * 300 * 3.785 * 365),
        ("us-household-year", "0.6x", 1 / 0.6 * 300 * 3.785 * 365),
        ("french-citizen-year", "13x", 13 * 148 * 365),
    ],
)
def test_units_are_of_the_field_and_run_either_way(known, to, times, litres):
    found = checked(known, of="water", to=to, times=times)
    assert (found.status, found.statement.field) == ("equivalence", "water")
    assert found.statement.value == pytest.approx(litres, rel=0.01)


@pytest.mark.parametrize(
    ("of", "to", "note"),
    [
        (
            "water",
            "belgian-citizen-year",
            "no everyday unit of water is called belgian-citizen-year",
        ),
        ("water", "car-year", "no everyday unit of water is called car-year"),
        ("cost", "us-household-year", "no everyday unit of cost is known"),
        ("water", "Teuken-7B", "nobody published the water of Teuken-7B"),
    ],
)
def test_a_unit_nobody_knows_is_no_model(known, of, to, note):
    found = checked(known, of=of, to=to, times="13x")
    assert found.status == "unverifiable"
    assert note in found.note


def test_the_longer_name_of_a_unit_is_read_and_no_other(known):
    (said,) = spoken(
        "as much water as 13 French citizens use in a year", frozenset({"water"}),
        known.equivalences, (0,),
    )  # fmt: skip
    assert said.value == pytest.approx(13 * 148 * 365, rel=0.01)


def test_every_unit_says_what_its_source_counts(catalog):
    data = catalog.document("audit/equivalences.yaml")
    sources = {item["key"] for item in data["sources"]}
    for row in data["equivalences"]:
        assert row["measures"]
        assert row["source"] in sources


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("it took 4x less water than Teuken-7B", "holds"),
        ("it took 4x more water than Teuken-7B", "fails"),
        ("its water against Teuken-7B's", "holds"),
    ],
)
@pytest.mark.parametrize("times", ["4x", "0.25x"])
def test_words_that_say_which_side_is_larger_are_held_to(text, status, times):
    ratios = [{"of": "water", "to": "Teuken-7B", "times": times}]
    claims = read_claims(
        {
            "claims": [
                {"id": "a", "text": text, "water": "700 m3", "ratios": ratios},
                {"id": "b", "about": "Teuken-7B", "water": "2,800 m3"},
            ]
        }
    )
    sides = Sides(claims=claims, registry=(), equivalences=())
    assert check_ratios(claims[0], 0, sides)[0].status == status
