"""The five articles of January 2025: one verdict per article and per number."""

from pathlib import Path

import pytest

ARTICLES = (Path(__file__).parent / "data" / "articles.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def alone(judge):
    return {a.id: a for a in judge(ARTICLES)}


@pytest.fixture(scope="module")
def by_numbers(judge):
    return {a.id: a for a in judge(ARTICLES, use_registry=False)}


@pytest.fixture(scope="module")
def together(judge):
    return {a.id: a for a in judge(ARTICLES, joint=True, use_registry=False)}


def number(found, field):
    return next(n for n in found.numbers if n.field == field)


@pytest.mark.parametrize("article", ["000", "001", "003", "004"])
def test_v3s_figures_under_r1s_name_are_mis_scoped(alone, by_numbers, article):
    assert alone[article].verdict == "mis-scoped"
    assert alone[article].best_match.subject == "DeepSeek-V3"
    # Their numbers are in order: without known runs nothing can be said against them.
    assert by_numbers[article].probability_as_stated > 0.8
    assert not by_numbers[article].is_flagged


@pytest.mark.parametrize(("article", "rent"), [("000", 1.88), ("001", 1.88), ("004", 2.03)])
def test_the_arithmetic_that_closes_is_shown(alone, article, rent):
    assert alone[article].implied["usd_per_gpu_hour"].value == pytest.approx(rent, abs=0.01)
    assert any(f"${rent:.2f} per GPU-hour" in line for line in alone[article].arithmetic)


def test_2788_gpus_are_thousand_gpu_hours_alone_with_known_runs(alone):
    found = alone["002"]
    assert found.verdict == "unit-garbled"
    assert found.explanations[0].name == "GPUs were thousand GPU-hours"
    assert found.explanations[0].probability > 0.8
    assert number(found, "gpus").found == pytest.approx(2.788e6)


def test_2788_gpus_are_thousand_gpu_hours_jointly_without_known_runs(together, by_numbers):
    assert by_numbers["002"].verdict == "under-specified"
    found = together["002"]
    assert found.verdict == "unit-garbled"
    assert found.explanations[0].name == "GPUs were thousand GPU-hours"
    assert found.explanations[0].probability > 0.7
    assert {"gpus 2,788"} < set(found.conflict)
    for other in ("000", "001", "003", "004"):
        assert together[other].probability_as_stated > 0.9


def test_6m_holds_even_with_r1_on_top(alone):
    for article in ("002", "003"):
        cost = number(alone[article], "cost")
        assert cost.verdict in {"consistent", "rounded"}
        assert cost.found == pytest.approx(5.87e6)


def test_10_to_50_times_is_unverifiable_and_says_what_it_implies(alone, by_numbers):
    for found in (alone["000-ratio"], by_numbers["000-ratio"]):
        assert found.verdict == "unverifiable"
        assert any("$55M to $275M" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("article", "field", "labels"),
    [
        ("000", "gpus", ("mis-scoped", "rounded")),
        ("000", "duration", ("mis-scoped", "rounded")),
        ("000", "cost", ("mis-scoped", "truncated")),
        ("001", "duration", ("mis-scoped", "rounded")),
        ("001", "gpus", ("mis-scoped", "rounded")),
        ("003", "gpus", ("mis-scoped", "rounded")),
        ("004", "gpus", ("mis-scoped", "exact")),
        ("004", "duration", ("mis-scoped", "rounded")),
        ("004", "parameters", ("consistent", "exact")),
        ("004", "active_parameters", ("consistent", "exact")),
    ],
)
def test_every_number_has_its_own_labels(alone, article, field, labels):
    assert number(alone[article], field).labels == labels


@pytest.mark.parametrize("article", ["001", "004"])
def test_the_estimated_cost_is_v3s(alone, article):
    assert number(alone[article], "cost").verdict == "mis-scoped"


@pytest.mark.parametrize("article", ["002-gpt4", "004-gpt4"])
def test_a_remark_without_scope_stays_under_specified(alone, article):
    assert alone[article].verdict == "under-specified"
    assert number(alone[article], "cost").verdict == "under-specified"


def test_unit_words_are_remarked_on(alone):
    assert any("per token, not per query" in reason for reason in alone["004"].reasons)


def test_json_has_the_documented_keys(alone):
    found = alone["002"].to_dict()
    assert {
        "id", "verdict", "probability_as_stated", "verdict_without_registry", "numbers",
        "explanations", "implied", "testability_factor", "conflict", "best_match",
    } <= set(found)  # fmt: skip
    assert {"field", "stated", "found", "verdict", "probability"} <= set(found["numbers"][0])
    assert {"name", "field", "probability", "corrected"} <= set(found["explanations"][0])
    assert set(found["implied"]) == {"mfu", "usd_per_gpu_hour", "kw_per_gpu", "usd_per_gpu"}
