"""Architectures written by hand equal the released configs they describe."""

import pytest

from costcheck.catalog.huggingface import read_config, read_inline
from costcheck.physics.architectures.flops import forward_flops
from costcheck.physics.architectures.parameters import mtp_parameters, total_parameters

DEEPSEEK_V3 = {
    "layers": "61",
    "hidden_size": "7,168",
    "heads": 128,
    "ffn_size": "18432",
    "vocabulary_size": 129280,
    "experts": {"count": 256, "top_k": 8, "size": 2048, "shared": 1, "first_dense": 3},
    "mla": {"query_rank": 1536, "kv_rank": 512, "nope_dim": 128, "rope_dim": 64, "value_dim": 128},
    "mtp_modules": 1,
}
LLAMA_3_8B = {
    "layers": 32,
    "hidden_size": 4096,
    "heads": 32,
    "kv_heads": 8,
    "ffn_size": 14336,
    "vocabulary_size": 128256,
}
LLAMA_4 = {
    "layers": 48,
    "hidden_size": 5120,
    "heads": 40,
    "kv_heads": 8,
    "ffn_size": 16384,
    "vocabulary_size": 202048,
    "chunk": 8192,
    "experts": {"count": 128, "top_k": 1, "size": 8192, "shared": 1, "every": 2},
}
GPT_3 = {
    "layers": 96,
    "hidden_size": 12288,
    "heads": 96,
    "ffn_size": 49152,
    "vocabulary_size": 50257,
    "gated": "false",
    "biases": "true",
    "norm": "layer",
    "positions": 2048,
    "tied_embeddings": "true",
}


@pytest.mark.parametrize(
    ("inline", "config"),
    [
        (
            DEEPSEEK_V3,
            {"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61},
        ),
        (
            LLAMA_3_8B,
            {
                "model_type": "llama",
                "hidden_size": 4096,
                "num_hidden_layers": 32,
                "num_key_value_heads": 8,
                "intermediate_size": 14336,
                "vocab_size": 128256,
            },
        ),
        (
            LLAMA_4,
            {
                "model_type": "llama4_text",
                "hidden_size": 5120,
                "num_hidden_layers": 48,
                "num_local_experts": 128,
                "interleave_moe_layer_step": 2,
            },
        ),
        (
            GPT_3,
            {
                "model_type": "gpt2",
                "n_layer": 96,
                "n_embd": 12288,
                "n_head": 96,
                "n_positions": 2048,
            },
        ),
    ],
)
def test_equals_the_config(inline, config):
    ours, theirs = read_inline(inline).architecture, read_config(config).architecture
    assert ours is not None
    assert theirs is not None
    assert total_parameters(ours) == total_parameters(theirs)
    assert mtp_parameters(ours) == mtp_parameters(theirs)
    for convention in ("full", "causal"):
        assert (
            forward_flops(ours, sequence_length=10000, convention=convention).value
            == forward_flops(theirs, sequence_length=10000, convention=convention).value
        )


def test_window_pattern():
    fields = {**LLAMA_3_8B, "layers": 6, "window": 128, "window_pattern": 3}
    architecture = read_inline(fields).architecture
    assert [count for count, _ in architecture.schedule] == [2, 1, 2, 1]


def test_relative_positions_give_gophers_published_size():
    fields = {
        "layers": 80,
        "hidden_size": 16384,
        "heads": 128,
        "ffn_size": 65536,
        "gated": False,
        "biases": True,
        "relative_positions": True,
        "vocabulary_size": 32000,
    }
    assert total_parameters(read_inline(fields).architecture) / 1e9 == pytest.approx(280, abs=0.5)


def test_problems_speak_of_our_fields():
    imported = read_inline({"layer": 2, "heads": "many", "experts": {"count": 4, "topk": 2}})
    assert imported.architecture is None
    found = {problem.field: problem for problem in imported.problems}
    assert found["layer"].help == "did you mean 'layers'?"
    assert found["experts.topk"].help == "did you mean 'experts.top_k'?"
    assert found["heads"].code == "CC403"
    assert {"layers", "hidden_size", "vocabulary_size", "ffn_size", "experts.top_k"} <= set(found)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kv_heads": 5}, "kv_heads"),
        ({"hidden_size": 4097}, "hidden_size"),
        ({"window": 10, "chunk": 10}, "chunk"),
        ({"norm": "batch"}, "norm"),
        ({"experts": 8}, "experts"),
        ({"experts": {"count": 2, "top_k": 3}}, "experts.top_k"),
    ],
)
def test_contradictions(change, field):
    imported = read_inline({**LLAMA_3_8B, **change})
    assert imported.architecture is None
    assert field in {problem.field for problem in imported.problems}


def test_model_type_goes_to_the_config_reader():
    assert read_inline({"model_type": "gpt2", "n_embd": 96, "n_layer": 2}).architecture is not None
