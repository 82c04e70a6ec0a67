"""Which rows of a table can be predicted, and why the others cannot."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from costcheck.calibrate.gpus import gpu_named
from costcheck.calibrate.read_rows import PER_LAYER, measured_rows, row_workload
from costcheck.calibrate.rows import MeasuredRows
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import PerformanceData
from costcheck.diagnostics import CostcheckError
from costcheck.estimate.model_source import from_catalog
from costcheck.estimate.step_table import (
    MEMORY,
    RATE,
    STEP_TIME,
    Row,
    cell,
    number,
    stated_layout,
)
from costcheck.physics.workload import Workload
from costcheck.physics.workload_of import workload_from_architecture

NUMBERS = ("gpus", "nic_gbps", "global_batch", "value")
NEEDED = ("layers", "hidden", "heads", "sequence_length", "gpus", "data", "global_batch", "value")


def readable_rows(
    rows: Sequence[Row], data: PerformanceData, unscored: Counter[str]
) -> MeasuredRows | None:
    """The rows that can be predicted, None without any."""
    usable = list(_usable(rows, data, unscored))
    if not usable:
        return None
    return measured_rows(list(completed(usable, data.catalog)), data.catalog, data.software)


def _usable(rows: Sequence[Row], data: PerformanceData, unscored: Counter[str]) -> Iterator[Row]:
    """Yield the rows that can be predicted, in our generation names; count the others."""
    known = cache(lambda name: _is_known(data.catalog, name))
    for row in rows:
        problem = _problem(row, known)
        software = cell(row, "software") or None
        bundle = data.bundle(
            software=software, sharded=cell(row, "zero") == "3", date=data.catalog.date
        )
        if problem is None and not bundle.known:
            problem = f"no constants for the software {software}"
        if problem is None:
            named = cell(row, "framework") or software or ""
            yield {**row, "software": bundle.generation, "framework": named}
        else:
            unscored[problem] += 1


def _problem(row: Row, known: Callable[[str], bool]) -> str | None:
    quantity = cell(row, "quantity")
    if quantity not in (*STEP_TIME, *RATE, *MEMORY):
        return f"states {quantity or 'nothing'}: only times, rates and memory are measured"
    if "analytic" in cell(row, "note"):
        return "computed by its source, not measured"
    missing = [name for name in NEEDED if not cell(row, name)]
    if missing:
        return f"does not state {', '.join(missing)}"
    try:
        stated_layout(row, "")
        row_workload(row, 1.0)
        for name in NUMBERS:
            number(row, name)
    except ValueError as error:
        return str(error)
    gpu = cell(row, "gpu")
    return None if known(gpu) else f"unknown accelerator {gpu}"


def _is_known(catalog: Catalog, name: str) -> bool:
    try:
        gpu_named(catalog, name)
    except CostcheckError:
        return False
    return True


def completed(rows: Sequence[Row], catalog: Catalog) -> Iterator[Row]:
    """Yield the rows with the columns that only the catalog's architecture can fill."""
    shape = cache(lambda name, length: _workload(catalog, name, length))
    for row in rows:
        known = shape(cell(row, "model"), cell(row, "sequence_length"))
        yield row if known is None or not _is_same(row, known) else _filled(row, known)


def _workload(catalog: Catalog, name: str, length: str) -> Workload | None:
    entry = catalog.find("models", name) if name and length.isdigit() else None
    architecture = from_catalog(entry).architecture if entry else None
    if architecture is None:
        return None
    return workload_from_architecture(architecture=architecture, sequence_length=int(length))


def _is_same(row: Row, known: Workload) -> bool:
    return all(float(row.get(key) or "nan") == getattr(known, key) for key in ("hidden", "heads"))


def _filled(row: Row, known: Workload) -> Row:
    found = {name: f"{float(getattr(known, name)):.17g}" for name in PER_LAYER}
    if known.moe_layers:
        found["dense_layers"] = f"{_dense_layers(row, known):.17g}"
    if float(known.activation_traffic) > 1.0:
        found["expert_bias"] = "1"
    return {**row, **{name: text for name, text in found.items() if not row.get(name)}}


def _dense_layers(row: Row, known: Workload) -> float:
    """The dense layers of a run that may have kept only some of the model's layers."""
    dense, layers = float(known.dense_layers), float(known.layers)
    kept = float(row.get("layers") or layers)
    if kept == layers or dense == 0.0:
        return dense
    # A model that is cut short to fit a small cluster keeps a layer of each kind.
    return max(1.0, round(dense / layers * kept))
