"""A claim has one verdict, whatever the format."""

import json

import pytest

from tests.commands import ROOT, costcheck

EXAMPLE = "examples/article-004.yaml"


@pytest.fixture(scope="module")
def verdict():
    audit = json.loads(costcheck("audit", EXAMPLE, "-f", "json", cwd=ROOT).out)
    return audit["claims"][0]


def test_json_says_what_the_audit_says(verdict):
    document = json.loads(costcheck("estimate", EXAMPLE, "-f", "json", cwd=ROOT).out)
    for key in ("verdict", "headline", "probability_true"):
        assert document["claims"][0][key] == verdict[key]


@pytest.mark.parametrize("format", ["table", "md", "html"])
def test_every_report_says_what_the_audit_says(format, verdict):
    done = costcheck("estimate", EXAMPLE, "-f", format, cwd=ROOT)
    first_words = " ".join(verdict["headline"].split("-")[:2]).upper()
    assert first_words in done.out.partition("says the audit")[2]


RUN = """
model: llama-3.1-70b
training: {tokens: 2T}
fleet: {gpu: h100, count: 1024}
utilization: {mfu: 46%}
pricing: {rent: $2.50/GPU-hour}
claims:
"""
"""Some 22.6 days."""


def everywhere(tmp_path, claim: str, *others: str):
    """A claim's headline and exit code in the three commands that judge it."""
    file = tmp_path / "run.costcheck.yaml"
    file.write_text(RUN + "".join(f"- {{{item}}}\n" for item in (claim, *others)))
    found = [
        costcheck(command, str(file), "--fail-on", "claim", "-f", "json")
        for command in ("estimate", "audit")
    ]
    headlines = [json.loads(done.out)["claims"][0]["headline"] for done in found]
    codes = [done.code for done in found]
    return {*headlines}, {*codes, costcheck("check", str(file)).code}


@pytest.mark.parametrize(
    ("claim", "headline", "code"),
    [
        ("id: a, duration: 21 days", "cannot-all-be-true", 1),
        ("id: a, duration: 5 weeks, gpus: 1024", "cannot-all-be-true", 1),
        ("id: a, cost: CNY 9.3M", "cannot-all-be-true", 1),
        ("id: a, duration: 22.6 days", "holds", 0),
        # Another run than the file's: of the future, of another model.
        ("id: a, duration: 21 days, tense: planned", "cannot-be-checked", 0),
        ("id: a, gpu_hours: 2.788M, about: deepseek-v3", "holds", 0),
        # What only words speak of is left to the record.
        ("id: a, ratios: [{of: cost, to: gpt-4, times: 50x}]", "cannot-be-checked", 0),
    ],
)
def test_a_claim_of_the_run_is_held_against_the_estimate_everywhere(
    tmp_path, claim, headline, code
):
    assert everywhere(tmp_path, claim) == ({headline}, {code})


def test_the_card_has_the_estimate_beside_the_claim(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(f"{RUN}- {{id: a, duration: 21 days}}\n")
    card = costcheck("audit", str(file)).out
    assert "estimated" in card
    assert "22.6 days (22.4 - 22.9 days)" in card


def test_check_fails_what_the_audit_condemns(tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(
        "claims: [{id: a, about: DeepSeek-R1, text: DeepSeek-R1 cost $294K to train in total,"
        " cost: $294K}]\n"
    )
    done = costcheck("audit", str(file), "--fail-on", "claim", "-f", "json")
    assert json.loads(done.out)["claims"][0]["headline"] == "right-numbers-wrong-thing"
    assert (done.code, costcheck("check", str(file)).code) == (1, 1)


def test_a_comparison_is_not_held_against_the_estimate_of_its_quantity(tmp_path):
    file = tmp_path / "run.yaml"
    ratio = "ratios: [{of: gpu_hours, to: GPT-3, times: 3x}]"
    file.write_text(f"{RUN}- {{id: a, {ratio}, gpu_hours: 556K}}\n")
    (claim,) = json.loads(costcheck("audit", str(file), "-f", "json").out)["claims"]
    assert claim["numbers"][0]["verdict"] == "consistent"
    assert claim["headline"] != "cannot-all-be-true"


@pytest.mark.parametrize(
    ("keys", "is_told"),
    [
        ("step_time: 14.6 s, gpus: 1024, duration: 53 days", True),
        ("electricity_price: $0.08/kWh, gpus: 1024, duration: 53 days", True),
        # A bill: cost, energy and its price.
        ("electricity_price: $0.08/kWh, energy: 500 MWh, cost: $2M", False),
        ("gpus: 1024, duration: 53 days", False),
    ],
)
def test_a_figure_that_nothing_depends_on_is_said_to_be_unchecked(tmp_path, keys, is_told):
    path = tmp_path / "claims.yaml"
    path.write_text(f"claims: [{{about: Foo-7B, {keys}}}]")
    card = " ".join(costcheck("audit", str(path)).out.split())
    assert ("nothing else stated depends on it" in card) == is_told


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ("10", "10x against GPT-4"),
        ("2-4x", "2-4x against GPT-4"),
        ("20% less", "20% less than GPT-4"),
    ],
)
def test_the_other_side_of_a_ratio_has_its_name(tmp_path, times, told):
    path = tmp_path / "claims.yaml"
    ratio = f"{{of: cost, to: gpt-4, times: {times}}}"
    path.write_text(f"claims: [{{about: Foo-7B, cost: $6M, ratios: [{ratio}]}}]")
    card = " ".join(costcheck("audit", str(path)).out.split())
    assert told in card
    assert "gpt-4" not in card.replace(str(path), "").replace("/gpt-4-architecture", "")
