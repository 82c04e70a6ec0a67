import pytest
import yaml

from costcheck.text.prose import draft_claims, read_sentence, sentences
from tests.audit.claims_format import read_claims_text
from tests.shared_data import shared_path

ARTICLE = """Chips and dips
DeepSeek R1 was trained over 55 days using 2,048 Nvidia H800 GPUs at an estimated cost of
$5.5 million. Nvidia's share price plunged by 17%, wiping out $600 billion from its market cap.
It activates only about 37 billion of its 671 billion parameters. The run took 2.788M GPU hours.
R1 has achieved 10-50x lower training costs than OpenAI's o1 model.
"""


def test_drafts_are_valid_claims_files():
    claims = read_claims_text(draft_claims(ARTICLE))
    assert [c.gpus.value for c in claims if c.gpus] == [2048]
    (run,) = [c for c in claims if c.gpus]
    assert run.duration.value == 55 * 24
    assert run.cost.value == 5.5e6
    assert run.gpu == "H800"
    assert run.about == "DeepSeek R1"
    (sizes,) = [c for c in claims if c.parameters]
    assert sizes.parameters.value == 671e9
    assert sizes.active_parameters.value == 37e9
    assert sizes.about is None
    assert any(c.gpu_hours and c.gpu_hours.value == 2.788e6 for c in claims)
    assert any(c.ratios and c.ratios[0].times.low == 10 for c in claims)


def test_what_was_left_out_is_listed():
    text = draft_claims(ARTICLE)
    assert "# - Nvidia's share price plunged by 17%" in text
    assert "the sentence names no model" in text


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It was trained on 14.8T tokens.", {"tokens": "14.8T tokens"}),
        ("Training used about 1,287 MWh.", {"energy": "about 1,287 MWh"}),
        ("The model was trained in just two months.", {"duration": "two months"}),
        ("At $2 per GPU hour the training is cheap.", {"price": "$2 per GPU hour"}),
    ],
)
def test_quantities_keep_their_wording(sentence, expected):
    assert dict(read_sentence(sentence).quantities) == expected


def test_an_empty_article_gives_an_empty_list():
    assert yaml.safe_load(draft_claims("Nothing here."))["claims"] == []
    assert sentences("One.\n\nTwo.") == ["One.", "Two."]


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_the_founders_articles(number):
    folder = shared_path("sources")
    (path,) = folder.glob(f"{number}_*.txt")
    claims = read_claims_text(draft_claims(path.read_text(encoding="utf-8")))
    expected = {"000": 2000, "001": 2000, "002": 2788, "003": 2000, "004": 2048}[number]
    assert any(c.gpus is not None and c.gpus.value == expected for c in claims)
    assert any(c.cost is not None for c in claims)
