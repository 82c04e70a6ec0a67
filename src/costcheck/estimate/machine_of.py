"""The accelerator, its links and its network as leaves, and as the performance model sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from costcheck.catalog.hardware import Accelerator, Network
from costcheck.catalog.performance import PerformanceData
from costcheck.catalog.words import words_of
from costcheck.estimate.resolve import Hardware
from costcheck.estimate.study import Study, reference_precision
from costcheck.graph.nodes import Array, Node
from costcheck.physics.machine import Machine
from costcheck.physics.step_time.generation import Precision, kernel_family
from costcheck.scenario.run import Fleet, Host, Layout
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
    "fp8": (Precision.EIGHT_BIT, ("fp8",)),
    "mxfp8": (Precision.EIGHT_BIT, ("fp8",)),
    "nvfp4": (Precision.FOUR_BIT, ("fp4",)),
}
"""Code of a training precision and the peaks that serve it, best first; what a file states is one
that the part has."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MachineNodes:
    """One kind of accelerator with its networks."""

    leaves: Mapping[str, Node]
    """Arguments of `machine_from`, by name."""
    family: str
    part: str
    """Chips whose kernels it shares, empty where no measured row is of any; and the part where its
    rows are kept apart."""
    precision: Precision
    host_memory: Quantity | None = None
    """Memory of a server, where the file states it."""
    notes: tuple[str, ...] = ()
    idle: Mapping[str, str] = field(default_factory=dict)
    """Stated keys that change nothing on this part, with the reason."""


def machine_nodes(study: Study, hardware: Hardware, data: PerformanceData) -> MachineNodes | str:
    """The leaves of a machine, or what is missing to predict anything on it."""
    entry, precision = hardware.entry, study.training.precision or "bf16"
    if entry.memory is None or entry.memory_bandwidth is None:
        return f"{hardware.name} states no memory or no memory bandwidth"
    code, wanted = _PRECISIONS[precision]
    runs_in = next((name for name in wanted if getattr(entry.peak, name)), None)
    core_in = reference_precision(hardware)
    if runs_in is None or core_in is None:
        return f"{hardware.name} has no peak for {precision}"
    notes = []
    if runs_in != wanted[0]:
        notes.append(f"{hardware.name} has no {wanted[0].upper()} peak: {runs_in.upper()} is used")
    identifier = _identifier(hardware, data)
    family = kernel_family(identifier=identifier, families=data.rules["families"])
    if not family:
        notes.append(f"no measured step is of {hardware.name}: constants of another GPU stand in")
    return MachineNodes(
        leaves={
            "matmul_peak": _peak(study, entry, runs_in, core_in),
            "attention_peak": _peak(study, entry, core_in, core_in),
            "memory": _leaf(study, "gpu/memory", entry.memory, "bytes"),
            "memory_bandwidth": _leaf(study, "gpu/memory_bandwidth", entry.memory_bandwidth, "B/s"),
            **_power(study, entry, data),
            **_host(study),
            **_network(study, entry, data),
            **_fabric(study, entry),
        },
        family=family,
        part=kernel_family(identifier=identifier, families=data.rules["parts"]),
        precision=code,
        host_memory=_stated_host(study).memory,
        notes=tuple(notes),
        idle=_idle(study, entry),
    )


def _idle(study: Study, entry: Accelerator) -> dict[str, str]:
    """Stated keys of the fleet that change nothing, with the reason."""
    idle = {}
    limit = study.stage.fleet.power_limit if study.stage.fleet else None
    rated = entry.rated_power
    if limit is not None and rated is None:
        idle["fleet.power_limit"] = "nobody says what this part draws without a limit"
    elif limit is not None and rated is not None and limit.value >= rated.value:
        idle["fleet.power_limit"] = f"the part draws {rated.text} at most"
    if not _offloads(study):
        why = "nothing is kept in the memory of the servers"
        idle |= dict.fromkeys(("fleet.host.memory", "fleet.host.memory_bandwidth"), why)
    return idle


def _offloads(study: Study) -> bool:
    layout = study.stage.layout
    return isinstance(layout, Layout) and layout.offload not in (None, "none")


def _stated_host(study: Study) -> Host:
    return (study.stage.fleet.host if study.stage.fleet else None) or Host()


_SHEET = {
    "matmul_peak": "matmul_flops_per_second",
    "attention_peak": "attention_flops_per_second",
    "memory": "memory_bytes",
    "memory_bandwidth": "memory_bytes_per_second",
    "scale_up_domain": "scale_up_gpus",
    "nic_per_gpu": "nic_bytes_per_second",
    "gpus_per_node": "node_gpus",
    "design_power": "watts",
    "torus": "torus_dimensions",
    "host_memory_bandwidth": "host_memory_bytes_per_second",
}
"""Leaves that are fields of the machine as they stand."""


def machine_from(
    *,
    scale_up_bandwidth: Array,
    host_link: Array | float = np.inf,
    stated_host_link: Array | float = 0.0,
    power_limit: Array | float = np.inf,
    clock_exponent: Array | float = 0.0,
    **leaves: Array,
) -> Machine:
    """The machine of the performance model from what people state about it."""
    fabric = np.divide(scale_up_bandwidth, DIRECTIONS)
    limited = np.divide(power_limit, leaves.get("design_power", 1.0))
    return Machine(
        clock_share=np.power(np.fmin(limited, 1.0), clock_exponent),
        host_link_bytes_per_second=np.divide(stated_host_link, DIRECTIONS),
        scale_up_bytes_per_second=np.where(np.greater(fabric, 0.0), fabric, leaves["nic_per_gpu"]),
        node_bytes_per_second=np.divide(host_link, DIRECTIONS),
        **{_SHEET[name]: value for name, value in leaves.items()},
    )


def _identifier(hardware: Hardware, data: PerformanceData) -> str:
    if hardware.id != INLINE or not hardware.entry.name:
        return hardware.id
    known = data.catalog.find("gpus", hardware.entry.name)
    return known.id if known else hardware.id


def _peak(study: Study, entry: Accelerator, precision: str, reference: str) -> Node:
    path = "gpu/peak" if precision == reference else f"gpu/peak_{precision}"
    why = f"dense {precision.upper()} peak of one accelerator"
    return study.of_part(path, getattr(entry.peak, precision), "FLOP/s", why)


def _leaf(study: Study, path: str, value: Quantity | float, unit: str) -> Node:
    """One figure of the accelerator: stated, or derived from others."""
    if isinstance(value, Quantity):
        return study.of_part(path, value, unit, words_of("machine")[path])
    sources = study.hardware.sources if study.hardware else ()
    return study.derived(path, value, unit, words_of("machine")[path], sources)


def _network(study: Study, entry: Accelerator, data: PerformanceData) -> dict[str, Node]:
    """The links of one accelerator outside its fast domain: its server's and the network's."""
    fleet = study.stage.fleet or Fleet()
    stated, usual = fleet.network or Network(), entry.network or Network()
    per_node = study.node_size
    size = per_node.value if per_node else 1.0
    cards: Quantity | float = size
    if stated.nics_per_node is not None:
        cards = stated.nics_per_node
    elif usual.nics_per_node is not None and entry.gpus_per_node is not None:
        # A smaller server than the usual one has its cards in proportion.
        cards = usual.nics_per_node.value * (size / entry.gpus_per_node.value)
    path, card = "fleet/nic", stated.nic or usual.nic
    speed = (
        _leaf(study, path, card, "B/s")
        if card
        else study.assumed(path, data.unknown_card, "B/s", words_of("machine")[path])
    )
    node = _leaf(study, "fleet/gpus_per_node", per_node or size, "GPUs")
    share = speed * _leaf(study, "fleet/nics_per_node", cards, "1") / node
    why = "share of one accelerator in the network of its node"
    return {
        "nic_per_gpu": study.let("fleet/nic_per_gpu", "B/s", share, why),
        "gpus_per_node": node,
        **_host_link(study, entry, size, data),
    }


def _power(study: Study, entry: Accelerator, data: PerformanceData) -> dict[str, Node]:
    """Power under load; a part of which nobody states any is taken as well supplied as others."""
    rated = entry.rated_power
    if rated is None:
        return {}
    power: dict[str, Node] = {"design_power": _leaf(study, "gpu/design_power", rated, "W")}
    limit = study.stage.fleet.power_limit if study.stage.fleet else None
    if limit is not None and limit.value < rated.value:
        exponent = data.default("clock_exponent")
        power["power_limit"] = _leaf(study, "fleet/power_limit", limit, "W")
        power["clock_exponent"] = study.assumed("gpu/clock_exponent", exponent, "1")
    return power


def _host(study: Study) -> dict[str, Node]:
    """What is stated of the server, where something is offloaded to it, or may be."""
    host = _stated_host(study)
    if not (_offloads(study) or study.stage.layout == "auto"):
        return {}
    stated: dict[str, Node] = {}
    if host.memory_bandwidth is not None:
        path = "fleet/host_memory_bandwidth"
        stated["host_memory_bandwidth"] = _leaf(study, path, host.memory_bandwidth, "B/s")
    if host.link is not None:
        stated["stated_host_link"] = _leaf(study, "fleet/host_link", host.link, "B/s")
    return stated


def _host_link(
    study: Study, entry: Accelerator, per_node: float, data: PerformanceData
) -> dict[str, Node]:
    """Link through the server, where the fast domain does not span it."""
    path, fabric = "gpu/host_link", entry.scale_up
    if fabric is not None and min(fabric.domain.value, _reach(study)) >= per_node:
        return {}
    link = _stated_host(study).link or entry.host_link
    if link is None and fabric is not None and fabric.domain.value == 1.0:
        link = fabric.bandwidth
    if link is not None:
        return {"host_link": _leaf(study, path, link, "B/s")}
    return {
        "host_link": study.assumed(path, data.unknown_host_link, "B/s", words_of("machine")[path])
    }


_REACH = {"pcie": 1.0, "nvlink-pairs": 2.0}
"""Accelerators that stated links inside a server join."""


def _reach(study: Study) -> float:
    link = study.stage.fleet.link if study.stage.fleet else None
    return _REACH.get(link or "", np.inf)


def _fabric(study: Study, entry: Accelerator) -> dict[str, Node]:
    """Bandwidth and reach of the links inside the scale-up domain."""
    fabric, usual = entry.scale_up, entry.gpus_per_node
    bandwidth: Quantity | float = 0.0
    domain: Quantity | float = 1.0
    torus: dict[str, Node] = {}
    if fabric is not None:
        bandwidth, domain = fabric.bandwidth, fabric.domain
        stated = study.stage.fleet.gpus_per_node if study.stage.fleet else None
        # Links that end at the server follow its size; a rack's do not.
        inside = usual is not None and domain.value == usual.value
        if stated is not None and inside and stated.value != domain.value:
            domain = stated.value
        if _reach(study) < fabric.domain.value:
            domain = _reach(study)
        if fabric.torus is not None:
            torus = {"torus": _leaf(study, "gpu/torus", fabric.torus, "1")}
    return {
        "scale_up_bandwidth": _leaf(study, "gpu/scale_up_bandwidth", bandwidth, "B/s"),
        "scale_up_domain": _leaf(study, "gpu/scale_up_domain", domain, "GPUs"),
        **torus,
    }
