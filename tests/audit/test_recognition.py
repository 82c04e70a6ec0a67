"""Known runs under their own name, and under another's."""

import re
from dataclasses import replace

import pytest

from costcheck.audit.engine import audit
from costcheck.audit.knowledge import load_knowledge
from costcheck.catalog.known_runs import load_registry
from costcheck.estimate.result import FAILING
from costcheck.scenario.claim import Claim
from tests.audit.claims_format import read_claims
from tests.benchmarks.bench_audit import judge_with

WANTED = 3
WHOLE = {"pre-training", "all-stages", "with-base"}
"""Stages that a sentence about the training of a model may mean."""


@pytest.fixture(scope="module")
def claims(catalog):
    """Return every third well-covered run as a claim about its own subject."""
    runs = [
        run
        for run in load_registry(catalog)
        if run.standing == "developer" and len(run.figures) >= WANTED and run.stage in WHOLE
    ]
    return [
        Claim(
            id=run.id,
            about=run.subject,
            gpu=run.gpu,
            as_of=run.released.year if run.released else None,
            language_model=False,
            **run.figures,
        )
        for run in runs[::3]
    ]


@pytest.fixture(scope="module")
def judge_one(catalog, claims):
    return judge_with(load_knowledge(catalog, claims), use_registry=True)


def test_published_figures_are_recognised_under_their_own_name(claims, judge_one):
    verdicts = [judge_one(claim).verdict for claim in claims]
    good = sum(verdict in {"consistent", "rounded"} for verdict in verdicts)
    assert good >= 0.95 * len(claims)


def test_published_figures_under_another_name_are_not_in_order(claims, judge_one):
    swapped = [
        replace(claim, about=other.about)
        for claim, other in zip(claims, [*claims[7:], *claims[:7]], strict=True)
        if claim.about != other.about
    ]
    verdicts = [judge_one(claim).verdict for claim in swapped]
    caught = sum(verdict in FAILING | {"mis-scoped"} for verdict in verdicts)
    assert caught >= 0.9 * len(swapped)


def test_an_unknown_name_gets_no_verdict_from_two_matching_numbers(judge):
    text = """
claims:
- {id: a, about: some model, gpu: H800, as_of: 2024, gpus: 2048, cost: $5.5M}
"""
    assert judge(text)[0].verdict not in {"mis-scoped", "unit-garbled"}


def test_an_unknown_name_over_a_whole_known_run_is_mis_scoped(judge):
    text = """
claims:
- {id: a, about: some model, gpu: H800, as_of: 2024, gpus: 2048, cost: $5.576M, tokens: 14.8T,
   gpu_hours: 2.788M, active_parameters: 37B}
"""
    found = judge(text)[0]
    assert found.verdict == "mis-scoped"
    assert found.best_match.subject == "DeepSeek-V3"
    assert found.best_match.margin_nats > 5.0


def test_a_projection_told_as_fact_is_mis_scoped(judge):
    text = 'claims: [{id: a, about: GPT-3, as_of: 2020, cost: $4.6M, text: "TEXT"}]'
    fact = judge(text.replace("TEXT", "GPT-3 cost $4.6M"))[0]
    quoted = judge(text.replace("TEXT", "Lambda: GPT-3 would cost $4.6M"))[0]
    assert fact.verdict == "mis-scoped"
    assert quoted.verdict != "mis-scoped"


def test_a_stage_with_its_base_models_tokens_is_mis_scoped(judge):
    text = """
claims:
- {id: a, about: DeepSeek-R1, gpu: H800, gpus: 512, cost: $294K, tokens: 14.8T,
   active_parameters: 37B, as_of: 2025}
"""
    found = judge(text)[0]
    assert found.verdict == "mis-scoped"
    assert found.verdict_without_registry in {"implausible", "impossible", "unit-garbled"}


def test_another_accelerator_than_the_developers_is_remarked_on(judge):
    text = "claims: [{id: a, about: DeepSeek-R1, gpu: GPU, as_of: 2025}]"
    found = judge(text.replace("GPU", "A100"))[0]
    assert found.verdict == found.headline == "contradicts-record"
    assert any("ran on H800" in reason for reason in found.reasons)
    # The B200 came out 70 days before the model.
    assert judge(text.replace("GPU", "B200"))[0].verdict == "impossible"


def test_equal_sizes_of_a_dense_model_are_no_garble(judge):
    text = """
claims:
- {id: a, about: LLaMA-65B, gpu: A100, as_of: 2023, parameters: 65.2B, active_parameters: 65.2B,
   tokens: 1.4T, gpu_hours: "1,022,362"}
"""
    assert judge(text)[0].probability_as_stated > 0.8


def test_no_run_cites_a_source_twice_or_one_that_it_doubts(catalog):
    for run in load_registry(catalog):
        places = [source.get("url") or source["title"] for source in run.sources]
        assert len(set(places)) == len(places) > 0, run.id
        for source in run.sources:
            assert not re.search(r"wrong|doubt|\?\?|^https?:", source["title"], re.IGNORECASE)
            assert re.fullmatch(r"https?://\S+", source.get("url", "https://x")), run.id


def test_a_life_cycle_told_as_training_is_mis_scoped(judge):
    text = 'claims: [{id: a, about: mistral-large-2, carbon: 20.4 kt, text: "TEXT"}]'
    assert judge(text.replace("TEXT", "Training emitted 20.4 kt"))[0].verdict == "mis-scoped"
    told = judge(text.replace("TEXT", "Training and 18 months of use emitted 20.4 kt"))[0]
    assert told.verdict == "consistent"


@pytest.mark.parametrize(
    ("cost", "labels"), [("$5.6M", {"mis-scoped"}), ("$6M", {"rounded", "consistent"})]
)
def test_the_base_models_bill_is_told_from_ones_own_by_its_digits(judge, cost, labels):
    # V3 cost $5.576M, with R1's own stage $5.87M.
    found = judge(f"claims: [{{id: a, about: deepseek-r1, cost: {cost}, as_of: 2025}}]")[0]
    assert found.verdict in labels


def test_nodes_counted_as_gpus_are_repaired_by_the_record(judge):
    text = """
claims:
- {id: a, about: glm-130b, gpu: a100-40gb, as_of: 2022, gpus: 96, duration: 60 days,
   parameters: 130B, tokens: 400B}
"""
    found = judge(text)[0]
    assert found.verdict == "unit-garbled"
    assert found.mistakes[0].name == "nodes of 8 counted as GPUs"
    assert found.mistakes[0].corrected == 768
    assert judge(text, use_registry=False)[0].verdict == "impossible"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # OpenAI says 2.1M hours: a range that holds it fits, one that ends at a quarter does not.
        ("about: gpt-oss-120b, gpu_hours: '1,900,000-2,400,000'", "consistent"),
        ("about: gpt-oss-120b, gpu_hours: '180,000-500,000'", "contradicts-record"),
        # Meta had 16,384 GPUs: fewer of them for longer come to its hours, more of them do not.
        (
            "about: llama-3.1-405b, gpus: '24,576', duration: 54 days, gpu_hours: 31.85M",
            "contradicts-record",
        ),
        # An outside estimate holds where the text says whose it is.
        ("about: gpt-4, text: 'says the AI Index', cost: $78.4M", "consistent"),
        # So does one passed on as such, or told as fact: the headline says whose it is.
        ("about: gpt-4, text: 'a suspected $78.4M', cost: $78.4M", "consistent"),
        ("about: grok-4, gpu: h100, gpu_hours: 246M, energy: 310 GWh, cost: $490M", "consistent"),
        ("about: gpt-4, text: 'cost $78.4M', cost: $78.4M", "consistent"),
        # M1's three weeks were its reinforcement learning alone, on a model of the same maker.
        ("about: minimax-m1, text: 'trained', gpus: 512, duration: 3 weeks", "mis-scoped"),
        ("about: minimax-m1, text: 'its RL took', gpus: 512, duration: 3 weeks", "consistent"),
        ("about: gpt-5, text: 'an Epoch AI estimate', compute: 5e25 FLOP", "consistent"),
        # Two figures of GPT-3 told of a relative that the record does not have.
        ("about: gpt-3.5, energy: '1,287 MWh', carbon: 552 t", "mis-scoped"),
        ("about: llama-2, carbon: 539 t", "consistent"),
        # A size that is not the one in the name; names round (gemma-7b has 8.5B).
        ("about: foo-32b, gpu: h100, parameters: 3.2 billion", "unit-garbled"),
        ("about: foo-32b, gpu: h100, parameters: 80 billion", "contradicts-record"),
        ("about: foo-7b, gpu: h100, parameters: 8.5 billion", "unverifiable"),
    ],
)
def test_what_a_record_says_of_ranges_fleets_and_estimates(judge, claim, verdict):
    assert judge(f"claims: [{{id: a, speaker: press, {claim}}}]")[0].verdict == verdict


@pytest.mark.parametrize(
    ("cost", "headline", "told"),
    [
        ("$2 billion", "cannot-be-checked", False),
        ("$10 billion", "cannot-be-checked", True),
        ("$900 billion", "wrong-by-a-factor", True),
    ],
)
def test_a_lone_sum_is_held_against_a_programme(judge, cost, headline, told):
    found = judge(f"claims: [{{id: a, as_of: 2025, cost: {cost}}}]")[0]
    assert found.headline == headline
    assert any("programme" in reason for reason in found.reasons) is told


def test_the_name_of_a_family_is_the_model_whose_figures_it_gives(judge):
    (found,) = judge(
        "claims:\n- {id: a, about: DeepSeek, gpu: H800, gpus: 2048, duration: two months,"
        ' cost: "under $6M",'
        ' text: "DeepSeek needed 2,048 H800s and two months, at a cost of under $6M"}'
    )
    assert found.headline.startswith("holds")
    assert found.best_match.subject == "DeepSeek-V3"
    (found,) = judge(
        "claims:\n- {id: a, about: DeepSeek-R1, gpu: H800, gpus: 2048, duration: two months,"
        ' cost: "under $6M"}'
    )
    assert found.headline == "right-numbers-wrong-thing"


ANYBODY = (
    "gpu: H100, gpus: 512, duration: six weeks, cost: $1.4M, parameters: 8B, tokens: 15T,"
    ' text: "trained on 15T tokens in six weeks on 512 H100s for $1.4M"'
)


@pytest.mark.parametrize("about", ["", "about: Llama 3 8B, "])  # took 1.3M GPU-hours
def test_numbers_that_only_fit_each_other_are_not_endorsed_as_on_record(judge, about):
    (found,) = judge(f"claims:\n- {{id: a, {about}{ANYBODY}}}")
    assert found.headline == ("contradicts-record" if about else "cannot-be-checked")
    assert found.verdict_without_registry == "consistent"


def headline(judge, about, text, keys):
    (found,) = judge(f'claims:\n- {{id: a, about: {about}, {keys}, text: "{text}"}}')
    return found.headline


@pytest.mark.parametrize(
    ("cost", "expected"), [("$640M", "contradicts-record"), ("$90M", "cannot-be-checked")]
)
def test_a_cost_is_held_against_the_hours_on_record(judge, cost, expected):
    text = f"Llama 3.1 405B cost {cost} to train"
    assert headline(judge, "Llama-3.1-405B", text, f"cost: {cost}") == expected


@pytest.mark.parametrize(("days", "denied"), [(200, True), (85, False)])
def test_gpus_and_time_are_held_against_the_hours_on_record(judge, days, denied):
    text = f"xAI trained Grok 3 with 100,000 H100s for {days} days"
    keys = f'gpu: H100, gpus: "100,000", duration: {days} days'
    assert (headline(judge, "Grok 3", text, keys) == "contradicts-record") is denied


def test_the_days_of_a_part_are_not_those_of_the_whole(judge):
    # Section 3.3.4 of the Llama 3 paper counts interruptions in a snapshot of 54 days.
    keys = 'gpu: H100, gpus: "16,384", duration: 54 days'
    whole = headline(judge, "Llama-3.1-405B", "it took 54 days on 16,384 H100s", keys)
    part = headline(judge, "Llama-3.1-405B", "419 interruptions within 54 days", keys)
    assert (whole, part) == ("right-numbers-wrong-thing", "holds")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # Lambda: 355 years of one V100 at 28 TFLOP/s, as what it would take and as what it took
        (
            "about: gpt-3, gpu: v100, gpus: 1, duration: 355 years, text: it would take",
            "consistent",
        ),
        ("about: gpt-3, gpu: v100, gpus: 1024, duration: 355 years, text: it took", "mis-scoped"),
        # 6.3e24 FLOP by its size and tokens are 200 years of an H100 at its FP8 peak
        (
            "about: llama-3-70b, gpu: h100, gpus: 1, duration: 40 years, text: it would",
            "impossible",
        ),
        # arXiv:2501.19393: 26 minutes on 16 H100, odd only beside what pre-training takes
        ("about: s1-32b, gpu: h100, gpus: 16, duration: 26 minutes, parameters: 32B", "consistent"),
        # arXiv:2211.02001: 24.7 t for the electricity, 50.5 t with manufacture and idle machines
        ("about: bloom, carbon: 50.5 t, text: the electricity of its training", "mis-scoped"),
        ("about: bloom, carbon: 50.5 t, text: training and hardware", "consistent"),
        # configs/claims: worked out from what Meta gave, on A100; 137 t at somebody's grid
        ("about: opt-175b, gpu: v100, gpus: 992", "contradicts-record"),
        ("about: opt-175b, gpu: a100-80gb, gpus: 992, carbon: 75 t", "consistent"),
        ("about: opt-175b, gpu: a100-80gb, gpus: 992, carbon: 75000 t", "unit-garbled"),
        # OpenAI: 2.1M hours for the 120B model, almost ten times fewer for the 20B one
        ("about: gpt-oss-20b, gpu: h100, gpu_hours: 2.1M GPU-hours", "mis-scoped"),
        # arXiv:2505.09388: 36T tokens for every size
        ("about: Qwen3, tokens: 36T", "consistent"),
        # 15T is Llama 3's, 1.4T with 2,048 A100 is the first one's
        ("about: Llama, tokens: 15T", "under-specified"),
        ("about: Llama, gpu: a100, tokens: 1.4T, gpus: 2048, duration: 21 days", "consistent"),
        # arXiv:2412.19437, table 1: 2.788M hours on 2,048 GPUs, whose days it does not print
        ("about: deepseek-v3, gpu: h800, gpus: 2048, duration: 57 days", "consistent"),
    ],
)
def test_what_a_record_makes_of_times_and_names(judge, claim, verdict):
    assert judge(f"claims: [{{id: a, {claim}}}]")[0].verdict == verdict


def test_what_we_worked_out_says_so(judge):
    found = judge("claims: [{id: a, about: deepseek-v3, gpus: 2048, duration: 57 days}]")[0]
    assert found.numbers[1].record.text == "56.7 days (worked out)"


ACCOUNT = "70B model trained on 15T tokens on 4,096 {gpu}s in 60 days"


@pytest.mark.parametrize(
    ("about", "text", "gpu", "verdict"),
    [
        # Apertus-70B's figures, which ran on GH200s: another machine's run is another run.
        (None, "A {}", "H100", "unverifiable"),
        ("Acme-70B", "A {}", "H100", "unverifiable"),
        ("Acme-70B", "A {}", "GH200", "mis-scoped"),
        # What lies ahead is on no record, whoever's round numbers it has.
        ("Acme-70B", "We plan to have a {}", "GH200", "unverifiable"),
        (None, "It is going to be a {}", "GH200", "unverifiable"),
    ],
)
def test_a_stranger_is_no_known_run_on_another_machine(catalog, about, text, gpu, verdict):
    numbers = {"parameters": "70B", "tokens": "15T", "gpus": "4,096", "duration": "60 days"}
    told = text.format(ACCOUNT.format(gpu=gpu))
    row = {"id": "x", "gpu": gpu, "text": told, **numbers, **({"about": about} if about else {})}
    claims = read_claims({"claims": [row]})
    assert audit(claims, load_knowledge(catalog, claims))[0].verdict == verdict


def test_what_follows_from_published_figures_is_not_said_to_be_said(catalog):
    row = {"id": "x", "about": "DeepSeek-V3", "gpus": "2,048", "duration": "90 days"}
    claims = read_claims({"claims": [row]})
    reasons = " ".join(audit(claims, load_knowledge(catalog, claims))[0].reasons)
    assert "work out to 56.7 days" in reasons
    assert "says" not in reasons


@pytest.mark.parametrize(
    ("claim", "verdict", "says"),
    [
        # $500M is reported of GPT-5, 25,000 GPUs and 90 to 100 days of GPT-4.
        (
            'about: GPT-5, gpu: A100, cost: $500M, gpus: "25,000", duration: 90 days',
            "mis-scoped",
            "figures of two models",
        ),
        # GPUs and cost are DBRX's; $1.49 for each hour of three months is a low price, no lie.
        (
            'about: DBRX, gpu: H100, cost: $10M, gpus: "3,072", duration: 3 months',
            "under-specified",
            "",
        ),
        (
            'about: DBRX, gpu: H100, cost: $10M, gpus: "3,072", duration: 3 days',
            "impossible",
            "FLOP at the most",
        ),
    ],
)
def test_a_price_alone_condemns_no_figures_on_record(judge, claim, verdict, says):
    (found,) = judge(f"claims:\n- {{id: a, text: was trained, {claim}}}")
    assert found.verdict == verdict
    assert says in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        ("about: BLOOM-176B, gpu_hours: '1,082,990', energy: '4,330 MWh'", "gpu_hours", "energy"),
        ("about: Llama 2 70B, gpu_hours: '1,720,320', carbon: 29142 t", "gpu_hours", "carbon"),
        ("about: Falcon-180B, gpu_hours: 7 million, cost: $280 million", "gpu_hours", "cost"),
        ("about: DeepSeek-V3, gpu_hours: 2.788M, cost: $557.6 million", "gpu_hours", "cost"),
        ("about: BLOOM-176B, gpu_hours: '10,829,900', energy: 433 MWh", "energy", "gpu_hours"),
    ],
)
def test_what_equals_the_record_is_right_and_the_other_figure_wrong(judge, claim, right, wrong):
    found = judge(f"claims: [{{id: a, speaker: press, {claim}}}]")[0]
    verdicts = {item.field: item.verdict for item in found.numbers}
    assert found.verdict in FAILING
    assert verdicts[right] in {"consistent", "rounded"}
    assert verdicts[wrong] not in {"consistent", "rounded"}
    assert right not in {item.field for item in found.explanations}


@pytest.mark.parametrize(
    ("gpu", "text", "verdict"),
    [
        ("A100", "Reproducing GPT-2 124M on 8 A100 takes 90 minutes", "unverifiable"),
        ("H100", "GPT-2 124M was trained on 8 H100 in 90 minutes", "contradicts-record"),
        ("A100", "GPT-2 124M was trained on 8 A100 in 90 minutes", "contradicts-record"),
    ],
)
def test_a_run_made_again_on_other_hardware_is_another_run(judge, gpu, text, verdict):
    claim = f"about: GPT-2 124M, gpu: {gpu}, text: {text}, gpus: 8, duration: 90 minutes"
    found = judge(f"claims: [{{id: a, {claim}}}]")[0]
    assert found.verdict == verdict
    assert ("another run, on H100" in " ".join(found.reasons)) is (verdict == "unverifiable")


def test_a_size_beside_its_family_is_the_member(judge):
    text = "the Llama 2 family took 3.3M GPU-hours, 1720320 of them for the 70B model"
    found = judge(f"claims: [{{id: a, about: 70B, text: '{text}', gpu_hours: 1720320}}]")[0]
    assert found.verdict == "consistent"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # Its card says 12.875 trillion tokens, MiniCPM4's paper 8, Seaweed's 665,000 hours.
        ("about: Salamandra-7B, tokens: 10 trillion", "contradicts-record"),
        ("about: MiniCPM4-8B, tokens: 10 trillion", "contradicts-record"),
        ('about: Seaweed-7B, gpu: H100, gpu_hours: "700,000"', "consistent"),
        ("about: DeepSeek-V3, tokens: 15 trillion", "consistent"),
        # 199 GPU-days are no 6,250 without the first digit: 6,199 is another number.
        ("about: Stable Diffusion v1, gpu: A100, gpu_hours: 199 GPU-days", "contradicts-record"),
        ("about: Stable Diffusion v1, gpu: A100, gpu_hours: 250 GPU-days", "unit-garbled"),
    ],
)
def test_a_round_number_is_a_rounding_and_a_slip_keeps_its_digits(judge, claim, verdict):
    (found,) = judge(f"claims:\n- {{id: a, text: was trained, {claim}}}")
    assert found.verdict == verdict


def test_tokens_told_once_each_may_be_seen_again(judge):
    # ESM3's paper: 98B parameters, 771 billion unique tokens, 1.07e24 FLOP (6ND is 4.5e23).
    figures = "parameters: 98B, active_parameters: 98B, tokens: 771 billion, compute: 1.07e24 FLOP"
    claim = f"claims:\n- {{id: a, text: trained on 771 billion %s tokens, {figures}}}"
    (unique,), (seen,) = judge(claim % "unique"), judge(claim % "seen")
    assert unique.verdict not in FAILING
    assert seen.verdict in FAILING


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        # The leak has 25,000 A100; its maker has published nothing.
        (
            'about: GPT-4, gpu: H100, gpus: "25,000", duration: 90 days',
            "on record it ran on A100",
        ),
        # The card: 370,000 hours for the 1B model, 830,000 for both.
        (
            'about: Llama 3.2 1B, gpu: H100, parameters: 1B, gpu_hours: "916,000"',
            "the developer says 370K",
        ),
    ],
)
def test_a_record_denies_what_no_maker_said_and_no_repair_explains(judge, claim, says):
    (found,) = judge(f"claims:\n- {{id: a, text: was trained, {claim}}}")
    assert found.verdict == "contradicts-record"
    assert says in found.reasons[0]


def test_the_hardware_of_an_estimate_denies_no_other(judge):
    # Strubell et al. reckon with three P100; ELMo's own card was a GTX 1080 Ti.
    claim = "about: ELMo, gpu: GTX 1080 Ti, text: was trained, gpus: 3, duration: 14 days"
    (found,) = judge(f"claims: [{{id: a, {claim}}}]")
    assert (found.verdict, found.reasons[0]) == ("unverifiable", "on record it ran on P100")


@pytest.mark.parametrize(
    "claim",
    [
        # A mixture whose active part nobody gave: 6 x 1.085T x 329B is beyond the chips' peak.
        "about: PanGu-Sigma, gpu: Ascend 910, gpus: 512, duration: 100 days, text: was trained",
        "about: StyleGAN3, energy: 225 MWh, text: The whole StyleGAN3 project used 225 MWh",
    ],
)
def test_what_a_record_says_of_mixtures_and_of_projects_holds(judge, claim):
    (found,) = judge(f"claims:\n- {{id: a, {claim}}}")
    assert found.verdict == "consistent"


@pytest.mark.parametrize(("gpus", "verdict"), [("256", "mis-scoped"), ("592", "consistent")])
def test_figures_of_two_models_of_one_name_are_of_neither(judge, gpus, verdict):
    # CLIP's paper, section 2.5: 592 V100 for 18 days, or 256 for 12 days.
    claim = f"about: CLIP, gpu: V100, text: was trained, gpus: {gpus}, duration: 18 days"
    (found,) = judge(f"claims: [{{id: a, {claim}}}]")
    assert found.verdict == verdict
