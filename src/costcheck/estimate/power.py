"""Energy and carbon of a stage: chip, server and facility kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costcheck.core import units
from costcheck.core.graph import Node, Product
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.knowledge import Knowledge
from costcheck.scenario.quantity import Quantity
from costcheck.scenario.run import Energy

if TYPE_CHECKING:
    from costcheck.estimate.resolve import Hardware, Resolved


@dataclass(frozen=True)
class Power:
    """The nodes of a stage that are energy or carbon."""

    energy_kwh: Node
    carbon_kg: Node
    basis: str


def power_nodes(
    given: Energy,
    gpu_hours: Node,
    *,
    hardware: Hardware | None,
    resolved: Resolved,
    known: Knowledge,
    desk: StageDesk,
) -> Power:
    """Return facility energy and location-based carbon of a stage.

    Parameters
    ----------
    given : Energy
        What the file says.
    gpu_hours : Node
        Accelerator-hours, end to end.
    hardware : Hardware or None
        The accelerator; unknown without its design power.
    resolved : Resolved
        Catalogs and date.
    known : Knowledge
        Server overhead, load, PUE and grids.
    desk : StageDesk
        Makes the leaves.
    """
    watts = _server_watts(given, hardware, known, desk)
    if watts is None:
        why = "needs fleet.gpu with a design power, or energy.power"
        missing = desk.unknown("energy_kwh", "kWh", why)
        return Power(missing, desk.unknown("carbon_kg", "kg", why), "")
    pue = (
        desk.stated("energy/pue", given.pue, "1", "facility power over IT power")
        if given.pue is not None
        else desk.assumed("energy/pue", known.pue(), "1")
    )
    kilo = desk.derived("watts_per_kilowatt", units.WATTS_PER_KILOWATT, "W", "one kilowatt")
    energy = Product(
        name=desk("energy_kwh"),
        unit="kWh",
        why="facility energy: accelerator-hours x server power x PUE",
        over=(gpu_hours, watts, pue),
        under=(kilo,),
    )
    intensity = _grid(given, resolved, known, desk)
    if intensity is None:
        carbon: Node = desk.unknown("carbon_kg", "kg", "needs energy.grid, such as USA or 57 g/kWh")
    else:
        gram = desk.derived("grams_per_kilogram", units.GRAMS_PER_KILOGRAM, "g", "one kilogram")
        carbon = Product(
            name=desk("carbon_kg"),
            unit="kg",
            why="operational emissions, location based",
            over=(energy, intensity),
            under=(gram,),
        )
    return Power(energy, carbon, "facility: server power x PUE")


def _server_watts(
    given: Energy, hardware: Hardware | None, known: Knowledge, desk: StageDesk
) -> Node | None:
    if given.power is not None:
        return desk.stated("energy/server_watts", given.power, "W", "average power at the server")
    if hardware is None or hardware.entry.tdp is None:
        return None
    part = hardware.name
    measured = known.server_watts(part)
    if measured is not None:
        return desk.assumed("energy/server_watts", measured, "W", "power at the server, measured")
    tdp = hardware.entry.tdp
    return Product(
        name=desk("energy/server_watts"),
        unit="W",
        why="design power x server overhead x average draw",
        over=(
            desk.stated("energy/tdp", tdp, "W", "design power", sources=hardware.sources),
            desk.assumed(
                "energy/server_over_chip",
                known.server_over_chip(part),
                "1",
                "rated power of the server over that of its chips",
            ),
            desk.assumed("energy/draw", known.draw(part), "1", "average draw over the rated power"),
        ),
    )


def _grid(given: Energy, resolved: Resolved, known: Knowledge, desk: StageDesk) -> Node | None:
    if isinstance(given.grid, Quantity):
        return desk.stated("energy/grid", given.grid, "g/kWh", "emissions of the grid")
    if given.grid is None:
        return None
    default = known.grid(given.grid, resolved.as_of)
    return None if default is None else desk.assumed("energy/grid", default, "g/kWh")
