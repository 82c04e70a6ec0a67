"""Score our energy ranges on published runs whose power somebody measured.

Model cards that multiply hours by the rated power test arithmetic, not energy: such rows say
"circular" and are left out. What a row states about its basis is taken from it: a PUE, or that only
the accelerators were metered.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck.physics import energy

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog

Row = Mapping[str, str]

_PUE = re.compile(r"PUE\s*(\d+(?:\.\d+)?)")
_WATTS = re.compile(r"([\d.]+)\s*(k?)W\b")
_KWH_PER_MWH = 1e3


class Factor(NamedTuple):
    """A factor with its 90 % interval."""

    value: float
    low: float
    high: float


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


def score_energy(rows: Iterable[Row], *, catalog: Catalog) -> EnergyScore:
    """Compare our energy ranges with measured runs."""
    import yaml

    power = yaml.load(catalog.text("energy/power.yaml"), Loader=yaml.CSafeLoader)
    scored: list[ScoredEnergy] = []
    unscored: Counter[str] = Counter()
    total = 0
    for row in rows:
        total += 1
        outcome = _score(row, power=power, catalog=catalog)
        if isinstance(outcome, str):
            unscored[outcome] += 1
        else:
            scored.append(outcome)
    return EnergyScore(rows=total, scored=tuple(scored), unscored=dict(unscored))


def _score(row: Row, *, power: Mapping[str, Any], catalog: Catalog) -> ScoredEnergy | str:
    kind = row.get("energy_kind") or ""
    if "circular" in kind:
        return "circular: computed from rated power, not measured"
    hours, published = _number(row, "accel_hours"), _number(row, "energy_mwh")
    if hours is None or published is None:
        return "no accelerator-hours or no energy"
    found = catalog.find("gpus", row.get("accelerator") or "")
    if found is None:
        return f"unknown accelerator: {row.get('accelerator')}"
    watts = _watts(found.text, kind=kind, power=power)
    if watts is None:
        return f"no power known: {row.get('accelerator')}"
    pue = _pue(found.text, kind=kind, power=power)
    low, central, high = _range(hours, (*watts, pue))
    return ScoredEnergy(row.get("id") or "", published * _KWH_PER_MWH, low, central, high)


def _watts(part: str, *, kind: str, power: Mapping[str, Any]) -> tuple[Factor, ...] | None:
    """Return the factors of an accelerator's power: of the chip alone, or of its server's share."""
    from costcheck.catalog.files import line_value

    name = line_value(part, "name")
    family = "tpu" if "TPU" in name else "gpu"
    rated = _WATTS.match(line_value(part, "tdp"))
    chips_only = "GPU only" in kind or "chip only" in kind
    measured = _longest(power["measured_watts"], name)
    if measured and not chips_only:
        return (measured,)
    if rated is None:
        return None
    watts = float(rated[1]) * (1e3 if rated[2] else 1.0)
    exact = Factor(watts, watts, watts)
    if chips_only:
        return (exact, _factor(power["chip_draw"][family]))
    ratio = _longest(power["server_over_chip"], name) or _factor(power["server_over_chip"][family])
    return (exact, ratio, _factor(power["draw"][family]))


def _pue(part: str, *, kind: str, power: Mapping[str, Any]) -> Factor:
    """Return the PUE a row states, else that of whoever runs such accelerators."""
    stated = _PUE.search(kind)
    if stated:
        return Factor(float(stated[1]), float(stated[1]), float(stated[1]))
    return _factor(power["pue"]["hyperscaler" if "TPU" in part else "unknown"])


def _range(hours: float, factors: Sequence[Factor]) -> tuple[float, float, float]:
    """Return low, central and high energy [kWh] of independent log-normal factors."""
    *watts, pue = factors
    power = math.prod(each.value for each in watts)
    server = energy.chip_kwh(gpu_hours=hours, rated_watts=power, draw_fraction=1.0)
    central = float(server) * pue.value
    down = math.hypot(*(math.log(each.value / each.low) for each in factors))
    up = math.hypot(*(math.log(each.high / each.value) for each in factors))
    return central * math.exp(-down), central, central * math.exp(up)


def _longest(table: Mapping[str, Any], name: str) -> Factor | None:
    """Return the entry whose key is the longest part of a name."""
    keys = [key for key in table if key in name]
    return _factor(table[max(keys, key=len)]) if keys else None


def _factor(fact: Mapping[str, Any]) -> Factor:
    return Factor(*(float(fact[name]) for name in ("value", "low", "high")))


def _number(row: Row, column: str) -> float | None:
    try:
        value = float(row.get(column) or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0.0 else None
