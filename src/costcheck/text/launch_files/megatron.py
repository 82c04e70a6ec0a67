"""Megatron-LM and NeMo arguments to a scenario."""

from __future__ import annotations

import re

from costcheck.text.launch_files.found import LaunchImport, Options, stated

_NO_COST = (
    "data_path", "split", "tokenizer", "vocab_file", "merge_file", "save", "load", "log",
    "tensorboard", "wandb", "eval", "seed", "lr", "min_lr", "weight_decay", "adam", "clip_grad",
    "init_method", "attention_dropout", "hidden_dropout", "master_", "rdzv", "node_rank",
    "distributed_", "exit_", "no_load", "no_save", "timing", "num_workers", "mock_data",
    "manual_gc", "decoupled_", "grad_reduce", "calculate_per", "rampup", "no_rope_fusion",
    "no_persist", "tiktoken", "no_mmap", "env", "nodes", "ntasks", "cpus_per", "gres", "time",
    "make_vocab", "max_position", "squared_relu", "check_for_nan", "moe_token_drop", "ckpt",
    "rotary", "use_rotary", "norm_epsilon", "layernorm_epsilon", "beta", "warmup", "override_",
    "use_checkpoint", "dataloader", "data_cache", "apply_layernorm_1p", "moe_aux_loss",
    "moe_router_load", "moe_z_loss", "moe_router_dtype", "moe_router_score", "moe_router_bias",
    "moe_router_enable", "moe_router_num_groups", "moe_router_group_topk",
    "moe_router_topk_scaling", "moe_token_dispatcher", "moe_grouped_gemm", "moe_permute",
    "use_mcore", "transformer_impl", "attention_softmax", "accumulate_allreduce",
    "empty_unused", "no_masked_softmax", "no_gradient_accumulation", "no_bias",
    "attention_backend", "bias_", "use_flash_attn", "cross_entropy", "overlap_", "tp_comm",
    "no_create_attention", "enable_", "fp8_amax", "fp8_margin", "fp8_interval", "exp_name",
    "job", "name", "mscale", "max_epochs", "val_check", "limit_", "accelerator", "logger",
    "benchmark", "gradient_clip",
)  # fmt: skip
"""Beginnings of options that change neither size nor layout nor speed in our model."""


_MOST_DIGITS = 4
"""Digits of a layer count; a longer one is no network."""
_REPEATED = re.compile(r"\[([01](?:,[01])*)\](?:\*(\d+))?")


def read_megatron(options: Options) -> LaunchImport:
    """Return the scenario of Megatron-LM or NeMo arguments."""
    layout = _layout(options)
    model = _model(options, layout)
    training = _training(options)
    fleet = _fleet(options, layout)
    options.ignore(*_NO_COST)
    sections = {"model": model, "training": training, "fleet": fleet, "layout": layout}
    return LaunchImport(
        scenario=stated({name: stated(section) for name, section in sections.items()}),
        unknown=options.unknown(),
        left_open=tuple(options.left_open),
        assumed=tuple(options.assumed),
    )


def _layout(options: Options) -> dict[str, object]:
    pipeline = options.size("pipeline_model_parallel_size") or 1
    return {
        "tensor": options.size("tensor_model_parallel_size") or 1,
        "pipeline": pipeline,
        "context": options.size("context_parallel_size"),
        "expert": options.size("expert_model_parallel_size"),
        "expert_tensor": options.size("expert_tensor_parallel_size"),
        "virtual": _virtual(options, pipeline),
        "micro_batch": options.size("micro_batch_size"),
        "zero": _zero(options),
        "sequence_parallel": options.flag("sequence_parallel"),
        "recompute": _recompute(options),
    }


def _virtual(options: Options, pipeline: int) -> int | None:
    chunks = options.size(
        "virtual_pipeline_model_parallel_size", "num_virtual_stages_per_pipeline_rank"
    )
    per_chunk = options.size("num_layers_per_virtual_pipeline_stage")
    layers = options.size("num_layers")
    if chunks is None and per_chunk is not None and layers is not None:
        return layers // pipeline // per_chunk or None
    return chunks


def _zero(options: Options) -> int | None:
    sharded = options.flag("use_megatron_fsdp", "use_torch_fsdp2", "use_custom_fsdp")
    strategy = options.word("data_parallel_sharding_strategy")
    levels = {"optim": 1, "optim_grads": 2, "optim_grads_params": 3}
    if strategy in levels:
        return levels[strategy]
    if sharded:
        return 3
    return 1 if options.flag("use_distributed_optimizer") else None


def _recompute(options: Options) -> str | None:
    granularity = options.word("recompute_granularity", "activations_checkpoint_granularity")
    selective = options.flag("recompute_activations")
    for name in ("recompute_method", "recompute_num_layers", "recompute_modules"):
        if (value := options.value(name)) is not None and granularity == "full":
            options.assumed.append(f"{name} {value}: taken as recomputing every layer")
    if granularity in ("full", "selective"):
        return granularity
    return "selective" if selective else None


def _model(options: Options, layout: dict[str, object]) -> dict[str, object]:
    hidden, activation = options.size("hidden_size"), options.word("activation")
    latent, head_dim = _latent(options), options.size("kv_channels")
    gated = bool(options.flag("swiglu")) or (activation or "").endswith(("swiglu", "geglu"))
    heads = options.size("num_attention_heads")
    for name, value in (("hidden_size", hidden), ("num_attention_heads", heads)):
        if value is None:
            options.left_open.append(f"{name} is not stated")
    return {
        "layers": options.size("num_layers"),
        "hidden_size": hidden,
        "heads": heads,
        "kv_heads": _kv_heads(options),
        "head_dim": None if latent else head_dim,
        "ffn_size": _ffn_size(options, hidden, gated=gated),
        "gated": "true" if gated else "false",
        "biases": _biases(options),
        "qkv_bias": options.flag("add_qkv_bias", "qkv_bias"),
        "norm": _norm(options),
        "qk_norm": options.flag("qk_layernorm"),
        "vocabulary_size": _vocabulary(options, layout),
        "tied_embeddings": _tied(options),
        "positions": _positions(options),
        "window": _window(options),
        "experts": _experts(options),
        "mla": latent,
        "mtp_modules": options.size("mtp_num_layers"),
    }


def _kv_heads(options: Options) -> int | None:
    groups, grouped = options.size("num_query_groups"), options.flag("group_query_attention")
    if grouped and groups is None:
        options.assumed.append("num_query_groups: not stated, Megatron's default 1 taken")
        return 1
    return groups


def _ffn_size(options: Options, hidden: int | None, *, gated: bool) -> int | None:
    size = options.size("ffn_hidden_size")
    if size is not None or hidden is None:
        return size
    default = hidden * 8 // 3 // 64 * 64 if gated else 4 * hidden
    options.assumed.append(f"ffn_hidden_size: not stated, Megatron's default {default} taken")
    return default


def _biases(options: Options) -> str:
    stated_bias = options.flag("bias", "add_bias_linear")
    if options.flag("disable_bias_linear"):
        return "false"
    if stated_bias is None:
        options.assumed.append("biases: Megatron has them unless disable_bias_linear is given")
        return "true"
    return "true" if stated_bias else "false"


def _norm(options: Options) -> str:
    word = options.word("normalization")
    if word is None:
        options.assumed.append("normalization: not stated, Megatron's default LayerNorm taken")
        return "layer"
    return "rms" if "rms" in word else "layer"


def _tied(options: Options) -> str:
    shared = options.flag("share_embeddings_and_output_weights")
    if options.flag("untie_embeddings_and_output_weights") or shared is False:
        return "false"
    if shared is None:
        options.assumed.append("tied_embeddings: Megatron ties unless told to untie")
    return "true"


def _positions(options: Options) -> int | None:
    kind = options.word("position_embedding_type")
    rows = options.size("max_position_embeddings")
    if options.flag("no_position_embedding"):
        return None
    if kind is None:
        options.assumed.append("position_embedding_type: not stated, learned positions taken")
    return rows if kind in (None, "learned_absolute", "learned_parameters") else None


def _window(options: Options) -> int | None:
    value = options.value("window_size")
    if value is None:
        return None
    first = str(value).strip("()[] ").split(",")[0].strip()
    return int(first) + 1 if first.isdigit() else None


def _vocabulary(options: Options, layout: dict[str, object]) -> int | None:
    padded = options.size("padded_vocab_size")
    size = options.size("vocab_size")
    multiple = options.size("make_vocab_size_divisible_by") or 128
    if padded is not None:
        return padded
    if size is None:
        options.left_open.append(
            "vocabulary_size: the tokenizer decides it and the file does not state it"
        )
        return None
    block = multiple * int(str(layout["tensor"]))
    rounded = -(-size // block) * block
    if rounded != size:
        options.assumed.append(
            f"vocabulary_size: {size} padded to {rounded}, a multiple of {block}"
        )
    return rounded


def _experts(options: Options) -> dict[str, object]:
    count = options.size("num_experts", "num_moe_experts")
    every, first_dense = _sparse_layers(options)
    top_k = options.size("moe_router_topk")
    values = {
        "count": count,
        "top_k": top_k,
        "size": options.size("moe_ffn_hidden_size"),
        "shared_size": options.size("moe_shared_expert_intermediate_size"),
        "first_dense": first_dense,
        "every": every,
    }
    if count is None:
        return {}
    if top_k is None:
        options.assumed.append("moe_router_topk: not stated, Megatron's default 2 taken")
        values["top_k"] = 2
    return stated(values)


def _sparse_layers(options: Options) -> tuple[int | None, int | None]:
    """Return every n-th and first k dense layers of moe_layer_freq, a number or a list."""
    value = options.value("moe_layer_freq")
    if value is None:
        return None, None
    text = str(value).replace(" ", "").strip("()")
    if text.isdigit():
        return int(text), None
    flags = _layer_flags(text)
    dense = flags.index(1) if 1 in flags else 0
    if flags and all(flags[dense:]):
        return None, dense or None
    if flags and flags == [int((index + 1) % (dense + 1) == 0) for index in range(len(flags))]:
        return dense + 1, None
    options.left_open.append(f"moe_layer_freq {value}: this pattern of layers is not understood")
    return None, None


def _layer_flags(text: str) -> list[int]:
    """Return the list a sum of repeated lists such as ``[0]*3+[1]*58`` stands for."""
    flags: list[int] = []
    for term in text.split("+"):
        match = _REPEATED.fullmatch(term.strip("()"))
        if match is None or len(match.group(2) or "") > _MOST_DIGITS:
            return []
        flags += [int(flag) for flag in match.group(1).split(",")] * int(match.group(2) or 1)
    return flags


def _latent(options: Options) -> dict[str, object]:
    values = {
        "query_rank": options.size("q_lora_rank"),
        "kv_rank": options.size("kv_lora_rank"),
        "nope_dim": options.size("qk_head_dim"),
        "rope_dim": options.size("qk_pos_emb_head_dim"),
        "value_dim": options.size("v_head_dim"),
    }
    if not options.flag("multi_latent_attention"):
        return {}
    defaults = {"kv_rank": 32, "nope_dim": 128, "rope_dim": 64, "value_dim": 128}
    for name, default in defaults.items():
        if values[name] is None:
            options.assumed.append(f"mla.{name}: not stated, Megatron's default {default} taken")
            values[name] = default
    return stated(values)


def _training(options: Options) -> dict[str, object]:
    length = options.size("seq_length", "encoder_seq_length")
    batch = options.size("global_batch_size")
    steps, samples = options.size("train_iters", "max_steps"), options.size("train_samples")
    tokens = None
    if samples and length:
        tokens = samples * length
    elif steps and batch and length:
        tokens = steps * batch * length
    else:
        options.left_open.append("training.tokens: iterations, batch or sequence length is missing")
    return {
        "tokens": tokens,
        "sequence_length": length,
        "global_batch": batch,
        "precision": _precision(options),
        "mtp": "true" if options.size("mtp_num_layers") else None,
        "optimizer": options.word("optimizer"),
    }


def _precision(options: Options) -> str | None:
    eight = options.word("fp8_format", "fp8", "fp8_recipe")
    word = options.word("precision") or ""
    half, brain = options.flag("fp16"), options.flag("bf16")
    if eight not in (None, "false", "null", "none"):
        return "fp8"
    if brain or word.startswith("bf16"):
        return "bf16"
    if half or word.startswith("16"):
        return "fp16"
    options.left_open.append("training.precision: neither bf16, fp16 nor fp8 is switched on")
    return None


def _fleet(options: Options, layout: dict[str, object]) -> dict[str, object]:
    nodes = options.size("nnodes", "num_nodes")
    per_node = options.size("nproc_per_node", "devices", "gpus_per_node")
    world = options.size("world_size")
    count = nodes * per_node if nodes and per_node else world
    options.left_open.append("fleet.gpu: a launch file does not say which GPU it runs on")
    if count is None:
        options.left_open.append("fleet.count: the number of nodes or GPUs per node is missing")
        return {"gpus_per_node": per_node}
    split = [int(str(layout[name] or 1)) for name in ("tensor", "pipeline", "context")]
    width = split[0] * split[1] * split[2]
    if count % width:
        options.left_open.append(f"layout.data: {count} GPUs are no multiple of {width}")
    else:
        layout["data"] = count // width
    return {"count": count, "gpus_per_node": per_node}
