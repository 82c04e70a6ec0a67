"""Which quantities vary in proportion: products of the same powers of the same varying parts.

Two such quantities have the same distribution but for a factor, so drawing one of them says
everything about the other. A part that is no product (a call, a maximum, a sum of unlike parts) is
taken as one factor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from costcheck.graph.nodes import Call, Extreme, Guard, Input, Node, Product, Select, Sum, walk

Powers = frozenset[tuple[Node, int]]
"""Exponent of each varying factor."""

STEADY: Powers = frozenset()
"""Of a quantity that does not vary."""


def powers(roots: Iterable[Node]) -> dict[Node, Powers]:
    """Return the varying factors of every node below the roots.

    Parameters
    ----------
    roots : iterable of Node
        Quantities that are wanted.

    Returns
    -------
    dict of Node to frozenset
        Nodes with equal powers vary in proportion.
    """
    found: dict[Node, Powers] = {}
    same = Same()
    for node in walk(roots):
        found[node] = _powers(node, found, same)
    return found


def is_product(root: Node) -> bool:
    """Whether a quantity is a product of powers of uncertain inputs, and so is all below it."""
    every = powers([root]).values()
    return all(isinstance(factor, Input) for factors in every for factor, _ in factors)


def same_nodes(order: Iterable[Node]) -> dict[Node, Node]:
    """Return, for each node, the first one that is the same function of the same children.

    Parameters
    ----------
    order : iterable of Node
        Children before their parents, as from `walk`.
    """
    same = Same()
    return {node: same(node) for node in order}


def is_uncertain(node: Node) -> bool:
    """Return whether a node is an input that is drawn."""
    return isinstance(node, Input) and node.spread is not None and not node.spread.is_exact


class Same:
    """Finds nodes that are the same function of the same children, whatever they are called."""

    def __init__(self) -> None:
        self._first: dict[Hashable, Node] = {}
        self._known: dict[Node, Node] = {}

    def __call__(self, node: Node) -> Node:
        """Return the first node seen that computes the same; children must have been seen."""
        children = tuple(self._known[child] for child in node.children)
        key = (type(node), _shape(node), children) if children else node
        return self._known.setdefault(node, self._first.setdefault(key, node))


def _shape(node: Node) -> Hashable:
    """Return what besides its children decides the value of a node."""
    if isinstance(node, Product):
        return len(node.over)
    if isinstance(node, Extreme):
        return node.largest
    if isinstance(node, Call):
        options = tuple((name, id(value)) for name, value in node.options.items())
        return (node.function, tuple(node.arguments), options)
    return None


def _powers(node: Node, below: dict[Node, Powers], same: Same) -> Powers:
    first = same(node)
    if isinstance(node, Input):
        return frozenset({(node, 1)}) if is_uncertain(node) else STEADY
    through = (node.quantity,) if isinstance(node, Guard) else node.children
    parts = [below[child] for child in through]
    if not any(parts):
        return STEADY
    if isinstance(node, Product):
        return _multiplied(node, below)
    alike = isinstance(node, Select | Guard | Sum) and all(part == parts[0] for part in parts)
    return parts[0] if alike else frozenset({(first, 1)})


def _multiplied(node: Product, below: dict[Node, Powers]) -> Powers:
    total: Counter[Node] = Counter()
    for child in node.over:
        total.update(dict(below[child]))
    for child in node.under:
        total.subtract(dict(below[child]))
    return frozenset((factor, power) for factor, power in total.items() if power)
