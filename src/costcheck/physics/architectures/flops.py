"""Matmul FLOPs of an architecture, forward and in training, with the conventions named."""

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from costcheck.physics.architectures.architecture import Architecture, Layer, distinct_layers
from costcheck.physics.architectures.parameters import Line, active_parameters, shared_head, summed
from costcheck.physics.architectures.weights import Block, Convention, Count, Weight

BACKWARD_OVER_FORWARD = 2
"""Each matmul has two in the backward pass: for its input and for its weight."""


def forward_flops(
    architecture: Architecture,
    *,
    sequence_length: ArrayLike,
    convention: Convention = "full",
    mtp: bool = False,
) -> Line:
    """The forward matmul FLOPs of one sequence as nested named lines; integers for one length.

    ``full`` counts every score of the square and the padding a convolution runs over, as torch's
    counter does; ``causal`` counts what masks, windows and chunks leave: the model FLOPs an MFU is
    measured with. With `mtp` the prediction modules and their passes of the head run too.

    Notes
    -----
    FLOPs = 2 T sum(active matmul entries) + the cores. Look-ups, norms, biases, activations and
    softmax count nothing; the head counts also when it is tied; routed experts count top-k.

    References
    ----------
    .. [1] A. Chowdhery et al., "PaLM: Scaling Language Modeling with Pathways", 2022,
       appendix B, https://arxiv.org/abs/2204.02311
    .. [2] PyTorch, torch.utils.flop_counter, https://pytorch.org/docs/stable/
    """
    length = _length(sequence_length)
    schedule = distinct_layers(architecture.schedule)
    parts = [
        summed("embedding", _matmul_lines(architecture.embedding.weights(), length)),
        *(_layer_line(count, layer, length, convention) for count, layer in schedule),
        summed("head", _matmul_lines(architecture.head.weights(), length)),
    ]
    if mtp and architecture.mtp:
        kinds = distinct_layers(architecture.mtp)
        modules = [_layer_line(count, layer, length, convention) for count, layer in kinds]
        head = summed(
            "head", _matmul_lines(shared_head(architecture), length), architecture.mtp_modules
        )
        parts.append(summed("mtp", [*modules, head]))
    return summed("forward", parts)


def _length(sequence_length: ArrayLike) -> Count:
    if isinstance(sequence_length, int | np.integer):
        return int(sequence_length)
    return np.asarray(sequence_length, dtype=np.float64)


def _layer_line(count: int, layer: Layer, length: Count, convention: Convention) -> Line:
    return summed(
        layer.name,
        (summed(block.name, _block_lines(block, length, convention)) for block in layer.blocks),
        count,
    )


def _block_lines(block: Block, length: Count, convention: Convention) -> Iterator[Line]:
    yield from _matmul_lines(block.weights(), length)
    for core in block.cores():
        value = core.forward_flops(sequence_length=length, convention=convention)
        yield Line(core.name, value)


def _matmul_lines(weights: Iterable[Weight], length: Count) -> Iterator[Line]:
    for weight in weights:
        if weight.inputs:
            yield Line(weight.name, length * (2 * weight.multiply_adds_per_token))


def training_flops(
    architecture: Architecture,
    *,
    sequence_length: ArrayLike,
    convention: Convention = "causal",
    mtp: bool = False,
) -> Count:
    """Forward and backward matmul FLOPs of one sequence; arguments as of `forward_flops`.

    Notes
    -----
    Three forward passes' worth: every matmul has two in the backward pass. Recomputed
    activations are hardware work on top: `recomputed_flops`.
    """
    forward = forward_flops(
        architecture, sequence_length=sequence_length, convention=convention, mtp=mtp
    )
    return forward.value * (1 + BACKWARD_OVER_FORWARD)


def training_flops_per_token(
    architecture: Architecture,
    *,
    sequence_length: ArrayLike,
    convention: Convention = "causal",
    mtp: bool = False,
) -> NDArray[np.float64] | float:
    """Model FLOPs per trained token [FLOP]; arguments as of `forward_flops`."""
    flops = training_flops(
        architecture, sequence_length=sequence_length, convention=convention, mtp=mtp
    )
    return flops / _length(sequence_length)


def recomputed_flops(
    architecture: Architecture,
    *,
    sequence_length: ArrayLike,
    recompute: Literal["none", "selective", "full"],
    convention: Convention = "causal",
    mtp: bool = False,
) -> Count:
    """FLOPs of one sequence that activation recomputation repeats; others as of `forward_flops`.

    Selective repeats the attention cores, full every layer's forward pass but not embedding and
    head.

    References
    ----------
    .. [1] V. Korthikanti et al., "Reducing Activation Recomputation in Large Transformer
       Models", 2022, section 4.2, https://arxiv.org/abs/2205.05198
    """
    length = _length(sequence_length)
    if recompute == "none":
        return length * 0
    if recompute == "selective":
        return core_flops(architecture, sequence_length=length, convention=convention, mtp=mtp)
    schedule = architecture.schedule + (architecture.mtp if mtp else ())
    lines = (_layer_line(count, layer, length, convention) for count, layer in schedule)
    return sum((line.value for line in lines), 0)


def core_flops(
    architecture: Architecture,
    *,
    sequence_length: ArrayLike,
    convention: Convention = "causal",
    mtp: bool = False,
) -> Count:
    """Forward FLOPs of one sequence's scores and scans, which no weight is part of.

    Arguments are those of `forward_flops`.

    Notes
    -----
    A fused attention kernel computes its scores again in the backward pass; that is hardware
    work of half these FLOPs, and not model FLOPs.
    """
    length = _length(sequence_length)
    schedule = architecture.schedule + (architecture.mtp if mtp else ())
    return sum(
        (
            count * core.forward_flops(sequence_length=length, convention=convention)
            for count, layer in distinct_layers(schedule)
            for block in layer.blocks
            for core in block.cores()
        ),
        0,
    )


def six_n_flops_per_token(architecture: Architecture) -> int:
    """6N, the rule of thumb, with N the active parameters including the input table.

    Notes
    -----
    It misses the scores, counts the look-up as a matmul and the prediction modules not at all.

    References
    ----------
    .. [1] J. Kaplan et al., "Scaling Laws for Neural Language Models", 2020, section 2.1,
       https://arxiv.org/abs/2001.08361
    """
    return 6 * active_parameters(architecture)
