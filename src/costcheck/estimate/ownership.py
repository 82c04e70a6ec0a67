"""What it takes to own the accelerators: capital per part, and the rate of an hour of use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.defaults import Default
from costcheck.estimate.power import rated_server_watts
from costcheck.estimate.resolve import Hardware
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Formula, Node, Unknown, call, product, total
from costcheck.physics import ownership as formulas

RATE = "USD/GPU-hour"
YEARLY = "USD/GPU-year"


@dataclass(frozen=True)
class Term:
    """One term of ownership: its key in the file, its default, what it is."""

    key: str
    default: str
    unit: str
    why: str


TERMS = (
    Term("cost_of_capital", "cost_of_capital", "1/year", "yearly cost of capital"),
    Term("salvage", "salvage_fraction", "share", "share of the capital left at the end of life"),
    Term("maintenance", "maintenance_fraction", "1/year", "spares and repair over the capital"),
    Term("staff", "staff_usd_per_year", YEARLY, "operating staff"),
    Term("colocation", "colocation_usd_per_kw_month", "USD/kW-month", "rent of space and cooling"),
    Term("power", "it_watts", "W", "IT power per accelerator, server and network included"),
    Term("load", "load_fraction", "share", "average over contracted power"),
    Term("pue", "pue", "1", "facility power over IT power"),
    Term("electricity", "electricity_usd_per_kwh", "USD/kWh", "price of electricity"),
    Term("utilization", "utilization", "share", "share of the hours of a year that are used"),
)
"""Terms whose unit in the file is the unit of the graph; life and capital have their own rules."""


def capital(study: Study) -> Node:
    """All-in IT capital per accelerator: stated, quoted for the part, or from its server."""
    why, hardware = "all-in capital per accelerator: server, network, storage", study.hardware
    if study.own.capital is not None:
        return study.in_dollars("capital", study.own.capital, "USD/GPU", why)
    name = hardware.name if hardware else ""
    quoted = study.known.capital_default(name, study.resolved.as_of)
    if quoted is not None:
        return study.assumed("capital", quoted, "USD/GPU", why)
    server = None if hardware is None else server_default(hardware, study)
    if server is None:
        reason = "no all-in capital is known for this part; state pricing.own.capital"
        return study.unknown("capital", "USD/GPU", reason)
    share = study.assumed(
        "capital/cluster_over_server",
        study.known.ownership["cluster_over_server"],
        "1",
        "network and storage on top",
    )
    with_server = study.assumed("capital/server", server, "USD/GPU", "price with the server")
    return study.let("capital", "USD/GPU", with_server * share, why)


def server_default(hardware: Hardware, study: Study) -> Default | None:
    """What a part with its share of a server cost new, None where nobody quoted it."""
    # The price tables take 10 ms: only a part without a row of its own needs them.
    from costcheck.estimate.amortized import chip_of, server_price_default

    chip = chip_of(hardware)
    return None if chip is None else server_price_default(chip, study.known)


def fleet_capital(study: Study, path: str, count: Node) -> Node:
    """All-in capital of a fleet."""
    each = capital(study)
    if isinstance(each, Unknown):
        return study.unknown(path, "USD", each.why)
    why = "server, network and storage of the fleet, bought"
    return study.let(path, "USD", count * each, why)


def hourly_rate(study: Study, path: str, *, used: bool = True) -> Node:
    """What an hour of one accelerator costs its owner, by part."""
    each = capital(study)
    if isinstance(each, Unknown):
        return study.unknown(path, RATE, each.why)
    terms = {term.key: _term(study, term) for term in TERMS}
    year = study.conversion("hours_per_year")
    hours = product(year, terms["utilization"]) if used else product(year)
    parts = [
        study.let(
            f"{path}/{part}",
            RATE,
            yearly / hours,
            f"{part} of an hour of {'use' if used else 'existence'}",
        )
        for part, yearly in _yearly(study, each, terms).items()
    ]
    why = "annuity of the capital, maintenance, staff, space and electricity"
    return study.let(path, RATE, total(*parts), why)


def _yearly(study: Study, each: Node, terms: Mapping[str, Node]) -> dict[str, Node]:
    parts: dict[str, Node | Formula[Any]] = {
        "capital": call(
            formulas.capital_usd_per_year,
            capital_usd=each,
            salvage_fraction=terms["salvage"],
            cost_of_capital=terms["cost_of_capital"],
            life_years=_life(study),
        ),
        "maintenance": terms["maintenance"] * each,
        "staff": terms["staff"],
        "colocation": call(
            formulas.colocation_usd_per_year,
            usd_per_kw_month=terms["colocation"],
            it_watts=terms["power"],
        ),
        "electricity": call(
            formulas.electricity_usd_per_year,
            it_watts=terms["power"],
            load_fraction=terms["load"],
            pue=terms["pue"],
            usd_per_kwh=terms["electricity"],
        ),
    }
    words = {"maintenance": "spares and repair"}
    return {
        part: formula
        if isinstance(formula, Node)
        else study.let(
            f"own/yearly/{part}",
            YEARLY,
            formula,
            f"{words.get(part, part)} per accelerator and year",
        )
        for part, formula in parts.items()
    }


def _term(study: Study, term: Term) -> Node:
    path, stated = f"own/{term.key}", getattr(study.own, term.key)
    if stated is not None and term.unit.startswith("USD"):
        return study.in_dollars(path, stated, term.unit, term.why)
    rated = rated_server_watts(study) if term.key == "power" and stated is None else None
    if rated is None:
        return study.term(path, stated, study.known.ownership[term.default], term.unit, term.why)
    site = study.assumed(
        "own/site_over_server",
        study.known.ownership["site_over_server"],
        "1",
        "network and storage on top of the servers",
    )
    return study.let(path, "W", rated * site, term.why)


def _life(study: Study) -> Node:
    why = "depreciation life"
    if study.own.life is None:
        return study.assumed("own/life", study.known.ownership["life_years"], "years", why)
    hours = study.stated("own/life_hours", study.own.life, "h", why)
    return study.let("own/life", "years", hours / study.conversion("hours_per_year"), why)
