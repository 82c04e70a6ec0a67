"""How far predicted memory is off on measured runs, by class, and the file of that.

What is fitted is how wide the ranges are; the share inside is of each source under ranges that no
row of it went into.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.calibrate.fit import read_table
from costcheck.calibrate.least_squares import left_out, source_weights
from costcheck.calibrate.ranges import (
    LeftOut,
    class_lines,
    fit_variances,
    inside_ranges,
    row_settings,
)
from costcheck.calibrate.rows import MeasuredRows
from costcheck.calibrate.scenario_rows import FOLDER, predicted
from costcheck.calibrate.write import WRITTEN_BY, Fitted
from costcheck.catalog.files import Catalog
from costcheck.physics.memory.peak import memory_bytes
from costcheck.physics.memory.training import Reserve, Training
from costcheck.physics.step_time.distance import Setting
from costcheck.units import BYTES_PER_GIB

KIND = "mem"
HEAD = """\
# How far predicted memory was off on measured runs, by class of run. Log variances of the classes
# of a run add. The sources mix what programs allocate, allocators reserve and devices show.
{}
classes:
""".format(WRITTEN_BY.format("memory"))


Row = tuple[float, Setting, str]
"""Log error of a row, what kind of run it is, and its source."""


def memory_rows(catalog: Catalog) -> tuple[LeftOut, list[str]]:
    """Log errors of the shipped memory rows, with the source of each."""
    rows = [*_points(catalog), *_throughput_rows(catalog)]
    sources = [source for _, _, source in rows]
    found = LeftOut(
        errors=np.asarray([error for error, _, _ in rows]),
        weights=source_weights(sources),
        settings=tuple(setting for _, setting, _ in rows),
    )
    return found, sources


def _points(catalog: Catalog) -> Iterator[Row]:
    table = [row for row in catalog.rows(f"{FOLDER}/points.csv") if row["measured_kind"] == KIND]
    for row, prediction in predicted(table, catalog):
        uses = prediction.performance.formula.memory(prediction.values)
        held = float(uses.allocated_bytes()) / BYTES_PER_GIB
        error = float(np.log(held / float(row["measured_value"])))
        yield error, prediction.performance.memory_setting, row["source"]


def allocated_gib(rows: MeasuredRows, generation: Mapping[str, Any]) -> FloatArray:
    """What each row allocates under the defaults of its software generation [GiB]."""
    layout = rows.layout
    held = memory_bytes(
        workload=rows.workload,
        layout=layout,
        training=Training(
            **generation["training"],
            score_bytes=np.where(rows.flash, 0.0, generation["unfused_score_bytes"]),
        ),
        reserve=Reserve(**generation["reserve"]),
        micro_batches=rows.global_batch / (layout.data * layout.micro_batch),
    )
    return held.allocated_bytes() / BYTES_PER_GIB


def _throughput_rows(catalog: Catalog) -> Iterator[Row]:
    """Memory beside measured steps, under the defaults of each software generation."""
    table = read_table(catalog)
    for name, entry in catalog.document("performance/memory.yaml")["generations"].items():
        rows = table.take(np.isfinite(table.memory_gib) & (table.software == name))
        if not len(rows):
            continue
        held = allocated_gib(rows, entry)
        errors = np.log(held / rows.memory_gib)
        for place, setting in enumerate(row_settings(name, rows, rows)):
            kept = replace(setting, tags=(name,), outside=False, unseen=False)
            yield float(errors[place]), kept, str(rows.sources[place])


def _rows(rows: LeftOut, keep: NDArray[np.bool_]) -> LeftOut:
    return LeftOut(
        errors=rows.errors[keep],
        weights=rows.weights[keep],
        settings=tuple(compress(rows.settings, keep)),
    )


def inside_left_out(rows: LeftOut, sources: list[str]) -> NDArray[np.bool_]:
    """Whether each row is inside a range that no row of its source went into."""

    def predict(others: NDArray[np.bool_], own: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return inside_ranges(_rows(rows, own), fit_variances(_rows(rows, others)))

    return left_out(sources, predict) > 0.0


def fitted_files(catalog: Catalog) -> Iterator[Fitted]:
    """Yield the ranges."""
    rows, sources = memory_rows(catalog)
    lines = class_lines(rows, fit_variances(rows), inside_left_out(rows, sources))
    text = HEAD + "".join(f"{line}\n" for line in lines)
    yield Fitted(text, "performance/memory-ranges.yaml", text)
