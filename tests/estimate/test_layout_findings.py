"""Memory in the estimate: parts, what fits, and the cheapest change that would."""

import numpy as np
import pytest

from costcheck import CostcheckError, estimate, load
from costcheck.estimate import build
from costcheck.estimate.layout_changes import cheapest_change
from costcheck.estimate.layout_words import RECOMPUTE_NAMES
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import walk
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.estimate import estimate_document

BASE = {
    "as_of": "2025-01-01",
    "model": "llama-3.1-70b",
    "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "512"},
    "fleet": {"gpu": "h100", "count": "256"},
    "layout": {
        "tensor": "8",
        "pipeline": "4",
        "virtual": "5",
        "recompute": "none",
        "zero": "1",
        "sequence_parallel": "true",
    },
}


def with_layout(**keys):
    return {**BASE, "layout": {**BASE["layout"], **keys}}


def findings(scenario, check):
    return [f for f in estimate(scenario).feasibility if f.check == check]


def test_the_parts_sum_to_the_memory():
    prediction = build(load(BASE)).stages[0].prediction
    evaluation = evaluate([prediction.memory])
    modelled = next(n for n in walk([prediction.memory]) if n.name == "memory/modelled")
    parts = sum(float(evaluation[part]) for part in modelled.parts)
    assert float(evaluation[prediction.memory]) == pytest.approx(parts)
    assert len(modelled.parts) == 6


def test_what_fits_is_said_in_gigabytes():
    (finding,) = findings(BASE, "memory")
    assert finding.verdict == "feasible"
    # 80 GiB less what a driver keeps.
    assert finding.message.endswith("of 85 GB (sold as 80): fits")
    assert finding.value < finding.limit < 2**30 * 80


def test_what_does_not_fit_names_the_part_and_a_change_that_fits():
    scenario = with_layout(micro_batch="8")
    (finding,) = findings(scenario, "memory")
    assert finding.verdict == "infeasible"
    assert "activations" in finding.message
    assert finding.help.startswith("cheapest change that fits: ")
    prediction = build(load(scenario)).stages[0].prediction
    change = cheapest_change(prediction, room=80e9)
    assert change.memory_bytes <= 80e9
    keys = {
        key: f"{getattr(change.layout, key):g}" for key in ("tensor", "pipeline", "micro_batch")
    }
    names = ("none", "selective", "full", "modules")
    keys |= {
        "recompute": names[int(change.layout.recompute)],
        "zero": f"{change.layout.zero:g}",
        "offload": "optimizer" if change.layout.offload else "none",
    }
    (again,) = findings(with_layout(**keys), "memory")
    assert again.verdict in ("feasible", "stretch")
    assert again.value == pytest.approx(change.memory_bytes)


def test_what_the_file_leaves_open_may_make_it_fit():
    """Nobody states how 405B was recomputed; without any it would not fit, so there was some."""
    open_layout = {"tensor": "8", "pipeline": "16", "virtual": "4"}
    scenario = {
        **BASE,
        "model": "llama-3.1-405b",
        "fleet": {"gpu": "h100", "count": "2048"},
        "layout": open_layout,
    }
    (finding,) = findings(scenario, "memory")
    assert finding.verdict == "feasible"
    assert "leaner choices of what is open" in finding.message
    assert finding.value < 80 * 2**30  # what a driver finds on a card of 80 GB
    stated = {**scenario, "layout": {**open_layout, "recompute": "none", "zero": "1"}}
    (finding,) = findings({**stated}, "memory")
    assert finding.verdict == "infeasible"


def test_among_single_changes_the_fastest_is_advised():
    prediction = build(load(with_layout(micro_batch="8"))).stages[0].prediction
    change = cheapest_change(prediction, room=80e9)
    own = [k for k in change.changed if k not in ("data", "sequence_parallel")]
    assert len(own) == 1
    for key, value in (("recompute", 2.0), ("micro_batch", 1.0)):
        values = {k: np.asarray(v) for k, v in {**prediction.values, key: value}.items()}
        formula = prediction.performance.formula
        if float(formula.memory(values).total_bytes()) <= 80e9:
            assert change.step_seconds <= float(formula.step(values).total_seconds()) * (1 + 1e-12)


def needing(software, **layout):
    return {
        "model": "qwen2.5-32b",
        "training": {
            "tokens": "300M", "sequence_length": "8192", "global_batch": "32", "method": "lora",
            "adapter": {"rank": "64", "targets": "all-linear"},
        },
        "fleet": {"gpu": "h100", "count": "8", "software": software},
        "layout": {"zero": "2", "micro_batch": "4", "recompute": "none", **layout},
    }  # fmt: skip


@pytest.mark.parametrize("software", ["trl", "axolotl", "deepspeed", "torchtitan", "megatron"])
def test_only_what_the_software_can_run_is_advised(software):
    prediction = build(load(needing(software))).stages[0].prediction
    can = prediction.performance.can
    change = cheapest_change(prediction, room=80e9)
    assert change is not None
    for key in ("tensor", "pipeline", "offload"):
        assert key in can or key not in change.changed
    if software == "trl":
        assert not {"tensor", "pipeline"} & can
        keys = ("recompute", "zero", "micro_batch")
        advised = {key: getattr(change.layout, key) for key in keys}
        names = {"recompute": RECOMPUTE_NAMES[int(advised["recompute"])]}
        names |= {key: f"{advised[key]:g}" for key in keys[1:]}
        (finding,) = findings(needing(software, **names), "memory")
        assert finding.verdict != "infeasible"


def test_what_cannot_run_says_so_before_its_price():
    found = estimate(needing("trl"))
    assert found.verdict == "infeasible"
    first = render(estimate_document(found), Screen(width=80)).splitlines()[1]
    assert first.startswith("cannot run as stated; it would be ")
    fits = estimate(needing("trl", recompute="full", micro_batch="1", zero="3"))
    assert "cannot run" not in render(estimate_document(fits), Screen(width=80))


def test_one_change_is_advised_before_two_that_would_be_faster():
    closed = {"schedule": "1f1b", "zero": "1", "sequence_parallel": "true"}
    stated = {"tensor": "4", "pipeline": "4", "recompute": "none", "micro_batch": "4", **closed}
    prediction = build(load({**BASE, "layout": stated})).stages[0].prediction
    change = cheapest_change(prediction, room=80e9)
    assert set(change.changed) == {"recompute"}
    two = {**stated, "tensor": "8", "micro_batch": "1"}
    faster = estimate({**BASE, "layout": two})["step_seconds"].central
    assert faster < change.step_seconds
    (finding,) = findings({**BASE, "layout": two}, "memory")
    assert finding.verdict in ("feasible", "stretch")


def test_a_model_too_large_for_the_fleet_has_no_change_that_fits():
    scenario = {
        **BASE,
        "model": "llama-3.1-405b",
        "fleet": {"gpu": "h100", "count": "8"},
        "layout": {"tensor": "8"},
    }
    (finding,) = findings(scenario, "memory")
    assert finding.verdict == "infeasible"
    assert "on this fleet" in finding.help


def test_what_no_single_change_makes_fit_another_layout_may():
    scenario = {
        "model": {"parameters": "16B"},
        "training": {"tokens": "1T", "sequence_length": "4096", "global_batch": "512"},
        "fleet": {"gpu": "h100", "count": "16"},
        "layout": {"expert": "8", "zero": "3", "micro_batch": "8", "recompute": "selective"},
    }
    (finding,) = findings(scenario, "memory")
    assert finding.verdict == "infeasible"
    assert "makes this model fit" not in finding.help
    assert estimate({**scenario, "layout": "auto"}).verdict == "feasible"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"data": "3"}, "do not multiply"),
        ({"tensor": "3"}, "do not multiply"),
        ({"expert": "8"}, "experts"),
        ({"tensor": "1", "pipeline": "64", "virtual": "4"}, "layers"),
        ({"schedule": "dualpipe", "pipeline": "1", "virtual": "1"}, "DualPipe"),
    ],
)
def test_rules_that_a_layout_breaks(keys, says):
    broken = [f for f in findings(with_layout(**keys), "layout") if f.verdict == "infeasible"]
    assert any(says in f.message for f in broken)


def test_uneven_stages_are_allowed_where_they_are_stated():
    """DeepSeek-V3 ran 61 layers on 16 stages; Llama 3 405B left a layer out at both ends."""
    scenario = {
        **BASE,
        "model": "deepseek-v3",
        "layout": {"pipeline": "16", "expert": "8", "recompute": "full"},
    }
    assert not [f for f in findings(scenario, "layout") if "layers" in f.message]


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        (["7", *["8"] * 14, "6"], "adds up to 125 layers, the model has 126"),
        (["63", "63"], "lists 2 stages, the pipeline has 16"),
        ({"first": "100", "last": "20"}, "leave no layer of 126 to each of 16 stages"),
        (["7", *["8"] * 14, "7"], ""),
        (["1"] * 126 + ["0.5"], None),
        ({"first": "7", "last": "7"}, ""),
    ],
)
def test_stated_layers_have_to_make_up_the_model(stated, says):
    scenario = {
        **BASE,
        "model": "llama-3.1-405b",
        "fleet": {"gpu": "h100", "count": "2048"},
        "layout": {"tensor": "8", "pipeline": "16", "pipeline_layers": stated},
    }
    if says is None:
        with pytest.raises(CostcheckError, match="whole"):
            estimate(scenario)
        return
    broken = [f.message for f in findings(scenario, "layout") if f.verdict == "infeasible"]
    assert any(says in message for message in broken) if says else not broken


def test_a_fuller_stage_is_slower_and_needs_more_memory():
    """The slowest stage paces the step, the fullest decides the memory."""
    alike = {"recompute": "full", "virtual": "1", "schedule": "1f1b"}
    even = estimate(with_layout(**alike))
    slow = estimate(with_layout(**alike, pipeline_layers=["14", "24", "24", "18"]))
    ratio = slow["step_seconds"].central / even["step_seconds"].central
    assert 1.05 < ratio < 24 / 20
    assert slow["memory_bytes_per_gpu"].central > even["memory_bytes_per_gpu"].central


def test_tensor_parallelism_beyond_the_fast_domain_is_slow_and_not_impossible():
    """Frontier and cards over PCIe run it: 8 accelerators of one NVLink domain, 16 of two."""
    inside, beyond = (with_layout(tensor=size) for size in ("8", "16"))
    assert not [f for f in findings(beyond, "layout") if f.verdict == "infeasible"]
    times = [estimate(item)["step_seconds"].central for item in (inside, beyond)]
    assert times[1] > times[0]


def test_unknown_gpu_count_needs_the_data_size():
    scenario = {**BASE, "fleet": {"gpu": "h100"}}
    reason = estimate(scenario)["memory_bytes_per_gpu"].reason
    assert "fleet.count" in reason
    stated = {**scenario, "layout": {**BASE["layout"], "data": "16"}}
    assert estimate(stated)["memory_bytes_per_gpu"].central is not None


def test_replicas_that_are_no_whole_number_are_told_where_no_count_is_stated():
    keys = {
        "training": {"samples": "512", "global_batch": "1024", "steps": "16"},
        "fleet": {"gpu": "h200"},
        "layout": {"pipeline": "18", "micro_batch": "1024", "zero": "3"},
        "stages": [{"name": "rl", "kind": "grpo", "rollouts": {"prompts_per_step": "1024"}}],
    }
    found = estimate({"model": "llama-3.1-8b", **keys})
    assert any("PP18" in str(finding.message) for finding in found.feasibility)


def test_what_fits_with_a_fused_loss_alone_is_no_impossibility():
    """Unsloth trains this on cards of 8 GB: its loss keeps no logits of 128K words."""
    training = {"tokens": "50M", "sequence_length": "2048", "method": "qlora"}
    fleet = {"gpu": "rtx-4060-ti", "count": "1"}
    (finding,) = findings({"model": "llama-3.1-8b", "training": training, "fleet": fleet}, "memory")
    assert finding.verdict == "stretch"
    assert "cross-entropy -> fused" in finding.help


# Answer.AI fine-tuned Llama 2 70B on two 24 GB cards with the weights in host memory:
# https://github.com/AnswerDotAI/fsdp_qlora/blob/main/benchmarks_03_2024.md
QLORA_70B = {
    "as_of": "2024-03-15",
    "model": "llama-2-70b",
    "training": {
        "tokens": "20M",
        "sequence_length": "2048",
        "global_batch": "4",
        "method": "qlora",
        "precision": "bf16",
    },
    "fleet": {"gpu": "rtx-4090", "count": "2", "software": "fsdp"},
}
OFFLOADED = {"micro_batch": "2", "zero": "3", "recompute": "full"}
OFFLOADED |= {"offload": ["optimizer", "parameters"]}


@pytest.mark.parametrize("layout", [None, "auto", OFFLOADED])
def test_offloading_is_feasible_however_the_layout_is_said_where_the_host_has_the_memory(layout):
    def verdict(host):
        fleet = QLORA_70B["fleet"] | {"host": {"memory": host}}
        laid_out = {"layout": layout} if layout else {}
        return estimate(QLORA_70B | laid_out | {"fleet": fleet}, samples=64).verdict

    assert verdict("256 GB") == "feasible"
    assert verdict("30 GB") != "feasible"


def test_the_mfu_of_a_whole_loop_is_not_held_against_that_of_its_updates():
    scenario = {
        "model": "qwen3-8b",
        "training": {"global_batch": "512"},
        "fleet": {"gpu": "h800", "count": "8"},
        "layout": {"recompute": "full", "data": "8", "micro_batch": "8"},
        "stages": [{"name": "rl", "kind": "grpo", "rollouts": {
            "prompts_per_step": "256", "answers_per_prompt": "8", "longest_answer": "4096"}}],
    }  # fmt: skip
    assert not findings(scenario, "layout")
