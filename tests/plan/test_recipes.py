"""What people launched, against what a plan of the same fleet proposes."""

from pathlib import Path

import pytest
import yaml

from costcheck import load
from costcheck.estimate import build
from costcheck.estimate.layout_words import SCHEDULE_NAMES
from costcheck.physics.search_ideas import MESH
from costcheck.plan import plan_fleet

HERE = Path(__file__).parent
NEAR = 1.05


def recipes():
    cases = yaml.safe_load((HERE.parent / "cases/layouts/published.yaml").read_text("utf-8"))
    listed = yaml.safe_load((HERE / "recipes.yaml").read_text("utf-8"))
    missed = set(listed["missed"])
    for case in (*cases["cases"], *listed["recipes"]):
        if "scenario" in case:
            yield pytest.param(case["scenario"], case["id"] in missed, id=case["id"])


def texts(value):
    return {k: texts(v) for k, v in value.items()} if isinstance(value, dict) else str(value)


def mesh(layout):
    return tuple(float(getattr(layout, key)) for key in MESH)


RECIPES = tuple(recipes())


@pytest.mark.parametrize(("scenario", "missed"), RECIPES)
def test_a_published_layout_is_an_idea_or_near_the_first_which_the_software_can_run(
    scenario, missed
):
    stated = build(load(texts(scenario))).stages[0].prediction
    step = float(stated.performance.formula.step(stated.values).total_seconds())
    found = plan_fleet(load({k: v for k, v in texts(scenario).items() if k != "layout"}))
    assert found.verdict == "feasible"
    listed = mesh(stated.layout) in {mesh(item.layout) for item in found.layouts}
    assert (listed or step <= NEAR * found.best.step_seconds) is not missed
    assert_runs(found.best.layout, found.can)


def assert_runs(layout, can):
    """Nothing that the software did not have at the date; tensor parallelism in one server."""
    assert SCHEDULE_NAMES[int(layout.schedule)] in {"1f1b", *can}
    assert not layout.zero or f"zero-{int(layout.zero)}" in can
    assert all(getattr(layout, key) == 1.0 or key in can for key in MESH)
    assert layout.tensor <= 8


def test_there_are_enough_recipes():
    assert len(RECIPES) >= 20
    assert sum(param.values[1] for param in RECIPES) <= len(RECIPES) / 8
