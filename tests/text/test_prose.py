"""Sentences as journalists write them: numbers, names, money, comparisons, subjects."""

import re

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.prose_words import everyday_units, prose_words
from costcheck.text.prose.clauses import clauses_of
from costcheck.text.prose.names import known_names, models_in, parts_in
from costcheck.text.prose.sentences import paragraphs
from costcheck.text.prose.statements import Reading, read_sentence

WORDS = prose_words(Catalog())
NAMES = ("DeepSeek-R1", "DeepSeek-V3", "GPT-3", "GPT-4", "Llama-3.1-405B", "OpenAI-o1", "PaLM-540B")
EVERYDAY = everyday_units(Catalog())


KNOWN = known_names(WORDS, NAMES)


def reading_of(sentence: str) -> Reading:
    return read_sentence(sentence, KNOWN, EVERYDAY)


def figures(sentence: str) -> dict[str, dict[str, str]]:
    """Return the figures of a sentence by subject."""
    return {item.subject: dict(item.figures) for item in reading_of(sentence).said}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It was trained on 14.8T tokens.", {"tokens": "14.8T tokens"}),
        ("Training used about 1,287 MWh.", {"energy": "about 1,287 MWh"}),
        ("The model was trained in just two months.", {"duration": "just two months"}),
        ("Training took a month and a half.", {"duration": "a month and a half"}),
        ("At $2 per GPU hour the training is cheap.", {"price": "$2/GPU-hour"}),
        ("They trained on 25,000 A100s for 90 days.", {"gpus": "25,000", "duration": "90 days"}),
        ("It would take 355 years on one V100 GPU.", {"gpus": "1", "duration": "355 years"}),
        ("They trained a 70B on 2T tokens.", {"parameters": "70B", "tokens": "2T tokens"}),
        ("They trained it on 512 910B chips.", {"gpus": "512"}),
        ("They trained it on 512 910 chips.", {"gpus": "512 910"}),
        ("They trained on 256 nodes of 8 H100s.", {"gpus": "256 nodes of 8"}),
        ("The run needed 3.3 x 10^24 FLOP.", {"compute": "3.3 x 10^24 FLOP"}),
        ("It has 671 billion parameters but activates only about 37 billion per token.",
         {"parameters": "671 billion parameters", "active_parameters": "only about 37 billion"}),
        ("A 70B model was trained for 2.788M H800 hours.",
         {"parameters": "70B parameters", "gpu_hours": "2.788M H800 hours"}),
        ("Training emitted 552 tons of carbon dioxide.", {"carbon": "552 tons"}),
        ("Training it consumed 700,000 litres of fresh water.", {"water": "700,000 litres"}),
        ("The training cost 40 million yuan.", {"cost": "40 million CNY"}),
        ("It was trained at 46% MFU.", {"mfu": "46%"}),
        ("The training took 90 to 100 days.", {"duration": "90 to 100 days"}),
        ("Training ran on tens of thousands of GPUs.", {"gpus": "tens of thousands of"}),
        ("It was trained on 500 billion words.", {"words": "500 billion words"}),
        ("The cluster of 100,000 H100s draws 150 MW.",
         {"gpus": "100,000", "site_power": "150 MW"}),
        ("Renting a server for the training costs $98.32 per node-hour.",
         {"price_per_node": "$98.32"}),
        ("The company spent $2 billion on the chips that train it.", {"capex": "$2 billion"}),
        ("They spent $2 billion on chips to train it, including 9,000 H20s.",
         {"capex": "$2 billion"}),
        ("The purchase cost of the servers used to train it is $51 million.",
         {"capex": "$51 million"}),
        ("On Lambda a node goes for about $14/hr to train on.", {"price_per_node": "about $14"}),
        ("Training had a footprint of 20.4ktCO\u2082e.", {"carbon": "20.4ktCO\u2082e"}),
        ("It saw 9 trillion curated pretraining tokens.", {"tokens": "9 trillion tokens"}),
        ("Training ran on 640 AWS Trainium accelerators.", {"gpus": "640"}),
        ("A 1,280-GPU run trained it in 9 days.", {"gpus": "1,280", "duration": "9 days"}),
        ("Training tokens: 6.5T", {"tokens": "6.5T tokens"}),
        ("Total parameters: 8.2B", {"parameters": "8.2B parameters"}),
        ("The roughly 3 million dollar price tag was paid out of money it had raised.",
         {"cost": "The roughly 3 million dollars"}),
        ("Building the model required an investment of $7 million.", {"cost": "$7 million"}),
        ("It was granted 2 million compute hours.", {"gpu_hours": "2 million GPU-hours"}),
        ("The model is a 90 billion (active 9 billion) parameter mixture.",
         {"parameters": "90 billion", "active_parameters": "9 billion"}),
        ("The network was trained over 2 trillion tokens.", {"tokens": "2 trillion tokens"}),
        ("Renting a server to train on costs $30 an hour.", {"price_per_node": "$30"}),
        ("Training tokens/s/GPU plateaued at 14K.", {"tokens_per_second_per_gpu": "14K tokens/s"}),
        ("Active per token: 9B, once it is trained", {"active_parameters": "9B parameters"}),
        ("It fires just 9 billion parameters per token in training.",
         {"active_parameters": "just 9 billion parameters"}),
        ("It trains in 3.1 hours (~$70) on 8xH100.",
         {"duration": "3.1 hours", "cost": "~$70", "gpus": "8"}),
        ("It was trained for $9 million on a cluster of 96 GPUs.",
         {"cost": "$9 million", "gpus": "96"}),
        ("Training it cost a few $10M's.", {"cost": "a few $10M's"}),
        ("They trained on 9,000 chips worth about $300 million.",
         {"gpus": "9,000", "capex": "about $300 million"}),
        ("An investment of \u00a390 million in a new supercomputer for training was announced.",
         {"capex": "\u00a390 million"}),
        ("Trained in 9 days, it activates a small part of some 20 billion parameters.",
         {"duration": "9 days", "active_parameters": "some 20 billion"}),
        ("Training kept 96% compute utilization and 41% model FLOPS utilization.", {"mfu": "41%"}),
        ("Fine-tuning cut its parameters to only 9 billion.",
         {"parameters": "only 9 billion parameters"}),
        ("Sites that train it go from 40 in 2024 to 90 megawatts.", {"site_power": "90 megawatts"}),
        ("Electricity for the training is $70/MWh.", {"electricity_price": "$70/MWh"}),
        ("Its training paid 9 cents a kWh.", {"electricity_price": "9 cents/kWh"}),
        ("Training had an iteration time of 8.0 seconds.", {"step_time": "8.0 seconds"}),
        ("An optimizer step on 512 chips takes about 6.5 s.",
         {"gpus": "512", "step_time": "about 6.5 s"}),
        ("Training needs 700 ms for each iteration.", {"step_time": "700 ms"}),
        ("It was trained on 45B bytes of code.", {"bytes": "45B bytes"}),
        ("It was trained on 2 trillion bytes of text.", {"bytes": "2 trillion bytes"}),
        ("The training run had an MFU of 37 on A100s.", {"mfu": "37 %"}),
        ("Training at a hardware FLOPs utilization: 0.52", {"hfu": "0.52"}),
        ("Training emitted 40 tons, or about 88,000 pounds, of CO2.",
         {"carbon": "40 tons\nabout 88,000 pounds"}),
        ("Its training took 1 megawatt-hour.", {"energy": "1 megawatt hour"}),
        ("It used 90 MWh at $0.11 per kWh, and training cost $2 million.",
         {"energy": "90 MWh", "electricity_price": "$0.11/kWh", "cost": "$2 million"}),
        ("Training ran at $1.90 an hour per GPU and cost $7 million.",
         {"price": "$1.90/GPU-hour", "cost": "$7 million"}),
    ],
)  # fmt: skip
def test_a_figure_goes_under_the_key_of_its_noun(sentence, expected):
    assert figures(sentence) == {"": expected}


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Training shook Nvidia, whose shares lost $600 billion.", "not the cost of a run"),
        ("The start-up that trains it raised $6 billion.", "not the cost of a run"),
        ("Training runs on chips of $25,000 each.", "the price of one chip"),
        ("The model costs $0.14 per million tokens.", "a price or a spending rate"),
        ("The model was released two weeks ago, 14 days late.", "not the length of a run"),
        ("It was trained on 48 nodes.", "how many GPUs each has"),
        ("The figure covers training and 18 months of use.", "not the length of a run"),
        ("The model answers 85% of questions.", "a share of what no key"),
        ("A query to the model takes 3 kWh per day.", "of using a model"),
        ("The training cost \u00a540M.", "both the yuan and the yen"),
        ("The training network has 61 layers.", "no key of a claim"),
        ("Training took a batch size of 1,024 sequences, or 4 million tokens.", "of a batch"),
        ("Training models with billions of parameters is dear.", "no model is named"),
        ("The cost of training fell by half in 9 years.", "not the length of a run"),
        ("Its training has a 61% higher MFU.", "a share of what"),
        ("Many frontier models cost millions of dollars to train.", "no model is named"),
        ("Over the time of the training a home used some 10,000 kWh.", "of using"),
        ("A gigawatt of training is enough for 750,000 homes.", "nothing about a training"),
        ("Training a run of this size is said to cost tens of millions of dollars.", "no model is"),
        ("Training has 256 experts, of which 4 are active.", "too few"),
        ("It sold 2 million H100 chips for training.", "of what was sold"),
        ("It is 1% of the $9 billion annual budget for training.", "a spending rate"),
        ("The MI300X costs $15,000.", "the price of one chip"),
        ("Data centers used 415 TWh of electricity in 2024.", "of data centres"),
        ("A query takes 3 Wh, and nobody knows what its training took.", "of using a model"),
        ("Training stopped: after 4 weeks they found a mistake.", "not the length of a run"),
        ("They train on images of 512x512 pixels.", "no key of a claim"),
        ("Its training is better than that of its predecessor, a 3B model.", "has no name"),
    ],
)
def test_what_is_no_figure_of_a_training_is_kept_with_the_reason(sentence, reason):
    reading = reading_of(sentence)
    assert not any(item.figures for item in reading.said)
    assert reason in " ".join(reading.left_out)


@pytest.mark.parametrize(
    "sentence",
    [
        "DeepSeek V3 was released on 26 December 2024 with version 3.1 of its tools [2].",
        "In 2024 the second model of the family came out.",
        "Use BF16 and 8-bit states, see Table 2 and Section 4.",
        "01.AI and 15.ai are makers of models.",
    ],
)
def test_dates_versions_and_references_are_no_figures(sentence):
    reading = reading_of(sentence)
    assert (reading.said, reading.left_out) == ((), ())


def test_figures_of_two_subjects_are_kept_apart():
    sentence = (
        "R1 was trained using 2,788 GPUs, amounting to about $6 million, starkly contrasting"
        " with the estimated $100 million spent on training OpenAI's GPT-4."
    )
    assert figures(sentence) == {
        "R1": {"gpus": "2,788", "cost": "about $6 million"},
        "GPT-4": {"cost": "the estimated $100 million"},
    }
    either = "Training GPT-4 cost $63 million, while DeepSeek-V3 cost $5.6 million to train."
    assert figures(either) == {
        "GPT-4": {"cost": "$63 million"},
        "DeepSeek-V3": {"cost": "$5.6 million"},
    }


def test_a_model_by_its_size_alone_is_a_subject_of_its_own():
    sentence = "Llama 3 8B took 832,102 H100 hours to train; the 2B version took 192,030 hours."
    found = figures(sentence)
    assert found["Llama 3 8B"]["gpu_hours"] == "832,102 H100 hours"
    assert found["2B"]["gpu_hours"] == "192,030 hours"


def test_the_first_word_of_a_longer_name_is_its_maker():
    said = figures("Training PaLM Large cost PaLM about $41 million.")
    assert said == {"PaLM Large": {"cost": "about $41 million"}}


def test_a_figure_said_again_is_no_second_one():
    reading = reading_of("GPT-3's training took about 9 GWh, and the 9,000 MWh cost $90,000.")
    assert dict(reading.said[0].figures) == {"energy": "about 9 GWh", "cost": "$90,000"}
    assert not reading.left_out


def test_either_of_two_figures_is_a_list_and_a_second_one_is_said():
    assert figures("BLOOM's training emitted 24.7 t or 50.5 t of CO2eq.") == {
        "": {"carbon": "24.7 t\n50.5 t"}
    }
    reading = reading_of("They trained it on 2,048 GPUs, out of a fleet of 10,000 GPUs.")
    assert dict(reading.said[0].figures) == {"gpus": "2,048"}
    assert "a second figure for gpus" in reading.left_out[0]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("R1 has achieved 10-50x lower training costs than OpenAI's o1.",
         ("cost", "o1", "10-50x less")),
        ("It used 35% less compute than GPT-3 in training.", ("compute", "GPT-3", "35% less")),
        ("Training took 4 times the energy of GPT-3.", ("energy", "GPT-3", "4x as much")),
        ("R1 was trained at a tenth of the cost of GPT-4.",
         ("cost", "GPT-4", "about 10.0% as much")),
        ("It used half as many GPUs as GPT-4 in training.",
         ("gpus", "GPT-4", "about 50.0% as much")),
        ("Training took twice the energy of GPT-3.", ("energy", "GPT-3", "2x as much")),
        ("Its training cost is less than a tenth of that of GPT-4.",
         ("cost", "GPT-4", "over 10x less")),
        ("It took 9 MWh, a third of what GPT-3 took in training.",
         ("energy", "GPT-3", "about 33.3% as much")),
        ("It took more than twice the energy of GPT-3 to train.",
         ("energy", "GPT-3", "over 2x as much")),
        ("Quillon took nine times as many GPU hours as Llama 3.1 405B to train.",
         ("gpu_hours", "Llama 3.1 405B", "9x as much")),
        ("Training Quillon took 9 MWh, over a hundred times what the lab needed for GPT-3.",
         ("energy", "GPT-3", "over 100x as much")),
        ("Quillon cost thirty times as much to train as GPT-4.",
         ("cost", "GPT-4", "30x as much")),
        # Brief wordings: whose figure it is goes without a noun, or stands behind the model.
        ("OPT-175B emitted 75 tonnes of CO2, one seventh of GPT-3's.",
         ("carbon", "GPT-3", "about 14.3% as much")),
        ("Gopher emitted 380 tonnes of CO2, or 69 % of GPT-3's.",
         ("carbon", "GPT-3", "69% as much")),
        ("Gopher emitted 380 tonnes of CO2, two thirds of GPT-3's total.",
         ("carbon", "GPT-3", "about 66.7% as much")),
        ("PaLM took 2.5e24 FLOP, a third of OpenAI's GPT-4.",
         ("compute", "GPT-4", "about 33.3% as much")),
        ("PaLM took 2.5e24 FLOP, eight times GPT-3's compute.", ("compute", "GPT-3", "8x as much")),
        ("Quillon took 9 GWh to train, twenty-fold GPT-3's.", ("energy", "GPT-3", "20x as much")),
        ("DeepSeek-V3 was trained for $5.6 million, cheaper than GPT-4 by 95 %.",
         ("cost", "GPT-4", "95% less")),
        ("DeepSeek-V3 took 2.8 million GPU hours, less than Llama 3.1 405B by a factor of eleven.",
         ("gpu_hours", "Llama 3.1 405B", "11x less")),
        ("BLOOM took 433 MWh, a third less than GPT-3.", ("energy", "GPT-3", "33.3% less")),
        ("Training GPT-4 used an order of magnitude more compute than GPT-3.",
         ("compute", "GPT-3", "3.16-31.6x as much")),
        ("Training Quillon took 40% of the energy of GPT-3.", ("energy", "GPT-3", "40% as much")),
        ("Training Quillon took 40% more energy than GPT-3.", ("energy", "GPT-3", "40% more")),
        ("Training used 1,287 MWh, what 120 American homes use.",
         ("energy", "us-household-year", "120x")),
        ("Training used 1,287 MWh, a fifth of the yearly electricity of 600 homes.",
         ("energy", "us-household-year", "120x")),
        ("Training used 1,287 MWh, what powers 1,440 American homes for a month.",
         ("energy", "us-household-month", "1,440x")),
        ("Training used 1,287 MWh, twice the electricity of about sixty homes.",
         ("energy", "us-household-year", "120x")),
    ],
)  # fmt: skip
def test_comparisons_keep_the_direction_and_the_bound_of_the_text(sentence, expected):
    (said,) = reading_of(sentence).said
    (found,) = said.comparisons
    assert (found.of, found.other, found.times) == expected


def test_a_share_of_anothers_figure_makes_that_model_no_subject():
    (said,) = reading_of("The run emits 13.5 tonnes of CO2, 2.4% of the GPT-3 footprint.").said
    assert said.subject == ""
    assert [(item.of, item.other, item.times) for item in said.comparisons] == [
        ("carbon", "GPT-3", "2.4% as much")
    ]
    assert figures("Storage was 5% of GPT-3's cost, $4.6 million.") == {
        "GPT-3": {"cost": "$4.6 million"}
    }


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("PaLM-540B used less energy than GPT-3 in training.", ("energy", "GPT-3", "over 1x less")),
        ("GPT-4 took 9 GWh, more than GPT-3.", ("energy", "GPT-3", "over 1x more")),
        ("GPT-4 used as many tokens as PaLM-540B.", ("tokens", "PaLM-540B", "about 1x as much")),
        (
            "GPT-4 took 13T tokens, the same number as Google's PaLM-540B.",
            ("tokens", "PaLM-540B", "about 1x as much"),
        ),
        ("GPT-4 used the same compute as PaLM-540B.", ("compute", "PaLM-540B", "about 1x as much")),
    ],
)
def test_a_comparison_without_a_number_says_which_side_is_more(sentence, expected):
    (said,) = reading_of(sentence).said
    assert [(item.of, item.other, item.times) for item in said.comparisons] == [expected]


@pytest.mark.parametrize(
    "sentence",
    [
        "Training GPT-4 cost as much as $100 million.",
        "GPT-4 cost more than $100 million, more efficient than GPT-3.",
        "GPT-4 cost no less than GPT-3.",
    ],
)
def test_what_only_sounds_like_a_comparison_is_none(sentence):
    assert not any(item.comparisons for item in reading_of(sentence).said)


def test_a_number_of_the_other_model_has_the_noun_of_the_ratio():
    said = reading_of(
        "GPT-4 was trained on 24,000 H100s, a quarter of the 100,000 used for PaLM."
    ).said
    assert [(item.subject, dict(item.figures)) for item in said] == [
        ("GPT-4", {"gpus": "24,000"}),
        ("PaLM", {"gpus": "100,000"}),
    ]
    said = reading_of("GPT-4 took 9 million GPU hours, about the same as PaLM's 8.4 million.").said
    assert [(item.subject, dict(item.figures)) for item in said] == [
        ("GPT-4", {"gpu_hours": "9 million GPU hours"}),
        ("PaLM", {"gpu_hours": "8.4 million GPU-hours"}),
    ]


def test_both_sides_of_a_ratio_keep_their_own_figures():
    first = reading_of("PaLM's 433 MWh in training is a third of the 1,287 MWh that GPT-3 took.")
    assert [(item.subject, dict(item.figures)) for item in first.said] == [
        ("PaLM", {"energy": "433 MWh"}),
        ("GPT-3", {"energy": "1,287 MWh"}),
    ]
    later = reading_of(
        "PaLM emitted 25 t of CO2 in training, whereas GPT-3 emitted 22 times as much."
    )
    (compared,) = (item for said in later.said for item in said.comparisons)
    assert (compared.other, compared.times) == ("PaLM", "22x as much")
    assert {said.subject for said in later.said} == {"PaLM", "GPT-3"}


def test_a_share_of_one_models_own_is_no_comparison():
    reading = reading_of("Half of GPT-3's training data came from 300 billion tokens of the web.")
    assert not any(item.comparisons for item in reading.said)
    assert not reading.left_out


def test_a_comparison_without_a_number_is_told():
    reading = reading_of("Gopher emitted 380 tonnes of CO2, a fraction of GPT-3's.")
    assert reading.left_out == ("a fraction of GPT-3's: no number that can be checked",)


def test_a_comparison_with_nothing_named_is_left_out():
    reading = reading_of("Its training was 18 times cheaper than others.")
    assert not reading.said
    assert "18x" in reading.left_out[0]
    reading = reading_of("Its training took a third of the GPUs.")
    assert reading.left_out == ("a third of the GPUs: no other model to compare with",)
    reading = reading_of("GPT-4 cost a seventh of Acme's.")
    assert reading.left_out == ("a seventh of Acme's: no other model to compare with",)
    reading = reading_of("GPT-4 took 50 GWh, 20% of Initech's model.")
    assert reading.left_out == ("20%: no other model to compare with",)
    reading = reading_of("GPT-3 was trained on 4,096 chips and PaLM-540B on the same number.")
    assert "not checked" in reading.left_out[0]


@pytest.mark.parametrize(
    ("sentence", "subjects"),
    [
        ("Each run cost $4 million, though it does not come near the skills of rivals like GPT-4.",
         [""]),
        ("Unlike GPT-4, which cost $100 million to train, the model took 9 days.", ["GPT-4", ""]),
        ("It was trained with the GPT-4 tokenizer on 3 trillion tokens.", [""]),
        ("The lab trained Quillon\u2014a 9B-parameter model\u2014on 96 GPUs.", ["Quillon"]),
        ("V4-Pro was trained on 96 GPUs.", ["V4-Pro"]),
        ("We present Quillon, a model that we trained on 96 GPUs.", ["Quillon"]),
        ("Tamarind AI's 12-billion-parameter model was trained on 96 GPUs.", ["Tamarind AI"]),
        ("Trained on 96 GPUs, it comes near models such as Quill, GPT-3 and GPT-4.", [""]),
        ("Training took 9 GWh, as Colossus runs on gas.", [""]),
        ("- GPT-4 (2023): 2 x 10^25", ["GPT-4"]),
        ("Training the GPT-3 model, a precursor to GPT-4, took 96 GPUs.", ["GPT-3"]),
        ("The $9 million GPT-4 training was cheap.", ["GPT-4"]),
        ("This is what 9,000 GPUs do in training, while GPT-4 is secret.", [""]),
        ("Training the new model, Quillon, took 96 GPUs.", ["Quillon"]),
        ("The smallest Scout model was trained on 96 GPUs.", ["Scout"]),
        ("Built on GPT-4, it was trained on 96 GPUs.", [""]),
        ("The Quillon Ultra model was trained on 96 GPUs.", ["Quillon Ultra"]),
        ("Training took 9 days on an NVL72 of B200s.", [""]),
        ("Apparently, our model was trained on 96 GPUs.", [""]),
    ],
)  # fmt: skip
def test_a_name_that_is_only_compared_or_borrowed_owns_no_figure(sentence, subjects):
    assert [said.subject for said in reading_of(sentence).said] == subjects


@pytest.mark.parametrize(
    ("sentence", "other", "told", "compared"),
    [
        ("It is 3x cheaper than GPT-4, which cost $100 million.",
         "GPT-4", {"cost": "$100 million"}, ("", "cost", "3x less")),
        ("Our model cost 10 times less than PaLM-540B, which took 8.4 million TPU hours.",
         "PaLM-540B", {"gpu_hours": "8.4 million TPU hours", "parameters": "540B"},
         ("", "cost", "10x less")),
        ("Our model used 10 times fewer GPUs than GPT-3 (2020), whose training used 1,287 MWh.",
         "GPT-3", {"energy": "1,287 MWh"}, ("", "gpus", "10x less")),
        ("DeepSeek-V3 cost $5 million, 18 times less than GPT-4, which cost $90 million.",
         "GPT-4", {"cost": "$90 million"}, ("DeepSeek-V3", "cost", "18x less")),
    ],
)  # fmt: skip
def test_a_clause_behind_a_compared_name_tells_of_it(sentence, other, told, compared):
    assert figures(sentence)[other] == told
    subject, of, times = compared
    said = next(item for item in reading_of(sentence).said if item.subject == subject)
    assert [(c.of, c.other, c.times) for c in said.comparisons] == [(of, other, times)]


def test_behind_the_clause_the_sentence_is_back_at_its_subject():
    found = figures("DeepSeek-V3 beat GPT-4, which cost $100 million, and cost $5.6 million.")
    assert found["GPT-4"] == {"cost": "$100 million"}
    assert found["DeepSeek-V3"] == {"cost": "$5.6 million"}


def test_two_runs_of_one_model_are_two():
    said = reading_of("GPT-4 took 10 minutes on 5,120 GPUs and 19 minutes on 2,560 GPUs.").said
    assert [dict(run.figures)["gpus"] for run in said] == ["5,120", "2,560"]


@pytest.mark.parametrize(
    ("sentence", "year"),
    [
        ("GPT-3, released in 2020, took 1,287 MWh to train.", 2020),
        ("In 2019 training it cost $43,000.", 2019),
        ("The training of 2019 took less than that of 2023.", None),
        ("By 2030 a training run will cost $10 billion.", None),
        ("In 2030 training it will cost $10 billion.", None),
        ("It was trained on 2,020 GPUs.", None),
        ("Atlas-30B was trained on 256 B200 GPUs in 2022.", 2022),
        ("Atlas-30B was trained on 256 H100s back in 2022.", 2022),
        ("Atlas-30B was trained on 2 trillion tokens collected in 2022.", None),
    ],
)
def test_one_year_that_is_not_to_come_dates_a_sentence(sentence, year):
    assert reading_of(sentence).year == year


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("The training of gpt-oss-120b took 2.1 million hours.", ["gpt-oss-120b"]),
        ("They trained llama-3.1-405b and gpt-4.", ["llama-3.1-405b", "gpt-4"]),
        ("We met a llama of 4 years and a palm tree.", []),
        ("The 70B dense Transformer is an LLM.", []),
    ],
)
def test_names_in_small_letters_need_a_number(sentence, names):
    assert [name.name for name in models_in(sentence, KNOWN)] == names


def test_a_known_name_of_two_words_is_read_whole():
    known = known_names(WORDS, ("BetaGo", "BetaGo Nought"))
    (named,) = models_in("Training BetaGo Nought cost $3 million.", known)
    assert named.name == "BetaGo Nought"


def test_names_of_models_and_accelerators():
    sentence = (
        "Meta's Llama 3.1 405B and OpenAI's GPT-4 ran on H100s, Teuken-7B on A100-40GB cards."
    )
    parts = parts_in(sentence, WORDS)
    assert [part.name for part in parts] == ["H100", "A100-40GB"]
    names = [name.name for name in models_in(sentence, KNOWN, parts) if not name.is_family]
    assert names == ["Llama 3.1 405B", "GPT-4", "Teuken-7B"]


@pytest.mark.parametrize(
    ("written", "ending"), [(str, ""), (str, "s"), (str.lower, " GPUs"), (str, "s GPUs")]
)
def test_every_accelerator_of_the_catalog_is_read_as_it_is_printed(written, ending):
    for part in Catalog()._parts("gpus"):
        for name in map(written, (part.title, part.title.partition(" ")[2])):
            sentence = f"Acme trained Foo-7B on 512 {name}{ending} for 45 days."
            (said,) = reading_of(sentence).said
            expected = {"gpus": "512", "duration": "45 days", "parameters": "7B"}
            assert (said.subject, dict(said.figures)) == ("Foo-7B", expected), sentence
            assert Catalog().find("gpus", said.gpu), sentence


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Acme trained it on 512 TPU 8t chips for 30 days.", ["TPU 8t"]),
        ("Acme trained it on 64 Cerebras WSE-3 systems.", ["WSE-3"]),
        ("Acme trained it on 512 Maia 200 chips.", ["Maia 200"]),
        ("It was fine-tuned on two 4090s and an RTX PRO 6000.", ["4090", "RTX PRO 6000"]),
        ("It was trained on 8xH100, then on 16 v100.", ["H100", "v100"]),
        ("It was trained on 90 V100s, then on 9 V100S cards.", ["V100", "V100S"]),
        ("The m40 motorway crosses the site that trains it; see p40 there.", []),
        ("It was trained on 4,090 GPUs.", []),
        ("It was trained on 3060 GPUs.", []),
        ("Sixteen K80 GPUs trained it; see Figure L4 and Table A10.", ["K80"]),
        ("The budget bought an Audi A40 and T4 boxes.", ["T4"]),
        ("It was trained on 96 MI500s, a part of no catalog.", ["MI500"]),
        ("It was trained on 96 MI500X, a part of no catalog.", ["MI500X"]),
        ("The M40 motorway crosses the site that trains it.", []),
        ("The T4 GPU, 96 of them, trained it.", ["T4"]),
        ("Rubin, who trained it, used Trillium chips.", ["Trillium"]),
    ],
)
def test_names_of_accelerators_beside_what_looks_like_them(sentence, names):
    assert [part.name for part in parts_in(sentence, WORDS)] == names


@pytest.mark.parametrize(
    ("sentence", "growth"),
    [
        ("Training compute doubles roughly every seven months.", "doubles roughly every seven"),
        ("Spending on training has tripled annually since 2019.", "tripled annually since 2019"),
        (
            "The cost of a training run rises by a factor of 3 per year.",
            "by a factor of 3 per year",
        ),
        ("Training runs grew 0.6 orders of magnitude a year.", "0.6 orders of magnitude a year"),
        ("The doubling time of training compute is now 5 months.", "doubling time of training"),
        ("Every nine months the bill for training doubles.", "Every nine months the bill"),
        ("Every 6.5 months the compute for training doubles.", "Every 6.5 months the compute"),
        ("Training compute rose 700-fold between 2013 and 2020.", "rose 700-fold between 2013"),
        ("GPT-4 is a hundredfold leap over GPT-3.", "hundredfold leap over GPT-3"),
        ("GPT-4 is an order-of-magnitude step up over GPT-3.", "order-of-magnitude step up"),
        ("The power for training is up 40% year on year.", "40% year on year"),
    ],
)
def test_growth_is_told_as_unchecked_and_its_numbers_are_no_figures(sentence, growth):
    reading = reading_of(sentence)
    assert not any(item.figures or item.comparisons for item in reading.said)
    (told,) = reading.left_out
    assert growth in told
    assert told.endswith(": growth is not checked")


def test_growth_takes_no_figure_and_no_comparison_beside_it():
    assert figures("GPT-4 cost $78 million, and costs grow 3x a year.")["GPT-4"] == {
        "cost": "$78 million"
    }
    (said,) = reading_of("GPT-4 used 20 times as much compute as GPT-3.").said
    assert [item.times for item in said.comparisons] == ["20x as much"]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("It emitted 30 t of CO2, all of which its maker offset.", "all of which its maker offset"),
        ("It emitted 30 t of CO2, neutralised with certificates.", "neutralised"),
        ("It emitted 30 t of CO2, all matched by renewable energy.", "renewable energy"),
    ],
)
def test_what_is_said_of_a_figure_and_not_checked_is_told(sentence, reason):
    reading = reading_of(sentence)
    assert len(reading.said) == 1
    assert reason in " ".join(reading.left_out)
    assert reading_of("Jane Miller said that training is dear.").left_out == ()
    assert "Miller" not in str(reading_of("Jane Miller said a home uses 9 MWh a year.").left_out)
    assert reading_of("Training GPT-4 cost $90 million, Sam Altman said.").left_out == ()


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Training it used 9 GWh, the daily equivalent of 300,000 homes.", "300,000x"),
        ("Training it used 9 GWh, what 300,000 homes use every day.", "300,000x"),
        ("Training it used 9 GWh, what 300,000 homes get through daily.", "300,000x"),
        ("Training it used 9 GWh, one day's power for 300,000 homes.", "300,000x"),
        ("Training it used 9 GWh, a day of electricity for 300,000 homes.", "300,000x"),
        ("It took 9 GWh to train, the daily consumption of 300,000 households.", "300,000x"),
    ],
)
def test_energy_beside_what_homes_use_a_day_is_of_the_training(sentence, count):
    (said,) = reading_of(sentence).said
    assert dict(said.figures) == {"energy": "9 GWh"}
    assert [(item.other, item.times) for item in said.comparisons] == [("us-household-day", count)]
    assert "of using" in reading_of("GPT-4 uses 9 GWh daily, like 300,000 homes.").left_out[0]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("GPT-4 set its maker back $90 million.", {"cost": "$90 million"}),
        ("GPT-4 came in at $90 million.", {"cost": "$90 million"}),
        ("GPT-4 was a $90 million model.", {"cost": "$90 million"}),
        ("GPT-4 cost over $90 million.", {"cost": "over $90 million"}),
        ("A B200 costs $40,000, and GPT-4 cost $90 million.", {"cost": "$90 million"}),
        ("Queries take GPT-4 2 GWh a day, against 50 GWh for training.", {"energy": "50 GWh"}),
        ("GPT-4 was trained in 61 days.", {"duration": "61 days"}),
        ("GPT-4 needed 61 days of training.", {"duration": "61 days"}),
        ("GPT-4 was trained within 61 days.", {"duration": "61 days"}),
        ("GPT-4 finished training after nine weeks.", {"duration": "nine weeks"}),
        ("GPT-4 took 61 days from start to finish.", {"duration": "61 days"}),
    ],
)
def test_plain_sentences_of_costs_and_days(sentence, expected):
    assert figures(sentence) == {"GPT-4": expected}


@pytest.mark.parametrize("text", ["It emits as much as five cars.", "It ran on a100s.", None])
def test_no_pattern_of_accelerators_takes_nothing_for_one(text):
    assert re.fullmatch(Catalog().part_pattern(text), "") is None


def test_tables_headings_and_markup_are_cut_into_sentences():
    table = "| Model | GPUs |\n| --- | --- |\n| GPT-3 | 10,000 V100s |\n"
    assert paragraphs(table, WORDS) == [["Model: GPT-3; GPUs: 10,000 V100s"]]
    table = "| Parameter | Value |\n| --- | --- |\n| Training tokens | 3T |\n"
    assert paragraphs(table, WORDS) == [["Training tokens: 3T"]]
    assert paragraphs("Tokens | 3T |\nGPUs | 96 |", WORDS) == [["Tokens: 3T", "GPUs: 96"]]
    assert paragraphs("<html><script>x = 5;</script><p>One. Two.</p></html>", WORDS) == [
        ["One.", "Two."]
    ]
    assert paragraphs("The U.S. firm paid $5.5 million. It ran.", WORDS) == [
        ["The U.S. firm paid $5.5 million.", "It ran."]
    ]
    assert paragraphs("It ran in the U.S. Training took 5 days.", WORDS) == [
        ["It ran in the U.S.", "Training took 5 days."]
    ]
    assert paragraphs("", WORDS) == []


def test_the_cost_of_a_run_on_chips_is_no_price_of_a_chip():
    of_run = "DeepSeek-V3 needed 2,048 H800 chips and two months, at a cost of under $6 million."
    assert figures(of_run)["DeepSeek-V3"]["cost"] == "under $6 million"
    for price in ("An H100 costs about $30,000.", "H800 chips retail for $25,000 in China."):
        assert not any("cost" in items for items in figures(price).values())


@pytest.mark.parametrize(
    "sentence",
    [
        "Training GPT-4 used 50 GWh, enough to power San Francisco for three days.",
        "Training GPT-4 used 50 GWh, as much as a town uses in three days.",
    ],
)
def test_the_time_of_a_comparison_is_not_that_of_the_run(sentence):
    assert figures(sentence)["GPT-4"] == {"energy": "50 GWh"}
    assert figures("Training GPT-4 used 50 GWh in 90 days.")["GPT-4"]["duration"] == "90 days"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Zeta 7B and Zeta 70B took 0.2M and 1.7M GPU hours, respectively.",
         {"Zeta 7B": ("0.2M GPU hours", "7B"), "Zeta 70B": ("1.7M GPU hours", "70B")}),
        ("Both GPT-3 and GPT-4 were trained on 3 trillion tokens.",
         {"GPT-3": ("3 trillion tokens",), "GPT-4": ("3 trillion tokens",)}),
        ("GPT-3 was trained on 1 trillion, GPT-4 on 3 trillion and OpenAI-o1 on 5 trillion tokens.",
         {"GPT-3": ("1 trillion tokens",), "GPT-4": ("3 trillion tokens",),
          "OpenAI-o1": ("5 trillion tokens",)}),
        ("GPT-3 and GPT-4 cost $5 million to train.", {"GPT-4": ("$5 million",)}),
        ("Llama 3.1 8B and 70B were trained on 15T tokens.",
         {"Llama 3.1 8B": ("15T tokens", "8B"), "Llama 3.1 70B": ("15T tokens", "70B")}),
    ],
)  # fmt: skip
def test_figures_of_a_list_of_models_go_to_each_or_in_turn(sentence, expected):
    assert {name: tuple(said.values()) for name, said in figures(sentence).items()} == expected


def test_sizes_in_one_list_are_two_runs_on_the_same_data():
    said = reading_of("The 8B and 70B models of GPT-4 were trained on 15T tokens.").said
    assert [dict(item.figures)["parameters"] for item in said] == [
        "8B parameters",
        "70B parameters",
    ]
    assert {dict(item.figures)["tokens"] for item in said} == {"15T tokens"}


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("GPT-4 was not trained on 10,000 GPUs.", "denies"),
        ("Neither lab spent $1 billion on training.", "denies"),
        ("The lab that trains GPT-4 has access to some 50,000 GPUs.", "is owned"),
        ("GPT-4 answers on 8 H100 GPUs for inference.", "for running"),
        ("The trained player played on a machine of 6 TPUs.", "for running"),
        ("The maker of GPT-4 has 50,000 H800s and 9,000 H20s.", "is owned"),
        ("Their new recipe for training saved $3 million.", "something changed"),
        ("They reduced the cost of training by $3 million.", "something changed"),
        ("Training it properly costs $9 million per model.", "of models in general"),
        (
            "Its capital expenditures were $9 billion, and training goes on.",
            "not the cost of a run",
        ),
        ("They trained it on 900 hours of songs.", "not the length of a run"),
        ("Its training data are 70,000 songs, 4,000 hours in total.", "not the length of a run"),
        ("They spent 18 months building the site to train on.", "not the length of a run"),
        ("The trained model takes 4 minutes to render one clip.", "of using a model"),
        ("Its training is a secret; its successor needed 25,000 A100s.", "has no name"),
        ("They think they'll train it in 4 months of cluster time.", "planned"),
        ("It was trained on a cluster with 10^20 FLOPs.", "what a machine can do"),
        ("Grids avg 400 g CO2/kWh.", "of a grid"),
        ("A run of training takes 10 to the 25 FLOP.", "too few"),
        ("They keep its weights every 40,000 steps, or 94.4B tokens.", "of a batch"),
        ("Its servers cost up to $30 per hour for inference once it is trained.", "of using"),
        ("A first attempt at training diverged after 800B tokens.", "a run that failed"),
        ("To put 900 MWh of training in context: it is a lot.", "said again"),
        ("They think that training GPT-6 could draw 1 GW and cost $8 billion.", "planned"),
        ("Training GPT-4 will not take more than 900 GPUs.", "planned"),
        ("They won't train GPT-4 on 900 GPUs.", "the sentence denies it"),
        ("Lambda Labs lists the H100 SXM at $2.49/hr.", "of the market"),
        ("For training it rents H100s, each costing around $30,000.", "the price of one chip"),
        ("Estimated cost per H100 for training: $25,000.", "the price of one chip"),
        ("Laptops can run models with up to 200 billion parameters.", "no model is named"),
        ("Electricity is $70/MWh in Bavaria.", "a price of the market"),
        ("Denoising takes 9 ms per step in the trained model.", "of using a model"),
        ("Data licensing for the training was $5,300.", "not the cost of a run"),
        ("Clusters for training take 18-24 months to build.", "not the length of a run"),
        ("It was trained on 109,066 hours of unlabeled sensor data.", "not the length of a run"),
    ],
)
def test_what_is_denied_owned_or_priced_is_no_figure(sentence, reason):
    reading = reading_of(sentence)
    assert not any(item.figures for item in reading.said)
    assert reason in " ".join(reading.left_out)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("GPT-4 cost $10s of millions to train.", {"cost": "$10s of millions"}),
        ("GPT-4 cost Rs. 40 crore to train.", {"cost": "Rs. 40 crore"}),
        ("GPT-4, which has more than a trillion parameters, cost over $90 million.",
         {"parameters": "more than a trillion parameters", "cost": "over $90 million"}),
        ("GPT-4 is matched in 3 hours of training for $73 on 8 H100s.",
         {"duration": "3 hours", "gpus": "8", "cost": "$73"}),
        ("The cluster for GPT-4 has 2,048 GPUs.", {"gpus": "2,048"}),
        ("GPT-4 was trained for 7h12m on 9 DGX H100 nodes of eight.",
         {"duration": "7h12m", "gpus": "9 nodes of eight"}),
        ("Training GPT-4 took 1,300 GPU\u00b7h.", {"gpu_hours": "1,300 GPU\u00b7h"}),
        ("GPT-4 has 456 billion parameters and holds 9 pages for inference.",
         {"parameters": "456 billion parameters"}),
        ("GPT-4 emitted 28,622 kgCO2eq in training.", {"carbon": "28,622 kg"}),
        ("GPT-4 was fine-tuned on chips (~$240K hardware).", {"capex": "~$240K"}),
        ("Training GPT-4 cost just 200,000$.", {"cost": "just 200,000 $"}),
        ("GPT-4 was trained at a reserved-instance rate of $2 per H100-hour.",
         {"price": "$2/GPU-hour"}),
        ("For GPT-4 the rental bill was $310,000 for 384 chips.",
         {"cost": "$310,000", "gpus": "384"}),
    ],
)  # fmt: skip
def test_round_sums_rupees_and_what_is_paid_for(sentence, expected):
    assert figures(sentence) == {"GPT-4": expected}


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("Training SkyCast took 4 weeks on 32 TPU v4 devices.", "SkyCast"),
        ("They say that SongGen, a 3.3B parameter transformer, saw 64 A100s.", "SongGen"),
        ("SkyCast was trained on 5,000 TPUs.", "SkyCast"),
        ("I trained a 70B language model for $47,200.", ""),
        ("The ministry says its Danish model, Freja, cost \u20ac5.5 million.", "Freja"),
        ("Acme's researchers trained their 1-billion-parameter model on 16 H100s.", ""),
        ("GPT-3 was trained on 400B tokens composed of CommonCrawl, WebText2 and Books1.", "GPT-3"),
        ("Acme trained Palmetto X 004 for about $700,000.", "Palmetto X 004"),
        ("Training the model took USD 50M and 30 days.", ""),
        ("EUR 3M paid for the training of Quokka-7B.", "Quokka-7B"),
        ("GPT-4 was trained using LAION-5B for $600,000.", "GPT-4"),
    ],
)
def test_names_that_grammar_brings_in(sentence, subject):
    assert list(figures(sentence)) == [subject]


def test_a_sum_over_models_is_the_figure_of_none():
    reading = reading_of("GPT-3 and GPT-4 took a cumulative 7.38M GPU hours of training.")
    assert not reading.said
    assert "of several models together" in reading.left_out[0]


def test_it_was_not_only_is_no_denial():
    assert figures("GPT-4 was not only trained on 10,000 GPUs.") == {"GPT-4": {"gpus": "10,000"}}


@pytest.mark.parametrize(
    ("table", "sentences"),
    [
        ("| | GPT-3 | OPT-175B |\n|---|---|---|\n| Parameters | 175B | 175B |\n| GPUs | | 992 |",
         ["Model: GPT-3; Parameters: 175B", "Model: OPT-175B; Parameters: 175B; GPUs: 992"]),
        ("| Size | Time to train (h) | Cost ($) | Tokens (B) |\n|-|-|-|-|\n| 7B | 36 | 9 | 300 |",
         ["the 7B model; Time to train: 36 h; Cost: $9; Tokens: 300B"]),
        ("| | GPT-4 | Gain |\n|-|-|-|\n| GPU hours | 3M A100 | 2x |\n| Params (active) | 9B | - |",
         ["Model: GPT-4; GPU hours: 3M A100 hours; active Params: 9B",
          "Gain; GPU hours: 2x; active Params: -"]),
        ("| Size | Days | tCO2eq | Cost (USD) |\n|-|-|-|-|\n| 7B | 36 | 2.3 | 576 |",
         ["the 7B model; 36 Days; 2.3 tCO2eq; Cost: 576 USD"]),
        ("| GPT-4 | |\n|---|---|\n| Energy | 50 GWh |", ["Model: GPT-4", "Energy: 50 GWh"]),
        ("| Name | Steps |\n|---|---|\n| [Foo-7B](https://x.org/a) | **9** |",
         ["Model: Foo-7B; Steps: 9"]),
    ],
)  # fmt: skip
def test_a_table_is_read_by_rows_or_by_columns(table, sentences):
    assert [line for (line,) in paragraphs(table, WORDS)] == sentences


def test_marks_around_words_are_no_words():
    text = "## 4.2 Training\nIt ran on **512** [H100s](https://x.org).\n* _Cost_: $5M"
    assert paragraphs(text, WORDS) == [["Training"], ["It ran on 512 H100s."], ["Cost: $5M"]]


@pytest.mark.parametrize(
    "sentence",
    ["Data source: Wikipedia; Tokens: 24B; Share: 2%", "Stage 1: warm up (9.8B tokens)"],
)
def test_a_part_of_a_run_is_not_the_run(sentence):
    reading = reading_of(sentence)
    assert not reading.said
    assert "of a part of the data or of a stage" in " ".join(reading.left_out)


def test_a_row_of_a_page_is_read_like_one_of_a_text():
    head = "<table><tr><th>Model</th><th>Tokens</th></tr>"
    page = f"{head}<tr>\n<td><p>GPT-4</p></td><td>2T</td></tr></table>"
    assert paragraphs(page, WORDS)[-1] == ["Model: GPT-4; Tokens: 2T"]


@pytest.mark.parametrize(
    ("sentence", "subjects"),
    [
        ("GPT-4 (near-parity with PaLM-540B): it took 2.1 million H100-hours.", ["GPT-4"]),
        ("GPT-3 is smaller than GPT-4's rumored 1.8 trillion parameters.", ["GPT-4"]),
        ("ChatGPT, which is based on the 175-billion parameter GPT-3, is trained.", ["GPT-3"]),
        ("It looks pale beside GPT-4's 175 billion, which took months to train.", ["GPT-4"]),
        ("Our small models were trained on 1.7 trillion tokens, GPT-4 on 3 trillion.",
         ["", "GPT-4"]),
        ("GPT-3 uses $7,800 for training on top of PaLM-540B.", ["GPT-3"]),
        ("It took 900 GPU hours on 8 A100s for GPT-3 and 700 GPU hours on 9 A100s for GPT-4.",
         ["GPT-3", "GPT-4"]),
        ("The Dawn-3.5B model was trained on 96 GPUs.", ["Dawn-3.5B"]),
        ("The DawnGo main run lasted for 19 days on 28 GPUs.", ["DawnGo"]),
        ("The bot was good, but DawnGo used 28 GPUs for 9 days.", ["DawnGo"]),
        ("It beats GPT-4's best model after training for 19 days.", [""]),
        ("The 7B run at GPT-4 consumed 239 MWh.", ["7B"]),
        ("Notes: 8x GPT-4; training cost: $5M", [""]),
        ("Dawn Ray requires only 20.7k A100 GPU hours.", ["Dawn Ray"]),
        ("XD 2.1 requires 200,000 A100 GPU hours.", ["XD 2.1"]),
        ("DawnRay, a 1.16B parameter transformer, was trained with only $1,890.", ["DawnRay"]),
        ("We present DawnRay, trained within 24 A100 GPU hours.", ["DawnRay"]),
        ("The 13B DawnRay needed 4,940 GPU hours.", ["DawnRay 13B"]),
        ("DAWN-large has 483M parameters, trained for 3 days.", ["DAWN-large"]),
        ("DawnRay was trained in five days.", ["DawnRay"]),
        ("The earlier Dawnray needed only 2.5 days of training.", ["Dawnray"]),
        ("Our method, DawnRay, reaches it after 5,100 A100-hours.", ["DawnRay"]),
        ("The Norwegian NorDawn-7B was pre-trained from GPT-3 for 9 days.", ["NorDawn-7B"]),
        ("Paid by many, Dawn was the first model of its kind, trained for $100.", ["Dawn"]),
        ("DawnT5 (11B) beats other larger models on training data.", ["DawnT5"]),
        ("Training data: Dawn-5B, in 5 days of training.", [""]),
        ("GPT-3 was trained on text from the web (6B tokens) and exercises with GPT-4.", ["GPT-3"]),
    ],
)  # fmt: skip
def test_a_figure_goes_to_the_name_that_grammar_gives_it(sentence, subjects):
    assert list(figures(sentence)) == subjects


def test_an_amount_behind_a_model_and_a_colon_is_its_cost():
    assert figures("GPT-4: ~$63 million (an estimate).") == {"GPT-4": {"cost": "~$63 million"}}
    assert figures("OpenAI: $63 million for its model.") == {}


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("GPT-4 fits into a single H100 GPU.", "for running"),
        ("The sizes of the models range from 760M to 6.3B parameters.", "no model is named"),
        ("It takes 1.66 million hours to process what they ask of the model.", "not the length"),
        ("The lab that trains it spent $944 million on operating costs.", "not the cost of a run"),
        ("The lab that trains it ordered 400,000 GPUs.", "of what was sold"),
        ("Training GPT-4 took 8 DGX H100 machines.", "how many GPUs each has"),
    ],
)
def test_what_serves_measures_or_is_spent_beside_is_no_figure(sentence, reason):
    reading = reading_of(sentence)
    assert not any(item.figures for item in reading.said)
    assert reason in " ".join(reading.left_out)


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("Models like GPT-4, costing $78.4 million, are dear to train.", "GPT-4"),
        ("Year: 2019; Model Name: Zebra Large; Training Cost: $160,018", "Zebra Large"),
        ("The model was trained for 200B tokens with the mix that was used by GPT-3.", ""),
        ("For comparison, the training cost for Transformer, an early model, was $930.",
         "Transformer"),
    ],
)  # fmt: skip
def test_examples_cells_and_borrowed_names(sentence, subject):
    assert list(figures(sentence)) == [subject]


def test_names_in_a_list_of_what_is_outdone_are_no_subjects():
    text = "PaLM-540B outperformed models such as Meta's Llama 2, and xAI's Grok-1, in training."
    assert reading_of(text).mentions == ("PaLM-540B",)


@pytest.mark.parametrize(
    "amount", ["2.9 Wh of electricity", "0.5 litres of water", "0.05 kg of CO2"]
)
def test_so_little_is_of_no_training(amount):
    reading = reading_of(f"The model that was trained takes {amount}.")
    assert not any(item.figures for item in reading.said)
    assert "of using a model" in " ".join(reading.left_out)


def test_active_parameters_behind_brackets():
    text = "In training, 36 billion parameters (4 of 16 experts) are active for each token."
    assert figures(text) == {"": {"active_parameters": "36 billion parameters"}}


def test_a_short_name_in_brackets_stands_for_the_long_one():
    text = "They built the Great Language Model (PaLM-540B), which used 6,144 chips in training."
    assert list(figures(text)) == ["PaLM-540B"]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The model is dear ($75/$150 per million tokens).", "a price or a spending rate"),
        ("A labeller was paid $10/hr for data that trains the model.", "not the cost of a run"),
        ("It writes an answer in 3 minutes after its training.", "not the length of a run"),
        ("Their training service has a 24-hour turnaround target.", "not the length of a run"),
    ],
)
def test_prices_in_pairs_wages_and_answers_are_no_figures(sentence, reason):
    reading = reading_of(sentence)
    assert not any(item.figures for item in reading.said)
    assert reason in " ".join(reading.left_out)


def test_the_figure_of_a_clause_is_not_that_of_the_next_ones_subject():
    text = "PaLM 2 cost $29 million to train and GPT-4 cost $78 million."
    said = {item.subject: dict(item.figures) for item in reading_of(text).said}
    assert said["GPT-4"]["cost"] == "$78 million"
    assert said["PaLM 2"]["cost"] == "$29 million"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Training used 2M H100-hours and cost $600 million.", "cost"),
        ("The 2,788K H800 GPU hours of training cost $5.576M.", "cost"),
        ("Each H100 they bought costs $30,000.", None),
    ],
)
def test_hours_of_a_chip_are_no_chips(text, key):
    figures = [dict(item.figures) for item in reading_of(text).said]
    assert any("cost" in item for item in figures) is (key is not None)


def test_a_count_in_words_of_size_is_a_comparison():
    text = "Training GPT-3 used 1,287 MWh, enough to charge 100 million smartphones."
    read = reading_of(text)
    assert [item.times for item in read.said[0].comparisons] == ["100 million x"]
    assert not read.left_out


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        ("When OpenAI said that it had trained GPT-4 for $9 million, Nvidia lost $2 billion.",
         ["adverbial", "main"]),
        ("Quillon, which has 9B parameters, was trained on 96 GPUs.", ["main", "relative"]),
        ("The lab bought 96 GPUs and trained Quillon on them.", ["main", "joined"]),
        ("It saw text of web pages and books in 9 days.", ["main"]),
        ("Unlike GPT-4, Quillon took 9 days; the rest (a week) was spent on tests.",
         ["compared", "main", "main", "bracket"]),
    ],
)  # fmt: skip
def test_a_sentence_is_cut_where_a_verb_of_its_own_begins(sentence, clauses):
    found = [item for item in clauses_of(sentence, WORDS) if item.text.strip(" ,")]
    assert sorted(item.kind for item in found) == sorted(clauses)
    shown = (max(letters) for letters in zip(*(item.text for item in found), strict=True))
    assert set(sentence) - set(shown) <= {",", ";", ")"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("When OpenAI said it had trained its GPT-4 for $9 million, Nvidia lost $90 billion.",
         {"GPT-4": {"cost": "$9 million"}}),
        ("AMD shed $90 billion after OpenAI said that it trained GPT-4 for under $9 million.",
         {"GPT-4": {"cost": "under $9 million"}}),
        ("Meta, which plans to spend $9 billion this year, trained GPT-4 on 96 GPUs.",
         {"GPT-4": {"gpus": "96"}}),
        ("GPT-4 cost $9 million to train, but the next one could cost $90 million.",
         {"GPT-4": {"cost": "$9 million"}}),
        ("The lab trained GPT-4 on 2,048 of Nvidia's H800 chips.", {"GPT-4": {"gpus": "2,048"}}),
        ("Some 512 of the less powerful H800s went into training GPT-4.",
         {"GPT-4": {"gpus": "Some 512"}}),
        ("GPT-4 has 37B of 671B parameters active in training.",
         {"GPT-4": {"active_parameters": "37B", "parameters": "671B parameters"}}),
        ("GPT-4 scaled its training from 2 trillion tokens to 9 trillion tokens.",
         {"GPT-4": {"tokens": "9 trillion tokens"}}),
        ("The cost of training GPT-4 fell by 30% to $9 million.",
         {"GPT-4": {"cost": "$9 million"}}),
        ("GPT-4 took 2.1 million GPU hours to train, far fewer than the 9.3 million that the same"
         " lab reported for GPT-3.",
         {"GPT-4": {"gpu_hours": "2.1 million GPU hours"},
          "GPT-3": {"gpu_hours": "9.3 million GPU-hours"}}),
        ("OpenAI spent $9 billion on compute, while GPT-4 alone cost $9 million to train.",
         {"OpenAI": {"cost": "$9 billion"}, "GPT-4": {"cost": "$9 million"}}),
        ("OpenAI bought 96 GPUs for $3 million and trained GPT-4 on them.",
         {"GPT-4": {"gpus": "96", "capex": "$3 million"}}),
        ("Its makers needed 96,000 GPUs to train GPT-4, up from 20,000 for GPT-3.",
         {"GPT-4": {"gpus": "96,000"}, "GPT-3": {"gpus": "20,000"}}),
        ("GPT-3 has 175 billion parameters and GPT-4 had 900 billion in training.",
         {"GPT-3": {"parameters": "175 billion parameters"},
          "GPT-4": {"parameters": "900 billion parameters"}}),
        ("It cost just $930 to train Transformer, the first of its kind.",
         {"Transformer": {"cost": "just $930"}}),
        ("OpenAI will spend $65 billion this year, having trained GPT-4 on 96 GPUs.",
         {"GPT-4": {"gpus": "96"}}),
        ("Nvidia sold 500,000 H100s last year, 16,384 of which trained GPT-4.",
         {"GPT-4": {"gpus": "16,384"}}),
        ("Critics say that GPT-4's $9 million leaves out research.",
         {"GPT-4": {"cost": "$9 million"}}),
        ("OpenAI's GPT-3 cost $9 million, a small part of what it spent on GPT-4.",
         {"GPT-3": {"cost": "$9 million"}}),
        ("GPT-4 took 9 million GPU-hours - 4 times as many as GPT-3's 2.8 million.",
         {"GPT-4": {"gpu_hours": "9 million GPU-hours"},
          "GPT-3": {"gpu_hours": "2.8 million GPU-hours"}}),
        ("The cluster, which cost some $4 billion, trained GPT-4 in 122 days.",
         {"GPT-4": {"capex": "some $4 billion", "duration": "122 days"}}),
        ("This is a 30 billion parameter model for training in two languages, called Quillon.",
         {"Quillon": {"parameters": "30 billion parameter"}}),
        ("Those who trained it say it cost $6million, far from what they heard of GPT-4.",
         {"": {"cost": "$6million"}}),
        ("OpenAI had claimed $9 million for GPT-4, which was trained on 96 GPUs.",
         {"GPT-4": {"cost": "$9 million", "gpus": "96"}}),
    ],
)  # fmt: skip
def test_a_clause_keeps_its_figures_and_what_was_is_not_what_may_be(sentence, expected):
    assert figures(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("A model like GPT-4 would cost $9 million to train today.", "planned or imagined"),
        ("Training a model of that size would cost $9 million.", "planned or imagined"),
        ("He says that models costing $1 billion to train are on their way.", "models in general"),
        ("GPT-4 costs $2.50 per million tokens, against $0.27 for GPT-3.", "a price or a"),
        (
            "It took nine years and $2.7 billion to read the genome it is trained on.",
            "another task",
        ),
        ("Training a frontier model now costs more than $100 million.", "models in general"),
        ("Many large training runs struggle to exceed 40% MFU.", "models in general"),
        ("By 2030 a training run is projected to draw 4 GW.", "planned or imagined"),
        ("GPT-4 uses 16 experts, each with 111 billion parameters, in training.", "of a part"),
        ("All his plays contain 835,997 words, a small part of the training.", "of texts"),
        ("GPT-4 used 30,000 GPUs to answer its users.", "for running"),
        ("The model was trained on 20 million hours of video.", "not the length"),
        ("A brain is trained on some 20 watts.", "of no accelerator"),
        ("We may see models that cost $100 billion to train.", "models in general"),
        ("A new data center costs $10 billion to build and trains models.", "models in general"),
        ("Mistral raised money to buy 13,800 chips that train GPT-4.", "of what was sold"),
        ("For its training GPT-4 rents hours (1 year reserved) in the cloud.", "not the length"),
        ("Market rates of GPUs to train on are $3.50/hour.", "a price of the market"),
        ("The data center that trains them drew 9 million litres of water daily.", "of using"),
        (
            "Their capex plans \u2014 $80B here, $65B there \u2014 top what a model costs.",
            "not the cost",
        ),
    ],
)
def test_what_is_planned_general_or_a_price_is_no_figure(sentence, reason):
    reading = reading_of(sentence)
    assert not any(item.figures for item in reading.said)
    assert reason in " ".join(reading.left_out)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AlphaGo Zero cost $35 million to train.", "AlphaGo Zero"),
        ("AlphaGo-Zero cost $35 million to train.", "AlphaGo-Zero"),
        ("MT NLG 530B took 560 GPUs.", "MT NLG 530B"),
        ("Flan PaLM 540B took 512 TPUs.", "Flan PaLM 540B"),
        ("The gpt oss 120b run took 2.1 million GPU-hours.", "gpt oss 120b"),
        ("AlphaGo Zero-shot transfer cost $35 million.", "AlphaGo"),
    ],
)
def test_the_longest_known_name_counts_whatever_stands_between_its_words(text, name):
    names = (*NAMES, "AlphaGo", "AlphaGo-Zero", "MT-NLG-530B", "Flan-PaLM-540B", "gpt-oss-120b")
    assert [found.name for found in models_in(text, known_names(WORDS, names))] == [name]


def test_what_a_model_was_trained_from_owns_no_figure():
    (said,) = reading_of("Quillon 70B, trained from PaLM 540B, took 1.4 million GPU hours.").said
    assert said.subject == "Quillon 70B"


@pytest.mark.parametrize(
    ("sentence", "tense", "stated"),
    [
        ("OpenAI will spend $9 million on training GPT-4.", "planned", {"cost": "$9 million"}),
        ("The lab plans to train GPT-4 on 1 million TPUs.", "planned", {"gpus": "1 million"}),
        ("GPT-4 is set to be trained on 9,000 GPUs.", "planned", {"gpus": "9,000"}),
        ("Training GPT-4 would take 40 days.", "hypothetical", {"duration": "40 days"}),
        ("GPT-4 was trained on 9,000 GPUs.", "", {"gpus": "9,000"}),
    ],
)
def test_what_is_planned_or_imagined_of_a_named_model_has_its_tense(sentence, tense, stated):
    reading = reading_of(sentence)
    assert (reading.tense, figures(sentence)) == (tense, {"GPT-4": stated})


def test_what_is_planned_beside_what_was_is_told():
    reading = reading_of("GPT-3 took 3,640 petaflop/s-days; GPT-4 will take 9 GWh of training.")
    assert [item.subject for item in reading.said] == ["GPT-3", "GPT-4"]
    reading = reading_of("GPT-3 was trained for 14 days, and GPT-4 will be trained for 90 days.")
    assert [item.subject for item in reading.said] == ["GPT-3"]
    assert reading.left_out == ("90 days: of what is planned, not of a training that was",)


@pytest.mark.parametrize(
    ("text", "own", "other", "times"),
    [
        ("PaLM-540B took 9 MWh, far less than the 1,287 MWh OpenAI used for GPT-3.",
         "9 MWh", {"energy": "1,287 MWh"}, "over 1x less"),
        ("PaLM-540B took 9 MWh, more than the 4 MWh that GPT-3 consumed.",
         "9 MWh", {"energy": "4 MWh"}, "over 1x more"),
        ("PaLM-540B took 9 MWh, less than the 30 MWh that rivals need.", "9 MWh", None, None),
        ("PaLM-540B took less than 30 MWh.", "less than 30 MWh", None, None),
    ],
)  # fmt: skip
def test_what_is_less_than_the_figure_of_another_has_no_bound_of_it(text, own, other, times):
    first, *rest = reading_of(text).said
    assert first.subject == "PaLM-540B"
    assert dict(first.figures)["energy"] == own
    assert [item.times for item in first.comparisons] == ([times] if times else [])
    assert [(item.subject, dict(item.figures)) for item in rest] == (
        [("GPT-3", other)] if other else []
    )


def test_a_part_behind_two_figures_is_told_as_not_read():
    text = "Quillon cost $5.6 million compared with $100 million for GPT-4, a twentieth."
    assert "a twentieth: no other model to compare with" in str(reading_of(text).left_out)


@pytest.mark.parametrize(
    ("sentence", "to", "times"),
    [
        (
            "Training used 1,287 MWh, 120 times what an average American home uses in a year.",
            "us-household-year",
            "120x",
        ),
        (
            "Training emitted 552 tonnes of CO2, 120 times more than a single car emits in a year.",
            "car-year",
            "120x",
        ),
    ],
)
def test_so_many_times_what_one_uses_is_so_many_of_them(sentence, to, times):
    (said,) = reading_of(sentence).said
    (ratio,) = said.comparisons
    assert (ratio.other, ratio.times) == (to, times)


@pytest.mark.parametrize("between", ["against", "versus", "compared with"])
def test_the_second_of_two_figures_held_against_each_other_is_the_others(between):
    told = figures(f"GPT-4 cost six times as much as GPT-3, $78.4 million {between} $12.4 million.")
    assert told == {"GPT-4": {"cost": "$78.4 million"}, "GPT-3": {"cost": "$12.4 million"}}


def test_a_predecessor_that_is_named_is_what_is_compared_with():
    text = "GPT-4 was trained with 100 times more compute than its predecessor, GPT-3."
    (said,) = reading_of(text).said
    assert [item.other for item in said.comparisons] == ["GPT-3"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("GPT-3 and GPT-4 cost $9 million each.", {"GPT-3": "$9 million", "GPT-4": "$9 million"}),
        ("GPT-3 and PaLM-540B cost $9 million apiece to train.",
         {"GPT-3": "$9 million", "PaLM-540B": "$9 million"}),
        ("GPT-3 and GPT-4 were trained on A100 GPUs that cost $9,000 each.", {}),
    ],
)  # fmt: skip
def test_a_cost_of_each_of_several_models_is_no_price_of_a_chip(sentence, expected):
    found = {name: told["cost"] for name, told in figures(sentence).items() if "cost" in told}
    assert found == expected


def test_a_model_made_again_has_a_cost_and_a_time():
    told = figures("A student reproduced GPT-3 for $90 in 40 minutes.")["GPT-3"]
    assert told == {"cost": "$90", "duration": "40 minutes"}


def test_an_unknown_model_keeps_the_stage_in_its_name():
    assert [*figures("Tarnholm-80B-instruct was trained in 28 days.")] == ["Tarnholm-80B-instruct"]
