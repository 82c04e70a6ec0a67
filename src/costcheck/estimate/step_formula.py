"""The performance model as functions of named quantities, so that a graph can call it.

A step time has a dozen terms, each a node of the graph with the same arguments. They are computed
together and remembered, so that a dozen calls cost one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from costcheck.estimate.machine_of import machine_from
from costcheck.graph.nodes import Array
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.flops import training_flops_per_token
from costcheck.physics.layout import Layout
from costcheck.physics.memory.peak import memory_bytes
from costcheck.physics.memory.training import MemoryBytes, Reserve, Training
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.step import StepSeconds, step_seconds
from costcheck.physics.workload import Workload
from costcheck.physics.workload_of import workload_from_architecture

LAYOUT_KEYS = tuple(item.name for item in fields(Layout))
BATCH_KEYS = ("global_batch", "sequence_length")
REMEMBERED = 8192
WORKING_COPY_BYTES = 2.0
"""Bytes of a weight as it is computed with; what is stored wider is its own master copy."""
STEP_PARTS = tuple(item.name for item in fields(StepSeconds))
ALLOCATED_PARTS = ("weights", "gradients", "optimizer", "activations", "logits", "buffers")
"""Terms of a step, and of what a program allocates on the fullest accelerator."""


@dataclass(frozen=True)
class StepFormula:
    """Step time and memory of one model in one software generation."""

    architecture: Architecture
    mtp: bool
    """Whether the multi-token-prediction modules are trained."""
    constants: Constants
    training: Training
    reserve: Reserve
    learning: Mapping[str, float] = field(default_factory=dict)
    """Fields of the workload that say what of the model learns."""
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def workload(self, sequence_length: Array | float) -> Workload:
        """The model at one or many sequence lengths [token]."""
        lengths = np.asarray(sequence_length, dtype=np.float64)
        if lengths.ndim == 0:
            return self._workload(round(float(lengths)))
        distinct, index = np.unique(np.rint(lengths), return_inverse=True)
        each = [self._workload(int(length)) for length in distinct]
        places = index.reshape(lengths.shape)
        return Workload(
            **{
                item.name: np.asarray([getattr(one, item.name) for one in each])[places]
                for item in fields(Workload)
            }
        )

    def step(self, values: Mapping[str, Array | float]) -> StepSeconds:
        """The terms of a step for quantities by name."""
        step: StepSeconds = self._remembered("step", values, self._step)
        return step

    def mfu(
        self,
        *,
        layout: Layout,
        global_batch: float,
        sequence_length: float,
        peak: Array,
        **machine: Array,
    ) -> Array:
        """The MFU of a step of a fixed layout over arrays of machines [1]."""
        fixed = {key: np.asarray(getattr(layout, key)) for key in LAYOUT_KEYS}
        fixed |= zip(BATCH_KEYS, map(np.asarray, (global_batch, sequence_length)), strict=True)
        seconds = self._step({**machine, **fixed}).total_seconds()
        flops = training_flops_per_token(
            self.architecture, sequence_length=sequence_length, mtp=self.mtp
        )
        work = flops * global_batch * sequence_length
        return np.asarray(work / (seconds * layout.gpus * peak))

    def memory(self, values: Mapping[str, Array | float]) -> MemoryBytes:
        """The memory of the fullest accelerator for quantities by name."""
        memory: MemoryBytes = self._remembered("memory", values, self._memory)
        return memory

    def _workload(self, length: int) -> Workload:
        key = ("workload", length)
        if key not in self._known:
            wide = max(float(self.training.weight_bytes) - WORKING_COPY_BYTES, 0.0)
            self._known[key] = replace(
                workload_from_architecture(
                    architecture=self.architecture, sequence_length=length, mtp=self.mtp
                ),
                **self.learning,
                state_bytes=self.training.optimizer_bytes + wide,
            )
        workload: Workload = self._known[key]
        return workload

    def _remembered(
        self,
        kind: str,
        values: Mapping[str, Array | float],
        compute: Callable[[Mapping[str, Array]], Any],
    ) -> Any:
        arrays = {key: np.asarray(value) for key, value in values.items()}
        if all(value.ndim == 0 for value in arrays.values()):
            key = (kind, *map(float, arrays.values()))
            if key not in self._known:
                if len(self._known) > REMEMBERED:
                    self._known.clear()
                self._known[key] = compute(arrays)
            return self._known[key]
        # All terms of one evaluation get the same values, so the last ones are enough.
        last, result = self._known.get(kind, ({}, None))
        if last.keys() != arrays.keys() or not all(_alike(last[k], arrays[k]) for k in arrays):
            result = compute(arrays)
            self._known[kind] = (arrays, result)
        return result

    def _step(self, values: Mapping[str, Array]) -> StepSeconds:
        machine = {
            key: value for key, value in values.items() if key not in (*LAYOUT_KEYS, *BATCH_KEYS)
        }
        return step_seconds(
            workload=self.workload(values["sequence_length"]),
            machine=machine_from(**machine),
            constants=self.constants,
            layout=layout_from(values),
            global_batch=values["global_batch"],
        )

    def _memory(self, values: Mapping[str, Array]) -> MemoryBytes:
        layout = layout_from(values)
        return memory_bytes(
            workload=self.workload(values["sequence_length"]),
            layout=layout,
            training=self.training,
            reserve=self.reserve,
            micro_batches=values["global_batch"] / np.multiply(layout.data, layout.micro_batch),
        )


def _alike(one: Array, other: Array) -> bool:
    return one is other or np.array_equal(one, other, equal_nan=True)


def layout_from(values: Mapping[str, Any]) -> Layout:
    """The layout among quantities by name."""
    return Layout(**{key: values[key] for key in LAYOUT_KEYS})


def step_part(*, formula: StepFormula, part: str, **values: Array) -> Array:
    """One term of the step time [s]."""
    return np.asarray(getattr(formula.step(values), part), dtype=np.float64)


def memory_part(*, formula: StepFormula, part: str, **values: Array) -> Array:
    """One use of the memory of the fullest accelerator [byte]."""
    return np.asarray(getattr(formula.memory(values), part), dtype=np.float64)
