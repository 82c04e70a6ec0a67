"""Normalisation: scales, sometimes shifts, no matmul."""

from typing import NamedTuple

from costcheck.physics.architectures.weights import Core, Weight, vector


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
