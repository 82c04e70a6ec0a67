"""A diff by what was edited: words, exact sums, and stated values that no longer fit."""

import pytest

import costcheck
from costcheck.diff import Compared, Options, diff
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.diff import View, diff_document
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
    sides = [costcheck.estimate(side, samples=64).estimate for side in (old, new)]
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
