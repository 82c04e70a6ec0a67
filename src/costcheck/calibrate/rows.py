"""Measured training steps as arrays, one entry per row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from costcheck.physics.layout import Layout
from costcheck.physics.machine import Machine
from costcheck.physics.workload import Workload

FloatArray = NDArray[np.float64]
Record = Mapping[str, str]
Group = TypeVar("Group", Workload, Machine, Layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """What the step-time model needs to know about a GPU type."""

    peaks: tuple[float, float, float]
    """Dense peak with 16-, 8- and 4-bit operands [FLOP/s]."""
    memory_bytes: float
    memory_bytes_per_second: float
    scale_up_bytes_per_second: float
    """One direction for the scale-up fabric."""
    scale_up_gpus: float
    nic_bytes_per_second: float
    """Domain size and network card share of one GPU."""
    hardware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRows:
    """Measured runs, one entry per row in every array."""

    records: tuple[Record, ...]
    models: NDArray[np.str_]
    sources: NDArray[np.str_]
    sets: NDArray[np.str_]
    software: NDArray[np.str_]
    hardware: NDArray[np.str_]
    releases: FloatArray
    precision: NDArray[np.int64]
    flash: NDArray[np.bool_]
    workload: Workload
    machine: Machine
    layout: Layout
    global_batch: FloatArray
    step_seconds: FloatArray
    memory_gib: FloatArray

    def __len__(self) -> int:
        return len(self.records)

    def take(self, index: NDArray[Any]) -> MeasuredRows:
        """Some of the rows."""
        chosen: NDArray[np.intp] = np.flatnonzero(index) if index.dtype == bool else index
        values: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                values[field.name] = tuple(value[i] for i in chosen)
            elif isinstance(value, np.ndarray):
                values[field.name] = value[chosen]
            else:
                values[field.name] = _take_group(value, chosen, len(self))
        return MeasuredRows(**values)  # type: ignore[arg-type]


def _take_group(group: Group, chosen: NDArray[np.intp], rows: int) -> Group:
    parts = {
        field.name: np.broadcast_to(getattr(group, field.name), rows)[chosen]
        for field in fields(group)
    }
    return type(group)(**parts)
