"""Transformer decoders whose family differs from others only in its traits."""

from __future__ import annotations

from costcheck.core.architectures import (
    Architecture,
    Attention,
    Block,
    FeedForward,
    Indexer,
    LatentAttention,
    Layer,
)
from costcheck.scenario.huggingface.fields import Fields
from costcheck.scenario.huggingface.mixtures import read_experts
from costcheck.scenario.huggingface.schedule import Reach, reaches, sparse_layers
from costcheck.scenario.huggingface.shapes import (
    Frame,
    assemble,
    norm,
    norm_entries,
    prediction_modules,
    read_frame,
    read_heads,
)
from costcheck.scenario.huggingface.traits import Traits

_TWO_NORMS = ("input_norm", "post_attention_norm")


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a config.

    Parameters
    ----------
    fields
        The config over its library defaults.
    traits
        What the family's data file says: kinds of attention, norm and feed-forward, rules for
        windows and experts, and which fields hold biases and counts.

    Returns
    -------
    Architecture
        Only to be used when `fields` has no problems.
    """
    frame = read_decoder_frame(fields, traits)
    layers = read_layers(fields, traits, frame)
    modules = fields.count(traits.field("mtp", "")) if traits.field("mtp", "") else 0
    return assemble(frame, layers, prediction_modules(frame, modules, layers[-1:]))


def read_decoder_frame(fields: Fields, traits: Traits) -> Frame:
    """Return the embedding and head of a config."""
    positions = traits.field("positions", "")
    width = traits.field("embedding_width", "")
    return read_frame(fields, traits.word("norm", "rms"))._replace(
        positions=fields.size(positions) + traits.number("extra_positions", 0) if positions else 0,
        embedding_norm=traits.flag("embedding_norm"),
        embedding_width=fields.optional_size(width) if width else None,
        final_norm=traits.flag("final_norm", True),
        head_bias=traits.flag("head_bias"),
    )


def read_layers(fields: Fields, traits: Traits, frame: Frame) -> list[Layer]:
    """Return every layer in order; layers of one kind are one object."""
    count = fields.size("num_hidden_layers")
    sparse = sparse_layers(fields, traits.word("sparse", "none"), count)
    spans = reaches(fields, traits.word("windows", "none"), count)
    kinds: dict[tuple[bool, Reach], Layer] = {}
    for kind in dict.fromkeys(zip(sparse, spans, strict=True)):
        kinds[kind] = _layer(fields, traits, frame, sparse=kind[0], reach=kind[1])
    return [kinds[kind] for kind in zip(sparse, spans, strict=True)]


def _layer(fields: Fields, traits: Traits, frame: Frame, *, sparse: bool, reach: Reach) -> Layer:
    hidden, kind = frame.hidden_size, frame.norm_kind
    names = traits.words("norms", _TWO_NORMS)
    return Layer(
        name=("moe" if sparse else "dense") + ("" if reach.name == "full" else f"_{reach.name}"),
        blocks=(
            *(norm(name, kind, hidden) for name in names),
            _attention(fields, traits, hidden, reach),
            read_experts(fields, traits, hidden)
            if sparse
            else read_feed_forward(fields, traits, hidden),
        ),
    )


def read_feed_forward(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    """Return the dense feed-forward block; an absent size means four times the stream."""
    name = traits.field("ffn_size", "intermediate_size")
    size = 4 * hidden_size if name == "4h" else fields.optional_size(name)
    if size is None:
        size = 4 * hidden_size if traits.flag("ffn_4h_default") else fields.size(name)
    bias = traits.flag("mlp_bias")
    return FeedForward(
        hidden_size=hidden_size,
        size=size,
        gated=traits.flag("gated", True),
        up_bias=bias,
        down_bias=bias,
    )


def _attention(fields: Fields, traits: Traits, hidden_size: int, reach: Reach) -> Block:
    if traits.word("attention", "grouped") == "latent":
        return read_latent_attention(fields, traits, hidden_size)
    return read_attention(fields, traits, hidden_size, reach)


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
    kind = traits.word("qk_norm_kind", "rms")
    if traits.word("qk_norm_width", "head") == "head":
        entries = norm_entries(kind, head_dim)
        return entries, entries
    return norm_entries(kind, heads * head_dim), norm_entries(kind, kv_heads * head_dim)


def read_latent_attention(fields: Fields, traits: Traits, hidden_size: int) -> LatentAttention:
    """Return multi-head latent attention, with the sparse indexer where the family has one."""
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
        indexer=Indexer(
            heads=fields.size("index_n_heads"),
            head_dim=fields.size("index_head_dim"),
            kept_keys=kept,
        )
        if kept is not None
        else None,
    )
