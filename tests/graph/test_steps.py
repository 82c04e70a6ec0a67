"""Graphs as steps: they give what the graph gives, and say where they cannot."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from costcheck.estimate import build
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Call, Input, Unknown, call, guard, largest, product, total
from costcheck.graph.steps import FROZEN, OPERATIONS, program
from costcheck.physics import reliability
from costcheck.scenario.load import load

EXAMPLES = Path(__file__).parents[2] / "examples"


def leaf(name: str, value: float) -> Input:
    return Input(name=name, unit="1", value=value)


def looked(*, x: float, y: float) -> float:
    """A function that looks at its numbers."""
    return x if float(x) > 1.0 else y


@pytest.mark.parametrize("name", ["deepseek-v3", "gpt-4-leak", "minimal", "own-or-rent-own"])
def test_steps_give_what_the_graph_gives(name: str) -> None:
    roots = build(load(EXAMPLES / f"{name}.yaml")).roots()
    steps = program(roots, evaluate(roots).values)
    turned = random.Random(name)
    inputs = [each for each in steps.inputs.values() if each.provenance.origin != "derived"]
    compared = 0
    for _ in range(20):
        changed = turned.sample(inputs, 4)
        changes = {each.name: each.value * turned.uniform(0.7, 1.3) for each in changed}
        graph, found = evaluate(roots, bindings=changes), steps.evaluate(changes)
        for node, value in found.items():
            if not math.isnan(value):
                assert value == pytest.approx(float(graph[node]), rel=1e-12)
                compared += 1
    assert compared > 500


def test_what_looks_at_its_numbers_is_frozen() -> None:
    x, y, price = leaf("x", 2.0), leaf("y", 3.0), leaf("price", 5.0)
    hidden = call(looked, x=x, y=y).named("hidden", "1")
    cost = product(hidden, price).named("cost", "USD")
    steps = program([cost], evaluate([cost]).values)
    assert steps.steps[steps.places[hidden]].operation == FROZEN
    assert steps.evaluate({"price": 7.0})[cost] == 14.0
    assert math.isnan(steps.evaluate({"y": 4.0})[cost])


def test_unknown_stays_unknown_and_sums_go_without_it() -> None:
    part, gap = leaf("part", 2.0), Unknown(name="gap", unit="1", why="nobody knows")
    least = total(part, gap).named("least", "1")
    most = largest(part, gap).named("most", "1")
    lost = product(part, gap).named("lost", "1")
    roots = [least, most, lost]
    steps = program(roots, evaluate(roots).values)
    found = steps.evaluate({"part": 3.0})
    assert (found[least], found[most]) == (3.0, 3.0)
    assert lost not in steps.places


def test_the_margin_of_a_guard_is_kept() -> None:
    margin = leaf("margin", 1.0)
    held = guard(leaf("hours", 5.0), margin=margin, reason="too slow").named("held", "h")
    steps = program([held], evaluate([held]).values)
    assert steps.values({"margin": -1.0})[steps.guards[held]] == -1.0


@pytest.mark.parametrize("failures", [0.0, 1e-9, 1e-5, 1e-3])
def test_newton_is_written_down_to_its_last_turn(failures: float) -> None:
    """The written steps start from one rate and have to hold at every other."""
    write, restart = leaf("write", 8.0), leaf("restart", 480.0)
    rate = leaf("rate", 4e-6)
    terms = {"write_seconds": write, "restart_seconds": restart, "failures_per_second": rate}
    share = call(reliability.optimal_goodput, **terms).named("share", "share")
    assert isinstance(share, Call)
    steps = program([share], evaluate([share]).values)
    ours = evaluate([share], bindings={"rate": failures})[share]
    assert steps.evaluate({"rate": failures})[share] == pytest.approx(float(ours), rel=1e-14)


def test_operations_are_functions_of_numpy() -> None:
    assert [name for name in OPERATIONS if not hasattr(np, name)] == []
