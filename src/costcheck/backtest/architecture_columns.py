"""What a table of measured steps leaves out of a model's shape, where the catalog knows the model.

Tables state layers, widths and heads; shared experts, compressed attention, leading dense layers
and windows are in the model's configuration. They are filled in where the row's own numbers are
those of the catalog's model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from costcheck.catalog.files import Catalog
from costcheck.estimate.model_source import from_catalog
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.workload import Workload
from costcheck.physics.workload_of import workload_from_architecture

Row = Mapping[str, str]

PER_LAYER = (
    "attention_parameters",
    "attention_activation_width",
    "attention_matmuls",
    "score_width",
    "value_width",
    "key_value_width",
    "attended_keys",
    "shared_ffn",
)
"""Columns of our table that do not depend on how many layers a run kept."""


def completed(rows: Sequence[Row], catalog: Catalog) -> Iterator[Row]:
    """Yield the rows with the columns that only the catalog's architecture can fill."""
    shape = cache(lambda name, length: _workload(catalog, name, length))
    for row in rows:
        length = row.get("sequence_length") or row.get("seq_len") or ""
        known = shape(row.get("model") or "", length)
        yield row if known is None or not _is_same(row, known) else _filled(row, known)


def _workload(catalog: Catalog, name: str, length: str) -> Workload | None:
    architecture = _architecture(catalog, name)
    if architecture is None or not length.isdigit():
        return None
    return workload_from_architecture(architecture=architecture, sequence_length=int(length))


def _architecture(catalog: Catalog, name: str) -> Architecture | None:
    found = catalog.find("models", name) if name else None
    return from_catalog(found).architecture if found else None


def _is_same(row: Row, known: Workload) -> bool:
    return all(_agrees(row.get(name), float(getattr(known, name))) for name in ("hidden", "heads"))


def _agrees(text: str | None, value: float) -> bool:
    return bool(text) and float(text or "nan") == value


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
