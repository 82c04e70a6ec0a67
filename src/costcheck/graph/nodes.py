"""An estimate as a graph of named quantities: sums and products over sourced inputs.

A node is one named quantity with a unit. Its formula is its kind: a `Sum` of parts, a `Product` of
factors, an `Extreme` (the part that binds), a `Select` (a recorded choice), a `Call` (a pure
function of named children), a `Guard` (a quantity that holds only while a margin is not negative),
an `Input`, or an `Unknown`. Nodes hold no results: `costcheck.graph.evaluation` computes them on
scalars, on draws or on grids, so one graph serves the report, the range, the sweep and the diff.

Nodes compare by identity. A quantity used twice is the same node twice, never a copy.

Formulas are written with the signs of arithmetic, `hours * watts / kilowatt`, with `total`,
`largest`, `choice` and `call`; such a formula becomes a node when it gets a name, a unit and a why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from costcheck.graph.distributions import Spread

K = TypeVar("K", bound="Node")

Array = NDArray[np.float64]
"""A float64 array; a scalar quantity is an array without dimensions."""


class Along(NamedTuple):
    """Values that vary along one named axis (``draw``, ``grid``, ``layout`` ...)."""

    axis: str
    values: Array | Callable[[int, int], Array]
    """One value per step of the axis, or a function that yields the steps start to stop."""


class Provenance(NamedTuple):
    """Where an input comes from, as the reports print it."""

    origin: str = "derived"
    """``file``, ``set``, ``catalog``, ``default`` or ``derived``."""
    text: str = ""
    """The value as it was written."""
    place: str = ""
    """``file:line`` of the text."""
    sources: tuple[str, ...] = ()
    column: int = 0
    """Where in its line the text begins."""

    @property
    def spot(self) -> tuple[str, int, str]:
        """What tells two values apart that stand in one line, or say the same."""
        return self.place, self.column, self.text

    @property
    def assumed(self) -> bool:
        """True where nobody stated the value and a default stands in; reports mark these."""
        return self.origin == "default"


DERIVED = Provenance()


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A named quantity."""

    name: str
    """Path such as ``cost/compute/rent``: an identifier that a diff matches, so it never holds a
    value, a part number or a count."""
    unit: str
    """Unit of the value in words of the field (``USD``, ``GPU-hours``); ``1`` for a ratio."""
    why: str = ""

    tolerates_unknown: ClassVar[bool] = False
    """True where the known children still say something ("at least")."""
    grows: ClassVar[bool] = False
    """True where the value is larger with any larger child."""

    @property
    def children(self) -> tuple[Node, ...]:
        """Nodes this one is computed from, in order."""
        return ()

    @property
    def formula(self) -> Hashable:
        """What besides its children decides the value."""
        return None

    def grows_with(self, child: Node) -> bool:
        """Whether a larger child makes the value larger, where all parts are positive."""
        del child
        return self.grows

    def apply(self, values: Sequence[Array]) -> Array:
        """Compute the value from the children's values (known ones only), element by element."""
        raise TypeError(f"{type(self).__name__} has no formula")

    def __mul__(self, other: Node) -> Factors:
        return Factors((self, other))

    def __truediv__(self, other: Node | Factors) -> Factors:
        return Factors((self,)) / other

    def __add__(self, other: Node) -> Formula[Sum]:
        return total(self, other)


@dataclass(frozen=True, kw_only=True, eq=False)
class Input(Node):
    """A leaf: a number somebody stated, sourced or assumed."""

    value: float | Along
    spread: Spread | None = None
    """Distribution of an uncertain input; absent where the value is exact."""
    provenance: Provenance = DERIVED

    @property
    def is_uncertain(self) -> bool:
        """Whether it is drawn."""
        return self.spread is not None and not self.spread.is_exact

    @property
    def number(self) -> float:
        """The value where it is one number, else not a number."""
        return self.value if isinstance(self.value, float | int) else math.nan


@dataclass(frozen=True, kw_only=True, eq=False)
class Unknown(Node):
    """A quantity nobody can know from here; `why` says the reason. It is not zero."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sum(Node):
    """The sum of named parts; with an unknown part it is a lower bound and marked partial."""

    parts: tuple[Node, ...]
    tolerates_unknown: ClassVar[bool] = True
    grows: ClassVar[bool] = True

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts

    def apply(self, values: Sequence[Array]) -> Array:
        total = values[0]
        for value in values[1:]:
            total = total + value
        return total


@dataclass(frozen=True, kw_only=True, eq=False)
class Product(Node):
    """The product of the factors `over`, divided by the factors `under`."""

    over: tuple[Node, ...]
    under: tuple[Node, ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        return self.over + self.under

    @property
    def formula(self) -> Hashable:
        return len(self.over)

    def grows_with(self, child: Node) -> bool:
        """With the factors that multiply."""
        return child not in self.under

    def apply(self, values: Sequence[Array]) -> Array:
        split = len(self.over)
        result = values[0] if split else 1.0 / values[0]
        for value in values[1:split]:
            result = result * value
        for value in values[max(split, 1) :]:
            result = result / value
        return result


@dataclass(frozen=True, kw_only=True, eq=False)
class Extreme(Node):
    """The largest (or smallest) of its parts; an evaluation can say which part binds."""

    parts: tuple[Node, ...]
    largest: bool = True
    tolerates_unknown: ClassVar[bool] = True

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts

    @property
    def formula(self) -> Hashable:
        return self.largest

    def grows_with(self, child: Node) -> bool:
        """Tell a maximum from a minimum, which a missing part may be."""
        del child
        return self.largest

    def apply(self, values: Sequence[Array]) -> Array:
        pick = np.maximum if self.largest else np.minimum
        result = values[0]
        for value in values[1:]:
            result = pick(result, value)
        return np.asarray(result)


@dataclass(frozen=True, kw_only=True, eq=False)
class Select(Node):
    """A recorded choice between ways to know the same quantity, such as stated or predicted."""

    options: Mapping[str, Node]
    """Every way that is available, by its label, in order of precedence."""
    chosen: str
    """Label of the way that decides; the others remain as cross-checks."""
    grows: ClassVar[bool] = True

    @property
    def children(self) -> tuple[Node, ...]:
        """The chosen way only: the rest does not enter the value."""
        return (self.options[self.chosen],)

    def apply(self, values: Sequence[Array]) -> Array:
        """Pass the chosen value on."""
        return values[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Call(Node):
    """A pure function of named children."""

    function: Callable[..., Array | float]
    """Takes the arguments as keywords, arrays that broadcast; returns an array."""
    arguments: Mapping[str, Node]
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further keywords that are no quantities (a convention, a flag)."""

    @property
    def children(self) -> tuple[Node, ...]:
        return tuple(self.arguments.values())

    @property
    def formula(self) -> Hashable:
        options = tuple((name, id(value)) for name, value in self.options.items())
        return (self.function, tuple(self.arguments), options)

    def apply(self, values: Sequence[Array]) -> Array:
        keywords = dict(zip(self.arguments, values, strict=True))
        return np.asarray(self.function(**keywords, **self.options))


@dataclass(frozen=True, kw_only=True, eq=False)
class Guard(Node):
    """A quantity that can be had only while a margin is not negative."""

    quantity: Node
    margin: Node
    """Room left; where it is negative the quantity is infeasible."""
    reason: str
    grows: ClassVar[bool] = True

    @property
    def children(self) -> tuple[Node, ...]:
        """The quantity, then the margin."""
        return (self.quantity, self.margin)

    def apply(self, values: Sequence[Array]) -> Array:
        """Pass the quantity on; the evaluation keeps the mask."""
        return values[0]


class Formula(Generic[K]):
    """A formula without a name: a kind of node with what it is computed from."""

    def __init__(self, kind: type[K], **fields: Any) -> None:
        self.kind = kind
        self.fields = fields

    def named(self, name: str, unit: str, why: str = "") -> K:
        """Make the node of this formula."""
        return self.kind(name=name, unit=unit, why=why, **self.fields)


class Factors(Formula[Product]):
    """A product that can still grow."""

    def __init__(self, over: tuple[Node, ...], under: tuple[Node, ...] = ()) -> None:
        super().__init__(Product, over=over, under=under)
        self.over = over
        self.under = under

    def __mul__(self, other: Node) -> Factors:
        return Factors((*self.over, other), self.under)

    def __truediv__(self, other: Node | Factors) -> Factors:
        over, under = ((other,), ()) if isinstance(other, Node) else (other.over, other.under)
        return Factors((*self.over, *under), (*self.under, *over))


def product(*factors: Node) -> Factors:
    """Multiply nodes."""
    return Factors(factors)


def total(*parts: Node) -> Formula[Sum]:
    """Add nodes; an unknown one makes the sum "at least"."""
    return Formula(Sum, parts=parts)


def largest(*parts: Node) -> Formula[Extreme]:
    """Take the largest of some nodes."""
    return Formula(Extreme, parts=parts)


def choice(options: Mapping[str, Node], chosen: str = "") -> Formula[Select]:
    """Choose one of several ways by its label, the first where none is said."""
    return Formula(Select, options=options, chosen=chosen or next(iter(options)))


def guard(quantity: Node, *, margin: Node, reason: str) -> Formula[Guard]:
    """Let a quantity hold only while a margin is not negative."""
    return Formula(Guard, quantity=quantity, margin=margin, reason=reason)


def call(function: Callable[..., Array | float], **keywords: Any) -> Formula[Call]:
    """Call a pure function: nodes among the keywords are its arguments, the rest its options."""
    arguments = {key: value for key, value in keywords.items() if isinstance(value, Node)}
    options = {key: value for key, value in keywords.items() if key not in arguments}
    return Formula(Call, function=function, arguments=arguments, options=options)


def walk(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node below the roots once, children before their parents.

    Two nodes of one name are a `ValueError`: names are how readers and diffs find them.
    """
    seen: dict[str, Node] = {}
    entered: set[Node] = set()
    for root in roots:
        stack = [root]
        while stack:
            node = stack[-1]
            known = seen.get(node.name)
            if known is not node and node not in entered:
                entered.add(node)
                stack += node.children[::-1]
                continue
            stack.pop()
            if known is None:
                seen[node.name] = node
                yield node
            elif known is not node:
                raise ValueError(f"two quantities are named {node.name!r}")


def leaves(roots: Iterable[Node]) -> Iterator[Input]:
    """Yield the inputs below the roots, each once."""
    return (node for node in walk(roots) if isinstance(node, Input))
