"""DeepSeek-V4 configs: each layer sees a window, and far tokens at one of two compressions."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck.catalog.huggingface.decoder import read_decoder_frame
from costcheck.catalog.huggingface.extras import layer_extras
from costcheck.catalog.huggingface.fields import WRONG_TYPE, Fields
from costcheck.catalog.huggingface.mixtures import read_experts
from costcheck.catalog.huggingface.shapes import assemble, norm, prediction_modules
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.compressed_attention import CompressedAttention
from costcheck.physics.architectures.latent_attention import Indexer
from costcheck.physics.architectures.weights import Block

_SPARSE, _HEAVY = "compressed_sparse_attention", "heavily_compressed_attention"


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a config."""
    frame = read_decoder_frame(fields, traits)
    count = fields.layers("num_hidden_layers")
    layers = []
    for rate in _rates(fields, count):
        blocks: tuple[Block, ...] = (
            norm("input_norm", frame.norm_kind, frame.hidden_size),
            norm("post_attention_norm", frame.norm_kind, frame.hidden_size),
            _attention(fields, frame.hidden_size, rate),
            read_experts(fields, traits, frame.hidden_size),
            *layer_extras(fields, traits, frame.hidden_size),
        )
        layers.append(Layer(name=f"moe_compressed_{rate}" if rate else "moe_window", blocks=blocks))
    modules = prediction_modules(frame, fields.count("num_nextn_predict_layers"), layers[-1:])
    return assemble(frame, layers, modules)


def _rates(fields: Fields, layers: int) -> list[int]:
    """Return the tokens behind one compressed key, layer by layer; 0 where there are none."""
    stated = fields.items("compress_ratios")
    if stated is not None:
        rates = [item if isinstance(item, int) and item >= 0 else 0 for item in stated]
        return (rates + [0] * layers)[:layers]
    kinds = fields.items("layer_types") or []
    rates_of = fields.raw("compress_rates")
    known = rates_of if isinstance(rates_of, Mapping) else {_SPARSE: 4, _HEAVY: 128}
    for kind in dict.fromkeys(map(str, kinds)):
        if kind not in (*known, "sliding_attention"):
            fields.report(
                "layer_types", WRONG_TYPE, f"layer_types holds {kind!r}, which is unknown"
            )
    found = [int(known.get(str(kind), 0)) for kind in kinds] or [0]
    return [found[index % len(found)] for index in range(layers)]


def _attention(fields: Fields, hidden_size: int, rate: int) -> CompressedAttention:
    sparse = 0 < rate < fields.size("dense_above_rate")
    indexer = Indexer(heads=fields.size("index_n_heads"), head_dim=fields.size("index_head_dim"))
    return CompressedAttention(
        hidden_size=hidden_size,
        heads=fields.size("num_attention_heads"),
        head_dim=fields.size("head_dim"),
        query_rank=fields.size("q_lora_rank"),
        output_groups=fields.size("o_groups"),
        output_rank=fields.size("o_lora_rank"),
        window=fields.size("sliding_window"),
        rate=rate,
        indexer=indexer if sparse else None,
        kept_keys=fields.size("index_topk") if sparse else None,
    )
