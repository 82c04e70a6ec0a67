"""Nemotron-H configs: every layer is one norm and one block, in a written pattern."""

from __future__ import annotations

from costcheck.catalog.huggingface.attentions import read_attention
from costcheck.catalog.huggingface.decoder import read_decoder_frame, read_feed_forward
from costcheck.catalog.huggingface.fields import CONTRADICTION, MISSING_FIELD, WRONG_TYPE, Fields
from costcheck.catalog.huggingface.mixers import read_mixer
from costcheck.catalog.huggingface.mixtures import read_experts
from costcheck.catalog.huggingface.schedule import FULL
from costcheck.catalog.huggingface.shapes import Frame, assemble, norm, prediction_modules
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.weights import Block

_LETTERS = {"M": "mamba", "E": "moe", "*": "attention", "-": "mlp"}
_WORDS = {
    "linear_attention": "mamba",
    "mamba": "mamba",
    "moe": "moe",
    "full_attention": "attention",
    "attention": "attention",
    "mlp": "mlp",
}


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a Nemotron-H config."""
    frame = read_decoder_frame(fields, traits)
    kinds = _kinds(fields, "layer_types", "hybrid_override_pattern")
    if not kinds:
        fields.report("layer_types", MISSING_FIELD, "neither layer_types nor a pattern is given")
    stated = fields.optional_size("num_hidden_layers")
    if stated is not None and kinds and stated != len(kinds):
        fields.report(
            "num_hidden_layers",
            CONTRADICTION,
            f"num_hidden_layers is {stated} but the pattern has {len(kinds)} layers",
        )
    layers = _layers(fields, traits, frame, kinds)
    modules = fields.count("num_nextn_predict_layers")
    ahead = _kinds(fields, "mtp_layers_block_type", "mtp_hybrid_override_pattern")
    inner = _layers(fields, traits, frame, ahead if modules else [])
    return assemble(frame, layers, prediction_modules(frame, modules, inner))


def _kinds(fields: Fields, listed: str, written: str) -> list[str]:
    words = fields.items(listed) if fields.has(listed) else None
    pattern = fields.text(written)
    if words is None and pattern is not None:
        return [_known(fields, written, letter, _LETTERS) for letter in pattern]
    words = fields.items(listed) if words is None else words
    return [_known(fields, listed, str(word), _WORDS) for word in words or ()]


def _known(fields: Fields, name: str, word: str, known: dict[str, str]) -> str:
    if word not in known:
        fields.report(
            name, WRONG_TYPE, f"{name} holds {word!r}, which is no kind of layer", "".join(known)
        )
    return known.get(word, "mlp")


def _layers(fields: Fields, traits: Traits, frame: Frame, kinds: list[str]) -> list[Layer]:
    layers = {
        kind: Layer(
            name=kind,
            blocks=(
                norm("input_norm", frame.norm_kind, frame.hidden_size),
                _block(fields, traits, frame.hidden_size, kind),
            ),
        )
        for kind in dict.fromkeys(kinds)
    }
    return [layers[kind] for kind in kinds]


def _block(fields: Fields, traits: Traits, hidden_size: int, kind: str) -> Block:
    if kind == "attention":
        return read_attention(fields, traits, hidden_size, FULL)
    if kind == "mamba":
        return read_mixer("mamba2", fields, traits, hidden_size)
    if kind == "moe":
        return read_experts(fields, traits, hidden_size)
    return read_feed_forward(fields, traits, hidden_size)
