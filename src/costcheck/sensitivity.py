"""Which uncertain inputs drive the range of a result, and how far each one moves it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from costcheck.codec import encode
from costcheck.diagnostics import refusal
from costcheck.estimate import build
from costcheck.estimate.assumptions import evaluator
from costcheck.estimate.model import Model
from costcheck.estimate.ranges import intervals, refuse_too_few, uncertain_inputs
from costcheck.estimate.reading import reason_of
from costcheck.graph.distributions import Spread
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Input, Node, walk
from costcheck.graph.proportions import is_product
from costcheck.graph.variance import (
    DEFAULT_BASE,
    Swing,
    VarianceShares,
    product_shares,
    swings,
    variance_shares,
)
from costcheck.quantities import HEADLINES, NAMES, label_of, result_named
from costcheck.scenario.load import Loaded

DEFAULT_RESULT = HEADLINES[0]

Method = Literal["closed form", "sampled"]


class Driver(NamedTuple):
    """One uncertain input and what it does to the result."""

    input: str
    unit: str
    origin: str
    """``file``, ``set``, ``catalog`` or ``default``: who says so."""
    low: float
    central: float
    high: float
    """5 % point, central value and 95 % point of the input."""
    first_order: float | None
    """Part of the variance that goes when this input alone is known; None where the variance is not
    finite."""
    total: float | None
    """Part of the variance that stays when all other inputs are known."""
    result_at_low: float
    result_at_high: float
    """The result with this input at its ends and all others at their central values."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """The drivers of one result, the strongest first."""

    scenario: str
    path: str
    result: str
    unit: str
    low: float
    central: float
    high: float
    """The result with its 90 % interval."""
    drivers: tuple[Driver, ...]
    """Empty where nothing that the result depends on is uncertain."""
    method: Method
    """How the shares were found: exactly, for a product of the uncertain inputs, or by Saltelli's
    scheme."""
    variance_of: Literal["logarithm", "value"]
    """What the shares split: positive results by their logarithm."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "scenario": {"name": self.scenario, "path": self.path},
            "result": {
                "name": self.result,
                "low": self.low,
                "central": self.central,
                "high": self.high,
                "unit": self.unit,
            },
            "method": self.method,
            "variance_of": self.variance_of,
            "drivers": encode(self.drivers),
        }


def sensitivity(
    loaded: Loaded,
    *,
    of: str = DEFAULT_RESULT,
    samples: int = DEFAULT_SAMPLES,
    base: int = DEFAULT_BASE,
    seed: int = DEFAULT_SEED,
) -> Sensitivity:
    """Return what drives the range of a result."""
    model = build(loaded)
    refuse_too_few(samples, model.known)
    root = _root(model, of)
    found = evaluate([root])
    if (central := found[root]) is None:
        why = reason_of(root, found)
        raise refusal("CC025", f"{label_of(of)} is unknown: {why}")
    low, high = intervals([root], found.values, samples=samples, seed=seed).get(
        root, (central, central)
    )
    inputs = uncertain_inputs([root]) if low < high else []
    positive = bool(min(low, central) > 0.0)
    method, shares, bars = _shares(root, inputs, positive=positive, base=base, seed=seed)
    drivers = (_driver(leaf, shares, bars[leaf.name]) for leaf in inputs)
    return Sensitivity(
        scenario=loaded.scenario.name or loaded.path,
        path=loaded.path,
        result=of,
        unit=root.unit,
        low=min(float(low), float(central)),
        central=float(central),
        high=max(float(high), float(central)),
        drivers=tuple(sorted(drivers, key=_strength, reverse=True)),
        method=method,
        variance_of="logarithm" if positive else "value",
    )


def _shares(
    root: Node, inputs: list[Input], *, positive: bool, base: int, seed: int
) -> tuple[Method, VarianceShares, Mapping[str, Swing]]:
    spreads = {leaf.name: leaf.spread for leaf in inputs if leaf.spread is not None}
    if not spreads:
        return "closed form", VarianceShares({}, {}), {}
    result = evaluator(root)
    bars = swings(result, spreads)
    if len(spreads) == 1:
        whole = dict.fromkeys(spreads, 1.0)
        return "closed form", VarianceShares(whole, whole), bars
    with np.errstate(invalid="ignore", divide="ignore"):
        if positive and is_product(root) and all(map(_is_positive, spreads.values())):
            return "closed form", product_shares(result, spreads), bars
        sampled = variance_shares(result, spreads, base=base, seed=seed, logarithmic=positive)
    return "sampled", sampled, bars


def _driver(leaf: Input, shares: VarianceShares, bar: Swing) -> Driver:
    spread = leaf.spread
    assert spread is not None  # noqa: S101 - only uncertain inputs come here
    return Driver(
        input=leaf.name,
        unit=leaf.unit,
        origin=leaf.provenance.origin,
        low=spread.low,
        central=spread.central,
        high=spread.high,
        first_order=_share(shares.first_order[leaf.name]),
        total=_share(shares.total[leaf.name]),
        result_at_low=bar.low,
        result_at_high=bar.high,
    )


def _share(value: float) -> float | None:
    # Sampling noise can put a share of nothing a little below zero.
    return max(value, 0.0) if np.isfinite(value) else None


def _strength(driver: Driver) -> tuple[float, float]:
    return driver.total or 0.0, abs(driver.result_at_high - driver.result_at_low)


def _is_positive(spread: Spread) -> bool:
    return float(spread.strata(2)[0]) > 0.0 and spread.shape != "normal"


def _root(model: Model, name: str) -> Node:
    result = NAMES.get(name, name)
    if result in model.totals:
        return model.totals[result]
    nodes = {node.name: node for node in walk(model.roots())}
    if name in nodes:
        return nodes[name]
    return model.totals[result_named(name, [*model.totals, *nodes])]
