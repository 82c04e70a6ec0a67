"""Report cards: kept screens, widths, ASCII, no text of users as markup."""

from typing import get_args

import pytest

from costcheck.api import load
from costcheck.audit.result import Headline
from costcheck.audit.scenario import audit_scenarios
from costcheck.estimate.result import HEADLINES
from costcheck.report.formats import markdown, terminal
from costcheck.report.views.audit import audit_document, documents
from tests.golden_audits import ARTICLES, screens

SCREENS = screens()
AUDITS = {path.stem: audit_scenarios([load(path)]) for path in ARTICLES}


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.name)
def test_card_is_as_kept(path):
    assert path.exists(), "run: python -m tests.golden_audits"
    assert SCREENS[path] == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", AUDITS)
def test_numbers_are_never_cut(name, width):
    for card in AUDITS[name].cards:
        document = audit_document(card, verbose=True)
        text = terminal.render(document, terminal.Screen(width=width))
        for item in card.audit.numbers:
            assert item.text in text
        # A link is one word: it is not broken to fit.
        assert all(len(line) <= width or "http" in line for line in text.splitlines())


def test_ascii_card_has_ascii_only():
    for found in AUDITS.values():
        for document in documents(found, verbose=True):
            assert terminal.render(document, terminal.Screen(ascii=True)).isascii()


def test_verbose_shows_at_least_as_much():
    card = AUDITS["article-000"].cards[0]
    assert len(str(audit_document(card, verbose=True))) >= len(str(audit_document(card)))


def test_text_of_users_is_never_markup():
    claim = {"id": "[red]x[/red]", "text": "<b>2,048</b> | *x*", "gpus": "2048", "cost": "$5M"}
    (card,) = audit_scenarios([load({"claims": [claim]})]).cards
    text = markdown.render(audit_document(card))
    assert "<b>" not in text
    assert "[red]x[/red]" in terminal.render(audit_document(card), terminal.Screen())


@pytest.mark.parametrize("name", AUDITS)
def test_a_card_is_one_screen_and_begins_with_the_answer(name):
    for card in AUDITS[name].cards:
        lines = terminal.render(audit_document(card), terminal.Screen(width=80)).splitlines()
        assert len(lines) <= 40
        # A headline may end with what does not hold, beside figures that do.
        assert lines[0].split("  ")[0].partition(":")[0] in set(HEADLINES.values())
        answer = next(k for k, line in enumerate(lines) if line.startswith("Does it hold?"))
        assert answer < 10
        assert not any("_" in line for line in lines if "http" not in line)


def test_money_of_another_currency_is_converted_beside_the_table():
    claim = {"id": "a", "about": "deepseek-v3", "cost": "40 million yuan", "as_of": 2025}
    (card,) = audit_scenarios([load({"claims": [claim]})]).cards
    text = " ".join(terminal.render(audit_document(card), terminal.Screen(width=80)).split())
    assert "cost 40 million yuan = $5.57M $5.576M DeepSeek-V3 [1]" in text
    assert "Converted cost at 7.188 per dollar, 2025." in text


def test_without_the_registry_a_card_says_nothing_of_the_record():
    claim = {"id": "a", "about": "heron-1", "gpus": 100, "duration": "10 h", "gpu_hours": 1000}
    for used, said in (
        (True, "other, but nothing is on record of heron-1"),
        (False, "fit each other. "),
    ):
        (card,) = audit_scenarios([load({"claims": [claim]})], use_registry=used).cards
        text = " ".join(terminal.render(audit_document(card), terminal.Screen()).split())
        assert said in text


@pytest.mark.parametrize(
    ("claim", "told", "untold"),
    [
        # The printed figure is right, and of something else: it is not said twice.
        (
            {
                "about": "falcon-180b",
                "gpu": "a100",
                "gpus": 4096,
                "gpu_hours": "7M",
                "cost": "$70M",
                "tokens": "3.5T",
            },
            ["Hardware value, not run cost (", "GPU-hours = $10.00 per GPU-hour"],
            ["it would be $70", "should be", "70,000,000"],
        ),
        # A ratio of two models on record holds by the record, not by itself.
        (
            {
                "about": "deepseek-v3",
                "text": "11 times less compute than Llama 3.1 405B",
                "ratios": [{"of": "compute", "to": "llama-3.1-405b", "times": "11"}],
            },
            ["On record: ", " times less (compute: "],
            ["no record", "fit each other"],
        ),
        (
            {"gpu": "h100", "gpus": "500,000", "site_power": "1 GW"},
            ["1 GW = 2 kW each", "Converted power per GPU over 500,000 GPUs."],
            ["2K W"],
        ),
    ],
)
def test_a_card_says_each_figure_once_and_in_its_unit(claim, told, untold):
    (card,) = audit_scenarios([load({"claims": [{"id": "a", **claim}]})]).cards
    text = " ".join(terminal.render(audit_document(card), terminal.Screen()).split())
    assert [words for words in told if words not in text] == []
    assert [words for words in untold if words in text] == []


def test_every_headline_has_words():
    assert set(HEADLINES) == set(get_args(Headline))


def test_a_card_asks_only_where_the_answer_would_change_the_verdict():
    claim = {
        "id": "a",
        "about": "deepseek-v3",
        "gpu": "h800",
        "gpu_hours": "2.788M",
        "cost": "$5.576M",
    }
    (card,) = audit_scenarios([load({"claims": [claim]})]).cards
    text = terminal.render(audit_document(card), terminal.Screen())
    assert text.startswith("HOLDS")
    assert "Ask next" not in text


@pytest.mark.parametrize(
    ("claim", "told", "untold"),
    [
        # $20 an hour is no rent of 2024: the card says what is usual.
        (
            {"gpu": "h100", "gpus": 1024, "duration": "30 days", "cost": "$15 million"},
            ["per GPU-hour", "Usual"],
            [],
        ),
        # A home uses 10.5 MWh a year: the comparison is off by 120, and no digit was lost.
        (
            {
                "about": "gpt-3",
                "energy": "1,287 MWh",
                "ratios": [{"of": "energy", "to": "us-household-year", "times": "1"}],
            },
            ["1 US home for a year = 10.5 MWh"],
            ["leading digit", "should be"],
        ),
        # A sentence can be copied out: figures with their nouns, and what they cover.
        (
            {"about": "mistral-large-2", "carbon": "20.4 kt", "text": "Training took 20.4 kt"},
            ["20.4 kt of CO2", "training and 18 months of use"],
            [": CO2 20.4"],
        ),
    ],
)
def test_a_card_is_written_for_readers_who_know_no_machine_learning(claim, told, untold):
    (card,) = audit_scenarios([load({"claims": [{"id": "a", "as_of": 2024, **claim}]})]).cards
    text = " ".join(terminal.render(audit_document(card), terminal.Screen()).split())
    assert all(words in text for words in told)
    assert not any(words in text for words in untold)
