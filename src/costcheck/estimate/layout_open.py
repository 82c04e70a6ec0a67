"""What a stated layout leaves open, completed to the fastest choice that fits and can be run."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from costcheck.estimate.layout_of import LayoutNodes, offload_ladder, recompute_ladder, spelled
from costcheck.estimate.layout_trials import Columns, grid, tried
from costcheck.estimate.layout_words import SCHEDULE_NAMES
from costcheck.estimate.performance import Performance
from costcheck.estimate.recipe_rules import software_of
from costcheck.estimate.study import Study
from costcheck.graph.distributions import Spread
from costcheck.physics.layout import Recompute, Schedule

SHARE = "recompute_share"
SHARES = (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
"""Shares of the layers that full recomputation may cover."""
MEDIAN_OF_HIGH = math.log(2.0) / math.log(20.0)
"""Median over 95 % point of an exponential variable."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Completion:
    """The choices that complete a layout, and what others would take."""

    chosen: Mapping[str, float]
    """Value of each key that was left open."""
    fastest: float = 1.0
    plain: float = 1.0
    """Step time of the fastest choice and of the one nobody tuned, over that of the chosen one."""
    leanest_bytes: float = math.inf
    """Memory of the choice that needs least; infinite where nothing is open."""

    @property
    def spread(self) -> Spread | None:
        """Where a run lies between the two: exponential from the fastest on; None if all agree."""
        if self.plain <= self.fastest:
            return None
        middle = self.fastest * (self.plain / self.fastest) ** MEDIAN_OF_HIGH
        return Spread(central=middle, low=self.fastest, high=self.plain, lower_bound=self.fastest)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was completed, where it matters for the time."""
        if self.spread is None:
            return ()
        words = [spelled(key, value) for key, value in self.chosen.items() if key != SHARE]
        return (
            f"the layout leaves open what was tuned: completed to {', '.join(words)}; untuned, a "
            f"step takes {self.plain / self.fastest:.2f} times as long: the range covers both",
        )


def completion_of(
    study: Study, performance: Performance, layout: LayoutNodes, values: Mapping[str, float]
) -> Completion:
    """Complete a layout by what its software could run; by what was public where none is named."""
    if not layout.left_open:
        return Completion(chosen={})
    data, can = performance.data, performance.can
    if not software_of(study):
        can = data.can(generation=None, date=study.resolved.as_of)
    noise = data.default("calibrated.same_layout").value
    return complete(performance, values, layout.left_open, can=can, noise=noise)


def complete(
    performance: Performance,
    values: Mapping[str, float],
    left_open: Mapping[str, float],
    *,
    can: Collection[str],
    noise: float,
) -> Completion:
    """Complete a layout; what the software does by itself is among the choices.

    Notes
    -----
    What a driver finds over the printed memory counts as memory: runs that left something open
    were tuned to what they had. Of choices as fast as the fastest within `noise`, the logarithm by
    which runs of one configuration differ, the plainest is chosen: it departs in the fewest keys
    from what the software does by itself. Where nothing fits, the one that needs least memory is.
    """
    values = {**values, **left_open}
    formula, host_room = performance.formula, performance.host_memory
    columns = _choices(performance, values, left_open, can)
    uneven = bool(values["first_layers"] or values["last_layers"])
    allowed, memory, seconds = tried(formula, values, columns, uneven=uneven, host_room=host_room)
    if not allowed.any():
        return Completion(chosen=left_open)
    leanest = int(np.argmin(np.where(allowed, memory, np.inf)))
    fits = allowed & (memory <= values["memory"] * performance.found_memory)
    usable = fits if fits.any() else allowed
    departs = [columns[k] != v for k, v in left_open.items() if k != SHARE]
    number = np.sum(departs, axis=0)

    def plainest(among: np.ndarray, least: np.ndarray) -> int:
        fewest = among & (number == np.min(number, where=among, initial=len(left_open)))
        return int(np.argmin(np.where(fewest, least, np.inf)))

    fastest = int(np.argmin(np.where(usable, seconds, np.inf)))
    as_fast = usable & (seconds <= seconds[fastest] * math.exp(noise))
    chosen, plain = plainest(as_fast, memory), plainest(usable, seconds)
    if not fits.any():
        chosen = plain = leanest
    elif as_fast[plain]:
        fastest = plain = chosen
    return Completion(
        chosen={key: float(columns[key][chosen]) for key in left_open},
        fastest=float(seconds[fastest] / seconds[chosen]),
        plain=float(seconds[plain] / seconds[chosen]),
        leanest_bytes=float(memory[leanest]),
    )


def _choices(
    performance: Performance,
    values: Mapping[str, float],
    left_open: Mapping[str, float],
    can: Collection[str],
) -> Columns:
    """The layouts that agree with what is stated and that the software can run."""
    layers = int(performance.formula.workload(values["sequence_length"]).layers)
    widest = int(performance.data.default("search.usual.micro_batch").value)
    most = layers // int(values["pipeline"]) + 1 if "interleaved" in can else 1
    choices: dict[str, Sequence[float]] = {
        "virtual": [float(n) for n in range(1, most + 1)],
        "schedule": [float(code) for code in Schedule if SCHEDULE_NAMES[code] in can],
        "micro_batch": [2.0**k for k in range(widest.bit_length())],
        "zero": [float(stage) for stage in range(4) if f"zero-{stage}" in can],
        "sequence_parallel": (0.0, 1.0) if "sequence-parallel" in can else (),
        "recompute": [float(code) for code in recompute_ladder(performance.generation, can)],
        SHARE: SHARES if "partial" in can else (),
        "offload": [float(code) for code in offload_ladder(can)],
    }
    columns = grid(
        values,
        {key: sorted({value, *choices[key]}) for key, value in left_open.items()},
    )
    if "virtual" in left_open and "schedule" in left_open:
        plain = columns["schedule"] == Schedule.ONE_F_ONE_B
        columns["schedule"] = np.where(
            plain & (columns["virtual"] > 1.0), float(Schedule.INTERLEAVED), columns["schedule"]
        )
    partly = (columns[SHARE] < 1.0) & (columns["recompute"] != Recompute.FULL)
    doubled = (columns["schedule"] == Schedule.INTERLEAVED) & (columns["virtual"] == 1.0)
    kept = ~(partly | doubled)
    return {key: column[kept] for key, column in columns.items()}
