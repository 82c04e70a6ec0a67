"""Reads softmax attention: grouped heads, or latents with or without the sparse indexer."""

from __future__ import annotations

from costcheck.core.architectures import Attention, Indexer, LatentAttention
from costcheck.scenario.huggingface.fields import Fields
from costcheck.scenario.huggingface.schedule import Reach
from costcheck.scenario.huggingface.shapes import norm_entries, read_heads
from costcheck.scenario.huggingface.traits import Traits


def read_attention(fields: Fields, traits: Traits, hidden_size: int, reach: Reach) -> Attention:
    """Return grouped-query attention with the family's biases and query and key norms."""
    shape = read_heads(
        fields,
        head_dim=traits.field("head_dim", "head_dim"),
        kv_heads=traits.field("kv_heads", "num_key_value_heads"),
    )
    queries, keys = _query_key_norms(traits, *shape)
    return Attention(
        hidden_size=hidden_size,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        qkv_bias=traits.flag("qkv_bias"),
        output_bias=traits.flag("output_bias"),
        query_norm=queries,
        key_norm=keys,
        output_gate=traits.flag("output_gate"),
        sinks=traits.flag("sinks"),
        window=reach.window,
        chunk=reach.chunk,
    )


def _query_key_norms(traits: Traits, heads: int, kv_heads: int, head_dim: int) -> tuple[int, int]:
    if not traits.flag("qk_norm"):
        return 0, 0
    if traits.word("qk_norm_width", "head") == "head":
        return norm_entries("rms", head_dim), norm_entries("rms", head_dim)
    return norm_entries("rms", heads * head_dim), norm_entries("rms", kv_heads * head_dim)


def read_latent_attention(
    fields: Fields, traits: Traits, hidden_size: int, *, shared_index: bool
) -> LatentAttention:
    """Return multi-head latent attention, with the sparse indexer where the layer has one."""
    kept = fields.size("index_topk") if traits.flag("indexer") else None
    return LatentAttention(
        hidden_size=hidden_size,
        heads=fields.size("num_attention_heads"),
        query_rank=fields.optional_size("q_lora_rank"),
        kv_rank=fields.size("kv_lora_rank"),
        nope_dim=fields.size("qk_nope_head_dim"),
        rope_dim=fields.size("qk_rope_head_dim"),
        value_dim=fields.size("v_head_dim"),
        bias=traits.flag("qkv_bias"),
        kept_keys=kept,
        indexer=None
        if kept is None or shared_index
        else Indexer(heads=fields.size("index_n_heads"), head_dim=fields.size("index_head_dim")),
    )
