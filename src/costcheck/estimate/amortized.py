"""What an accelerator-hour wears off bought hardware, plus its energy, after Epoch AI's method."""

from datetime import date

from costcheck import units
from costcheck.catalog.defaults import Default
from costcheck.catalog.knowledge import Knowledge
from costcheck.estimate.power import electricity_price, it_watts, pue
from costcheck.estimate.resolve import Hardware
from costcheck.estimate.study import Study, known_value
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Node, Unknown, call, largest, total
from costcheck.physics import amortization, epoch_method
from costcheck.physics.epoch_method import ServerPrice
from costcheck.text.dates import day_number

RATE = "USD/GPU-hour"


def amortized_rate(study: Study, days: Node) -> tuple[Node, str, tuple[str, ...]]:
    """Amortised capital and energy of an accelerator-hour, its basis and notes."""
    path, hardware = "price/amortized", study.hardware
    if hardware is None or hardware.entry.released is None:
        return study.unknown(path, RATE, "needs fleet.gpu with a release date"), "", ()
    price = _new_price(hardware, study.known)
    if price is None:
        why = f"no purchase price of {hardware.name} is known; state pricing.own.capital"
        return study.unknown(path, RATE, why), "", ()
    servers = _servers(study, hardware, price, days)
    rate = study.let(
        path,
        RATE,
        total(servers, _interconnect(study, servers), _energy(study)),
        "what an hour wears off servers and interconnect, and its energy",
    )
    as_of = study.resolved.as_of
    basis = f"amortised capital and energy after Epoch AI, published on {as_of}"
    bought = date.fromordinal(int(price.acquired_day))
    usd = f"${price.usd_per_chip:,.0f}"
    taken = f"Epoch AI's method takes {hardware.name} as bought on {bought} for {usd} each"
    ours = f"Epoch AI's method has no price for {hardware.name}: {price.source}, ours"
    return rate, basis, (taken, ours) if price.is_extension else (taken,)


def server_default(hardware: Hardware, known: Knowledge) -> Default | None:
    """What a part with its share of a server cost new, None where nobody quoted it."""
    price = _new_price(hardware, known)
    return None if price is None else _price_default(price, hardware, known)


def _new_price(hardware: Hardware, known: Knowledge) -> ServerPrice | None:
    """The method's price of a part; None where it has none, or nobody says when it came out."""
    released = hardware.entry.released
    if released is None:
        return None
    day = day_number(str(released))
    return epoch_method.server_price(known.epoch_method, hardware.name, day)


def _price_default(price: ServerPrice, hardware: Hardware, known: Knowledge) -> Default:
    kind = "tpu" if epoch_method.is_tpu(hardware.name) else "gpu"
    around = known.epoch.entry(f"uncertainty.{kind}_price")
    usd = price.usd_per_chip
    return Default(
        value=usd,
        spread=Spread(
            central=usd, low=usd * float(around["low"]), high=usd * float(around["high"])
        ),
        sources=(price.source, *known.epoch.labels(around)),
        why="price new, with the share of the server",
        text=f"${usd:,.0f}",
    )


def _start(study: Study, days: Node, price: ServerPrice) -> Node:
    path, method = "amortized/start", study.known.epoch_method
    published = day_number(study.resolved.as_of)
    model = study.of_stage.model
    unknown_length = epoch_method.start_day(
        method, model=model.name if model else "", publication_day=published, training_hours=None
    )
    usual = published - method.lag_days - int(method.default_hours) / units.HOURS_PER_DAY
    if unknown_length != usual:
        begun: Node = study.derived(path, unknown_length, "date", "day training began, known")
    else:
        lag = study.known.epoch["training_lag_days"]
        begun = study.let(
            path,
            "date",
            call(
                amortization.training_start_day,
                publication_day=study.derived("amortized/published", published, "date"),
                training_hours=_hours(study, days),
                lag_days=study.assumed("amortized/lag", lag, "days"),
            ),
            "day training began: publication less the lag and the training",
        )
    if price.may_precede_purchase:
        return begun
    why = "training cannot begin before the hardware can be had"
    return study.let("amortized/in_use", "date", largest(begun, _acquired(study, price)), why)


def _hours(study: Study, days: Node) -> Node:
    path = "amortized/training_hours"
    if isinstance(days, Unknown):
        default = study.known.epoch["default_training_hours"]
        return study.assumed(path, default, "h", "usual length of a training")
    return study.let(path, "h", days * study.conversion("hours_per_day"), "length of the training")


def _acquired(study: Study, price: ServerPrice) -> Node:
    why = "day the hardware could be had"
    return study.derived("amortized/acquired", price.acquired_day, "date", why)


def _servers(study: Study, hardware: Hardware, price: ServerPrice, days: Node) -> Node:
    default = _price_default(price, hardware, study.known)
    start = _start(study, days, price)
    usual = study.known.epoch["progress_ooms_per_year"]
    why = "price-performance progress of hardware"
    progress = study.assumed("amortized/progress", usual, "decades/year", why)
    value = study.let(
        "amortized/value",
        "USD/GPU",
        call(
            amortization.value_at_start,
            price_usd=study.assumed("amortized/price", default, "USD/GPU"),
            acquired_day=_acquired(study, price),
            start_day=start,
            progress_ooms_per_year=progress,
        ),
        "value of an accelerator with its server when training begins",
    )
    path, hourly = "price/amortized/servers", amortization.server_usd_per_chip_hour
    hours = (known_value(days) or 0.0) * units.HOURS_PER_DAY
    if hours * hourly(value_usd=1.0, progress_ooms_per_year=usual.value) > 1.0:
        why = "all of its worth over the hours: no run wears off more"
        return study.let(path, RATE, value / _hours(study, days), why)
    why = "what an hour wears off an accelerator with its server"
    worn = call(hourly, value_usd=value, progress_ooms_per_year=progress)
    return study.let(path, RATE, worn, why)


def _interconnect(study: Study, servers: Node) -> Node:
    share = study.assumed(
        "amortized/interconnect_share",
        study.known.epoch["interconnect_cluster_share"],
        "share",
        "network over the whole cluster",
    )
    return study.let(
        "price/amortized/interconnect",
        RATE,
        call(amortization.interconnect_usd, server_usd=servers, cluster_share=share),
        "the same for the network between servers",
    )


def _energy(study: Study) -> Node:
    """Energy of an hour by the energy that is printed, at the price of electricity of the year."""
    path, watts = "price/amortized/energy", it_watts(study)
    if isinstance(watts, Unknown):
        return study.unknown(path, RATE, watts.why)
    kilowatt = study.conversion("watts_per_kilowatt")
    return study.let(
        path,
        RATE,
        watts * pue(study) * _usd_per_kwh(study) / kilowatt,
        "average power of the server x PUE x price of electricity",
    )


def _usd_per_kwh(study: Study) -> Node:
    if isinstance(study.energy.grid, str):
        return electricity_price(study)
    year, constants = int(study.resolved.as_of[:4]), study.known.epoch
    return study.derived(
        "energy/usd_per_kwh",
        epoch_method.usd_per_kwh_in(study.known.epoch_method, year),
        "USD/kWh",
        f"US industry, {year}",
        constants.labels(constants.entry("energy.usd_per_kwh")),
    )
