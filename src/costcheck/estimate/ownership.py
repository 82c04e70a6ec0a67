"""What it takes to own the accelerators: capital per part, and the rate of an hour of use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.catalog.defaults import Default
from costcheck.estimate.power import contracted_watts, electricity_price, it_watts, pue
from costcheck.estimate.study import Study, concurrent_groups
from costcheck.estimate.timing import Timing
from costcheck.graph.nodes import Formula, Node, Unknown, call, largest, product, total
from costcheck.physics import ownership as formulas
from costcheck.text.quantity import Quantity

RATE = "USD/GPU-hour"
YEARLY = "USD/GPU-year"


@dataclass(frozen=True)
class Term:
    """One term of ownership whose unit in the file is the unit of the graph."""

    key: str
    """In the file."""
    default: str
    unit: str
    why: str


TERMS = (
    Term("cost_of_capital", "cost_of_capital", "1/year", "yearly cost of capital"),
    Term("maintenance", "maintenance_fraction", "1/year", "spares and repair over the capital"),
    Term("staff", "staff_usd_per_year", YEARLY, "operating staff"),
)


def capital(study: Study) -> Node:
    """All-in IT capital per accelerator: stated, quoted for the part, or from its server."""
    why, hardware = "all-in capital per accelerator: server, network, storage", study.hardware
    if study.own.capital is not None:
        return study.in_dollars("capital", study.own.capital, "USD/GPU", why)
    name = hardware.name if hardware else ""
    quoted = study.known.capital_default(name, study.resolved.as_of)
    if quoted is not None:
        return _at_its_age(study, name, quoted, why)
    # The price tables take 10 ms: only a part without a row of its own needs them.
    from costcheck.estimate.amortized import server_default

    server = None if hardware is None else server_default(hardware, study.known)
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


def _at_its_age(study: Study, name: str, quoted: Default, why: str) -> Node:
    """Quoted capital; of a part last quoted longer ago than its life, what it brings used."""
    age = study.known.capital_age_years(name, study.resolved.as_of)
    if age <= study.known.ownership["life_years"].value:
        return study.assumed("capital", quoted, "USD/GPU", why)
    years = study.derived("capital/age", age, "years", "since the last quote of the part")
    used = call(formulas.resale_fraction, value_kept_per_year=_value_kept(study), years=years)
    share = study.let("capital/used_over_new", "share", used, "what it brings used over new")
    new = study.assumed("capital/new", quoted, "USD/GPU", "all-in capital when it was sold new")
    return study.let("capital", "USD/GPU", new * share, why)


def fleet_capital(study: Study, path: str, count: Node) -> Node:
    """All-in capital of a fleet."""
    each = capital(study)
    if isinstance(each, Unknown):
        return study.unknown(path, "USD", each.why)
    why = "server, network and storage of the fleet, bought"
    return study.let(path, "USD", count * each, why)


@dataclass(frozen=True, kw_only=True, eq=False)
class Bought:
    """The accelerators that are bought for the stages that use them, and the hours of these."""

    count: Node
    gpu_hours: Node
    first: bool = True
    """Whether the stage is the first of them."""


def bought_for(study: Study, timing: Timing, users: Sequence[tuple[Study, Timing]]) -> Bought:
    """What is bought for a stage: one fleet for all that keep the same part for the same time."""
    kept, part = study.own.kept, study.hardware
    same = [
        (other, its)
        for other, its in (users if kept is not None and part else ())
        if part and other.hardware and other.hardware.id == part.id and other.own.kept == kept
    ]
    counts = [its.count for _, its in same]
    if len(same) < 2 or any(isinstance(count, Unknown) for count in counts):
        return Bought(count=timing.count, gpu_hours=timing.gpu_hours)
    groups = concurrent_groups([study for study, _ in same], counts)
    whole, why = replace(study, prefix=""), "accelerators of stages side by side"
    sums = [whole.let(f"own/bought/{n}", "GPUs", total(*g), why) for n, g in enumerate(groups)]
    why = "the largest of what stands side by side, bought for all of its stages"
    count = whole.let("own/bought", "GPUs", largest(*dict.fromkeys(sums)), why)
    hours = total(*(its.gpu_hours for _, its in same))
    return Bought(
        count=count,
        gpu_hours=whole.let("own/run_hours", "GPU-hours", hours, "of all stages that use them"),
        first=same[0][0] is study,
    )


def hourly_rate(study: Study, bought: Bought, path: str, *, used: bool = True) -> Node:
    """What an hour of one accelerator costs its owner, by part."""
    each = capital(study)
    if isinstance(each, Unknown):
        return study.unknown(path, RATE, each.why)
    year = study.conversion("hours_per_year")
    hours = product(year, _utilization(study, bought)) if used else product(year)
    of = f"of an hour of {'use' if used else 'existence'}"
    parts = [
        study.let(f"{path}/{part}", RATE, yearly / hours, f"{part} {of}")
        for part, yearly in yearly_parts(study, each).items()
    ]
    why = "annuity of the capital, maintenance, staff, space and electricity"
    return study.let(path, RATE, total(*parts), why)


def idle_rate(study: Study) -> Node:
    """What an hour in which an accelerator stands idle costs its owner: all but the capital."""
    path, each = "own/idle_hour", capital(study)
    if isinstance(each, Unknown):
        return study.unknown(path, RATE, each.why)
    running = (yearly for part, yearly in yearly_parts(study, each).items() if part != "capital")
    year = study.let("own/running", YEARLY, total(*running), "a year of an accelerator, once paid")
    why = "maintenance, staff, space and electricity of an hour"
    return study.let(path, RATE, year / study.conversion("hours_per_year"), why)


def yearly_parts(study: Study, each: Node) -> dict[str, Node]:
    """What an accelerator of a capital costs its owner in a year, by part."""
    terms = {term.key: _term(study, term) for term in TERMS}
    annuity = call(
        formulas.capital_usd_per_year,
        capital_usd=each,
        salvage_fraction=resale(study),
        cost_of_capital=terms["cost_of_capital"],
        life_years=years_kept(study),
    )
    space = call(
        formulas.colocation_usd_per_year,
        usd_per_kw_month=_colocation(study),
        it_watts=contracted_watts(study),
    )
    power = it_watts(study) * pue(study) * electricity_price(study)
    kilowatt = study.conversion("watts_per_kilowatt")
    parts: dict[str, Formula[Any]] = {
        "capital": annuity,
        "maintenance": terms["maintenance"] * each,
        "staff": product(terms["staff"]),
        "colocation": space,
        "electricity": power * study.conversion("hours_per_year") / kilowatt,
    }
    words = {"maintenance": "spares and repair", "staff": "operating staff"}
    return {
        part: study.let(
            f"own/yearly/{part}",
            YEARLY,
            formula,
            f"{words.get(part, part)} per accelerator and year",
        )
        for part, formula in parts.items()
    }


def years_kept(study: Study) -> Node:
    """How long the capital is paid off: until the parts are sold, else their life."""
    if study.own.kept is not None:
        return _years(study, "own/kept", study.own.kept, "how long the accelerators are kept")
    why = "depreciation life"
    if study.own.life is None:
        return study.assumed("own/life", study.known.ownership["life_years"], "years", why)
    return _years(study, "own/life", study.own.life, why)


def resale(study: Study) -> Node:
    """Share of the capital that comes back: stated, of a sale when kept, else of a full life."""
    path, stated = "own/salvage", study.own.salvage
    if stated is not None:
        return study.stated(path, stated, "share", "share of the capital that comes back")
    if study.own.kept is None:
        why = "share of the capital left at the end of life"
        return study.assumed(path, study.known.ownership["salvage_fraction"], "share", why)
    why = "all-in capital over that of accelerators and servers, which alone are sold on"
    over_server = study.known.ownership["cluster_over_server"]
    terms = {
        "value_kept_per_year": _value_kept(study),
        "years": years_kept(study),
        "capital_over_server": study.assumed("capital/cluster_over_server", over_server, "1", why),
    }
    why = "share of the capital that used servers bring"
    return study.let(path, "share", call(formulas.resale_fraction, **terms), why)


def _value_kept(study: Study) -> Node:
    why = "what a used accelerator brings over what it brought a year before"
    default = study.known.ownership["value_kept_per_year"]
    return study.assumed("own/value_kept_per_year", default, "share", why)


def _utilization(study: Study, bought: Bought) -> Node:
    """Share of the owned hours that are used: stated, by this run where it is all they are for."""
    path, stated = "own/utilization", study.own.utilization
    counted = not isinstance(bought.count, Unknown) and not isinstance(bought.gpu_hours, Unknown)
    if stated is None and study.own.kept is not None and counted:
        owned = bought.count * years_kept(study) * study.conversion("hours_per_year")
        why = "hours of the run over the hours the accelerators are kept"
        return study.let(path, "share", bought.gpu_hours / owned, why)
    why = "share of the hours of a year that are used"
    return study.term(path, stated, study.known.ownership["utilization"], "share", why)


def _colocation(study: Study) -> Node:
    path, unit, why = "own/colocation", "USD/kW-month", "rent of space and cooling"
    if study.own.colocation is not None:
        return study.in_dollars(path, study.own.colocation, unit, why)
    asked = study.known.colocation(study.resolved.as_of)
    return study.assumed(path, asked, unit, why)


def _term(study: Study, term: Term) -> Node:
    path, stated = f"own/{term.key}", getattr(study.own, term.key)
    if stated is not None and term.unit.startswith("USD"):
        return study.in_dollars(path, stated, term.unit, term.why)
    return study.term(path, stated, study.known.ownership[term.default], term.unit, term.why)


def _years(study: Study, path: str, stated: Quantity, why: str) -> Node:
    hours = study.stated(f"{path}_hours", stated, "h", why)
    return study.let(path, "years", hours / study.conversion("hours_per_year"), why)
