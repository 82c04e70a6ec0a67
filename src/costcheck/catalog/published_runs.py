"""Read published training runs: our own file, and the same facts under other common names.

A row needs size, tokens, hardware and either accelerator-hours or accelerators and days; what
keeps a row from being held against a prediction is said in `PublishedRun.left_out`.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from costcheck.catalog.files import read_yaml
from costcheck.diagnostics import Place, refusal
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.text.quantity import parse
from costcheck.units import HOURS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcheck.catalog.files import Catalog

    Row = Mapping[str, Any]

Basis = Literal["step", "billed", "calendar"]

PRECISIONS: Final = ("bf16", "fp16", "fp32", "tf32", "fp8", "mxfp8", "nvfp4")
OWN_RUNS: Final = "runs/published.yaml"
ATTENTION_FLOPS_PER_PAIR: Final = 6.0
"""Scores and values, forward and twice backward, half of the pairs being causal: 2 x 2 x 3 / 2."""
_SAME_HOURS: Final = 0.02
"""Hours this close to accelerators times days are that product, not a separate count."""
_SPEED_WORDS: Final = re.compile(r"throughput|step time|projection|projected|ideal", re.IGNORECASE)

# Our name of a field first, then names other collections use.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "parameters": ("parameters", "params_total", "params"),
    "active": ("active", "params_active", "active_parameters"),
    "tokens": ("tokens", "training_tokens"),
    "sequence_length": ("sequence_length", "seq_len"),
    "accelerators": ("accelerators", "n_accelerators", "gpus", "n_gpus"),
    "gpu_hours": ("gpu_hours", "pretraining_hours", "accelerator_hours"),
    "days": ("days", "wall_clock_days"),
    "hidden": ("hidden", "d_model"),
    "heads": ("heads", "n_heads"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """One run as published, in base units; NaN where nothing is said."""

    name: str
    family: str
    organisation: str
    released: str
    """Middle of the month, or of the year, of release; empty where nothing is said."""
    kind: str
    """``dense``, ``moe``, ``hybrid`` ..."""
    parameters: float
    """All of them; those met by a token where the total is not stated [1]."""
    active_parameters: float
    tokens: float
    sequence_length: float
    precision: str
    """Number format of the linear layers; empty where nothing is said."""
    accelerators: float
    hardware: str
    """As the source names it."""
    gpu: str
    """Catalog part, empty where unknown."""
    peak_flops: float
    """Dense BF16 peak of one accelerator, FP16 or FP32 where it has none [FLOP/s]."""
    memory_bytes_per_second: float
    training_flops: float
    """Model FLOPs, with causal attention where the architecture is given [FLOP]."""
    gpu_hours: float
    basis: Basis
    step_mfu: float
    """As the developer states it; the lowest of several, which counts causal attention."""
    left_out: str
    """Why the hours cannot be held against a prediction; empty when they can."""

    @property
    def is_scored(self) -> bool:
        """Whether the hours can be held against a prediction."""
        return not self.left_out

    @property
    def mfu(self) -> float:
        """Model FLOPs over what the hours could have done at peak [1]; NaN without hours."""
        return self.training_flops / (self.peak_flops * self.gpu_hours * SECONDS_PER_HOUR)


def read_runs(path: str | Path, catalog: Catalog) -> list[PublishedRun]:
    """Read published runs from a YAML list or a CSV file."""
    rows = _rows(Path(path))
    return [as_run(row, catalog, number) for number, row in enumerate(rows, start=1)]


def own_runs(catalog: Catalog) -> list[PublishedRun]:
    """Return the published runs that ship with the package."""
    return read_runs(catalog.path(OWN_RUNS), catalog)


def as_run(row: Row, catalog: Catalog, number: int = 0) -> PublishedRun:
    """Return one row in base units."""
    hardware = str(row.get("gpu") or row.get("hardware") or "")
    gpu, peak, bandwidth = part_rates(hardware, catalog)
    accelerators, days = _number(row, "accelerators"), _number(row, "days")
    stated = _number(row, "gpu_hours")
    hours = accelerators * days * HOURS_PER_DAY if math.isnan(stated) else stated
    name = str(row.get("id") or row.get("name") or row.get("model") or f"row {number}")
    run = PublishedRun(
        name=name,
        family=str(row.get("family") or family_of(name)),
        organisation=str(row.get("organisation") or row.get("organization") or ""),
        released=_released(str(row.get("released") or row.get("date") or "")),
        kind=str(row.get("kind") or "dense"),
        parameters=_number(row, "parameters"),
        active_parameters=_active(row),
        tokens=_number(row, "tokens"),
        sequence_length=_number(row, "sequence_length"),
        precision=_precision(row),
        accelerators=accelerators,
        hardware=str(row.get("hardware") or hardware),
        gpu=gpu,
        peak_flops=peak,
        memory_bytes_per_second=bandwidth,
        training_flops=_training_flops(row),
        gpu_hours=hours,
        basis=_basis(row, stated, accelerators * days * HOURS_PER_DAY),
        step_mfu=_step_mfu(row.get("step_mfu", row.get("mfu"))),
        left_out="",
    )
    return _judged(run, row)


def family_of(name: str) -> str:
    """Return the series a model's name belongs to: its letters before the first number or dash."""
    found = re.match(r"[^\W\d_]+", name.lower())
    return found.group() if found else name.lower()


def part_rates(name: str, catalog: Catalog) -> tuple[str, float, float]:
    """Return the catalog part behind a name, its peak [FLOP/s] and its bandwidth [byte/s]."""
    found = catalog.find("gpus", name) if name else None
    if found is None:
        return "", math.nan, math.nan
    entry = found.document()
    peaks = entry.get("peak", {})
    text = next((peaks[key] for key in ("bf16", "fp16", "fp32") if key in peaks), "")
    peak = parse(str(text), "flop_rate").value if text else math.nan
    bandwidth = entry.get("memory_bandwidth")
    rate = parse(str(bandwidth), "byte_rate").value if bandwidth else math.nan
    return found.id, peak, rate


def _rows(path: Path) -> list[Row]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if path.suffix == ".csv":
        return list(csv.DictReader(text.splitlines()))
    loaded = read_yaml(text, str(path))
    rows = loaded.get("runs") if isinstance(loaded, dict) else loaded
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        advice = "give a YAML list of mappings, or a CSV file with a header line"
        raise refusal("CC191", "expected a list of training runs", Place(str(path)), advice)
    return rows


def _judged(run: PublishedRun, row: Row) -> PublishedRun:
    from dataclasses import replace

    stated = row.get("not_comparable") or row.get("exclude_from_stats")
    needed = {
        "active_parameters": run.active_parameters,
        "tokens": run.tokens,
        "gpu": run.peak_flops,
        "gpu_hours": run.gpu_hours,
    }
    missing = [name for name, value in needed.items() if not value > 0.0]
    if stated:
        return replace(run, left_out=str(stated))
    if row.get("evidence") == "C":
        return replace(run, left_out="outside estimate")
    if missing:
        return replace(run, left_out="not stated: " + ", ".join(missing))
    return run


def _precision(row: Row) -> str:
    """The format a row names, without its remarks."""
    words = re.findall(r"[a-z]+[0-9]+", str(row.get("precision") or "").lower())
    return next((word for word in words if word in PRECISIONS), "")


def _number(row: Row, field: str) -> float:
    for name in _NAMES.get(field, (field,)):
        value = row.get(name)
        if value is None or value == "":
            continue
        try:
            return float(value)
        except (TypeError, ValueError):
            return math.nan
    return math.nan


def _active(row: Row) -> float:
    active = _number(row, "active")
    dense = str(row.get("kind") or "dense") != "moe"
    return _number(row, "parameters") if math.isnan(active) and dense else active


def _training_flops(row: Row) -> float:
    """Return 6ND plus causal attention, whose scores and values are half of the full matrix."""
    per_token = FLOP_PER_PARAMETER_TOKEN * _active(row)
    shape = row.get("architecture")
    if isinstance(shape, dict):
        pairs = _number(shape, "layers") * _number(row, "sequence_length") * _score_width(shape)
        per_token += 0.0 if math.isnan(pairs) else ATTENTION_FLOPS_PER_PAIR * pairs
    return per_token * _number(row, "tokens")


def _score_width(shape: Row) -> float:
    """Return the mean of the key and the value width over all heads."""
    latent = shape.get("mla")
    if isinstance(latent, dict):
        wide = sum(_number(latent, part) for part in ("qk_nope", "qk_rope", "v_head"))
        return _number(shape, "heads") * wide / 2.0
    return _number(shape, "hidden")


def _basis(row: Row, stated_hours: float, product_hours: float) -> Basis:
    basis = str(row.get("basis") or "")
    if basis in {"step", "billed", "calendar"}:
        return basis  # type: ignore[return-value]
    prose = " ".join(str(row.get(key) or "") for key in ("scope", "hours_note", "notes"))
    if _SPEED_WORDS.search(prose):
        return "step"
    if math.isnan(stated_hours) or abs(product_hours / stated_hours - 1.0) < _SAME_HOURS:
        return "calendar"
    return "billed"


def _step_mfu(value: object) -> float:
    values = value if isinstance(value, list) else [value]
    numbers = [float(item) for item in values if isinstance(item, int | float)]
    return min(numbers, default=math.nan)


def _released(date: str) -> str:
    found = re.match(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", date)
    return f"{found.group(1)}-{found.group(2) or '07'}-15" if found else ""
