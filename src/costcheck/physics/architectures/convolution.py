"""Short causal depthwise convolution, shared by state-space and linear-attention mixers."""

from typing import NamedTuple

from costcheck.physics.architectures.weights import Convention, Core, Count, Weight, vector


class Convolution(NamedTuple):
    """One filter of `kernel` taps per channel; a weight and a core in one."""

    channels: int
    kernel: int
    bias: bool
    name: str = "convolution"

    def weight(self) -> Weight:
        """Taps and bias; they are no matmul."""
        return vector(self.name, self.channels * (self.kernel + self.bias), "column")

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """Multiply-adds of the taps; ``full`` includes the padded outputs that are cut off."""
        outputs = sequence_length + (self.kernel - 1 if convention == "full" else 0)
        return outputs * (2 * self.channels * self.kernel)


class GatedConvolution(NamedTuple):
    """A short convolution between two gates, as LFM2 mixes most of its layers."""

    hidden_size: int
    kernel: int
    bias: bool = False
    name: str = "convolution"

    def weights(self) -> tuple[Weight, ...]:
        hidden, bias = self.hidden_size, int(self.bias)
        return (
            Weight("input", hidden, 3 * hidden, 3 * hidden * bias, split="column"),
            self._filter().weight(),
            Weight("output", hidden, hidden, hidden * bias, split="row"),
        )

    def _filter(self) -> Convolution:
        return Convolution(channels=self.hidden_size, kernel=self.kernel, bias=self.bias)

    def cores(self) -> tuple[Core, ...]:
        return (self._filter(),)


def padded(sequence_length: Count, chunk: int, convention: Convention) -> Count:
    """The tokens a chunked kernel runs over: whole chunks under ``full``."""
    if convention == "full":
        return -(-sequence_length // chunk) * chunk
    return sequence_length


def chunk_squares(sequence_length: Count, chunk: int, convention: Convention) -> Count:
    """Twice the token pairs inside chunks: whole squares, or the causal halves."""
    if convention == "full":
        return 2 * padded(sequence_length, chunk, convention) * chunk
    whole, rest = sequence_length // chunk, sequence_length % chunk
    return whole * chunk**2 + rest * rest
