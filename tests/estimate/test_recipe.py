"""How a run trains: against what libraries count of parameters and people measured of memory."""

import pytest

from costcheck import estimate, load
from costcheck.estimate import build
from costcheck.estimate.resolve import resolve
from costcheck.estimate.study import known_value
from costcheck.physics.architectures.adapters import adapters_of
from costcheck.units import BYTES_PER_GIB

QV = ["q_proj", "v_proj"]
# Llama 3.2 3B, https://huggingface.co/meta-llama/Llama-3.2-3B/blob/main/config.json
LLAMA_3B = {
    "model_type": "llama",
    "hidden_size": "3072",
    "num_hidden_layers": "28",
    "num_attention_heads": "24",
    "num_key_value_heads": "8",
    "head_dim": "128",
    "intermediate_size": "8192",
    "vocab_size": "128256",
    "tie_word_embeddings": "true",
}


def network(model):
    found = resolve(load({"model": model})).stages[0].model
    assert found is not None
    return found.architecture


# Trainable parameters: litgpt, tutorials/resource-tables.md (rank 8 on queries and values);
# 41,943,040 is what PEFT prints for rank 16 on all linear layers of Llama 3 8B (Unsloth).
@pytest.mark.parametrize(
    ("model", "rank", "targets", "trained"),
    [
        ("llama-2-7b", 8, QV, 4_194_304),
        ("llama-2-13b", 8, QV, 6_553_600),
        ("llama-3.1-8b", 16, ["all-linear"], 41_943_040),
    ],
)
def test_trained_parameters_are_those_that_libraries_count(model, rank, targets, trained):
    assert adapters_of(network(model), rank=rank, targets=targets).parameters == trained


def test_trained_parameters_are_those_of_peft():
    peft = pytest.importorskip("peft", reason="the PEFT library is a test extra")
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        hidden_size=256,
        intermediate_size=688,
        num_hidden_layers=2,
        num_attention_heads=8,
        num_key_value_heads=2,
        vocab_size=1000,
    )
    model = transformers.LlamaForCausalLM(config)
    ours = network({key: str(value) for key, value in config.to_dict().items() if value})
    for targets in ("all-linear", QV):
        adapted = peft.get_peft_model(model, peft.LoraConfig(r=8, target_modules=targets))
        counted = adapters_of(ours, rank=8, targets=[targets] if targets == "all-linear" else QV)
        assert counted.parameters == adapted.get_nb_trainable_parameters()[0]
        adapted.unload()


def memory(model, layout, *, gpu, software, length, batch, count=1, as_of="2025-01-01", **training):
    scenario = {
        "as_of": as_of,
        "model": model,
        "training": {
            "tokens": "10M",
            "sequence_length": str(length),
            "global_batch": str(batch),
            **training,
        },
        "fleet": {"gpu": gpu, "count": str(count), "software": software},
        "layout": layout,
    }
    return estimate(scenario, samples=64)["memory_bytes_per_gpu"].central


# litgpt, tutorials/resource-tables.md: Alpaca, longest sequence 1,304 tokens, one A100 40GB [GB].
@pytest.mark.parametrize(
    ("model", "micro_batch", "method", "measured", "within"),
    [
        ("llama-2-7b", 1, "lora", 21.30, 0.05),
        ("llama-2-7b", 2, "lora", 29.07, 0.05),
        ("llama-2-13b", 1, "lora", 38.12, 0.05),
        ("llama-2-7b", 1, "qlora", 13.84, 0.15),
        ("llama-2-13b", 1, "qlora", 22.55, 0.15),
    ],
)
def test_memory_of_adapters_in_litgpt(model, micro_batch, method, measured, within):
    layout = {"micro_batch": str(micro_batch), "recompute": "none"}
    adapter = {"rank": "8", "targets": QV}
    found = memory(
        model, layout, gpu="a100-40gb", software="litgpt", length=1304, batch=128,
        method=method, adapter=adapter,
    )  # fmt: skip
    assert found / 1e9 == pytest.approx(measured, rel=within)


# torchtitan, distributed/activation_checkpoint.py: grouped products are none of the operations that
# are kept, what an expert exchange received is. Qwen3-30B-A3B on 8 B200, FSDP 8, batch 8 of 8,192
# tokens, loss in chunks: 141.79 GiB (mlc-ai/pith-train issue 79).
def test_memory_of_experts_that_run_again_under_torchtitan():
    layout = {"micro_batch": "8", "data": "8", "zero": "3", "recompute": "selective"}
    known = {"software": "torchtitan", "batch": 64, "count": 8, "as_of": "2026-07-01"}
    qwen = {"model": "qwen3-30b-a3b", "gpu": "b200", "length": 8192, "cross_entropy": "chunked"}
    found = memory(layout=layout, **qwen, **known)
    assert found / BYTES_PER_GIB == pytest.approx(141.79, rel=0.15)


# torchtitan issue 1789, DeepSeek-V3 16B on 8 H100 of 79.1 GiB, batch 8 of 4,096 tokens, loss
# compiled: ran at almost 96 % with EP 1, out of memory with EP 8. Pull request 1690, Qwen3 32B
# compiled: 81.85 GiB.
def test_memory_of_a_compiled_loss_in_torchtitan():
    layout = {"micro_batch": "8", "data": "8", "zero": "3", "recompute": "selective"}
    known = {"gpu": "h100", "software": "torchtitan", "length": 4096, "batch": 64, "count": 8}

    def held(expert, as_of="2025-10-02", **training):
        ways = layout | {"expert": expert}
        found = memory("deepseek-v2-lite", ways, as_of=as_of, **known, **training)
        return found / BYTES_PER_GIB

    assert held("1") == pytest.approx(75.9, rel=0.1)
    assert held("1") == held("1", cross_entropy="compiled")
    assert held("8") > 1.15 * 79.1
    assert held("1", as_of="2025-08-19") == held("1", cross_entropy="standard") > 1.15 * 79.1


@pytest.mark.parametrize(("as_of", "compiled"), [("2025-03-31", False), ("2025-04-01", True)])
def test_a_compiler_takes_the_loss_too_since_torchtitan_does(as_of, compiled):
    def held(**training):
        layout = {"micro_batch": "2", "data": "8", "zero": "3", "recompute": "full"}
        software = {"name": "torchtitan", "compile": "true"}
        known = {"gpu": "h100-sxm5-96gb-hbm2e", "length": 4096, "batch": 16, "count": 8}
        found = memory("qwen3-32b", layout, software=software, as_of=as_of, **known, **training)
        return found / BYTES_PER_GIB

    assert held() == pytest.approx(81.85, rel=0.1)
    assert held() == held(cross_entropy="compiled" if compiled else "standard")


# tpu-recipes, Llama 3.1 8B in MaxText on TPU v6e: both ran in 32 GiB; XLA keeps no 32-bit logits.
@pytest.mark.parametrize(("count", "micro_batch"), [(8, 3), (256, 4)])
def test_published_runs_on_tpus_fit(count, micro_batch):
    layout = {"micro_batch": str(micro_batch), "zero": "3", "recompute": "full"}
    known = {"gpu": "tpu-v6e", "software": "maxtext", "length": 8192, "count": count}
    found = memory("llama-3.1-8b", layout, batch=count * micro_batch, **known)
    assert found / BYTES_PER_GIB < 32


FULL, AWAY = {"recompute": "full"}, {"recompute": "full", "offload": "activations"}


# torchtune, README, "Optimization flags": each technique on top of the one before, Llama 3.2 3B,
# batch 2 of 4,096 tokens, packed and compiled, one A100 [GiB].
@pytest.mark.parametrize(
    ("layout", "keys", "measured"),
    [
        ({"recompute": "none"}, {"cross_entropy": "standard"}, 51.0),
        ({"recompute": "none"}, {}, 42.9),
        (FULL, {}, 24.9),
        (FULL, {"optimizer_in_backward": "true"}, 23.1),
        (AWAY, {"optimizer_in_backward": "true"}, 21.8),
        (AWAY, {"optimizer_in_backward": "true", "optimizer": "adamw_8bit"}, 17.6),
    ],
)
def test_memory_from_one_technique_to_the_next(layout, keys, measured):
    keys = {"optimizer": "adamw", "optimizer_in_backward": "false", **keys}
    layout = {"micro_batch": "2", **layout}
    found = memory(
        LLAMA_3B, layout, gpu="a100-80gb", software="torchtune", length=4096, batch=2, **keys
    )
    assert found / BYTES_PER_GIB == pytest.approx(measured, rel=0.1)


BASE = {
    "as_of": "2026-01-01",
    "model": "llama-3.1-8b",
    "training": {"tokens": "10M", "sequence_length": "4096", "global_batch": "64"},
    "fleet": {"gpu": "h100", "count": "8", "software": "trl"},
    "layout": {"zero": "3", "micro_batch": "1", "recompute": "full"},
}
FIGURES = ("flops_per_token", "step_seconds", "memory_bytes_per_gpu")


def figures(**training):
    result = estimate({**BASE, "training": {**BASE["training"], **training}}, samples=64)
    return {name: result[name].central for name in FIGURES}


# Frozen weights have no weight gradient: 4ND instead of 6ND (Hu et al., arXiv:2106.09685).
def test_adapters_save_a_third_of_the_products():
    full, lora = figures(), figures(method="lora")
    assert 0.66 < lora["flops_per_token"] / full["flops_per_token"] < 0.72
    assert lora["step_seconds"] < full["step_seconds"]
    assert lora["memory_bytes_per_gpu"] < full["memory_bytes_per_gpu"]


# DPO runs a frozen reference: a third pass of 2ND on 6ND (arXiv:2305.18290).
def test_a_reference_takes_a_pass_and_memory():
    sft, dpo, kto = figures(objective="sft"), figures(objective="dpo"), figures(objective="kto")
    assert dpo["flops_per_token"] / sft["flops_per_token"] == pytest.approx(4.0 / 3.0)
    assert dpo["memory_bytes_per_gpu"] > sft["memory_bytes_per_gpu"]
    assert kto["flops_per_token"] > dpo["flops_per_token"]


def test_a_teacher_takes_its_forward_pass_and_its_weights():
    taught = figures(objective="distillation", teacher="llama-3.1-70b")
    alone = figures()
    added = taught["flops_per_token"] - alone["flops_per_token"]
    assert added == pytest.approx(2.0 * 70.6e9, rel=0.1)
    assert taught["memory_bytes_per_gpu"] - alone["memory_bytes_per_gpu"] > 70.6e9 * 2.0 / 8.0


CHANGES = {
    "method": {"method": "dora"},
    "rank": {"method": "lora", "adapter": {"rank": "256"}},
    "targets": {"method": "lora", "adapter": {"targets": "attention"}},
    "base": {"method": "lora", "adapter": {"base": "fp8"}},
    "storage.weights": {"storage": {"weights": "fp32"}},
    "storage.gradients": {"storage": {"gradients": "fp32"}},
    "storage.master": {"storage": {"master": "fp32"}},
    "storage.moments": {"storage": {"moments": "fp32"}},
    "optimizer": {"optimizer": "lion"},
    "cross_entropy": {"cross_entropy": "fused"},
    "objective": {"objective": "reward"},
}


@pytest.mark.parametrize("key", CHANGES)
def test_every_key_of_a_recipe_moves_a_figure(key):
    before = figures(method="lora") if "adapter" in CHANGES[key] else figures()
    assert figures(**CHANGES[key]) != before


# field_2026: frozen weights of 141 GB on a card of 24 GB.
def test_weights_that_fit_no_layout_are_infeasible_for_every_method():
    small = {**BASE, "model": "llama-3.1-70b", "fleet": {"gpu": "rtx-4090", "count": "1"}}
    del small["layout"]
    for method in ("full", "lora", "qlora"):
        result = estimate({**small, "training": {**BASE["training"], "method": method}})
        found = [f.verdict for f in result.feasibility if f.check == "memory"]
        assert "infeasible" in found or method == "qlora"


def test_tokens_follow_from_data_and_padding_is_shown():
    data = {"samples": "50K", "tokens_per_sample": "800", "epochs": "3"}
    training = {"sequence_length": "4096", "global_batch": "64"}
    packed, padded = (
        build(load({**BASE, "training": {**training, "data": {**data, "packing": word}}}))
        for word in ("true", "false")
    )
    tokens = [
        known_value(model.stages[0].study.made[f"tokens{path}"])
        for model, path in ((packed, ""), (padded, ""), (padded, "/computed"))
    ]
    assert tokens == pytest.approx([120e6, 120e6, 1.4 * 120e6])
    for model in (packed, padded):
        assert not model.resolved.problems


# Stanford Alpaca (https://github.com/tatsu-lab/stanford_alpaca): 52,002 samples, 3 epochs, batch
# 128 make 1,218 steps; the prompts and answers have about 110 tokens, at most 512.
ALPACA = {
    "as_of": "2023-03-13",
    "model": "llama-1-7b",
    "training": {
        "sequence_length": "512",
        "global_batch": "128",
        "data": {"samples": "52,002", "tokens_per_sample": "110", "epochs": "3"},
    },
    "fleet": {"gpu": "a100-80gb", "count": "8", "software": "fsdp"},
    "layout": {"data": "8", "micro_batch": "4", "zero": "3", "recompute": "none"},
}


def test_unpacked_data_take_a_step_per_batch_of_padded_sequences():
    found = estimate(ALPACA, samples=64)
    hours, step = (found[name].central for name in ("gpu_hours", "step_seconds"))
    goodput = found["goodput"].central
    assert hours * 3600.0 / 8.0 * goodput / step == pytest.approx(52_002 * 3 / 128, rel=1e-6)
    assert any("1,219 steps" in note and "1.4 times" in note for note in found.stages[0].notes)
    whole = {"training": ALPACA["training"] | {"tokens": "17M"}}
    del whole["training"]["data"]
    full = estimate(ALPACA | whole, samples=64)
    assert step < 0.6 * full["step_seconds"].central
    assert found["memory_bytes_per_gpu"].central == full["memory_bytes_per_gpu"].central


@pytest.mark.parametrize(("mean", "computed"), [("300", 420.0), ("366", 512.0), ("500", 512.0)])
def test_nothing_is_padded_beyond_the_longest_sequence(mean, computed):
    data = ALPACA["training"]["data"] | {"tokens_per_sample": mean}
    model = build(load(ALPACA | {"training": ALPACA["training"] | {"data": data}}))
    length = known_value(model.stages[0].compute.computed_length)
    assert length == pytest.approx(computed, rel=1e-3)


@pytest.mark.parametrize(
    ("model", "mean", "length"),
    [
        ("mistral-7b-v0.1", 500, 2048),
        ("mistral-7b-v0.1", 3000, 8192),
        ("bert-base", 200, 512),
        ("gpt2", 100, 1024),
    ],
)
def test_fine_tunes_are_cut_where_their_software_cuts(model, mean, length):
    data = {"samples": "1000", "tokens_per_sample": str(mean)}
    run = {"model": model, "training": {"data": data}, "fleet": {"gpu": "h100", "count": "8"}}
    study = build(load(run)).stages[0].study
    assert study.made["sequence_length"].value == length


def test_tokens_follow_from_steps():
    training = {"steps": "1000", "sequence_length": "4096", "global_batch": "64"}
    stepped = estimate({**BASE, "training": training})["training_flops"].central
    tokens = {**BASE["training"], "tokens": str(1000 * 4096 * 64)}
    assert stepped == pytest.approx(
        estimate({**BASE, "training": tokens})["training_flops"].central
    )


@pytest.mark.parametrize("kind", ["rl", "grpo", "synthetic-data"])
@pytest.mark.parametrize("objective", ["kto", "dpo", "reward"])
def test_a_stage_that_generates_does_not_inherit_the_loss_of_the_others(kind, objective):
    stages = [{"name": "tune"}, {"name": "last", "kind": kind, "training": {"tokens": "1B"}}]
    base = {"model": "llama-3.1-8b", "fleet": {"gpu": "h100", "count": "8"}}
    found, plain = (
        estimate({**base, "training": {"tokens": "1B", **more}, "stages": stages})
        for more in ({"objective": objective}, {})
    )
    last = [it.stages[-1].figures["training_flops"].central for it in (found, plain)]
    assert last[0] == last[1]


@pytest.mark.parametrize(
    ("training", "per_parameter"),
    [
        ({}, 6.0),
        ({"method": "lora"}, 4.0),
        ({"method": "qlora"}, 4.0),
        ({"method": "frozen-backbone"}, 2.0),
        ({"objective": "dpo"}, 8.0),
        ({"objective": "dpo", "method": "lora"}, 6.0),
    ],
)
def test_a_size_alone_counts_the_passes_of_its_method(training, per_parameter):
    """Frozen weights have no gradient (arXiv:2106.09685), DPO a reference pass (2305.18290, 4)."""
    whole = {"training": {**BASE["training"], **training}}
    by_size, exact = (
        estimate({**BASE, **whole, "model": model}, samples=64)["flops_per_token"].central
        for model in ("8.03B", "llama-3.1-8b")
    )
    assert by_size == pytest.approx(per_parameter * 8.03e9)
    assert exact == pytest.approx(by_size, rel=0.12)
