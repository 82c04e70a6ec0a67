"""What a stage costs: accelerator-hours at a price, and the lines the file adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from costcheck.catalog.defaults import Default
from costcheck.catalog.price_book import PriceUnknown, price
from costcheck.estimate.currency import in_dollars
from costcheck.estimate.overheads import overhead_lines
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Node, Product, Sum
from costcheck.scenario.pricing import Book, Own, Pricing

if TYPE_CHECKING:
    from costcheck.estimate.desk import StageDesk
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.resolve import Resolved, ResolvedStage

RATE = "USD/GPU-hour"


@dataclass(frozen=True, kw_only=True, eq=False)
class Money:
    """The nodes of a stage that are dollars."""

    usd_per_gpu_hour: Node
    cost: Node
    basis: str
    notes: tuple[str, ...] = ()


class Priced(NamedTuple):
    """A rate per accelerator-hour, what it rests on, and what a reader should know."""

    rate: Node
    basis: str
    notes: tuple[str, ...] = ()


class Customer(NamedTuple):
    """Who pays for which stage, and what is known about it."""

    stage: ResolvedStage
    days: Node
    resolved: Resolved
    known: Knowledge
    desk: StageDesk


def money_nodes(customer: Customer, gpu_hours: Node) -> Money:
    """Return the price per accelerator-hour and the cost of a stage."""
    desk = customer.desk
    pricing = customer.stage.stage.pricing or Pricing()
    way = next((key for key in WAYS if getattr(pricing, key) is not None), "book")
    rate, basis, notes = WAYS[way](pricing, customer)
    compute = Product(
        name=desk(f"cost/compute/{LABELS[way]}"),
        unit="USD",
        why="accelerator-hours at the price per hour",
        over=(gpu_hours, rate),
    )
    # The lines of the whole file are added once, where the stages are added up.
    lines = () if customer.resolved.scenario.stages else overhead_lines(desk)
    why = "cost of the run"
    cost = Sum(name=desk("cost"), unit="USD", why=why, parts=(compute, *lines))
    return Money(usd_per_gpu_hour=rate, cost=cost, basis=basis, notes=notes)


def _rented(pricing: Pricing, customer: Customer) -> Priced:
    rent = pricing.rent
    assert rent is not None  # noqa: S101 - the caller chose this way
    rate = in_dollars("price/rent", rent, RATE, "rent", customer.desk)
    return Priced(rate, f"{rent.text}, stated")


def _booked(pricing: Pricing, customer: Customer) -> Priced:
    hardware, resolved, desk = customer.stage.hardware, customer.resolved, customer.desk
    if hardware is None:
        return Priced(desk.unknown("price/rent", RATE, "needs fleet.gpu or pricing.rent"), "")
    book = pricing.book or Book()
    found = price(
        resolved.catalog,
        hardware.id,
        as_of=resolved.as_of,
        provider_kind=book.provider,
        term=book.term,
    )
    if isinstance(found, PriceUnknown):
        return Priced(desk.unknown("price/rent", RATE, f"{found.reason}; state pricing.rent"), "")
    default = Default(
        value=found.usd_per_gpu_hour,
        spread=Spread(central=found.usd_per_gpu_hour, low=found.low, high=found.high),
        sources=found.sources,
        why=found.basis,
        text=f"${found.usd_per_gpu_hour:.2f}/GPU-hour",
    )
    return Priced(desk.assumed("price/rent", default, RATE), found.basis, found.notes)


def _owned(pricing: Pricing, customer: Customer) -> Priced:
    from costcheck.estimate.ownership import Owner

    owner = Owner(
        pricing.own or Own(),
        customer.stage.hardware,
        resolved=customer.resolved,
        known=customer.known,
        desk=customer.desk,
    )
    return Priced(owner.rate("price/own"), "owned: capital, maintenance, staff, space, electricity")


def _amortized(pricing: Pricing, customer: Customer) -> Priced:
    from costcheck.estimate.amortized import amortized_rate

    found = amortized_rate(
        customer.stage,
        customer.days,
        resolved=customer.resolved,
        known=customer.known,
        desk=customer.desk,
    )
    return Priced(*found)


WAYS: dict[str, Callable[[Pricing, Customer], Priced]] = {
    "rent": _rented,
    "book": _booked,
    "own": _owned,
    "amortized": _amortized,
}
"""The ways of paying by their key in the file."""

LABELS = {"rent": "rent", "book": "rent", "own": "owned", "amortized": "amortized"}
"""Name of each way's line in the tree of the cost."""
