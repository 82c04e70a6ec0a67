"""Megatron-LM's arguments, under the names that its descendants give them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from costcheck.text.launch_files.found import Draft, Options, stated
from costcheck.text.launch_files.launcher import Launcher, Vocabulary, precision

_MOST_DIGITS = 4
"""Digits of a layer count; a longer one is no network."""
_REPEATED = re.compile(r"\[([01](?:,[01])*)\](?:\*(\d+))?")
_PLAIN = re.compile(r"(^|/)(tokenizer|vocab)(\.\w+)?$")
"""Files of any tokenizer; one of another name is not the tokenizer that its class is named for."""
_SHARDING = {"optim": "1", "optim_grads": "2", "optim_grads_params": "3"}
MODEL_BY_NAME = ("pre_trainer.model", "post_trainer.model", "model.model_config")
"""Where Primus and Neuron name a file of the model instead of its shape."""
_OF_HYBRIDS = ("group_query_attention", "normalization", "disable_bias_linear", "squared_relu")
"""What such networks always are: grouped heads, RMS norms, no biases, squared ReLU."""
_SHAPE = ("num_layers", "hidden_size", "num_attention_heads", "num_experts")
"""Options without any of which a file says nothing of its network."""
_PATTERN = ("hybrid_layer_pattern", "hybrid_override_pattern")


def read_megatron(draft: Draft, launcher: Launcher, vocabulary: Vocabulary) -> None:
    """Read a run's arguments; where they are silent the launcher's defaults are told as such."""
    _read_layout(draft)
    _read_training(draft, vocabulary)
    draft.take("model", lambda options: options.name(*MODEL_BY_NAME))
    named = any(map(draft.options.has, (*launcher.keys.get("model", ()), *MODEL_BY_NAME)))
    patterned = any(map(draft.options.has, _PATTERN))
    draft.derive("run.tied", ("model.tied_embeddings",), lambda tied: tied)
    if named or patterned or not any(map(draft.options.has, _SHAPE)):
        draft.forget("model.")
    if patterned and not named:
        _read_hybrid(draft, launcher)
    elif not named and any(map(draft.options.has, _SHAPE)):
        _read_model(draft, launcher)


def _read_layout(draft: Draft) -> None:
    for name in ("tensor", "pipeline"):
        draft.assume(f"layout.{name}", 1, "Megatron's default 1; the file is silent")
    draft.take("layout.virtual", _virtual)
    draft.take("layout.zero", _zero)
    draft.take("layout.recompute", _recompute)
    for name in ("recompute_method", "recompute_num_layers", "recompute_modules"):
        value = draft.options.value(name)
        if value is not None and draft.values.get("layout.recompute") == "full":
            draft.assumed.append(f"{name} {value}: taken as recomputing every layer")


def _virtual(options: Options) -> int | None:
    chunks = options.size(
        "virtual_pipeline_model_parallel_size", "num_virtual_stages_per_pipeline_rank"
    )
    per_chunk = options.size("num_layers_per_virtual_pipeline_stage")
    if chunks is not None or per_chunk is None:
        return chunks
    layers = options.size("num_layers")
    pipeline = options.size("pipeline_model_parallel_size") or 1
    return layers // pipeline // per_chunk or None if layers else None


def _zero(options: Options) -> str | None:
    strategy = options.word("data_parallel_sharding_strategy")
    sharded = options.flag("use_megatron_fsdp", "use_torch_fsdp2", "use_custom_fsdp")
    optimizer_only = options.flag("use_distributed_optimizer")
    stage = options.number("zero_stage")
    if stage is not None and not options.open:
        return str(stage)
    if strategy in _SHARDING and sharded is not False:
        return _SHARDING[strategy]
    if sharded:
        return "3"
    return "1" if optimizer_only else None


def _recompute(options: Options) -> str | None:
    granularity = options.word("recompute_granularity", "activations_checkpoint_granularity")
    selective = options.flag("recompute_activations")
    every = options.flag("checkpoint_activations")
    modules = _modules(options) if granularity == "selective" else ""
    if granularity in ("full", "selective"):
        return modules or granularity
    return "full" if every else "selective" if selective else None


def _modules(options: Options) -> str:
    """Modules that are computed again, by Megatron's names; empty where none are listed."""
    item = options.stated("recompute_modules")
    if item is None:
        return ""
    listed = item.value if isinstance(item.value, list) else (item.value, *item.more)
    return "+".join(word for each in listed for word in re.findall(r"\w+", str(each)))


def _read_training(draft: Draft, vocabulary: Vocabulary) -> None:
    draft.take("training.precision", lambda options: _precision(options, vocabulary))
    draft.take("training.mtp", lambda o: "true" if o.size("mtp_num_layers") else None)
    draft.take("run.tokenizer", _tokenizer)
    ramped = draft.options.stated("rampup_batch_size", "step_batch_size_schedule")
    if ramped is not None and "run.steps" in draft.values:
        sentence = f"the batch grows during the run ({ramped.place})"
        draft.gaps["training.tokens"] = f"iterations alone do not tell: {sentence}"


def _precision(options: Options, vocabulary: Vocabulary) -> str | None:
    for name in ("fp8_format", "fp8", "fp8_recipe", "fp4_format", "fp4"):
        word = options.word(name)
        bare = options.flag(name)
        if word not in (None, "false", "null", "none", "0") or (word is None and bare):
            mx = options.word("fp8_recipe") == "mxfp8"
            return "nvfp4" if name.startswith("fp4") else "mxfp8" if mx else "fp8"
    if options.open:
        return None
    brain, half = options.flag("bf16"), options.flag("fp16")
    if brain:
        return "bf16"
    name = "mixed_precision" if options.has("mixed_precision") else "precision"
    return "fp16" if half else precision(options, name, vocabulary)


def _tokenizer(options: Options) -> str | None:
    kind = options.text("tokenizer_type")
    model = options.name("tokenizer_model", "tokenizer_name_or_path", "hf_tokenizer", "vocab_file")
    own = model is not None and not _PLAIN.search(model)
    return " ".join(word for word in (None if own else kind, model) if word) or None


def _read_model(draft: Draft, launcher: Launcher) -> None:
    draft.take("model.layers", _layers)
    draft.take("model.mla", lambda options: _latent(options, draft, launcher))
    if "model.mla" not in draft.values:
        draft.take_size("model.head_dim", "kv_channels")
    draft.take("model.kv_heads", lambda options: _kv_heads(options, draft, launcher))
    draft.assume("model.gated", "false", "Megatron's default; no gated activation is asked for")
    _read_ffn_size(draft, gated=draft.values.get("model.gated") == "true")
    _read_switches(draft)
    draft.take("model.positions", _positions)
    if "model.positions" in draft.values and not draft.options.has("position_embedding_type"):
        draft.assumed.append("position_embedding_type: not stated, learned positions taken")
    draft.take("model.window", _window)
    draft.take("model.experts", lambda options: _experts(options, draft, launcher))
    draft.take("model.vocabulary_size", lambda options: _vocabulary(options, draft, launcher))


def _layers(options: Options) -> int | None:
    layers = options.size("num_layers")
    idle = options.text("noop_layers")
    if layers is None or idle is None:
        return layers
    listed = options.value("noop_layers")
    count = len(listed) if isinstance(listed, list) else len(re.findall(r"\d+", idle))
    return layers - count if count < layers else None


def _kv_heads(options: Options, draft: Draft, launcher: Launcher) -> int | None:
    groups = options.size(
        "num_query_groups", "num_key_value_heads", "num_attention_heads_kv", "num_kv_heads"
    )
    if options.word("attention_head_type") == "multiquery" or options.flag("use_multiquery_attn"):
        return 1
    if options.flag("group_query_attention") and groups is None and not options.open:
        return _unsaid("num_query_groups", draft, launcher)
    return groups


def _unsaid(name: str, draft: Draft, launcher: Launcher) -> int:
    number = launcher.unsaid[name]
    draft.assumed.append(f"{name}: not stated, Megatron's default {number} taken")
    return number


def _read_ffn_size(draft: Draft, *, gated: bool) -> None:
    draft.take_size("model.ffn_size", "ffn_hidden_size")
    hidden = draft.whole("model.hidden_size")
    if hidden is not None:
        size = hidden * 8 // 3 // 64 * 64 if gated else 4 * hidden
        draft.assume("model.ffn_size", size, "Megatron's default; ffn_hidden_size is not stated")


def _read_switches(draft: Draft) -> None:
    draft.assume("model.biases", "true", "Megatron has biases unless disable_bias_linear is given")
    draft.assume("model.norm", "layer", "Megatron's default LayerNorm; normalization is not stated")
    latent = "model.mla" in draft.values  # its norms on the compressed vectors are counted there
    draft.take("model.qk_norm", lambda o: o.flag("qk_layernorm") and not latent)
    draft.assume("model.tied_embeddings", "true", "Megatron ties unless told to untie")


def _positions(options: Options) -> int | None:
    kind = options.word("position_embedding_type")
    rotary = options.flag("use_rotary_position_embeddings", "no_position_embedding")
    if rotary or kind not in (None, "learned_absolute", "learned_parameters"):
        return None
    return options.size("max_position_embeddings")


def _window(options: Options) -> int | None:
    value = options.value("window_size")
    if value is None:
        return None
    first = str(value).strip("()[] ").split(",")[0].strip()
    return int(first) + 1 if first.isdigit() else None


def _vocabulary(options: Options, draft: Draft, launcher: Launcher) -> int | None:
    padded = options.size("padded_vocab_size", "pad_vocab_size_to")
    if padded is not None:
        return padded
    size = options.size("vocab_size", "override_vocab_size")
    multiple = options.size("make_vocab_size_divisible_by")
    if size is None:
        return None
    tensor = options.size("tensor_model_parallel_size") or 1
    block = (multiple or launcher.unsaid["make_vocab_size_divisible_by"]) * tensor
    rounded = -(-size // block) * block
    if rounded != size:
        draft.assumed.append(f"vocabulary_size: {size} padded to {rounded}, a multiple of {block}")
    return rounded


def _experts(options: Options, draft: Draft, launcher: Launcher) -> dict[str, object]:
    count = options.size("num_experts", "num_moe_experts", "moe_num_experts")
    if count is None:
        return {}
    every, first_dense = _sparse_layers(options)
    top_k = options.size("moe_router_topk", "moe_top_k")
    if top_k is None and not options.open:
        top_k = _unsaid("moe_router_topk", draft, launcher)
    shared = options.size("moe_shared_expert_intermediate_size")
    size = options.size("moe_ffn_hidden_size", "moe_intermediate_size")
    times = options.size("n_shared_experts")
    if shared is None and times and size:
        shared = times * size
    return stated(
        {
            "count": count,
            "top_k": top_k,
            "size": size,
            "shared_size": shared,
            "first_dense": options.size("first_k_dense_replace") or first_dense,
            "every": every if every != 1 else None,
        }
    )


def _sparse_layers(options: Options) -> tuple[int | None, int | None]:
    """Return every n-th and first k dense layers of moe_layer_freq, a number or a list."""
    value = options.value("moe_layer_freq")
    if value is None:
        return None, None
    text = ",".join(value) if isinstance(value, list) else str(value)
    text = text.replace(" ", "").strip("()'\"")
    if text.lstrip("-").isdigit():
        return max(int(text), 1), None
    flags = _layer_flags(f"[{text}]" if isinstance(value, list) else text)
    dense = flags.index(1) if 1 in flags else 0
    if flags and all(flags[dense:]):
        return None, dense or None
    if flags and flags == [int((index + 1) % (dense + 1) == 0) for index in range(len(flags))]:
        return dense + 1, None
    options.open.append(f"moe_layer_freq {value}: this pattern of layers is not understood")
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


def _latent(options: Options, draft: Draft, launcher: Launcher) -> Mapping[str, object]:
    if not options.flag("multi_latent_attention"):
        return {}
    values = {
        "query_rank": options.size("q_lora_rank"),
        "kv_rank": options.size("kv_lora_rank"),
        "nope_dim": options.size("qk_head_dim", "qk_nope_head_dim"),
        "rope_dim": options.size("qk_pos_emb_head_dim", "qk_rope_head_dim"),
        "value_dim": options.size("v_head_dim"),
    }
    for name in ("kv_rank", "nope_dim", "rope_dim", "value_dim"):
        if values[name] is None:
            values[name] = _unsaid(f"mla.{name}", draft, launcher)
    return stated(values)


def _read_hybrid(draft: Draft, launcher: Launcher) -> None:
    """Read a network of state spaces, attention and experts in a written pattern."""
    for name in _OF_HYBRIDS:
        draft.options.stated(name)
    fields = {
        "hidden_size": ("hidden_size",),
        "num_attention_heads": ("num_attention_heads",),
        "num_key_value_heads": ("num_query_groups",),
        "head_dim": ("kv_channels",),
        "intermediate_size": ("ffn_hidden_size",),
        "mamba_num_heads": ("mamba_num_heads",),
        "mamba_head_dim": ("mamba_head_dim",),
        "ssm_state_size": ("mamba_state_dim",),
        "n_groups": ("mamba_num_groups",),
        "n_routed_experts": ("num_experts",),
        "num_experts_per_tok": ("moe_router_topk",),
        "moe_intermediate_size": ("moe_ffn_hidden_size", "ffn_hidden_size"),
        "moe_shared_expert_intermediate_size": ("moe_shared_expert_intermediate_size",),
        "moe_latent_size": ("moe_latent_size",),
    }
    draft.take("model.hybrid_override_pattern", _pattern)
    for field, names in fields.items():
        draft.take_size(f"model.{field}", *names)
    draft.take("model.vocab_size", lambda options: _vocabulary(options, draft, launcher))
    draft.derive("model.tie_word_embeddings", ("run.tied",), lambda tied: tied)
    draft.put("model.model_type", "nemotron_h", "layers in a written pattern, as Nemotron-H's")


def _pattern(options: Options) -> str | None:
    text = options.text(*_PATTERN)
    options.size("num_layers")
    main = text.partition("/")[0] if text else None
    return main.replace("|", "") if main else None
