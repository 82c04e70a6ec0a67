"""Which quantities vary in proportion: products of the same powers of the same varying parts.

Two such quantities have the same distribution but for a factor, so drawing one of them says
everything about the other. A part that is no product (a call, a maximum, a sum of unlike parts) is
taken as one factor.
"""

from collections import Counter
from collections.abc import Hashable, Iterable

from costcheck.graph.nodes import Guard, Input, Node, Product, Select, Sum, walk

Powers = frozenset[tuple[Node, int]]
"""Exponent of each varying factor; empty for what does not vary."""


def powers(roots: Iterable[Node]) -> dict[Node, Powers]:
    """The varying factors of every node below the roots; equal powers vary in proportion."""
    order = tuple(walk(roots))
    first = same_nodes(order)
    found: dict[Node, Powers] = {}
    for node in order:
        found[node] = _powers(node, first[node], found)
    return found


def is_product(root: Node) -> bool:
    """Whether a quantity is a product of powers of uncertain inputs, and so is all below it."""
    every = powers([root]).values()
    return all(isinstance(factor, Input) for factors in every for factor, _ in factors)


def same_nodes(order: Iterable[Node]) -> dict[Node, Node]:
    """For each node, children first, the first that is the same function of the same children."""
    first: dict[Hashable, Node] = {}
    known: dict[Node, Node] = {}
    for node in order:
        children = tuple(known[child] for child in node.children)
        key = (type(node), node.formula, children) if children else node
        known[node] = first.setdefault(key, node)
    return known


def _powers(node: Node, first: Node, below: dict[Node, Powers]) -> Powers:
    own = frozenset({(first, 1)})
    if isinstance(node, Input):
        return own if node.is_uncertain else frozenset()
    through = (node.quantity,) if isinstance(node, Guard) else node.children
    parts = [below[child] for child in through]
    if not any(parts):
        return frozenset()
    if isinstance(node, Product):
        return _multiplied(node, below)
    alike = isinstance(node, Select | Guard | Sum) and all(part == parts[0] for part in parts)
    return parts[0] if alike else own


def _multiplied(node: Product, below: dict[Node, Powers]) -> Powers:
    total: Counter[Node] = Counter()
    for child in node.over:
        total.update(dict(below[child]))
    for child in node.under:
        total.subtract(dict(below[child]))
    return frozenset((factor, power) for factor, power in total.items() if power)
