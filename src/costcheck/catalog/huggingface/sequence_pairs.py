"""Encoder-decoders: text to text (T5) and sound to text (Whisper)."""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.towers import Tower, divided, network
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture, Head
from costcheck.physics.architectures.weights import Weight, vector


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a config."""
    return _sound(fields) if traits.flag("sound") else _text(fields, traits)


def _text(fields: Fields, traits: Traits) -> Architecture:
    hidden, rows = fields.size("d_model"), fields.size("vocab_size")
    inputs, outputs = fields.size("n_positions"), fields.size("target_length")
    heads, layers = fields.size("num_heads"), fields.layers("num_layers")
    encoder = Tower(
        name="encoder_layer",
        positions=inputs,
        layers=layers,
        hidden_size=hidden,
        heads=heads,
        head_dim=fields.size("d_kv"),
        feed_forward=fields.size("d_ff"),
        gated=(fields.text("feed_forward_proj") or "").startswith("gated"),
        norm_kind="rms",
        bias=False,
        output_bias=False,
        mlp_bias=False,
    )
    decoder = encoder._replace(
        name="decoder_layer",
        positions=outputs,
        layers=fields.optional_size("num_decoder_layers") or layers,
        causal=True,
        context=(hidden, inputs),
    )
    biases = 2 * heads * fields.size("relative_attention_num_buckets")
    return network(
        [encoder, decoder],
        sample=f"a text of {inputs} tokens with {outputs} tokens to write",
        before=(vector("relative_positions", biases), vector("encoder_norm", hidden)),
        vocabulary=(rows, hidden),
        head=Head(
            rows,
            hidden,
            hidden,
            tied=traits.flag("tied", "tie_word_embeddings"),
            norm_entries=hidden,
            share=outputs / (inputs + outputs),
        ),
    )


def _sound(fields: Fields) -> Architecture:
    hidden, rows, bands = (
        fields.size("d_model"),
        fields.size("vocab_size"),
        fields.size("num_mel_bins"),
    )
    heard, written = fields.size("max_source_positions"), fields.size("max_target_positions")
    total = heard + written
    heads = fields.size("encoder_attention_heads")
    encoder = Tower(
        name="encoder_layer",
        positions=heard,
        layers=fields.layers("encoder_layers"),
        hidden_size=hidden,
        heads=heads,
        head_dim=divided(fields, "d_model", hidden, heads),
        feed_forward=fields.size("encoder_ffn_dim"),
        key_bias=False,
    )
    heads = fields.size("decoder_attention_heads")
    decoder = encoder._replace(
        name="decoder_layer",
        positions=written,
        layers=fields.layers("decoder_layers"),
        heads=heads,
        head_dim=divided(fields, "d_model", hidden, heads),
        feed_forward=fields.size("decoder_ffn_dim"),
        causal=True,
        context=(hidden, heard),
    )
    head = Head(rows, hidden, hidden, tied=True, norm_entries=2 * hidden, share=written / total)
    return network(
        [encoder, decoder],
        sample=f"a window of sound of {heard} positions with {written} tokens to write",
        before=_heard(bands, hidden, heard, total),
        vocabulary=(rows, hidden),
        head=head,
    )


def _heard(bands: int, hidden: int, heard: int, total: int) -> tuple[Weight, ...]:
    """Return two convolutions over three frames each, the second of which halves their number."""
    return (
        Weight("frames", 3 * bands, hidden, hidden, active=2 * heard / total),
        Weight("halved", 3 * hidden, hidden, hidden, active=heard / total),
        vector("positions", total * hidden),
        vector("encoder_norm", 2 * hidden),
    )
