"""Head counts, norms and frames that every family's reader needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcheck.catalog.huggingface.fields import CONTRADICTION, Fields
from costcheck.physics.architectures.architecture import (
    Architecture,
    Embedding,
    Head,
    Layer,
    run_lengths,
)
from costcheck.physics.architectures.feed_forward import Projection
from costcheck.physics.architectures.weights import Norm, Weight

_NORM_VECTORS = {"rms": 1, "scale": 1, "shifted": 2, "none": 0}
"""Trainable vectors of a norm: scale, or scale and shift, or none."""


class Heads(NamedTuple):
    """Attention heads, checked against each other."""

    heads: int
    kv_heads: int
    head_dim: int


def read_heads(
    fields: Fields,
    *,
    head_dim: str = "head_dim",
    kv_heads: str = "num_key_value_heads",
    hidden: str = "hidden_size",
    heads: str = "num_attention_heads",
) -> Heads:
    """Return the heads; absent key-value heads mean one per head."""
    query_heads = fields.size(heads)
    shared = fields.optional_size(kv_heads) or query_heads
    if query_heads % shared and fields.sound(heads):
        fields.report(
            kv_heads,
            CONTRADICTION,
            f"{fields.label(kv_heads)} {shared} does not divide the {query_heads} attention heads",
            "each key-value head serves the same number of heads",
        )
    return Heads(query_heads, shared, read_head_dim(fields, query_heads, head_dim, hidden))


def read_head_dim(fields: Fields, heads: int, head_dim: str, hidden: str) -> int:
    """Return the head dimension, stated or as hidden size over heads."""
    stated = fields.optional_size(head_dim)
    if stated is not None:
        return stated
    width = fields.size(hidden)
    if width % heads and fields.sound("num_attention_heads"):
        fields.report(
            hidden,
            CONTRADICTION,
            f"{fields.label(hidden)} {width} is not a multiple of {heads} heads and "
            f"{fields.label(head_dim)} is not given",
            f"state {fields.label(head_dim)}",
        )
    return width // heads or 1


def norm_entries(kind: str, width: int) -> int:
    """Return the trainable entries of a norm over a width."""
    return _NORM_VECTORS[kind] * width


def norm(name: str, kind: str, width: int) -> Norm:
    """Return a norm of the residual stream."""
    return Norm(name=name, width=width, entries=norm_entries(kind, width))


class Frame(NamedTuple):
    """What surrounds the layers."""

    hidden_size: int
    vocabulary_size: int
    tied: bool
    norm_kind: str = "rms"
    final_norm: bool = True
    positions: int = 0
    embedding_norm: bool = False
    embedding_width: int | None = None
    head_bias: bool = False
    extra: tuple[Weight, ...] = ()
    """Weights between the token table and the first layer."""
    head_extra: tuple[Weight, ...] = ()
    """Weights between the last layer and the vocabulary."""


def assemble(
    frame: Frame, layers: Sequence[Layer], mtp: tuple[tuple[int, Layer], ...] = ()
) -> Architecture:
    """Return the architecture of a frame around layers."""
    hidden, width = frame.hidden_size, frame.embedding_width or frame.hidden_size
    entries = norm_entries(frame.norm_kind, hidden)
    return Architecture(
        hidden_size=hidden,
        vocabulary_size=frame.vocabulary_size,
        embedding=Embedding(
            vocabulary_size=frame.vocabulary_size,
            width=width,
            hidden_size=hidden,
            positions=frame.positions,
            norm_entries=entries if frame.embedding_norm else 0,
            extra=frame.extra,
        ),
        schedule=run_lengths(layers),
        head=Head(
            vocabulary_size=frame.vocabulary_size,
            width=width,
            hidden_size=hidden,
            tied=frame.tied,
            bias=frame.head_bias,
            norm_entries=entries if frame.final_norm else 0,
            extra=frame.head_extra,
        ),
        mtp=mtp,
    )


def prediction_modules(
    frame: Frame, count: int, layers: Sequence[Layer]
) -> tuple[tuple[int, Layer], ...]:
    """Return multi-token-prediction modules: join embedding and stream, then whole layers.

    References
    ----------
    .. [1] DeepSeek-AI, "DeepSeek-V3 Technical Report", 2024, section 2.2,
       https://arxiv.org/abs/2412.19437
    """
    if not count:
        return ()
    hidden, kind = frame.hidden_size, frame.norm_kind
    joined = Layer(
        name="module",
        blocks=(
            norm("embedding_norm", kind, hidden),
            norm("stream_norm", kind, hidden),
            Projection(inputs=2 * hidden, outputs=hidden, name="join"),
            *(block for layer in layers for block in layer.blocks),
            norm("final_norm", kind, hidden),
        ),
    )
    return ((count, joined),)
