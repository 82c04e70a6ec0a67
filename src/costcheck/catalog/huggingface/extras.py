"""Small parts that some families add to a layer, or between the token table and the first one."""

from __future__ import annotations

from collections.abc import Callable

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.shapes import norm_entries
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.weights import Block, Listed, Weight, vector


def layer_extras(fields: Fields, traits: Traits, hidden_size: int) -> tuple[Block, ...]:
    """Return what a family adds to each layer."""
    names = traits.words("extras", ())
    found = (Listed(name, _LAYER[name](fields, hidden_size)) for name in names if name in _LAYER)
    return tuple(block for block in found if block.held)


def frame_extras(fields: Fields, traits: Traits, hidden_size: int) -> tuple[Weight, ...]:
    """Return what a family adds in front of the first layer or behind the last."""
    names = traits.words("extras", ())
    return tuple(w for name in names if name in _FRAME for w in _FRAME[name](fields, hidden_size))


def head_extras(traits: Traits, norm_kind: str, hidden_size: int) -> tuple[Weight, ...]:
    """Return the transform of a masked-language head."""
    if not traits.flag("head_transform"):
        return ()
    bias = hidden_size * traits.flag("head_bias_inside", default=True)
    scales = vector("transform_norm", norm_entries(norm_kind, hidden_size))
    return (Weight("transform", hidden_size, hidden_size, bias), scales)


def adjusted_width(fields: Fields, size: int) -> int:
    """Return two thirds of a width, scaled and rounded up as Llama's and LFM2's code does."""
    if not fields.flag("block_auto_adjust_ff_dim"):
        return size
    width = int(2 * size / 3)
    width = int(fields.number("block_ffn_dim_multiplier") * width)
    multiple = fields.size("block_multiple_of")
    return -(-width // multiple) * multiple


def _per_layer_inputs(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    width = fields.count("hidden_size_per_layer_input")
    if not width:
        return ()
    return (
        Weight("input_gate", hidden, width),
        Weight("projection", width, hidden),
        vector("norm", hidden),
    )


def _per_layer_tables(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    width, layers = fields.count("hidden_size_per_layer_input"), fields.size("num_hidden_layers")
    if not width:
        return ()
    rows = fields.optional_size("vocab_size_per_layer_input") or fields.size("vocab_size")
    return (
        vector("per_layer_tokens", rows * layers * width, "column"),
        Weight("per_layer_projection", hidden, layers * width),
        vector("per_layer_norm", width),
    )


def _sub_norms(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    return (
        vector("attention_sub_norm", hidden),
        vector("mlp_sub_norm", fields.size("intermediate_size")),
    )


def _token_types(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    return (vector("token_types", fields.count("type_vocab_size") * hidden),)


def _alternating_updates(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    streams = fields.size("altup_num_inputs")
    return (
        Weight("predict", streams, streams**2),
        Weight("correct", streams, streams),
        Weight("router", hidden, streams),
        vector("router_norm", hidden),
        vector("scale", hidden),
    )


def _streams(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    copies = fields.size("altup_num_inputs") - 1
    return (
        Weight("spread", hidden, hidden, copies=copies, active=copies),
        Weight("gather", hidden, hidden, copies=copies, active=copies),
    )


def _low_rank_residual(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    rank = fields.size("laurel_rank")
    return (Weight("left", hidden, rank), Weight("right", rank, hidden), vector("norm", hidden))


def _hyper_connections(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    streams = fields.size("hc_mult")
    width = streams * (2 + streams)
    return tuple(
        weight
        for part in ("attention", "feed_forward")
        for weight in (Weight(part, streams * hidden, width), vector(f"{part}_base", width + 3))
    )


def _hyper_head(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    streams = fields.size("hc_mult")
    return (Weight("streams", streams * hidden, streams), vector("streams_base", streams + 1))


def _expert_scales(fields: Fields, hidden: int) -> tuple[Weight, ...]:
    experts = fields.count("num_experts")
    return (vector("router_scale", hidden + experts),) if experts else ()


_Part = Callable[[Fields, int], tuple[Weight, ...]]
_LAYER: dict[str, _Part] = {
    "per_layer_inputs": _per_layer_inputs,
    "alternating_updates": _alternating_updates,
    "low_rank_residual": _low_rank_residual,
    "hyper_connections": _hyper_connections,
    "expert_scales": _expert_scales,
    "sub_norms": _sub_norms,
}
_FRAME: dict[str, _Part] = {
    "per_layer_inputs": _per_layer_tables,
    "alternating_updates": _streams,
    "hyper_connections": _hyper_head,
    "token_types": _token_types,
}
