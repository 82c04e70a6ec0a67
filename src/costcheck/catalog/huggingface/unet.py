"""The UNet of Stable Diffusion: convolutions and attention at falling and rising resolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from costcheck.catalog.huggingface.fields import CONTRADICTION, WRONG_TYPE, Fields
from costcheck.catalog.huggingface.towers import Tower, denoiser
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.architecture import Architecture, Layer, run_lengths
from costcheck.physics.architectures.samples import Placed
from costcheck.physics.architectures.weights import Block, Listed, Weight, vector

_AREA = 9
"""Taps of a convolution of three by three."""
_MOST = 100_000
"""Far more channels, heads or layers than a level of such a network has."""


class _Level(NamedTuple):
    """One resolution of the network."""

    channels: int
    positions: int
    heads: int
    depth: int
    """Transformer layers behind a convolution; 0 without attention."""


def read(fields: Fields, traits: Traits) -> Architecture:
    """Return the architecture of a config."""
    del traits
    side = fields.size("sample_size")
    levels = _levels(fields, side**2)
    shape = _Shape(
        total=side**2,
        time=4 * levels[0].channels,
        context=(fields.size("cross_attention_dim"), fields.size("caption_length")),
        repeats=fields.layers("layers_per_block"),
    )
    first, channels = levels[0].channels, (fields.size("in_channels"), fields.size("out_channels"))
    layers = [*_down(levels, shape), *_middle(levels[-1], shape), *_up(levels, shape)]
    once = 1 / shape.total
    extra = fields.optional_size("projection_class_embeddings_input_dim")
    before = (
        Weight("first", _AREA * channels[0], first, first),
        Weight("timestep_in", first, shape.time, shape.time, active=once),
        Weight("timestep_out", shape.time, shape.time, shape.time, active=once),
        *_added(extra, shape.time, once),
    )
    behind = (
        vector("norm", 2 * first),
        Weight("last", _AREA * first, channels[1], channels[1]),
    )
    words = f"a latent image of {side} x {side}, with {shape.context[1]} tokens of text"
    return denoiser(run_lengths(layers), first, shape.total, words, before=before, behind=behind)


class _Shape(NamedTuple):
    """What all levels share."""

    total: int
    time: int
    """Width of the timestep's condition."""
    context: tuple[int, int]
    repeats: int


def _added(extra: int | None, time: int, once: float) -> tuple[Weight, ...]:
    if extra is None:
        return ()
    return (
        Weight("size_in", extra, time, time, active=once),
        Weight("size_out", time, time, time, active=once),
    )


def _levels(fields: Fields, positions: int) -> list[_Level]:
    widths, kinds = _numbers(fields, "block_out_channels"), fields.items("down_block_types") or []
    heads, depths = (
        numbers * len(widths) if len(numbers) == 1 else numbers
        for numbers in (
            _numbers(fields, "attention_head_dim"),
            _numbers(fields, "transformer_layers_per_block"),
        )
    )
    if len({len(widths), len(kinds), len(heads), len(depths)}) > 1 or not widths:
        fields.report(
            "block_out_channels", CONTRADICTION, "the levels of the UNet are not equally many"
        )
        return [_Level(1, positions, 1, 0)]
    return [
        _Level(width, positions // 4**level or 1, head, depth if "CrossAttn" in str(kind) else 0)
        for level, (width, kind, head, depth) in enumerate(
            zip(widths, kinds, heads, depths, strict=True)
        )
    ]


def _numbers(fields: Fields, name: str) -> list[int]:
    """Return the numbers of a field that has one for each level, or one for all."""
    stated = fields.raw(name)
    numbers = list(stated) if isinstance(stated, list | tuple) else [fields.size(name)]
    sound = [n for n in numbers if type(n) is int and 0 < n <= _MOST]
    if len(sound) < len(numbers):
        fields.report(name, WRONG_TYPE, f"{name} must be whole numbers from 1 to {_MOST:,}")
    return sound or [1]


def _down(levels: list[_Level], shape: _Shape) -> Iterator[Layer]:
    inputs = levels[0].channels
    for index, level in enumerate(levels):
        for _ in range(shape.repeats):
            yield _residual(inputs, level, shape)
            yield from _attending(level, shape)
            inputs = level.channels
        if index + 1 < len(levels):
            yield _resized(level, levels[index + 1].positions, shape)


def _middle(level: _Level, shape: _Shape) -> Iterator[Layer]:
    yield _residual(level.channels, level, shape)
    yield from _attending(level._replace(depth=max(level.depth, 1)), shape)
    yield _residual(level.channels, level, shape)


def _up(levels: list[_Level], shape: _Shape) -> Iterator[Layer]:
    before = levels[-1].channels
    for index in range(len(levels) - 1, -1, -1):
        level, below = levels[index], levels[max(index - 1, 0)].channels
        for step in range(shape.repeats + 1):
            skipped = below if step == shape.repeats else level.channels
            yield _residual((level.channels if step else before) + skipped, level, shape)
            yield from _attending(level, shape)
        before = level.channels
        if index:
            yield _resized(level, levels[index - 1].positions, shape)


def _residual(inputs: int, level: _Level, shape: _Shape) -> Layer:
    outputs = level.channels
    shortcut = (Weight("shortcut", inputs, outputs, outputs),) if inputs != outputs else ()
    held = (
        vector("norms", 2 * (inputs + outputs)),
        Weight("first", _AREA * inputs, outputs, outputs, split="column"),
        Weight("timestep", shape.time, outputs, outputs, active=1 / level.positions),
        Weight("second", _AREA * outputs, outputs, outputs, split="column"),
        *shortcut,
    )
    return _at(f"convolution_{inputs}_{outputs}", (Listed("convolution", held),), level, shape)


def _resized(level: _Level, positions: int, shape: _Shape) -> Layer:
    held = (Weight("resize", _AREA * level.channels, level.channels, level.channels),)
    blocks = (Listed("resize", held),)
    return _at(f"resize_{level.channels}", blocks, level._replace(positions=positions), shape)


def _attending(level: _Level, shape: _Shape) -> Iterator[Layer]:
    if not level.depth:
        return
    width = level.channels
    ends = (
        vector("norm", 2 * width),
        Weight("inward", width, width, width),
        Weight("outward", width, width, width),
    )
    yield _at(f"projections_{width}", (Listed("projections", ends),), level, shape)
    tower = Tower(
        name="attention",
        positions=level.positions,
        layers=level.depth,
        hidden_size=width,
        heads=level.heads,
        head_dim=width // level.heads or 1,
        feed_forward=4 * width,
        gated=True,
        bias=False,
        context=shape.context,
    )
    for _ in range(level.depth):
        yield _at(f"attention_{width}", tower.layer().blocks, level, shape)


def _at(name: str, blocks: tuple[Block, ...], level: _Level, shape: _Shape) -> Layer:
    return Layer(
        f"{name}_{level.positions}",
        tuple(Placed(block, level.positions, shape.total) for block in blocks),
    )
