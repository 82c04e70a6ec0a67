"""Networks that see samples of a fixed size: parts that run on some of a sample's positions."""

from typing import NamedTuple

from costcheck.physics.architectures.architecture import Layer
from costcheck.physics.architectures.attention import SoftmaxCore
from costcheck.physics.architectures.weights import Block, Convention, Core, Count, Weight


class PlacedCore(NamedTuple):
    """A core that runs on some of the positions of a sample."""

    core: Core
    positions: int
    total: int

    @property
    def name(self) -> str:
        """The core's own name."""
        return self.core.name

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """Forward FLOPs of the sample, for each sample that a sequence is long."""
        flops = self.core.forward_flops(sequence_length=self.positions, convention=convention)
        return flops * sequence_length / self.total


class Placed(NamedTuple):
    """A block that runs on some of the positions of a sample, such as a text tower."""

    block: Block
    positions: int
    total: int

    @property
    def name(self) -> str:
        """The block's own name."""
        return self.block.name

    @property
    def share(self) -> float:
        """Positions of the block over those of the sample."""
        return self.positions / self.total

    def weights(self) -> tuple[Weight, ...]:
        """The block's weights, which only a share of the positions meets."""
        return tuple(w._replace(active=w.active * self.share) for w in self.block.weights())

    def cores(self) -> tuple[Core, ...]:
        """The block's cores at its own length."""
        return tuple(PlacedCore(core, self.positions, self.total) for core in self.block.cores())


def placed(layer: Layer, positions: int, total: int) -> Layer:
    """A layer on some of the positions of a sample; on all of them it is the layer itself."""
    if positions == total:
        return layer
    name = f"{layer.name}_{positions}"
    return Layer(name, tuple(Placed(block, positions, total) for block in layer.blocks))


class CrossAttention(NamedTuple):
    """Attention to the outputs of another network, or to another part of the sample."""

    hidden_size: int
    heads: int
    head_dim: int
    context_size: int
    """Width of what is attended to."""
    keys: int
    """Its positions."""
    positions: int
    """Positions of the queries."""
    bias: bool = False
    """Biases of queries and values, and of keys where `key_bias` says so."""
    key_bias: bool = True
    output_bias: bool = True
    name: str = "cross_attention"

    def weights(self) -> tuple[Weight, ...]:
        """Projections of the queries, and of the context once for all of them."""
        width, met = self.heads * self.head_dim, self.keys / self.positions
        bias = self.bias * width
        keys = bias * self.key_bias
        return (
            Weight("query", self.hidden_size, width, bias, split="column"),
            Weight("key", self.context_size, width, keys, active=met, split="column"),
            Weight("value", self.context_size, width, bias, active=met, split="column"),
            Weight(
                "output", width, self.hidden_size, self.hidden_size * self.output_bias, split="row"
            ),
        )

    def cores(self) -> tuple[Core, ...]:
        """Scores of every query with every position of the context."""
        core = SoftmaxCore(
            heads=self.heads, score_dim=self.head_dim, value_dim=self.head_dim, keys=self.keys
        )
        return (core,)
