"""Decoders whose layers are norms, a mixer and a feed-forward block, as traits say."""

from __future__ import annotations

from typing import NamedTuple

from costcheck.catalog.huggingface.attentions import read_attention
from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.mixtures import read_experts
from costcheck.catalog.huggingface.schedule import (
    Reach,
    mixers,
    reaches,
    shared_indexes,
    sparse_layers,
)
from costcheck.catalog.huggingface.shapes import Frame, assemble, norm, prediction_modules
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.feed_forward import FeedForward
from costcheck.physics.architectures.weights import Block

_TWO_NORMS = ("input_norm", "post_attention_norm")


class Kind(NamedTuple):
    """What tells one layer of a network from another."""

    mixer: str
    sparse: bool
    reach: Reach
    shared_index: bool

    @property
    def name(self) -> str:
        """Return a name that no other kind of the network has."""
        parts = (
            "moe" if self.sparse else "dense",
            "" if self.mixer == "attention" else self.mixer,
            "" if self.reach.name == "full" else self.reach.name,
            "shared_index" if self.shared_index else "",
        )
        return "_".join(part for part in parts if part)


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a config."""
    frame = read_decoder_frame(fields, traits)
    layers = _read_layers(fields, traits, frame)
    modules = traits.number("mtp")
    return assemble(frame, layers, prediction_modules(frame, modules, layers[-1:]))


def read_decoder_frame(fields: Fields, traits: Traits) -> Frame:
    """Return the embedding and head of a config."""
    positions, width = traits.field("positions"), traits.field("embedding_width")
    kind = traits.word("norm", "rms") if traits.flag("norm_if", default=True) else "none"
    final = traits.flag("final_norm", default=True) and not traits.flag("no_final_norm")
    return Frame(
        fields.size("hidden_size"),
        fields.size("vocab_size"),
        tied=traits.flag("tied", "tie_word_embeddings"),
        norm_kind=kind,
        positions=fields.size(positions) + traits.number("extra_positions") if positions else 0,
        embedding_norm=traits.flag("embedding_norm"),
        embedding_width=fields.optional_size(width) if width else None,
        final_norm=final,
        head_bias=traits.flag("head_bias"),
    )


def _read_layers(fields: Fields, traits: Traits, frame: Frame) -> list[Layer]:
    count = fields.layers("num_hidden_layers")
    kinds = [
        Kind(*kind)
        for kind in zip(
            mixers(fields, traits, count),
            sparse_layers(fields, traits.word("sparse", "none"), count),
            reaches(fields, traits.word("windows", "none"), count),
            shared_indexes(fields, traits, count),
            strict=True,
        )
    ]
    layers = {kind: _layer(fields, traits, frame, kind) for kind in dict.fromkeys(kinds)}
    return [layers[kind] for kind in kinds]


def _layer(fields: Fields, traits: Traits, frame: Frame, kind: Kind) -> Layer:
    hidden = frame.hidden_size
    names = traits.words("norms", _TWO_NORMS)[: 1 if traits.flag("single_norm") else None]
    return Layer(
        name=kind.name,
        blocks=(
            *(norm(name, frame.norm_kind, hidden) for name in names),
            _mixer(fields, traits, hidden, kind),
            *_feed_forwards(fields, traits, hidden, sparse=kind.sparse),
        ),
    )


def _mixer(fields: Fields, traits: Traits, hidden_size: int, kind: Kind) -> Block:
    if kind.mixer != "attention":
        from costcheck.catalog.huggingface.mixers import read_mixer

        return read_mixer(kind.mixer, fields, traits, hidden_size)
    if traits.word("attention", "grouped") == "latent":
        from costcheck.catalog.huggingface.latent_attentions import read_latent_attention

        return read_latent_attention(fields, traits, hidden_size, shared_index=kind.shared_index)
    return read_attention(fields, traits, hidden_size, kind.reach)


def _feed_forwards(
    fields: Fields, traits: Traits, hidden_size: int, *, sparse: bool
) -> tuple[Block, ...]:
    if not traits.flag("feed_forward", default=True):
        return ()
    if not sparse:
        return (read_feed_forward(fields, traits, hidden_size),)
    experts = read_experts(fields, traits, hidden_size)
    if not traits.flag("dense_residual"):
        return (experts,)
    size = fields.optional_size(traits.field("residual_size", "residual_mlp_width")) or hidden_size
    return (experts, FeedForward(hidden_size=hidden_size, size=size, name="residual_mlp"))


def read_feed_forward(fields: Fields, traits: Traits, hidden_size: int) -> FeedForward:
    """Return the dense block; some families state its size as a multiple of the stream."""
    name, ratio = traits.field("ffn_size", "intermediate_size"), traits.number("ffn_ratio")
    size = fields.optional_size(name) if ratio else fields.size(name)
    bias = traits.flag("mlp_bias")
    return FeedForward(
        hidden_size=hidden_size,
        size=ratio * hidden_size if size is None else size,
        gated=traits.flag("gated", default=True),
        up_bias=bias,
        down_bias=bias,
        scalars=traits.number("activation_scalars"),
    )
