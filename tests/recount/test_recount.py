"""Counts every family again with the library's own classes and torch's counter.

Run with ``pytest -m recount`` after ``pip install costcheck[recount]``. The networks are narrow
and never hold numbers (meta device), so this takes seconds; a new release of the library that
changes an architecture fails here first.
"""

import warnings

import pytest

from costcheck.catalog.huggingface import read_config
from costcheck.physics.architectures.flops import forward_flops
from costcheck.physics.architectures.parameters import total_parameters

pytestmark = [pytest.mark.recount, pytest.mark.filterwarnings("ignore")]

LENGTH = 40
WIDTH = {"hidden_size": 128, "num_hidden_layers": 4, "vocab_size": 500}
HEADS = {"num_attention_heads": 8, "num_key_value_heads": 2}
DENSE = {**WIDTH, **HEADS, "intermediate_size": 192}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 48}
LATENT = {
    **WIDTH,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "intermediate_size": 192,
    "kv_lora_rank": 32,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 24,
    "n_routed_experts": 8,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
    **EXPERTS,
}
DELTA = {
    "head_dim": 32,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 32,
    "num_experts": 8,
    "shared_expert_intermediate_size": 64,
    **EXPERTS,
}

CONFIGS = {
    "apertus": {**DENSE, "pad_token_id": 0},
    "arcee": {**DENSE, "mlp_bias": True},
    "codegen": {"n_layer": 3, "n_embd": 128, "n_head": 8, "vocab_size": 500, "rotary_dim": 8},
    "dots1": {**DENSE, **EXPERTS, "head_dim": 32, "n_routed_experts": 8, "n_shared_experts": 1},
    "ernie4_5": {**DENSE, "head_dim": 32, "use_bias": True},
    "exaone4": DENSE,
    "glm": {**DENSE, "head_dim": 32, "pad_token_id": 0},
    "glm4": {**DENSE, "head_dim": 32, "pad_token_id": 0},
    "glm4_moe_lite": {**LATENT, "q_lora_rank": 48},
    "gpt_bigcode": {"n_layer": 3, "n_embd": 128, "n_head": 8, "vocab_size": 500},
    "granitemoe": {**DENSE, "num_local_experts": 4},
    "granitemoeshared": {**DENSE, "num_local_experts": 4, "shared_intermediate_size": 64},
    "phi": {**DENSE, "qk_layernorm": True},
    "seed_oss": {**DENSE, "head_dim": 32, "attention_out_bias": True},
    "stablelm": {**DENSE, "use_qkv_bias": True, "use_parallel_residual": True},
    "bloom": {"n_layer": 3, "hidden_size": 128, "n_head": 8, "vocab_size": 500},
    "cohere": {**DENSE, "use_qk_norm": True},
    "cohere2": DENSE,
    "deepseek_v2": {**LATENT, "q_lora_rank": None, "mlp_bias": True},
    "deepseek_v3": {**LATENT, "q_lora_rank": 48, "attention_bias": True},
    "deepseek_v32": {**LATENT, "q_lora_rank": 48, "index_n_heads": 4, "index_head_dim": 32},
    "falcon": {**WIDTH, "num_attention_heads": 8, "new_decoder_architecture": True},
    "gemma": {**DENSE, "head_dim": 32},
    "gemma2": {**DENSE, "head_dim": 32},
    "gemma3_text": {**DENSE, "head_dim": 32, "sliding_window": 16},
    "glm4_moe": {**DENSE, **EXPERTS, "n_routed_experts": 8, "use_qk_norm": True, "head_dim": 32},
    "glm_moe_dsa": {
        **LATENT,
        "q_lora_rank": 48,
        "index_n_heads": 4,
        "index_head_dim": 32,
        "index_topk_freq": 2,
    },
    "gpt2": {"n_layer": 3, "n_embd": 128, "n_head": 8, "vocab_size": 500},
    "gptj": {"n_layer": 3, "n_embd": 128, "n_head": 8, "vocab_size": 500, "rotary_dim": 8},
    "gpt_neox": {**WIDTH, "num_attention_heads": 8, "intermediate_size": 192},
    "gpt_oss": {**DENSE, "head_dim": 32, "num_local_experts": 8, "num_experts_per_tok": 2},
    "granite": {**DENSE, "attention_bias": True, "mlp_bias": True},
    "jamba": {**DENSE, "num_experts": 4, "attn_layer_period": 2, "attn_layer_offset": 1},
    "llama": {**DENSE, "head_dim": 32, "attention_bias": True, "mlp_bias": True},
    "falcon_mamba": {**WIDTH, "state_size": 8, "use_bias": True},
    "mamba": {**WIDTH, "state_size": 8, "use_bias": True},
    "mamba2": {**WIDTH, "num_heads": 16, "head_dim": 16, "n_groups": 2, "state_size": 8},
    "minimax": {**DENSE, "head_dim": 32, "num_local_experts": 4, "block_size": 16},
    "minimax_m2": {**DENSE, "head_dim": 32, "num_local_experts": 8, "num_experts_per_tok": 2},
    "mistral": {**DENSE, "head_dim": 32, "sliding_window": 16},
    "mixtral": {**DENSE, "num_local_experts": 4},
    "mpt": {"n_layers": 3, "d_model": 128, "n_heads": 8, "vocab_size": 500},
    "nemotron": {**DENSE, "head_dim": 32},
    "nemotron_h": {
        "hidden_size": 128,
        "vocab_size": 500,
        **HEADS,
        "head_dim": 32,
        "intermediate_size": 192,
        "hybrid_override_pattern": "ME*-MM",
        "mamba_num_heads": 8,
        "mamba_head_dim": 16,
        "n_groups": 2,
        "ssm_state_size": 8,
        "n_routed_experts": 8,
        "moe_shared_expert_intermediate_size": 96,
        "moe_latent_size": 64,
        **EXPERTS,
    },
    "olmo": DENSE,
    "olmo2": DENSE,
    "olmo3": DENSE,
    "olmoe": {**DENSE, "num_experts": 8, "num_experts_per_tok": 2},
    "opt": {
        **WIDTH,
        "num_attention_heads": 8,
        "ffn_dim": 192,
        "word_embed_proj_dim": 64,
        "max_position_embeddings": 64,
    },
    "phi3": {**DENSE, "pad_token_id": 0},
    "phimoe": {**DENSE, "num_local_experts": 4, "attention_bias": True, "lm_head_bias": True},
    "qwen2": DENSE,
    "qwen2_moe": {**DENSE, **EXPERTS, "num_experts": 8, "shared_expert_intermediate_size": 96},
    "qwen3": {**DENSE, "head_dim": 32},
    "qwen3_moe": {**DENSE, **EXPERTS, "num_experts": 8, "mlp_only_layers": [1]},
    "qwen3_next": {**DENSE, **DELTA},
    "qwen3_5_moe_text": {**WIDTH, **HEADS, **DELTA},
    "smollm3": {**DENSE, "pad_token_id": 0},
    "starcoder2": DENSE,
}

CONFIGS |= {
    "afmoe": {**DENSE, **EXPERTS, "head_dim": 32, "num_experts": 8, "num_shared_experts": 1},
    "bitnet": DENSE,
    "cwm": {**DENSE, "head_dim": 32},
    "ernie4_5_moe": {
        **DENSE, "moe_num_experts": 8, "moe_k": 2, "moe_intermediate_size": 48,
        "moe_layer_end_index": 3,
    },
    "exaone_moe": {**DENSE, **EXPERTS, "num_experts": 8, "num_shared_experts": 1},
    "gemma4_text": {
        **DENSE, "head_dim": 32, "global_head_dim": 64, "hidden_size_per_layer_input": 16,
        "vocab_size_per_layer_input": 500, "num_hidden_layers": 6, "pad_token_id": 0,
        "bos_token_id": 1, "eos_token_id": 2,
    },
    "helium": {**DENSE, "head_dim": 16},
    "hy_v3": {
        **DENSE, **EXPERTS, "head_dim": 32, "num_experts": 8, "num_shared_experts": 1,
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    },
    "lfm2": {**DENSE, "layer_types": ["conv", "full_attention", "conv", "conv"]},
    "minicpm3": {**LATENT, "q_lora_rank": 48},
    "ministral3": {**DENSE, "head_dim": 32},
    "solar_open": {
        **DENSE, **EXPERTS, "head_dim": 32, "n_routed_experts": 8, "n_shared_experts": 1,
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    },
    "vaultgemma": {**DENSE, "head_dim": 32},
}  # fmt: skip

PARAMETERS_ONLY = {
    # The library runs every token through every expert, or asks the router for numbers that the
    # meta device has not got.
    "llama4_text": {**DENSE, "head_dim": 32, "num_local_experts": 4, "intermediate_size_mlp": 256},
    "dbrx": {
        "d_model": 128,
        "n_heads": 8,
        "n_layers": 3,
        "vocab_size": 500,
        "attn_config": {"kv_n_heads": 2, "rope_theta": 10000},
        "ffn_config": {"ffn_hidden_size": 96, "moe_num_experts": 4, "moe_top_k": 2},
    },
}


def _networks(name, fields):
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from transformers import AutoConfig, AutoModelForCausalLM, masking_utils

    # Reads a number off the mask's positions, which the meta device has not got.
    masking_utils.find_packed_sequence_indices = lambda *_, **__: None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = AutoConfig.for_model(name, **fields)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(
                config, attn_implementation="eager", experts_implementation="batched_mm"
            )
    imported = read_config({"model_type": name, **fields})
    assert imported.architecture is not None, imported.problems
    return model, imported.architecture


PARAMETERS_ONLY |= {
    "bamba": {**DENSE, "mamba_n_heads": 16, "mamba_d_head": 16, "attn_layer_indices": [1]},
    "deepseek_v4": {
        **WIDTH, "num_attention_heads": 8, "head_dim": 32, "q_lora_rank": 48, "o_groups": 2,
        "o_lora_rank": 16, "n_routed_experts": 8, "index_n_heads": 4, "index_head_dim": 16,
        "index_topk": 8, "compress_ratios": [0, 4, 128, 4], **EXPERTS,
    },
    "falcon_h1": {
        **DENSE, "mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_ssm": 128, "mamba_rms_norm": True,
    },
    "gemma3n_text": {
        **DENSE, "head_dim": 32, "num_kv_shared_layers": 1, "intermediate_size": [192] * 4,
        "layer_types": ["sliding_attention", "full_attention"] * 2, "laurel_rank": 8,
        "hidden_size_per_layer_input": 16, "vocab_size_per_layer_input": 400,
        "activation_sparsity_pattern": [0.0] * 4,
    },
    "granitemoehybrid": {
        **DENSE, "num_local_experts": 4, "shared_intermediate_size": 64, "mamba_n_heads": 16,
        "mamba_d_head": 16, "mamba_n_groups": 2, "mamba_d_state": 8,
        "layer_types": ["mamba", "attention", "mamba", "mamba"],
    },
    "hunyuan_v1_moe": {**DENSE, "head_dim": 32, "num_experts": 4, "moe_topk": 2},
    "kimi_linear": {
        **LATENT, "num_experts": 8, "num_experts_per_token": 2, "linear_num_heads": 4,
        "linear_head_dim": 32, "q_lora_rank": None, "pad_token_id": 0,
        "layer_types": ["linear_attention", "full_attention"] * 2,
    },
    "longcat_flash": {
        **{key: value for key, value in LATENT.items() if key != "num_hidden_layers"},
        "num_layers": 3,
        "q_lora_rank": 48,
        "ffn_hidden_size": 192,
        "moe_topk": 2,
        "expert_ffn_hidden_size": 48,
        "head_dim": 8,
        "zero_expert_num": 0,
    },
    "lfm2_moe": {
        **DENSE, **EXPERTS, "num_experts": 8,
        "layer_types": ["conv", "full_attention", "conv", "conv"],
    },
    "mimo_v2_flash": {**DENSE, **EXPERTS, "head_dim": 32, "v_head_dim": 24, "n_routed_experts": 8},
    "minimax_m3_vl_text": {
        **DENSE, "head_dim": 32, "num_local_experts": 8, "num_experts_per_tok": 2,
        "dense_intermediate_size": 160, "shared_intermediate_size": 96,
        "layer_types": ["full_attention"] + ["minimax_m3_sparse"] * 3,
        "mlp_layer_types": ["dense"] + ["sparse"] * 3,
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "fields"), sorted((CONFIGS | PARAMETERS_ONLY).items()))
def test_parameters_equal_the_librarys(name, fields):
    model, architecture = _networks(name, fields)
    assert total_parameters(architecture) == sum(each.numel() for each in model.parameters())


@pytest.mark.parametrize(("name", "fields"), sorted(CONFIGS.items()))
def test_forward_flops_equal_the_counters(name, fields):
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    model, architecture = _networks(name, fields)
    with FlopCounterMode(display=False) as counter:
        model(input_ids=torch.zeros((1, LENGTH), dtype=torch.long, device="meta"), use_cache=False)
    ours = forward_flops(architecture, sequence_length=LENGTH, convention="full")
    assert ours.value == counter.get_total_flops()
