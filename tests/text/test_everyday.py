"""Everyday wordings against the numbers they mean, worked out by hand."""

import pytest

from costcheck.text.quantity import QuantityProblem, parse

MONTH = 730.5
READ = [
    # text, dimension, value, low, high
    ("just under $6 million", "money", 6e6, 0, 6e6),
    ("well over $100 million", "money", 1e8, 1e8, float("inf")),
    ("two to three months", "duration", 6**0.5 * MONTH, 2 * MONTH, 3 * MONTH),
    ("a month and a half", "duration", 1.5 * MONTH, 1.35 * MONTH, 1.65 * MONTH),
    ("three-and-a-half months", "duration", 3.5 * MONTH, 3.15 * MONTH, 3.85 * MONTH),
    ("198 hours + 80 hours", "duration", 278, 272.5, 283.5),
    ("198 hours plus 80 hours", "duration", 278, 272.5, 283.5),
    ("a quarter of a million GPU hours", "gpu_hours", 2.5e5, 2.45e5, 2.55e5),
    ("a million and a half GPU hours", "gpu_hours", 1.5e6, 1.35e6, 1.65e6),
    ("two dozen", "count", 24, 23.5, 24.5),
    ("256 nodes of 8", "count", 2048, 2047.5, 2048.5),
    ("eight 8-GPU nodes", "count", 64, 63.5, 64.5),
    ("64x8", "count", 512, 511.5, 512.5),
    ("626,155 lb", "carbon", 284019.129, 284018.9, 284019.36),
    ("35 short tons", "carbon", 31751.466, 31297.9, 32205.1),
    ("500 ml", "water", 0.5, 0.45, 0.55),
    ("\u20b920 crore", "money", 2e8, 1.5e8, 2.5e8),
    ("35% less", "times", 1 / 0.65, 1 / 0.655, 1 / 0.645),
    ("50% more", "times", 1 / 1.5, 1 / 1.55, 1 / 1.45),
    ("18x lower", "times", 18, 17.5, 18.5),
    ("46%", "share", 0.46, 0.455, 0.465),
]
QUOTED = [
    ("tens of thousands", "count", 2e4, 1e5),
    ("a few tens of millions of dollars", "money", 2e7, 5e7),
    ("hundreds of millions of dollars", "money", 2e8, 1e9),
    ("several million dollars", "money", 3e6, 9e6),
    ("25 000", "count", 24999.5, 25000.5),
]


@pytest.mark.parametrize(("text", "dimension", "value", "low", "high"), READ)
def test_everyday_wordings_are_read(text, dimension, value, low, high):
    found = parse(text, dimension)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), rel=1e-4)
    assert found.text == text


@pytest.mark.parametrize(("text", "dimension", "low", "high"), QUOTED)
def test_sizes_without_a_number_are_read_in_the_words_of_others_only(text, dimension, low, high):
    found = parse(text, dimension, quoted=True)
    assert (found.low, found.high) == pytest.approx((low, high))
    with pytest.raises(QuantityProblem):
        parse(text, dimension)


@pytest.mark.parametrize(
    ("text", "dimension", "never", "says"),
    [
        ("500 billion words", "tokens", "500", "`words` of a claim"),
        ("570 GB", "tokens", "570", "`bytes` of a claim"),
        ("552 MW", "energy", "552", "`site_power` of a claim"),
        ("$5M", "tokens", "5", "3T tokens"),
        ("8x7B", "params", "8", "3B"),
        ("$32.77 per 8-GPU node-hour", "price", "32.77", "$3/GPU-hour"),
        ("256 nodes", "count", "write 256,", "256 nodes of 8"),
    ],
)
def test_no_help_gives_a_number_another_unit(text, dimension, never, says):
    with pytest.raises(QuantityProblem) as caught:
        parse(text, dimension, quoted=True)
    assert says in caught.value.help
    assert never not in caught.value.help


@pytest.mark.parametrize(("text", "value"), [("46", 0.46), ("72.0", 0.72), ("0.46", 0.46)])
def test_a_share_above_one_is_percent_and_says_so(text, value):
    found = parse(text, "share")
    assert found.value == pytest.approx(value)
    assert ("taken as" in found.text) == (float(text) > 1)
    assert parse("120%", "share").value == 1.2
