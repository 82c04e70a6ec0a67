"""Articles become claims: joined by subject, nothing invented, nothing dropped unseen."""

import pytest
import yaml

from costcheck.catalog.files import Catalog
from costcheck.scenario.claim import COUNTED, NUMBER_FIELDS
from costcheck.scenario.claims_draft import draft_claims
from tests.audit.claims_format import read_claims_text
from tests.shared_data import shared_path

ARTICLE = """Chips and dips
DeepSeek R1 was trained over 55 days using 2,048 Nvidia H800 GPUs at an estimated cost of
$5.5 million. Nvidia's share price plunged by 17%, wiping out $600 billion from its market cap.
It activates only about 37 billion of its 671 billion parameters. The run took 2.788M GPU hours.
R1 has achieved 10-50x lower training costs than OpenAI's o1 model.
"""
CATALOG = Catalog()


def test_sentences_of_one_subject_are_one_claim():
    first, second = read_claims_text(draft_claims(ARTICLE, CATALOG).to_yaml())
    assert (first.about, first.gpu) == ("DeepSeek R1", "H800")
    assert (first.gpus.value, first.duration.value, first.cost.value) == (2048, 55 * 24, 5.5e6)
    assert (first.parameters.value, first.active_parameters.value) == (671e9, 37e9)
    assert first.gpu_hours.value == 2.788e6
    assert (second.ratios[0].to, second.ratios[0].times.low) == ("o1", 10)


def test_a_subject_of_an_earlier_sentence_is_marked():
    text = "GPT-4 is a large model. Its training cost $100 million."
    (draft,) = draft_claims(text, CATALOG).drafts
    assert (draft.about, draft.is_carried) == ("GPT-4", True)
    assert "named in an earlier sentence" in draft_claims(text, CATALOG).to_yaml()


def test_a_name_that_a_text_brings_in_is_known_in_all_its_sentences():
    text = "Dawn was trained on 256 H100s. Energy of the released Dawn model was 9 MWh."
    drafts = draft_claims(text, CATALOG).drafts
    assert {draft.about for draft in drafts} == {"Dawn"}
    assert draft_claims("Dawn was trained on 256 H100s.", CATALOG).drafts[0].about == ""


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("GPT-4 took 90 days. For comparison, GPT-3 took 34 days. The cost was $78 million.",
         ["GPT-4", "GPT-3", "GPT-4"]),
        ("GPT-4 is a model. It is a finetuning of the Qwen2.5-7B model. Training took 90 hours.",
         ["GPT-4"]),
        ("We compare Qwen3-14B and Qwen2.5-32B. It took 900 GPU hours for the 32B model.",
         ["Qwen2.5-32B"]),
        ("| Model | GPUs |\n|---|---|\n| GPT-3 | 512 |\n| GPT-4 | 900 |\n\nTraining cost $9M.",
         ["GPT-3", "GPT-4", ""]),
    ],
)  # fmt: skip
def test_the_subject_stays_where_a_sentence_only_names_another(text, subjects):
    assert [draft.about for draft in draft_claims(text, CATALOG).drafts] == subjects


def test_a_second_figure_begins_a_new_claim():
    text = "GPT-4's training cost $78 million. Training GPT-4 cost $100 million, others say."
    first, second = draft_claims(text, CATALOG).drafts
    assert (dict(first.figures), dict(second.figures)) == (
        {"cost": "$78 million"},
        {"cost": "$100 million"},
    )
    assert (first.id, second.id) == ("gpt-4", "gpt-4-2")


def test_what_was_left_out_is_listed():
    drafting = draft_claims(ARTICLE, CATALOG)
    assert any("$600 billion" in line for line in drafting.left_out)
    assert "# Sentences with figures that were left out:" in drafting.to_yaml()


def test_an_empty_article_gives_an_empty_list():
    assert yaml.safe_load(draft_claims("Nothing here.", CATALOG).to_yaml())["claims"] == []


def test_the_json_form_has_a_line_per_figure():
    (draft, _) = draft_claims(ARTICLE, CATALOG).to_dict()["claims"]
    assert {"field": "cost", "text": "$5.5 million"} in draft["figures"]
    assert draft["about_from_earlier_sentence"] is False


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_the_founders_articles(number):
    folder = shared_path("sources")
    (path,) = folder.glob(f"{number}_*.txt")
    claims = read_claims_text(draft_claims(path.read_text(encoding="utf-8"), CATALOG).to_yaml())
    expected = {"000": 2000, "001": 2000, "002": 2788, "003": 2000, "004": 2048}[number]
    assert any(c.gpus is not None and c.gpus.value == expected for c in claims)
    assert any(c.cost is not None and c.about == "DeepSeek R1" for c in claims)


@pytest.mark.parametrize(
    "text",
    [
        "Training emitted 0 tons of CO2, on 0 GPUs, and 00 tons more with 5 GPUs.",
        "The 0M model was trained on 8 GPUs and is 0 times cheaper than GPT-4.",
        "Training GPT-4 emitted 5 t of CO2, as much as 0 homes, 1/0th of the cost of GPT-4.",
        "trained on 5 GPUs and 6 H100s for 7 days at $5 a GPU-hour, " * 40,
        "between between 5 and half a and a half% each with CO2 ) days \u20ac0x of 8 nodes",
    ],
)
def test_whatever_is_drafted_can_be_read(text):
    read_claims_text(draft_claims(text, CATALOG).to_yaml())


@pytest.mark.parametrize(
    ("article", "subjects"),
    [
        ("GPT-4 cost $100 million to train. DeepSeek has 50,000 GPUs worth $500 million.",
         ["GPT-4", "DeepSeek"]),
        ("GPT-4 cost $100 million to train. Anthropic spent $50 million on training.",
         ["GPT-4", ""]),
        ("GPT-4 cost $100 million. Claude took 90 days to train. It ran on 5,000 GPUs.",
         ["GPT-4", "Claude"]),
        ("GPT-4 cost $100 million to train. OpenAI used 25,000 GPUs for training.", ["GPT-4"]),
        ("Claude Opus 4 cost $100 million to train. It took 500 Google TPUs to train.",
         ["Claude Opus 4"]),
    ],
)  # fmt: skip
def test_another_maker_or_model_does_not_inherit_the_subject(article, subjects):
    assert [draft.about for draft in draft_claims(article, CATALOG).drafts] == subjects


def test_a_seller_of_clouds_is_no_other_maker():
    text = "TII has unveiled Falcon 180B. It was trained on 4,096 GPUs, using Amazon SageMaker."
    (draft,) = draft_claims(text, CATALOG).drafts
    assert (draft.about, dict(draft.figures)["gpus"]) == ("Falcon 180B", "4,096")


KNOWN = "Meta trained Llama 3.1 405B in 30.84M GPU hours. "


@pytest.mark.parametrize(
    "sentence",
    [
        "A startup in Lyon pre-trained a model on 15 trillion tokens with 256 H100s.",
        "A rival told us its new model was trained on 512 H100s in six weeks.",
        "Our small startup trained a comparable model for $3 million.",
        "Our own model took 2 million GPU hours.",
        "Acme said its new model took 54 days to train.",
        "In Paris, a lab spent $3 million on a training run of six weeks on 512 H100s.",
        "A model with 7B parameters was trained for 2T tokens on 64 A100s in 25 days.",
        "Training a 70B model took 54 days on 16,384 H100s.",
    ],
)
def test_what_has_no_name_is_not_the_model_named_before(sentence):
    first, *more = draft_claims(KNOWN + sentence, CATALOG).drafts
    assert first.about == "Llama 3.1 405B"
    assert "405B" in dict(first.figures)["parameters"]
    assert [draft.about for draft in more] == [""]
    after = draft_claims(f"{KNOWN}{sentence} It emitted 90 tons of CO2.", CATALOG).drafts
    assert after[-1].about == ("Llama 3.1 405B" if "Training a" in sentence else "")


@pytest.mark.parametrize(
    "sentence",
    [
        "A company spokesman said training took 54 days.",
        "A team of 200 people trained it in 54 days.",
        "An analyst estimates that the training took 54 days.",
        "A training run of 54 days was needed.",
        "The company said its new model took 54 days to train.",
        "Our training took 54 days.",
        "The model has 405B parameters and took 54 days to train.",
    ],
)
def test_who_speaks_of_the_model_named_before_speaks_of_it(sentence):
    found = draft_claims(KNOWN + sentence, CATALOG).drafts
    assert {draft.about for draft in found} == {"Llama 3.1 405B"}
    assert any("54 days" in dict(draft.figures).get("duration", "") for draft in found)


def test_the_other_side_of_a_contrast_without_a_name_has_none():
    text = "GPT-4 cost $100 million, while our startup trained a comparable model for $3 million."
    assert [draft.about for draft in draft_claims(text, CATALOG).drafts] == ["GPT-4", ""]


def test_lines_of_a_list_without_marks_are_sentences_and_broken_lines_are_not():
    listed = "GPT-3 training emitted 500 tons\nPaLM used 3.4 GWh\nGPT-4 training cost $90 million"
    subjects = [draft.about for draft in draft_claims(listed, CATALOG).drafts]
    assert subjects == ["GPT-3", "PaLM", "GPT-4"]
    broken = "Headline\nGPT-3 was trained on 300 billion tokens by\nOpenAI in 2020."
    (draft,) = draft_claims(broken, CATALOG).drafts
    assert draft.text.startswith("GPT-3 was trained on 300 billion tokens by OpenAI")


WORDINGS = {
    "gpus": "GPT-3 was trained on 10,000 GPUs.",
    "duration": "GPT-3 was trained for 34 days.",
    "gpu_hours": "Training GPT-3 took 3 million GPU-hours.",
    "gpu_hours_per_trillion_tokens": "GPT-3 took 180,000 GPU hours per trillion tokens to train.",
    "cost": "Training GPT-3 cost $4.6 million.",
    "price": "GPT-3 was trained at $2 per GPU-hour.",
    "price_per_node": "GPT-3 was trained at $40 per server-hour on rented machines.",
    "capex": "GPT-3 was trained on chips bought for $90 million.",
    "parameters": "GPT-3 has 175 billion parameters.",
    "active_parameters": "GPT-3 has 37 billion active parameters.",
    "tokens": "GPT-3 was trained on 300 billion tokens.",
    "words": "GPT-3 was trained on 225 billion words.",
    "bytes": "GPT-3 was trained on 570 GB of text.",
    "epochs": "GPT-3 was trained for 3 epochs.",
    "compute": "Training GPT-3 took 3.14e23 FLOP.",
    "mfu": "GPT-3 was trained at an MFU of 21%.",
    "hfu": "GPT-3 was trained at 30% HFU.",
    "tokens_per_second_per_gpu": "GPT-3 was trained at 390 tokens per second per GPU.",
    "throughput": "GPT-3 was trained at 1.2 million tokens per second.",
    "step_time": "A training step of GPT-3 took 18 seconds.",
    "peak": "GPT-3 was trained on A100s that deliver 312 TFLOPS.",
    "energy": "Training GPT-3 used 1,287 MWh.",
    "electricity_price": "The electricity to train GPT-3 cost 7 cents per kWh.",
    "power_per_gpu": "GPT-3 was trained on GPUs that draw 330 W each.",
    "site_power": "GPT-3 was trained in a 150 MW data center.",
    "carbon": "Training GPT-3 emitted 552 tonnes of CO2.",
    "grid_intensity": "GPT-3 was trained on a grid of 429 g CO2 per kWh.",
    "water": "Training GPT-3 used 700,000 liters of water.",
}


@pytest.mark.parametrize("key", sorted({*NUMBER_FIELDS, *COUNTED, "epochs"}))
def test_each_number_that_claims_state_has_words(key):
    (draft,) = draft_claims(WORDINGS[key], CATALOG).drafts
    assert key in dict(draft.figures)


def test_a_planned_training_is_drafted_with_its_tense():
    drafting = draft_claims("OpenAI plans to train GPT-9 on 400,000 GPUs.", CATALOG)
    assert [draft.tense for draft in drafting.drafts] == ["planned"]
    assert "  tense: planned\n" in drafting.to_yaml()
