"""Reads softmax attention with grouped heads."""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.schedule import Reach
from costcheck.catalog.huggingface.shapes import Heads, norm_entries, read_heads
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.attention import Attention
from costcheck.physics.architectures.latent_attention import Indexer
from costcheck.physics.architectures.weights import Block, Listed, Weight, vector


def read_attention(
    fields: Fields, traits: Traits, hidden_size: int, reach: Reach, *, borrowed: bool = False
) -> Attention:
    """Return grouped-query attention with the family's biases and query and key norms."""
    shape = _read_shape(fields, traits, reach)
    queries, keys = _query_key_norms(traits, *shape)
    value_dim = traits.field("value_dim")
    sinks = traits.flag("sinks") or (reach.window is not None and traits.flag("sliding_sinks"))
    full = reach.window is None and reach.chunk is None
    return Attention(
        hidden_size=hidden_size,
        heads=shape.heads,
        kv_heads=1 if traits.flag("multi_query") else shape.kv_heads,
        head_dim=shape.head_dim,
        qkv_bias=traits.flag("qkv_bias"),
        output_bias=traits.flag("output_bias"),
        query_norm=queries,
        key_norm=0 if borrowed else keys,
        output_gate=traits.flag("output_gate"),
        sinks=sinks,
        relative_positions=traits.flag("relative_positions"),
        window=reach.window,
        chunk=reach.chunk,
        value_dim=fields.optional_size(value_dim) if value_dim else None,
        head_gate=traits.flag("head_gate"),
        keys_as_values=full and traits.flag("full_keys_as_values"),
        borrows_keys=borrowed,
        causal=not traits.flag("bidirectional"),
    )


def read_block_sparse(fields: Fields, traits: Traits, hidden_size: int) -> tuple[Block, ...]:
    """Return attention to the blocks of keys that a light scorer picks, and the scorer."""
    kept = fields.size("index_topk_blocks") * fields.size("index_block_size")
    attention = read_attention(fields, traits, hidden_size, Reach("sparse", window=kept))
    heads, width = fields.size("index_n_heads"), fields.size("index_head_dim")
    held = (
        Weight("query", hidden_size, heads * width),
        Weight("key", hidden_size, width),
        vector("norms", 2 * width),
    )
    return attention, Listed("indexer", held, (Indexer(heads, width).core(),))


def _read_shape(fields: Fields, traits: Traits, reach: Reach) -> Heads:
    """Return the heads of a layer; where all is seen they may be others than where it slides."""
    kind = "full" if reach.window is None and reach.chunk is None else "sliding"
    names = {
        "heads": "num_attention_heads",
        "kv_heads": "num_key_value_heads",
        "head_dim": "head_dim",
    }
    for part, usual in names.items():
        own = traits.field(f"{kind}_{part}")
        stated = own and fields.optional_size(own) is not None
        names[part] = own if stated else traits.field(part, usual)
    shape = read_heads(fields, **names)
    times = traits.number("sliding_kv_times") if kind == "sliding" else 0
    own_heads = fields.has(traits.field("sliding_kv_heads", "kv_heads"))
    return shape._replace(kv_heads=shape.kv_heads * times) if times and not own_heads else shape


def _query_key_norms(traits: Traits, heads: int, kv_heads: int, head_dim: int) -> tuple[int, int]:
    if not traits.flag("qk_norm"):
        return 0, 0
    kind = traits.word("qk_norm_kind", "rms")
    if traits.word("qk_norm_width", "head") == "head":
        return norm_entries(kind, head_dim), norm_entries(kind, head_dim)
    return norm_entries(kind, heads * head_dim), norm_entries(kind, kv_heads * head_dim)
