"""Inputs on offer outside Python: what the page computes is what ``--set`` gives."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from costcheck.estimate import build, estimate
from costcheck.estimate.knobs import Live, live
from costcheck.graph.evaluation import evaluate
from costcheck.scenario.load import load

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def minimal() -> Live:
    return live(estimate(load(EXAMPLES / "minimal.yaml"), samples=100))


def test_inputs_that_decide_are_on_offer(minimal: Live) -> None:
    keys = {knob.key: knob for knob in minimal.knobs}
    assert {"pricing.rent", "training.tokens", "fleet.count", "utilization.mfu", "energy.pue"} <= (
        keys.keys()
    )
    assert keys["fleet.count"].whole
    assert not keys["pricing.rent"].whole
    assert keys["utilization.mfu"].high <= 1.0
    assert keys["energy.pue"].low == keys["energy.pue"].least == 1.0
    assert keys["utilization.mfu"].most == 1.0
    assert math.isinf(keys["pricing.rent"].most)
    assert keys["utilization.mfu"].stated(0.35) == "utilization.mfu=35%"


@pytest.mark.parametrize("factor", [0.6, 1.7])
def test_turning_is_setting(minimal: Live, factor: float) -> None:
    for knob in minimal.knobs:
        value = min(max(knob.value * factor, knob.low), knob.high)
        value = float(round(value)) if knob.whole else value
        file = EXAMPLES / "minimal.yaml"
        totals = build(load(file, assignments=[knob.stated(value)])).totals
        ours = evaluate(totals.values())
        found = minimal.program.values({knob.leaf.name: value})
        for name, at in minimal.results.items():
            if not math.isnan(found[at]):
                assert found[at] == pytest.approx(float(ours[totals[name]]), rel=1e-9)


def test_an_input_whose_statement_changes_more_is_not_on_offer(minimal: Live) -> None:
    """A stated restart also says that faults stop the fleet, which the page does not know."""
    assert "reliability.restart" not in {knob.key for knob in minimal.knobs}
