"""Selective state-space mixers of the first and second kind."""

from typing import NamedTuple

from costcheck.physics.architectures.convolution import Convolution, chunk_squares, padded
from costcheck.physics.architectures.weights import Convention, Core, Count, Weight, vector


class ScanCore(NamedTuple):
    """Read-out of the scanned states: each channel's state times the token's C vector."""

    channels: int
    state_size: int
    name: str = "scan"

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """The read-out's matmul; the recurrence itself is element-wise and not counted."""
        del convention
        return sequence_length * (2 * self.channels * self.state_size)


class SelectiveStateSpace(NamedTuple):
    """A Mamba layer of the first kind: a state per channel."""

    hidden_size: int
    inner_size: int
    state_size: int
    kernel: int
    step_rank: int
    projection_bias: bool = False
    convolution_bias: bool = True
    inner_norms: bool = False
    """Norms on step, B and C, as Jamba has them."""
    name: str = "mamba"

    def weights(self) -> tuple[Weight, ...]:
        hidden, inner, state = self.hidden_size, self.inner_size, self.state_size
        bias = int(self.projection_bias)
        norms = (vector("inner_norms", self.step_rank + 2 * state),) if self.inner_norms else ()
        return (
            Weight("input", hidden, 2 * inner, 2 * inner * bias, split="column"),
            self._convolution().weight(),
            Weight("selection", inner, self.step_rank + 2 * state, split="row"),
            *norms,
            Weight("step", self.step_rank, inner, inner, split="column"),
            vector("decay", inner * state, "column"),
            vector("skip", inner, "column"),
            Weight("output", inner, hidden, hidden * bias, split="row"),
        )

    def _convolution(self) -> Convolution:
        return Convolution(channels=self.inner_size, kernel=self.kernel, bias=self.convolution_bias)

    def cores(self) -> tuple[Core, ...]:
        scan = ScanCore(channels=self.inner_size, state_size=self.state_size)
        return (self._convolution(), scan)


class ChunkedScanCore(NamedTuple):
    """State-space duality: attention-like inside chunks, states carried between them."""

    heads: int
    head_dim: int
    state_size: int
    chunk: int
    name: str = "scan"

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """The matmuls of the chunked algorithm.

        ``full`` pads to whole chunks and passes states by a matmul over all chunk pairs, as the
        reference code does; ``causal`` counts the lower halves and a running state.

        References
        ----------
        .. [1] T. Dao and A. Gu, "Transformers are SSMs", 2024, section 6,
           https://arxiv.org/abs/2405.21060
        """
        state = self.head_dim * self.state_size
        tokens = padded(sequence_length, self.chunk, convention)
        inside = chunk_squares(sequence_length, self.chunk, convention) * (
            self.heads * (self.head_dim + self.state_size)
        )
        between = tokens * (4 * self.heads * state)
        if convention == "causal":
            return inside + between
        states = tokens // self.chunk + 1
        return inside + between + states * states * (2 * self.heads * state)


class DualStateSpace(NamedTuple):
    """A Mamba layer of the second kind: a matrix state per head, B and C shared by groups."""

    hidden_size: int
    heads: int
    head_dim: int
    state_size: int
    groups: int
    kernel: int
    chunk: int
    projection_bias: bool = False
    convolution_bias: bool = True
    output_norm: bool = True
    name: str = "mamba"

    @property
    def inner_size(self) -> int:
        """The width of the mixer."""
        return self.heads * self.head_dim

    @property
    def _convolved(self) -> int:
        return self.inner_size + 2 * self.groups * self.state_size

    def weights(self) -> tuple[Weight, ...]:
        hidden, inner = self.hidden_size, self.inner_size
        wide = inner + self._convolved + self.heads
        bias = int(self.projection_bias)
        return (
            Weight("input", hidden, wide, wide * bias, split="column"),
            self._convolution().weight(),
            vector("step_bias", self.heads, "column"),
            vector("decay", self.heads, "column"),
            vector("skip", self.heads, "column"),
            *((vector("norm", inner, "column"),) * self.output_norm),
            Weight("output", inner, hidden, hidden * bias, split="row"),
        )

    def _convolution(self) -> Convolution:
        return Convolution(channels=self._convolved, kernel=self.kernel, bias=self.convolution_bias)

    def cores(self) -> tuple[Core, ...]:
        scan = ChunkedScanCore(
            heads=self.heads, head_dim=self.head_dim, state_size=self.state_size, chunk=self.chunk
        )
        return (self._convolution(), scan)
