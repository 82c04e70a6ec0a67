"""GPUs of the catalog as the step-time model sees them."""

from collections.abc import Mapping
from typing import Any

from costcheck.calibrate.rows import Gpu
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import PerformanceData, performance_data
from costcheck.diagnostics import refusal
from costcheck.estimate.machine_of import DIRECTIONS
from costcheck.physics.step_time.generation import kernel_family
from costcheck.text.quantity import parse

GENERATIONS = "performance/generations.yaml"


class Gpus:
    """Looks GPUs up by any of their names and remembers them."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        self._catalog = catalog or Catalog()
        self._rules: dict[str, Any] = self._catalog.document(GENERATIONS)
        self._known: dict[str, Gpu] = {}

    def __call__(self, name: str) -> Gpu:
        """GPU of a name."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Gpu:
        found = self._catalog.find("gpus", name)
        if found is None:
            message = f"no GPU named {name!r} in the catalog"
            raise refusal("CC701", message)
        data = found.document()
        return Gpu(
            peaks=_peaks(data["peak"]),
            memory_bytes=parse(str(data["memory"]), "bytes").value,
            memory_bytes_per_second=parse(str(data["memory_bandwidth"]), "byte_rate").value,
            watts=_rated_watts(data),
            **_network(data, performance_data(self._catalog)),
            family=kernel_family(identifier=found.id, families=self._rules["families"]),
            part=kernel_family(identifier=found.id, families=self._rules["parts"]),
        )


def _rated_watts(data: Mapping[str, Any]) -> float:
    """Power of a part as its maker rates it; 0 where only others estimate it."""
    power = parse(str(data["tdp"]), "power") if "tdp" in data else None
    return power.value if power and power.is_point else 0.0


def _peaks(written: Mapping[str, str]) -> tuple[float, float, float]:
    rates = {key: parse(str(text), "flop_rate").value for key, text in written.items()}
    sixteen = rates.get("bf16") or rates.get("fp16") or rates.get("fp32") or 0.0
    eight = rates.get("fp8", sixteen)
    return sixteen, eight, rates.get("fp4", eight)


def _network(data: Mapping[str, Any], usual: PerformanceData) -> dict[str, float]:
    network = data.get("network") or {}
    per_node = float(data.get("gpus_per_node", 1))
    cards = float(network.get("nics_per_node", per_node))
    card = parse(str(network.get("nic", usual.unknown_card.text)), "byte_rate").value
    nic = card * cards / per_node
    fabric = data.get("scale_up") or {"bandwidth": usual.unknown_host_link.text, "domain": 1}
    speed = parse(str(fabric["bandwidth"]), "byte_rate").value / DIRECTIONS
    host_link = str(data.get("host_link", fabric["bandwidth"]))
    return {
        "scale_up_bytes_per_second": speed,
        "scale_up_gpus": float(fabric["domain"]),
        "torus_dimensions": float(fabric.get("torus", 0.0)),
        "nic_bytes_per_second": nic,
        "node_gpus": per_node,
        "node_bytes_per_second": parse(host_link, "byte_rate").value / DIRECTIONS,
    }
