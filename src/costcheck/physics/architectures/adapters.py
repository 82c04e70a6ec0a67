"""Low-rank adapters on an architecture: which matrices get one, and what it adds, exactly.

Modules are called as their libraries call them; a module may hold several of our matrices that
read the same input, which then share one adapter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.feed_forward import Experts, FeedForward
from costcheck.physics.architectures.weights import Block, Weight

ATTENTION, MLP, ALL_LINEAR = "attention", "mlp", "all-linear"
GROUPS = (ATTENTION, MLP, ALL_LINEAR)
"""Words for many modules: those of the mixers, of the feed-forward parts, and both."""

UNADAPTED = ("router", "shared_scale")
"""Small matrices that no library adapts as linear layers."""

MODULES: dict[str, tuple[str, ...]] = {
    "q_proj": ("query",),
    "k_proj": ("key",),
    "v_proj": ("value",),
    "o_proj": ("output",),
    "output_proj": ("output",),
    "qkv_proj": ("query", "key", "value"),
    "query_key_value": ("query", "key", "value"),
    "c_attn": ("query", "key", "value"),
    "linear_qkv": ("query", "key", "value"),
    "linear_proj": ("output",),
    "gate_proj": ("gate",),
    "up_proj": ("up",),
    "down_proj": ("down",),
    "gate_up_proj": ("gate", "up"),
    "linear_fc1": ("gate", "up"),
    "linear_fc2": ("down",),
    "w1": ("gate",),
    "w2": ("down",),
    "w3": ("up",),
    "dense_h_to_4h": ("up",),
    "dense_4h_to_h": ("down",),
    "c_fc": ("up",),
    "fc1": ("up",),
    "fc2": ("down",),
    "q_a_proj": ("query_down",),
    "q_b_proj": ("query_up",),
    "kv_a_proj_with_mqa": ("key_value_down",),
    "kv_b_proj": ("key_value_up",),
}
"""Modules that launchers name, with the matrices they hold; feed-forward ones also of experts."""

_OF_EXPERTS = ("routed_", "shared_", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What low-rank adapters add to a model, and which inputs their matrices need again."""

    parameters: int
    """Trained parameters."""
    active: float
    """Those that one token is multiplied with."""
    inputs: float
    width: float
    """Inputs, and inputs and outputs, of the adapters that one token meets."""
    elements: float
    """Elements of the matrices that have one, where a token meets them."""
    mixer_inputs: bool
    mlp_inputs: bool
    inner_inputs: bool
    """Whether a matrix on the input of a mixer, of a feed-forward part, and on its inner width has
    an adapter."""


def adapters_of(
    architecture: Architecture, *, rank: int, targets: Sequence[str], magnitudes: bool = False
) -> Adapters:
    """Adapters of one inner width on targets, which are words of `GROUPS` or names of `MODULES`.

    With `magnitudes` each output also has a trained magnitude, as in DoRA.

    Notes
    -----
    A matrix of m inputs and n outputs gets r (m + n) parameters [1]_, with magnitudes n more [2]_;
    every copy of an expert has its own.

    References
    ----------
    .. [1] E. Hu et al., LoRA, arXiv:2106.09685, section 4.1.
    .. [2] S.-Y. Liu et al., DoRA, arXiv:2402.09353, section 4.1.
    """
    parameters = 0
    active = read_by = width = elements = 0.0
    read: set[str] = set()
    for count, layer in architecture.schedule:
        for block, group in _adapted(layer, targets):
            inputs, outputs = group[0].inputs, sum(weight.outputs for weight in group)
            each = rank * (inputs + outputs) + outputs * magnitudes
            parameters += count * each * group[0].copies
            active += count * each * group[0].active
            read_by += count * inputs * group[0].active
            width += count * (inputs + outputs) * group[0].active
            elements += count * inputs * outputs * group[0].active
            read.add(_reads(_inner(block), group[0]))
    return Adapters(
        parameters=parameters,
        active=active,
        inputs=read_by,
        width=width,
        elements=elements,
        mixer_inputs="mixer" in read,
        mlp_inputs="mlp" in read,
        inner_inputs="inner" in read,
    )


def absent_targets(architecture: Architecture, targets: Sequence[str]) -> list[str]:
    """The targets that no layer of an architecture has."""
    layers = [layer for _, layer in architecture.schedule]
    return [
        target
        for target in targets
        if not any(True for layer in layers for _ in _adapted(layer, (target,)))
    ]


def _adapted(layer: Layer, targets: Sequence[str]) -> Iterator[tuple[Block, tuple[Weight, ...]]]:
    """Groups of matrices of a layer that share an adapter, each matrix once."""
    for block in layer.blocks:
        weights = [w for w in block.weights() if w.inputs and w.name not in UNADAPTED]
        left = {weight.name: weight for weight in weights}
        for target in targets:
            for names in _named(_inner(block), target, tuple(left)):
                group = tuple(left.pop(name) for name in names if name in left)
                if group:
                    yield block, group


def _inner(block: Block) -> Block:
    # A block on some positions of a sample holds it.
    inner: Block = getattr(block, "block", block)
    return inner


def _named(block: Block, target: str, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Names of matrices that a target takes in a block, in groups that share an input."""
    feeds = isinstance(block, FeedForward | Experts)
    if target in GROUPS:
        if target == ALL_LINEAR or feeds == (target == MLP):
            yield from ((name,) for name in names)
        return
    wanted = MODULES[target]
    prefixes = _OF_EXPERTS if isinstance(block, Experts) else ("",)
    for prefix in prefixes:
        yield tuple(f"{prefix}{name}" for name in wanted)


def _reads(block: Block, weight: Weight) -> str:
    """Which tensor of a layer a matrix reads."""
    if isinstance(block, FeedForward | Experts):
        return "inner" if weight.name.endswith("down") else "mlp"
    # What the core put out is kept for its own sake.
    return "core" if weight.split == "row" or weight.name == "output" else "mixer"
