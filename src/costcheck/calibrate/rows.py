"""Measured training steps as arrays, one entry per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.physics.layout import Layout
from costcheck.physics.machine import Machine
from costcheck.physics.workload import Workload

Record = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRows:
    """Measured runs, one entry per row in every array."""

    records: NDArray[Any]
    """The row as it was written."""
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
        return columnwise(lambda column: np.broadcast_to(column, len(self))[index], [self])


def stacked(records: Sequence[Record], rows: Sequence[Mapping[str, Any]]) -> MeasuredRows:
    """Measured runs, each a value by field, as one table."""
    columns = columnwise(lambda *values: np.asarray(values), rows)
    return MeasuredRows(records=np.asarray(records, dtype=object), **columns)


def joined(tables: Sequence[MeasuredRows]) -> MeasuredRows:
    """Rows of several tables as one."""
    sizes = [len(table) for table in tables]
    return columnwise(
        lambda *columns: np.concatenate(list(map(np.broadcast_to, columns, sizes))), tables
    )


def columnwise(function: Callable[..., Any], tables: Sequence[T]) -> T:
    """A table made column by column of the same columns of others; a tag that lacks is false."""
    first, parts = tables[0], list[Any](tables)
    made: Any
    if isinstance(first, Mapping):
        names = sorted({name for tags in parts for name in tags})
        made = {n: columnwise(function, [tags.get(n, False) for tags in parts]) for n in names}
    elif is_dataclass(first):
        names = [field.name for field in fields(first)]
        columns = {n: columnwise(function, [getattr(part, n) for part in parts]) for n in names}
        made = type(parts[0])(**columns)
    else:
        made = function(*parts)
    table: T = made
    return table
