from dataclasses import fields

import pytest

from costcheck.scenario.claim import NUMBER_FIELDS, Claim, numbers, stated_digits, unstated, year_of
from costcheck.scenario.load import load
from costcheck.text import reader, yaml_text


def read(text):
    document = yaml_text.parse(text, "claims.yaml")
    return reader.read(document, ("claims",), tuple[Claim, ...])


def test_every_documented_key_is_read():
    result = read(
        """
claims:
- id: article
  text: "2,048 Nvidia H800 GPUs over 55 days"
  source: {title: A paper, url: "https://example.org", date: 2025-01-28}
  about: deepseek-r1
  gpu: h800
  gpus: 2,048
  duration: 55 days
  gpu_hours: 2.788M
  gpu_hours_per_trillion_tokens: 180K
  cost: over $5.5M
  price: $2/GPU-hour
  capex: $51M+
  parameters: 671B
  active_parameters: about 37B
  tokens: 14.8T
  compute: 3.3e24 FLOP
  mfu: 38%
  tokens_per_second_per_gpu: 1550
  step_time: 19.2 s
  peak: 989 TFLOPS
  energy: 1,287 MWh
  electricity_price: 8 cents/kWh
  power_per_gpu: 1.4 kW
  carbon: 552 t
  grid_intensity: 0.429 kg/kWh
  water: 700,000 L
  ratios: [{of: cost, to: openai-o1, times: 10-50x}]
  as_of: 2024
  moe: true
  language_model: false
  precision: fp8
  speaker: press
  tense: done
  scope: pre-training
"""
    )
    assert result.diagnostics == []
    (claim,) = result.value
    assert {field for field, _ in numbers(claim)} == set(NUMBER_FIELDS)
    assert claim.cost.kind == "at_least"
    assert claim.as_of == 2024
    assert claim.ratios[0].times.high == 50


def test_a_text_may_give_two_figures():
    result = read("claims: [{id: a, cost: [$2M, $294K], duration: 80 h}]")
    assert [q.value for f, q in numbers(result.value[0]) if f == "cost"] == [2e6, 294e3]


def test_a_share_above_one_can_only_be_percent():
    result = read('claims: [{id: a, mfu: "72.0"}, {id: b, mfu: 110%}]')
    assert result.diagnostics == []
    assert [claim.mfu.value for claim in result.value] == [0.72, 1.1]


@pytest.mark.parametrize(
    "text",
    [
        "{ratios: {to: o1}}",
        "{id: a, gpuz: 5}",
        "{id: a, cost: 5 days}",
        "{ratios: {of: emissions, to: o1, times: 2x}}",
    ],
)
def test_mistakes_are_diagnosed(text):
    assert read(f"claims: [{text}]").diagnostics


def test_number_fields_are_fields():
    assert set(NUMBER_FIELDS) <= {f.name for f in fields(Claim)}


def claims(text):
    return load({"claims": yaml_text.parse(text, "x").data}).scenario.claims


@pytest.mark.parametrize(
    ("told", "year"),
    [
        ("text: Trained in 2023 on H100s", 2023),
        ("text: Trained in early 2024", 2024),
        ("text: Trained in 2023, as_of: 2021", 2021),
        ("text: In 2024 to 78 gigawatts", None),
        ("text: It has 2024 GPUs", None),
    ],
)
def test_a_year_in_the_sentence_dates_the_claim(told, year):
    assert year_of(claims(f"[{{id: a, {told}}}]")[0]) == year


def test_claims_without_an_id_are_named_by_their_place():
    found = claims("[{cost: $5M}, {id: mine, cost: $6M}, {cost: $7M}]")
    assert [claim.id for claim in found] == ["claim-1", "mine", "claim-3"]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (
            "text: 'GPT-5 cost $500M, 25,000 A100s for 90 days'",
            ("$500M", "25,000 A100s", "90 days"),
        ),
        ("text: 'GPT-5 cost $500M on 25K A100s', cost: $500M, gpus: '25,000'", ()),
        ("text: 'Llama 3.1 405B cost $60M on March 14, 2024', cost: $60M", ("405B",)),
        ("text: 'Llama 3.1 405B cost $60M', cost: $60M, about: llama-3.1-405b", ()),
        ("text: 'between 10-50x less', ratios: {of: cost, to: o1, times: 10-50x}", ()),
        ("text: '10-60x less', ratios: {of: cost, to: o1, times: 10-50x}", ("10-60x",)),
    ],
)
def test_figures_of_the_sentence_that_no_key_holds(told, left):
    found = claims(f"[{{id: a, {told}}}]")
    assert unstated(found[0], stated_digits(found)) == left
