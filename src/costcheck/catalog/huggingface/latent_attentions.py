"""Reads multi-head latent attention, with or without the sparse indexer."""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.latent_attention import Indexer, LatentAttention


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
