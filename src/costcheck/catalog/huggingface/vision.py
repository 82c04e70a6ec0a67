"""Vision transformers, and pairs of an image and a text tower (CLIP, SigLIP)."""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import Fields
from costcheck.catalog.huggingface.heads import labels_of
from costcheck.catalog.huggingface.towers import divided, network, read_tower
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.weights import Weight, vector


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a config."""
    return _pair(fields, traits) if traits.flag("pair") else _images(fields, traits)


def _images(fields: Fields, traits: Traits) -> Architecture:
    patches, hidden = _patches(fields, ""), fields.size("hidden_size")
    marks = traits.number("marks")
    positions, labels = patches + marks, labels_of(fields.given)
    tower = read_tower(fields, "", positions)._replace(bias=True)
    before = (
        _patch_weight(fields, "", patches / positions, bias=True),
        vector("marks", (marks + traits.number("mask_marks")) * hidden),
        vector("positions", positions * hidden),
    )
    classes = (Weight("classes", hidden, labels, labels, active=1 / positions),) if labels else ()
    return network(
        [tower],
        sample=_image(fields, ""),
        before=before,
        behind=(vector("norm", 2 * hidden), *classes),
    )


def _pair(fields: Fields, traits: Traits) -> Architecture:
    image, text = "vision_config.", "text_config."
    patches, marks = _patches(fields, image), traits.number("marks")
    seen, words = patches + marks, fields.size(f"{text}max_position_embeddings")
    total = seen + words
    eyes = read_tower(fields, image, seen)
    reader = read_tower(fields, text, words, causal=traits.flag("causal_text"))
    wide, narrow = eyes.hidden_size, reader.hidden_size
    before = (
        _patch_weight(fields, image, patches / total, bias=traits.flag("patch_bias")),
        vector("marks", marks * wide),
        vector("positions", seen * wide + words * narrow),
        vector("norms", 2 * wide * (1 + traits.flag("norm_before")) + 2 * narrow),
    )
    behind = _pooled(fields, traits, (wide, narrow), seen, total)
    rows = fields.size(f"{text}vocab_size")
    sample = f"{_image(fields, image)}, with {words} tokens of text"
    return network(
        [eyes, reader], sample=sample, before=before, behind=behind, vocabulary=(rows, narrow)
    )


def _pooled(
    fields: Fields, traits: Traits, widths: tuple[int, int], seen: int, total: int
) -> tuple[Weight, ...]:
    """Return what makes one vector of each tower."""
    wide, narrow = widths
    once = 1 / total
    if not traits.flag("attention_pool"):
        joint = fields.size("projection_dim")
        return (
            Weight("image_projection", wide, joint, active=once),
            Weight("text_projection", narrow, joint, active=once),
            vector("temperature", 1),
        )
    inner = fields.size("vision_config.intermediate_size")
    return (
        vector("probe", wide),
        Weight("pool_query", wide, wide, wide, active=once),
        Weight("pool_keys", wide, 2 * wide, 2 * wide, active=seen * once),
        Weight("pool_output", wide, wide, wide, active=once),
        vector("pool_norm", 2 * wide),
        Weight("pool_up", wide, inner, inner, active=once),
        Weight("pool_down", inner, wide, wide, active=once),
        Weight("text_projection", narrow, narrow, narrow, active=once),
        vector("temperature", 2),
    )


def _patches(fields: Fields, path: str) -> int:
    side, patch = fields.size(f"{path}image_size"), fields.size(f"{path}patch_size")
    return (side // patch) ** 2 or divided(fields, f"{path}image_size", side, patch)


def _patch_weight(fields: Fields, path: str, share: float, *, bias: bool) -> Weight:
    hidden, patch = fields.size(f"{path}hidden_size"), fields.size(f"{path}patch_size")
    inputs = fields.size(f"{path}num_channels") * patch**2
    return Weight("patches", inputs, hidden, hidden * bias, active=share)


def _image(fields: Fields, path: str) -> str:
    side, patch = fields.size(f"{path}image_size"), fields.size(f"{path}patch_size")
    return f"an image of {side} x {side} in patches of {patch}"
