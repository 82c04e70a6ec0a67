"""A diff by what was edited: words, exact sums, and stated values that no longer fit."""

import re

import pytest

import costcheck
from costcheck.diff import Compared, Diffs, Options, diff
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.diff import View, diff_document, idle_edits
from costcheck.report.views.diffs import summary_document
from costcheck.report.views.edits import edit_words

OLD = {
    "model": "llama-3.1-70b",
    "training": {"tokens": "5T"},
    "fleet": {"gpu": "h100", "count": "1024"},
    "utilization": {"mfu": "40%"},
    "pricing": {"rent": "$2.20/GPU-hour"},
    "budget": {"cost": "under $15M"},
}
NEW = {
    **OLD,
    "model": "mixtral-8x22b",
    "training": {"tokens": "8T"},
    "fleet": {"gpu": "h200", "count": "2048"},
    "pricing": {"rent": "$2.60/GPU-hour"},
}


def compared(old, new):
    sides = [costcheck.estimate(side, samples=64) for side in (old, new)]
    both = (Compared(name, side, side) for name, side in zip("ab", sides, strict=True))
    return diff(*both, Options(shared_out=True, samples=64))


@pytest.fixture(scope="module")
def found():
    return compared(OLD, NEW)


def test_every_edit_has_its_part_and_the_parts_add_up(found):
    shares = {edit_words(item.keys[0]): item.change for item in found.inputs}
    assert set(shares) == {"model", "tokens", "GPU", "GPUs", "price"}
    assert sum(shares.values()) == pytest.approx(found.headline.change, rel=1e-9)


def test_the_screen_names_the_edits_and_what_is_left_of_the_budget(found):
    text = render(diff_document(found), Screen())
    head = text[: text.index("changed")]
    assert "cost $3." in head
    assert "Budget $15.0M: $11.4M left" in " ".join(head.split())
    assert "fewer active" in text
    assert "parameters_matmul" not in text
    assert "parameters in matmuls" in render(diff_document(found, View(by="driver")), Screen())


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"fleet": {"gpu": "b200", "count": "1024"}}, {"pricing.rent", "utilization.mfu"}),
        ({"model": "mixtral-8x22b"}, {"utilization.mfu"}),
        ({"training": {"tokens": "8T"}}, set()),
        (
            {
                "fleet": {"gpu": "b200", "count": "1024"},
                "pricing": {"rent": "$4/GPU-hour"},
                "utilization": {"mfu": "35%"},
            },
            set(),
        ),
    ],
)
def test_a_value_stated_for_another_part_is_warned_of(change, keys):
    assert {item.stated for item in compared(OLD, {**OLD, **change}).carried} == keys


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("model.parameters", "model"),
        ("pricing.rent", "price"),
        ("pricing.book.term", "price book term"),
        ("stages.rl.fleet.count", "rl: GPUs"),
        ("layout.micro_batch", "micro batch"),
        ("stages.sft", "sft: stage"),
    ],
)
def test_keys_in_words(key, words):
    assert edit_words(key) == words


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"budget": {"cost": "under $16M"}}, "budget.cost", "under $15M → under $16M"),
        ({"budget": {}}, "budget.cost", "under $15M → none"),
        ({"name": "b"}, "name", "a → b"),
        ({"claims": [{"id": "x", "cost": "$6M"}]}, "claims", "none → {x: {id: x, cost: $6M}}"),
        ({"overheads": {"fleet": "9999"}}, "overheads", "none → {fleet: 9999}"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"training": {"tokens": "6T"}}])
def test_an_edit_without_effect_is_named_in_full(change, key, words, more):
    old = {"name": "a", **OLD}
    found = compared(old, {**old, **change, **more})
    assert (key, words) in set(idle_edits(found))
    views = [View()] if key == "overheads" else [View(), View(by="driver")]
    for view in views:
        shown = render(diff_document(found, view), Screen(width=120))
        assert f"{key}  {words}" in re.sub(r" {2,}", "  ", shown)
    both = Diffs((found, found), single=False)
    assert f"{key}  {words}  b and 1 more" in re.sub(
        r" {2,}", "  ", render(summary_document(both), Screen(width=120))
    )


def test_edits_of_a_result_that_is_unknown_are_named():
    found = compared({"name": "a"}, {"name": "b", "budget": {"cost": "$1M"}})
    assert found.headline.change is None
    shown = render(diff_document(found), Screen())
    assert "a → b" in shown
    assert "none → {cost: $1M}" in shown
