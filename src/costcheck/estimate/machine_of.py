"""The accelerator, its links and its network as leaves, and as the performance model sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costcheck.catalog.hardware import Network
from costcheck.catalog.performance import PerformanceData
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.resolve import Hardware
from costcheck.graph.nodes import Array, Node, Product
from costcheck.physics.machine import Machine
from costcheck.physics.step_time import Precision, hardware_class
from costcheck.scenario.run import Fleet
from costcheck.text.quantity import Quantity

INLINE = "inline"
"""Identifier of a part that the scenario spells out."""

DIRECTIONS = 2.0
"""Vendors print the bandwidth of a fabric as the sum of both directions."""

_PRECISIONS = {
    "bf16": (Precision.SIXTEEN_BIT, ("bf16", "fp16", "fp32")),
    "fp16": (Precision.SIXTEEN_BIT, ("fp16", "bf16", "fp32")),
    "fp32": (Precision.SIXTEEN_BIT, ("fp32",)),
    "tf32": (Precision.SIXTEEN_BIT, ("tf32", "fp32")),
    "fp8": (Precision.EIGHT_BIT, ("fp8", "bf16", "fp16")),
    "mxfp8": (Precision.EIGHT_BIT, ("fp8", "bf16", "fp16")),
    "nvfp4": (Precision.FOUR_BIT, ("fp4", "fp8", "bf16")),
}
"""Code of a training precision and the peaks that serve it, best first."""

_CODES = {"fp8": Precision.EIGHT_BIT, "fp4": Precision.FOUR_BIT}


@dataclass(frozen=True, kw_only=True, eq=False)
class MachineNodes:
    """One kind of accelerator with its networks.

    Parameters
    ----------
    leaves : mapping of str to Node
        Arguments of `machine_from`, by name.
    hardware : str
        Class whose fitted constants apply.
    seen : bool
        Whether measured rows cover the class at all.
    precision : Precision
        Number format of the linear layers as they can run on this part.
    """

    leaves: Mapping[str, Node]
    hardware: str
    seen: bool
    precision: Precision
    notes: tuple[str, ...] = ()


def machine_nodes(
    hardware: Hardware, fleet: Fleet, precision: str, data: PerformanceData, desk: StageDesk
) -> MachineNodes | str:
    """Return the leaves of a machine, or what is missing to predict anything on it."""
    entry = hardware.entry
    if entry.memory is None or entry.memory_bandwidth is None:
        return f"{hardware.name} states no memory or no memory bandwidth"
    code, wanted = _PRECISIONS[precision]
    runs_in = next((name for name in wanted if getattr(entry.peak, name)), None)
    core_in = next((name for name in _PRECISIONS["bf16"][1] if getattr(entry.peak, name)), None)
    if runs_in is None or core_in is None:
        return f"{hardware.name} has no peak for {precision}"
    notes = []
    if runs_in != wanted[0]:
        notes.append(f"{hardware.name} has no {wanted[0].upper()} peak: {runs_in.upper()} is used")
        code = _CODES.get(runs_in, Precision.SIXTEEN_BIT)
    leaf = _Leaves(hardware, desk)
    own = "gpu/peak" if runs_in == core_in else f"gpu/peak_{runs_in}"
    leaves: dict[str, Node] = {
        "matmul_peak": leaf(own, getattr(entry.peak, runs_in), "FLOP/s"),
        "attention_peak": leaf("gpu/peak", getattr(entry.peak, core_in), "FLOP/s"),
        "memory": leaf("gpu/memory", entry.memory, "bytes"),
        "memory_bandwidth": leaf("gpu/memory_bandwidth", entry.memory_bandwidth, "B/s"),
        **_network_leaves(hardware, fleet, data, leaf),
    }
    classes = data.rules["hardware"]
    name = hardware_class(identifier=_identifier(hardware, data), classes=classes, other="")
    if not name:
        notes.append(f"no measured step is of {hardware.name}: constants of another GPU stand in")
    return MachineNodes(
        leaves=leaves,
        hardware=name or data.rules["other"],
        seen=bool(name),
        precision=code,
        notes=tuple(notes),
    )


def machine_from(
    *,
    matmul_peak: Array,
    attention_peak: Array,
    memory: Array,
    memory_bandwidth: Array,
    scale_up_bandwidth: Array,
    scale_up_domain: Array,
    nic_per_gpu: Array,
) -> Machine:
    """Return the machine of the performance model from what people state about it."""
    fabric = np.divide(scale_up_bandwidth, DIRECTIONS)
    return Machine(
        matmul_flops_per_second=matmul_peak,
        attention_flops_per_second=attention_peak,
        memory_bytes=memory,
        memory_bytes_per_second=memory_bandwidth,
        scale_up_bytes_per_second=np.where(np.greater(fabric, 0.0), fabric, nic_per_gpu),
        scale_up_gpus=scale_up_domain,
        nic_bytes_per_second=nic_per_gpu,
    )


def _identifier(hardware: Hardware, data: PerformanceData) -> str:
    """Return the catalog name of a part, also of an inline one that is called like it."""
    if hardware.id != INLINE or not hardware.entry.name:
        return hardware.id
    found = data.catalog.find("gpus", hardware.entry.name)
    return found.id if found else hardware.id


class _Leaves:
    """Makes the leaves of one accelerator."""

    def __init__(self, hardware: Hardware, desk: StageDesk) -> None:
        self.hardware = hardware
        self.desk = desk

    def __call__(self, path: str, quantity: Quantity, unit: str) -> Node:
        why = _WHY.get(path) or f"dense {path.rpartition('_')[2].upper()} peak of one accelerator"
        if path == "gpu/peak":
            precision = next(
                name
                for name in _PRECISIONS["bf16"][1]
                if getattr(self.hardware.entry.peak, name) is quantity
            )
            why = f"dense {precision.upper()} peak of one accelerator"
        return self.desk.stated(path, quantity, unit, why, sources=self.hardware.sources)

    def derived(self, path: str, value: float, unit: str) -> Node:
        return self.desk.derived(path, value, unit, _WHY[path], self.hardware.sources)


_WHY = {
    "gpu/memory": "memory of one accelerator",
    "gpu/memory_bandwidth": "memory bandwidth of one accelerator",
    "gpu/scale_up_bandwidth": "links of one accelerator inside the domain, both directions",
    "gpu/scale_up_domain": "accelerators that reach each other over these links",
    "fleet/nic": "one network card, one direction",
    "fleet/nics_per_node": "network cards per node",
    "fleet/gpus_per_node": "accelerators per node",
}


def _network_leaves(
    hardware: Hardware, fleet: Fleet, data: PerformanceData, leaf: _Leaves
) -> dict[str, Node]:
    entry = hardware.entry
    stated, usual = fleet.network or Network(), entry.network or Network()
    per_node = fleet.gpus_per_node or entry.gpus_per_node
    size = per_node.value if per_node else 1.0
    if stated.nics_per_node is not None:
        cards = leaf("fleet/nics_per_node", stated.nics_per_node, "1")
    elif usual.nics_per_node is not None and entry.gpus_per_node is not None:
        # A smaller server than the usual one has its cards in proportion.
        share = size / entry.gpus_per_node.value
        cards = leaf.derived("fleet/nics_per_node", usual.nics_per_node.value * share, "1")
    else:
        cards = leaf.derived("fleet/nics_per_node", size, "1")
    card = stated.nic or usual.nic
    speed = leaf("fleet/nic", card, "B/s") if card else _unknown_card(data, leaf.desk)
    node = (
        leaf("fleet/gpus_per_node", per_node, "GPUs")
        if per_node
        else leaf.derived("fleet/gpus_per_node", size, "GPUs")
    )
    per_gpu = Product(
        name=leaf.desk("fleet/nic_per_gpu"),
        unit="B/s",
        why="share of one accelerator in the network of its node",
        over=(speed, cards),
        under=(node,),
    )
    return {"nic_per_gpu": per_gpu, **_fabric_leaves(hardware, fleet, leaf)}


def _fabric_leaves(hardware: Hardware, fleet: Fleet, leaf: _Leaves) -> dict[str, Node]:
    fabric, usual = hardware.entry.scale_up, hardware.entry.gpus_per_node
    if fabric is None:
        return {
            "scale_up_bandwidth": leaf.derived("gpu/scale_up_bandwidth", 0.0, "B/s"),
            "scale_up_domain": leaf.derived("gpu/scale_up_domain", 1.0, "GPUs"),
        }
    bandwidth = leaf("gpu/scale_up_bandwidth", fabric.bandwidth, "B/s")
    stated = fleet.gpus_per_node
    # Links that end at the server follow its size; a rack's do not.
    inside = usual is not None and fabric.domain.value == usual.value
    if stated is not None and inside and stated.value != fabric.domain.value:
        domain = leaf.derived("gpu/scale_up_domain", stated.value, "GPUs")
    else:
        domain = leaf("gpu/scale_up_domain", fabric.domain, "GPUs")
    return {"scale_up_bandwidth": bandwidth, "scale_up_domain": domain}


def _unknown_card(data: PerformanceData, desk: StageDesk) -> Node:
    default = data.unknown_card
    return desk.assumed("fleet/nic", default, "B/s", _WHY["fleet/nic"])
