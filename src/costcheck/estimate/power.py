"""Energy and carbon of a stage: chip, server and facility kept apart, manufacture on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costcheck import units
from costcheck.graph.nodes import Call, Node, Product
from costcheck.physics import energy
from costcheck.quantities import RESULTS
from costcheck.scenario.pricing import Book, Own, Pricing
from costcheck.scenario.run import Energy
from costcheck.text.quantity import Quantity

if TYPE_CHECKING:
    from costcheck.estimate.desk import StageDesk
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.resolve import Hardware, Resolved, ResolvedStage


@dataclass(frozen=True, kw_only=True, eq=False)
class Power:
    """The nodes of a stage that are energy, carbon or water, by their JSON names."""

    results: dict[str, Node]


def power_nodes(
    stage: ResolvedStage,
    gpu_hours: Node,
    *,
    resolved: Resolved,
    known: Knowledge,
    desk: StageDesk,
) -> Power:
    """Return energy on three bases, location-based and embodied carbon, and water of a stage."""
    make = _Power(stage, gpu_hours, resolved=resolved, known=known, desk=desk)
    server = make.server()
    facility = make.facility(server)
    return Power(
        results={
            "energy_kwh": facility,
            "energy_server_kwh": server,
            "energy_chip_kwh": make.chip(),
            "carbon_kg": make.carbon(facility),
            "carbon_embodied_kg": make.embodied(),
            "water_litres": make.water(server, facility),
        }
    )


class _Power:
    """Builds the nodes of one stage."""

    def __init__(
        self,
        stage: ResolvedStage,
        gpu_hours: Node,
        *,
        resolved: Resolved,
        known: Knowledge,
        desk: StageDesk,
    ) -> None:
        self.given = stage.stage.energy or Energy()
        self.pricing = stage.stage.pricing or Pricing()
        self.hardware = stage.hardware
        self.gpu_hours = gpu_hours
        self.resolved = resolved
        self.known = known
        self.desk = desk

    def chip(self) -> Node:
        """Return what the accelerators alone draw."""
        hardware = self.hardware
        if hardware is None or hardware.entry.tdp is None:
            return self._unknown("energy_chip_kwh", "needs fleet.gpu with a design power")
        return Call(
            name=self.desk("energy_chip_kwh"),
            unit="kWh",
            why="chip basis: accelerator-hours x design power x average draw of the chip",
            function=energy.chip_kwh,
            arguments={
                "gpu_hours": self.gpu_hours,
                "rated_watts": self._tdp(hardware),
                "draw_fraction": self.desk.assumed(
                    "energy/chip_draw",
                    self.known.chip_draw(hardware.name),
                    "1",
                    "average draw of the chip over its design power",
                ),
            },
        )

    def server(self) -> Node:
        """Return what whole servers draw."""
        watts = self._server_watts()
        if watts is None:
            why = "needs fleet.gpu with a design power, or energy.power"
            return self._unknown("energy_server_kwh", why)
        kilo = self.desk.derived(
            "watts_per_kilowatt", units.WATTS_PER_KILOWATT, "W", "one kilowatt"
        )
        return Product(
            name=self.desk("energy_server_kwh"),
            unit="kWh",
            why="server basis: accelerator-hours x power at the server",
            over=(self.gpu_hours, watts),
            under=(kilo,),
        )

    def facility(self, server: Node) -> Node:
        """Return what the meter of the data centre counts."""
        return Product(
            name=self.desk("energy_kwh"),
            unit="kWh",
            why="facility basis: server energy x PUE",
            over=(server, self._pue()),
        )

    def carbon(self, facility: Node) -> Node:
        """Return the operational emissions."""
        intensity = self._grid()
        if intensity is None:
            return self._unknown("carbon_kg", "needs energy.grid, such as USA or 57 g/kWh")
        gram = self.desk.derived(
            "grams_per_kilogram", units.GRAMS_PER_KILOGRAM, "g", "one kilogram"
        )
        return Product(
            name=self.desk("carbon_kg"),
            unit="kg",
            why="operational emissions, location based",
            over=(facility, intensity),
            under=(gram,),
        )

    def embodied(self) -> Node:
        """Return the share of the hardware's manufacture that the run uses up."""
        if self.hardware is None:
            return self._unknown("carbon_embodied_kg", "needs fleet.gpu")
        keys = (
            ("gpu_kg", "kg"),
            ("server_kg", "kg"),
            ("gpus_per_server", "GPUs"),
            ("life_years", "years"),
            ("utilization", "share"),
        )
        terms = {
            key: self.desk.assumed(f"embodied/{key}", self.known.embodied[key], unit)
            for key, unit in keys
        }
        return Call(
            name=self.desk("carbon_embodied_kg"),
            unit="kg",
            why="emissions of making the hardware, for the hours the run uses of its life",
            function=energy.embodied_carbon_kg,
            arguments={"gpu_hours": self.gpu_hours, **terms},
        )

    def water(self, server: Node, facility: Node) -> Node:
        """Return the water, only where the file states how much a kWh takes."""
        site, grid = self.given.water_on_site, self.given.water_of_grid
        if site is None and grid is None:
            return self._unknown("water_litres", "state energy.water_on_site, in L/kWh")
        return Call(
            name=self.desk("water_litres"),
            unit="L",
            why="water evaporated on site per IT energy and at the power plants per electricity",
            function=energy.water_litres,
            arguments={
                "it_kwh": server,
                "facility_kwh": facility,
                "site_litres_per_kwh": self._litres("water_on_site", site),
                "grid_litres_per_kwh": self._litres("water_of_grid", grid),
            },
        )

    def _litres(self, key: str, quantity: Quantity | None) -> Node:
        path, why = f"energy/{key}", key.replace("_", " ")
        if quantity is None:
            return self.desk.derived(path, 0.0, "L/kWh", f"{why}: not asked for")
        return self.desk.stated(path, quantity, "L/kWh", why)

    def _server_watts(self) -> Node | None:
        given, hardware, desk = self.given, self.hardware, self.desk
        if given.power is not None:
            why = "average power at the server"
            return desk.stated("energy/server_watts", given.power, "W", why)
        if hardware is None:
            return None
        measured = self.known.server_watts(hardware.name)
        if measured is not None:
            why = "power at the server, measured"
            return desk.assumed("energy/server_watts", measured, "W", why)
        if hardware.entry.tdp is None:
            return None
        return Product(
            name=desk("energy/server_watts"),
            unit="W",
            why="design power x server overhead x average draw",
            over=(
                self._tdp(hardware),
                desk.assumed(
                    "energy/server_over_chip",
                    self.known.server_over_chip(hardware.name),
                    "1",
                    "rated power of the server over that of its chips",
                ),
                desk.assumed(
                    "energy/draw",
                    self.known.draw(hardware.name),
                    "1",
                    "average draw over the rated power",
                ),
            ),
        )

    def _tdp(self, hardware: Hardware) -> Node:
        tdp = hardware.entry.tdp
        assert tdp is not None  # noqa: S101 - the callers checked
        return self.desk.stated("energy/tdp", tdp, "W", "design power", sources=hardware.sources)

    def _pue(self) -> Node:
        why = "facility power over IT power"
        own = self.pricing.own or Own()
        if self.given.pue is not None:
            return self.desk.stated("energy/pue", self.given.pue, "1", why)
        if own.pue is not None:
            return self.desk.stated("own/pue", own.pue, "1", why)
        provider = (self.pricing.book or Book()).provider
        return self.desk.assumed("energy/pue", self.known.pue(provider), "1", why)

    def _grid(self) -> Node | None:
        grid = self.given.grid
        if isinstance(grid, Quantity):
            return self.desk.stated("energy/grid", grid, "g/kWh", "emissions of the grid")
        if grid is None:
            return None
        default = self.known.grid(grid, self.resolved.as_of)
        return None if default is None else self.desk.assumed("energy/grid", default, "g/kWh")

    def _unknown(self, name: str, why: str) -> Node:
        return self.desk.unknown(name, RESULTS[name].unit, why)
