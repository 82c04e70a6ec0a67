"""Each stated part of software changes the constants of its bundle, or says why it does not."""

import pytest

from costcheck import estimate, load
from costcheck.estimate import build

MOE, DENSE = "qwen3-30b-a3b", "llama-3.1-8b"


def performance(software, *, model=DENSE, gpu="h100"):
    scenario = {
        "as_of": "2025-06-01",
        "model": model,
        "training": {"tokens": "1B", "sequence_length": "4096", "global_batch": "64"},
        "fleet": {"gpu": gpu, "count": "8", "software": software},
        "layout": {"data": "8", "expert": "8" if model == MOE else "1", "recompute": "full"},
    }
    return build(load(scenario)).stages[0].prediction.performance


def test_a_name_and_a_mapping_with_the_name_are_the_same():
    assert performance("torchtitan").parts == performance({"name": "torchtitan"}).parts


def test_what_is_not_compiled_moves_more_element_wise_bytes():
    compiled = performance({"name": "torchtitan", "compile": "true"}).formula.constants
    eager = performance({"name": "torchtitan", "compile": "false"}).formula.constants
    assert eager.hidden_traffic > compiled.hidden_traffic
    assert performance({"name": "hf-trainer", "compile": "true"}).parts.traits == ()


def test_kernels_of_attention_in_their_order():
    """FlashAttention-3 reaches 1.5 to 2 times FlashAttention-2 on H100 (arXiv:2407.08608)."""
    rates = {
        kernel: performance({"name": "torchtitan", "attention": kernel}).formula.constants
        for kernel in ("xformers", "flash-2", "flash-3")
    }
    ratio = rates["flash-3"].attention_efficiency / rates["flash-2"].attention_efficiency
    assert 1.5 <= ratio <= 2.0
    assert rates["xformers"].attention_efficiency < rates["flash-2"].attention_efficiency
    eager = performance({"name": "torchtitan", "attention": "eager"})
    assert not eager.parts.fused
    assert float(eager.formula.constants.score_traffic) > 0.0


def test_experts_in_a_loop_wait_for_the_host_and_fused_dispatch_moves_less():
    def step(experts):
        made = performance({"name": "fsdp", "experts": experts}, model=MOE)
        return made.formula.constants

    assert (
        float(step("loop").host_expert_seconds) > 0.0 == float(step("grouped").host_expert_seconds)
    )
    assert step("deepep").routing_traffic < step("grouped").routing_traffic


def test_hugging_face_stacks_loop_over_experts_unless_told_otherwise():
    assert performance("trl", model=MOE).parts.loops
    assert not performance({"name": "trl", "experts": "grouped"}, model=MOE).parts.loops


@pytest.mark.parametrize(
    ("software", "gpu", "key"),
    [
        ({"name": "megatron", "compile": "true"}, "h100", "fleet.software.compile"),
        ({"name": "fsdp", "attention": "flash-3"}, "a100", "fleet.software.attention"),
        ({"name": "fsdp", "experts": "loop"}, "h100", "fleet.software.experts"),
    ],
)
def test_a_part_that_changes_nothing_here_is_said_with_its_reason(software, gpu, key):
    assert performance(software, gpu=gpu).idle[key]


def held(attention, recompute, **options):
    """Memory that a scenario gives and its verdict, 8 H100."""
    found = estimate(
        {
            "as_of": options.get("as_of", "2026-06-16"),
            "model": "gemma-2-9b",
            "training": {"tokens": "10M", "sequence_length": "4096", "global_batch": "8"},
            "fleet": {"gpu": "h100", "count": "8", "software": options["software"] | attention},
            "layout": {"data": "8", "micro_batch": "1", "zero": "3", "recompute": recompute},
        },
        samples=64,
    )
    (verdict,) = [item.verdict for item in found.feasibility if item.check == "memory"]
    return found.figures["memory_bytes_per_gpu"].central, verdict


def test_scores_of_an_unfused_core_are_held_by_every_layer_or_by_the_one_that_runs_again():
    """Gemma 2 9B under eager attention ran out of memory on 8 H100 until its layers were computed
    again (https://github.com/NVIDIA-NeMo/Automodel/pull/2585): 42 layers hold their scores, or one.
    """
    named = {"software": {"name": "automodel"}}
    eager, flash = {"attention": "eager"}, {"attention": "flash-2"}
    scores = 4096.0**2 * 16.0 * 6.0
    kept = held(eager, "none", **named)[0] - held(flash, "none", **named)[0]
    assert kept == pytest.approx((42.0 + 1.0) * scores, rel=1e-6)
    again = held(eager, "full", **named)[0] - held(flash, "full", **named)[0]
    assert again == pytest.approx(2.0 * scores, rel=1e-6)
    assert held(eager, "none", **named)[1] == "infeasible"
    assert held(eager, "full", **named)[1] == "feasible"


def test_hugging_face_fuses_attention_since_it_takes_the_kernel_of_pytorch():
    """Transformers 4.36, 11 December 2023, takes scaled_dot_product_attention by default."""
    before, since = (
        held({}, "full", software={"name": "trl"}, as_of=day)[0]
        for day in ("2023-12-10", "2023-12-11")
    )
    assert before > since


# Megatron-Bridge 5094 and 5123: Qwen3-30B-A3B in BF16, EP16 on 16 H100, 25.1 s a step; 21.0 and
# 20.1 with the dispatch of one micro-batch behind the computation of another.
@pytest.mark.parametrize(("experts", "measured"), [("deepep", 25.1), ("overlapped", 20.6)])
def test_dispatch_behind_computation_leaves_less_of_the_network(experts, measured):
    scenario = {
        "as_of": "2026-07-25",
        "model": MOE,
        "training": {"tokens": "1B", "sequence_length": "4096", "global_batch": "1024"},
        "fleet": {"gpu": "h100", "count": "16", "software": {"name": "nemo", "experts": experts}},
        "layout": {"expert": "16", "data": "16", "micro_batch": "1", "recompute": "none"},
    }  # fmt: skip
    assert estimate(scenario, samples=64)["step_seconds"].central == pytest.approx(
        measured, rel=0.06
    )


def test_an_overlap_that_nobody_measured_is_said_to_do_nothing():
    assert (
        "fleet.software.experts"
        in performance({"name": "torchtitan", "experts": "overlapped"}, model=MOE).idle
    )
