"""The hourly price behind a plan's dollars, and whether anybody stated it."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.graph.nodes import Input, Node, walk

RENT = "price/rent"


@dataclass(frozen=True, kw_only=True, eq=False)
class HourlyPrice:
    """What a GPU-hour costs [USD]; the range is that of an assumed price."""

    value: float
    low: float
    high: float
    assumed: bool


def hourly_price(cost: Node) -> HourlyPrice | None:
    """Return the rent that a cost is reckoned with; None where it is not rent."""
    for node in walk([cost]):
        if isinstance(node, Input) and node.name.endswith(RENT) and isinstance(node.value, float):
            spread = node.spread
            return HourlyPrice(
                value=node.value,
                low=spread.low if spread else node.value,
                high=spread.high if spread else node.value,
                assumed=node.provenance.origin == "default",
            )
    return None
