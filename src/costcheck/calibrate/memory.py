"""How far predicted memory is off on measured runs, by class, and the file of that.

Run with `python -m costcheck.calibrate.memory --write configs/performance`. What is fitted is how
wide the ranges are; the share inside is of each source under ranges that no row of it went into.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import FloatArray
from costcheck.calibrate.fit import read_table
from costcheck.calibrate.ranges import (
    LeftOut,
    class_lines,
    fit_variances,
    inside_ranges,
    row_settings,
)
from costcheck.calibrate.rows import MeasuredRows
from costcheck.calibrate.scenario_rows import FOLDER, predicted
from costcheck.catalog.files import Catalog
from costcheck.physics.memory.peak import memory_bytes
from costcheck.physics.memory.training import Reserve, Training
from costcheck.physics.step_time.distance import Setting
from costcheck.units import BYTES_PER_GIB

KIND = "mem"
HEAD = """\
# How far predicted memory was off on measured runs, by class of run. Log variances of the classes
# of a run add. The sources mix what programs allocate, allocators reserve and devices show.
# Written by `python -m costcheck.calibrate.memory --write configs/performance`; do not edit.
classes:
"""


Row = tuple[float, Setting, str]
"""Log error of a row, what kind of run it is, and its source."""


def memory_rows(catalog: Catalog) -> tuple[LeftOut, list[str]]:
    """Log errors of the shipped memory rows, with the source of each."""
    rows = [*_points(catalog), *_throughput_rows(catalog)]
    sources = [source for _, _, source in rows]
    weights = [1.0 / np.sqrt(sources.count(source)) for source in sources]
    found = LeftOut(
        errors=np.asarray([error for error, _, _ in rows]),
        weights=np.asarray(weights),
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
    chosen = np.flatnonzero(keep).tolist()
    return LeftOut(
        errors=rows.errors[chosen],
        weights=rows.weights[chosen],
        settings=tuple(rows.settings[place] for place in chosen),
    )


def inside_left_out(rows: LeftOut, sources: list[str]) -> NDArray[np.bool_]:
    """Whether each row is inside a range that no row of its source went into."""
    names = np.asarray(sources)
    inside = np.zeros(len(sources), dtype=bool)
    for source in np.unique(names):
        mine = names == source
        inside[mine] = inside_ranges(_rows(rows, mine), fit_variances(_rows(rows, ~mine)))
    return inside


def main() -> int:
    """Fit the ranges; write the file when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="folder for the file of ranges")
    options = parser.parse_args()
    rows, sources = memory_rows(Catalog())
    lines = class_lines(rows, fit_variances(rows), inside_left_out(rows, sources))
    text = HEAD + "".join(f"{line}\n" for line in lines)
    sys.stdout.write(text)
    if options.write:
        (options.write / "memory-ranges.yaml").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
