"""Hold whole estimates against measured points: a table of numbers and the scenario of each.

A point's scenario says what was run (``scenarios/ID.yaml`` beside the table), so that everything
between the file and the figure is scored: defaults, layout, memory, time, ranges and verdicts.
With `refit` the constants behind a point come from a fit that saw no row of its source.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from costcheck.calibrate.fit import write_without
from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import estimate
from costcheck.estimate.resolve import resolve
from costcheck.estimate.result import Estimate
from costcheck.scenario.load import Loaded, load
from costcheck.scenario.run import Layout
from costcheck.units import BYTES_PER_GIB

Row = Mapping[str, str]

FIGURES = {
    "step_s": ("step time", "step_seconds", 1.0),
    "tps": ("step time", "tokens_per_second_per_gpu", 1.0),
    "mem": ("memory", "memory_bytes_per_gpu", BYTES_PER_GIB),
    "gpu_hours": ("GPU-hours", "gpu_hours", 1.0),
}
"""Kinds of a table with what they measure, the figure that predicts it, and its unit."""

RATES = ("tps",)
FIT = "fit"
_DRAWS = 2048
_SHOWN_WORST = 15
_SCALES = ((1, "1 GPU"), (8, "to 8 GPUs"), (64, "to 64 GPUs"), (1024, "to 1,024 GPUs"))


@dataclass(frozen=True, kw_only=True)
class ScoredPoint:
    """One measured number beside its prediction."""

    id: str
    source: str
    quantity: str
    measured: float
    low: float
    central: float
    high: float
    log_error: float
    """Logarithm of predicted over measured; of times, also where a rate was measured."""
    classes: Mapping[str, str]

    @property
    def is_inside(self) -> bool:
        """Whether the measurement lies in the 90 % range."""
        return self.low <= self.measured <= self.high


@dataclass(frozen=True, kw_only=True)
class ClassErrors:
    """How well points that have something in common are predicted."""

    quantity: str
    by: str
    name: str
    points: int
    median_abs_error: float
    bias: float
    """Median of predicted over measured, less one."""
    inside_90: float
    width_needed: float
    """Factor on the logarithmic half-widths at which 90 % of the points would be inside."""


@dataclass(frozen=True, kw_only=True)
class MeasuredScores:
    """How well measured points are predicted, and how often they could have been run."""

    points: int
    refitted: bool
    scored: tuple[ScoredPoint, ...]
    classes: tuple[ClassErrors, ...]
    verdicts: Mapping[str, int]
    """Points that ran or ran out of memory, by what the estimate says of the memory."""
    unscored: Mapping[str, int]

    @property
    def worst(self) -> tuple[ScoredPoint, ...]:
        """Points that are furthest off."""
        return tuple(sorted(self.scored, key=lambda point: -abs(point.log_error)))[:_SHOWN_WORST]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "points": self.points,
            "scored": len(self.scored),
            "refitted": self.refitted,
            "classes": [asdict(item) for item in self.classes],
            "verdicts": dict(self.verdicts),
            "worst": [asdict(point) | {"inside_90": point.is_inside} for point in self.worst],
            "unscored": dict(self.unscored),
        }


def score_measured(
    rows: Sequence[Row], *, folder: Path, catalog: Catalog, refit: bool = False
) -> MeasuredScores:
    """Estimate the scenario of each point and compare."""
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row)
    outcomes: list[ScoredPoint | _Unscored] = []
    for source, own in by_source.items():
        with _catalog_without(source, catalog, refit=refit) as known:
            estimates: dict[str, Estimate | str] = {}
            for row in own:
                if row["id"] not in estimates:
                    estimates[row["id"]] = _estimated(folder / "scenarios", row["id"], known)
                outcomes.append(_outcome(row, estimates[row["id"]]))
    scored = [found for found in outcomes if isinstance(found, ScoredPoint)]
    rest = [found for found in outcomes if not isinstance(found, ScoredPoint)]
    return MeasuredScores(
        points=len(rows),
        refitted=refit,
        scored=tuple(scored),
        classes=tuple(_class_errors(scored)),
        verdicts=Counter(found.text for found in rest if found.is_verdict),
        unscored=Counter(found.text for found in rest if not found.is_verdict),
    )


@contextmanager
def _catalog_without(source: str, catalog: Catalog, *, refit: bool) -> Iterator[Catalog]:
    """Lay constants fitted without a source over the catalog, where `refit` asks for it."""
    if not refit:
        yield catalog
        return
    with tempfile.TemporaryDirectory() as folder:
        write_without(source, catalog=catalog, folder=Path(folder))
        yield Catalog([*reversed(catalog.overlays), folder])


def _estimated(folder: Path, name: str, catalog: Catalog) -> Estimate | str:
    path = folder / f"{name}.yaml"
    if not path.exists():
        return "no scenario beside the table"
    try:
        return estimate(load(path, catalog=catalog), samples=_DRAWS)
    except CostcheckError as error:
        return f"the scenario is refused: {error.diagnostics[0].message}"


class _Unscored(NamedTuple):
    """A verdict on the memory of a point, or why its number is not scored."""

    text: str
    is_verdict: bool = False


def _outcome(row: Row, found: Estimate | str) -> ScoredPoint | _Unscored:
    kind = row["measured_kind"]
    if isinstance(found, str):
        return _Unscored(found)
    if kind == FIT:
        return _Unscored(_verdict(row["measured_value"], found), is_verdict=True)
    if kind not in FIGURES:
        return _Unscored(f"states {kind}: times, rates, memory, hours and fits are scored")
    return _point(row, found) or _Unscored(f"the estimate has no {FIGURES[kind][1]}")


def _point(row: Row, found: Estimate) -> ScoredPoint | None:
    quantity, name, unit = FIGURES[row["measured_kind"]]
    figure = found.figures[name]
    if figure.central is None or figure.low is None or figure.high is None:
        return None
    measured = float(row["measured_value"])
    error = float(np.log(figure.central / unit / measured))
    return ScoredPoint(
        id=row["id"],
        source=row["source"],
        quantity=quantity,
        measured=measured,
        low=figure.low / unit,
        central=figure.central / unit,
        high=figure.high / unit,
        log_error=-error if row["measured_kind"] in RATES else error,
        classes=run_classes(found.source) | {"source": row["source"]},
    )


def _verdict(measured: str, found: Estimate) -> str:
    memory = [item.verdict for item in found.feasibility if item.check == "memory"]
    predicted = memory[0] if memory else "not judged"
    ran = "ran" if measured == FIT else "out of memory"
    return f"{ran}, called {predicted}"


def _class_errors(scored: Sequence[ScoredPoint]) -> Iterator[ClassErrors]:
    for quantity in dict.fromkeys(point.quantity for point in scored):
        points = [point for point in scored if point.quantity == quantity]
        yield _errors(points, "all", "all")
        for by in points[0].classes:
            names = Counter(point.classes[by] for point in points)
            for name, _ in names.most_common():
                yield _errors([p for p in points if p.classes[by] == name], by, name)


def _errors(points: Sequence[ScoredPoint], by: str, name: str) -> ClassErrors:
    errors = np.asarray([point.log_error for point in points])
    half = np.asarray([np.log(point.high / point.low) / 2.0 for point in points])
    return ClassErrors(
        quantity=points[0].quantity,
        by=by,
        name=name,
        points=len(points),
        median_abs_error=float(np.median(np.expm1(np.abs(errors)))),
        bias=float(np.expm1(np.median(errors))),
        inside_90=float(np.mean([point.is_inside for point in points])),
        width_needed=float(np.quantile(np.abs(errors) / half, 0.9)),
    )


def run_classes(loaded: Loaded) -> dict[str, str]:
    """Classes of a scenario's first stage: hardware, link, software, method, offload, scale."""
    stage = resolve(loaded).stages[0]
    fleet, layout, training = stage.stage.fleet, stage.stage.layout, stage.stage.training
    entry = stage.hardware.entry if stage.hardware else None
    offload = layout.offload if isinstance(layout, Layout) else None
    precision = (training.precision if training else None) or "bf16"
    count = fleet.count.value if fleet and fleet.count else 0.0
    return {
        "hardware": stage.hardware.id.split("-")[0] if stage.hardware else "none",
        "vendor": entry.vendor if entry else "none",
        "link": _link(entry.scale_up.kind if entry and entry.scale_up else ""),
        "software": (fleet.software_parts.name if fleet else None) or "unsaid",
        "method": (training.method if training else None) or "full",
        "offload": "offload" if offload not in (None, "none") else "none",
        "precision": "16 bit" if precision in ("bf16", "fp16") else precision,
        "scale": next((label for most, label in _SCALES if count <= most), "beyond 1,024 GPUs"),
    }


def _link(kind: str) -> str:
    lowered = kind.lower()
    for word, name in (("bridge", "NVLink pairs"), ("pcie", "PCIe"), ("nvl", "NVLink")):
        if word in lowered:
            return name
    return kind.split(" ", maxsplit=1)[0] if kind else "none said"
