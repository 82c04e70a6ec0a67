"""How far predicted memory is off on measured runs, by class, and the file of that.

Run with `python -m costcheck.calibrate.memory --write configs/performance`. What is fitted is how
wide the ranges are; the share inside is of each source under ranges that no row of it went into.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.calibrate.fit import read_table
from costcheck.calibrate.ranges import LeftOut, fit_variances, row_settings
from costcheck.calibrate.scenario_rows import FOLDER, predicted
from costcheck.catalog.files import Catalog
from costcheck.physics.memory import Reserve, Training, memory_bytes
from costcheck.physics.step_time.distance import Setting, log_spread
from costcheck.units import BYTES_PER_GIB, NORMAL_DEVIATIONS

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


def _throughput_rows(catalog: Catalog) -> Iterator[Row]:
    """Memory beside measured steps, under the defaults of each software generation."""
    table = read_table(catalog)
    for name, entry in catalog.document("performance/memory.yaml")["generations"].items():
        rows = table.take(np.isfinite(table.memory_gib) & (table.software == name))
        if not len(rows):
            continue
        layout = rows.layout
        held = memory_bytes(
            workload=rows.workload,
            layout=layout,
            training=Training(
                **entry["training"],
                score_bytes=np.where(rows.flash, 0.0, entry["unfused_score_bytes"]),
            ),
            reserve=Reserve(**entry["reserve"]),
            micro_batches=rows.global_batch / (layout.data * layout.micro_batch),
        ).allocated_bytes()
        errors = np.log(held / BYTES_PER_GIB / rows.memory_gib)
        for place, setting in enumerate(row_settings(name, rows, rows)):
            kept = replace(setting, tags=(name,), outside=False, unseen=False)
            yield float(errors[place]), kept, str(rows.sources[place])


def _without(rows: LeftOut, keep: FloatArray) -> LeftOut:
    chosen = np.flatnonzero(keep).tolist()
    return LeftOut(
        errors=rows.errors[chosen],
        weights=rows.weights[chosen],
        settings=tuple(rows.settings[place] for place in chosen),
    )


def inside_left_out(rows: LeftOut, sources: list[str]) -> FloatArray:
    """Whether each row is inside a range that no row of its source went into."""
    inside = np.zeros(len(sources))
    names = np.asarray(sources)
    for source in np.unique(names):
        variances = fit_variances(_without(rows, names != source))
        for place in np.flatnonzero(names == source).tolist():
            spread = log_spread(variances=variances, classes=rows.settings[place].classes)
            inside[place] = abs(rows.errors[place]) <= NORMAL_DEVIATIONS * spread
    return inside


def class_lines(rows: LeftOut, variances: Mapping[str, float], inside: FloatArray) -> Iterator[str]:
    """Rows, median error, bias and share inside 90 % ranges by class."""
    for name, variance in variances.items():
        mine = np.asarray([name in setting.classes for setting in rows.settings])
        error = np.expm1(np.abs(rows.errors[mine]))
        yield (
            f"  {name}: {{variance: {variance:.5f}, rows: {mine.sum()}, median_error: "
            f"{np.median(error):.4f}, bias: {np.expm1(np.median(rows.errors[mine])):.4f}, "
            f"inside_90: {inside[mine].mean():.3f}}}\n"
        )


def main() -> int:
    """Fit the ranges; write the file when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="folder for the file of ranges")
    options = parser.parse_args()
    rows, sources = memory_rows(Catalog())
    lines = class_lines(rows, fit_variances(rows), inside_left_out(rows, sources))
    text = HEAD + "".join(lines)
    sys.stdout.write(text)
    if options.write:
        (options.write / "memory-ranges.yaml").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
