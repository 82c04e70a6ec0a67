"""The architecture people write by hand in a scenario file, in a dozen flat fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from costcheck.catalog.huggingface import decoder
from costcheck.catalog.huggingface.config import Imported, read_config
from costcheck.catalog.huggingface.fields import CONTRADICTION, WRONG_TYPE, Fields, Problem
from costcheck.catalog.huggingface.traits import Traits
from costcheck.diagnostics import did_you_mean

UNKNOWN_FIELD = "CC405"

_NAMES = {
    "layers": "num_hidden_layers",
    "hidden_size": "hidden_size",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_dim": "head_dim",
    "ffn_size": "intermediate_size",
    "vocabulary_size": "vocab_size",
    "tied_embeddings": "tie_word_embeddings",
    "window": "sliding_window",
    "window_pattern": "sliding_window_pattern",
    "chunk": "attention_chunk_size",
    "chunk_pattern": "no_rope_layer_interval",
    "experts.first_dense": "first_k_dense_replace",
    "experts.every": "sparse_step",
    "mla.query_rank": "q_lora_rank",
    "mla.kv_rank": "kv_lora_rank",
    "mla.nope_dim": "qk_nope_head_dim",
    "mla.rope_dim": "qk_rope_head_dim",
    "mla.value_dim": "v_head_dim",
    "indexer.heads": "index_n_heads",
    "indexer.head_dim": "index_head_dim",
    "indexer.kept_keys": "index_topk",
}
"""Our fields and the ones the readers of configs ask for."""

_OWN = (
    "gated",
    "biases",
    "qkv_bias",
    "qk_norm",
    "norm",
    "positions",
    "relative_positions",
    "parallel_blocks",
    "mtp_modules",
    "experts.count",
    "experts.top_k",
    "experts.size",
    "experts.shared",
    "experts.shared_size",
    "experts.dense_residual",
    "experts.dense_residual_size",
)
_FIELDS = (*_NAMES, *_OWN)
_GROUPS = ("experts", "mla", "indexer")
_NORMS = {"rms": "rms", "layer": "shifted", "none": "none"}
_DEFAULTS: dict[str, object] = {"gated": True, "no_rope_layer_interval": 4}


def read_inline(given: Mapping[str, object]) -> Imported:
    """Read an architecture written in the scenario file itself."""
    if "model_type" in given or "_class_name" in given:
        return read_config(given)
    fields = Fields(given, defaults=_DEFAULTS, aliases=_NAMES, speak_aliases=True)
    fields.problems.extend(_unknown_fields(given))
    architecture = decoder.read(fields, Traits(_traits(fields), fields))
    if fields.problems:
        return Imported(None, problems=tuple(fields.problems))
    return Imported(architecture)


def _traits(fields: Fields) -> dict[str, object]:
    norm = (fields.text("norm") or "rms").lower()
    if norm not in _NORMS:
        fields.report("norm", WRONG_TYPE, f"norm must be rms, layer or none, not {norm!r}")
    own = {name: name for name in ("gated", "qk_norm", "positions", "relative_positions")}
    parallel: dict[str, object] = (
        {"norms": ["input_norm"]} if fields.flag("parallel_blocks") else {}
    )
    return {
        **{name: own[name] for name in own if fields.has(name) or name == "gated"},
        **parallel,
        **_expert_traits(fields),
        "norm": _NORMS.get(norm, "rms"),
        "qkv_bias": fields.flag("biases") or fields.flag("qkv_bias"),
        "output_bias": "biases",
        "mlp_bias": "biases",
        "windows": _window_rule(fields),
        "attention": "latent" if fields.has("mla") else "grouped",
        "indexer": fields.has("indexer"),
        "mtp": fields.count("mtp_modules"),
    }


def _window_rule(fields: Fields) -> str:
    if fields.has("chunk"):
        if fields.has("window"):
            fields.report("chunk", CONTRADICTION, "chunk and window cannot both be given")
        return "chunked"
    if not fields.has("window"):
        return "none"
    return "pattern" if fields.has("window_pattern") else "all"


def _expert_traits(fields: Fields) -> dict[str, object]:
    if not fields.has("experts"):
        return {"sparse": "none"}
    own_size = fields.has("experts.size")
    shared = "shared_size" if fields.has("experts.shared_size") else "shared_experts"
    return {
        "sparse": "every_nth",
        "experts": "experts.count",
        "top_k": "experts.top_k",
        "expert_size": "experts.size" if own_size else "intermediate_size",
        shared: f"experts.{shared.removesuffix('_experts')}",
        "dense_residual": "experts.dense_residual",
        "residual_size": "experts.dense_residual_size",
    }


def _unknown_fields(given: Mapping[str, object]) -> Iterator[Problem]:
    top = tuple(dict.fromkeys(name.partition(".")[0] for name in _FIELDS))
    for name, value in given.items():
        if name not in top:
            yield _unknown(name, top)
        elif name in _GROUPS and not isinstance(value, Mapping):
            message = f"{name} must be a mapping such as {{{_members(name)[0]}: ...}}"
            yield Problem(name, WRONG_TYPE, message)
        elif isinstance(value, Mapping):
            members = _members(name)
            for inner in value:
                if inner not in members:
                    yield _unknown(f"{name}.{inner}", tuple(f"{name}.{each}" for each in members))


def _members(group: str) -> tuple[str, ...]:
    prefix = f"{group}."
    return tuple(name.removeprefix(prefix) for name in _FIELDS if name.startswith(prefix))


def _unknown(name: str, known: tuple[str, ...]) -> Problem:
    advice = did_you_mean(name, known, "known:")
    return Problem(name, UNKNOWN_FIELD, f"{name} is no field of an architecture", advice)
