"""Sourced defaults of the catalogs, read only when a scenario needs them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from costcheck.catalog.defaults import Default, Defaults
from costcheck.catalog.grids import Grids, electricity_price
from costcheck.physics.architectures.standard import UsualShape
from costcheck.physics.prior import MfuPrior
from costcheck.text.dates import day_number
from costcheck.units import DAYS_PER_MONTH, DAYS_PER_YEAR

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog
    from costcheck.physics.epoch_method import EpochMethod


@lru_cache(maxsize=4)
def knowledge(catalog: Catalog) -> Knowledge:
    """Return what a catalog assumes; a thousand scenarios read its files once."""
    return Knowledge(catalog)


class MfuShown(NamedTuple):
    """Least and highest MFU end to end of published runs on a family of parts."""

    part: str
    low: float
    high: float


def _file(path: str) -> cached_property[Defaults]:
    """A file of defaults, read when it is first asked for."""
    return cached_property(lambda knowledge: Defaults(knowledge.catalog, path))


class Knowledge:
    """What the catalogs assume where a scenario is silent."""

    general = _file("defaults.yaml")
    """Sequence length and the like."""
    reliability = _file("costs/reliability.yaml")
    """Failure rates, restarts, checkpoints."""
    ownership = _file("costs/ownership.yaml")
    """What it takes to own accelerators."""
    power = _file("energy/power.yaml")
    """Server overhead, load and PUE."""
    other_networks = _file("prior/others.yaml")
    """How much slower than language models other networks train."""
    ladder = _file("costs/ladder.yaml")
    """Experiments, staff and later stages over a final run."""
    extras = _file("costs/extras.yaml")
    """Prices of storage, egress, support and data licences."""
    thresholds = _file("thresholds/compute.yaml")
    """Compute thresholds of regulations."""
    scaling = _file("scaling/laws.yaml")
    """Laws of compute-optimal size and tokens."""
    stages = _file("costs/stages.yaml")
    """Rollouts, filtering and ablations."""
    rollouts = _file("performance/rollouts.yaml")
    """What steps of reinforcement learning take, and how engines are usually laid out."""
    embodied = _file("costs/embodied.yaml")
    """What making the hardware emitted."""
    epoch = _file("costs/epoch.yaml")
    """Constants of Epoch AI's cost method."""
    feasibility = _file("feasibility.yaml")
    """What hardware has shown."""
    _prior_file = _file("prior/mfu.yaml")

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def mfu_prior(self) -> MfuPrior:
        """Constants of the MFU of runs of which no speed is known."""
        constants = self._prior_file.data["constants"]
        return MfuPrior.from_mapping({key: float(value) for key, value in constants.items()})

    @cached_property
    def mfu_prior_sources(self) -> tuple[str, ...]:
        """Sources of the prior, each in one line."""
        return tuple(self._prior_file.sources.values())

    @cached_property
    def usual_shape(self) -> UsualShape:
        """Proportions of the decoder that stands in for a size."""
        shape = self._reference["shape"]
        return UsualShape(**{key: float(value) for key, value in shape.items()})

    @cached_property
    def reference_run(self) -> Mapping[str, float]:
        """The run by which a machine is judged where no speed is stated."""
        return {key: float(value) for key, value in self._reference["run"].items()}

    @cached_property
    def _reference(self) -> Mapping[str, Mapping[str, str]]:
        return Defaults(self.catalog, "prior/reference.yaml").data

    @cached_property
    def grids(self) -> Grids:
        """Emissions of the grids."""
        return Grids(self.catalog.rows("energy/grid.csv"), self.power)

    @cached_property
    def epoch_method(self) -> EpochMethod:
        """Epoch AI's cost method with its purchase prices."""
        from costcheck.catalog import purchases

        return purchases.epoch_method(self.catalog)

    def failure_rate(self, released: str) -> Default:
        """Return the failures per accelerator-hour of the generation of a part."""
        rows = self.reliability.data["failures_by_release"]
        reached = [row for row in rows if released and row["released"] <= released]
        found = max(reached, key=itemgetter("released"), default=None)
        usual = self.reliability.entry("failures_per_gpu_hour.default")
        return self.reliability.read(found or usual)

    def practice(self, key: str, as_of: str) -> Default:
        """Return how long restarts or checkpoint writes took in the practice of a day."""
        return self.reliability.read(_newest(self.reliability.data[f"{key}_seconds"], as_of))

    def is_new_part(self, released: str, as_of: str) -> bool:
        """Return whether a part came out so lately that its fleets still find its faults."""
        months = float(self.reliability.entry("new_parts")["months"])
        age = day_number(as_of) - day_number(released) if released else math.inf
        return age < months * DAYS_PER_MONTH

    def mfu_shown(self, part: str) -> MfuShown | None:
        """Return the MFUs of published runs on a part, None where too few are known."""
        rows = self.feasibility.data["shown_by_part"]
        key = _longest_match(part, rows)
        return MfuShown(key, float(rows[key]["low"]), float(rows[key]["high"])) if key else None

    def server_watts(self, part: str) -> Default | None:
        """Return the average power at the server that somebody measured for a part."""
        key = _longest_match(part, self.power.data["measured_watts"])
        return self.power[f"measured_watts.{key}"] if key else None

    def server_over_chip(self, part: str) -> Default:
        """Return the rated power of the server over that of its chips."""
        key = _longest_match(part, self.power.data["server_over_chip"]) or _kind(part)
        return self.power[f"server_over_chip.{key}"]

    def chip_draw(self, part: str) -> Default:
        """Return the average draw of the chip alone over its rated power."""
        return self.power[f"chip_draw.{_kind(part)}"]

    def draw(self, part: str) -> Default:
        """Return the average draw of the server over its rated power."""
        return self.power[f"draw.{_kind(part)}"]

    def embodied_kg(self, part: str) -> Default:
        """Return what making one accelerator emitted, by its generation."""
        key = _longest_match(part, self.embodied.data["gpu_kg"]) or "gpu"
        return self.embodied[f"gpu_kg.{key}"]

    def pue(self, provider: str | None = None) -> Default:
        """Return the PUE of a kind of provider."""
        return self.power[f"pue.{provider or 'unknown'}"]

    def grid(self, place: str, as_of: str) -> Default | None:
        """Return the emissions of a grid, None where the table has no such place."""
        return self.grids.default(place, as_of)

    def electricity(self, place: str, as_of: str) -> Default:
        """Return the industrial price of electricity of a grid, of the usual one where unknown."""
        rows = self.catalog.rows("energy/electricity_prices.csv")
        return electricity_price(rows, self.power, self.grids.code(place), as_of)

    def capital_default(self, part: str, as_of: str) -> Default | None:
        """Return the newest all-in capital of a part known on a day, else the first after it."""
        row = self._capital_row(part, as_of)
        return None if row is None else self.ownership.read(row)

    def capital_age_years(self, part: str, as_of: str) -> float:
        """Return how long before a day the capital of a part was last quoted."""
        row = self._capital_row(part, as_of)
        quoted = as_of if row is None else row["date"]
        return max(0.0, (day_number(as_of) - day_number(quoted)) / DAYS_PER_YEAR)

    def colocation(self, as_of: str) -> Default:
        """Return what powered space was let for on a day."""
        rows = self.ownership.data["colocation_usd_per_kw_month"]
        return self.ownership.read(_newest(rows, as_of))

    def _capital_row(self, part: str, as_of: str) -> Mapping[str, str] | None:
        rows, name = self.ownership.data["capital_usd"], part.lower()
        match = next((row["match"] for row in rows if row["match"].lower() in name), None)
        quoted = [row for row in rows if row["match"] == match]
        return _newest(quoted, as_of) if quoted else None


def _newest(rows: Sequence[Mapping[str, str]], as_of: str) -> Mapping[str, str]:
    """The newest row known on a day, else the first after it."""
    known = [row for row in rows if row["date"] <= as_of]
    by_day = itemgetter("date")
    return max(known, key=by_day) if known else min(rows, key=by_day)


def _longest_match(part: str, keys: Iterable[str]) -> str | None:
    """Return the key whose words stand in the name of a part; H200 is no word of GH200."""
    name = f" {re.sub(r'[^a-z0-9]+', ' ', part.lower())} "
    found = [key for key in keys if key not in ("gpu", "tpu") and f" {key.lower()} " in name]
    return max(found, key=len, default=None)


def _kind(part: str) -> str:
    return "tpu" if "tpu" in part.lower() else "gpu"
