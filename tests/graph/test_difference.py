"""Two graphs read together: every line of a difference, and nothing but lines that add up."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from costcheck.graph.difference import Difference
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Call, Extreme, Guard, Input, Product, Select, Sum, Unknown


def leaf(name, value, unit="1"):
    return Input(name=name, unit=unit, value=value)


def product(name, *over, under=()):
    return Product(name=name, unit="USD", over=over, under=under)


def total(*parts):
    return Sum(name="cost", unit="USD", parts=parts)


def lines(old, new, **more):
    sides = evaluate([old]), evaluate([new])
    found = Difference(*sides, **more).split(old, new)
    change = float(sides[1][new]) - float(sides[0][old])
    return {line.node.name: line for line in found}, change


def run(hours, price, *extra):
    return total(product("cost/rent", leaf("hours", hours), leaf("price", price)), *extra)


def test_nothing_changed_is_no_line():
    found, change = lines(run(10.0, 2.0), run(10.0, 2.0))
    assert found == {}
    assert change == 0.0


def test_lmdi_of_the_worked_example():
    # Five factors, of which peak and overhead are unchanged; shares as worked by hand.
    def cost(active, tokens, mfu, price):
        factors = [leaf("active", active), leaf("tokens", tokens), leaf("price", price)]
        scale = leaf("scale", 6 / 989.5e12 / 3600)
        return product("cost", *factors, scale, under=(leaf("mfu", mfu),))

    found, change = lines(cost(37e9, 14.8e12, 0.35, 2.0), cost(45e9, 18e12, 0.40, 2.5))
    shares = {name: line.change / change for name, line in found.items()}
    expected = {"active": 1_391_193, "tokens": 1_391_193, "mfu": -949_033, "price": 1_585_923}
    assert shares == pytest.approx({k: v / 3_419_277 for k, v in expected.items()}, rel=1e-4)
    assert not found["mfu"].rises
    assert found["price"].rises


def test_a_part_of_one_side_is_one_line():
    extra = product("cost/post", leaf("post/hours", 3.0), leaf("post/price", 2.0))
    found, change = lines(run(10.0, 2.0), run(10.0, 2.0, extra))
    assert {name: (line.kind, line.change) for name, line in found.items()} == {
        "cost/post": ("added", 6.0)
    }
    back, _ = lines(run(10.0, 2.0, extra), run(10.0, 2.0))
    assert back["cost/post"].kind == "removed"
    assert back["cost/post"].change == -change


def test_a_factor_of_one_side_counts_as_one_on_the_other():
    plain = product("cost", leaf("hours", 10.0))
    marked = product("cost", leaf("hours", 10.0), leaf("overhead", 1.5))
    found, _ = lines(plain, marked)
    assert found["overhead"].change == pytest.approx(5.0)
    assert found["overhead"].kind == "added"


def test_a_factor_that_took_the_place_of_another_stands_against_it():
    old = product("cost", leaf("hours", 10.0), leaf("price/rent", 2.0, "USD/h"))
    new = product("cost", leaf("hours", 10.0), leaf("price/owned", 1.5, "USD/h"))
    found, _ = lines(old, new)
    assert found["price/owned"].change == pytest.approx(-5.0)
    assert found["price/owned"].old == 2.0


def test_formulas_with_nothing_in_common_are_one_factor():
    old = product("flops", leaf("six", 6.0), leaf("size", 2.0, "parameters"))
    new = product("flops", leaf("three", 3.0), leaf("forward", 5.0, "FLOP"))
    found, _ = lines(old, new)
    assert {name: line.kind for name, line in found.items()} == {"flops": "formula"}


def test_credits_and_zero_lines_are_lines_of_their_own():
    found, change = lines(run(10.0, 2.0, leaf("credit", 0.0)), run(10.0, 2.0, leaf("credit", -4.0)))
    assert found["credit"].change == change == -4.0
    assert found["credit"].kind == "changed"


def test_a_factor_from_zero_takes_the_whole_change():
    found, _ = lines(run(0.0, 2.0), run(5.0, 3.0))
    assert {name: line.change for name, line in found.items()} == {"hours": 15.0}


def test_a_choice_that_fell_differently_is_opened_as_far_as_it_agrees():
    def hours(label):
        options = {
            "stated": leaf("hours/stated", 10.0),
            "mfu": product("hours/mfu", leaf("flops", 40.0), under=(leaf("mfu", 0.5),)),
        }
        return Select(name="hours", unit="h", options=options, chosen=label)

    found, change = lines(product("cost", hours("stated")), product("cost", hours("mfu")))
    assert found["hours/mfu"].change == change
    assert found["hours/mfu"].before.name == "hours/stated"


def double(*, x):
    return 2.0 * x


def test_functions_open_by_shapley_and_with_other_options_stay_closed():
    def call(value, **options):
        return Call(
            name="y", unit="1", function=double, arguments={"x": leaf("x", value)}, options=options
        )

    found, _ = lines(call(1.0), call(3.0))
    assert found["x"].change == 4.0
    network = Call(
        name="y",
        unit="1",
        function=lambda *, x: 3.0 * x,
        arguments={"x": leaf("x", 3.0)},
    )
    closed, _ = lines(call(1.0), network)
    assert closed["y"].kind == "formula"
    assert closed["y"].change == 7.0


def test_guards_pass_on_and_extremes_are_shared():
    def need(a, b, room):
        largest = Extreme(name="need", unit="1", parts=(leaf("a", a), leaf("b", b)))
        return Guard(
            name="g", unit="1", quantity=largest, margin=leaf("room", room), reason="too small"
        )

    found, change = lines(need(1.0, 4.0, 1.0), need(5.0, 2.0, -1.0))
    assert sum(line.change for line in found.values()) == pytest.approx(change) == 1.0
    assert "room" not in found


def test_an_unknown_part_that_becomes_known_is_added():
    unknown = Unknown(name="staff", unit="USD", why="nobody says")
    found, change = lines(run(10.0, 2.0, unknown), run(10.0, 2.0, leaf("staff", 7.0, "USD")))
    assert (found["staff"].kind, found["staff"].change) == ("added", 7.0)
    assert change == 7.0
    with pytest.raises(ValueError, match="unknown"):
        lines(unknown, unknown)


def test_a_shared_quantity_stands_for_that_of_the_only_stage():
    old = product("pre/cost", leaf("tokens", 3.0))
    new = product("pre/cost", leaf("pre/tokens", 4.0))
    found, _ = lines(total(old), total(new), stages=frozenset({"pre"}))
    assert found["pre/tokens"].kind == "changed"
    assert found["pre/tokens"].change == 1.0


def test_the_same_factor_twice():
    def square(value):
        side = leaf("side", value)
        return product("area", side, side)

    found, _ = lines(square(2.0), square(3.0))
    assert found["side"].change == pytest.approx(5.0)


positive = st.floats(1e-3, 1e6)
amounts = st.one_of(st.just(0.0), positive)


@st.composite
def books(draw):
    """A sum of phases, each a product over a shared price, with a floor and a credit."""
    price = leaf("price", draw(amounts))
    phases = []
    for name in draw(st.sets(st.sampled_from("abcd"), min_size=1)):
        under = (leaf(f"{name}/mfu", draw(positive)),) if draw(st.booleans()) else ()
        hours = leaf(f"{name}/hours", draw(amounts))
        floor = leaf(f"{name}/floor", draw(amounts))
        need = Extreme(name=f"{name}/need", unit="h", parts=(hours, floor))
        parts = (need if draw(st.booleans()) else hours, price)
        phases.append(product(f"{name}/cost", *parts, under=under))
    return total(*phases, leaf("credit", -draw(amounts)))


@settings(max_examples=200, deadline=None)
@given(books(), books())
def test_lines_add_up_and_turn_their_signs(old, new):
    forward, change = lines(old, new)
    backward, _ = lines(new, old)
    scale = max(abs(line.change) for line in forward.values()) if forward else 1.0
    scale = max(scale, abs(change), 1e-12)
    values = [float(evaluate([root])[root]) for root in (old, new)]
    scale = max(scale, *map(abs, values))
    assert sum(line.change for line in forward.values()) == pytest.approx(change, abs=1e-9 * scale)
    assert forward.keys() == backward.keys() or np.isclose(
        sum(line.change for line in backward.values()), -change
    )
    turned = {line.node.name: -line.change for line in backward.values()}
    for name in forward.keys() & turned.keys():
        assert turned[name] == pytest.approx(forward[name].change, abs=1e-9 * scale)


def test_a_maximum_that_became_a_minimum_stays_in_one_piece():
    def slowest(largest, hours):
        parts = (leaf("compute", hours), leaf("network", 3.0))
        return total(Extreme(name="hours", unit="h", parts=parts, largest=largest))

    found, change = lines(slowest(True, 2.0), slowest(False, 1.0))
    assert {name: (line.kind, line.change) for name, line in found.items()} == {
        "hours": ("formula", change)
    }
    same, _ = lines(slowest(True, 4.0), slowest(True, 5.0))
    assert set(same) == {"compute"}


def summed(**arguments):
    return sum(arguments.values())


@pytest.mark.parametrize(("moved", "opened"), [(3, True), (12, True), (13, False)])
def test_a_function_is_opened_while_its_coalitions_can_be_counted(moved, opened):
    def call(value):
        arguments = {f"x{k}": leaf(f"x{k}", value) for k in range(moved)}
        return total(Call(name="f", unit="1", function=summed, arguments=arguments))

    found, change = lines(call(1.0), call(2.0))
    assert set(found) == ({f"x{k}" for k in range(moved)} if opened else {"f"})
    assert sum(line.change for line in found.values()) == pytest.approx(change)


def test_a_factor_is_replaced_only_by_one_of_its_own_unit():
    def cost(factor):
        return total(product("cost/rent", leaf("hours", 10.0), factor))

    same, _ = lines(cost(leaf("rent", 2.0, "USD/h")), cost(leaf("book", 3.0, "USD/h")))
    assert {(line.kind, line.before.name, line.after.name) for line in same.values()} == {
        ("changed", "rent", "book")
    }
    other, _ = lines(cost(leaf("rent", 2.0, "USD/h")), cost(leaf("tokens", 3.0, "USD/token")))
    assert [(line.kind, line.node.name) for line in other.values()] == [("formula", "cost/rent")]
