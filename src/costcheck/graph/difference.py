"""Split the difference between two estimates over their parts, even if their formulas differ.

Two scenarios give two graphs. They are read together from the root down: parts are matched by the
name of the quantity, and the slopes of `costcheck.graph.slopes` split the change of every matched
pair over its parts. Where the graphs part ways the difference stays in one piece:

- a part of a sum that only one side has is one line, with its whole value;
- a factor that only one side has counts as 1 on the other, one that took another's place stands
  against it;
- a function with other options, or a quantity computed in two different ways, is a single factor
  and is not opened.

So the lines add up to the change whatever the two graphs look like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Array, Call, Extreme, Guard, Node, Product, Select, Sum
from costcheck.graph.slopes import secant_slopes

Kind = Literal["changed", "added", "removed", "formula"]
"""What happened to a part; ``formula``: the quantity is computed in another way."""

SHAPLEY_LIMIT = 12
"""Children of a function that may have moved before it is left unopened: 4,096 evaluations."""


@dataclass(frozen=True)
class Line:
    """One part's share in a difference."""

    before: Node | None
    after: Node | None
    """The part on both sides; None on the side that does not have it."""
    old: float | None
    new: float | None
    """Its values; None where it does not exist or is unknown."""
    change: float
    """What it contributes to the difference of the root, in the root's unit."""
    kind: Kind
    rises: bool = True
    """True where a larger part makes the root larger."""

    @property
    def node(self) -> Node:
        """The part on the newer side that has it."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a line has a side
        return found


@dataclass(frozen=True)
class _Pair:
    before: Node | None
    after: Node | None
    absent: float
    """What the part counts as on a side that does not have it."""

    @property
    def is_lonely(self) -> bool:
        """Whether only one side has it."""
        return self.before is None or self.after is None


Opened = list[tuple[_Pair, float]]
"""Parts of a pair with their slopes: change of the pair per change of the part."""


class Difference:
    """The difference between two evaluated graphs.

    A quantity that one side shares between `stages` (first steps of names) is the one that the
    other side states for a single stage.
    """

    def __init__(
        self, old: Evaluation, new: Evaluation, stages: frozenset[str] = frozenset()
    ) -> None:
        self.old = old
        self.new = new
        self.stages = stages
        self._opened: dict[_Pair, Opened | None] = {}

    def split(self, before: Node, after: Node) -> tuple[Line, ...]:
        """Parts that moved; their changes add up to the difference of two quantities.

        Quantities that are unknown are a `ValueError`.
        """
        if self.old[before] is None or self.new[after] is None:
            raise ValueError(f"{before.name} is unknown: there is no change to split")
        top = _Pair(before, after, 0.0)
        order = list(self._ordered(top))
        weight = dict.fromkeys(order, 0.0)
        weight[top] = 1.0
        lines = []
        for pair in reversed(order):
            parts = self._opened[pair]
            if parts is None:
                old, new = self.ends(pair)
                change = weight[pair] * (new - old)
                if change != 0.0:
                    lines.append(self.line(pair, change, rises=weight[pair] >= 0.0))
                continue
            for part, slope in parts:
                weight[part] += weight[pair] * slope
        return tuple(lines)

    def _ordered(self, top: _Pair) -> Iterator[_Pair]:
        """Yield a pair and all that it is opened into, parts first."""
        stack, entered, done = [top], set[_Pair](), set[_Pair]()
        while stack:
            pair = stack[-1]
            if pair not in entered:
                entered.add(pair)
                if pair not in self._opened:
                    self._opened[pair] = self.open(pair)
                stack += [part for part, _ in self._opened[pair] or ()]
                continue
            stack.pop()
            if pair not in done:
                done.add(pair)
                yield pair

    def ends(self, pair: _Pair) -> tuple[float, float]:
        """The values of a pair, what is absent or unknown at its neutral value."""
        before, after = (pair.absent if end is None else end for end in self.known(pair))
        return before, after

    def line(self, pair: _Pair, change: float, *, rises: bool) -> Line:
        """The line of a pair that is not opened."""
        before, after = self.known(pair)
        kind: Kind = "changed"
        if before is None or after is None:
            kind = "added" if before is None else "removed"
        elif any(node is not None and node.children for node in (pair.before, pair.after)):
            kind = "formula"
        return Line(pair.before, pair.after, before, after, change, kind, rises)

    def open(self, pair: _Pair) -> Opened | None:
        """The parts of a pair with their slopes, None where it stays in one piece."""
        opened: Opened | None = None
        match (pair.before, pair.after) if None not in self.known(pair) else (None, None):
            case Sum() as before, Sum() as after:
                opened = [(part, 1.0) for part in self.pairs(before.parts, after.parts, 0.0)]
            case Product() as before, Product() as after:
                opened = self._open_product(before, after)
            case Extreme() as before, Extreme() as after:
                opened = self._open_extreme(before, after)
            case Select() as before, Select() as after:
                # What was chosen on both sides may still share most of its parts.
                opened = [(_Pair(before.children[0], after.children[0], 0.0), 1.0)]
            case Guard() as before, Guard() as after:
                opened = [(_Pair(before.quantity, after.quantity, 0.0), 1.0)]
            case Call() as before, Call() as after if _same_function(before, after):
                olds, news = before.arguments, after.arguments
                opened = self.slopes(after, [_Pair(olds[key], news[key], 0.0) for key in news])
            case _:
                pass
        return opened

    def _open_product(self, before: Product, after: Product) -> Opened | None:
        over = _paired_by_unit(self.pairs(before.over, after.over, 1.0))
        under = _paired_by_unit(self.pairs(before.under, after.under, 1.0))
        lonely = [pair for pair in over + under if pair.is_lonely]
        if any(pair.before for pair in lonely) and any(pair.after for pair in lonely):
            return None
        joint = Product(
            name=after.name,
            unit=after.unit,
            over=tuple(pair.after or pair.before for pair in over),  # type: ignore[misc]
            under=tuple(pair.after or pair.before for pair in under),  # type: ignore[misc]
        )
        return self.slopes(joint, over + under)

    def _open_extreme(self, before: Extreme, after: Extreme) -> Opened | None:
        pairs = self.pairs(before.parts, after.parts, 0.0)
        known = all(None not in self.known(pair) for pair in pairs)
        if not known or before.largest != after.largest or len(pairs) != len(after.parts):
            return None
        return self.slopes(after, sorted(pairs, key=lambda pair: after.parts.index(pair.after)))

    def pairs(self, olds: Sequence[Node], news: Sequence[Node], absent: float) -> list[_Pair]:
        """Match parts by name, then a shared quantity with that of a single stage."""
        waiting = list(news)
        twins: list[Node | None] = [None] * len(olds)
        for same in (str.__eq__, self._same_role):
            for index, node in enumerate(olds):
                near = (other for other in waiting if same(node.name, other.name))
                twin = next(near, None) if twins[index] is None else None
                if twin is not None:
                    waiting.remove(twin)
                    twins[index] = twin
        matched = [_Pair(node, twin, absent) for node, twin in zip(olds, twins, strict=True)]
        return matched + [_Pair(None, node, absent) for node in waiting]

    def slopes(self, formula: Node, pairs: Sequence[_Pair]) -> Opened | None:
        """Pairs with the secant slopes of a formula over them."""
        ends = [self.ends(pair) for pair in pairs]
        olds: list[Array] = [np.float64(a) for a, _ in ends]  # type: ignore[misc]
        news: list[Array] = [np.float64(b) for _, b in ends]  # type: ignore[misc]
        if not isinstance(formula, Product) and sum(a != b for a, b in ends) > SHAPLEY_LIMIT:
            return None
        slopes = [float(slope) for slope in secant_slopes(formula, olds, news)]
        return list(zip(pairs, slopes, strict=True)) if np.isfinite(slopes).all() else None

    def known(self, pair: _Pair) -> tuple[float | None, float | None]:
        """Find the values of a pair, None where a side has none."""
        before = None if pair.before is None else self.old[pair.before]
        after = None if pair.after is None else self.new[pair.after]
        return None if before is None else float(before), None if after is None else float(after)

    def _same_role(self, one: str, other: str) -> bool:
        # Two stages' own quantities never stand for each other: one of the names must be shared.
        return one == self._plain(other) or other == self._plain(one)

    def _plain(self, name: str) -> str:
        stage, _, rest = name.partition("/")
        return rest if stage in self.stages else name


def _paired_by_unit(pairs: list[_Pair]) -> list[_Pair]:
    """Pair a factor that only the old side has with the one of the same unit that replaced it."""
    gone = [pair for pair in pairs if pair.after is None]
    come = [pair for pair in pairs if pair.before is None]
    if len(gone) != 1 or len(come) != 1:
        return pairs
    before, after = gone[0].before, come[0].after
    if before is None or after is None or before.unit != after.unit:
        return pairs
    kept = [pair for pair in pairs if not pair.is_lonely]
    return [*kept, _Pair(before, after, 1.0)]


def _same_function(before: Call, after: Call) -> bool:
    alike = before.function is after.function and set(before.arguments) == set(after.arguments)
    return alike and _equal(before.options, after.options)


def _equal(one: object, other: object) -> bool:
    # Options may hold arrays, whose comparison has no single truth value.
    try:
        return bool(one == other) or repr(one) == repr(other)
    except ValueError:
        return repr(one) == repr(other)
