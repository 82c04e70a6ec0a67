"""Lines of the bill that only the file can know: storage, egress, support, idle capacity, terms.

Each is stated as money, or as an amount that sourced prices and the run itself turn into money.
"""

from dataclasses import dataclass

from costcheck.catalog.knowledge import Knowledge
from costcheck.estimate.bill import Spent, termless
from costcheck.estimate.study import Leaves
from costcheck.graph.nodes import Call, Formula, Node, call, total
from costcheck.physics import overheads as formulas
from costcheck.scenario.pricing import LINES, Line
from costcheck.text.quantity import Quantity

UNITS = {"bytes": "bytes", "ratio": "share", "duration": "h"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Bill:
    """What amounts are priced by: leaves, price list, what the accelerators cost, the days."""

    leaves: Leaves
    known: Knowledge
    spent: Spent
    days: Node

    def price(self, key: str, unit: str) -> Node:
        """A price of the list."""
        return self.leaves.assumed(f"overheads/{key}", self.known.extras[key], unit)


def overhead_lines(leaves: Leaves, known: Knowledge, spent: Spent, days: Node) -> tuple[Node, ...]:
    """The lines that the file states, each in dollars; accelerators that are owned have no term."""
    bill = Bill(leaves=leaves, known=known, spent=spent, days=days)
    return tuple(
        _line(bill, line, stated)
        for line in LINES
        if (stated := getattr(leaves.overheads, line.key)) is not None
        and not termless(line.key, stated, owned=not spent.rented)
    )


def licence_usd(leaves: Leaves, known: Knowledge, stated: Quantity) -> Node:
    """Cost of data: money as stated, or a usual licence for a time."""
    path, why = "overheads/data", "licences and labelling"
    if stated.dimension == "money":
        return leaves.in_dollars(path, stated, "USD", why)
    hours = leaves.stated(f"{path}_hours", stated, "h", "how long the data is licensed")
    usual = leaves.assumed(
        "overheads/data_licence_usd_per_year", known.extras["data_licence_usd_per_year"], "USD/year"
    )
    formula = usual * hours / leaves.conversion("hours_per_year")
    return leaves.let(path, "USD", formula, f"{why}: one usual licence for the time")


def _line(bill: Bill, line: Line, stated: Quantity | str) -> Node:
    path = f"cost/{line.key}"
    if isinstance(stated, str):
        return bill.leaves.let(path, "USD", _by_bands(bill), f"{line.why}, list price")
    if stated.dimension == "money":
        return bill.leaves.in_dollars(path, stated, "USD", line.why)
    amount = bill.leaves.stated(
        f"overheads/{line.key}", stated, UNITS[stated.dimension], f"{line.why}, as stated"
    )
    if stated.dimension == "ratio":
        base = bill.spent.idle if line.key == "idle" else bill.spent.compute
        return bill.leaves.let(path, "USD", amount * base, line.why)
    return bill.leaves.let(path, "USD", _priced(bill, line.key, amount), line.why)


def _priced(bill: Bill, key: str, amount: Node) -> Formula[Call]:
    if key == "storage":
        price = bill.price("storage_usd_per_gb_month", "USD/GB-month")
        terms = {"stored_bytes": amount, "usd_per_gb_month": price, "days": bill.days}
        return call(formulas.storage_usd, **terms)
    if key == "egress":
        price = bill.price("egress_usd_per_gb", "USD/GB")
        return call(formulas.egress_usd, moved_bytes=amount, usd_per_gb=price)
    rented = bill.leaves.let("cost/rented", "USD", total(*bill.spent.rented))
    terms = {"compute_usd": rented, "days": bill.days, "term_hours": amount}
    return call(formulas.commitment_usd, **terms)


def _by_bands(bill: Bill) -> Formula[Call]:
    entry = bill.known.extras.entry("support_bands")
    bands = tuple((float(low), float(share)) for low, share in entry["rows"])
    least = bill.leaves.derived(
        "overheads/support_minimum",
        float(entry["minimum_usd_per_month"]),
        "USD/month",
        "least monthly fee",
        bill.known.extras.labels(entry),
    )
    return call(
        formulas.support_usd,
        compute_usd=bill.spent.compute,
        days=bill.days,
        minimum_usd_per_month=least,
        bands=bands,
    )
