"""What a stage costs: accelerator-hours at a price, and the lines the file adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costcheck.core.distributions import Spread
from costcheck.core.graph import Node, Product, Sum
from costcheck.estimate.desk import StageDesk
from costcheck.scenario.defaults import Default
from costcheck.scenario.price_book import PriceUnknown, price
from costcheck.scenario.pricing import Book, Pricing
from costcheck.scenario.quantity import Quantity

if TYPE_CHECKING:
    from costcheck.estimate.resolve import Hardware, Resolved

BASE_CURRENCY = "USD"


@dataclass(frozen=True)
class Money:
    """The nodes of a stage that are dollars."""

    usd_per_gpu_hour: Node
    cost: Node
    basis: str
    notes: tuple[str, ...] = ()


def money_nodes(
    pricing: Pricing,
    gpu_hours: Node,
    *,
    hardware: Hardware | None,
    resolved: Resolved,
    desk: StageDesk,
) -> Money:
    """Return the price per accelerator-hour and the cost of a stage.

    Parameters
    ----------
    pricing : Pricing
        How the accelerators are paid for; empty: the price book.
    gpu_hours : Node
        Accelerator-hours, end to end.
    hardware : Hardware or None
        The accelerator.
    resolved : Resolved
        Date, catalogs and currency rates.
    desk : StageDesk
        Makes the leaves.
    """
    notes: tuple[str, ...] = ()
    if pricing.rent is not None:
        rate = in_dollars("price/rent", pricing.rent, "USD/GPU-hour", "rent", resolved, desk)
        basis = f"{pricing.rent.text}, stated"
    elif hardware is None:
        rate = desk.unknown("price/rent", "USD/GPU-hour", "needs fleet.gpu or pricing.rent")
        basis = ""
    else:
        rate, basis, notes = _booked(pricing.book or Book(), hardware, resolved, desk)
    rent = Product(
        name=desk("cost/compute/rent"),
        unit="USD",
        why="accelerator-hours at the price per hour",
        over=(gpu_hours, rate),
    )
    cost = Sum(name=desk("cost"), unit="USD", why="cost of the run", parts=(rent,))
    return Money(rate, cost, basis, notes)


def _booked(
    book: Book, hardware: Hardware, resolved: Resolved, desk: StageDesk
) -> tuple[Node, str, tuple[str, ...]]:
    found = price(
        resolved.catalog,
        hardware.id,
        as_of=resolved.as_of,
        provider_kind=book.provider,
        term=book.term,
    )
    if isinstance(found, PriceUnknown):
        why = f"{found.reason}; state pricing.rent"
        return desk.unknown("price/rent", "USD/GPU-hour", why), "", ()
    default = Default(
        value=found.usd_per_gpu_hour,
        spread=Spread(central=found.usd_per_gpu_hour, low=found.low, high=found.high),
        sources=found.sources,
        why=found.basis,
        text=f"${found.usd_per_gpu_hour:.2f}/GPU-hour",
    )
    leaf = desk.assumed("price/rent", default, "USD/GPU-hour")
    return leaf, found.basis, found.notes


def in_dollars(
    path: str, amount: Quantity, unit: str, why: str, resolved: Resolved, desk: StageDesk
) -> Node:
    """Return an amount of money in dollars, at the file's own rate where it is another currency.

    Raises
    ------
    KeyError
        If the file gives no rate for the currency; `checks_of_currency` reports it first.
    """
    currency = amount.currency or BASE_CURRENCY
    if currency == BASE_CURRENCY:
        return desk.stated(path, amount, unit, why)
    rates = resolved.scenario.currency_rates or {}
    return Product(
        name=desk(path),
        unit=unit,
        why=f"{why}, from {currency}",
        over=(desk.stated(f"{path}/{currency}", amount, currency, why),),
        under=(
            desk.stated(
                f"currency/{currency}",
                rates[currency],
                f"{currency}/USD",
                f"{currency} per US dollar",
            ),
        ),
    )
