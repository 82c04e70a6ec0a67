"""Who says so: each claim's own speaker, and whether the record has the figure from them."""

import pytest

from costcheck.audit.engine import audit
from costcheck.audit.knowledge import load_knowledge
from costcheck.audit.speakers import speaker_of, unchecked
from tests.audit.claims_format import read_claims

TWO = "Altman said GPT-4.5 cost $500 million, and Databricks said DBRX took three months."


@pytest.mark.parametrize(
    ("text", "figure", "name"),
    [
        (TWO, "$500 million", "Altman"),
        (TWO, "three months", "Databricks"),
        ("GPT-4 cost $100 million, Altman said, and Meta says OPT took 992 GPUs.", "992", "Meta"),
        ("GPT-4 cost $100 million, and Meta says OPT took 992 GPUs.", "$100 million", None),
        ("According to Meta, OPT took 992 GPUs; V3 took 2,048, says DeepSeek.", "992", "Meta"),
        (
            "According to Meta, OPT took 992 GPUs; V3 took 2,048, says DeepSeek.",
            "2,048",
            "DeepSeek",
        ),
        ("OpenAI's chief executive said GPT-4 cost $100 million.", "$100 million", "OpenAI"),
        ("Dario Amodei, head of Anthropic, has said it cost $30 million.", "$30", "Dario Amodei"),
        ("The report says it cost $30 million.", "$30", None),
        ("xAI disclosed that it cost $30 million.", "$30", "xAI"),
        ("It cost $30 million, Moonshot's technical report states.", "$30", "Moonshot"),
        ("OpenAI's own paper puts the cost of GPT-4 at $30 million.", "$30", "OpenAI"),
    ],
)
def test_each_figure_has_the_speaker_of_its_own_clause(text, figure, name):
    speaker = speaker_of(text, figures=[figure])
    assert (speaker and speaker.name) == name


@pytest.fixture(scope="module")
def remarks(catalog):
    def of(text, **claim):
        claims = read_claims({"claims": [{"id": "a", "text": text, **claim}]})
        return list(unchecked(audit(claims, load_knowledge(catalog, claims))[0]))

    return of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Training GPT-4 cost $90 million, Jane Miller said.", "Jane Miller said"),
        ("According to John R. Doe, GPT-4 cost $90 million.", "According to John R. Doe"),
        ("Training GPT-4 cost $90 million, Sam Altman said.", ""),
    ],
)
def test_a_speaker_whom_nobody_knows_is_not_checked(remarks, text, reason):
    told = remarks(text, about="GPT-4", cost="$90 million")
    assert told == ([f"{reason}: who said so is not checked"] if reason else [])


def test_the_speaker_of_a_comparison_is_not_checked_either(remarks):
    text = "Jane Miller told us GPT-4 took 9x the compute of GPT-3."
    ratio = {"of": "compute", "to": "GPT-3", "times": "9x as much"}
    assert "Jane Miller told" in str(remarks(text, about="GPT-4", ratios=[ratio]))


@pytest.mark.parametrize("who", ["Kai-Fu Lee", "Lee"])
def test_a_speaker_whom_the_source_names_is_on_record_as_said(remarks, who):
    # Tom's Hardware names Kai-Fu Lee in its title.
    text = f"{who} said Yi-Lightning was trained on 2,000 GPUs for $3 million."
    assert remarks(text, about="Yi-Lightning", gpus="2,000", cost="$3 million") == []


def test_a_maker_by_the_catalog_alone_is_a_speaker_for_its_model(remarks):
    claim = {"about": "BLOOM", "carbon": "25 tonnes"}
    assert remarks("BigScience said BLOOM emitted 25 tonnes.", **claim) == []
    assert remarks("Bloomberg said BLOOM emitted 25 tonnes.", **claim) != []


@pytest.mark.parametrize(
    ("text", "claim", "headline"),
    [
        # Epoch's estimate; Moonshot called the figure unofficial; of Altman's remarks not all are.
        (
            "xAI disclosed that training Grok 4 cost $490 million.",
            {"about": "Grok 4", "cost": "$490 million"},
            "right-numbers-wrong-thing",
        ),
        (
            "Kimi K2 Thinking was trained for $4.6 million, Moonshot's technical report states.",
            {"about": "Kimi K2 Thinking", "cost": "$4.6 million"},
            "right-numbers-wrong-thing",
        ),
        (
            "Altman said GPT-4.5 cost $500 million.",
            {"about": "GPT-4.5", "cost": "$500 million"},
            "cannot-be-checked",
        ),
    ],
)
def test_a_maker_that_never_said_so_is_not_on_record(catalog, text, claim, headline):
    claims = read_claims({"claims": [{"id": "a", "text": text, **claim}]})
    assert audit(claims, load_knowledge(catalog, claims))[0].headline == headline


@pytest.mark.parametrize(
    ("who", "headline"),
    [
        ("OpenAI's CEO", "holds"),
        ("OpenAI co-founder Brockman", "cannot-be-checked"),
        ("OpenAI's chief executive", "holds"),
        ("Google's CEO", "right-numbers-wrong-thing"),
        ("A CEO", "cannot-be-checked"),
    ],
)
def test_a_head_of_the_maker_is_named_by_office(catalog, who, headline):
    # Wired: Altman said so at MIT.
    claims = read_claims(
        {
            "claims": [
                {
                    "id": "a",
                    "about": "GPT-4",
                    "text": f"{who} said GPT-4 cost over $100 million.",
                    "cost": "over $100 million",
                }
            ]
        }
    )
    assert audit(claims, load_knowledge(catalog, claims))[0].headline == headline


@pytest.mark.parametrize(
    ("text", "days", "label"),
    [
        ("MosaicML trained Stable Diffusion 2 from scratch in 7.45 days.", "7.45", "consistent"),
        ("Cohere trained Stable Diffusion 2 in 3 days.", "3", "unverifiable"),
        ("Cohere has retrained Stable Diffusion 2 in 32.5 days.", "32.5", "unverifiable"),
        ("Stability AI trained Stable Diffusion 2 in 90 days.", "90", "contradicts-record"),
    ],
)
def test_a_copy_is_not_held_against_the_run_of_the_original_maker(catalog, text, days, label):
    told = {"id": "a", "text": text, "about": "Stable Diffusion 2", "duration": f"{days} days"}
    claims = read_claims({"claims": [told]})
    assert audit(claims, load_knowledge(catalog, claims))[0].verdict == label


def test_a_number_near_another_models_figure_is_not_that_figure(catalog):
    text = "BloombergGPT took 53 days on 512 A100 GPUs, 1.3 million GPU hours in all."
    told = {"id": "a", "text": text, "about": "BloombergGPT", "gpu": "A100", "gpus": "512"}
    told |= {"duration": "53 days", "gpu_hours": "1.3 million GPU hours"}
    claims = read_claims({"claims": [told]})
    assert "PanGu" not in str(audit(claims, load_knowledge(catalog, claims))[0].reasons)
