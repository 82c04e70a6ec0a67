"""Measured training steps as arrays, one entry per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.physics.layout import Layout
from costcheck.physics.machine import Machine
from costcheck.physics.workload import Workload

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
    watts: float
    """Design power, 0 where it is unknown [W]."""
    node_gpus: float
    node_bytes_per_second: float
    """GPUs of a server, and the links between those that its fabric does not join."""
    family: str
    torus_dimensions: float = 0.0
    part: str = ""
    """Chips whose kernels it shares, and the part where its rows are kept apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRows:
    """Measured runs, one entry per row in every array."""

    records: tuple[Record, ...]
    models: NDArray[np.str_]
    sources: NDArray[np.str_]
    sets: NDArray[np.str_]
    software: NDArray[np.str_]
    family: NDArray[np.str_]
    tags: Mapping[str, NDArray[np.bool_]]
    """Rows that a kernel family or a trait of software applies to, by its name."""
    precision: NDArray[np.int64]
    flash: NDArray[np.bool_]
    attention: FloatArray
    loops: NDArray[np.bool_]
    """Whether the attention core is fused, its rate over that of the software's usual kernel, and
    whether experts run one by one."""
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
            elif isinstance(value, Mapping):
                values[field.name] = {tag: mask[chosen] for tag, mask in value.items()}
            else:
                values[field.name] = _take_group(value, chosen, len(self))
        return MeasuredRows(**values)  # type: ignore[arg-type]


def _take_group(group: Group, chosen: NDArray[np.intp], rows: int) -> Group:
    parts = {
        field.name: np.broadcast_to(getattr(group, field.name), rows)[chosen]
        for field in fields(group)
    }
    return type(group)(**parts)


def joined(tables: Sequence[MeasuredRows]) -> MeasuredRows:
    """Rows of several tables as one."""
    sizes = [len(table) for table in tables]
    values: dict[str, object] = {}
    for field in fields(MeasuredRows):
        parts = [getattr(table, field.name) for table in tables]
        if isinstance(parts[0], tuple):
            values[field.name] = tuple(entry for part in parts for entry in part)
        elif isinstance(parts[0], np.ndarray):
            values[field.name] = np.concatenate(parts)
        elif isinstance(parts[0], Mapping):
            values[field.name] = _joined_tags(parts, sizes)
        else:
            values[field.name] = _joined_group(parts, sizes)
    return MeasuredRows(**values)  # type: ignore[arg-type]


def _joined_tags(
    parts: Sequence[Mapping[str, NDArray[np.bool_]]], sizes: Sequence[int]
) -> dict[str, NDArray[np.bool_]]:
    names = {name for part in parts for name in part}
    return {
        name: np.concatenate(
            [
                part.get(name, np.zeros(size, dtype=bool))
                for part, size in zip(parts, sizes, strict=True)
            ]
        )
        for name in sorted(names)
    }


def _joined_group(groups: Sequence[Group], sizes: Sequence[int]) -> Group:
    return type(groups[0])(
        **{
            field.name: np.concatenate(
                [
                    np.broadcast_to(getattr(group, field.name), size)
                    for group, size in zip(groups, sizes, strict=True)
                ]
            )
            for field in fields(groups[0])
        }
    )
