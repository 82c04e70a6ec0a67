"""What must hold for every estimate, on all examples, whatever the numbers are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from costcheck.api import load
from costcheck.estimate import estimate
from costcheck.estimate.result import Estimate
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Along, leaves

EXAMPLES = sorted(
    path
    for path in (Path(__file__).parents[2] / "examples").glob("*.yaml")
    if estimate(load(path), samples=64).figures["gpu_hours"].central is not None
)
SHARES = ("mfu", "mfu_end_to_end", "hfu", "goodput")
DRAWS = 20_000


@cache
def estimated(path: Path) -> Estimate:
    return estimate(load(path))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_central_value_lies_in_its_range_and_a_share_is_no_more_than_the_whole(
    path: Path,
) -> None:
    result = estimated(path)
    for figures in (result.figures, *(stage.figures for stage in result.stages)):
        for name, figure in figures.items():
            if figure.central is None:
                assert figure.low is None
                assert figure.high is None
                continue
            assert figure.low <= figure.central <= figure.high, name
            assert figure.low >= 0.0, name
            if name in SHARES:
                assert figure.high <= 1.0, name


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_range_holds_nine_tenths_of_plain_random_draws(path: Path) -> None:
    result = estimated(path)
    generator = np.random.default_rng(1)
    bindings = {
        leaf.name: Along("draw", leaf.spread.inverse_cdf(generator.uniform(size=DRAWS)))
        for leaf in leaves(result.root.values())
        if leaf.spread is not None
    }
    values = evaluate(result.root.values(), bindings=bindings)
    for name, node in result.root.items():
        figure = result.figures[name]
        if figure.central is None:
            continue
        drawn = np.broadcast_to(values[node], DRAWS)
        # Four standard errors of 20,000 draws are 0.6 %, and the range has errors of its own.
        slack = 1e-9 * np.abs(figure.central)
        assert np.mean(drawn < figure.low - slack) <= 0.06, name
        assert np.mean(drawn <= figure.low + slack) >= 0.04, name
        assert np.mean(drawn > figure.high + slack) <= 0.06, name
        assert np.mean(drawn >= figure.high - slack) >= 0.04, name
