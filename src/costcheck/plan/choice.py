"""Which layout or fleet to prefer: limits, how far one breaks them, time against cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from costcheck.plan.fleet import PlannedLayout

By = Literal["time", "cost", "memory"]

UNKNOWN = float("inf")
"""Days or dollars that nobody can tell come last."""


@dataclass(frozen=True)
class Limits:
    """What a plan must keep to; None: no limit."""

    days: float | None = None
    cost_usd: float | None = None

    def completed(self, other: Limits) -> Limits:
        """These, and others where there is none."""
        days = other.days if self.days is None else self.days
        return Limits(days, other.cost_usd if self.cost_usd is None else self.cost_usd)

    def met(self, layout: PlannedLayout) -> bool:
        """Say whether a layout keeps to them."""
        return self.excess(layout) <= 1.0

    def excess(self, layout: PlannedLayout) -> float:
        """The multiple that a layout takes of the limit it breaks most; 1 or less: kept."""
        pairs = ((self.days, _days(layout)), (self.cost_usd, _cost(layout)))
        shares = [
            taken / limit if limit > 0 else UNKNOWN for limit, taken in pairs if limit is not None
        ]
        return max(shares, default=0.0)

    def spare(self, layouts: Sequence[PlannedLayout]) -> bool:
        """Say whether the budget pays for every layout worth its price, with a deadline for all."""
        limit = self.cost_usd
        worth = layouts if self.days is not None else worthwhile(layouts) or layouts
        return limit is not None and all(_cost(item) <= limit for item in worth)

    def __bool__(self) -> bool:
        return self.days is not None or self.cost_usd is not None


def choose(
    layouts: Sequence[PlannedLayout], limits: Limits, by: By, noise: float, *, asked: bool
) -> PlannedLayout:
    """The layout to prefer: of those that keep the limits, or else the nearest to them.

    Notes
    -----
    A deadline asks for the cheapest fleet that keeps it, a budget for the fastest worth its price:
    which are worth it no budget changes, so more money never buys a slower plan. Without a limit
    the knee of the curve is proposed, or the fastest of fleets that were `asked` for by size.
    """
    meeting = [item for item in layouts if limits.met(item)]
    if not meeting:
        return nearest(layouts, limits)[0]
    if by == "memory":
        return min(meeting, key=lambda item: item.memory_bytes)
    if by == "cost":
        return min(meeting, key=lambda item: (_cost(item), _days(item)))
    if limits.days is not None:
        # Without a price the smallest fleet stands for the cheapest.
        priced = any(item.cost_usd is not None for item in meeting)
        return min(meeting, key=lambda item: (_cost(item), _days(item) if priced else item.gpus))
    bend = None if limits or asked else knee(meeting, noise)
    worth = [item for item in worthwhile(layouts) if limits and limits.met(item)] or meeting
    return bend or min(worth, key=lambda item: (_days(item), _cost(item)))


def worthwhile(layouts: Sequence[PlannedLayout]) -> tuple[PlannedLayout, ...]:
    """Those of the front, fastest first, up to which time falls by no less a share than cost grows.

    The first has the least product of days and dollars; every faster one has a larger.
    """
    front = pareto(layouts)
    products = [_days(item) * _cost(item) for item in front]
    return front[products.index(min(products)) :] if front else ()


def knee(layouts: Sequence[PlannedLayout], noise: float) -> PlannedLayout | None:
    """The fastest that costs as little as the cheapest, but for noise; None without any price."""
    cheapest = min((_cost(item) for item in layouts), default=UNKNOWN)
    if cheapest == UNKNOWN:
        return None
    as_cheap = [item for item in layouts if _cost(item) <= cheapest * math.exp(noise)]
    return min(as_cheap, key=lambda item: (_days(item), _cost(item)))


def nearest(layouts: Sequence[PlannedLayout], limits: Limits) -> list[PlannedLayout]:
    """Layouts by how far they break the limits, the nearest first."""
    return sorted(layouts, key=lambda item: (limits.excess(item), _days(item), _cost(item)))


def pareto(layouts: Sequence[PlannedLayout]) -> tuple[PlannedLayout, ...]:
    """The layouts that none other beats in both days and dollars, fastest first."""
    priced = [
        (item.days, item.cost_usd, item)
        for item in layouts
        if item.days is not None and item.cost_usd is not None
    ]
    front: list[PlannedLayout] = []
    cheapest = UNKNOWN
    for _, cost, item in sorted(priced, key=lambda entry: entry[:2]):
        if cost < cheapest:
            front.append(item)
            cheapest = cost
    return tuple(front)


def _days(item: PlannedLayout) -> float:
    return UNKNOWN if item.days is None else item.days


def _cost(item: PlannedLayout) -> float:
    return UNKNOWN if item.cost_usd is None else item.cost_usd
