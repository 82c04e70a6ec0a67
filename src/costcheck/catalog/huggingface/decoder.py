"""Decoders whose layers are norms, a mixer and a feed-forward block, as traits say."""

from __future__ import annotations

from typing import NamedTuple

from costcheck.catalog.huggingface.attentions import read_attention, read_block_sparse
from costcheck.catalog.huggingface.extras import (
    adjusted_width,
    frame_extras,
    head_extras,
    layer_extras,
)
from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.mixtures import read_experts
from costcheck.catalog.huggingface.schedule import (
    Reach,
    borrowing_layers,
    mixers,
    own_fields,
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
    borrowed: bool = False
    """Keys and values are an earlier layer's."""
    own: tuple[tuple[str, object], ...] = ()
    """Fields that this layer states for itself."""

    @property
    def name(self) -> str:
        """Return a name that no other kind of the network has."""
        parts = (
            "moe" if self.sparse else "dense",
            "" if self.mixer == "attention" else self.mixer,
            "" if self.reach.name == "full" else self.reach.name,
            "shared_index" if self.shared_index else "",
            "borrowing" if self.borrowed else "",
            *(f"{name}_{value}" for name, value in self.own),
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
    hidden = fields.size("hidden_size")
    return Frame(
        hidden,
        fields.size("vocab_size"),
        tied=traits.flag("tied", "tie_word_embeddings"),
        norm_kind=kind,
        positions=fields.size(positions) + traits.number("extra_positions") if positions else 0,
        embedding_norm=traits.flag("embedding_norm"),
        embedding_width=fields.optional_size(width) if width else None,
        final_norm=final,
        head_bias=traits.flag("head_bias"),
        extra=frame_extras(fields, traits, hidden),
        head_extra=head_extras(traits, kind, hidden),
    )


def _read_layers(fields: Fields, traits: Traits, frame: Frame) -> list[Layer]:
    count = fields.layers("num_hidden_layers") * (traits.number("sublayers") or 1)
    kinds = [
        Kind(*kind)
        for kind in zip(
            mixers(fields, traits, count),
            sparse_layers(fields, traits.word("sparse", "none"), count),
            reaches(fields, traits.word("windows", "none"), count),
            shared_indexes(fields, traits, count),
            borrowing_layers(fields, count),
            own_fields(fields, count),
            strict=True,
        )
    ]
    layers = {kind: _layer(fields, traits, frame, kind) for kind in dict.fromkeys(kinds)}
    return [layers[kind] for kind in kinds]


def _layer(fields: Fields, traits: Traits, frame: Frame, kind: Kind) -> Layer:
    hidden = frame.hidden_size
    names = traits.words("norms", _TWO_NORMS)[: 1 if traits.flag("single_norm") else None]
    if kind.sparse:
        names = (*names, *traits.words("sparse_norms", ()))
    if kind.own:
        fields = fields.over(**dict(kind.own))
        traits = traits.over(fields)
    return Layer(
        name=kind.name,
        blocks=(
            *(norm(name, frame.norm_kind, hidden) for name in names),
            *_mixers(fields, traits, hidden, kind),
            *_feed_forwards(fields, traits, hidden, kind),
            *layer_extras(fields, traits, hidden),
        ),
    )


def _mixers(fields: Fields, traits: Traits, hidden_size: int, kind: Kind) -> tuple[Block, ...]:
    if kind.mixer == "block_sparse":
        return read_block_sparse(fields, traits, hidden_size)
    beside = traits.word("beside", "")
    mixers = (kind.mixer, beside) if beside else (kind.mixer,)
    return tuple(
        _mixer(fields, traits, hidden_size, kind._replace(mixer=mixer)) for mixer in mixers
    )


def _mixer(fields: Fields, traits: Traits, hidden_size: int, kind: Kind) -> Block:
    if kind.mixer != "attention":
        from costcheck.catalog.huggingface.mixers import read_mixer

        return read_mixer(kind.mixer, fields, traits, hidden_size)
    if traits.word("attention", "grouped") == "latent":
        from costcheck.catalog.huggingface.latent_attentions import read_latent_attention

        return read_latent_attention(fields, traits, hidden_size, shared_index=kind.shared_index)
    return read_attention(fields, traits, hidden_size, kind.reach, borrowed=kind.borrowed)


def _feed_forwards(
    fields: Fields, traits: Traits, hidden_size: int, kind: Kind
) -> tuple[Block, ...]:
    if not traits.flag("feed_forward", default=True):
        return ()
    if not kind.sparse:
        dense = read_feed_forward(fields, traits, hidden_size)
        wide = kind.borrowed and traits.flag("borrowers_are_wide")
        return (dense._replace(size=2 * dense.size) if wide else dense,)
    experts = read_experts(fields, traits, hidden_size)
    if traits.flag("dense_beside"):
        return (experts, read_feed_forward(fields, traits, hidden_size)._replace(name="mlp"))
    if not traits.flag("dense_residual"):
        return (experts,)
    size = fields.optional_size(traits.field("residual_size", "residual_mlp_width")) or hidden_size
    return (experts, FeedForward(hidden_size=hidden_size, size=size, name="residual_mlp"))


def read_feed_forward(fields: Fields, traits: Traits, hidden_size: int) -> FeedForward:
    """Return the dense block; some families state its size as a multiple of the stream."""
    name, ratio = traits.field("ffn_size", "intermediate_size"), traits.number("ffn_ratio")
    size = fields.optional_size(name) if ratio else fields.size(name)
    if size is not None and traits.flag("ffn_adjusted"):
        size = adjusted_width(fields, size)
    bias = traits.flag("mlp_bias")
    return FeedForward(
        hidden_size=hidden_size,
        size=ratio * hidden_size if size is None else size,
        gated=traits.flag("gated", default=True),
        up_bias=bias,
        down_bias=bias,
        scalars=traits.number("activation_scalars"),
    )
