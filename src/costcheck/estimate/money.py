"""What a stage costs: accelerator-hours at a price, and the lines the file adds."""

from dataclasses import dataclass

from costcheck.catalog.defaults import Default
from costcheck.catalog.price_book import PriceUnknown, price
from costcheck.estimate.bill import Spent
from costcheck.estimate.currency import said
from costcheck.estimate.ownership import Bought, hourly_rate, idle_rate
from costcheck.estimate.study import Study, known_value
from costcheck.estimate.timing import Timing
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Node, total
from costcheck.scenario.pricing import Book
from costcheck.text.quantity import Quantity
from costcheck.units import HOURS_PER_MONTH

RATE = "USD/GPU-hour"

OTHER_WORK = (
    "owned: the run's share of a full life, with other work before and after; own.kept says after "
    "what time accelerators bought for this run are sold"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """A rate per accelerator-hour, what it rests on, and what a reader should know."""

    rate: Node
    basis: str = ""
    notes: tuple[str, ...] = ()
    label: str = "rent"
    """What its line in the tree of the cost is called."""


def price_of(study: Study, timing: Timing, bought: Bought) -> Priced:
    """The price of an accelerator-hour, by the way of paying that the file states."""
    pricing = study.pricing
    if pricing.rent is not None:
        rate, rates = stated_rent(study, pricing.rent), study.scenario.currency_rates or {}
        return Priced(rate=rate, basis=f"{said(pricing.rent, rates)}, stated")
    if pricing.book is None and pricing.own is not None:
        rate = hourly_rate(study, bought, "price/own")
        months, notes = _whose_months(study, bought)
        basis = f"owned {months}: capital, maintenance, operators, space, electricity"
        return Priced(rate=rate, basis=basis, notes=notes, label="owned")
    if pricing.book is None and pricing.amortized is not None:
        from costcheck.estimate.amortized import amortized_rate

        rate, basis, notes = amortized_rate(study, timing.days)
        return Priced(rate=rate, basis=basis, notes=notes, label="amortized")
    return booked(study, pricing.book or Book())


def _whose_months(study: Study, bought: Bought) -> tuple[str, tuple[str, ...]]:
    """What of the time of owning a run pays for, and a note where that is more than the run."""
    own, hours = study.own, known_value(bought.gpu_hours)
    if own.kept is None:
        return "for a full life, the run's share", (OTHER_WORK,)
    kept, count = own.kept.value / HOURS_PER_MONTH, known_value(bought.count)
    months = f"for {kept:.3g} months"
    if own.utilization is not None:
        return f"{months}, the run's share", ()
    if not (hours and count) or not bought.first:
        return months, ()
    run = hours / count / HOURS_PER_MONTH
    if run * (1.0 + study.known.feasibility["apart.same_product"].value) > kept:
        return months, ()
    return f"{months}, the run uses {run:.3g}", (
        f"owned: kept {kept:.3g} months, of which the run uses {run:.3g}: its cost carries the "
        "others too; own.utilization shares them with other work",
    )


def stated_rent(study: Study, rent: Quantity) -> Node:
    """The rent as the file states it; that of a node is shared out over its accelerators."""
    if not rent.per_node:
        return study.in_dollars("price/rent", rent, RATE, "rent")
    size = study.node_size
    if size is None:
        why = "a rent per node needs fleet.gpus_per_node"
        return study.unknown("price/rent", RATE, why)
    node = study.in_dollars("price/rent_of_node", rent, "USD/node-hour", "rent of a node")
    per_node = study.stated("price/gpus_per_node", size, "GPUs", "accelerators of the rented node")
    return study.let("price/rent", RATE, node / per_node, "rent of a node over its accelerators")


def booked(study: Study, book: Book) -> Priced:
    """The price of the book for the part of a stage."""
    if study.hardware is None:
        return Priced(rate=study.unknown("price/rent", RATE, "needs fleet.gpu or pricing.rent"))
    quote = price(
        study.resolved.catalog,
        study.hardware.id,
        as_of=study.resolved.as_of,
        provider=book.provider or study.hardware.provider or None,
        term=book.term,
    )
    if isinstance(quote, PriceUnknown):
        why = f"{quote.reason}; state pricing.rent"
        return Priced(rate=study.unknown("price/rent", RATE, why))
    usd = quote.usd_per_gpu_hour
    default = Default(
        value=usd,
        spread=Spread(central=usd, low=quote.low, high=quote.high),
        sources=quote.sources,
        why=quote.basis,
        text=f"${usd:.2f}/GPU-hour",
    )
    rate = study.assumed("price/rent", default, RATE)
    return Priced(rate=rate, basis=quote.basis, notes=quote.notes)


def spent_on(study: Study, timing: Timing, priced: Priced) -> Spent:
    """What the accelerators of a stage cost, used and idle."""
    why, label = "accelerator-hours at the price per hour", priced.label
    compute = study.let(f"cost/compute/{label}", "USD", timing.gpu_hours * priced.rate, why)
    if label != "owned" or study.scenario.overheads is None:
        return Spent(compute=compute, idle=compute, rented=() if label == "owned" else (compute,))
    why = "as many hours in which owned accelerators stand idle: their capital is paid already"
    idle = study.let("cost/idle_hours", "USD", timing.gpu_hours * idle_rate(study), why)
    return Spent(compute=compute, idle=idle, rented=())


def cost_node(study: Study, timing: Timing, spent: Spent) -> Node:
    """What a stage costs, with the lines of the bill where it is the whole run."""
    # The lines of the whole file are added once, where the stages are added up.
    if not study.scenario.stages and study.scenario.overheads is not None:
        from costcheck.estimate.overheads import overhead_lines

        lines = overhead_lines(study, study.known, spent, timing.days)
        return study.let("cost", "USD", total(spent.compute, *lines), "cost of the run")
    return study.let("cost", "USD", total(spent.compute), "cost of the run")
