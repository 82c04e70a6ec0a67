"""What every term of a step is a function of: a model, a machine, constants and a layout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.collectives import Fabric
from costcheck.physics.layout import Layout
from costcheck.physics.machine import Machine
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.workload import Workload


def local_tokens(*, workload: Workload, layout: Layout) -> FloatArray:
    """Tokens of one micro-batch that one context-parallel rank works on."""
    tokens = np.multiply(layout.micro_batch, workload.sequence_length)
    return np.asarray(tokens / layout.context, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model on a machine under a layout; scalars or arrays that broadcast together."""

    workload: Workload
    machine: Machine
    constants: Constants
    layout: Layout

    @property
    def tokens(self) -> FloatArray:
        """Tokens of one micro-batch on one GPU."""
        return local_tokens(workload=self.workload, layout=self.layout)

    @property
    def bandwidth(self) -> Amount:
        """Attained bandwidth of the device's memory [byte/s]."""
        return self.machine.memory_bytes_per_second * self.constants.memory_efficiency

    @property
    def fabric(self) -> Fabric:
        """Attained speeds of the links."""
        machine, constants = self.machine, self.constants
        return Fabric(
            scale_up_bytes_per_second=machine.scale_up_bytes_per_second
            * constants.scale_up_efficiency,
            nic_bytes_per_second=machine.nic_bytes_per_second * constants.scale_out_efficiency,
            scale_up_gpus=machine.scale_up_gpus,
            node_bytes_per_second=machine.node_bytes_per_second * constants.node_efficiency,
            node_gpus=machine.node_gpus,
            torus_dimensions=machine.torus_dimensions,
            scale_up_latency_seconds=constants.scale_up_latency_seconds,
            scale_out_latency_seconds=constants.scale_out_latency_seconds,
        )
