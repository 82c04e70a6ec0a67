import pytest

from costcheck.audit.equations import equations_in
from costcheck.audit.exact import CHECKS, check, derived, named_factor
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
    (found,) = equations_in(text)
    assert found.closes is closes


def test_a_computed_number_is_no_evidence(catalog):
    items = statements(catalog, cost="$245,760", gpus="512", duration="60 h", price="$8/GPU-hour")
    gone = derived(items, check(items, ""))
    assert [items[i].field for i in gone] == ["cost"]


def test_named_factors():
    assert named_factor(26 / 24) == "26-hour days"
    assert named_factor(1.17) == ""
    assert len(CHECKS) == len(set(CHECKS))


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
