"""Everyday units and other subjects: which way a ratio runs, and what is not known."""

import pytest

from costcheck.audit.comparisons import Sides, check_ratios, spoken
from costcheck.audit.engine import audit
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
    sides = Sides(claims=(claim,), registry=(), units=known.everyday.units)
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
    ("times", "homes"), [("120x", 120.0), ("0.00833x", 120.0), ("0.2x", 5.0), ("8x", 1 / 8.0)]
)
def test_beside_a_garbled_figure_nobody_counts_parts_of_a_home(known, times, homes):
    figure = "1,300 kWh"  # an eighth of what EIA says a home takes; a thousandth of 120 homes
    data = {"id": "a", "energy": figure}
    ratio = {"of": "energy", "to": "us-household-year", "times": times}
    claim = read_claims({"claims": [{**data, "ratios": [ratio]}]})[0]
    sides = Sides(claims=(claim,), registry=(), units=known.everyday.units)
    said = check_ratios(claim, 0, sides)[0].statement
    assert said.value == pytest.approx(homes * 10_500, rel=0.01)


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
        ("water", "Teuken-7B", "no record is used that has the water of Teuken-7B"),
    ],
)
def test_a_unit_nobody_knows_is_no_model(known, of, to, note):
    found = checked(known, of=of, to=to, times="13x")
    assert found.status == "unverifiable"
    assert note in found.note


def test_the_longer_name_of_a_unit_is_read_and_no_other(known):
    (said,) = spoken(
        "as much water as 13 French citizens use in a year", frozenset({"water"}),
        known.everyday, (0,),
    )  # fmt: skip
    assert said.value == pytest.approx(13 * 148 * 365, rel=0.01)


PUBLIC = [
    # Each sentence as it stands on a public page, with what its own figures say of it.
    # gzeromedia.com, Hard numbers: It's electric
    ("energy: 1300 MWh", "about the same consumption of 130 US homes for one year", 1_365_000.0),
    # pastenow.net, Beyond the code: an average household is a hundredth of it
    (
        "energy: 1287 MWh",
        "the annual electricity consumption of an average household in the United States",
        10_500.0,
    ),
    # basf.com, Power hungry
    ("carbon: 552 t", "more than 70 times the annual emissions of the average EU citizen", 630e3),
    # morningoverview.com and MIT News after Strubell et al.
    ("carbon: 284 t", "five times the lifetime emissions of the average American car", 285_765.0),
    # peakhub.site: a flight emits three times as much
    ("carbon: 300 kg", "similar to a round-trip flight from New York to London", 986.0),
    # technologyreview.com
    ("carbon: 284 t", "as much carbon as five cars in their lifetimes", 285_765.0),
    # EPA's own conversions of 552 t and 1 GWh
    ("carbon: 552 t", "the emissions of 120 passenger vehicles driven for a year", 552e3),
    ("energy: 1 GWh", "enough for 83 million smartphone charges", 996_000.0),
    # The same 1,287 MWh as others have worded it: one home, or a month, a day, a decade.
    ("energy: 1287 MWh", "as much as the average US household uses in 120 years", 1_260_000.0),
    ("energy: 1287 MWh", "enough to power 1,450 homes for a month", 1450 / 12 * 10_500.0),
    ("energy: 1287 MWh", "could run 45,000 homes for one day", 45_000 / 365.25 * 10_500.0),
    ("energy: 1287 MWh", "what a dozen homes take over a decade", 120 * 10_500.0),
    ("energy: 1287 MWh", "the annual use of 120 homes in 34 days", 120 * 10_500.0),
    ("energy: 1287 MWh", "as much as 120 homes, in 34 days", 120 * 10_500.0),
    ("energy: 1287 MWh", "the annual use of 12 homes over ten years", 120 * 10_500.0),
    ("carbon: 552 t", "driving one car for 120 years", 552e3),
    ("water: 2500 m3", "would fill an Olympic-size swimming pool", 2_500_000.0),
    ("water: 1250 m3", "would fill half of an Olympic-sized swimming pool", 1_250_000.0),
    # LL MIT in many a text: so many homes' month
    (
        "energy: 1300 MWh",
        "the monthly energy consumption of 1,450 average U.S. households",
        1_268_750.0,
    ),
    # theregister.com after Carbontracker, by distances of NASA and 0.121 to 0.25 kg a km
    ("carbon: 85 t", "the same as driving a car to the Moon and back", 133e3),
    ("carbon: 85 t", "as produced by a new car driving 700,000 km", 121e3),
    ("carbon: 350 t", "like driving a car around the world 50 times", 346.5e3),
    ("carbon: 800 kg", "what a car trip across America causes", 807.0),
    # news.ycombinator.com on a study of a model's air pollution
    (
        "carbon: 16 kt",
        "more than 10,000 round trips by car between Los Angeles and New York City",
        16.14e6,
    ),
    ("carbon: 400 t", "what 400 travellers flying between London and New York cause", 394_400.0),
]  # fmt: skip


@pytest.mark.parametrize(("figure", "text", "value"), PUBLIC)
def test_public_comparisons_are_read_with_their_multiples_and_parts(known, figure, text, value):
    field = figure.partition(":")[0]
    (said,) = spoken(text, frozenset({field}), known.everyday, (0,))
    assert said.field == field
    assert said.value == pytest.approx(value, rel=0.02)
    assert " = " in said.quantity.text
    assert "{" not in said.quantity.text


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("as much as driving 1.4 million miles in a car", "carbon", 389.8e3),
        ("as much as driving 242,231 miles in an average passenger car", "carbon", 67.4e3),
        ("as much as 1,000 US households use in 5-6 years", "energy", 57.75e6),
        ("what 1,000 US homes use in five to six years", "energy", 57.75e6),
        ("what 800 US homes use over six years", "energy", 50.4e6),
    ],
)
def test_miles_of_a_car_and_a_range_of_years_are_read(known, text, field, value):
    (said,) = spoken(text, frozenset({field}), known.everyday, (0,))
    assert said.value == pytest.approx(value, rel=0.01)


def test_a_drive_of_unknown_length_is_no_year_of_a_car(known):
    text = "as much as driving a car from Paris to Rome"
    assert not list(spoken(text, frozenset({"carbon"}), known.everyday, (0,)))
    assert known.everyday.unread_in(text, {"carbon": 0}) == ["a car from Paris to Rome"]
    assert not known.everyday.unread_in("what a car to the Moon and back emits", {"carbon": 0})


@pytest.mark.parametrize(
    "text",
    [
        "enough to run 1,000 U.S. households for several weeks",
        "what 126 Danish homes use in a year",
        "what 3,600 European homes use in a year",
    ],
)
def test_a_count_that_no_row_tells_the_worth_of_is_not_read(known, text):
    assert not list(spoken(text, frozenset({"energy"}), known.everyday, (0,)))


def test_every_unit_says_what_its_source_counts(catalog):
    data = catalog.document("audit/equivalences.yaml")
    sources = {item["key"] for item in data["sources"]}
    for row in data["equivalences"]:
        assert row["measures"]
        assert row["source"] in sources


@pytest.mark.parametrize(
    ("way", "status"),
    [({"way": "less"}, "holds"), ({"way": "more"}, "fails"), ({}, "holds")],
)
@pytest.mark.parametrize("times", ["4x", "0.25x"])
def test_a_bare_factor_runs_the_way_its_file_says_and_else_either(way, status, times):
    ratios = [{"of": "water", "to": "Teuken-7B", "times": times, **way}]
    # What a text compares besides says nothing of this ratio.
    text = "it has 3x more parameters than PaLM and took 2x less water than GPT-3"
    claims = read_claims(
        {
            "claims": [
                {"id": "a", "text": text, "water": "700 m3", "ratios": ratios},
                {"id": "b", "about": "Teuken-7B", "water": "2,800 m3"},
            ]
        }
    )
    sides = Sides(claims=claims, registry=(), units=())
    assert check_ratios(claims[0], 0, sides)[0].status == status


def test_a_figure_beside_several_times_as_much_does_not_fit(catalog):
    def verdict(mass):
        text = f"Training emitted {mass} of CO2, as much as a flight from London to New York."
        claims = read_claims({"claims": [{"id": "x", "carbon": mass, "text": text}]})
        return audit(claims, load_knowledge(catalog, claims))[0].verdict

    assert verdict("300 kg") == "unit-garbled"
    assert verdict("900 kg") == "unverifiable"


@pytest.mark.parametrize(
    ("times", "status", "note"),
    [
        ("4x as much", "fails", "1/4 as much"),
        ("over 3x as much", "fails", "1/4 as much"),
        ("under 3x as much", "holds", "1/4 as much"),
        ("4x less", "holds", "4 times less"),
        ("over 5x less", "fails", "4 times less"),
        ("over 3x less", "holds", "4 times less"),
        ("up to 5x less", "holds", "4 times less"),
        ("25% as much", "holds", "1/4 as much"),
        ("75% less", "holds", "4 times less"),
        ("over 50% less", "holds", "4 times less"),
        ("over 90% less", "fails", "4 times less"),
        ("75% more", "fails", "1/4 as much"),
        ("about 25.0% as much", "holds", "1/4 as much"),
        ("about 33.3% as much", "fails", "1/4 as much"),
    ],
)
def test_a_worded_ratio_runs_one_way_and_its_bound_counts(times, status, note):
    claims = read_claims(
        {
            "claims": [
                {
                    "id": "a",
                    "water": "700 m3",
                    "ratios": [{"of": "water", "to": "Teuken-7B", "times": times}],
                },
                {"id": "b", "about": "Teuken-7B", "water": "2,800 m3"},
            ]
        }
    )
    sides = Sides(claims=claims, registry=(), units=())
    found = check_ratios(claims[0], 0, sides)[0]
    assert (found.status, found.note.partition(" (")[0]) == (status, note)


@pytest.fixture(scope="module")
def on_record(catalog):
    return load_knowledge(catalog, (), use_registry=True)


@pytest.mark.parametrize(
    ("field", "printed", "to", "times", "status"),
    [
        # Patterson et al. print 1,287 MWh and 552.1 t of GPT-3; homes differ by a half.
        ("energy", "1,287 MWh", "us-household-year", "about 130x", "equivalence"),
        ("energy", "1,287 MWh", "us-household-year", "170x", "equivalence"),
        ("energy", "1,287 MWh", "us-household-year", "over 140x", "equivalence"),
        # 1,890 MWh: a bound is not also granted the spread to its other side.
        ("energy", "1,287 MWh", "us-household-year", "over 180x", "fails"),
        ("energy", "1,287 MWh", "us-household-year", "over 190x", "fails"),
        ("energy", "1,287 MWh", "us-household-year", "over 20x", "equivalence"),
        ("energy", "1,287 MWh", "us-household-year", "20x", "fails"),
        ("energy", "1,287 MWh", "us-household-year", "up to 500x", "equivalence"),
        ("carbon", "552 t", "car-year", "as much as 190x", "fails"),
        ("carbon", "552 t", "car-year", "as much as 120x", "equivalence"),
        ("carbon", "550 t", "transatlantic-flight", "about 70x", "fails"),
        ("carbon", "550 t", "transatlantic-flight", "540x", "equivalence"),
        # What is not on record may be what is wrong: the numbers decide.
        ("energy", "1,287 kWh", "us-household-year", "120x", "equivalence"),
    ],
)
def test_a_count_that_no_source_of_its_unit_bears_out_fails(
    on_record, field, printed, to, times, status
):
    ratio = {"of": field, "to": to, "times": times}
    claims = read_claims(
        {"claims": [{"id": "a", "about": "GPT-3", field: printed, "ratios": [ratio]}]}
    )
    sides = Sides(claims=claims, registry=on_record.registry, units=on_record.everyday.units)
    assert check_ratios(claims[0], 0, sides)[0].status == status


@pytest.mark.parametrize(
    ("about", "field", "printed", "to", "times", "headline"),
    [
        # OPT's card: 75 t; Patterson et al.: 552.1 t; Rae et al.: 380 t; Luccioni et al.: 24.7 t.
        ("OPT-175B", "carbon", "75 tonnes", "GPT-3", "7x less", "holds"),
        ("OPT-175B", "carbon", "75 tonnes", "GPT-3", "2x less", "contradicts-record"),
        ("Gopher", "carbon", "380 tonnes", "GPT-3", "69% as much", "holds"),
        ("Gopher", "carbon", "380 tonnes", "GPT-3", "10x less", "contradicts-record"),
        # Altman: "more than" $100 million leaves open how much more.
        ("DeepSeek-V3", "cost", "$5.6 million", "GPT-4", "95% less", "holds"),
        ("DeepSeek-V3", "cost", "$5.6 million", "GPT-4", "2x less", "contradicts-record"),
        # Nobody gave a figure of the other: the rest holds, and the card says so.
        ("Gopher", "carbon", "380 tonnes", "Quillon", "10x less", "holds"),
    ],
)
def test_a_ratio_to_another_model_counts_beside_the_figure(
    on_record, about, field, printed, to, times, headline
):
    ratio = {"of": field, "to": to, "times": times}
    text = f"{about} had {printed}, {times} than {to}."
    claim = {"id": "a", "about": about, "text": text, field: printed, "ratios": [ratio]}
    found = audit(read_claims({"claims": [claim]}), on_record)[0]
    assert found.headline == headline
    (compared,) = (item for item in found.numbers if item.is_comparison)
    assert (compared.record is None) == (to == "Quillon")


def test_an_outsiders_estimate_of_the_other_model_denies_no_ratio(on_record):
    # The AI Index of 2026 puts Grok 4 at 72,816 t; its maker never said.
    ratio = {"of": "carbon", "to": "Grok 4", "times": "10x less"}
    claim = {"id": "a", "about": "Gopher", "carbon": "380 tonnes", "ratios": [ratio]}
    (compared,) = (
        item
        for item in audit(read_claims({"claims": [claim]}), on_record)[0].numbers
        if item.is_comparison
    )
    assert compared.verdict == "unverifiable"
    assert "an outsider's estimate" in compared.reason


def between_two(known, mine, theirs, times):
    """Check a ratio of the figure of one claim to that of another."""
    of = next(key for key in mine if key != "about")
    ratio = {"of": of, "to": theirs["about"], "times": times}
    claims = read_claims(
        {"claims": [{"id": "a", **mine, "ratios": [ratio]}, {"id": "b", **theirs}]}
    )
    return check_ratios(claims[0], 0, Sides(claims=claims, registry=known.registry, units=()))[0]


@pytest.mark.parametrize(
    ("times", "printed", "status"),
    [
        # Patterson et al.: 1,287 MWh for GPT-3; Luccioni et al.: 433 MWh for BLOOM.
        ("10x less", "4,330 MWh", "fails"),
        ("10x less", "1,287 MWh", "fails"),
        ("3x less", "1,287 MWh", "holds"),
        ("3x less", "4,330 MWh", "holds"),
    ],
)
def test_a_figure_of_the_text_bears_out_no_ratio_that_the_record_denies(
    on_record, times, printed, status
):
    mine = {"about": "BLOOM", "energy": "433 MWh"}
    found = between_two(on_record, mine, {"about": "GPT-3", "energy": printed}, times)
    assert (found.status, bool(found.records)) == (status, True)


@pytest.mark.parametrize(
    ("printed", "verdict"), [("27 MWh", "unverifiable"), ("9 MWh", "implausible")]
)
def test_two_printed_figures_are_arithmetic_and_confirm_nothing(on_record, printed, verdict):
    said = {"of": "energy", "to": "Quillon", "times": "3x less", "said": "a third of Quillon's"}
    claims = read_claims(
        {
            "claims": [
                {"id": "a", "about": "Wexford", "ratios": [said]},
                {"id": "b", "about": "Wexford", "energy": "9 MWh"},
                {"id": "c", "about": "Quillon", "energy": printed},
            ]
        }
    )
    found = audit(claims, on_record)[0]
    (row,) = found.numbers
    assert found.verdict == verdict
    assert (row.field, row.to, row.text) == ("energy", "Quillon", "a third of Quillon's")


@pytest.mark.parametrize(
    ("energy", "times", "verdict"),
    [("1,287 MWh", "120x", "consistent"), ("1,287 MWh", "20x", "implausible")],
)
def test_a_count_of_homes_has_one_verdict(on_record, energy, times, verdict):
    ratio = {"of": "energy", "to": "us-household-year", "times": times}
    claim = {"id": "a", "about": "GPT-3", "energy": energy, "ratios": [ratio]}
    found = audit(read_claims({"claims": [claim]}), on_record)[0]
    (row,) = (item for item in found.numbers if item.is_comparison)
    assert (found.verdict, row.is_right) == (verdict, verdict == "consistent")


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        ("over 60x", "consistent"),
        ("over 70x", "consistent"),
        ("over 80x", "implausible"),
        ("over 90x", "implausible"),
        ("under 100x", "consistent"),
        ("under 45x", "implausible"),
    ],
)
def test_a_bound_is_granted_the_spread_of_its_unit_once(on_record, times, verdict):
    # 552 t over 8 to 10.7 t a resident is 52 to 69 of them.
    ratio = {"of": "carbon", "to": "eu-person-year", "times": times}
    claim = {"id": "a", "about": "GPT-3", "carbon": "552 t", "ratios": [ratio]}
    found = audit(read_claims({"claims": [claim]}), on_record)[0]
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("times", "printed", "status", "is_on_record"),
    [
        ("2x", "$78 million", "holds", True),
        ("4x", "$78 million", "fails", True),
        ("1.9x", "$78 million", "fails", False),
        ("1.9x", "$100 million", "holds", True),
    ],
)
def test_two_figures_that_a_text_prints_have_to_close_beside_the_record(
    on_record, times, printed, status, is_on_record
):
    mine = {"about": "Gemini Ultra", "cost": "$191 million"}
    theirs = {"about": "GPT-4", "cost": printed}
    found = between_two(on_record, mine, theirs, f"{times} as much")
    assert (found.status, bool(found.records)) == (status, is_on_record)
