"""Energy and carbon of a stage: chip, server and facility kept apart, manufacture on its own.

The bill of an owner and the energy that is printed share the nodes of this file.
"""

from costcheck.catalog.price_book import kind_of_provider
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Factors, Input, Node, Unknown, call, product
from costcheck.physics import energy
from costcheck.scenario.pricing import Book
from costcheck.text.quantity import Quantity

NEEDS_POWER = "needs fleet.gpu with a design power or a server power, or energy.power"


def power_nodes(study: Study, gpu_hours: Node) -> dict[str, Node]:
    """Energy on three bases, location-based and embodied carbon, and water, by JSON names."""
    server = _server(study, gpu_hours)
    why = "facility basis: server energy x PUE"
    facility = study.result("energy_kwh", server * pue(study), why)
    return {
        "energy_kwh": facility,
        "energy_server_kwh": server,
        "energy_chip_kwh": _chip(study, gpu_hours),
        "carbon_kg": _carbon(study, facility),
        "carbon_embodied_kg": _embodied(study, gpu_hours),
        "water_litres": _water(study, server, facility),
    }


def rated_server_watts(study: Study) -> Factors | None:
    """Rated power of the server per accelerator, None where nothing is known of the part."""
    hardware = study.hardware
    if hardware is None:
        return None
    entry = hardware.entry
    if entry.server_power is not None:
        why = "rated power of the server, per accelerator"
        rated = product(study.of_part("energy/server_power", entry.server_power, "W", why))
        limit = study.stage.fleet.power_limit if study.stage.fleet else None
        if entry.tdp is None or limit is None or limit.value >= entry.tdp.value:
            return rated
        why = "design power, without the limit"
        return rated * tdp(study, entry.tdp) / study.of_part("energy/rated", entry.tdp, "W", why)
    if entry.tdp is None:
        return None
    ratio = study.assumed(
        "energy/server_over_chip",
        study.known.server_over_chip(hardware.name),
        "1",
        "rated power of the server over that of its chips",
    )
    return tdp(study, entry.tdp) * ratio


def tdp(study: Study, stated: Quantity) -> Input:
    """Design power of one accelerator, or the limit the fleet sets below it."""
    limit = study.stage.fleet.power_limit if study.stage.fleet else None
    if limit is not None and limit.value < stated.value:
        return study.stated("energy/tdp", limit, "W", "power limit of the fleet")
    return study.of_part("energy/tdp", stated, "W", "design power")


def _chip(study: Study, gpu_hours: Node) -> Node:
    hardware = study.hardware
    if hardware is None or hardware.entry.tdp is None:
        return study.no_result("energy_chip_kwh", "needs fleet.gpu with a design power")
    why = "average draw of the chip over its design power"
    draw = study.assumed("energy/chip_draw", study.known.chip_draw(hardware.name), "1", why)
    return study.result(
        "energy_chip_kwh",
        call(
            energy.chip_kwh,
            gpu_hours=gpu_hours,
            rated_watts=tdp(study, hardware.entry.tdp),
            draw_fraction=draw,
        ),
        "chip basis: accelerator-hours x design power x average draw of the chip",
    )


def _server(study: Study, gpu_hours: Node) -> Node:
    watts = it_watts(study)
    if isinstance(watts, Unknown):
        return study.no_result("energy_server_kwh", watts.why)
    return study.result(
        "energy_server_kwh",
        gpu_hours * watts / study.conversion("watts_per_kilowatt"),
        "server basis: accelerator-hours x power at the server",
    )


def it_watts(study: Study) -> Node:
    """Average power per accelerator at the server: measured, contracted x load, or rated x draw."""
    path, hardware, stated = "energy/server_watts", study.hardware, study.energy.power
    if stated is not None:
        return study.stated(path, stated, "W", "average power at the server")
    if study.own.power is not None:
        return study.let(path, "W", contracted_watts(study) * _load(study), "IT power x load")
    if study.pricing.amortized is not None and hardware is not None and hardware.entry.tdp:
        return _by_epoch(study, hardware.entry.tdp, path)
    measured = hardware and study.known.server_watts(hardware.name)
    if measured and study.own.load is None:
        return study.assumed(path, measured, "W", "power at the server, measured")
    rated = rated_server_watts(study)
    if rated is None or hardware is None:
        return study.unknown(path, "W", NEEDS_POWER)
    known = hardware.entry.server_power is not None
    server = "rated power of the server" if known else "design power x server overhead"
    return study.let(path, "W", rated * _load(study), f"{server} x average draw")


def contracted_watts(study: Study) -> Node:
    """IT power per accelerator that space and cooling are rented for, network included."""
    path, why = "own/power", "IT power per accelerator, server and network included"
    if study.own.power is not None:
        return study.stated(path, study.own.power, "W", why)
    rated = rated_server_watts(study)
    if rated is None:
        return study.unknown(path, "W", NEEDS_POWER)
    site = study.assumed(
        "own/site_over_server",
        study.known.ownership["site_over_server"],
        "1",
        "network and storage on top of the servers",
    )
    return study.let(path, "W", rated * site, why)


def pue(study: Study) -> Node:
    """Facility power over IT power."""
    why, stated = "facility power over IT power", study.energy.pue
    if stated is None and study.own.pue is not None:
        return study.stated("own/pue", study.own.pue, "1", why)
    if study.pricing.amortized is not None:
        return study.term("energy/pue", stated, study.known.epoch["energy.pue.other"], "1", why)
    provider = (study.pricing.book or Book()).provider
    kind = kind_of_provider(study.resolved.catalog, provider) if provider else None
    return study.term("energy/pue", stated, study.known.pue(kind), "1", why)


def carbon_basis(study: Study) -> str:
    """Whether the emissions are those of the place or of what a company bought."""
    grid = study.energy.grid
    bought = isinstance(grid, str) and study.known.grids.is_market(grid)
    return "market based" if bought else "location based"


def electricity_price(study: Study) -> Node:
    """Price of electricity: the owner's, else that of the grid in the year of the run."""
    path, why, stated = "energy/usd_per_kwh", "price of electricity", study.own.electricity
    if stated is not None:
        return study.in_dollars(path, stated, "USD/kWh", why)
    grid = study.energy.grid
    place = grid if isinstance(grid, str) else ""
    return study.assumed(path, study.known.electricity(place, study.resolved.as_of), "USD/kWh")


def _load(study: Study) -> Node:
    path, why = "energy/draw", "average draw over the rated power"
    if study.own.load is not None:
        return study.stated("own/load", study.own.load, "share", why)
    part = study.hardware.name if study.hardware else ""
    return study.assumed(path, study.known.draw(part), "1", why)


def _by_epoch(study: Study, rated: Quantity, path: str) -> Node:
    """Average power by the factors of Epoch AI's method, where its price is asked for."""
    # The method takes 10 ms to read: only its own price needs it.
    from costcheck.physics.epoch_method import is_tpu, power_over_rated

    assert study.hardware is not None  # noqa: S101 - its design power is given
    part = study.hardware.name
    ratio = power_over_rated(study.known.epoch_method, part)[0]
    kind = "tpu" if is_tpu(part) else "gpu"
    draw = study.assumed("energy/draw", study.known.epoch[f"energy.draw_fraction.{kind}"], "share")
    server = study.derived("energy/server_over_chip", ratio, "1", "server over chip power")
    why = "design power x server overhead x average draw, after Epoch AI"
    return study.let(path, "W", tdp(study, rated) * server * draw, why)


def _carbon(study: Study, facility: Node) -> Node:
    intensity = _grid(study)
    if intensity is None:
        return study.no_result("carbon_kg", "needs energy.grid, such as USA or 57 g/kWh")
    gram = study.conversion("grams_per_kilogram")
    why = f"operational emissions, {carbon_basis(study)}"
    return study.result("carbon_kg", facility * intensity / gram, why)


def _grid(study: Study) -> Node | None:
    grid = study.energy.grid
    if isinstance(grid, Quantity):
        return study.stated("energy/grid", grid, "g/kWh", "emissions of the grid")
    default = study.known.grid(grid, study.resolved.as_of) if grid else None
    return None if default is None else study.assumed("energy/grid", default, "g/kWh")


def _embodied(study: Study, gpu_hours: Node) -> Node:
    if study.hardware is None:
        return study.no_result("carbon_embodied_kg", "needs fleet.gpu")
    keys = {
        "server_kg": "kg",
        "gpus_per_server": "GPUs",
        "life_years": "years",
        "utilization": "share",
    }
    terms = {
        key: study.assumed(f"embodied/{key}", study.known.embodied[key], unit)
        for key, unit in keys.items()
    }
    chip = study.known.embodied_kg(study.hardware.name)
    terms["gpu_kg"] = study.assumed("embodied/gpu_kg", chip, "kg")
    return study.result(
        "carbon_embodied_kg",
        call(energy.embodied_carbon_kg, gpu_hours=gpu_hours, **terms),
        "emissions of making the hardware, for the hours the run uses of its life",
    )


def _water(study: Study, server: Node, facility: Node) -> Node:
    """The water, only where the file states how much a kWh takes."""
    site, grid = study.energy.water_on_site, study.energy.water_of_grid
    if site is None and grid is None:
        return study.no_result("water_litres", "state energy.water_on_site, in L/kWh")
    return study.result(
        "water_litres",
        call(
            energy.water_litres,
            it_kwh=server,
            facility_kwh=facility,
            site_litres_per_kwh=_litres(study, "water_on_site", site),
            grid_litres_per_kwh=_litres(study, "water_of_grid", grid),
        ),
        "water evaporated on site per IT energy and at the power plants per electricity",
    )


def _litres(study: Study, key: str, quantity: Quantity | None) -> Node:
    path, why = f"energy/{key}", key.replace("_", " ")
    if quantity is None:
        return study.derived(path, 0.0, "L/kWh", f"{why}: not asked for")
    return study.stated(path, quantity, "L/kWh", why)
