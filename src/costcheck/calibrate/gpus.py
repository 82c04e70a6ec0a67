"""GPUs of the catalog as the step-time model sees them."""

from dataclasses import dataclass
from functools import lru_cache

from costcheck.catalog.files import Catalog
from costcheck.catalog.hardware import Accelerator, Network
from costcheck.catalog.performance import performance_data
from costcheck.diagnostics import refusal
from costcheck.estimate.machine_of import DIRECTIONS
from costcheck.estimate.resolve import accelerator
from costcheck.physics.machine import Machine
from costcheck.physics.step_time.generation import kernel_family


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """What the step-time model needs to know about a GPU type."""

    peaks: tuple[float, float, float]
    """Dense peak with 16-, 8- and 4-bit operands [FLOP/s]."""
    machine: Machine
    """The part at its first peak, in its usual server."""
    family: str
    part: str
    """Chips whose kernels it shares, and the part where its rows are kept apart."""


@lru_cache(maxsize=256)
def gpu_named(catalog: Catalog, name: str) -> Gpu:
    """GPU of a name."""
    found = accelerator(catalog, name)
    if found is None or found.entry.memory is None or found.entry.memory_bandwidth is None:
        raise refusal("CC701", f"no GPU named {name!r} in the catalog")
    entry, rules = found.entry, performance_data(catalog).rules
    rates = {key: rate.value for key, rate in vars(entry.peak).items() if rate}
    sixteen = rates.get("bf16") or rates.get("fp16") or rates.get("fp32") or 0.0
    eight = rates.get("fp8", sixteen)
    return Gpu(
        peaks=(sixteen, eight, rates.get("fp4", eight)),
        machine=Machine(
            matmul_flops_per_second=sixteen,
            attention_flops_per_second=sixteen,
            memory_bytes=found.entry.memory.value,
            memory_bytes_per_second=found.entry.memory_bandwidth.value,
            watts=entry.rated_power.value if entry.rated_power else 0.0,
            **_links(entry, catalog),
        ),
        family=kernel_family(identifier=found.id, families=rules["families"]),
        part=kernel_family(identifier=found.id, families=rules["parts"]),
    )


def _links(entry: Accelerator, catalog: Catalog) -> dict[str, float]:
    """Fields of a machine about what joins its parts."""
    network, fabric, usual = entry.network or Network(), entry.scale_up, performance_data(catalog)
    per_node = entry.gpus_per_node.value if entry.gpus_per_node else 1.0
    cards = network.nics_per_node.value if network.nics_per_node else per_node
    card = network.nic.value if network.nic else usual.unknown_card.value
    bandwidth = fabric.bandwidth.value if fabric else usual.unknown_host_link.value
    host_link = entry.host_link.value if entry.host_link else bandwidth
    return {
        "scale_up_bytes_per_second": bandwidth / DIRECTIONS,
        "scale_up_gpus": fabric.domain.value if fabric else 1.0,
        "torus_dimensions": fabric.torus.value if fabric and fabric.torus else 0.0,
        "nic_bytes_per_second": card * cards / per_node,
        "node_gpus": per_node,
        "node_bytes_per_second": host_link / DIRECTIONS,
    }
