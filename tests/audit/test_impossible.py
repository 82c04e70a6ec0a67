"""Hard limits, each just inside and just outside."""

import datetime as dt

import pytest

from costcheck.audit.impossible import dimension_words
from costcheck.audit.knowledge import load_knowledge
from costcheck.scenario.claims_draft import draft_claims


def remarks(judge, claim):
    return " ".join(judge(f"claims: [{{id: a, {claim}}}]", use_registry=False)[0].reasons)


@pytest.mark.parametrize(
    ("inside", "outside", "words"),
    [
        # 4 x 80 GB hold 160B parameters in 16 bits, 620B in the 4.127 bits of QLoRA.
        (
            "gpu: A100 80GB, gpus: 4, text: trained from scratch, parameters: 159.0B",
            "gpu: A100 80GB, gpus: 4, text: trained from scratch, parameters: 161.0B",
            "weights alone need 32",
        ),
        (
            "gpu: A100 80GB, gpus: 4, parameters: 619.0B",
            "gpu: A100 80GB, gpus: 4, parameters: 621.0B",
            "weights alone need 320 GB, in 4.1 bits each",
        ),
        (
            "gpu: A100 80GB, gpus: 4, text: frozen in 8-bit, parameters: 314.0B",
            "gpu: A100 80GB, gpus: 4, text: frozen in 8-bit, parameters: 316.0B",
            "weights alone need 32",
        ),
        # Adam keeps two moments beside weight and gradient: 8 bytes, all in 16 bits.
        (
            "gpu: A100 80GB, gpus: 1, text: full fine-tuning with AdamW fits, parameters: 9.9B",
            "gpu: A100 80GB, gpus: 1, text: full fine-tuning with AdamW fits, parameters: 10.8B",
            "8 bytes a parameter",
        ),
        (
            "gpu: V100, gpus: 16, text: weights offloaded to NVMe, parameters: 1.000T",
            "gpu: V100, gpus: 16, parameters: 1.000T",
            "weights alone need 516 GB",
        ),
        # 1,000 h x 312 TFLOP/s = 1.12e21 FLOP at the peak of an A100; 3 % more is refused.
        (
            "gpu: A100, gpu_hours: 1000.0, compute: 1.15e21 FLOP",
            "gpu: A100, gpu_hours: 1000.0, compute: 1.17e21 FLOP",
            "1,000 hours of NVIDIA A100 SXM4 80GB are 1.1e+21 FLOP at the most, at its BF16 peak",
        ),
        # 150 MW for 100 hours are 15 GWh; 3 % more is refused.
        (
            "site_power: 150.0 MW, duration: 100.0 hours, energy: 15.4 GWh",
            "site_power: 150.0 MW, duration: 100.0 hours, energy: 15.6 GWh",
            "150.0 MW for 100 hours deliver at most 15 GWh, the text says 15.6 GWh",
        ),
        # FP8 doubles what an H100 can do, over a peak of 989 TFLOP/s: 7.12e21 at its peak.
        (
            "gpu: H100, gpu_hours: 1000.0, precision: fp8, compute: 7.32e21 FLOP",
            "gpu: H100, gpu_hours: 1000.0, precision: fp8, compute: 7.36e21 FLOP",
            "are 7.1e+21 FLOP at the most, at its FP8 peak",
        ),
        # A dense model takes 6 x 1B x 200B = 1.2e21 FLOP at least; 2023 has hardly any mixtures.
        (
            "gpu: A100, gpu_hours: 1000.0, as_of: 2023, parameters: 1.00B, tokens: 191.0B",
            "gpu: A100, gpu_hours: 1000.0, as_of: 2023, parameters: 1.00B, tokens: 195.0B",
            "1,000 hours of NVIDIA A100 SXM4 80GB are 1.1e+21 FLOP at the most, at its BF16 peak",
        ),
        # A 1T model may be a mixture that uses 1 of 60 parameters on a token: 1e11 x 1.15e10.
        (
            "gpu: A100, gpu_hours: 1000.0, as_of: 2026, parameters: 1.000T, tokens: 11.45B",
            "gpu: A100, gpu_hours: 1000.0, as_of: 2026, parameters: 1.000T, tokens: 11.75B",
            "that model on those tokens takes at least",
        ),
        # At 70B a text without active parameters means a dense model: 6 x 70B x 2.7B = 1.13e21.
        (
            "gpu: A100, gpu_hours: 1000.0, as_of: 2026, parameters: 70.0B, tokens: 2.70B",
            "gpu: A100, gpu_hours: 1000.0, as_of: 2026, parameters: 70.0B, tokens: 2.80B",
            "that model on those tokens takes at least",
        ),
        ("duration: 9.90 years", "duration: 10.10 years", "a run of 10 years"),
        # The V100 could be had from 2017-06-21: 40 days before the end of July.
        (
            "gpu: V100, duration: 39.0 days, as_of: 2017-07-31",
            "gpu: V100, duration: 42.0 days, as_of: 2017-07-31",
            "days do not fit between",
        ),
    ],
)
def test_limits_hold_to_their_edge(judge, inside, outside, words):
    assert words not in remarks(judge, inside)
    assert words in remarks(judge, outside)


@pytest.mark.parametrize(("days", "fits"), [(91, True), (89, False)])
def test_a_model_takes_ninety_days_from_the_release_of_its_accelerator(judge, catalog, days, fits):
    """GPT-3 appeared on 2020-05-28; whatever ran on its named part could be had before that."""
    from costcheck.audit.facts import ClaimContext, HardwareFacts
    from costcheck.audit.impossible import ClaimCase, hardware_in_time
    from costcheck.audit.priors import LogSpread
    from costcheck.scenario.claim import Claim

    out = dt.date(2020, 5, 28)
    one = LogSpread(1.0, 1.0, 1.0)
    part = HardwareFacts(
        name="part", peak_flops_per_second=1e14, power=one, price=one, capex=one,
        released=out - dt.timedelta(days=days),
    )  # fmt: skip
    case = ClaimCase(
        claim=Claim(id="a"),
        context=ClaimContext(hardware=part, year=2020),
        statements=(),
        released=out,
        limits=load_knowledge(catalog, [], use_registry=False).priors.impossible,
    )
    assert (list(hardware_in_time(case)) == []) is fits


@pytest.mark.parametrize(
    "sentence",
    [
        "Llama-2-70B was fine-tuned with FSDP and QLoRA on two RTX 4090 GPUs in 22 hours.",
        "A 70B model was fine-tuned in 4-bit on one RTX A6000 in 30 hours.",
        "A pre-trained 70B model was adapted on two RTX 4090 GPUs in 22 hours.",
        "A 65B model was tuned with an 8-bit Adam optimizer on a single A100 in 24 hours.",
        "A 1T model was pretrained on 16 V100 GPUs, its weights offloaded to NVMe, in 90 days.",
    ],
)
def test_weights_in_few_bits_or_elsewhere_are_not_impossible(sentence, catalog, judge):
    cards = judge(draft_claims(sentence, catalog).to_yaml(), use_registry=False)
    assert cards
    assert not [why for card in cards for why in card.reasons if "weights alone" in why]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("used 50 megawatts per hour", "watt-hours or watts are meant"),
        ("80 GB of memory bandwidth", "bytes per second"),
        ("37B parameters for each query", "per token"),
        ("1,287 MWh of power", "energy, not power"),
        ("150 MW of energy", "power, not energy"),
    ],
)
def test_unit_words_that_do_not_mean_what_the_text_needs(catalog, text, remark):
    table = load_knowledge(catalog, [], use_registry=False).priors.unit_words
    assert any(remark in line for line in dimension_words(text, table))
    assert not list(dimension_words("1,287 MWh of energy on 2,048 GPUs", table))


def test_what_no_physics_allows_is_impossible_whatever_else_it_may_cover(judge):
    (found,) = judge(
        "claims:\n- {id: a, gpu: H100, gpus: 256, duration: 30 days, parameters: 70B, tokens: 15T,"
        ' cost: "$400,000", text: "A startup pre-trained a 70B model on 15T tokens"}'
    )
    assert found.headline == "impossible"
    assert found.probability_true == 0.0


@pytest.mark.parametrize(
    ("claim", "verdict", "says"),
    [
        # 6 x 70e9 x 15e12 = 6.3e24; 1,024 x 30 x 24 h x 3600 x 1,979e12 = 5.25e24.
        ("A dense 70B model was trained on 15T tokens on 1,024 H100s in 30 days", "impossible", ""),
        (
            "A 400B model was trained on 15T tokens using 2,048 H100s in two months",
            "unverifiable",
            "169% of their fastest peak (FP8); at it, no more than 237B of the 400B",
        ),
    ],
)
def test_a_sum_past_the_fastest_peak_decides_or_says_what_it_takes(
    judge, catalog, claim, verdict, says
):
    (found,) = judge(draft_claims(claim, catalog).to_yaml())
    assert found.verdict == verdict
    assert any(says in reason for reason in found.reasons)


def test_between_the_usual_and_the_fastest_peak_it_would_need_the_fastest(judge):
    (found,) = judge(
        "claims:\n- {id: a, gpu: H100, gpus: '1,024', duration: 50 days, parameters: 70B,"
        " tokens: 15T, moe: false}"
    )
    assert found.verdict != "impossible"
    assert any("143.9% of the peak (MFU) in BF16: it would need FP8" in x for x in found.arithmetic)


def test_a_repair_is_itself_possible(judge):
    (found,) = judge(
        "claims:\n- {id: a, gpu: H100, gpus: 256, duration: 60 days, parameters: 400B, tokens: 15T,"
        ' cost: "$5M"}'
    )
    # 2,048 GPUs, nodes of eight, would still run at 340 % of the peak.
    assert not any(item.corrected == 2048.0 for item in found.explanations)


@pytest.mark.parametrize(
    ("share", "is_beyond"), [("100%", False), ("101%", True), ("499%", True), ("501%", False)]
)
def test_no_chip_does_more_than_its_peak(judge, share, is_beyond):
    assert ("no chip does more" in remarks(judge, f"gpu: H100, mfu: {share}")) is is_beyond


@pytest.mark.parametrize(
    "numbers",
    ["about: PaLM 540B, gpus: 6144", "about: BLOOM-176B, gpu_hours: 1082990 A100 GPU-hours"],
)
@pytest.mark.parametrize(("share", "is_beyond"), [("99%", False), ("146.2%", True)])
def test_a_figure_on_record_excuses_no_other_that_physics_forbids(judge, numbers, share, is_beyond):
    (found,) = judge(f"claims: [{{id: a, {numbers}, mfu: {share}}}]")
    assert (found.verdict == "impossible") is is_beyond
