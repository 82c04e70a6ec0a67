"""The graph of a saved result: its nodes with their recorded values, not to be evaluated again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field

from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import (
    Call,
    Extreme,
    Guard,
    Input,
    Node,
    Product,
    Provenance,
    Select,
    Sum,
    Unknown,
)


class Part(BaseModel):
    """A part of the file: later versions may add keys, which are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SavedNode(Part):
    """One node of the graph."""

    name: str
    kind: Literal["input", "sum", "product", "extreme", "select", "call", "guard", "unknown"]
    unit: str
    value: float | None
    why: str = ""
    children: tuple[str, ...] = ()
    divisors: tuple[str, ...] = ()
    largest: bool = True
    chosen: str = ""
    options: dict[str, str] = Field(default_factory=dict)
    function: str = ""
    reason: str = ""
    origin: str = "derived"
    text: str = ""
    place: str = ""
    sources: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    shape: str = "lognormal"


class SavedTree(Part):
    """The graph: which node each result is, and every node, children before parents."""

    roots: dict[str, str]
    nodes: tuple[SavedNode, ...]


def restored_nodes(tree: SavedTree) -> dict[str, Node]:
    """Return the nodes of a saved graph by their names."""
    made: dict[str, Node] = {}
    waiting = list(tree.nodes)
    known = {item.name for item in waiting}
    for item in waiting:
        # Only the chosen way of a choice was recorded; the others are named.
        for name in (*item.children, *item.options.values()):
            if name not in known and name not in made:
                made[name] = Unknown(name=name, unit=item.unit, why="not recorded")
        made[item.name] = _MAKERS[item.kind](item, made)
    return made


def _input(item: SavedNode, made: Mapping[str, Node]) -> Node:
    value = math.nan if item.value is None else item.value
    source = Provenance(item.origin, item.text, item.place, item.sources)
    return Input(
        name=item.name,
        unit=item.unit,
        why=item.why,
        value=value,
        spread=_spread(item, value),
        provenance=source,
    )


def _spread(item: SavedNode, value: float) -> Spread | None:
    if item.low is None or item.high is None:
        return None
    points = (item.low, value, item.high) if item.shape == "empirical" else ()
    shape: Any = item.shape
    return Spread(central=value, low=item.low, high=item.high, shape=shape, points=points)


def _sum(item: SavedNode, made: Mapping[str, Node]) -> Node:
    parts = tuple(made[name] for name in item.children)
    return Sum(name=item.name, unit=item.unit, why=item.why, parts=parts)


def _product(item: SavedNode, made: Mapping[str, Node]) -> Node:
    split = len(item.children) - len(item.divisors)
    over = tuple(made[name] for name in item.children[:split])
    under = tuple(made[name] for name in item.divisors)
    return Product(name=item.name, unit=item.unit, why=item.why, over=over, under=under)


def _extreme(item: SavedNode, made: Mapping[str, Node]) -> Node:
    parts = tuple(made[name] for name in item.children)
    return Extreme(name=item.name, unit=item.unit, why=item.why, parts=parts, largest=item.largest)


def _select(item: SavedNode, made: Mapping[str, Node]) -> Node:
    options = {label: made[name] for label, name in item.options.items()}
    return Select(name=item.name, unit=item.unit, why=item.why, options=options, chosen=item.chosen)


def _call(item: SavedNode, made: Mapping[str, Node]) -> Node:
    return Call(
        name=item.name,
        unit=item.unit,
        why=item.why,
        function=_recorded_function(item.function),
        arguments={name: made[name] for name in item.children},
        options={"recorded": object()},
    )


def _guard(item: SavedNode, made: Mapping[str, Node]) -> Node:
    quantity, margin = (made[name] for name in item.children)
    return Guard(
        name=item.name,
        unit=item.unit,
        why=item.why,
        quantity=quantity,
        margin=margin,
        reason=item.reason,
    )


def _unknown(item: SavedNode, made: Mapping[str, Node]) -> Node:
    return Unknown(name=item.name, unit=item.unit, why=item.why)


_MAKERS = {
    "input": _input,
    "sum": _sum,
    "product": _product,
    "extreme": _extreme,
    "select": _select,
    "call": _call,
    "guard": _guard,
    "unknown": _unknown,
}


@cache
def _recorded_function(name: str) -> Any:
    def recorded(**_: object) -> NoReturn:
        raise TypeError(f"{name} was recorded, not kept: evaluate the scenario again")

    recorded.__module__, _, recorded.__qualname__ = name.rpartition(".")
    return recorded
