"""Attention with a running state instead of scores: lightning and gated-delta kinds."""

from typing import NamedTuple

from costcheck.physics.architectures.convolution import Convolution, chunk_squares, padded
from costcheck.physics.architectures.weights import Convention, Core, Count, Weight, vector


class LightningCore(NamedTuple):
    """Blocks of scores, and a decayed key-value state between blocks."""

    heads: int
    head_dim: int
    block: int
    name: str = "core"

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """Scores and values inside blocks, and reading and writing the state.

        ``full`` counts whole blocks of scores, ``causal`` their lower halves.

        References
        ----------
        .. [1] Z. Qin et al., "Lightning Attention-2", 2024, https://arxiv.org/abs/2401.04658
        """
        whole, rest = sequence_length // self.block, sequence_length % self.block
        pairs = whole * self.block**2 + rest * rest
        inside = pairs * (2 * self.heads * self.head_dim * (2 if convention == "full" else 1))
        return inside + sequence_length * (4 * self.heads * self.head_dim**2)


class LightningAttention(NamedTuple):
    """Linear attention with a decay per head, an output norm and an output gate."""

    hidden_size: int
    heads: int
    head_dim: int
    block: int
    name: str = "attention"

    def weights(self) -> tuple[Weight, ...]:
        hidden, wide = self.hidden_size, self.heads * self.head_dim
        names = ("query", "key", "value", "gate")
        return (
            *(Weight(name, hidden, wide, split="column") for name in names),
            vector("norm", wide, "column"),
            Weight("output", wide, hidden, split="row"),
        )

    def cores(self) -> tuple[Core, ...]:
        return (LightningCore(heads=self.heads, head_dim=self.head_dim, block=self.block),)


class GatedDeltaCore(NamedTuple):
    """The chunked gated delta rule: each chunk corrects what the state already predicts."""

    heads: int
    key_dim: int
    value_dim: int
    chunk: int
    name: str = "core"

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """The matmuls of the chunked algorithm.

        ``full`` pads to whole chunks and leaves the triangular solves out, as torch's counter does;
        ``causal`` counts lower halves and the solves.

        Notes
        -----
        Inside a chunk: key-key and query-key products and the weighted values; between chunks:
        the state is read twice and written once. A solve costs as much as half a square.

        References
        ----------
        .. [1] S. Yang et al., "Gated Delta Networks", 2024, https://arxiv.org/abs/2412.06464
        """
        products = 2 * self.key_dim + self.value_dim
        solves = 0 if convention == "full" else self.key_dim + self.value_dim
        inside = chunk_squares(sequence_length, self.chunk, convention) * (products + solves)
        tokens = padded(sequence_length, self.chunk, convention)
        return (inside + tokens * (6 * self.key_dim * self.value_dim)) * self.heads


class GatedDeltaAttention(NamedTuple):
    """Gated delta networks: few key heads, more value heads, a convolution in front."""

    hidden_size: int
    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    kernel: int
    chunk: int
    name: str = "attention"

    @property
    def _keys(self) -> int:
        return self.key_heads * self.key_dim

    @property
    def _values(self) -> int:
        return self.value_heads * self.value_dim

    def weights(self) -> tuple[Weight, ...]:
        hidden = self.hidden_size
        projections = (
            ("query", self._keys),
            ("key", self._keys),
            ("value", self._values),
            ("gate", self._values),
            ("decay_gate", self.value_heads),
            ("write_gate", self.value_heads),
        )
        return (
            *(Weight(name, hidden, width, split="column") for name, width in projections),
            self._convolution().weight(),
            vector("decay", self.value_heads, "column"),
            vector("step_bias", self.value_heads, "column"),
            vector("norm", self.value_dim),
            Weight("output", self._values, hidden, split="row"),
        )

    def _convolution(self) -> Convolution:
        return Convolution(channels=2 * self._keys + self._values, kernel=self.kernel, bias=False)

    def cores(self) -> tuple[Core, ...]:
        core = GatedDeltaCore(
            heads=self.value_heads, key_dim=self.key_dim, value_dim=self.value_dim, chunk=self.chunk
        )
        return (self._convolution(), core)


class DeltaAttention(NamedTuple):
    """Kimi delta attention: one decay for each channel, from low-rank gates."""

    hidden_size: int
    heads: int
    head_dim: int
    kernel: int
    chunk: int
    name: str = "attention"

    def weights(self) -> tuple[Weight, ...]:
        hidden, wide, low = self.hidden_size, self.heads * self.head_dim, self.head_dim
        gates = ("decay_gate", "output_gate")
        return (
            *(Weight(name, hidden, wide, split="column") for name in ("query", "key", "value")),
            self._convolution().weight(),
            *(Weight(f"{name}_down", hidden, low) for name in gates),
            *(Weight(f"{name}_up", low, wide, split="column") for name in gates),
            Weight("write_gate", hidden, self.heads, split="column"),
            vector("decay", self.heads, "column"),
            vector("step_bias", wide, "column"),
            vector("norm", self.head_dim),
            Weight("output", wide, hidden, split="row"),
        )

    def _convolution(self) -> Convolution:
        return Convolution(channels=3 * self.heads * self.head_dim, kernel=self.kernel, bias=False)

    def cores(self) -> tuple[Core, ...]:
        core = GatedDeltaCore(
            heads=self.heads, key_dim=self.head_dim, value_dim=self.head_dim, chunk=self.chunk
        )
        return (self._convolution(), core)
