"""Stacks of transformer layers as encoders, towers of two-tower models and decoders have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from costcheck.catalog.huggingface.fields import CONTRADICTION, Fields
from costcheck.catalog.huggingface.shapes import norm
from costcheck.physics.architectures.architecture import (
    Architecture,
    Embedding,
    Head,
    Layer,
    run_lengths,
)
from costcheck.physics.architectures.attention import Attention
from costcheck.physics.architectures.feed_forward import FeedForward
from costcheck.physics.architectures.samples import CrossAttention, placed
from costcheck.physics.architectures.weights import Block, Weight


class Tower(NamedTuple):
    """A stack of equal layers on its own part of a sample."""

    name: str
    positions: int
    layers: int
    hidden_size: int
    heads: int
    head_dim: int
    feed_forward: int
    gated: bool = False
    norm_kind: str = "shifted"
    bias: bool = True
    """Biases of the attention."""
    output_bias: bool = True
    """Whether its output has one, where its queries have none."""
    key_bias: bool = True
    mlp_bias: bool = True
    causal: bool = False
    context: tuple[int, int] | None = None
    """Width and positions of what the layers also attend to."""

    def layer(self) -> Layer:
        """Return one layer."""
        hidden = self.hidden_size
        attention = Attention(
            hidden_size=hidden,
            heads=self.heads,
            kv_heads=self.heads,
            head_dim=self.head_dim,
            qkv_bias=self.bias,
            output_bias=self.bias or self.output_bias,
            key_bias=self.key_bias,
            causal=self.causal,
        )
        mlp = FeedForward(
            hidden_size=hidden,
            size=self.feed_forward,
            gated=self.gated,
            up_bias=self.mlp_bias,
            down_bias=self.mlp_bias,
        )
        return Layer(
            self.name,
            (
                norm("input_norm", self.norm_kind, hidden),
                attention,
                *self._cross(),
                norm("output_norm", self.norm_kind, hidden),
                mlp,
            ),
        )

    def _cross(self) -> tuple[Block, ...]:
        if self.context is None:
            return ()
        width, keys = self.context
        return (
            norm("cross_norm", self.norm_kind, self.hidden_size),
            CrossAttention(
                hidden_size=self.hidden_size,
                heads=self.heads,
                head_dim=self.head_dim,
                context_size=width,
                keys=keys,
                positions=self.positions,
                bias=self.bias,
                key_bias=self.key_bias,
                output_bias=self.bias or self.output_bias,
            ),
        )


def read_tower(
    fields: Fields, path: str, positions: int, *, heads: int | None = None, causal: bool = False
) -> Tower:
    """Return a tower of the usual fields, such as those of a ``vision_config``."""
    hidden = fields.size(f"{path}hidden_size")
    heads = heads or fields.size(f"{path}num_attention_heads")
    return Tower(
        name=f"{path.partition('_')[0]}_layer" if path else "layer",
        positions=positions,
        layers=fields.layers(f"{path}num_hidden_layers"),
        hidden_size=hidden,
        heads=heads,
        head_dim=divided(fields, f"{path}hidden_size", hidden, heads),
        feed_forward=fields.size(f"{path}intermediate_size"),
        causal=causal,
    )


def divided(fields: Fields, name: str, width: int, parts: int) -> int:
    """Return the share of one of several parts, which has to be whole."""
    if width % parts:
        message = f"{fields.label(name)} {width} is not a multiple of {parts}"
        fields.report(name, CONTRADICTION, message)
    return width // parts or 1


def network(
    towers: Iterable[Tower],
    *,
    sample: str,
    before: tuple[Weight, ...] = (),
    behind: tuple[Weight, ...] = (),
    vocabulary: tuple[int, int] = (0, 0),
    head: Head | None = None,
) -> Architecture:
    """Return a network of towers; `vocabulary` is the rows of the token table and their width."""
    towers = tuple(towers)
    total = sum(tower.positions for tower in towers)
    layers = [placed(t.layer(), t.positions, total) for t in towers for _ in range(t.layers)]
    hidden = max(tower.hidden_size for tower in towers)
    rows, width = vocabulary
    head = head or Head(0, hidden, hidden, tied=True)
    return Architecture(
        hidden_size=hidden,
        vocabulary_size=head.vocabulary_size,
        embedding=Embedding(rows, width, width, extra=before),
        schedule=run_lengths(layers),
        head=head._replace(extra=behind),
        positions=total,
        sample=sample,
    )


def denoiser(
    schedule: tuple[tuple[int, Layer], ...],
    hidden_size: int,
    positions: int,
    sample: str,
    *,
    before: tuple[Weight, ...],
    behind: tuple[Weight, ...],
) -> Architecture:
    """Return a network that takes the noise off samples of one size."""
    return Architecture(
        hidden_size=hidden_size,
        vocabulary_size=0,
        embedding=Embedding(0, 0, 0, extra=before),
        schedule=schedule,
        head=Head(0, hidden_size, hidden_size, tied=True, extra=behind),
        positions=positions,
        sample=sample,
        denoises=True,
    )
