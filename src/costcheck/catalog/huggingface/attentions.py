"""Reads softmax attention with grouped heads."""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.schedule import Reach
from costcheck.catalog.huggingface.shapes import norm_entries, read_heads
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.attention import Attention


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
        kv_heads=1 if traits.flag("multi_query") else shape.kv_heads,
        head_dim=shape.head_dim,
        qkv_bias=traits.flag("qkv_bias"),
        output_bias=traits.flag("output_bias"),
        query_norm=queries,
        key_norm=keys,
        output_gate=traits.flag("output_gate"),
        sinks=traits.flag("sinks"),
        relative_positions=traits.flag("relative_positions"),
        window=reach.window,
        chunk=reach.chunk,
    )


def _query_key_norms(traits: Traits, heads: int, kv_heads: int, head_dim: int) -> tuple[int, int]:
    if not traits.flag("qk_norm"):
        return 0, 0
    kind = traits.word("qk_norm_kind", "rms")
    if traits.word("qk_norm_width", "head") == "head":
        return norm_entries(kind, head_dim), norm_entries(kind, head_dim)
    return norm_entries(kind, heads * head_dim), norm_entries(kind, kv_heads * head_dim)
