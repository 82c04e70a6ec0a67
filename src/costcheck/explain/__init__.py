"""Where a number comes from: its formula with numbers, down to who said what and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from costcheck.diagnostics import near_names, refusal
from costcheck.estimate.result import Estimate
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import (
    Call,
    Extreme,
    Guard,
    Input,
    Node,
    Product,
    Select,
    Sum,
    Unknown,
    walk,
)
from costcheck.quantities import NAMES, ROW_WORDS, spoken

_LISTED = "try cost or gpu_hours; `costcheck estimate FILE -f json` lists every result by name"


@dataclass(frozen=True)
class Step:
    """One quantity of an explanation."""

    depth: int
    """How far below the explained quantity it stands."""
    name: str
    unit: str
    why: str
    value: float | None
    """Central value; None where it is unknown."""
    formula: str = ""
    """How it comes from its parts; empty for what somebody stated."""
    origin: str = ""
    text: str = ""
    place: str = ""
    """Who says so, in which words and where, for an input."""
    sources: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    repeated: bool = False
    """True where it stands above already with its own parts."""


@dataclass(frozen=True)
class Explained:
    """The formula tree of a quantity."""

    title: str
    steps: tuple[Step, ...]
    """The quantity, then its parts, each followed by its own."""
    notes: tuple[str, ...] = ()
    path: str = ""
    depth: int | None = None
    """How deep it was asked to go; None where nobody said."""
    below: int = 0
    """Steps that lie deeper."""

    def cut(self, depth: int) -> Explained:
        """The same without what lies deeper."""
        steps = tuple(step for step in self.steps if step.depth <= depth)
        below = self.below + len(self.steps) - len(steps)
        return replace(self, steps=steps, depth=depth, below=below)


def explain(estimate: Estimate, name: str, depth: int | None = None) -> Explained:
    """Return the formula tree of a quantity."""
    root = _find(estimate, name)
    seen: set[Node] = set()
    evaluation = estimate.evaluation
    if root not in evaluation.values:
        evaluation = estimate.context.evaluation
    steps = tuple(_steps(root, evaluation, 0, seen))
    found = Explained(estimate.title, steps, estimate.notes, estimate.path)
    return found if depth is None else found.cut(depth)


def _find(estimate: Estimate, name: str) -> Node:
    found = estimate.root.get(NAMES.get(name) or ROW_WORDS.get(spoken(name), name))
    nodes = {node.name: node for node in walk(estimate.root.values())}
    # On screens paths are words: `published runs` of gpu_hours/published_runs.
    words = {spoken(path.rpartition("/")[2]): node for path, node in reversed(nodes.items())}
    found = found or nodes.get(name) or words.get(spoken(name))
    if found is None:
        # The ladder and the scaling laws are built only when somebody asks for one of theirs.
        nodes |= {node.name: node for node in walk(estimate.context.nodes)}
        found = nodes.get(name)
    if found is not None:
        return found
    known = [*NAMES, *nodes]
    near = near_names(name, known)
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else _LISTED
    message = f"{estimate.path or estimate.name} has no quantity called {name!r}"
    raise refusal("CC038", message, None, hint)


def _steps(node: Node, evaluation: Evaluation, depth: int, seen: set[Node]) -> Iterator[Step]:
    while isinstance(node, Sum | Extreme) and [_last(c) for c in node.children] == [_last(node)]:
        node = node.children[0]  # a total of one stage
    repeated = node in seen and bool(node.children)
    yield _step(node, evaluation, depth, repeated=repeated)
    if repeated:
        return
    seen.add(node)
    for child in node.children:
        yield from _steps(child, evaluation, depth + 1, seen)


def _step(node: Node, evaluation: Evaluation, depth: int, *, repeated: bool) -> Step:
    value = evaluation[node]
    source = node.provenance if isinstance(node, Input) else None
    spread = node.spread if isinstance(node, Input) else None
    return Step(
        depth=depth,
        name=node.name,
        unit=node.unit,
        why=node.why,
        value=None if value is None else float(value),
        formula=formula(node),
        origin=source.origin if source else "",
        text=source.text if source else "",
        place=source.place if source else "",
        sources=source.sources if source else (),
        low=spread.low if spread else None,
        high=spread.high if spread else None,
        repeated=repeated,
    )


def formula(node: Node) -> str:
    """Return how a quantity comes from its parts, in their names; empty for a leaf."""
    text = ""
    match node:
        case Sum():
            text = " + ".join(map(_last, node.parts))
        case Product():
            over, under = (" × ".join(map(_last, side)) for side in (node.over, node.under))
            below = f" / ({under})" if len(node.under) > 1 else f" / {under}" if under else ""
            text = f"{over or '1'}{below}"
        case Extreme():
            which = "largest" if node.largest else "smallest"
            text = f"{which} of {', '.join(map(_last, node.parts))}"
        case Select():
            others = [label for label in node.options if label != node.chosen]
            text = f"from {node.chosen}" + (f" (before {', '.join(others)})" if others else "")
        case Call():
            text = f"{node.function.__qualname__}({', '.join(node.arguments)})"
        case Guard():
            text = f"{_last(node.quantity)}, while {_last(node.margin)} is not negative"
        case Unknown():
            text = f"unknown: {node.why}"
        case _:
            pass
    return text


def _last(node: Node) -> str:
    """Last step of a quantity's path."""
    return node.name.rpartition("/")[2]
