"""Behaviour of the whole audit on small claims, with and without known runs."""

import pytest

RUN = """
claims:
- id: a
  gpu: H100
  as_of: 2024
  gpus: 1,024
  duration: 20 days
  gpu_hours: 491,520
  active_parameters: 30B
  tokens: 3T
  moe: false
"""


def one(judge, text, **options):
    return judge(text, use_registry=False, **options)[0]


def swap(old, new):
    assert old in RUN
    return RUN.replace(old, new)


def test_a_sound_run_holds(judge):
    found = one(judge, RUN)
    assert found.verdict in {"consistent", "rounded"}
    # 6 x 30e9 x 3e12 / (491,520 h x 989.4 TFLOP/s)
    assert found.implied["mfu"].value == pytest.approx(0.308, abs=0.002)


@pytest.mark.parametrize(
    ("old", "new", "repair"),
    [
        ("gpus: 1,024", "gpus: 128", "nodes of 8 counted as GPUs"),
        ("gpu_hours: 491,520", "gpu_hours: 20,480", "GPU-days printed as GPU-hours"),
        ("gpu_hours: 491,520", "gpu_hours: 491.52M", "million for thousand (/1,000)"),
        ("duration: 20 days", "duration: 20 weeks", "weeks printed for days"),
    ],
)
def test_named_garbles_are_found(judge, old, new, repair):
    found = one(judge, swap(old, new))
    assert found.verdict == "unit-garbled"
    assert found.explanations[0].name == repair


def test_a_lost_sign_is_found_among_slips_of_the_pen(judge):
    text = """
claims:
- {id: a, gpu: H800, gpus: 648, duration: 278 h, cost: $294K, price: $2/GPU-hour, as_of: 2025,
   language_model: false, about: deepseek-r1}
"""
    found = judge(text)[0]
    assert found.verdict == "unit-garbled"
    assert found.explanations[0].name == "lost multiplication sign: 64 x 8"
    assert found.explanations[0].corrected == 512


def test_tpu_devices_only_for_tpus(judge):
    text = """
claims:
- {id: a, gpu: PART, gpus: 512, duration: 60 h, cost: $245760, price: $8/GPU-hour, as_of: 2019}
"""
    tpu = one(judge, text.replace("PART", "TPU v3"))
    assert "4-chip device" in tpu.explanations[0].name
    gpu = one(judge, text.replace("PART", "V100"))
    assert not any("4-chip" in e.name for e in gpu.explanations)


def test_currency_needs_a_cue(judge):
    text = """
claims:
- {id: a, text: "TEXT", gpu: A100, gpus: 64, duration: 30 days, cost: $500000, as_of: 2023}
"""
    said = one(judge, text.replace("TEXT", "500,000 RMB"))
    silent = one(judge, text.replace("TEXT", "500,000"))
    assert any("yuan" in e.name for e in said.explanations)
    assert not any("yuan" in e.name for e in silent.explanations)


def test_one_number_is_under_specified(judge):
    found = one(judge, "claims: [{id: a, cost: $5M}]")
    assert found.verdict == "under-specified"
    assert found.settle is not None


def test_nothing_stated_is_unverifiable(judge):
    assert one(judge, 'claims: [{id: a, text: "a fraction of the cost"}]').verdict == "unverifiable"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{id: a, gpu: H100, as_of: 2019, gpus: 64, duration: 3 days}", "was released on"),
        ("{id: a, gpu: A100, gpus: 8, parameters: 5.4T, duration: 30 days}", "weights alone"),
        ("{id: a, gpu: A100, gpu_hours: 192, compute: 7.8e22 FLOP}", "at its BF16 peak"),
    ],
)
def test_hard_rules_say_impossible(judge, text, reason):
    found = one(judge, f"claims: [{text}]")
    assert found.verdict == "impossible"
    assert found.probability_as_stated == 0.0
    assert any(reason in line for line in found.reasons)


def test_equivalences_speak(judge):
    text = 'claims: [{id: a, energy: 1287 MWh, text: "as much as COUNT US homes use in a year"}]'
    assert one(judge, text.replace("COUNT", "120")).probability_as_stated > 0.8
    assert one(judge, text.replace("COUNT", "1")).verdict == "implausible"


def test_ratios_to_a_known_run(judge):
    text = """
claims:
- {id: a, about: DeepSeek-V3, gpu_hours: 2.788M,
   ratios: [{of: gpu_hours, to: Llama 3.1 405B, times: TIMESx}]}
"""
    right = judge(text.replace("TIMES", "11"))[0]
    wrong = judge(text.replace("TIMES", "30"))[0]
    assert next(n for n in right.numbers if n.is_comparison).verdict == "consistent"
    assert next(n for n in wrong.numbers if n.is_comparison).verdict == "contradicts-record"
    assert wrong.is_flagged


@pytest.mark.parametrize(
    ("times", "verdict"), [("10.8x", "consistent"), ("10.7x", "contradicts-record")]
)
def test_a_ratio_holds_within_rounding_and_two_per_cent(judge, times, verdict):
    # 30.84M over 2.788M GPU-hours are 11.06: 1.9 % above 10.85, 2.9 % above 10.75.
    found = judge(
        "claims: [{id: a, about: DeepSeek-V3, gpu_hours: 2.788M,"
        f" ratios: [{{of: gpu_hours, to: Llama 3.1 405B, times: {times}}}]}}]"
    )[0]
    assert next(n for n in found.numbers if n.is_comparison).verdict == verdict


def test_order_of_claims_does_not_matter(judge):
    other = swap("id: a", "id: b").replace("claims:", "")
    pair = RUN + other.replace("H100", "A100")
    one_way = {a.id: a.probability_as_stated for a in judge(pair, use_registry=False)}
    both = "claims:" + other.replace("H100", "A100") + RUN.replace("claims:", "")
    other_way = {a.id: a.probability_as_stated for a in judge(both, use_registry=False)}
    assert one_way == pytest.approx(other_way)


def test_units_do_not_matter(judge):
    days = one(judge, RUN)
    hours = one(judge, swap("duration: 20 days", "duration: 480 h"))
    weeks = one(judge, swap("gpu_hours: 491,520", "gpu_hours: 20,480 GPU-days"))
    assert days.probability_as_stated == pytest.approx(hours.probability_as_stated, abs=0.02)
    assert days.probability_as_stated == pytest.approx(weeks.probability_as_stated, abs=0.02)


def test_one_more_consistent_number_never_lowers_testability(judge):
    few = one(judge, swap("  gpu_hours: 491,520\n", "").replace("  tokens: 3T\n", ""))
    more = one(judge, swap("  gpu_hours: 491,520\n", ""))
    assert more.testability_factor <= few.testability_factor * 1.01


def test_copies_of_one_story_count_once(judge):
    story = "{id: ID, about: some model, gpu: H100, as_of: 2024, gpus: 2000, cost: $6M}"
    once = judge(f"claims: [{story}]", joint=True, use_registry=False)[0]
    copies = ", ".join(story.replace("ID", f"x{k}") for k in range(5))
    many = judge(f"claims: [{copies}]", joint=True, use_registry=False)
    for found in many:
        assert found.probability_as_stated == pytest.approx(once.probability_as_stated)
        assert found.testability_factor == pytest.approx(once.testability_factor)


def test_speakers_change_the_odds(judge):
    text = swap("gpus: 1,024", "gpus: 800\n  speaker: SPEAKER")
    primary = one(judge, text.replace("SPEAKER", "primary"))
    press = one(judge, text.replace("SPEAKER", "aggregator"))
    assert primary.explanations != press.explanations


def test_names_play_no_part_without_known_runs(judge):
    named = one(judge, swap("id: a", "id: a\n  about: deepseek-r1"))
    assert named.probability_as_stated == one(judge, RUN).probability_as_stated
    assert named.best_match is None


def test_scope_says_what_was_assumed(judge):
    found = one(judge, RUN)
    assert found.scope["stage"].endswith("(assumed)")
    said = one(judge, swap("id: a", 'id: a\n  text: "pre-training on 3T tokens"'))
    assert said.scope["stage"] == "pre-training"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        # GPT-3's 1,287 MWh printed as GWh: 302 kW per GPU, pinned well enough to name the slip.
        ("{id: a, gpu: V100, as_of: 2020, energy: 1287 GWh, compute: 3.14e23 FLOP}",
         "unit-garbled"),
        # Nothing but priors speaks against it: no repair is better than another.
        ("{id: a, as_of: 2022, parameters: 100T}", "implausible"),
        ("{id: a, gpu: H100, as_of: 2024, mfu: 3800%}", "unit-garbled"),
        ("{id: a, gpu: H100, as_of: 2024, peak: 1979 TFLOPS}", "unit-garbled"),
        ("{id: a, gpu: H800, gpus: 256, duration: 30 days, active_parameters: 32B, tokens: 15.5T}",
         "impossible"),
    ],
)  # fmt: skip
def test_plain_shifts_are_named_only_where_numbers_pin_them(judge, text, verdict):
    assert one(judge, f"claims: [{text}]").verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        # MiniMax-M1: $2.07 an hour.
        "{id: a, gpu: H800, as_of: 2025, gpus: 512, duration: 3 weeks, cost: $534700,"
        " language_model: false}",
        # PaLM: 3.4 GWh over 6,144 TPU v4.
        "{id: a, gpu: TPU v4, as_of: 2022, gpus: 6144, duration: 57 days, energy: 3.4 GWh,"
        " compute: 2.5e24 FLOP, mfu: 46.2%}",
        # BLOOM: chip-level energy on a nuclear grid.
        "{id: a, gpu: A100, as_of: 2022, gpus: 384, duration: 118 days, energy: 433 MWh,"
        " carbon: 25 t, grid_intensity: 57 g/kWh, active_parameters: 176B, tokens: 366B}",
        # Falcon 40B.
        "{id: a, gpu: A100, as_of: 2023, gpus: 384, duration: two months, tokens: 1T,"
        " active_parameters: 40B}",
    ],
)
def test_known_true_claims_hold_by_their_numbers(judge, text):
    assert one(judge, f"claims: [{text}]").probability_as_stated > 0.7
