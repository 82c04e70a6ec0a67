"""Which kind of measurements a file holds, told by its columns, and its scores."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from costcheck.backtest.energy import EnergyScore, score_energy
from costcheck.backtest.epoch import EpochScore, read_reference, score_epoch
from costcheck.backtest.measured import MeasuredScores, score_measured
from costcheck.backtest.runs import RunScores, read_constants, score_runs
from costcheck.backtest.throughput import ThroughputScores, score_throughput
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import own_runs, read_runs
from costcheck.diagnostics import Place, refusal
from costcheck.text.files import read_text

Kind = Literal["throughput", "measured", "runs", "epoch", "energy"]
Scores = ThroughputScores | MeasuredScores | RunScores | EpochScore | EnergyScore

YAML_SUFFIXES = (".yaml", ".yml", ".json")

COLUMNS: tuple[tuple[Kind, tuple[tuple[str, ...], ...]], ...] = (
    ("epoch", (("capex_energy_cost_usd",), ("hardware",))),
    ("energy", (("energy_mwh",), ("energy_kind",), ("accel_hours",))),
    ("measured", (("id",), ("category",), ("measured_kind",), ("measured_value",))),
    ("throughput", (("quantity", "measured_kind"), ("value", "measured_value"), ("gpu",))),
    ("runs", (("tokens",), ("hardware",))),
)
"""What tells the kinds apart: every group must have one of its spellings among the columns."""


class Backtest(NamedTuple):
    """Scores of one table; `file` is empty for the rows that ship."""

    kind: Kind
    file: str
    scores: Scores


def backtest_file(path: str, *, catalog: Catalog, refit: bool = False) -> Backtest:
    """Recognise a file of measurements and score it."""
    text = _text(path)
    if path.lower().endswith(YAML_SUFFIXES):
        return Backtest("runs", path, _runs(path, catalog))
    rows = list(csv.DictReader(io.StringIO(text)))
    kind = recognise(list(rows[0]) if rows else next(csv.reader(io.StringIO(text)), []), path)
    scores: Scores
    match kind:
        case "runs":
            scores = _runs(path, catalog)
        case "measured":
            folder = Path(path).parent
            scores = score_measured(rows, folder=folder, catalog=catalog, refit=refit)
        case "throughput":
            scores = score_throughput(rows, catalog=catalog, refit=refit)
        case "epoch":
            scores = score_epoch(rows, reference=read_reference(catalog))
        case "energy":
            scores = score_energy(rows, catalog=catalog)
    return Backtest(kind, path, scores)


def backtest_shipped(*, catalog: Catalog, refit: bool = False) -> list[Backtest]:
    """Score everything that ships: published runs and measured training steps."""
    return [
        Backtest("runs", "", score_runs(own_runs(catalog), read_constants(catalog))),
        Backtest("throughput", "", score_throughput(catalog=catalog, refit=refit)),
    ]


def recognise(columns: Sequence[str], path: str) -> Kind:
    """The kind of measurements a table holds."""
    known = set(columns)
    for kind, groups in COLUMNS:
        if all(known.intersection(group) for group in groups):
            return kind
    wanted = "; ".join(
        f"{kind}: {', '.join(' or '.join(group) for group in groups)}" for kind, groups in COLUMNS
    )
    message = f"{path} is none of the tables that can be scored"
    raise refusal("CC026", message, Place(path), f"columns {wanted}")


def to_dict(found: Backtest) -> dict[str, Any]:
    """The JSON form of one table's scores."""
    return {"kind": found.kind, "file": found.file, **found.scores.to_dict()}


def _runs(path: str, catalog: Catalog) -> RunScores:
    return score_runs(read_runs(path, catalog), read_constants(catalog))


def _text(path: str) -> str:
    try:
        return read_text(path, streams=True)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise refusal("CC014", f"cannot read {path}: {reason}", Place(path)) from error
