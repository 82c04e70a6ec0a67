"""Find the input that makes a quantity reach a target, for many cases at once."""

from __future__ import annotations

import numpy as np

from costcheck.graph.evaluation import Bindings, evaluate
from costcheck.graph.nodes import Along, Array, Node

STEPS = 80
"""Halvings of the bracket: enough for the last bit of a float64 from any starting bracket."""


def solve(
    root: Node,
    *,
    leaf: str,
    target: Array | float,
    low: float,
    high: float,
    bindings: Bindings | None = None,
) -> Array:
    """Return the value of one input at which a quantity reaches the target.

    Bisection, in logarithms where the bracket is positive, on all targets together: the graph is
    evaluated once per halving whatever their number.

    Parameters
    ----------
    root : Node
        Quantity that shall reach the target; monotonic in the input between low and high.
    leaf : str
        Name of the input to solve for.
    target : array_like
        Wanted values of the root, in its unit, along one axis.
    low, high : float
        Bracket, in the unit of the input.
    bindings : mapping, optional
        Values for other inputs.

    Returns
    -------
    ndarray
        Values of the input in the shape of `target`; infinite where the target lies outside the
        bracket on the side of `high`, minus infinite on the side of `low`.
    """
    targets = np.atleast_1d(np.asarray(target, dtype=np.float64))
    logarithmic = low > 0.0

    def reached(position: Array) -> Array:
        trial = np.exp(position) if logarithmic else position
        bound = {**(bindings or {}), leaf: Along("target", trial)}
        value = evaluate([root], bindings=bound, record=False)[root]
        if value is None:
            raise ValueError(f"{root.name} is unknown: nothing to solve")
        return np.broadcast_to(np.reshape(value, -1), targets.shape) - targets

    ends = (np.log(low), np.log(high)) if logarithmic else (low, high)
    left, right = (np.full(targets.shape, end) for end in ends)
    at_left, at_right = reached(left), reached(right)
    for _ in range(STEPS):
        middle = 0.5 * (left + right)
        same = np.sign(reached(middle)) == np.sign(at_left)
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    answer = 0.5 * (left + right)
    if logarithmic:
        answer = np.exp(answer)
    answer = np.where(at_left == 0.0, low, np.where(at_right == 0.0, high, answer))
    outside = at_left * at_right > 0.0
    beyond = np.where(np.abs(at_right) <= np.abs(at_left), np.inf, -np.inf)
    return np.where(outside, beyond, answer).reshape(np.shape(target))
