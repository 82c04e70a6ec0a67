"""Falcon configs: which key-value heads and norms there are depends on three switches."""

from __future__ import annotations

from costcheck.catalog.huggingface import decoder
from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a Falcon config of any generation."""
    grouped = fields.flag("new_decoder_architecture")
    heads = fields.size("num_attention_heads")
    if grouped:
        kv_heads = fields.optional_size("num_kv_heads") or heads
    else:
        kv_heads = 1 if fields.flag("multi_query") else heads
    norms = fields.optional_count("num_ln_in_parallel_attn")
    two = norms == 2 or (norms is None and grouped) or not fields.flag("parallel_attn")
    settled = fields.over(num_kv_heads=kv_heads)
    names = ["attention_norm", "mlp_norm"] if two else ["input_norm"]
    return decoder.read(settled, traits.over(settled, norms=names))
