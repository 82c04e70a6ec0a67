"""Figures of one model told of another, and numbers that only stand in a name."""

import pytest

from costcheck.audit.engine import audit
from costcheck.audit.knowledge import load_knowledge
from tests.audit.claims_format import read_claims


@pytest.fixture(scope="module")
def card(catalog):
    def found(**claim):
        claims = read_claims({"claims": [{"id": "a", **claim}]})
        return audit(claims, load_knowledge(catalog, claims))[0]

    return found


@pytest.mark.parametrize(
    ("about", "field", "printed", "verdict", "whose"),
    [
        # Patterson et al.: GPT-3's 1,287 MWh and 552 t; DeepSeek's report: 2.788M H800 hours.
        ("GPT-4", "energy", "1,287 MWh", "mis-scoped", "GPT-3"),
        ("Gemini Ultra", "carbon", "552 t", "mis-scoped", "GPT-3"),
        ("GPT-4", "gpu_hours", "2.788M", "mis-scoped", "DeepSeek-V3"),
        # Of an unknown model it may be so by accident: the reader is told.
        ("Nordlys-2", "energy", "1,287 MWh", "unverifiable", "GPT-3"),
        # Li et al.: GPT-3's 700,000 litres; one digit alone condemns nothing.
        ("GPT-4", "water", "700,000 L", "unverifiable", "GPT-3"),
    ],
)
def test_a_telling_figure_of_another_model_is_recognised(
    card, about, field, printed, verdict, whose
):
    found = card(about=about, text=f"{about}: {printed}", **{field: printed})
    assert (found.verdict, whose in found.reasons[0]) == (verdict, True)


@pytest.mark.parametrize(
    ("field", "printed"), [("energy", "1,288 MWh"), ("energy", "1,350 MWh"), ("gpus", "2,048")]
)
def test_other_digits_and_common_counts_are_nobodys(card, field, printed):
    found = card(about="GPT-4", text=f"GPT-4: {printed}", **{field: printed})
    assert "GPT-3" not in " ".join(found.reasons)
    assert found.verdict in {"unverifiable", "contradicts-record"}


@pytest.mark.parametrize(
    ("gpus", "cost", "told"),
    [
        # DeepSeek-V3: 2,048 H800 and $5.576M, each of which others have too, or nearly.
        ("2,048", "$5.6 million", True),
        ("2,100", "$5.6 million", False),
        ("2,048", "$6 million", False),
    ],
)
def test_several_figures_tell_a_model_that_each_alone_does_not(card, gpus, cost, told):
    found = card(about="GPT-4", gpus=gpus, cost=cost, text="as told")
    assert (found.verdict == "mis-scoped") is told


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("GPT-4 took more than GPT-3's 1,287 MWh", "unverifiable"),
        ("GPT-4o took 1,287 MWh", "mis-scoped"),
    ],
)
def test_a_sentence_that_names_the_other_model_may_compare_with_it(card, text, verdict):
    assert card(about=text.split()[0], energy="1,287 MWh", text=text).verdict == verdict


def test_so_may_one_that_names_its_family(card):
    text = "GPT-4 took more than the 2.788M GPU-hours of DeepSeek"
    assert card(about="GPT-4", gpu_hours="2.788M", text=text).verdict == "unverifiable"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Llama 3.1 405B drew 8,930 MW.", "unverifiable"),
        ("Llama 3.1 (405B) drew 8,930 MW.", "unverifiable"),
        ("Llama 3.1 405B has all of 405B weights.", "consistent"),
    ],
)
def test_a_size_in_the_name_confirms_nothing(card, text, verdict):
    assert card(about="Llama 3.1 405B", parameters="405B", text=text).verdict == verdict


def test_a_price_paid_for_servers_is_matched_by_its_digits(card):
    # The Register: $51M for V3's servers. $78M is neither that nor DeepSeek's $5.576M.
    assert card(about="DeepSeek-V3", cost="$51 million").verdict == "mis-scoped"
    assert card(about="DeepSeek-V3", cost="$78 million").verdict == "contradicts-record"


@pytest.mark.parametrize(
    ("about", "claim", "title", "standing"),
    [
        # The 1,287 MWh are by Google's authors with OpenAI's data; the sizes are OpenAI's own.
        (
            "GPT-3",
            {"energy": "1,287 MWh"},
            "Patterson",
            "a study by outside authors with data from",
        ),
        ("GPT-3", {"parameters": "175B"}, "Brown", ""),
        ("BLOOM", {"carbon": "24.7 t"}, "Luccioni", ""),
        ("Llama 3.1 405B", {"mfu": "40%"}, "herd", ""),
        ("Llama 3.1 405B", {"carbon": "8,930 t"}, "model card", ""),
    ],
)
def test_each_figure_cites_the_page_that_prints_it(card, about, claim, title, standing):
    record = card(about=about, text="as told", **claim).numbers[0].record
    assert title in record.sources[0]["title"]
    assert record.standing.startswith(standing)
    assert bool(record.standing) is bool(standing)


def test_a_sum_cites_all_it_is_made_of(card):
    # 2.788M and 147K GPU-hours at $2: $5.576M + $0.294M.
    record = card(about="DeepSeek-R1", cost="$5.87M").numbers[0].record
    assert [source["title"].split()[0] for source in record.sources] == [
        "DeepSeek-V3",
        "DeepSeek-R1",
    ]
    assert "sum" in record.scope
    assert record.standing == "its maker's own figures put together"


def test_vague_amounts_keep_their_words_and_their_speaker(card):
    found = card(about="Claude 3.5 Sonnet", cost="$1 billion")
    assert found.numbers[0].record.text == "a few $10M's"
    assert found.reasons[0].startswith("Amodei says a few $10M's")


@pytest.mark.parametrize(
    ("about", "claim", "other"),
    [
        ("BLOOM", {"carbon": "25 t"}, "50.5 t"),
        ("BLOOM", {"carbon": "50 t"}, "24.7 t"),
        ("Llama 3.1 405B", {"carbon": "8,930 t"}, "0 t"),
        ("GPT-3", {"water": "700,000 L"}, "5.4 million L"),
        ("GPT-3", {"water": "5.4 million L"}, "700,000 L"),
    ],
)
def test_the_figure_on_another_basis_stands_beside_it(card, about, claim, other):
    assert other in card(about=about, text="as told", **claim).numbers[0].record.also


def test_a_comparison_that_is_off_says_by_how_much(card):
    # 1,287 MWh over EIA's 10,500 kWh.
    text = "1,287 MWh, as much as one US home uses in a year"
    assert "but 120 times it" in " ".join(
        card(about="GPT-3", energy="1,287 MWh", text=text).reasons
    )
