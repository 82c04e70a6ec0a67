"""What varies in proportion, checked against draws: proportional quantities have one ratio."""

from __future__ import annotations

import numpy as np
import pytest

from costcheck.graph.distributions import Spread
from costcheck.graph.evaluation import evaluate, evaluate_in_chunks
from costcheck.graph.nodes import Along, Call, Extreme, Guard, Input, Product, Select, Sum
from costcheck.graph.proportions import is_product, powers, same_nodes


def uncertain(name):
    spread = Spread(central=2.0, low=1.0, high=4.0, shape="normal")
    return Input(name=name, unit="1", value=2.0, spread=spread)


def product(name, over, under=()):
    return Product(name=name, unit="1", over=over, under=under)


def power(base, *, exponent):
    return base**exponent


TWO = 2.0
A, B, FIXED = uncertain("a"), uncertain("b"), Input(name="fixed", unit="1", value=3.0)


def square(name, exponent):
    return Call(
        name=name, unit="1", function=power, arguments={"base": A}, options={"exponent": exponent}
    )


QUANTITIES = [
    A,
    FIXED,
    product("a times b", (A, B)),
    product("b times a", (B, A, FIXED)),
    product("a over b", (A,), (B,)),
    product("b over a", (B,), (A,)),
    product("one over a", (), (A,)),
    product("a over b again", (A, FIXED), (B,)),
    product("a twice", (A, A)),
    square("squared", 2.0),
    square("cubed", 3.0),
    Sum(name="twice a", unit="1", parts=(A, Product(name="a too", unit="1", over=(A,)))),
    Sum(name="a and b", unit="1", parts=(A, B)),
    Extreme(name="larger", unit="1", parts=(A, B)),
    Extreme(name="smaller", unit="1", parts=(A, B), largest=False),
    Select(name="chosen", unit="1", options={"x": B, "y": A}, chosen="y"),
    Guard(name="guarded", unit="1", quantity=A, margin=B, reason="none"),
]


@pytest.fixture(scope="module")
def drawn():
    generator = np.random.default_rng(1)
    bindings = {name: Along("draw", generator.uniform(1.0, 4.0, 200)) for name in ("a", "b")}
    values = evaluate(QUANTITIES, bindings=bindings)
    return {node: np.broadcast_to(values[node], 200) for node in QUANTITIES}


def test_equal_powers_are_proportional_in_every_draw_and_only_they(drawn):
    found = powers(QUANTITIES)
    for one in QUANTITIES:
        for other in QUANTITIES:
            ratio = drawn[one] / drawn[other]
            if found[one] == found[other]:
                np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)
            elif "squared" not in (one.name, other.name):
                # A function is a factor of its own: that a squared is a twice is not seen.
                assert np.ptp(ratio) > 1e-6, (one.name, other.name)


def test_division_takes_factors_away():
    ab, over = product("ab", (A, B)), product("ab over b", (product("x", (A, B)),), (B,))
    assert powers([ab])[ab] == {(A, 1), (B, 1)}
    assert powers([over])[over] == powers([A])[A] == {(A, 1)}
    assert powers([product("1", (A,), (A,))])[A] != frozenset()
    inverse = product("inverse", (), (A, A))
    assert powers([inverse])[inverse] == {(A, -2)}


def test_the_same_function_of_the_same_children_is_computed_once_and_no_other():
    times, over = product("times", (A, B)), product("over", (A,), (B,))
    again = product("times again", (A, B))
    squared, squared_again, cube = (
        square(name, n) for name, n in (("s", TWO), ("t", TWO), ("c", 3.0))
    )
    first = same_nodes([A, B, times, over, again, squared, squared_again, cube])
    assert first[again] is times
    assert first[over] is over
    assert first[cube] is cube
    assert first[squared_again] is squared


def test_chunks_give_what_the_whole_gives_where_nodes_look_alike():
    # a*b and a/b, squares and cubes, a maximum and a minimum of the same parts.
    values = {name: np.linspace(1.0, 4.0, 10)[:: 1 if name == "a" else -1] for name in ("a", "b")}
    bindings = {name: Along("draw", column) for name, column in values.items()}
    whole = evaluate(QUANTITIES, bindings=bindings)
    parts = list(evaluate_in_chunks(QUANTITIES, along="draw", length=10, bindings=bindings, size=4))
    for node in QUANTITIES:
        together = np.concatenate([np.broadcast_to(part[node], 4 if i < 2 else 2)
                                   for i, part in enumerate(parts)])  # fmt: skip
        np.testing.assert_array_equal(together, np.broadcast_to(whole[node], 10))


def test_a_product_of_inputs_is_told_from_what_is_not():
    assert is_product(product("p", (A, FIXED), (B,)))
    assert is_product(Sum(name="s", unit="1", parts=(A, Product(name="q", unit="1", over=(A,)))))
    assert not is_product(Sum(name="s", unit="1", parts=(A, B)))
    assert not is_product(square("c", 2.0))
