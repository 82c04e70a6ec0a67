"""Score the energy an estimate comes to on published runs whose power somebody measured.

Model cards that multiply hours by the rated power test arithmetic, not energy: such rows say
"circular" and are left out. What a row states about its basis is taken from it: a PUE, or that only
the accelerators were metered.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from costcheck.backtest.epoch import number_in
from costcheck.catalog.files import Catalog
from costcheck.estimate import build
from costcheck.estimate.ranges import intervals
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.graph.evaluation import evaluate
from costcheck.scenario.load import load

Row = Mapping[str, str]

_PUE = re.compile(r"PUE\s*(\d+(?:\.\d+)?)")
_KWH_PER_MWH = 1e3


class ScoredEnergy(NamedTuple):
    """A measured run beside our range [kWh]."""

    name: str
    published: float
    low: float
    central: float
    high: float

    @property
    def is_inside(self) -> bool:
        """Whether the measurement lies in our 90 % range."""
        return self.low <= self.published <= self.high

    @property
    def error(self) -> float:
        """Relative error of the central figure."""
        return self.central / self.published - 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyScore:
    """How well measured energy is met."""

    rows: int
    scored: tuple[ScoredEnergy, ...]
    unscored: Mapping[str, int] = field(default_factory=dict)
    """Rows left out, by reason."""

    @property
    def inside(self) -> float | None:
        """Share of measured runs inside our 90 % range; ``None`` where none could be scored."""
        if not self.scored:
            return None
        return sum(row.is_inside for row in self.scored) / len(self.scored)

    @property
    def median_error(self) -> float | None:
        """Median of the absolute relative errors of the central figures."""
        errors = [abs(row.error) for row in self.scored]
        return statistics.median(errors) if errors else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        runs = [
            row._asdict() | {"inside": row.is_inside, "error": row.error} for row in self.scored
        ]
        return {
            "rows": self.rows,
            "scored": len(self.scored),
            "inside_90": self.inside,
            "median_abs_error": self.median_error,
            "runs": runs,
            "unscored": dict(self.unscored),
        }


def score_energy(rows: Iterable[Row], *, catalog: Catalog) -> EnergyScore:
    """Compare our energy ranges with measured runs."""
    outcomes = [_score(row, catalog) for row in rows]
    return EnergyScore(
        rows=len(outcomes),
        scored=tuple(item for item in outcomes if not isinstance(item, str)),
        unscored=Counter(item for item in outcomes if isinstance(item, str)),
    )


def _score(row: Row, catalog: Catalog) -> ScoredEnergy | str:
    """The energy of an estimate beside the measured one, or why there is nothing to compare."""
    kind, accelerator = row.get("energy_kind") or "", row.get("accelerator") or ""
    if "circular" in kind:
        return "circular: computed from rated power, not measured"
    hours, published = number_in(row, "accel_hours"), number_in(row, "energy_mwh")
    if not hours or not published or min(hours, published) <= 0.0:
        return "no accelerator-hours or no energy"
    if catalog.find("gpus", accelerator) is None:
        return f"unknown accelerator: {accelerator}"
    scenario: dict[str, Any] = {"fleet": {"gpu": accelerator}, "gpu_hours": str(hours)}
    pue = _PUE.search(kind)
    if pue:
        scenario["energy"] = {"pue": pue[1]}
    chips_only = "GPU only" in kind or "chip only" in kind
    results = build(load(scenario, catalog=catalog)).stages[0].results
    node = results["energy_chip_kwh" if chips_only else "energy_kwh"]
    found = evaluate([node]).values
    if (central := found[node]) is None:
        return f"no power known: {accelerator}"
    middle = float(central)
    low, high = intervals([node], found, samples=DEFAULT_SAMPLES, seed=DEFAULT_SEED).get(
        node, (middle, middle)
    )
    # A stated PUE is part of what was published, whatever was metered.
    factor = float(pue[1]) if pue and chips_only else 1.0
    kwh = [float(end) * factor for end in (low, middle, high)]
    return ScoredEnergy(row.get("id") or "", published * _KWH_PER_MWH, *kwh)
