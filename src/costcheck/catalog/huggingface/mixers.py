"""Reads mixers other than softmax attention: state spaces and linear attention."""

from __future__ import annotations

import math
from collections.abc import Callable

from costcheck.catalog.huggingface.fields import CONTRADICTION, Fields
from costcheck.catalog.huggingface.shapes import read_head_dim
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.convolution import GatedConvolution
from costcheck.physics.architectures.linear_attention import (
    DeltaAttention,
    GatedDeltaAttention,
    LightningAttention,
)
from costcheck.physics.architectures.state_space import DualStateSpace, SelectiveStateSpace
from costcheck.physics.architectures.weights import Block

DELTA_CHUNK = 64
"""Tokens per chunk of the gated delta rule in the published kernels; configs do not state it."""


def read_mixer(kind: str, fields: Fields, traits: Traits, hidden_size: int) -> Block:
    """Return the mixer a family's data file names."""
    return _READERS[kind](fields, traits, hidden_size)


def _selective(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    rank_field = traits.field("step_rank", "time_step_rank")
    automatic = fields.raw(rank_field) == "auto"
    return SelectiveStateSpace(
        hidden_size=hidden_size,
        inner_size=int(fields.number(traits.field("expand", "expand")) * hidden_size),
        state_size=fields.size(traits.field("state_size", "state_size")),
        kernel=fields.size(traits.field("kernel", "conv_kernel")),
        step_rank=math.ceil(hidden_size / 16) if automatic else fields.size(rank_field),
        projection_bias=traits.flag("projection_bias"),
        convolution_bias=traits.flag("convolution_bias"),
        inner_norms=traits.flag("inner_norms"),
    )


def _dual(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    heads_field = traits.field("mamba_heads", "num_heads")
    heads = fields.size(heads_field)
    head_dim = fields.size(traits.field("mamba_head_dim", "head_dim"))
    if traits.flag("expanded") and fields.number("expand") * hidden_size != heads * head_dim:
        fields.report(
            heads_field,
            CONTRADICTION,
            f"{heads_field} {heads} times head dimension {head_dim} is not expand times "
            f"hidden_size ({fields.number('expand'):g} x {hidden_size})",
        )
    groups = fields.size("n_groups")
    if heads % groups:
        fields.report(
            "n_groups", CONTRADICTION, f"n_groups {groups} does not divide the {heads} heads"
        )
    return DualStateSpace(
        hidden_size=hidden_size,
        heads=heads,
        head_dim=head_dim,
        state_size=fields.size(traits.field("state_size", "state_size")),
        groups=groups,
        kernel=fields.size("conv_kernel"),
        chunk=fields.size("chunk_size"),
        projection_bias=traits.flag("projection_bias"),
        convolution_bias=traits.flag("convolution_bias"),
        output_norm=traits.flag("output_norm", default=True),
    )


def _gated_convolution(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    del traits
    return GatedConvolution(
        hidden_size=hidden_size, kernel=fields.size("conv_L_cache"), bias=fields.flag("conv_bias")
    )


def _kimi_delta(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    del traits
    return DeltaAttention(
        hidden_size=hidden_size,
        heads=fields.size("linear_num_heads"),
        head_dim=fields.size("linear_head_dim"),
        kernel=fields.size("linear_conv_kernel_dim"),
        chunk=DELTA_CHUNK,
    )


def _lightning(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    del traits
    heads = fields.size("num_attention_heads")
    return LightningAttention(
        hidden_size=hidden_size,
        heads=heads,
        head_dim=read_head_dim(fields, heads, "head_dim", "hidden_size"),
        block=fields.size("block_size"),
    )


def _delta(fields: Fields, traits: Traits, hidden_size: int) -> Block:
    del traits
    keys, values = fields.size("linear_num_key_heads"), fields.size("linear_num_value_heads")
    if values % keys:
        fields.report(
            "linear_num_key_heads",
            CONTRADICTION,
            f"linear_num_key_heads {keys} does not divide linear_num_value_heads {values}",
        )
    return GatedDeltaAttention(
        hidden_size=hidden_size,
        key_heads=keys,
        value_heads=values,
        key_dim=fields.size("linear_key_head_dim"),
        value_dim=fields.size("linear_value_head_dim"),
        kernel=fields.size("linear_conv_kernel_dim"),
        chunk=DELTA_CHUNK,
    )


_READERS: dict[str, Callable[[Fields, Traits, int], Block]] = {
    "mamba": _selective,
    "mamba2": _dual,
    "lightning": _lightning,
    "delta": _delta,
    "gated_convolution": _gated_convolution,
    "kimi_delta": _kimi_delta,
}
