"""The spine: every sentence of DESIGN.md section 2 on a made-up three-stage cost model."""

import numpy as np
import pytest

from costcheck.graph.difference import Difference
from costcheck.graph.evaluation import evaluate, evaluate_in_chunks
from costcheck.graph.nodes import (
    Along,
    Call,
    Extreme,
    Guard,
    Input,
    Product,
    Provenance,
    Select,
    Sum,
    Unknown,
    leaves,
    walk,
)
from costcheck.graph.slopes import logarithmic_mean, secant_slopes


def given(name, value, unit="1", **more):
    return Input(name=name, unit=unit, value=value, **more)


def bakery():
    """Three stages share one price; one of them has a floor, one waits for an oven."""
    price = given("price", 2.0, "USD/h")
    hours = [given(f"{stage}/hours", h, "h") for stage, h in (("mix", 3.0), ("bake", 5.0))]
    rest = Extreme(
        name="rest/hours",
        unit="h",
        parts=(given("rest/dough", 1.0, "h"), given("rest/oven", 4.0, "h")),
    )
    costs = tuple(
        Product(name=f"{node.name.split('/')[0]}/cost", unit="USD", over=(node, price))
        for node in (*hours, rest)
    )
    total = Sum(name="cost", unit="USD", parts=costs)
    return total, price


def test_a_shared_leaf_is_one_node():
    total, price = bakery()
    assert [node.name for node in leaves([total])].count("price") == 1
    evaluation = evaluate([total], bindings={"price": 3.0})
    assert evaluation[total] == 36.0
    assert evaluation[price] == 3.0


def test_children_come_before_parents_and_each_node_once():
    total, _ = bakery()
    names = [node.name for node in walk([total])]
    assert len(names) == len(set(names)) == 10
    assert names[-1] == "cost"
    assert names.index("rest/hours") > names.index("rest/oven")


def test_two_quantities_cannot_share_a_name():
    twice = Sum(name="x", unit="1", parts=(given("a", 1.0), given("a", 2.0)))
    with pytest.raises(ValueError, match="'a'"):
        evaluate([twice])


def test_product_divides_by_what_is_under():
    node = Product(name="q", unit="1", over=(given("a", 6.0),), under=(given("b", 3.0),))
    inverse = Product(name="r", unit="1", over=(), under=(given("c", 4.0),))
    evaluation = evaluate([node, inverse])
    assert evaluation[node] == 2.0
    assert evaluation[inverse] == 0.25


def test_a_maximum_is_taken_element_by_element():
    floor, load = given("floor", 2.0), given("load", Along("grid", np.array([1.0, 3.0])))
    need = Extreme(name="need", unit="1", parts=(floor, load))
    evaluation = evaluate([need])
    assert evaluation[need].tolist() == [2.0, 3.0]


def test_select_records_the_choice_and_ignores_the_rest():
    mfu = Select(
        name="mfu",
        unit="1",
        options={"stated": given("stated", 0.4), "prior": Unknown(name="prior", unit="1")},
        chosen="stated",
    )
    assert evaluate([mfu])[mfu] == 0.4
    assert mfu.chosen == "stated"
    assert list(mfu.options) == ["stated", "prior"]


def test_call_is_a_pure_function_with_named_children_and_options():
    def half(*, of, rounding):
        return np.round(of / 2) if rounding else of / 2

    node = Call(
        name="half",
        unit="1",
        function=half,
        arguments={"of": given("whole", Along("draw", np.array([3.0, 4.0])))},
        options={"rounding": False},
    )
    assert evaluate([node])[node].tolist() == [1.5, 2.0]


def test_unknown_is_not_zero():
    staff = Unknown(name="staff", unit="USD", why="nobody published it")
    known = given("rent", 5.0, "USD")
    total = Sum(name="total", unit="USD", parts=(known, staff))
    share = Product(name="share", unit="1", over=(known,), under=(staff,))
    evaluation = evaluate([total, share, staff])
    assert evaluation[total] == 5.0
    assert total in evaluation.partial
    assert evaluation[share] is None
    assert evaluation[staff] is None
    for parts in ((staff,), (staff, given("free", 0.0, "USD")), (given("less", -0.0), staff)):
        nothing = Sum(name="nothing", unit="USD", parts=parts)
        found = evaluate([nothing])
        assert found[nothing] is None
        assert nothing not in found.partial


def test_what_is_left_out_of_a_divisor_or_a_minimum_is_not_at_least():
    part = Sum(name="p", unit="1", parts=(given("a", 1.0), Unknown(name="u", unit="1")))
    over = Product(name="over", unit="1", over=(part,), under=(given("b", 2.0),))
    under = Product(name="under", unit="1", over=(given("c", 2.0),), under=(part,))
    least = Extreme(name="least", unit="1", parts=(part, given("d", 9.0)), largest=False)
    partial = evaluate([over, under, least]).partial
    assert partial[over] == "at least"
    assert partial[under] == partial[least] == "incomplete"


def test_what_rests_on_something_incomplete_is_incomplete_however_it_grows():
    # The missing part makes the divisor too small and so the quotient too large: no lower bound.
    divisor = Sum(name="p", unit="1", parts=(given("a", 1.0), Unknown(name="u", unit="1")))
    quotient = Product(name="q", unit="1", over=(given("c", 2.0),), under=(divisor,))
    total = Sum(name="t", unit="1", parts=(quotient, given("d", 5.0)))
    largest = Extreme(name="l", unit="1", parts=(divisor, given("e", 9.0)))
    partial = evaluate([total, largest]).partial
    assert partial[total] == partial[quotient] == "incomplete"
    assert partial[largest] == "at least"


def test_an_axis_that_ends_early_is_an_error():
    node = Product(name="q", unit="1", over=(given("a", 0.0), given("b", 2.0)))
    short = {"a": Along("draw", np.arange(5.0))}
    with pytest.raises(ValueError, match="end before"):
        list(evaluate_in_chunks([node], along="draw", length=12, bindings=short, size=5))


def test_attribution_is_exact_element_by_element():
    node = Product(name="p", unit="1", over=(given("a", 0.0), given("b", 0.0)))
    old = [np.array([2.0, 0.0]), np.array([1.0, 1.0])]
    new = [np.array([3.0, 3.0]), np.array([2.0, 1.0])]
    slopes = secant_slopes(node, old, new)
    change = sum(s * (b - a) for s, a, b in zip(slopes, old, new, strict=True))
    assert change == pytest.approx([4.0, 3.0])


def test_partial_reaches_everything_above():
    part = Sum(name="p", unit="1", parts=(given("a", 1.0), Unknown(name="u", unit="1")))
    above = Product(name="q", unit="1", over=(part, given("b", 2.0)))
    assert above in evaluate([above]).partial


def test_infeasible_is_a_mask_with_a_reason_never_nan():
    room = given("room", Along("grid", np.array([1.0, -1.0])), "bytes")
    time = Guard(
        name="time", unit="s", quantity=given("t", 7.0), margin=room, reason="does not fit"
    )
    twice = Product(name="twice", unit="s", over=(time, given("two", 2.0)))
    evaluation = evaluate([twice])
    assert np.isfinite(evaluation[twice]).all()
    assert evaluation.infeasible(twice)["does not fit"].tolist() == [False, True]
    assert evaluate([twice], bindings={"room": 1.0}).infeasible(twice) == {}
    assert evaluate([twice], bindings={"room": 0.0}).infeasible(twice) == {}  # just fits


def test_named_axes_keep_the_smallest_shape():
    total, _ = bakery()
    draws = np.linspace(1.0, 3.0, 1000)
    grid = np.array([1.0, 6.0])
    evaluation = evaluate(
        [total], bindings={"price": Along("draw", draws), "rest/oven": Along("grid", grid)}
    )
    assert set(evaluation.axes) == {"draw", "grid"}
    assert evaluation[total].size == 2000
    shapes = {node.name: np.shape(value) for node, value in evaluation.values.items()}
    assert shapes["mix/hours"] == ()
    assert np.prod(shapes["rest/hours"]) == 2
    assert np.prod(shapes["mix/cost"]) == 1000


def test_vector_equals_scalar():
    total, _ = bakery()
    prices = np.array([0.5, 1.0, 7.0])
    together = evaluate([total], bindings={"price": Along("draw", prices)})[total]
    alone = [float(evaluate([total], bindings={"price": p})[total]) for p in prices]
    assert together.tolist() == alone


def test_chunks_give_the_same_numbers_and_compute_fixed_parts_once():
    calls = []

    def costly(*, x):
        calls.append(1)
        return x + 1.0

    fixed = Call(name="fixed", unit="1", function=costly, arguments={"x": given("x", 1.0)})
    draws = np.arange(10_000.0)
    node = Product(name="y", unit="1", over=(fixed, given("draw", 0.0)))
    parts = evaluate_in_chunks(
        [node],
        along="draw",
        length=len(draws),
        bindings={"draw": Along("draw", lambda start, stop: draws[start:stop])},
        size=4096,
    )
    assert np.array_equal(np.concatenate([part[node] for part in parts]), 2.0 * draws)
    assert len(calls) == 1


def test_only_wanted_roots_are_computed_and_recording_is_optional():
    def explode(**_):
        raise AssertionError("not wanted")

    bad = Call(name="bad", unit="1", function=explode, arguments={"x": given("x", 1.0)})
    total, price = bakery()
    evaluation = evaluate([total], record=False)
    assert set(evaluation.values) == {total}
    assert bad not in evaluation.values
    with pytest.raises(KeyError):
        evaluation[price]


def test_a_binding_must_name_an_input():
    total, _ = bakery()
    with pytest.raises(ValueError, match="prise"):
        evaluate([total], bindings={"prise": 1.0})


def test_categories_fan_out_to_numeric_leaves_along_one_axis():
    parts = {"small": (1.0, 10.0), "large": (2.0, 30.0)}
    speed, watts = (
        given(name, Along("part", np.array(column)))
        for name, column in zip(("speed", "watts"), zip(*parts.values(), strict=True), strict=True)
    )
    energy = Product(name="energy", unit="J", over=(watts,), under=(speed,))
    assert dict(zip(parts, evaluate([energy])[energy], strict=True)) == {
        "small": 10.0,
        "large": 15.0,
    }


def test_sources_travel_with_the_leaf():
    leaf = given(
        "tdp", 700.0, "W", provenance=Provenance("catalog", "700 W", "h800.yaml:9", ("ds",))
    )
    node = Product(name="p", unit="W", over=(leaf, given("n", 8.0)))
    found = {source for leaf in leaves([node]) for source in leaf.provenance.sources}
    assert found == {"ds"}
    assert Provenance("default").assumed
    assert not leaf.provenance.assumed


def changes(root, before, after):
    """What each part contributes to the change of a root, by its name."""
    lines = Difference(before, after).split(root, root)
    return {line.node.name: line.change for line in lines}


def test_shares_of_a_change_add_up_over_the_leaves_that_moved():
    total, _ = bakery()
    before = evaluate([total])
    after = evaluate([total], bindings={"price": 2.5, "mix/hours": 2.0, "rest/oven": 0.5})
    shares = changes(total, before, after)
    assert set(shares) == {"price", "mix/hours", "rest/oven"}
    assert sum(shares.values()) == pytest.approx(float(after[total] - before[total]), abs=1e-12)


def test_shares_of_a_change_are_antisymmetric():
    total, _ = bakery()
    before = evaluate([total])
    after = evaluate([total], bindings={"price": 3.5, "bake/hours": 1.0})
    backward = {name: -change for name, change in changes(total, after, before).items()}
    assert changes(total, before, after) == pytest.approx(backward)


def test_lmdi_of_a_product_matches_the_published_worked_example():
    # Cost = 6 N D / (peak MFU) price; figures of notes/diff_design.md section 1, LMDI column.
    names = ("active", "tokens", "price")
    over = tuple(given(n, v) for n, v in zip(names, (37e9, 14.8e12, 2.0), strict=True))
    fixed = given("fixed", 6 / (989.4e12 * 3600))
    mfu = given("mfu", 0.35)
    cost = Product(name="cost", unit="USD", over=(*over, fixed), under=(mfu,))
    before = evaluate([cost])
    after = evaluate([cost], bindings={"active": 45e9, "tokens": 18e12, "price": 2.5, "mfu": 0.4})
    shares = changes(cost, before, after)
    scale = float(after[cost] - before[cost]) / 3_419_277
    expected = {"active": 1_391_193, "tokens": 1_391_193, "mfu": -949_033, "price": 1_585_923}
    for name, value in expected.items():
        assert shares[name] / scale == pytest.approx(value, rel=2e-4)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2.0, 3.0), (0.0, 3.0)),
        ((0.0, 3.0), (2.0, 5.0)),
        ((0.0, 0.0), (2.0, 5.0)),
        ((-1.0, 2.0), (3.0, 4.0)),
    ],
)
def test_products_through_zero_or_sign_stay_exact(before, after):
    node = Product(name="p", unit="1", over=(given("a", 0.0), given("b", 0.0)))
    old, new = ([np.asarray(v) for v in side] for side in (before, after))
    slopes = secant_slopes(node, old, new)
    change = sum(s * (b - a) for s, a, b in zip(slopes, old, new, strict=True))
    assert float(change) == pytest.approx(np.prod(after) - np.prod(before))


def test_logarithmic_mean_near_equality_and_at_zero():
    assert logarithmic_mean(2.0, 2.0) == 2.0
    assert logarithmic_mean(2.0, 2.0 * (1 + 1e-10)) == pytest.approx(2.0)
    assert logarithmic_mean(2.1, 2.0) == pytest.approx(0.1 / np.log(1.05), rel=1e-12)
    assert logarithmic_mean(0.0, 2.0) == 0.0
    assert logarithmic_mean(np.array([1.0, 4.0]), 2.0).shape == (2,)
