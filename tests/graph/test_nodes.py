"""Formulas written with the signs of arithmetic become the nodes they stand for."""

import pytest

from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import (
    Call,
    Extreme,
    Guard,
    Input,
    Product,
    Select,
    Sum,
    call,
    choice,
    guard,
    largest,
    product,
    total,
)

A, B, C = (
    Input(name=name, unit="1", value=value) for name, value in (("a", 6.0), ("b", 3.0), ("c", 2.0))
)


def power(*, base, exponent, scale):
    return scale * base**exponent


@pytest.mark.parametrize(
    ("formula", "kind", "children", "value"),
    [
        (A * B, Product, [A, B], 18.0),
        (A / B, Product, [A, B], 2.0),
        (A * B / C, Product, [A, B, C], 9.0),
        (A / (B * C), Product, [A, B, C], 1.0),
        (A / B * C, Product, [A, C, B], 4.0),
        (A / (B / C), Product, [A, C, B], 4.0),
        (product(A, B, C), Product, [A, B, C], 36.0),
        (A + B, Sum, [A, B], 9.0),
        (total(A, B, C), Sum, [A, B, C], 11.0),
        (call(power, base=A, exponent=C, scale=10.0), Call, [A, C], 360.0),
        (choice({"first": A, "second": B}), Select, [A], 6.0),
        (choice({"first": A, "second": B}, "second"), Select, [B], 3.0),
        (guard(A, margin=B, reason="never"), Guard, [A, B], 6.0),
        (largest(C, A, B), Extreme, [C, A, B], 6.0),
    ],
)
def test_a_formula_is_the_node_it_stands_for(formula, kind, children, value):
    node = formula.named("path", "1", "why")
    assert isinstance(node, kind)
    assert (node.name, node.unit, node.why) == ("path", "1", "why")
    assert list(node.children) == children
    assert float(evaluate([node])[node]) == value
