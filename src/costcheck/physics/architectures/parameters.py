"""Parameters of an architecture: the tree, the total, and what one token meets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from costcheck.physics.architectures.architecture import Architecture, Layer, distinct_layers
from costcheck.physics.architectures.weights import Count, Weight


class Line(NamedTuple):
    """A named part and what it sums up to."""

    name: str
    value: Count
    occurrences: int = 1
    """How often the part occurs; already inside `value`."""
    children: tuple[Line, ...] = ()


def summed(name: str, children: Iterable[Line], count: int = 1) -> Line:
    """A line worth `count` times its children, each scaled to the whole."""
    lines = tuple(_scaled(child, count) for child in children)
    return Line(name, sum((line.value for line in lines), 0), count, lines)


def _scaled(line: Line, factor: int) -> Line:
    if factor == 1:
        return line
    children = tuple(_scaled(child, factor) for child in line.children)
    return line._replace(value=line.value * factor, children=children)


def parameter_tree(architecture: Architecture) -> Line:
    """Stored parameters as nested lines: embedding, kinds of layers, head."""
    parts = (
        summed("embedding", _weight_lines(architecture.embedding.weights())),
        *(_layer_line(count, layer) for count, layer in distinct_layers(architecture.schedule)),
        summed("head", _weight_lines(architecture.head.weights())),
    )
    return summed("parameters", parts)


def _weight_lines(weights: Iterable[Weight]) -> Iterator[Line]:
    return (Line(weight.name, weight.parameters) for weight in weights if weight.parameters)


def _layer_line(count: int, layer: Layer) -> Line:
    blocks = ((block.name, _weight_lines(block.weights())) for block in layer.blocks)
    return summed(layer.name, (summed(name, lines) for name, lines in blocks), count)


def total_parameters(architecture: Architecture, *, mtp: bool = False) -> int:
    """All stored parameters [1]; a tied head is stored once."""
    return sum(
        count * weight.parameters for count, weight in counted_weights(architecture, mtp=mtp)
    )


def active_parameters(architecture: Architecture, *, mtp: bool = False) -> int:
    """The parameters one token meets [1]: the total less the experts it does not visit.

    Notes
    -----
    active = total - routed (1 - top_k / experts). Published "active" figures follow no common
    rule; some leave out the input table, some also the head.
    """
    return sum(
        count * weight.active_parameters for count, weight in counted_weights(architecture, mtp=mtp)
    )


def active_parameters_without_input_embedding(architecture: Architecture) -> int:
    """Active parameters less the input table, which is only looked up.

    Notes
    -----
    A tied table stays in: it is the head's matrix, and the head is a matmul.
    """
    table = 0 if architecture.head.tied else embedding_parameters(architecture)
    return active_parameters(architecture) - table


def embedding_parameters(architecture: Architecture) -> int:
    """The entries of the token table (no positions)."""
    return architecture.embedding.vocabulary_size * architecture.embedding.width


def head_parameters(architecture: Architecture) -> int:
    """What the vocabulary matrix stores; 0 when it is tied to the token table."""
    return sum(w.parameters for w in architecture.head.weights() if w.name == "vocabulary")


def routed_parameters(architecture: Architecture) -> int:
    """The parameters of all routed experts."""
    return sum(
        count * weight.parameters
        for count, weight in counted_weights(architecture, mtp=False)
        if weight.split == "expert"
    )


def mtp_parameters(architecture: Architecture) -> int:
    """What the multi-token-prediction modules add to the stored parameters."""
    return total_parameters(architecture, mtp=True) - total_parameters(architecture)


def matmul_parameters(architecture: Architecture, *, mtp: bool = False) -> float:
    """N of "2N FLOPs per token": the entries a token is multiplied with.

    Notes
    -----
    The head counts also when it is tied (and once more per prediction module); tables, biases
    and norms do not.
    """
    weights = counted_weights(architecture, mtp=mtp)
    return sum(count * weight.multiply_adds_per_token for count, weight in weights)


def counted_weights(architecture: Architecture, *, mtp: bool) -> Iterator[tuple[int, Weight]]:
    """Every weight with the number of layers it occurs in; a module's head stores nothing."""
    yield from ((1, weight) for weight in architecture.embedding.weights())
    yield from _layer_weights(architecture.schedule)
    yield from ((1, weight) for weight in architecture.head.weights())
    if mtp:
        yield from _layer_weights(architecture.mtp)
        if architecture.mtp_modules:
            yield from ((architecture.mtp_modules, w) for w in shared_head(architecture))


def shared_head(architecture: Architecture) -> tuple[Weight, ...]:
    """The head's matrices as a prediction module uses them: without storage."""
    weights = architecture.head.weights()
    return tuple(weight._replace(copies=0) for weight in weights if weight.inputs)


def _layer_weights(schedule: tuple[tuple[int, Layer], ...]) -> Iterator[tuple[int, Weight]]:
    for count, layer in distinct_layers(schedule):
        for block in layer.blocks:
            yield from ((count, weight) for weight in block.weights())
