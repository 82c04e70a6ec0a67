"""How far a prediction is from measured runs: the classes it falls into, and the error they add."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BASE = "base"
UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What of a run decides how well its step time is known."""

    tags: tuple[str, ...] = ()
    """Software generation, kernel family of the chip and traits of the software."""
    experts: bool = False
    narrow: bool = False
    adapters: bool = False
    packed: bool = False
    offloaded: bool = False
    sharded: bool = False
    """Whether it has experts, computes below 16 bits, trains adapters, on packed weights, keeps the
    optimizer or parameters on the host, shards the weights."""
    outside: bool = False
    """Whether its GPUs talk over the links of a server that a fast fabric does not span."""
    unseen: bool = False
    """Whether no measured run of the software generation is on the chip's family."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes that add to the error, `base` first."""
        flags = {
            "experts": self.experts,
            "narrow": self.narrow,
            "adapters": self.adapters,
            "packed": self.packed,
            "offload": self.offloaded,
            "sharded": self.sharded,
            "server-links": self.outside,
            UNSEEN: self.unseen,
        }
        return (BASE, *(tag for tag in self.tags if tag), *(k for k, on in flags.items() if on))


def log_spread(*, variances: Mapping[str, float], classes: Iterable[str]) -> float:
    """Standard deviation of the log error of a step in these classes: their variances add."""
    return math.sqrt(sum(variances.get(name, 0.0) for name in classes))
