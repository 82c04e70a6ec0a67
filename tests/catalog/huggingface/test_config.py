"""Configs as people have them: incomplete, contradictory, multimodal."""

import json
from pathlib import Path

import pytest

from costcheck.catalog.huggingface import read_config
from costcheck.catalog.huggingface.families import known_model_types, load_family
from costcheck.physics.architectures.attention import Attention
from costcheck.physics.architectures.feed_forward import Experts
from costcheck.physics.architectures.latent_attention import LatentAttention
from costcheck.physics.architectures.parameters import active_parameters, total_parameters
from tests.shared_data import shared_path

SMALL = {
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "num_hidden_layers": 2,
    "vocab_size": 100,
}


def problems(config):
    imported = read_config(config)
    assert imported.architecture is None
    return {problem.field: problem for problem in imported.problems}


def architecture(config):
    imported = read_config(config)
    assert imported.architecture is not None, imported.problems
    return imported.architecture


@pytest.mark.parametrize("model_type", known_model_types())
def test_defaults_alone_make_an_architecture_or_a_problem(model_type):
    imported = read_config({"model_type": model_type})
    assert (imported.architecture is None) == bool(imported.problems)
    if imported.architecture is not None:
        assert total_parameters(imported.architecture) > 0


@pytest.mark.parametrize(
    ("model_type", "total"),
    [
        # What the library builds from its bare defaults, counted on the meta device.
        ("llama", 6_738_415_616),
        ("gpt2", 124_439_808),
        ("deepseek_v3", 671_026_404_352),
    ],
)
def test_library_defaults_are_filled_in(model_type, total):
    assert total_parameters(architecture({"model_type": model_type})) == total


def test_unknown_type_names_its_neighbours():
    (problem,) = read_config({"model_type": "lama"}).problems
    assert problem.code == "CC401"
    assert "llama" in problem.help


def test_missing_and_odd_type():
    assert problems({})["model_type"].code == "CC402"
    assert problems({"model_type": 7})["model_type"].code == "CC403"
    assert problems({"model_type": "../llama"})["model_type"].code == "CC401"


def test_every_problem_is_found_in_one_reading():
    found = problems(
        {
            "model_type": "llama",
            "hidden_size": "wide",
            "num_hidden_layers": None,
            "num_attention_heads": 12,
            "num_key_value_heads": 5,
            "tie_word_embeddings": "perhaps",
        }
    )
    assert {field: problem.code for field, problem in found.items()} == {
        "hidden_size": "CC403",
        "num_hidden_layers": "CC402",
        "num_key_value_heads": "CC404",
        "tie_word_embeddings": "CC403",
    }


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"model_type": "llama", **SMALL, "hidden_size": 66}, "hidden_size"),
        ({"model_type": "llama", **SMALL, "num_key_value_heads": 3}, "num_key_value_heads"),
        (
            {"model_type": "gemma2", **SMALL, "layer_types": ["full_attention"]},
            "layer_types",
        ),
        (
            {"model_type": "gemma2", **SMALL, "layer_types": ["full_attention", "round"]},
            "layer_types",
        ),
        ({"model_type": "mixtral", **SMALL, "num_experts_per_tok": 9}, "num_experts_per_tok"),
        ({"model_type": "gpt2", "n_embd": 64, "hidden_size": 128}, "hidden_size"),
        ({"model_type": "jamba", **SMALL, "attn_layer_offset": 8}, "attn_layer_offset"),
        ({"model_type": "mamba2", "num_heads": 7}, "num_heads"),
        ({"model_type": "llama", **SMALL, "num_hidden_layers": -2}, "num_hidden_layers"),
        ({"model_type": "llama", **SMALL, "num_hidden_layers": 2.5}, "num_hidden_layers"),
        ({"model_type": "llama4", "text_config": 3}, "text_config"),
        (
            {"model_type": "llama4", "text_config": {**SMALL, "num_key_value_heads": 3}},
            "text_config.num_key_value_heads",
        ),
        (
            {"model_type": "nemotron_h", "hybrid_override_pattern": "MX"},
            "hybrid_override_pattern",
        ),
        ({"model_type": "dbrx", "attn_config": {"kv_n_heads": 5}}, "attn_config.kv_n_heads"),
        ({"model_type": "qwen3_moe", "mlp_only_layers": [99]}, "mlp_only_layers"),
    ],
)
def test_contradictions_name_the_field(config, field):
    assert field in problems(config)


JUNK = (None, 0, -1, 1, 7, 10**9, 1.5, "x", "7", "", True, [], [1], ["a", None], {}, {"a": 1})
JUNK += (float("nan"), float("inf"), "auto", "MEM*", "\u00b2")


@pytest.mark.parametrize("model_type", known_model_types())
def test_junk_is_a_problem_or_a_network_never_a_traceback(model_type):
    family = load_family(model_type)
    fields = {*family.defaults, *family.aliases, "layer_types", "text_config", "mlp_only_layers"}
    for field in sorted(fields):
        for value in JUNK:
            imported = read_config({"model_type": model_type, field: value})
            assert (imported.architecture is None) == bool(imported.problems)
            if imported.architecture is not None:
                assert total_parameters(imported.architecture, mtp=True) > 0


def test_null_means_the_librarys_null_not_its_default():
    windowed = architecture({"model_type": "mistral"})
    plain = architecture({"model_type": "mistral", "sliding_window": None})
    attention = [_block(each, Attention) for each in (windowed, plain)]
    assert [block.window for block in attention] == [4096, None]


def _block(architecture_, kind, layer=0):
    blocks = architecture_.schedule[layer][1].blocks
    return next(block for block in blocks if isinstance(block, kind))


def test_text_part_of_a_multimodal_config():
    imported = read_config(
        {"model_type": "gemma3", "text_config": {"hidden_size": 2560, "num_hidden_layers": 34}}
    )
    assert imported.architecture is not None
    assert "text part" in imported.notes[0]
    assert imported.architecture.layers == 34


def test_outer_tying_reaches_the_text_part():
    config = {"model_type": "mistral3", "tie_word_embeddings": True, "text_config": dict(SMALL)}
    assert architecture(config).head.tied


def test_window_pattern_of_gemma():
    config = {"model_type": "gemma3_text", **SMALL, "num_hidden_layers": 12}
    schedule = architecture(config).schedule
    assert [(count, layer.name) for count, layer in schedule] == [
        (5, "dense_sliding"),
        (1, "dense"),
        (5, "dense_sliding"),
        (1, "dense"),
    ]


def test_windows_that_are_switched_off_do_not_count():
    config = {"model_type": "qwen2", **SMALL, "sliding_window": 8, "max_window_layers": 1}
    off, on = (architecture({**config, "use_sliding_window": flag}) for flag in (False, True))
    assert [layer.name for _, layer in off.schedule] == ["dense"]
    assert [layer.name for _, layer in on.schedule] == ["dense", "dense_sliding"]


def test_first_dense_and_interleaved_experts():
    deepseek = architecture({"model_type": "deepseek_v3"})
    assert [(count, layer.name) for count, layer in deepseek.schedule] == [
        (3, "dense"),
        (58, "moe"),
    ]
    llama = architecture({"model_type": "llama4_text", "interleave_moe_layer_step": 2})
    assert sum(count for count, layer in llama.schedule if layer.name.startswith("moe")) == 24


def test_direct_queries_of_latent_attention():
    config = {"model_type": "deepseek_v2", "num_experts_per_tok": 6, "q_lora_rank": None}
    assert _block(architecture(config), LatentAttention).query_rank is None


def test_numbers_as_text_are_numbers():
    config = {"model_type": "llama", "hidden_size": "4,096", "tie_word_embeddings": "false"}
    assert architecture(config).hidden_size == 4096


def test_experts_of_a_nested_config():
    config = {"model_type": "dbrx", "ffn_config": {"moe_num_experts": 16, "moe_top_k": 4}}
    experts = _block(architecture(config), Experts)
    assert (experts.experts, experts.top_k) == (16, 4)


def test_every_family_file_is_well_formed():
    for model_type in known_model_types():
        family = load_family(model_type)
        assert family is not None
        assert bool(family.reader) != bool(family.text_field)


def test_released_configs_with_all_their_other_fields():
    folder = shared_path("facts/hf_configs")
    for path in sorted(Path(folder).glob("*.json")):
        config = json.loads(path.read_text(encoding="utf-8"))
        assert active_parameters(architecture(config)) > 0
