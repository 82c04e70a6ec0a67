"""Stratified draws that depend on the name of an input and on nothing else of the scenario.

Each input visits every one of its equally likely strata once, in an order that only its name and
the seed decide (Latin hypercube sampling with a hashed permutation in each dimension). So an
input that two scenarios share has the same draws in both, and a difference between them is never
sampling noise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.graph.distributions import Spread
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.units import NORMAL_DEVIATIONS

Strata = NDArray[np.uint16]

CHUNK = 8_192
"""Draws evaluated at a time: 64 kB an array, which stays in the second-level cache."""

_LAYERS = 8
_ROUNDS = 3
_WORD = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True)
class Plan:
    """How a sequence is cut into blocks, each of which visits every stratum once.

    A long sequence reads its strata at eight different depths, one after the other, and so
    resolves eight times as many while the table in use stays small enough to be cached.
    """

    total: int
    seed: int
    block: int
    """Draws in a block, and strata."""
    layers: int
    """Depths at which strata are read."""

    def layer(self, block: int) -> int:
        """The depth at which a block reads its strata."""
        return block * self.layers // -(-self.total // self.block)


@dataclass(frozen=True, eq=False)
class InputDraws:
    """One uncertain input, ready to be drawn: its strata's values and its own visiting order."""

    plan: Plan
    key: int
    """From the name of the input and the seed."""
    table: FloatArray
    """Value in each stratum, rising along the last axis, shape (layers, block)."""
    order: Strata
    """A permutation of the next power of two of the strata, from which each block's is made."""

    def slice(self, start: int, stop: int) -> FloatArray:
        """The draws ``start`` to ``stop`` of the sequence, shape (stop - start,)."""
        if not 0 <= start <= stop <= self.plan.total:
            raise ValueError(f"not a slice of {self.plan.total} draws: {start} to {stop}")
        parts = []
        while start < stop:
            block, first = divmod(start, self.plan.block)
            last = min(first + stop - start, self.plan.block)
            order = _block_order(self.order, self.plan.block, _mixed(self.key + block))
            values = self.table[self.plan.layer(block)]
            parts.append(np.take(values, order[first:last], mode="clip"))
            start += last - first
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0), *parts])


def plan(*, total: int = DEFAULT_SAMPLES, seed: int = DEFAULT_SEED) -> Plan:
    """How a sequence of `total` draws is cut.

    One block up to 8,192 draws, then blocks of equal length up to that, and blocks of exactly that
    where there are so many that a broken last one does not matter.
    """
    if total < 1:
        raise ValueError(f"a sequence needs at least one draw, not {total}")
    blocks = -(-total // CHUNK)
    length = CHUNK if blocks > 4 * _LAYERS else -(-total // blocks)
    return Plan(total, seed, length, min(blocks, _LAYERS))


def prepare(
    inputs: Mapping[str, Spread], *, total: int = DEFAULT_SAMPLES, seed: int = DEFAULT_SEED
) -> dict[str, InputDraws]:
    """Tabulate the uncertain inputs of an estimate once, before its chunks are drawn.

    Exact inputs are left out. The same seed, name and total always give the same draws.
    """
    cut = plan(total=total, seed=seed)
    return {
        name: _tabulated(name, spread, cut)
        for name, spread in inputs.items()
        if not spread.is_exact
    }


def normal_scores(
    names: Iterable[str], *, total: int = DEFAULT_SAMPLES, seed: int = DEFAULT_SEED
) -> FloatArray:
    """Standard normal scores of the same draws, shape (names, total): the control variates."""
    standard = Spread(central=0.0, low=-NORMAL_DEVIATIONS, high=NORMAL_DEVIATIONS, shape="normal")
    cut = plan(total=total, seed=seed)
    first = _tabulated("", standard, cut)
    keys = [name_key(name, seed) for name in names]
    rows = [
        replace(first, key=key, order=_permutation(_bits(cut), key)).slice(0, total) for key in keys
    ]
    return np.stack(rows) if rows else np.empty((0, total))


def name_key(name: str, seed: int) -> int:
    """64 well-mixed bits of a name and a seed, the same on every machine and version.

    Notes
    -----
    FNV-1a over the UTF-8 bytes, finished by the mixing step of SplitMix64.

    References
    ----------
    .. [1] Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm", RFC 9923.
    .. [2] Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
    """
    state = 0xCBF2_9CE4_8422_2325
    for byte in name.encode():
        state = ((state ^ byte) * 0x0100_0000_01B3) & _WORD
    return _mixed(state ^ _mixed(seed))


def _mixed(value: int) -> int:
    word = (value + 0x9E37_79B9_7F4A_7C15) & _WORD
    word = ((word ^ (word >> 30)) * 0xBF58_476D_1CE4_E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D0_49BB_1331_11EB) & _WORD
    return word ^ (word >> 31)


def _tabulated(name: str, spread: Spread, cut: Plan) -> InputDraws:
    key = name_key(name, cut.seed)
    fine = spread.strata(cut.block * cut.layers)
    table = np.ascontiguousarray(fine.reshape(cut.block, cut.layers).T)
    return InputDraws(cut, key, table, _permutation(_bits(cut), key))


def _bits(cut: Plan) -> int:
    return max(cut.block - 1, 1).bit_length()


@lru_cache(maxsize=256)
def _permutation(bits: int, key: int) -> Strata:
    """A keyed permutation of the numbers of so many bits.

    Each round of odd multiplication, addition and shift-xor can be undone, so their sequence is
    a permutation; three rounds leave pairs of names uncorrelated beyond chance.
    """
    mask = np.uint16((1 << bits) - 1)
    fold = np.uint16((bits + 1) // 2)
    order = np.arange(1 << bits, dtype=np.uint16)
    for step in range(_ROUNDS):
        order = _affine(order, mask, _mixed(key + step))
        order ^= order >> fold
    order.flags.writeable = False
    return order


def _block_order(order: Strata, count: int, key: int) -> Strata:
    """The strata in the order a block visits them, shape (count,).

    Images outside the strata are sent through the permutation again until they fall inside
    ("cycle walking"), which keeps it a permutation.
    """
    shifted = _affine(order, np.uint16(order.size - 1), key)
    if count == order.size:
        return shifted
    image = shifted[:count].copy()
    outside = np.flatnonzero(image >= count)
    while outside.size:
        image[outside] = shifted[image[outside]]
        outside = outside[image[outside] >= count]
    return image


def _affine(index: Strata, mask: np.uint16, key: int) -> Strata:
    image = index * np.uint16((key & 0xFFFF) | 1)
    image += np.uint16((key >> 16) & 0xFFFF)
    image &= mask
    return image
