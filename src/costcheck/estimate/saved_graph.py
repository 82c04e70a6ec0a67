"""The graph of a saved result: its nodes with their recorded values, written and read back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NoReturn

from costcheck.codec import left_out
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import (
    Array,
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
    walk,
)

KINDS: Mapping[str, type[Node]] = {
    kind.__name__.lower(): kind
    for kind in (Input, Sum, Product, Extreme, Select, Call, Guard, Unknown)
}
"""Kinds of nodes by their names in JSON."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NodeRecord:
    """One node of a graph."""

    name: str
    kind: Literal["input", "sum", "product", "extreme", "select", "call", "guard", "unknown"]
    unit: str
    value: float | None
    why: str = left_out("")
    children: tuple[str, ...] = left_out(())
    divisors: tuple[str, ...] = left_out(())
    """Names of what it is made of, and of the last of them those a product divides by."""
    largest: bool | None = left_out(None)
    chosen: str | None = left_out(None)
    options: Mapping[str, str] | None = left_out(None)
    function: str = left_out("")
    """Of an extreme, of a choice, of a call."""
    origin: str = left_out("")
    low: float | None = left_out(None)
    high: float | None = left_out(None)
    shape: str = left_out("")
    text: str = left_out("")
    place: str = left_out("")
    sources: tuple[str, ...] = left_out(())
    """Of an input: who says so, its spread, in which words and where."""
    reason: str = left_out("")
    binds: str = left_out("")
    """Which part of an extreme it is."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """A graph: which node each result is, and every node once, children before parents."""

    roots: Mapping[str, str]
    nodes: tuple[NodeRecord, ...]


def recorded(
    roots: Mapping[str, Node], besides: Sequence[Node], values: Mapping[Node, Array | None]
) -> Tree:
    """Record the graph of results and of what stands besides."""
    return Tree(
        roots={name: node.name for name, node in roots.items()},
        nodes=tuple(_record(node, values) for node in walk([*roots.values(), *besides])),
    )


def _record(node: Node, values: Mapping[Node, Array | None]) -> NodeRecord:
    value = values[node]
    return NodeRecord(
        name=node.name,
        kind=type(node).__name__.lower(),  # type: ignore[arg-type]
        unit=node.unit,
        value=None if value is None else float(value),
        why=node.why,
        children=tuple(child.name for child in node.children),
        **_details(node, values),
    )


def _details(node: Node, values: Mapping[Node, Array | None]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    match node:
        case Product():
            details["divisors"] = tuple(child.name for child in node.under)
        case Extreme():
            value = values[node]
            equal = (part.name for part in node.parts if _equal(values[part], value))
            details = {"largest": node.largest, "binds": next(equal, "")}
        case Select():
            options = {label: option.name for label, option in node.options.items()}
            details = {"chosen": node.chosen, "options": options}
        case Call():
            details["function"] = f"{node.function.__module__}.{node.function.__qualname__}"
        case Guard():
            details["reason"] = node.reason
        case Unknown():
            details["reason"] = node.why
        case Input():
            spread, source = node.spread, node.provenance
            details = {
                "origin": source.origin,
                "text": source.text,
                "place": source.place,
                "sources": source.sources,
                "low": spread and spread.low,
                "high": spread and spread.high,
                "shape": spread.shape if spread else "",
            }
        case _:
            pass
    return details


def _equal(part: Array | None, value: Array | None) -> bool:
    return part is not None and value is not None and float(part) == float(value)


def restored(tree: Tree) -> dict[str, Node]:
    """Nodes of a recorded graph by their names."""
    made: dict[str, Node] = {}
    known = {item.name for item in tree.nodes}
    for item in tree.nodes:
        # Only the chosen way of a choice was recorded; the others are named.
        for name in (*item.children, *(item.options or {}).values()):
            if name not in known and name not in made:
                made[name] = Unknown(name=name, unit=item.unit, why="not recorded")
        made[item.name] = _made(item, made)
    return made


def _made(item: NodeRecord, made: Mapping[str, Node]) -> Node:
    parts = tuple(made[name] for name in item.children)
    split = len(parts) - len(item.divisors)
    fields: dict[str, Any] = {}
    match item.kind:
        case "input":
            value = math.nan if item.value is None else item.value
            source = Provenance(item.origin, item.text, item.place, item.sources)
            fields = {"value": value, "spread": _spread(item, value), "provenance": source}
        case "sum":
            fields["parts"] = parts
        case "product":
            fields = {"over": parts[:split], "under": parts[split:]}
        case "extreme":
            fields = {"parts": parts, "largest": item.largest is not False}
        case "select":
            options = {label: made[name] for label, name in (item.options or {}).items()}
            fields = {"options": options, "chosen": item.chosen or ""}
        case "guard":
            fields = {"quantity": parts[0], "margin": parts[1], "reason": item.reason}
        case "call":
            fields = {
                "function": _recorded_function(item.function),
                "arguments": dict(zip(item.children, parts, strict=True)),
                "options": {"recorded": object()},
            }
        case _:
            pass
    return KINDS[item.kind](name=item.name, unit=item.unit, why=item.why, **fields)


def _spread(item: NodeRecord, value: float) -> Spread | None:
    if item.low is None or item.high is None:
        return None
    shape: Any = item.shape
    return Spread(central=value, low=item.low, high=item.high, shape=shape)


@cache
def _recorded_function(name: str) -> Any:
    def recorded(**_: object) -> NoReturn:
        raise TypeError(f"{name} was recorded, not kept: evaluate the scenario again")

    recorded.__module__, _, recorded.__qualname__ = name.rpartition(".")
    return recorded
