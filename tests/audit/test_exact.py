import pytest

from costcheck.audit.exact import check, derived, named_factor, written_equations
from costcheck.audit.identities import identities
from costcheck.audit.statements import state
from tests.audit.claims_format import read_claims


def statements(catalog, **numbers):
    from costcheck.audit.knowledge import load_knowledge

    claims = read_claims({"claims": [{"id": "x", **numbers}]})
    priors = load_knowledge(catalog, claims, use_registry=False).priors
    return state(claims, [0], priors=priors)


def findings(catalog, **numbers):
    return {f.identity: f for f in check(statements(catalog, **numbers), "")}


@pytest.mark.parametrize(
    ("numbers", "identity", "closes"),
    [
        # DeepSeek-V3's report: exact.
        (
            {"gpu_hours": "2.788M", "price": "$2/GPU-hour", "cost": "$5.576M"},
            "cost = GPU-hours x price",
            True,
        ),
        # 648 GPUs for 278 h at $2 are $360K, not the printed $294K.
        (
            {"gpus": "648", "duration": "278 h", "price": "$2/GPU-hour", "cost": "$294K"},
            "cost = GPUs x hours x price",
            False,
        ),
        # Patterson 2021, GPT-3: 1,287 MWh x 0.429 kg/kWh = 552 t.
        (
            {"energy": "1287 MWh", "grid_intensity": "0.429 kg/kWh", "carbon": "552 t"},
            "CO2 = energy x grid intensity",
            True,
        ),
        # Eight nodes recorded as eight GPUs: a factor of eight.
        (
            {"gpus": "8", "duration": "48 h", "gpu_hours": "3072"},
            "GPU-hours = GPUs x hours",
            False,
        ),
        # 55 days and $5.5M just meet by rounding: 2,048 x 54.5-55.5 d x $2.
        (
            {"gpus": "2,048", "duration": "55 days", "price": "$2/GPU-hour", "cost": "$5.5M"},
            "cost = GPUs x hours x price",
            True,
        ),
        # A year of 100,000 GPUs at about 1.5 kW is 1.31 TWh; 1.59 is outside "about".
        (
            {
                "gpus": "100000",
                "duration": "8760 h",
                "power_per_gpu": "about 1.5 kW",
                "energy": "1.59 TWh",
            },
            "energy = GPUs x hours x power",
            False,
        ),
    ],
)
def test_products_close_by_rounding_alone(catalog, numbers, identity, closes):
    assert findings(catalog, **numbers)[identity].closes is closes


def test_the_slip_is_named(catalog):
    found = findings(catalog, gpus="8", duration="48 h", gpu_hours="3072")
    assert found["GPU-hours = GPUs x hours"].note == "GPUs for nodes of 8"


def test_range_ends_find_the_26_hour_day(catalog):
    # The widely quoted 62,318,750 kWh for GPT-4 uses 26-hour days for its upper end.
    found = findings(
        catalog, energy="51,772,500-62,318,750 kWh", duration="90-100 days", gpus="25,000"
    )
    assert found["energy and duration widen alike"].note == "26-hour days"


def test_active_parameters_within_total(catalog):
    found = findings(catalog, parameters="37B", active_parameters="671B")
    assert not found["active parameters <= parameters"].closes


@pytest.mark.parametrize(
    ("cost", "identity", "closes"),
    [
        ("$4M", "cost = energy x electricity price", True),
        ("$100M", "electricity <= cost", True),
        ("$1M", "electricity <= cost", False),
    ],
)
def test_a_cost_holds_its_electricity(catalog, cost, identity, closes):
    found = findings(catalog, energy="50 GWh", electricity_price="$0.08/kWh", cost=cost)
    assert found[identity].closes is closes


def test_a_bill_of_electricity_is_no_evidence_of_a_rent(catalog):
    items = statements(catalog, energy="50 GWh", electricity_price="$0.08/kWh", cost="$4M")
    gone = derived(items, check(items, ""))
    assert [items[i].field for i in gone] == ["cost"]


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("2.664M + 0.119M + 0.005M = 2.788M H800-hours", True),
        ("101K + 5K + 41K = 147K", True),
        ("101K + 5K + 41K = 174K", False),
        ("64 x 8 = 512 GPUs", True),
        ("64 x 8 = 648 GPUs", False),
        ("172.8K hours versus 300.6K for the older model, saving 42.5% of the cost", True),
        ("172.8K hours versus 300.6K for the older model, saving 52.5% of the cost", False),
    ],
)
def test_equations_in_the_text(text, closes):
    (found,) = written_equations(text)
    assert found.closes is closes


def test_a_computed_number_is_no_evidence(catalog):
    items = statements(catalog, cost="$245,760", gpus="512", duration="60 h", price="$8/GPU-hour")
    gone = derived(items, check(items, ""))
    assert [items[i].field for i in gone] == ["cost"]


def test_named_factors():
    assert named_factor(26 / 24) == "26-hour days"
    assert named_factor(1.17) == ""


def test_stages_and_their_total(catalog, judge):
    # DeepSeek-V3: 2.664M + 0.119M + 0.005M = 2.788M H800-hours.
    hours = ["2.664M", "2.788M", "119K", "5K"]
    items = statements(catalog, gpu_hours=hours, price="$2/GPU-hour", cost="$5.576M")
    found = check(items, "")
    assert any(f.identity == "2.664M + 119K + 5K = 2.788M" and f.closes for f in found)
    assert next(f for f in found if f.target == "cost").closes
    assert sorted(items[i].quantity.text for i in derived(items, found)) == [
        "$5.576M", "119K", "2.664M", "5K",
    ]  # fmt: skip
    text = "claims: [{id: a, gpu: H800, as_of: 2024, gpu_hours: [2.664M, 119K, 5K, 2.788M]}]"
    assert judge(text, use_registry=False)[0].probability_as_stated > 0.8


@pytest.mark.parametrize(
    ("numbers", "identity"),
    [
        # 1M h x 700 W = 700 MWh, x 400 g/kWh = 280 t; 180K h x 14.8 x $2 = $5.33M.
        (
            "gpu_hours: 1.00M, power_per_gpu: 700 W, energy: 950 MWh",
            "energy = GPU-hours x power: 700,000 computed, 950,000 printed",
        ),
        (
            "gpu_hours: 1.00M, power_per_gpu: 700 W, grid_intensity: 400 g/kWh, carbon: 380 t",
            "CO2 = GPU-hours x power x grid intensity: 280,000 computed, 380,000 printed",
        ),
        (
            "gpu_hours_per_trillion_tokens: 180K, tokens: 14.8T, price: $2/GPU-hour, cost: $7.2M",
            "cost = GPU-hours per trillion tokens x price x trillions of tokens:"
            " 5,328,000 computed, 7,200,000 printed",
        ),
    ],
)
def test_an_error_of_a_third_is_found_whatever_the_factors(judge, numbers, identity):
    found = judge(f"claims: [{{id: a, gpu: H100, as_of: 2024, {numbers}}}]", use_registry=False)[0]
    assert found.probability_as_stated < 0.005
    assert identity in found.reasons


# Of each identity with a tolerance: a printed target just inside and just outside, either side.
# The products come to 1,000,000 (or as said); bounds include half of the last printed digit.
EDGES = [
    ("cost = GPU-hours x price", {"gpu_hours": "1.000M", "price": "$2/GPU-hour"}, "cost",
     ("$2.00M", "$2.01M"), ("$2.00M", "$1.99M")),
    ("cost = GPUs x hours x price", {"gpus": "1,000", "duration": "1,000.0 h", "price": "$2/h"},
     "cost", ("$2.00M", "$2.01M"), ("$1.81M", "$1.80M")),
    ("GPU-hours = GPUs x hours", {"gpus": "1,000", "duration": "1,000.0 h"}, "gpu_hours",
     ("1.04M", "1.05M"), ("819K", "817K")),
    ("energy = GPU-hours x power", {"gpu_hours": "1.000M", "power_per_gpu": "1,000 W"}, "energy",
     ("1,020.0 MWh", "1,022.0 MWh"), ("1,000.0 MWh", "999.0 MWh")),
    ("energy = GPUs x hours x power",
     {"gpus": "1,000", "duration": "1,000.0 h", "power_per_gpu": "1,000 W"}, "energy",
     ("1,020.0 MWh", "1,022.0 MWh"), ("819.0 MWh", "818.0 MWh")),
    ("CO2 = energy x grid intensity", {"energy": "1,000.0 MWh", "grid_intensity": "400.0 g/kWh"},
     "carbon", ("400.1 t", "401.0 t"), ("399.9 t", "399.0 t")),
    ("GPU-hours = GPU-hours per trillion tokens x trillions of tokens",
     {"gpu_hours_per_trillion_tokens": "100.0K", "tokens": "10.00T"}, "gpu_hours",
     ("1.080M", "1.090M"), ("0.991M", "0.988M")),
    ("compute = 6 x active parameters x tokens",
     {"active_parameters": "10.00B", "tokens": "10.00T"}, "compute",
     ("8.50e23 FLOP", "8.60e23 FLOP"), ("5.71e23 FLOP", "5.66e23 FLOP")),
    ("compute = GPU-seconds x peak x MFU",
     {"gpu_hours": "1.000M", "peak": "1,000 TFLOP/s", "mfu": "40.00%"}, "compute",
     ("1.51e24 FLOP", "1.53e24 FLOP"), ("1.07e24 FLOP", "1.06e24 FLOP")),
    ("tokens = GPU-seconds x tokens per second per GPU",
     {"gpu_hours": "1.000M", "tokens_per_second_per_gpu": "1,000.0"}, "tokens",
     ("3.71T", "3.73T"), ("2.18T", "2.17T")),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "factors", "target", "above", "below"), EDGES)
def test_products_close_to_their_tolerance_and_no_further(
    catalog, identity, factors, target, above, below
):
    for inside, outside in (above, below):
        assert findings(catalog, **factors, **{target: inside})[identity].closes, inside
        assert not findings(catalog, **factors, **{target: outside})[identity].closes, outside


def test_no_identity_is_said_twice():
    keys = [frozenset((item.target, *item.factors)) for item in identities()]
    assert len(keys) == len(set(keys))
    assert not any(one < other for one in keys for other in keys)


@pytest.mark.parametrize(
    ("rent", "is_derived"), [("$101.9K", True), ("$102.1K", False), ("$98.1K", True)]
)
def test_a_product_within_two_per_cent_was_computed(catalog, rent, is_derived):
    # 1,000 GPUs x about 50 h x $2 = $100K; "about" leaves room for each of these to close.
    items = statements(catalog, cost=rent, gpus="1000", duration="about 50 h", price="$2/h")
    gone = derived(items, check(items, ""))
    assert [items[i].field for i in gone] == (["cost"] if is_derived else [])


@pytest.mark.parametrize(
    ("ratio", "name"), [(26 / 24 * 1.003, "26-hour days"), (26 / 24 * 1.005, "")]
)
def test_a_slip_is_named_within_half_a_per_cent(ratio, name):
    assert named_factor(ratio) == name


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        # DeepSeek-V3's three stages are 2.788 million hours.
        ("2.664M hours for pre-training, 119K for context and 5K hours for the rest, 2.788M hours"
         " in total", True),
        ("2.664M hours for pre-training, 119K for context and 5K hours for the rest, 3.788M hours"
         " in total", False),
        ("a total of 81,000 GPU-hours (50,000 for pre-training plus 41,000 for alignment)", False),
        ("a total of 91,000 GPU-hours (50,000 for pre-training plus 41,000 for alignment)", True),
        ("$1.2 million for pre-training and $0.5 million for tests, $2.2M altogether", False),
        ("30,000 hours and 12,500 hours, together 43,000 hours in all", True),
    ],
)  # fmt: skip
def test_a_sum_that_is_said_is_checked(text, closes):
    (sum_,) = written_equations(text)
    assert sum_.closes is closes


@pytest.mark.parametrize(
    "text",
    [
        "took 91,000 GPU-hours in total, including 20,000 for tests and 30,000 for alignment",
        "2,048 H800 GPUs, 2.788M GPU hours and 14.8T tokens, $5.576M in all",
        "between 2022 and 2023, 1.2M hours in total",
        "1.5 and 2 trillion tokens, 3.5 trillion tokens in total",
        "took 14.8 trillion tokens, 2.788 million hours, $5.576 million in total",
        "25 tonnes, 433 MWh of electricity, 1.08 million hours in total",
        "in 0.5B, 1.5B, 3B, 7B, 14B, 32B and 72B, 18 trillion tokens in total",
        "a total of 18 trillion tokens (0.5B, 1.5B and 72B)",
        "a total of 18 trillion tokens (7B for the small and 72B for the large model)",
        "10,000 node-hours and 5,000 node-hours, 120,000 GPU-hours in total",
        "$2 million for the run, 30 days in the lab, 40 days in total",
        "300 kg and 200 kWh, 25 tonnes, 700 MWh altogether",
        "$2 million over 10 MWh versus 20 days, saving 50%",
    ],
)
def test_what_counts_different_things_or_parts_among_others_is_no_sum(text):
    assert not list(written_equations(text))


@pytest.mark.parametrize(("total", "closes"), [("500", True), ("700", False)])
def test_the_number_of_a_name_is_no_part(total, closes):
    text = f"Vega-7B, 300 MWh for training and 200 MWh for cooling, {total} MWh in total"
    (sum_,) = written_equations(text)
    assert (sum_.closes, sum_.computed) == (closes, 500.0)


def test_a_saving_is_of_the_figure_before_the_comparison():
    (found,) = written_equations("cost $2 million and took 10 days versus 20 days, saving 50%")
    assert found.closes


@pytest.mark.parametrize(
    ("hours", "verdict"), [("2.783M", "unverifiable"), ("3.1M", "implausible")]
)
def test_a_sentence_with_a_false_sum_does_not_hold(judge, hours, verdict):
    claim = f"about: Vega-7B, text: needed 2.664M + 0.119M = {hours} hours, gpu_hours: {hours}"
    (found,) = judge(f"claims: [{{id: a, {claim}}}]")
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("text", "cost", "is_gap"),
    [
        ("", "$60000", True),
        ("took 500 MWh of electricity and cost $60,000 to train", "$60000", True),
        ("took 500 MWh of power, and its training cost $60,000", "$60000", True),
        ("took 500 MWh and cost $70,000", "$70000", False),
        ("took 500 MWh and cost $4 million", "$4M", False),
        ("took 500 MWh, an electricity bill of $60,000", "$60000", False),
        ("took 500 MWh; it paid $60,000 for the electricity", "$60000", False),
    ],
)
def test_a_bill_of_electricity_is_not_the_cost_of_the_run(judge, text, cost, is_gap):
    numbers = f"energy: 500 MWh, electricity_price: $0.12/kWh, cost: {cost}"
    (found,) = judge(f"claims: [{{id: a, about: Vega-7B, text: '{text}', {numbers}}}]")
    assert (found.verdict == "mis-scoped") is is_gap
    assert (found.verdict_without_registry == "mis-scoped") is is_gap
    assert any("electricity alone" in reason for reason in found.reasons) is is_gap


def test_of_a_very_long_sum_no_part_is_taken_for_it():
    assert list(written_equations(f"{' + '.join(['2'] * 60)} = 120")) == []
