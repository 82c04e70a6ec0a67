"""What the lines of the bill are shares of, and which of them a cost holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node
from costcheck.scenario.pricing import LINES, Line
from costcheck.text.quantity import Quantity


@dataclass(frozen=True, kw_only=True, eq=False)
class Spent:
    """What lines of the bill are shares of, in dollars."""

    compute: Node
    idle: Node
    """As many hours in which the same accelerators stand idle."""
    rented: tuple[Node, ...]
    """What of the compute is rented, so that a minimum term can outlast it."""


def bill_lines(cost: Node) -> Iterator[tuple[Line, Node]]:
    """Yield the lines of the bill that are in a cost."""
    lines = {f"cost/{line.key}": line for line in LINES}
    return ((lines[part.name], part) for part in cost.children if part.name in lines)


def besides_hours(cost: Node, values: Evaluation) -> dict[str, float]:
    """Dollars that a cost holds besides the hours at their price, by what a sum calls them."""
    found = {line.of_sum or line.label: values[node] for line, node in bill_lines(cost)}
    return {name: float(usd) for name, usd in found.items() if usd}


def termless(key: str, stated: Quantity | str, *, owned: bool) -> bool:
    """Whether a line is a length of rent where nothing is rented."""
    timed = isinstance(stated, Quantity) and stated.dimension == "duration"
    return owned and key == "commitment" and timed
