"""One probability and one headline, on the side of the verdict."""

from typing import get_args

import pytest

from costcheck.audit.priors import read_priors
from costcheck.audit.result import Headline, Label
from costcheck.audit.truth import headline_of, probability_true
from costcheck.audit.verdict import Ruling
from costcheck.estimate.result import CLAIM_VERDICTS


@pytest.fixture(scope="module")
def priors(catalog):
    return read_priors(catalog.document("audit/priors.yaml"))


def test_every_verdict_has_a_headline_and_every_headline_a_verdict():
    labels = get_args(Label)
    assert {headline_of(label, 2) for label in labels} == set(get_args(Headline))
    assert set(labels) <= set(CLAIM_VERDICTS)


def test_one_number_contradicts_no_other():
    assert headline_of("implausible", 1) == "wrong-by-a-factor"
    assert headline_of("implausible", 2) == "cannot-all-be-true"


@pytest.mark.parametrize("stated", [0.0, 0.3, 0.999, 1.0])
@pytest.mark.parametrize(
    "label", ["mis-scoped", "unit-garbled", "contradicts-record", "implausible"]
)
def test_what_is_condemned_is_more_likely_false(priors, label, stated):
    ruling = Ruling(label=label, evidence="silent")
    assert probability_true(stated, ruling, priors) < 0.5


@pytest.mark.parametrize("stated", [0.6, 0.98, 1.0])
@pytest.mark.parametrize("label", ["under-specified", "unverifiable"])
def test_what_nobody_can_check_is_as_likely_as_not_at_most(priors, label, stated):
    assert headline_of(label, 1) == "cannot-be-checked"
    for evidence in ("confirmed", "repeated", "silent"):
        ruling = Ruling(label=label, evidence=evidence)
        assert probability_true(stated, ruling, priors) <= 0.5


@pytest.mark.parametrize("evidence", ["elsewhere", "scope", "slip", "contradicted", "crossed"])
def test_the_record_outweighs_numbers_that_agree(priors, evidence):
    ruling = Ruling(label="mis-scoped", evidence=evidence)
    assert probability_true(0.95, ruling, priors) < 0.2


def test_the_record_bears_out_and_the_impossible_is_none(priors):
    confirmed = Ruling(label="consistent", evidence="confirmed")
    silent = Ruling(label="consistent")
    chance = probability_true(0.9, confirmed, priors)
    assert chance > 0.9 > probability_true(0.9, silent, priors) > 0.5
    assert probability_true(0.9, Ruling(label="impossible"), priors) == 0.0


@pytest.mark.parametrize("article", ["000", "001", "003", "004"])
def test_v3s_bill_under_r1s_name_is_not_true(judge, article):
    from tests.audit.test_articles import ARTICLES

    found = {card.id: card for card in judge(ARTICLES)}[article]
    assert found.probability_true < 0.05
    assert found.headline == "right-numbers-wrong-thing"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("R1 cost $294K to train", "mis-scoped"),
        ("the reinforcement learning stage of R1 cost $294K", "consistent"),
    ],
)
def test_a_stage_told_as_the_whole_is_mis_scoped(judge, text, label):
    claim = f'claims: [{{id: a, about: deepseek-r1, gpu: h800, cost: $294K, text: "{text}"}}]'
    assert judge(claim)[0].verdict == label


def test_the_gpu_in_the_text_is_held_against_the_record(judge):
    text = 'claims: [{id: a, about: deepseek-v3, gpu: GPU, gpus: "2,048", as_of: 2024}]'
    assert judge(text.replace("GPU,", "a100,"))[0].verdict == "contradicts-record"
    assert judge(text.replace("GPU,", "h800,"))[0].verdict == "consistent"


def test_a_false_comparison_is_the_first_reason_and_unlikely_mistakes_are_none(judge):
    ratio = "ratios: [{of: carbon, to: GPT-3, times: 2x less}]"
    (found,) = judge(f"claims: [{{id: a, about: OPT-175B, carbon: 75 tonnes, {ratio}}}]")
    (compared,) = (item for item in found.numbers if item.is_comparison)
    assert found.why[0] == compared.reason
    assert not found.mistakes


def test_a_likely_mistake_comes_before_the_other_reasons(judge):
    (found,) = judge("claims: [{id: a, gpus: 8, duration: 48 h, gpu_hours: 3072}]")
    first = found.mistakes[0]
    assert found.why == (f"{first.words} ({first.probability:.0%})", *found.reasons)


def test_what_the_record_denies_was_not_meant_otherwise(judge):
    (found,) = judge("claims: [{id: a, about: BLOOM-176B, carbon: 600 tonnes}]")
    assert found.headline == "contradicts-record"
    assert (found.mistakes, found.why) == ((), found.reasons)
