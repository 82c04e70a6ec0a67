"""Denoisers of diffusion models: DiT, PixArt, Flux and the UNet of Stable Diffusion.

Their configs are those of the diffusers library. Frozen encoders of images and text are other
networks; what they put out is usually stored.
"""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.towers import Tower, denoiser, divided
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.attention import SoftmaxCore
from costcheck.physics.architectures.weights import Listed, Weight, vector

_TIMESTEP = 256
"""Width of the sines that stand for a timestep in diffusers."""


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a transformer that denoises."""
    if traits.flag("joint"):
        return _joint(fields)
    heads = fields.size("num_attention_heads")
    hidden = heads * fields.size("attention_head_dim")
    side, patch = fields.size("sample_size"), fields.size("patch_size")
    positions, words = (
        divided(fields, "sample_size", side, patch) ** 2,
        fields.count("caption_length"),
    )
    once = 1 / positions
    tower = Tower(
        name="layer",
        positions=positions,
        layers=fields.layers("num_layers"),
        hidden_size=hidden,
        heads=heads,
        head_dim=hidden // heads,
        feed_forward=4 * hidden,
        norm_kind="none",
        context=(fields.size("cross_attention_dim"), words) if words else None,
    )
    layer = tower.layer()
    own = (vector("modulation", 6 * hidden),) if words else _modulation(fields, hidden, once)
    layer = layer._replace(blocks=(*layer.blocks, Listed("modulation", own)))
    inputs, outputs = (patch**2 * fields.size(f"{end}_channels") for end in ("in", "out"))
    conditions = _conditions(fields, hidden, words, once) if words else ()
    return denoiser(
        ((tower.layers, layer),),
        hidden,
        positions,
        _image(fields, words),
        before=(Weight("patches", inputs, hidden, hidden), *conditions),
        behind=(Weight("pixels", hidden, outputs, outputs), *_ending(hidden, words, once)),
    )


def _ending(hidden: int, words: int, once: float) -> tuple[Weight, ...]:
    """Return what shifts and scales the last outputs; DiT makes its timestep once more for it."""
    if words:
        return (vector("last_modulation", 2 * hidden),)
    again = _twice("last_timestep", _TIMESTEP, hidden, once)
    return (
        *(weight._replace(copies=0) for weight in again),
        Weight("last_modulation", hidden, 2 * hidden, 2 * hidden, active=once),
    )


def _image(fields: Fields, words: int) -> str:
    side = fields.size("sample_size")
    return f"a latent image of {side} x {side}" + (
        f", with {words} tokens of text" if words else ""
    )


def _twice(name: str, inputs: int, hidden: int, share: float) -> tuple[Weight, ...]:
    """Return two matrices in a row that make one condition of a layer's width."""
    return (
        Weight(f"{name}_in", inputs, hidden, hidden, active=share),
        Weight(f"{name}_out", hidden, hidden, hidden, active=share),
    )


def _modulation(fields: Fields, hidden: int, once: float) -> tuple[Weight, ...]:
    """Return what each layer of DiT makes of timestep and class."""
    return (
        *_twice("timestep", _TIMESTEP, hidden, once),
        vector("classes", (fields.size("num_embeds_ada_norm") + 1) * hidden),
        Weight("shift_and_scale", hidden, 6 * hidden, 6 * hidden, active=once),
    )


def _conditions(fields: Fields, hidden: int, words: int, once: float) -> tuple[Weight, ...]:
    """Return what PixArt makes once of timestep, size and text."""
    sizes: tuple[Weight, ...] = ()
    stated = fields.raw("use_additional_conditions")
    if stated is True or (stated is not False and fields.size("sample_size") == _WITH_SIZES):
        each = hidden // 3
        sizes = (
            *_twice("size", _TIMESTEP, each, 2 * once),
            *_twice("aspect", _TIMESTEP, each, once),
        )
    return (
        *_twice("timestep", _TIMESTEP, hidden, once),
        *sizes,
        Weight("shift_and_scale", hidden, 6 * hidden, 6 * hidden, active=once),
        *_twice("caption", fields.size("caption_channels"), hidden, words * once),
    )


_WITH_SIZES = 128
"""Side of the latent image for which PixArt also sees the size of the picture, unless stated."""


def _joint(fields: Fields) -> Architecture:
    """Return Flux: two streams with their own weights that attend to each other, then one."""
    heads, head_dim = fields.size("num_attention_heads"), fields.size("attention_head_dim")
    hidden, seen, words = heads * head_dim, fields.size("image_length"), fields.size("text_length")
    total = seen + words
    core = SoftmaxCore(heads=heads, score_dim=head_dim, value_dim=head_dim, causal=False)
    once = 1 / total
    streams = [
        weight
        for name, share in (("image", seen / total), ("text", words / total))
        for weight in _stream(name, hidden, head_dim, share, once)
    ]
    double = Layer("double", (Listed("streams", tuple(streams), (core,)),))
    width = 5 * hidden
    single = (
        Weight("query_key_value", hidden, 3 * hidden, 3 * hidden, split="column"),
        Weight("up", hidden, 4 * hidden, 4 * hidden, split="column"),
        Weight("output", width, hidden, hidden, split="row"),
        Weight("shift_and_scale", hidden, 3 * hidden, 3 * hidden, active=once),
        vector("query_key_norms", 2 * head_dim),
    )
    ones = Layer("single", (Listed("stream", single, (core,)),))
    channels = fields.size("in_channels")
    guided = _twice("guidance", _TIMESTEP, hidden, once) if fields.flag("guidance_embeds") else ()
    before = (
        Weight("patches", channels, hidden, hidden, active=seen / total),
        Weight("text", fields.size("joint_attention_dim"), hidden, hidden, active=words / total),
        *_twice("timestep", _TIMESTEP, hidden, once),
        *guided,
        *_twice("pooled_text", fields.size("pooled_projection_dim"), hidden, once),
    )
    behind: tuple[Weight, ...] = (
        Weight("last_modulation", hidden, 2 * hidden, 2 * hidden, active=once),
        Weight("pixels", hidden, channels, channels, active=seen / total),
    )
    runs = ((fields.layers("num_layers"), double), (fields.layers("num_single_layers"), ones))
    sample = f"an image of {seen} patches, with {words} tokens of text"
    return denoiser(runs, hidden, total, sample, before=before, behind=behind)


def _stream(name: str, hidden: int, head_dim: int, share: float, once: float) -> tuple[Weight, ...]:
    wide, three = 4 * hidden, 3 * hidden
    return (
        Weight(f"{name}_query_key_value", hidden, three, three, active=share, split="column"),
        Weight(f"{name}_output", hidden, hidden, hidden, active=share, split="row"),
        Weight(f"{name}_up", hidden, wide, wide, active=share, split="column"),
        Weight(f"{name}_down", wide, hidden, hidden, active=share, split="row"),
        Weight(f"{name}_shift_and_scale", hidden, 6 * hidden, 6 * hidden, active=once),
        vector(f"{name}_query_key_norms", 2 * head_dim),
    )
