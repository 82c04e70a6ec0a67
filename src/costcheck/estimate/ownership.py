"""What it takes to own the accelerators: capital per part, and the rate of an hour of use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck import units
from costcheck.estimate.currency import in_dollars
from costcheck.estimate.desk import StageDesk
from costcheck.graph.nodes import Call, Node, Product, Sum, Unknown
from costcheck.scenario.pricing import Own

if TYPE_CHECKING:
    from costcheck.catalog.defaults import Default
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.resolve import Hardware, Resolved

RATE = "USD/GPU-hour"
YEARLY = "USD/GPU-year"


class Term(NamedTuple):
    """One term of ownership: its key in the file, its default, what it is."""

    key: str
    default: str
    unit: str
    why: str
    money: bool = False


TERMS = (
    Term("cost_of_capital", "cost_of_capital", "1/year", "yearly cost of capital"),
    Term("salvage", "salvage_fraction", "share", "share of the capital left at the end of life"),
    Term("maintenance", "maintenance_fraction", "1/year", "spares and repair over the capital"),
    Term("staff", "staff_usd_per_year", "USD/GPU-year", "operating staff", money=True),
    Term(
        "colocation",
        "colocation_usd_per_kw_month",
        "USD/kW-month",
        "rent of space and cooling",
        money=True,
    ),
    Term("power", "it_watts", "W", "IT power per accelerator, server and network included"),
    Term("load", "load_fraction", "share", "average over contracted power"),
    Term("pue", "pue", "1", "facility power over IT power"),
    Term(
        "electricity",
        "electricity_usd_per_kwh",
        "USD/kWh",
        "price of electricity",
        money=True,
    ),
    Term("utilization", "utilization", "share", "share of the hours of a year that are used"),
)
"""Terms whose unit in the file is the unit of the graph; life and capital have their own rules."""


class Owner:
    """Builds what ownership costs from what a file says and what the catalogs assume.

    Parameters
    ----------
    own : Own
        Stated terms; empty: all assumed.
    hardware : Hardware or None
        The part; only its capital depends on it.
    """

    def __init__(
        self,
        own: Own,
        hardware: Hardware | None,
        *,
        resolved: Resolved,
        known: Knowledge,
        desk: StageDesk,
    ) -> None:
        self.own = own
        self.hardware = hardware
        self.resolved = resolved
        self.known = known
        self.desk = desk

    def capital(self) -> Node:
        """Return the all-in IT capital per accelerator."""
        why = "all-in capital per accelerator: server, network, storage"
        if self.own.capital is not None:
            return in_dollars("capital", self.own.capital, "USD/GPU", why, self.desk)
        name = self.hardware.name if self.hardware else ""
        found = self.known.capital_default(name, self.resolved.as_of)
        if found is not None:
            return self.desk.assumed("capital", found, "USD/GPU", why)
        return self._capital_of_server(why)

    def fleet_capital(self, path: str, count: Node) -> Node:
        """Return the all-in capital of a fleet."""
        each = self.capital()
        if isinstance(each, Unknown):
            return self.desk.unknown(path, "USD", each.why)
        return Product(
            name=self.desk(path),
            unit="USD",
            why="server, network and storage of the fleet, bought",
            over=(count, each),
        )

    def rate(self, path: str, *, used: bool = True) -> Node:
        """Return the cost of an hour of one accelerator, by part."""
        capital = self.capital()
        if isinstance(capital, Unknown):
            return self.desk.unknown(path, RATE, capital.why)
        terms = {term.key: self._term(term) for term in TERMS}
        hours: tuple[Node, ...] = (self._year(),)
        if used:
            hours = (*hours, terms["utilization"])
        parts = tuple(
            Product(
                name=self.desk(f"{path}/{part}"),
                unit=RATE,
                why=f"{part} of an hour of {'use' if used else 'existence'}",
                over=(yearly,),
                under=hours,
            )
            for part, yearly in self._yearly("own/yearly", capital, terms).items()
        )
        why = "annuity of the capital, maintenance, staff, space and electricity"
        return Sum(name=self.desk(path), unit=RATE, why=why, parts=parts)

    def _yearly(self, path: str, capital: Node, terms: Mapping[str, Node]) -> dict[str, Node]:
        from costcheck.physics import ownership as formulas

        def call(part: str, function: Callable[..., Any], **arguments: Node) -> Node:
            why = f"{part} per accelerator and year"
            name = self.desk(f"{path}/{part}")
            return self.desk.once(
                Call(name=name, unit=YEARLY, why=why, function=function, arguments=arguments)
            )

        return {
            "capital": call(
                "capital",
                formulas.capital_usd_per_year,
                capital_usd=capital,
                salvage_fraction=terms["salvage"],
                cost_of_capital=terms["cost_of_capital"],
                life_years=self._life(),
            ),
            "maintenance": self._maintenance(path, capital, terms["maintenance"]),
            "staff": terms["staff"],
            "colocation": call(
                "colocation",
                formulas.colocation_usd_per_year,
                usd_per_kw_month=terms["colocation"],
                it_watts=terms["power"],
            ),
            "electricity": call(
                "electricity",
                formulas.electricity_usd_per_year,
                it_watts=terms["power"],
                load_fraction=terms["load"],
                pue=terms["pue"],
                usd_per_kwh=terms["electricity"],
            ),
        }

    def _maintenance(self, path: str, capital: Node, share: Node) -> Node:
        return self.desk.once(
            Product(
                name=self.desk(f"{path}/maintenance"),
                unit=YEARLY,
                why="spares and repair per accelerator and year",
                over=(share, capital),
            )
        )

    def _term(self, term: Term) -> Node:
        stated = getattr(self.own, term.key)
        path = f"own/{term.key}"
        if stated is None and term.key == "power" and self.hardware is not None:
            return self._contracted_power(self.hardware, term)
        if stated is None:
            return self.desk.assumed(path, self.known.ownership[term.default], term.unit, term.why)
        if term.money:
            return in_dollars(path, stated, term.unit, term.why, self.desk)
        return self.desk.stated(path, stated, term.unit, term.why)

    def _contracted_power(self, hardware: Hardware, term: Term) -> Node:
        desk, tdp = self.desk, hardware.entry.tdp
        if tdp is None:
            default = self.known.ownership[term.default]
            return desk.assumed("own/power", default, term.unit, term.why)
        server = self.known.server_over_chip(hardware.name)
        return desk.once(
            Product(
                name=desk("own/power"),
                unit="W",
                why=term.why,
                over=(
                    desk.stated("energy/tdp", tdp, "W", "design power", sources=hardware.sources),
                    desk.assumed(
                        "energy/server_over_chip",
                        server,
                        "1",
                        "rated power of the server over that of its chips",
                    ),
                    desk.assumed(
                        "own/site_over_server",
                        self.known.ownership["site_over_server"],
                        "1",
                        "network and storage on top of the servers",
                    ),
                ),
            )
        )

    def _life(self) -> Node:
        why = "depreciation life"
        if self.own.life is None:
            return self.desk.assumed("own/life", self.known.ownership["life_years"], "years", why)
        return self.desk.once(
            Product(
                name=self.desk("own/life"),
                unit="years",
                why=why,
                over=(self.desk.stated("own/life_hours", self.own.life, "h", why),),
                under=(self._year(),),
            )
        )

    def _year(self) -> Node:
        return self.desk.derived("hours_per_year", units.HOURS_PER_YEAR, "h", "one year")

    def _capital_of_server(self, why: str) -> Node:
        found = None if self.hardware is None else server_default(self.hardware, self.known)
        if found is None:
            reason = "no all-in capital is known for this part; state pricing.own.capital"
            return self.desk.unknown("capital", "USD/GPU", reason)
        share = self.known.ownership["cluster_over_server"]
        return self.desk.once(
            Product(
                name=self.desk("capital"),
                unit="USD/GPU",
                why=why,
                over=(
                    self.desk.assumed("capital/server", found, "USD/GPU", "price with the server"),
                    self.desk.assumed(
                        "capital/cluster_over_server", share, "1", "network and storage on top"
                    ),
                ),
            )
        )


def server_default(hardware: Hardware, known: Knowledge) -> Default | None:
    """Return what a part with its share of a server cost new, None where nobody quoted it."""
    # The price tables take 10 ms: only a part without a row of its own needs them.
    from costcheck.estimate.amortized import chip_of, server_price_default

    chip = chip_of(hardware)
    return None if chip is None else server_price_default(chip, known)
