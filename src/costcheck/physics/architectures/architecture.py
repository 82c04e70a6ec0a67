"""A network as a schedule of layers between an embedding and a head."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from costcheck.physics.architectures.weights import Block, Weight, vector


class Layer(NamedTuple):
    """Blocks of one layer; within an architecture the name stands for the content."""

    name: str
    blocks: tuple[Block, ...]


class Embedding(NamedTuple):
    """The token table, learned positions, and what follows before the first layer."""

    vocabulary_size: int
    width: int
    """Entries per token; projected where it is not the hidden size."""
    hidden_size: int
    positions: int = 0
    """Rows of the learned position table."""
    norm_entries: int = 0
    extra: tuple[Weight, ...] = ()
    """What else is made of a token before the first layer, such as inputs of every layer."""

    def weights(self) -> tuple[Weight, ...]:
        """The tables; looking a row up is no matmul."""
        return (
            vector("tokens", self.vocabulary_size * self.width, "column"),
            *((vector("positions", self.positions * self.hidden_size),) if self.positions else ()),
            *((Weight("projection", self.width, self.hidden_size),) if self.projected else ()),
            *((vector("norm", self.norm_entries),) if self.norm_entries else ()),
            *self.extra,
        )

    @property
    def projected(self) -> bool:
        """Whether the table is narrower or wider than the network."""
        return self.width != self.hidden_size


class Head(NamedTuple):
    """The final norm and the matmul to the vocabulary; tied, it stores nothing of its own."""

    vocabulary_size: int
    width: int
    hidden_size: int
    tied: bool
    bias: bool = False
    norm_entries: int = 0
    extra: tuple[Weight, ...] = ()
    """What else there is behind the last layer, such as the transform of a masked-language head."""
    share: float = 1
    """Positions of a sequence that meet the vocabulary."""

    def weights(self) -> tuple[Weight, ...]:
        vocabulary, width = self.vocabulary_size, self.width
        bias = (vector("bias", vocabulary, "column"),) if self.bias else ()
        projection = (Weight("projection", self.hidden_size, width),)
        return (
            *((vector("norm", self.norm_entries),) if self.norm_entries else ()),
            *(projection if width != self.hidden_size else ()),
            *self.extra,
            Weight(
                "vocabulary", width, vocabulary, 0, int(not self.tied), self.share, split="column"
            ),
            *bias,
        )


class Architecture(NamedTuple):
    """Everything that decides how many parameters a network has and what a token costs."""

    hidden_size: int
    vocabulary_size: int
    embedding: Embedding
    schedule: tuple[tuple[int, Layer], ...]
    """Run lengths in the order of the network: (layers in a row, layer)."""
    head: Head
    mtp: tuple[tuple[int, Layer], ...] = ()
    """Multi-token-prediction modules; they share embedding and head with the network."""
    positions: int = 0
    """Positions of one sample, where a network sees samples of one size; 0: any number."""
    sample: str = ""
    """What such a sample is, in words."""
    denoises: bool = False
    """Whether it takes the noise off an image."""

    @property
    def kind(self) -> Literal["decoder", "encoder", "denoiser"]:
        """What it does, as far as its speed depends on that; only decoders write token by token."""
        blocks = (block for _, layer in self.schedule for block in layer.blocks)
        if self.denoises:
            return "denoiser"
        decodes = not self.positions and all(getattr(block, "causal", True) for block in blocks)
        return "decoder" if decodes else "encoder"

    @property
    def layers(self) -> int:
        """The number of layers, prediction modules not included."""
        return sum(count for count, _ in self.schedule)

    @property
    def mtp_modules(self) -> int:
        """The number of multi-token-prediction modules, each with a pass of the head."""
        return sum(count for count, _ in self.mtp)


def run_lengths(layers: Iterable[Layer]) -> tuple[tuple[int, Layer], ...]:
    """Layers in a row as (count, layer), neighbours of one name merged."""
    runs: list[tuple[int, Layer]] = []
    for layer in layers:
        if runs and runs[-1][1].name == layer.name:
            runs[-1] = (runs[-1][0] + 1, layer)
        else:
            runs.append((1, layer))
    return tuple(runs)


def distinct_layers(schedule: tuple[tuple[int, Layer], ...]) -> tuple[tuple[int, Layer], ...]:
    """Each kind of layer once with how often it occurs, in order of first appearance."""
    totals: dict[str, tuple[int, Layer]] = {}
    for count, layer in schedule:
        seen = totals[layer.name][0] if layer.name in totals else 0
        totals[layer.name] = (seen + count, layer)
    return tuple(totals.values())
