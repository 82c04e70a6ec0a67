r"""Split the change of one formula over its children, exactly.

Every kind of node gets *secant slopes*: numbers $s_k$ with $\sum_k s_k\,\Delta x_k = \Delta V$
for its children $x_k$. Chained from the root down, as back-propagation chains derivatives, they
give every part its share of the change, and the shares of the leaves add up to the whole.

Sums have slope 1. Products use the logarithmic mean (LMDI-I, [1]_), which neither depends on an
order of the factors nor on how they are grouped. Everything else (extremes, calls, and products
that pass through zero or change sign) is opened by exact Shapley values over its children [2]_.

References
----------
.. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide", Energy Policy
   33 (2005) 867-871; zero values: B. W. Ang and N. Liu, Energy Policy 35 (2007) 238-246.
.. [2] L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953).
"""

from collections.abc import Sequence
from math import factorial

import numpy as np

from costcheck.graph.nodes import Array, Guard, Node, Product, Sum


def logarithmic_mean(a: Array, b: Array) -> Array:
    """(a - b) / ln(a / b) for values of one sign; a where they are equal; 0 at zero."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    usable = (a * b) > 0.0
    log_ratio = np.log(np.where(usable, a, 1.0) / np.where(usable, b, 1.0))
    near = np.abs(log_ratio) < 1e-8
    quotient = np.where(near, 0.5 * (a + b), (a - b) / np.where(near, 1.0, log_ratio))
    return np.where(usable, quotient, 0.0)


def secant_slopes(node: Node, before: Sequence[Array], after: Sequence[Array]) -> list[Array]:
    """Slopes of a node by child, node's unit per child's, that reproduce its change exactly."""
    if isinstance(node, Sum):
        return [np.ones(())] * len(before)
    if isinstance(node, Guard):
        return [np.ones(()), np.zeros(())]
    if isinstance(node, Product):
        pairs = list(zip(before, after, strict=True))
        if all(bool(np.all(a * b > 0.0)) for a, b in pairs):
            return _product_slopes(node, before, after)
        if all(bool(np.all((a >= 0.0) & (b >= 0.0))) for a, b in pairs):
            return _slopes_through_zero(node, before, after)
    return _shapley_slopes(node, before, after)


def _product_slopes(node: Product, before: Sequence[Array], after: Sequence[Array]) -> list[Array]:
    scale = logarithmic_mean(node.apply(after), node.apply(before))
    signs = [1.0] * len(node.over) + [-1.0] * len(node.under)
    return [
        sign * scale / logarithmic_mean(new, old)
        for sign, old, new in zip(signs, before, after, strict=True)
    ]


def _slopes_through_zero(
    node: Product, before: Sequence[Array], after: Sequence[Array]
) -> list[Array]:
    # The limit of LMDI: factors that leave or reach zero take the whole change, in equal parts;
    # elements in which no factor does keep the logarithmic slopes.
    steps = [np.asarray(b - a) for a, b in zip(before, after, strict=True)]
    through = [(a == 0.0) != (b == 0.0) for a, b in zip(before, after, strict=True)]
    change = node.apply(after) - node.apply(before)
    count = sum(np.asarray(t, dtype=np.float64) for t in through)
    each = change / np.maximum(count, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = _product_slopes(node, before, after)
    return [
        np.where(count > 0.0, np.where(t, each / np.where(t, step, 1.0), 0.0), np.nan_to_num(slope))
        for t, step, slope in zip(through, steps, plain, strict=True)
    ]


def _shapley_slopes(node: Node, before: Sequence[Array], after: Sequence[Array]) -> list[Array]:
    moved = [k for k, (a, b) in enumerate(zip(before, after, strict=True)) if np.any(a != b)]
    # All coalitions are one evaluation: they lie along an axis before all others.
    shape = np.broadcast_shapes(*(np.shape(end) for end in (*before, *after)))
    masks = np.arange(1 << len(moved)).reshape(-1, *(1 for _ in shape))
    mixed = list(before)
    for player, k in enumerate(moved):
        mixed[k] = np.where(masks >> player & 1, after[k], before[k])
    worth = np.broadcast_to(node.apply(mixed), (len(masks), *shape))
    slopes = [np.zeros(())] * len(before)
    for k, gain in zip(moved, shapley_values(worth), strict=True):
        step = np.asarray(after[k] - before[k])
        slopes[k] = np.where(step == 0.0, 0.0, gain / np.where(step == 0.0, 1.0, step))
    return slopes


def shapley_values(worth: Sequence[Array] | Array) -> list[Array]:
    r"""Share what all players are worth together among them, by the worth of each coalition.

    Coalitions are along the first axis, by the bit mask of their players. Each player gets
    $\sum_S \frac{|S|!\,(n-1-|S|)!}{n!}\,(v(S \cup \{i\}) - v(S))$ over the coalitions $S$ without
    it [2]_ (of the module); the shares add up to the worth of all less that of none.
    """
    players = len(worth).bit_length() - 1
    by_size = np.asarray(
        [
            factorial(size) * factorial(players - 1 - size) / factorial(players)
            for size in range(players)
        ]
    )
    worth, masks = np.asarray(worth), np.arange(1 << players)
    sizes = np.asarray([mask.bit_count() for mask in range(len(worth))])
    values = []
    for player in range(players):
        without = masks[masks >> player & 1 == 0]
        gains = worth[without | 1 << player] - worth[without]
        values.append(np.tensordot(by_size[sizes[without]], gains, axes=1))
    return values
