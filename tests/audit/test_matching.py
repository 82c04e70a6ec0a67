"""Statements against known figures: how near is the same, and whose run it is then."""

import math
from dataclasses import replace

import pytest

from costcheck.audit.knowledge import load_knowledge
from costcheck.audit.matching import closeness, compare, figure_of, rank
from costcheck.audit.statements import state
from costcheck.audit.subject import rival_of
from costcheck.catalog.known_runs import load_registry
from costcheck.quantities import CLAIMED
from costcheck.text.quantity import parse
from tests.audit.claims_format import read_claims


@pytest.fixture(scope="module")
def runs(catalog):
    return {run.id: run for run in load_registry(catalog)}


@pytest.fixture(scope="module")
def known(catalog):
    return load_knowledge(catalog, [])


def stated(known, **numbers):
    return state(read_claims({"claims": [{"id": "x", **numbers}]}), [0], priors=known.priors)


def run_with(runs, field, text, dimension):
    run = next(iter(runs.values()))
    return replace(run, figures={field: parse(text, dimension)})


@pytest.mark.parametrize(("text", "holds"), [("1.081M", True), ("1.085M", False)])
def test_two_accounts_differ_by_two_and_a_half_spreads_at_most(known, runs, text, holds):
    # Both are exact to 0.1 %: the spread is 0.03 between two accounts of a run, 0.01 of wording.
    (item,) = stated(known, gpu_hours=text)
    fit = compare(item, run_with(runs, "gpu_hours", "1.000M", "gpu_hours"))
    assert fit.distance == pytest.approx(
        math.log(item.value / 1e6) / math.hypot(0.03, 0.01), rel=0.02
    )
    assert fit.holds is holds


@pytest.mark.parametrize(
    ("text", "figure", "how"),
    [
        ("2.788M", "2.788M", "exact"),
        ("2.79M", "2.788M", "rounded"),
        ("2.78M", "2.788M", "truncated"),
        ("2.71M", "2.788M", "rounded"),
        ("2.70M", "2.788M", "approximate"),
    ],
)
def test_how_printed_digits_render_a_known_figure(text, figure, how):
    known = parse(figure, "gpu_hours").value
    assert closeness(parse(text, "gpu_hours"), known) == how


# DeepSeek-V3: 2,048 H800, 2.788M H800-hours, $5.576M.
@pytest.mark.parametrize(
    ("subject", "numbers", "is_named"),
    [
        (None, {"gpus": "2048", "gpu_hours": "2.788M"}, False),
        (None, {"gpus": "2048", "gpu_hours": "2.788M", "cost": "$5.576M"}, True),
        ("DeepSeek-R1", {"gpu_hours": "2.788M"}, False),
        ("DeepSeek-R1", {"gpu_hours": "2.788M", "cost": "$5.576M"}, True),
        # A bound matches too easily to count.
        ("DeepSeek-R1", {"gpu_hours": "2.788M", "cost": "under $5.6M"}, False),
    ],
)
def test_a_relative_has_to_match_two_numbers_and_a_stranger_three(
    known, subject, numbers, is_named
):
    items = stated(known, **numbers)
    ranking = [match for match in rank(items, known.registry) if match.run.subject != "DeepSeek-R1"]
    clear = known.priors.verdicts["margin_nats"]
    rival = rival_of(items, ranking, (), subject, clear, known.priors)
    assert (rival is not None and rival.run.subject == "DeepSeek-V3") is is_named
    assert rival_of(items, ranking, (), subject, clear - 0.01, known.priors) is None


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.11, "unverifiable"), (1.15, "contradicts-record")]
)
def test_a_lone_number_far_from_the_record_contradicts_it(judge, runs, factor, verdict):
    run = next(r for r in runs.values() if r.standing == "developer" and "cost" in r.figures)
    value = run.figures["cost"].value * factor
    found = judge(f"claims: [{{id: a, about: {run.subject}, cost: ${value / 1e6:.4g}M}}]")[0]
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("figures", "field", "value", "text"),
    [
        # 30.84M GPU-hours of 700 W, as Llama 3.1's card prints them, are 21.6 GWh.
        (
            {"gpu_hours": "30.84M", "power_per_gpu": "700 W"},
            "energy",
            21.588e6,
            "21.6 GWh (worked out)",
        ),
        (
            {"gpus": "2,048", "gpu_hours": "2.788M"},
            "duration",
            1361.3,
            "56.7 days (worked out)",
        ),
        (
            {"gpu_hours": "2.788M", "cost": "$5.576M"},
            "price",
            2.0,
            "$2/GPU-hour (worked out)",
        ),
        (
            {"gpus": "384", "duration": "118 days"},
            "gpu_hours",
            1.0875e6,
            "1,087,000 GPU-hours (worked out)",
        ),
        # Nothing but a product that is printed whole, and none of bounds or of figures about right.
        ({"gpu_hours": "2.788M"}, "energy", None, ""),
        ({"gpus": "over 2,048", "gpu_hours": "2.788M"}, "duration", None, ""),
        ({"gpus": "about 2,048", "gpu_hours": "about 2.788M"}, "duration", None, ""),
        # The size of a model and its tokens are no matter of its hardware.
        ({"compute": "3.8e25 FLOP", "active_parameters": "405B"}, "tokens", None, ""),
    ],
)
def test_a_record_is_worked_out_by_the_products_of_its_figures(runs, figures, field, value, text):
    read = {key: parse(said, CLAIMED[key].dimension) for key, said in figures.items()}
    found = figure_of(replace(runs["deepseek-v3/all-stages"], figures=read), field)
    assert (found is None) is (value is None)
    if found is not None:
        assert found.value == pytest.approx(value, rel=1e-3)
        assert found.text == text


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("about: Llama 3.1 405B, energy: 500 MWh", "contradicts-record"),
        ("about: Llama 3.1 405B, energy: 21 GWh", "consistent"),
        ("about: Llama 2 70B, energy: 20 MWh", "contradicts-record"),
        # A facility's overhead and idle hours are within what is left open.
        ("about: Llama 2 70B, energy: 1.1 GWh", "unverifiable"),
    ],
)
def test_energy_is_held_against_hours_and_power_on_record(judge, claim, verdict):
    (found,) = judge(f"claims: [{{id: a, {claim}}}]")
    assert found.verdict == verdict
