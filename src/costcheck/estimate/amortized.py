"""What an accelerator-hour wears off bought hardware, plus its energy, after Epoch AI's method."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck import units
from costcheck.catalog.defaults import Default
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Call, Extreme, Node, Product, Sum, Unknown
from costcheck.physics import amortization, epoch_method
from costcheck.physics.amortization import PurchasePrice
from costcheck.physics.epoch_method import Chip, EpochMethod, ServerPrice

if TYPE_CHECKING:
    from costcheck.catalog.defaults import Defaults
    from costcheck.catalog.files import Catalog
    from costcheck.estimate.desk import StageDesk
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.resolve import Hardware, Resolved, ResolvedStage

RATE = "USD/GPU-hour"


class Amortized(NamedTuple):
    """The rate, what it rests on, and what a reader should know about it."""

    rate: Node
    basis: str
    notes: tuple[str, ...] = ()


class _Parts(NamedTuple):
    """What every part of the rate needs."""

    chip: Chip
    price: ServerPrice
    method: EpochMethod
    constants: Defaults
    desk: StageDesk


def amortized_rate(
    stage: ResolvedStage, days: Node, *, resolved: Resolved, known: Knowledge, desk: StageDesk
) -> Amortized:
    """Return the amortised capital and energy of an accelerator-hour."""
    hardware = stage.hardware
    chip = None if hardware is None else chip_of(hardware)
    if hardware is None or chip is None:
        why = "needs fleet.gpu with a release date"
        return Amortized(desk.unknown("price/amortized", RATE, why), "")
    method = known.epoch_method
    price = epoch_method.server_price(method, chip)
    if price is None:
        why = f"no purchase price of {hardware.name} is known; state pricing.own.capital"
        return Amortized(desk.unknown("price/amortized", RATE, why), "")
    parts = _Parts(chip, price, method, known.epoch, desk)
    servers = _servers(parts, _start(stage, days, parts, resolved))
    rate = Sum(
        name=desk("price/amortized"),
        unit=RATE,
        why="what an hour wears off servers and interconnect, and its energy",
        parts=(servers, _interconnect(parts, servers), _energy(parts, hardware, resolved)),
    )
    basis = f"amortised capital and energy after Epoch AI, published on {resolved.as_of}"
    notes = (f"Epoch AI's method has no price for {hardware.name}: {price.source}, ours",)
    return Amortized(rate, basis, notes if price.is_extension else ())


def chip_of(hardware: Hardware) -> Chip | None:
    """Return a part as the method knows it, None where nobody says when it came out."""
    released = hardware.entry.released
    if released is None:
        return None
    tdp = hardware.entry.tdp
    return Chip(
        hardware=hardware.name,
        release_day=ordinal(str(released)),
        rated_watts=tdp.value if tdp is not None else 0.0,
        peak_flops_per_second=0.0,
    )


def server_price_default(chip: Chip, known: Knowledge) -> Default | None:
    """Return what a chip with its share of the server cost new, with the method's spread."""
    price = epoch_method.server_price(known.epoch_method, chip)
    return None if price is None else _price_default(price, chip, known.epoch)


def read_epoch_method(catalog: Catalog, constants: Defaults) -> EpochMethod:
    """Return the method from the catalog's constants and purchase prices."""
    rows = csv.DictReader(catalog.text("prices/hardware_purchase.csv").splitlines())
    return epoch_method.read_method(
        constants.data, prices=[purchase_price(row) for row in rows], day_of=ordinal
    )


def purchase_price(row: dict[str, Any]) -> PurchasePrice:
    """Return one row of the table of purchase prices."""
    return PurchasePrice(
        day=ordinal(row["date"]),
        hardware=row["hardware"],
        usd_per_chip=float(row["price_per_chip_usd"]),
        chips=float(row["number_of_gpus_in_quote"] or 0.0),
        note=row["notes"],
        source=row["source"],
    )


def ordinal(day: str) -> float:
    """Return a day number of ISO text; a month counts from its first day."""
    text = day.strip()[:10]
    return float(date.fromisoformat(text if len(text) == 10 else f"{text[:7]}-01").toordinal())


def _price_default(price: ServerPrice, chip: Chip, constants: Defaults) -> Default:
    kind = "tpu" if chip.is_tpu else "gpu"
    around = constants.entry(f"uncertainty.{kind}_price")
    usd = price.usd_per_chip
    return Default(
        value=usd,
        spread=Spread(
            central=usd, low=usd * float(around["low"]), high=usd * float(around["high"])
        ),
        sources=(price.source, *constants.labels(around)),
        why="price new, with the share of the server",
        text=f"${usd:,.0f}",
    )


def _start(stage: ResolvedStage, days: Node, parts: _Parts, resolved: Resolved) -> Node:
    desk, method = parts.desk, parts.method
    model = stage.model.name if stage.model else ""
    published = ordinal(resolved.as_of)
    unknown_length = epoch_method.start_day(
        method, model=model, publication_day=published, training_hours=None
    )
    usual = published - method.lag_days - int(method.default_hours) / units.HOURS_PER_DAY
    if unknown_length != usual:
        begun: Node = desk.derived("amortized/start", unknown_length, "days", "known day number")
    else:
        begun = Call(
            name=desk("amortized/start"),
            unit="days",
            why="day number training began: publication less the lag and the training",
            function=amortization.training_start_day,
            arguments={
                "publication_day": desk.derived("amortized/published", published, "days"),
                "training_hours": _hours(days, parts),
                "lag_days": desk.assumed(
                    "amortized/lag", parts.constants["training_lag_days"], "days"
                ),
            },
        )
    if parts.price.may_precede_purchase:
        return begun
    return Extreme(
        name=desk("amortized/in_use"),
        unit="days",
        why="training cannot begin before the hardware can be had",
        parts=(begun, _acquired(parts)),
    )


def _hours(days: Node, parts: _Parts) -> Node:
    desk = parts.desk
    if isinstance(days, Unknown):
        default = parts.constants["default_training_hours"]
        return desk.assumed("amortized/training_hours", default, "h", "usual length of a training")
    day = desk.derived("hours_per_day", units.HOURS_PER_DAY, "h", "one day")
    why = "length of the training"
    return Product(name=desk("amortized/training_hours"), unit="h", why=why, over=(days, day))


def _acquired(parts: _Parts) -> Node:
    why = "day number the hardware could be had"
    return parts.desk.derived("amortized/acquired", parts.price.acquired_day, "days", why)


def _servers(parts: _Parts, start: Node) -> Node:
    desk = parts.desk
    default = _price_default(parts.price, parts.chip, parts.constants)
    progress = desk.assumed(
        "amortized/progress",
        parts.constants["progress_ooms_per_year"],
        "decades/year",
        "price-performance progress of hardware",
    )
    value = Call(
        name=desk("amortized/value"),
        unit="USD/GPU",
        why="value of an accelerator with its server when training begins",
        function=amortization.value_at_start,
        arguments={
            "price_usd": desk.assumed("amortized/price", default, "USD/GPU"),
            "acquired_day": _acquired(parts),
            "start_day": start,
            "progress_ooms_per_year": progress,
        },
    )
    return Call(
        name=desk("price/amortized/servers"),
        unit=RATE,
        why="what an hour wears off an accelerator with its server",
        function=amortization.server_usd_per_chip_hour,
        arguments={"value_usd": value, "progress_ooms_per_year": progress},
    )


def _interconnect(parts: _Parts, servers: Node) -> Node:
    share = parts.constants["interconnect_cluster_share"]
    return Call(
        name=parts.desk("price/amortized/interconnect"),
        unit=RATE,
        why="the same for the network between servers",
        function=amortization.interconnect_usd,
        arguments={
            "server_usd": servers,
            "cluster_share": parts.desk.assumed(
                "amortized/interconnect_share", share, "share", "network over the whole cluster"
            ),
        },
    )


def _energy(parts: _Parts, hardware: Hardware, resolved: Resolved) -> Node:
    desk, tdp = parts.desk, hardware.entry.tdp
    if tdp is None:
        why = f"nobody publishes the power of {hardware.name}"
        return desk.unknown("price/amortized/energy", RATE, why)
    ratio, _ = epoch_method.power_over_rated(parts.method, parts.chip)
    year = int(resolved.as_of[:4])
    usd_per_kwh = epoch_method.usd_per_kwh_in(parts.method, year)
    kind = "tpu" if parts.chip.is_tpu else "gpu"
    return Product(
        name=desk("price/amortized/energy"),
        unit=RATE,
        why="rated power x server overhead x average draw x PUE x price of electricity",
        over=(
            desk.stated("energy/tdp", tdp, "W", "design power", sources=hardware.sources),
            desk.derived("amortized/server_over_chip", ratio, "1", "server over chip power"),
            desk.assumed(
                "amortized/draw", parts.constants[f"energy.draw_fraction.{kind}"], "share"
            ),
            desk.assumed("amortized/pue", parts.constants["energy.pue.other"], "1"),
            desk.derived(
                "amortized/usd_per_kwh",
                usd_per_kwh,
                "USD/kWh",
                f"US industry, {year}",
                parts.constants.labels(parts.constants.entry("energy.usd_per_kwh")),
            ),
        ),
        under=(desk.derived("watts_per_kilowatt", units.WATTS_PER_KILOWATT, "W", "one kilowatt"),),
    )
