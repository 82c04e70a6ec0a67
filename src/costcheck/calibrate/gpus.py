"""GPUs of the catalog as the step-time model sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.catalog.knowledge import knowledge
from costcheck.catalog.performance import performance_data
from costcheck.diagnostics import refusal
from costcheck.estimate.machine_of import machine_from, machine_nodes
from costcheck.estimate.resolve import accelerator, resolve
from costcheck.estimate.study import Leaves, Study, central, study_of
from costcheck.physics.machine import Machine
from costcheck.scenario.load import load


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


def study_in(scenario: Mapping[str, Any], catalog: Catalog) -> Study:
    """The first stage of a scenario as an estimate studies it."""
    resolved = resolve(load(dict(scenario), catalog=catalog))
    leaves = Leaves.of(resolved.scenario)
    return study_of(resolved.stages[0], resolved, knowledge(catalog), leaves)


@lru_cache(maxsize=256)
def gpu_named(catalog: Catalog, name: str) -> Gpu:
    """GPU of a name."""
    found, nodes = accelerator(catalog, name), None
    if found is not None:
        study = study_in({"fleet": {"gpu": found.id}}, catalog)
        nodes = machine_nodes(study, found, performance_data(catalog))
    if found is None or nodes is None or isinstance(nodes, str):
        raise refusal("CC701", f"no GPU named {name!r} in the catalog")
    machine = machine_from(**central(nodes.leaves))
    rates = {key: rate.value for key, rate in vars(found.entry.peak).items() if rate}
    sixteen = float(machine.matmul_flops_per_second)
    eight = rates.get("fp8", sixteen)
    return Gpu(
        peaks=(sixteen, eight, rates.get("fp4", eight)),
        machine=machine,
        family=nodes.family,
        part=nodes.part,
    )
