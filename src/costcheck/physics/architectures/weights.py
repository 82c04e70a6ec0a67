"""What every block of a network says about itself: its weights and its cores.

Parameters, active parameters and matmul FLOPs are all derived from these two lists, so that no
two of them can disagree about the network.
"""

from typing import Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Count: TypeAlias = float | NDArray[np.float64]
"""An exact integer for one sequence length, doubles for an array of them or for shares of it."""

Convention: TypeAlias = Literal["full", "causal"]
"""``full``: every score of the square, as torch's counter. ``causal``: what the mask leaves."""

Split: TypeAlias = Literal["column", "row", "replicated", "expert"]
"""How tensor parallelism cuts a matrix; ``expert`` weights are dealt out to expert ranks."""


class Weight(NamedTuple):
    """One named matrix (or vector) of a block."""

    name: str
    inputs: int = 0
    """Contracted dimension of the matmul; 0 when nothing is multiplied."""
    outputs: int = 0
    extra: int = 0
    """Entries per copy that take part in no matmul: bias, norm scale, table, convolution tap."""
    copies: int = 1
    """Stored copies, such as experts; 0 for a matrix whose storage belongs to another block."""
    active: float = 1
    """Copies each token is multiplied with; a part of one that only some positions meet."""
    split: Split = "replicated"

    @property
    def parameters(self) -> int:
        """The stored entries."""
        return self.copies * (self.inputs * self.outputs + self.extra)

    @property
    def active_parameters(self) -> int:
        """The entries one token meets: routed experts count by the share it visits."""
        if self.split != "expert":
            return self.parameters
        return int(self.active) * (self.inputs * self.outputs + self.extra)

    @property
    def multiply_adds_per_token(self) -> float:
        """The multiply-adds one token costs in the forward pass."""
        return self.active * self.inputs * self.outputs


def vector(name: str, entries: int, split: Split = "replicated") -> Weight:
    """A weight that multiplies nothing: a bias, a scale, a table."""
    return Weight(name, extra=entries, split=split)


class Core(Protocol):
    """The part of a mixer without weights: scores, scans, convolutions."""

    @property
    def name(self) -> str:
        """Name of its line."""
        ...

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """Forward FLOPs of one sequence [FLOP], shaped as its length [token]."""
        ...


class Block(Protocol):
    """A part of a layer; a new kind of architecture is one class with these three members.

    Ours are named tuples: as immutable as frozen dataclasses, an eighth of their import time.
    """

    @property
    def name(self) -> str:
        """Name of its line inside the layer."""
        ...

    def weights(self) -> tuple[Weight, ...]:
        """The named weights."""
        ...

    def cores(self) -> tuple[Core, ...]:
        """The weightless computations."""
        ...


class Norm(NamedTuple):
    """A normalisation of the residual stream."""

    name: str
    width: int
    """Entries it normalises."""
    entries: int
    """Trainable entries: the width (RMS), twice the width (with shift), 0 (none)."""

    def weights(self) -> tuple[Weight, ...]:
        return (vector("scale", self.entries),) if self.entries else ()

    def cores(self) -> tuple[Core, ...]:
        """Nothing: a norm does no matmul."""
        return ()


class Listed(NamedTuple):
    """Weights of a small part that no other block describes, such as a low-rank residual."""

    name: str
    held: tuple[Weight, ...]
    computed: tuple[Core, ...] = ()

    def weights(self) -> tuple[Weight, ...]:
        """The named weights."""
        return self.held

    def cores(self) -> tuple[Core, ...]:
        """The weightless computations."""
        return self.computed


def smaller(left: Count, right: int) -> Count:
    """The smaller of a length and a constant without leaving exact integers."""
    return min(left, right) if isinstance(left, int) else np.minimum(left, float(right))
