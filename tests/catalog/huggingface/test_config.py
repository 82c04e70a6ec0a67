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
    ("config", "total"),
    [
        # What the library builds from its bare defaults, counted on the meta device.
        ({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32}, 6_738_415_616),
        ({"model_type": "gpt2", "n_embd": 768, "n_layer": 12}, 124_439_808),
        (
            {"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61},
            671_026_404_352,
        ),
    ],
)
def test_library_defaults_are_filled_in(config, total):
    assert total_parameters(architecture(config)) == total


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "llama"},
        {"model_type": "llama", "hidden_size": 8192, "num_hidden_layer": 80},
        {"model_type": "gpt2", "n_embd": 768},
        {"model_type": "gemma3", "text_config": {"hidden_size": 2560}},
    ],
)
def test_defaults_alone_are_no_network(config):
    found = problems(config)
    assert found.keys() <= {
        f"{part}{name}"
        for part in ("", "text_config.")
        for name in ("hidden_size", "num_hidden_layers", "n_layer")
    }
    assert all(problem.code == "CC402" for problem in found.values())
    if "num_hidden_layer" in config:
        assert "num_hidden_layer is not read" in found["num_hidden_layers"].help


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
            size = {"hidden_size": 128, "num_hidden_layers": 4}
            imported = read_config({"model_type": model_type, **size, field: value})
            assert (imported.architecture is None) == bool(imported.problems)
            if imported.architecture is not None:
                assert total_parameters(imported.architecture, mtp=True) > 0


def test_null_means_the_librarys_null_not_its_default():
    size = {"model_type": "mistral", "hidden_size": 4096, "num_hidden_layers": 2}
    windowed = architecture(size)
    plain = architecture({**size, "sliding_window": None})
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
    deepseek = architecture(
        {"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61}
    )
    assert [(count, layer.name) for count, layer in deepseek.schedule] == [
        (3, "dense"),
        (58, "moe"),
    ]
    llama = architecture(
        {
            "model_type": "llama4_text",
            "hidden_size": 5120,
            "num_hidden_layers": 48,
            "interleave_moe_layer_step": 2,
        }
    )
    assert sum(count for count, layer in llama.schedule if layer.name.startswith("moe")) == 24


def test_direct_queries_of_latent_attention():
    config = {
        "model_type": "deepseek_v2",
        "hidden_size": 4096,
        "num_hidden_layers": 4,
        "num_experts_per_tok": 6,
        "q_lora_rank": None,
    }
    assert _block(architecture(config), LatentAttention).query_rank is None


def test_numbers_as_text_are_numbers():
    config = {
        "model_type": "llama",
        "hidden_size": "4,096",
        "num_hidden_layers": "2",
        "tie_word_embeddings": "false",
    }
    assert architecture(config).hidden_size == 4096


def test_numbers_as_text_in_a_list_are_numbers():
    config = {
        "model_type": "mimo_v2_flash",
        "hidden_size": 64,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "v_head_dim": 16,
        "intermediate_size": 128,
        "moe_intermediate_size": 32,
        "n_routed_experts": 8,
        "num_experts_per_tok": 2,
        "vocab_size": 1000,
        "swa_num_key_value_heads": 2,
        "hybrid_layer_pattern": [0, 1, 1, 0],
        "moe_layer_freq": [0, 1, 1, 1],
    }
    as_text = {
        key: [str(item) for item in value] if isinstance(value, list) else value
        for key, value in config.items()
    }
    read, again = read_config(config), read_config(as_text)
    assert read.architecture is not None
    assert read.architecture == again.architecture


def test_experts_of_a_nested_config():
    config = {
        "model_type": "dbrx",
        "d_model": 2048,
        "n_layers": 4,
        "ffn_config": {"moe_num_experts": 16, "moe_top_k": 4},
    }
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


@pytest.mark.parametrize(
    ("model_type", "advice"),
    [("lama", "did you mean 'llama'"), ("deepseek_v9", "parameters"), ("llama7", "parameters")],
)
def test_no_other_generation_is_proposed(model_type, advice):
    (problem,) = read_config({"model_type": model_type}).problems
    assert advice in problem.help
    assert "{parameters: 284B, active: 13B}" in problem.help
    assert ("did you mean" in problem.help) == (model_type == "lama")


@pytest.mark.parametrize(
    ("model_type", "kind"),
    [
        ("albert", "an encoder"),
        ("bart", "decoder"),
        ("mllama", "images"),
        ("nemotron-nas", "search"),
    ],
)
def test_what_is_no_decoder_is_named(model_type, kind):
    (problem,) = read_config({"model_type": model_type}).problems
    assert kind in problem.message
    assert "did you mean" not in problem.help


@pytest.mark.parametrize("outer", ["llava", "internvl", "a_type_of_tomorrow"])
@pytest.mark.parametrize("part", ["text_config", "llm_config", "language_config"])
def test_any_composite_is_read_by_its_text_part(outer, part):
    inner = {"model_type": "qwen2", **SMALL}
    imported = read_config(
        {"model_type": outer, part: inner, "vision_config": {"model_type": "siglip"}}
    )
    assert total_parameters(imported.architecture) == total_parameters(architecture(inner))
    assert "vision (siglip)" in imported.notes[0]


@pytest.mark.parametrize("tied", [True, False])
def test_the_outer_config_ties_the_head_of_the_librarys_classes(tied):
    # As in Qwen3VLMoeForConditionalGeneration and InternVLForConditionalGeneration.
    inner = {"model_type": "qwen2", **SMALL, "tie_word_embeddings": not tied}
    outer = {"model_type": "internvl", "tie_word_embeddings": tied}
    assert architecture({**outer, "text_config": inner}).head.tied == tied
    assert architecture({**outer, "llm_config": inner}).head.tied != tied


def test_a_thinker_is_two_levels_deep():
    inner = {"model_type": "qwen3_moe", **SMALL}
    outer = {"model_type": "qwen3_omni_moe", "thinker_config": {"text_config": inner}}
    assert total_parameters(architecture(outer)) == total_parameters(architecture(inner))


def test_the_class_decides_the_head_and_the_type():
    config = {**SMALL, "architectures": ["LlamaForCausalLM"], "tie_word_embeddings": False}
    plain = architecture(config)
    scores = architecture(
        {**config, "architectures": ["LlamaForSequenceClassification"], "num_labels": 3}
    )
    rows, width = SMALL["vocab_size"], SMALL["hidden_size"]
    assert total_parameters(plain) - total_parameters(scores) == (rows - 3) * width


def test_a_quantised_checkpoint_is_noted():
    config = {"model_type": "llama", **SMALL, "quantization_config": {"quant_method": "fp8"}}
    assert any("fp8" in note for note in read_config(config).notes)


def test_metas_own_words():
    # Llama 3 70B's params.json; the library's class counts 70,553,706,496.
    config = {"dim": 8192, "n_layers": 80, "n_heads": 64, "n_kv_heads": 8, "vocab_size": 128256}
    config |= {"ffn_dim_multiplier": 1.3, "multiple_of": 4096}
    assert total_parameters(architecture(config)) == 70_553_706_496
    assert "vocab_size" in problems({**config, "vocab_size": -1})


def test_layers_with_fields_of_their_own():
    config = {"model_type": "llama", **SMALL, "num_hidden_layers": 3, "intermediate_size": 96}
    own = {"per_layer_config": {"1": {"intermediate_size": 97}}}
    totals = [total_parameters(architecture(each)) for each in (config, {**config, **own})]
    assert totals[1] - totals[0] == 3 * SMALL["hidden_size"]


@pytest.mark.parametrize(
    ("name", "total"),
    [
        # Counted with the library's classes (text part where there are several).
        ("DeepSeek-V4-Flash.json", 284_332_230_231),
        ("Devstral-2-123B.json", 125_025_988_608),
        ("Kimi-Linear-48B-A3B.json", 49_122_675_072),
        ("Ling-mini-2.0.json", 16_255_638_528),
        ("gemma-4-26B-A4B.json", 25_233_141_760),
        ("llama3-8b-seqcls.json", 7_504_928_768),
        ("llama-noarch-nomodeltype.json", 6_738_415_616),
        ("meta_params_plus_type.json", 70_553_706_496),
    ],
)
def test_configs_of_the_review(name, total):
    text = shared_path(f"validation/files/configs/{name}").read_text("utf-8")
    assert total_parameters(architecture(json.loads(text))) == total


@pytest.mark.parametrize(("latent", "refused"), [(0, False), (2048, True)])
def test_experts_of_an_unread_width_are_refused(latent, refused):
    # Kimi K3 states experts in a latent space; without it they would count about twice the size.
    experts = {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 48}
    config = {"model_type": "qwen3_moe", **SMALL, **experts, "moe_latent_size": latent}
    found = read_config(config)
    assert (found.architecture is None) == refused
    assert {problem.code for problem in found.problems} == ({"CC401"} if refused else set())


def test_experts_that_compute_nothing_are_chosen_and_not_counted():
    # The library's class on the meta device: 741,053,585,408 for LongcatFlashConfig(), of which
    # 28 x 256 x 2 x 2,048 x 6,144 stand for its identity experts and are never used. The report
    # (https://arxiv.org/abs/2509.01322) says 560B, 18.6B to 31.3B of them active, 27B on average.
    network = architecture({"model_type": "longcat_flash", "num_layers": 28, "hidden_size": 6144})
    assert total_parameters(network) == 741_053_585_408 - 28 * 256 * 2 * 2048 * 6144
    assert active_parameters(network) == pytest.approx(27e9, rel=0.05)
