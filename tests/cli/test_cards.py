"""What the headline of a card covers, and what its lines say, for a reader of newspapers."""

import pytest

from tests.commands import costcheck


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        # xAI: 122 days to build Colossus.
        ("xAI built its Colossus supercomputer in 19 days", ["CONTRADICTS", "19 days 122 days"]),
        ("xAI took 122 days to build Colossus", ["HOLDS colossus", "122 days 122 days"]),
        (
            "Colossus, which took 122 days to build, has 100,000 H100 GPUs",
            ["HOLDS colossus", "duration 122 days 122 days"],
        ),
        # The city used 5,126 GWh in a year: 42 GWh in three days.
        (
            "GPT-4 consumed 50 GWh, enough to power San Francisco for three days",
            ["HOLDS", "San Francisco for three days = 42.1 GWh"],
        ),
        (
            "GPT-4 consumed 50 GWh, enough to power San Francisco for three years",
            ["CANNOT ALL BE TRUE", "San Francisco for three years = 15,380 GWh, but 1/310 of it"],
        ),
        (
            "GPT-3 used 1,287 MWh, enough to power Tokyo for a week",
            ["HOLDS, BUT NOT ALL OF IT WAS CHECKED", "enough to power Tokyo for a week: a comp"],
        ),
        # Wired has the $10 million.
        (
            "Databricks spent about $10 million and two months training DBRX",
            ["REST NOBODY CAN CHECK: duration", "On record: about $10 million. Not on record: two"],
        ),
        # Nobody printed it.
        ("DeepSeek-V3 was trained in 57 days", ["DeepSeek-V3 took 56.7 days (worked out)"]),
        (
            "AlphaGo-Zero cost $35 million to train",
            ["what it would take, not of what happened", "gives $35 million for AlphaGo-Zero ("],
        ),
        ("The Llama 3.1 models emitted 11,390 kg of CO2", ["it would be 11,390 t (likely)"]),
    ],
)
def test_a_headline_covers_what_was_checked(sentence, told):
    card = " ".join(costcheck("audit", sentence).out.split())
    assert [words for words in told if words not in card] == []
