"""Score our amortised-capital method on a table of Epoch AI's own results.

This tests arithmetic, prices and date rules, not truth: no real bill stands behind the table. Only
what a publication states is read from a row (hardware, quantity, hours, chip-hours, compute, MFU,
organisation, date); every number in between is ours.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from costcheck.catalog.files import Catalog
from costcheck.catalog.purchases import epoch_method
from costcheck.physics import amortization, energy
from costcheck.physics.epoch_method import (
    EpochMethod,
    ServerPrice,
    power_over_rated,
    pue_of,
    server_price,
    start_day,
    usd_per_kwh_in,
    value_at_start,
)
from costcheck.physics.stages import gpu_hours
from costcheck.text.dates import day_number

Row = Mapping[str, str]

WITHIN = 0.01
"""What counts as reproduced: 1 %, the bar of the design."""
_WORST = 10


class Chip(NamedTuple):
    """A part of the table."""

    hardware: str
    release_day: float
    rated_watts: float
    peak_flops_per_second: float


class Reference(NamedTuple):
    """The data the score needs: the method's constants and the parts it knows."""

    method: EpochMethod
    chips: Mapping[str, Chip]


class AmortizedCost(NamedTuple):
    """Our answer for one row."""

    usd: float
    chip_hours: float
    is_extension: bool


class _Run(NamedTuple):
    chip: Chip
    price: ServerPrice
    chip_hours: float
    published_day: float


class ScoredRow(NamedTuple):
    """A row of the table beside our answer."""

    model: str
    grade: str
    published_usd: float
    computed_usd: float

    @property
    def error(self) -> float:
        """Relative error of our figure."""
        return self.computed_usd / self.published_usd - 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochScore:
    """How far the table is reproduced."""

    rows: int
    """Rows of the table."""
    scored: tuple[ScoredRow, ...]
    """Rows with a published cost whose inputs suffice."""
    unscored: Mapping[str, int] = field(default_factory=dict)
    """Rows left out, by reason."""

    @property
    def within_1_percent(self) -> float | None:
        """Share of the scored rows within 1 %; ``None`` where none could be scored."""
        return share_within(self.scored)

    @property
    def within_1_percent_by_grade(self) -> dict[str, float | None]:
        """The same share by grade: A states its chip-hours, B implies them, C guesses hardware."""
        grades = sorted({row.grade for row in self.scored})
        return {
            grade: share_within([row for row in self.scored if row.grade == grade])
            for grade in grades
        }

    @property
    def worst(self) -> tuple[ScoredRow, ...]:
        """The scored rows that are furthest off, the worst first."""
        ranked = sorted(
            self.scored, key=lambda row: abs(math.log(row.computed_usd / row.published_usd))
        )
        return tuple(reversed(ranked))[:_WORST]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "rows": self.rows,
            "scored": len(self.scored),
            "within_1_percent": self.within_1_percent,
            "within_1_percent_by_grade": self.within_1_percent_by_grade,
            "worst": [row._asdict() | {"error": row.error} for row in self.worst],
            "unscored": dict(self.unscored),
        }


def score_epoch(rows: Iterable[Row], *, reference: Reference) -> EpochScore:
    """Compare our amortised cost with the published one, row by row."""
    scored: list[ScoredRow] = []
    unscored: Counter[str] = Counter()
    total = 0
    for row in rows:
        total += 1
        published = number_in(row, "capex_energy_cost_usd")
        cost = amortized_cost(row, reference=reference)
        if isinstance(cost, str):
            unscored[cost] += 1
        elif published is None or published <= 0.0:
            unscored["no published cost to compare with"] += 1
        else:
            grade = row.get("recompute_grade") or "none"
            scored.append(ScoredRow(row.get("model", ""), grade, published, cost.usd))
    return EpochScore(rows=total, scored=tuple(scored), unscored=dict(unscored))


def amortized_cost(row: Row, *, reference: Reference) -> AmortizedCost | str:
    """The amortised cost of a row, or the reason why its inputs do not suffice."""
    method = reference.method
    run = _run(row, reference=reference)
    if isinstance(run, str):
        return run
    facility_kwh = _facility_kwh(run, method=method, organization=row.get("organization") or "")
    begun = start_day(
        method,
        model=row.get("model") or "",
        publication_day=run.published_day,
        training_hours=number_in(row, "training_time_h"),
    )
    parts = amortization.amortized_usd(
        chip_hours=run.chip_hours,
        value_usd=value_at_start(method, run.price, start_day=begun),
        progress_ooms_per_year=method.progress_ooms_per_year,
        cluster_share=method.cluster_share,
        facility_kwh=facility_kwh,
        usd_per_kwh=usd_per_kwh_in(method, date.fromordinal(int(run.published_day)).year),
    )
    return AmortizedCost(
        usd=float(sum(parts.values())),
        chip_hours=run.chip_hours,
        is_extension=run.price.is_extension,
    )


def chip_hours_of(row: Row, *, chip: Chip, method: EpochMethod) -> float | None:
    """The chip-hours a row states, else implies by quantity and time, else by compute."""
    stated = number_in(row, "training_chip_hours_reported")
    if stated is not None:
        return stated
    quantity, hours = number_in(row, "hardware_quantity"), number_in(row, "training_time_h")
    if quantity is not None and hours is not None:
        return quantity * hours
    training_flops = number_in(row, "training_compute_flop")
    if training_flops is None:
        return None
    mfu = number_in(row, "mfu")
    return float(
        gpu_hours(
            flops=training_flops,
            peak_flops_per_second=chip.peak_flops_per_second,
            mfu=method.default_mfu if mfu is None else mfu,
        )
    )


def read_reference(catalog: Catalog) -> Reference:
    """Read the method's constants, the hardware prices and the parts from the data files."""
    parts = catalog.rows("costs/epoch-chips.csv")
    return Reference(
        method=epoch_method(catalog), chips={row["hardware"]: _chip(row) for row in parts}
    )


def _run(row: Row, *, reference: Reference) -> _Run | str:
    hardware = (row.get("hardware") or "").strip()
    chip = reference.chips.get(hardware)
    if not hardware:
        return "no hardware"
    if chip is None:
        return "several kinds of hardware" if "," in hardware else f"unknown hardware: {hardware}"
    published = _day(row.get("publication_date") or "")
    if published is None:
        return "no publication date"
    price = server_price(reference.method, chip.hardware, chip.release_day)
    if price is None:
        return f"no purchase price: {hardware}"
    chip_hours = chip_hours_of(row, chip=chip, method=reference.method)
    if chip_hours is None:
        return "neither chip-hours, nor quantity and time, nor compute"
    return _Run(chip, price, chip_hours, published)


def _facility_kwh(run: _Run, *, method: EpochMethod, organization: str) -> float:
    server_to_chip, draw = power_over_rated(method, run.chip.hardware)
    server_kwh = energy.chip_kwh(
        gpu_hours=run.chip_hours,
        rated_watts=run.chip.rated_watts,
        draw_fraction=server_to_chip * draw,
    )
    return float(server_kwh * pue_of(method, organization))


def share_within(rows: Iterable[ScoredRow]) -> float | None:
    """The share of rows that are reproduced."""
    errors = [abs(row.error) for row in rows]
    return sum(error <= WITHIN for error in errors) / len(errors) if errors else None


def _chip(row: Row) -> Chip:
    return Chip(
        hardware=row["hardware"],
        release_day=day_number(row["released"]),
        rated_watts=float(row["tdp_w"]),
        peak_flops_per_second=float(row["peak_flop_s"]),
    )


def number_in(row: Row, column: str) -> float | None:
    """A finite number of a row, or ``None`` where the cell is empty or no number."""
    try:
        value = float(row.get(column) or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _day(text: str) -> float | None:
    try:
        return day_number(text)
    except ValueError:
        return None
