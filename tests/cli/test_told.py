"""A sentence, an article or standard input instead of a scenario file."""

import json

import pytest

from tests.commands import costcheck

SENTENCE = "GPT-5 cost $500M, 25,000 A100s for 90 days"


def readings(*arguments, text=None):
    done = costcheck("audit", *arguments, "-f", "json", text=text)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_sentence_is_drafted_and_audited_in_one_go():
    found = readings(SENTENCE)
    (claim,) = found["claims"]
    assert {item["field"]: item["stated"] for item in claim["numbers"]} == {
        "cost": 5e8,
        "gpus": 25000,
        "duration": 90 * 24,
    }
    (reading,) = found["readings"]
    assert reading["claims"][0]["about"] == "GPT-5"


@pytest.mark.parametrize("how", ["file", "stdin"])
def test_an_article_is_read_from_a_file_or_standard_input(tmp_path, how):
    article = f"{SENTENCE}. Nvidia's market cap fell by $600 billion."
    path = tmp_path / "article.txt"
    path.write_text(article, encoding="utf-8")
    found = readings(str(path)) if how == "file" else readings("-", text=article)
    assert [claim["id"] for claim in found["claims"]] == ["gpt-5"]
    assert "$600 billion" in found["readings"][0]["left_out"][0]


def test_the_table_ends_with_one_line_per_figure_and_what_was_not_understood():
    done = costcheck("audit", f"{SENTENCE} on 48 nodes")
    assert done.code == 0
    cards, _, reading = done.out.partition("How the text was read")
    assert "Does it hold?" in cards
    assert "25,000" in reading
    assert "48 nodes: it does not say how many GPUs each has" in " ".join(cards.split())


def test_an_article_begins_with_its_count_and_the_worst_card(tmp_path):
    path = tmp_path / "article.txt"
    texts = ("Training GPT-3 used 1,287 MWh.", "GPT-3 was trained on 900 H100 GPUs in 2020.")
    path.write_text("\n\n".join(texts), encoding="utf-8")
    shown = costcheck("audit", str(path)).out
    assert shown.startswith("2 figures of trainings: 1 wrong, 1 right; the worst first.")
    assert shown.index("900 H100") < shown.index("1,287 MWh")
    page = costcheck("audit", str(path), "-f", "html").out
    assert page.index("900 H100") < page.index("1,287 MWh")
    assert "figures of trainings" not in costcheck("audit", texts[0]).out


def test_an_article_counts_each_figure_by_its_own_row(tmp_path):
    path = tmp_path / "article.txt"
    mixed = "Llama 3.1 405B took 30.84 million GPU-hours and emitted 2,040 tons of CO2."
    path.write_text(f"{mixed}\n\nTraining GPT-3 used 1,287 MWh.", encoding="utf-8")
    first, _, _ = costcheck("audit", str(path)).out.partition("\n")
    assert first.split(": ")[1].startswith("1 right but of something else, 3 right")


@pytest.mark.parametrize(
    ("argument", "text", "code"),
    [
        ("Nothing happened in 3 cities of the world", None, "CC039"),
        ("Mistral trained its model for free.", None, "CC039"),
        ("no such file.yaml", None, "CC014"),
        ("no-such-file.txt", None, "CC014"),
        ("-", "claims: [{id: a, gpus: many}]\n", "CC202"),
    ],
)
def test_what_holds_no_figure_is_told(argument, text, code):
    done = costcheck("audit", argument, text=text)
    assert done.code == 2
    assert code in done.err


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4 used 50 GWh, as much as 0 homes use in a year",
        "GPT-4 emitted 5 t of CO2, 1/0th of GPT-3's, as much as 0 cars",
        "GPT-4 was trained for 7h12m on 8 A100 GPUs",
        "GPT-4 was trained for 7 h 12 min on 8 A100 GPUs",
        "GPT-3 used 1,287 MWh, as much as \u0663 homes use",
        "GPT-4 cost $5M, a factor of 1e400 less than GPT-3",
        "GPT-3 used 1,287 MWh, hundredfold what GPT-2 used",
    ],
)
def test_what_counts_nothing_and_times_in_two_units_are_read(text):
    assert costcheck("audit", text).code == 0


def test_words_without_digits_are_a_sentence():
    (claim,) = readings("Mistral trained its model in a week.")["claims"]
    assert [(item["field"], item["stated"]) for item in claim["numbers"]] == [("duration", 168)]


def test_a_sentence_that_was_read_in_part_holds_as_far_as_it_was_read():
    whole = costcheck("audit", "Training GPT-3 used 1,287 MWh").out
    part = costcheck("audit", "A ChatGPT query uses 3 Wh; training GPT-3 used 1,287 MWh").out
    assert ("Yes. " in whole, "Not checked" in whole) == (True, False)
    assert "HOLDS, BUT NOT ALL OF IT WAS CHECKED" in part
    assert "Yes, as far as it was checked." in part
    assert "Not checked   3 Wh: so little is of using a model, not of training it." in part


@pytest.mark.parametrize(
    ("sentence", "headline"),
    [
        ("SemiAnalysis: GPT-4 was trained on 25,000 A100s for 90 to 100 days", "holds"),
        ("Grok 4 cost $490 million and took 246 million GPU-hours", "holds"),
        ("Epoch AI estimates that Grok 4 cost $490 million to train", "holds"),
        ("Training GPT-3 took 1,287 MWh", "holds"),
    ],
)
def test_an_outsiders_figure_holds_only_as_that_outsiders(sentence, headline):
    (claim,) = readings(sentence)["claims"]
    assert claim["headline"] == headline


@pytest.mark.parametrize(
    ("sentence", "headline"),
    [
        # Sums that fit say nothing of a model that nobody knows.
        ("Zephyr-X was trained on 4,096 H100s for 60 days, 5.9M GPU-hours", "cannot-be-checked"),
        # V3's table: 2.664M hours of pre-training, 2.788M with the later stages.
        ("DeepSeek-V3 was pre-trained in 2.788M GPU-hours", "right-numbers-wrong-thing"),
        ("DeepSeek-V3 was pre-trained in 2.664M GPU-hours", "holds"),
        ("DeepSeek-V3's full training took 2.788M GPU-hours", "holds"),
        # The size says which member of the family is meant.
        ("Llama 3.1's 405B took 30.84M GPU-hours", "holds"),
        ("Llama 3.1 70B took 30.84M GPU-hours", "right-numbers-wrong-thing"),
        ("The card of Llama 3.1 says the 8B model took 1.46 million GPU hours", "holds"),
        # Tokens are a recipe's: 15 trillion make Llama 2 no Llama 3.
        ("Meta trained Llama 2 70B on 15 trillion tokens", "contradicts-record"),
        # Watts where watt-hours are meant, and where they are not.
        ("GPT-3 training used 1,287 MW", "wrong-by-a-factor"),
        ("Training Llama 3.1 405B consumed 50 GW", "wrong-by-a-factor"),
        ("GPT-3 was trained on 300 billion words", "wrong-by-a-factor"),
        ("Altman said GPT-4 cost more than $100M to train", "holds"),
        ("DeepSeek-V3 reportedly cost about $5.6 million", "holds"),
        # The paper's cost is without earlier research.
        ("DeepSeek-V3's entire development cost $5.6 million", "right-numbers-wrong-thing"),
        (
            "The full Llama 2 family was trained in 1.72 million GPU hours",
            "right-numbers-wrong-thing",
        ),
        ("GPT-4 cost less than $50 million to train", "contradicts-record"),
        ("Gemma 2 27B was trained on 13 trillion tokens with 6,144 TPUv5p chips", "holds"),
        # The data centre is not the training.
        ("Grok 4 was trained on 200,000 GPUs", "right-numbers-wrong-thing"),
        ("The data center where Grok 4 was trained has 200,000 GPUs", "holds"),
        ("OPT-175B was trained on 992 A100 GPUs and emitted 75 tonnes of CO2", "holds"),
    ],
)
def test_a_sentence_holds_for_what_it_says_and_no_more(sentence, headline):
    (claim,) = readings(sentence)["claims"]
    assert claim["headline"] == headline


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "Zephyr-X was trained on 4,096 H100s for 60 days, 5.9M GPU-hours",
            [
                "No published figures like these of Zephyr-X are known to costcheck",
                "At usual prices 5.9 million chip-hours would cost $",
            ],
        ),
        (
            "DeepSeek-V3 was pre-trained in 2.788M GPU-hours",
            ["DeepSeek-V3 took 2.664 million chip-hours (pre-training of V3)", "A chip-hour is"],
        ),
        (
            "GPT-4 was trained on 25,000 A100s",
            ["which its maker has not confirmed, has it that GPT-4 ran on 25,000 A100 chips"],
        ),
        ("GPT-4o cost $50 million to train", ["OpenAI has not published what GPT-4o cost."]),
        (
            "Llama 3.1 405B was trained on 16,384 H100s in 39.3M GPU-hours",
            ["WRONG THING: GPU-hours", "In part. On record as printed: 16,384 GPUs; not: 39.3M"],
        ),
    ],
)
def test_every_card_says_what_can_be_printed(sentence, told):
    card = " ".join(costcheck("audit", sentence).out.split())
    assert "Right to print" in card
    assert [words for words in told if words not in card] == []


def test_who_retells_all_of_an_outsiders_account_is_told_whose_it_is():
    sentence = "GPT-4 was trained on 25,000 A100s for 90 to 100 days at $63 million"
    (claim,) = readings(sentence)["claims"]
    assert claim["headline"] == "holds"
    assert "ONLY AS AN ESTIMATE OF OTHERS" in costcheck("audit", sentence).out


def test_what_nobody_can_check_has_no_percentage_and_says_what_is_not_on_record():
    done = costcheck("audit", "ERNIE 5 cost roughly $15 million to train")
    card = done.out.partition("How the text was read")[0]
    assert "%" not in card
    assert "not on record" in card
    found = readings("ERNIE 5 cost roughly $15 million to train")["claims"][0]
    assert 0.0 < found["probability_true"] < 1.0
    verbose = costcheck("audit", "ERNIE 5 cost roughly $15 million to train", "-v").out
    assert "True as worded" not in verbose


@pytest.mark.parametrize(
    ("sentence", "headline"),
    [
        # An executive's remark leaves much open, not everything.
        ("Claude 3.5 Sonnet cost billions of dollars to train", "contradicts-record"),
        ("Claude 3.5 Sonnet cost $120 million to train", "cannot-be-checked"),
        ("Training GPT-4 cost $3 million", "contradicts-record"),
        ("Training GPT-4 cost $500 million", "cannot-be-checked"),
        ("DeepSeek-V3 cost 5.576 million yuan to train", "wrong-by-a-factor"),
        ("DeepSeek-V3 cost 40 million yuan to train", "holds"),
        # GPUs and days on record make hours that no other record denies.
        ("SmolLM3 ran on 384 H100 GPUs for 24 days, some 220,000 GPU hours", "holds"),
        ("SmolLM3 ran on 384 H100 GPUs for 24 days, some 420,000 GPU hours", "cannot-all-be-true"),
    ],
)
def test_a_record_denies_only_what_it_says(sentence, headline):
    (claim,) = readings(sentence)["claims"]
    assert claim["headline"] == headline


def test_beside_a_figure_nobody_confirms_stands_what_its_maker_said():
    (claim,) = readings("Training GPT-4 cost $500 million")["claims"]
    assert [known["text"] for known in claim["numbers"][0]["own_records"]] == ["$100M+"]
    card = costcheck("audit", "Training GPT-4 cost $500 million").out
    assert "$100M+" in card
    assert "not on record" not in card


def test_what_follows_from_the_sentence_is_not_asked_for():
    card = costcheck("audit", "A start-up trained a 70B model on 64 H100s in one week").out
    assert "Ask next" not in card or "GPU-hours: how much" not in card


def test_growth_over_years_is_said_to_be_unchecked():
    done = costcheck("audit", "The cost of training frontier models grows 2.4x a year")
    assert done.code == 0
    assert "NOBODY CAN CHECK THIS" in done.out
    assert "growth rate" in done.out
    assert "2.4x a year: growth is not checked." in done.out
    both = "Training GPT-3 used 1,287 MWh. The bill doubles every nine months."
    assert "growth rate" not in costcheck("audit", both).out


def test_the_count_of_an_article_tells_apart_what_others_estimate():
    """Epoch AI put $191.4M on Gemini Ultra; DeepSeek published its own GPU-hours."""
    text = (
        "Gemini Ultra cost an estimated $191 million to train."
        " DeepSeek-V3 took 2.788 million H800 GPU-hours."
    )
    first = costcheck("audit", text).out.splitlines()[0]
    assert "1 right only as an estimate of others, 1 right" in first
