"""Inputs that can be changed where there is no Python: what they move, and how a file states them.

Each is tried before it is offered: the scenario is estimated once with the input changed by
``--set``, and must give what the steps of its graph give.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import cycle, islice, product
from typing import Any

from costcheck.diagnostics import CostcheckError
from costcheck.estimate.model import build
from costcheck.estimate.result import Estimate
from costcheck.estimate.study import written
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Input, Node
from costcheck.graph.steps import Program, program
from costcheck.quantities import HEADLINES, shown_in
from costcheck.scenario.load import Loaded, typed
from costcheck.scenario.merge import assign
from costcheck.scenario.pricing import Overheads, Own, Pricing
from costcheck.scenario.run import Energy, Fleet, Reliability, Run
from costcheck.scenario.schema import Scenario
from costcheck.text.forms import Limit, ListForm, RecordForm, form_of
from costcheck.text.quantity import Quantity

MOST = 10
"""Inputs on offer."""
TRIED = 20
"""Inputs that are tried, those that move most first."""
STEP = 1.25012345
"""By which an input is changed to try it, and over which it is given room."""
ALIKE = 1e-9
"""Two results that differ by no more are the same."""

SECTIONS = {
    "": Run,
    "pricing.": Pricing,
    "pricing.own.": Own,
    "energy.": Energy,
    "reliability.": Reliability,
    "fleet.": Fleet,
    "overheads.": Overheads,
}
"""Where a file might state what it left to a default."""


@dataclass(frozen=True, kw_only=True)
class Knob:
    """An input somebody may turn."""

    leaf: Input
    value: float
    low: float
    high: float
    """From where to where it is worth turning."""
    least: float
    most: float
    """Between what a file may state it."""
    key: str
    """Key of the file that states it."""
    suffix: str
    """What follows the number there: a unit, or "%" after hundred times the number."""
    whole: bool
    """Whether only whole numbers are understood."""

    def stated(self, value: float) -> str:
        """The key with another value, as ``--set`` takes it."""
        return f"{self.key}={_stated(value, self.suffix)}"


@dataclass(frozen=True, kw_only=True)
class Live:
    """An estimate that can be evaluated elsewhere."""

    program: Program
    knobs: tuple[Knob, ...]
    results: Mapping[str, int]
    """Steps of the results that can be known, by their names."""

    @property
    def frozen(self) -> tuple[Input, ...]:
        """Inputs that a file states and only an estimate anew can change."""
        heads = [self.results[name] for name in HEADLINES if name in self.results]
        return tuple(
            leaf
            for leaf in self.program.inputs.values()
            if leaf.provenance.origin in ("file", "set")
            for values in (self.program.values({leaf.name: leaf.number * STEP}),)
            if any(math.isnan(values[at]) for at in heads)
        )

    def moved(self) -> frozenset[int]:
        """Steps that one of the inputs changes."""
        before = self.program.values({})
        turned = (self.program.values({k.leaf.name: k.value * STEP}) for k in self.knobs)
        return frozenset(
            at for values in turned for at, value in enumerate(values) if value != before[at]
        )


def live(estimate: Estimate) -> Live:
    """Write an estimate down as steps, with the inputs that move it most."""
    around = estimate.context
    values = {**estimate.evaluation.values, **around.evaluation.values}
    steps = program([*estimate.root.values(), *around.nodes], values)
    places = {name: steps.places.get(node) for name, node in estimate.root.items()}
    results = {name: at for name, at in places.items() if at is not None}
    return Live(program=steps, knobs=tuple(islice(_knobs(estimate, steps), MOST)), results=results)


def _knobs(estimate: Estimate, steps: Program) -> Iterator[Knob]:
    known = (node for name in HEADLINES if (node := estimate.root[name]) in steps.places)
    head = next(known, None)
    if head is None or not estimate.source.inputs:
        return
    taken: list[Knob] = []
    for leaf in _strongest(estimate, steps, head)[:TRIED]:
        found = next(_agreeing(estimate, steps, leaf), None)
        if found is not None and _together(estimate, steps, [*taken, found]):
            taken.append(found)
            yield found


def _together(estimate: Estimate, steps: Program, knobs: Sequence[Knob]) -> bool:
    """Whether inputs may be turned at once, some up and some down."""
    ways = zip(knobs, cycle((1.0 / STEP, STEP**2, STEP, 1.0 / STEP**2)), strict=False)
    values = {k: min(max(k.value * factor, k.low), k.high) for k, factor in ways}
    values = {knob: _whole(v) if knob.whole else v for knob, v in values.items()}
    document = estimate.source.document
    for knob, value in values.items():
        document = assign(document, knob.stated(value))
    expected = steps.evaluate({knob.leaf.name: value for knob, value in values.items()})
    return _agrees(estimate, document, expected)


def _room(leaf: Input, key: str) -> dict[str, float]:
    """From where to where an input may be turned that a key states."""
    value, limits = leaf.number, _limits(key)
    least = max((each.bound for each in limits if each.relation != "at most"), default=0.0)
    most = min((each.bound for each in limits if each.relation == "at most"), default=math.inf)
    low, high = value / 2.0, value * 2.0
    if leaf.spread is not None:
        low, high = min(low, leaf.spread.low), max(high, leaf.spread.high)
    high = min(high, 1.0) if leaf.unit == "share" else high
    return {"low": max(low, least), "high": min(high, most), "least": least, "most": most}


def _limits(key: str) -> list[Limit]:
    """What the schema says of the number of a key."""
    options: list[Any] = [form_of(Scenario)]
    for step in key.split("."):
        sections = [each.fields for each in options if isinstance(each, RecordForm)]
        forms = [fields[step][1] for fields in sections if step in fields]
        forms += [each.item for each in options if isinstance(each, ListForm)]
        options = [each for form in forms for each in getattr(form, "options", (form,))]
    return [limit for each in options for limit in getattr(each, "limits", ())]


def _strongest(estimate: Estimate, steps: Program, head: Node) -> list[Input]:
    """Inputs that the headline can be computed anew for, those first that move the table most."""
    shown = [estimate.root[row.name] for row in shown_in("table")]
    before = steps.evaluate({})
    effects = {}
    for leaf in steps.inputs.values():
        if leaf.provenance.origin == "derived" or not leaf.number:
            continue
        after = steps.evaluate({leaf.name: leaf.number * STEP})
        changes = [abs(after[each] / before[each] - 1.0) for each in shown if before.get(each)]
        if math.isfinite(after[head]) and any(changes):
            effects[leaf] = sum(change for change in changes if math.isfinite(change))
    return sorted(effects, key=effects.__getitem__, reverse=True)


def _agreeing(estimate: Estimate, steps: Program, leaf: Input) -> Iterator[Knob]:
    """Ways by which the file could state an input so that nothing else changes."""
    value = leaf.number
    tried = value / STEP if leaf.unit == "share" and value * STEP >= 1.0 else value * STEP
    numbers = (tried, _whole(tried)) if value == _whole(value) else (tried,)
    expected = {number: steps.evaluate({leaf.name: number}) for number in numbers}
    ways = product(
        _keys(leaf, estimate.source),
        ("%",) if leaf.unit == "share" else ("", f" {leaf.unit}"),
        expected,
    )
    for key, suffix, number in ways:
        changed = assign(estimate.source.document, f"{key}={_stated(number, suffix)}")
        if _agrees(estimate, changed, expected[number]):
            yield Knob(
                leaf=leaf, value=value, key=key, suffix=suffix, whole=number != tried,
                **_room(leaf, key),
            )  # fmt: skip


def _whole(value: float) -> float:
    return float(math.ceil(value))


def _stated(value: float, suffix: str) -> str:
    """A value as a file states it."""
    return f"{value * 100.0:.15g}%" if suffix == "%" else f"{value:.15g}{suffix}"


def _keys(leaf: Input, source: Loaded) -> Iterator[str]:
    """Keys that may state an input: those that do, else those that go by its name."""
    provenance = leaf.provenance
    if provenance.place and provenance.origin != "catalog":
        for key, item in source.inputs.items():
            if isinstance(item.value, Quantity) and written(item.value).spot == provenance.spot:
                yield key
        return
    name = leaf.name.rpartition("/")[2]
    for section, kind in SECTIONS.items():
        if name in (each.name for each in fields(kind)):
            yield f"{section}{name}"


def _agrees(estimate: Estimate, changed: Any, expected: Mapping[Node, float]) -> bool:
    try:
        loaded = typed(changed, path=estimate.path, catalog=estimate.source.catalog)
        totals = build(loaded).totals
        found = evaluate(totals.values())
    except CostcheckError:
        return False
    return all(
        _alike(found[totals[name]], expected.get(node)) for name, node in estimate.root.items()
    )


def _alike(found: Any, expected: float | None) -> bool:
    if found is None or expected is None:
        return found is None and expected is None
    return math.isnan(expected) or math.isclose(float(found), expected, rel_tol=ALIKE)
