"""What a whole run reaches of the step that is predicted for it, where nothing states its speed.

Physics says what a step takes: the performance model predicts it for the run's layout, stated or
found, and it counts in full. How much of it runs reach end to end is what published ones did: by
their size (large models are tuned longer), on small fleets, and by what their hours count. Faults
and checkpoints come on top, as the goodput of the fleet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from costcheck.arrays import Amount, FloatArray
from costcheck.graph.distributions import Spread
from costcheck.graph.standard_scores import student_quantile
from costcheck.units import HIGH_PROBABILITY

EFFECTS = ("size", "small_fleet", "calendar", "step")
"""The effects in the order of the design matrix's columns."""


class RunFeatures(NamedTuple):
    """What is known of runs before their hours; every field an array of one shape, or a scalar."""

    predicted_mfu: Amount = np.nan
    """MFU of a step that the performance model predicts for the run's layout [1]."""
    goodput: Amount = 1.0
    """What faults and checkpoints of such a fleet leave of the time [1]."""
    active_parameters: Amount = np.nan
    """Parameters that a token meets [1]; NaN where unknown."""
    accelerators: Amount = np.nan
    """Size of the fleet [1]; NaN where unknown."""
    training_flops: Amount = np.nan
    """Model FLOPs [FLOP]; only stands in for an unknown fleet."""
    calendar: Amount = np.nan
    """1 where hours are accelerators times days, with all interruptions; NaN where unknown."""
    step: Amount = np.nan
    """1 where hours are tokens over a speed, without interruptions; NaN where unknown."""


class MfuPrior(NamedTuple):
    """Fitted constants of the prior; the data file says which runs they came from."""

    intercept: float
    """What runs on large fleets reach of the predicted MFU, by billed hours [log2]."""
    size: float
    """Per tenfold active parameters, two tens away from `usual_parameters` at most [log2]."""
    small_fleet: float
    """From `large_fleet` accelerators down to a thirty-second of it [log2]."""
    calendar: float
    step: float
    unknown_hours: float
    """Where it is not known what the hours count [log2]."""
    scale: float
    """Scale of the Student residual where it is known what the hours count [log2]."""
    degrees_of_freedom: float
    scale_unknown_hours: float
    """The same where it is not known [log2]."""
    degrees_of_freedom_unknown_hours: float
    large_fleet: float
    usual_parameters: float
    fleet_intercept: float
    """log2 of the usual fleet for 10^22.5 FLOP."""
    fleet_slope: float
    """Doublings of the usual fleet for ten times the FLOPs."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> MfuPrior:
        """The constants from a data file's mapping of the same names."""
        return cls(**{name: float(str(values[name])) for name in cls._fields})

    def effects(self) -> FloatArray:
        """The coefficients in the order of `EFFECTS` [log2]."""
        return np.array([getattr(self, name) for name in EFFECTS])


def log2_mfu(*, prior: MfuPrior, features: RunFeatures) -> FloatArray:
    """The binary logarithm of the MFU that runs with these features usually reach."""
    kept = np.where(np.nan_to_num(features.step) > 0.0, 1.0, features.goodput)
    share = log2_share(prior=prior, features=features)
    total: FloatArray = np.log2(np.multiply(features.predicted_mfu, kept)) + share
    return total


def log2_share(*, prior: MfuPrior, features: RunFeatures) -> FloatArray:
    """What runs reach of their predicted steps, faults and checkpoints apart [log2].

    Notes
    -----
    ``log2 share = intercept + sum of coefficient times effect``, as in `design`.
    """
    known = np.isfinite(np.asarray(features.calendar) + np.asarray(features.step))
    effects = design(prior=prior, features=features) @ prior.effects()
    share: FloatArray = prior.intercept + np.where(known, 0.0, prior.unknown_hours) + effects
    return share


def design(*, prior: MfuPrior, features: RunFeatures) -> FloatArray:
    """The size of every effect [1] for every run, shape (..., len(EFFECTS))."""
    fleet = np.where(
        np.isnan(features.accelerators),
        usual_fleet(prior=prior, training_flops=features.training_flops),
        features.accelerators,
    )
    size = np.divide(features.active_parameters, prior.usual_parameters)
    columns = (
        np.clip(np.nan_to_num(np.log10(size)), -2.0, 2.0),
        np.clip(np.log2(prior.large_fleet / fleet) / 5.0, 0.0, 1.0),
        np.nan_to_num(features.calendar),
        np.nan_to_num(features.step),
    )
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def usual_fleet(*, prior: MfuPrior, training_flops: Amount) -> FloatArray:
    """How many accelerators runs of a size [FLOP] usually have: 8, a node, up to 16,384."""
    decades = np.log10(np.maximum(training_flops, 1.0)) - 22.5
    return np.exp2(np.clip(prior.fleet_intercept + prior.fleet_slope * decades, 3.0, 14.0))


def share_spread(*, prior: MfuPrior, calendar: float, step: float) -> Spread:
    """How one run scatters around the usual share: a factor, Student on the logarithm."""
    known = np.isfinite(calendar + step)
    scale = prior.scale if known else prior.scale_unknown_hours
    freedom = prior.degrees_of_freedom if known else prior.degrees_of_freedom_unknown_hours
    factor = float(np.exp2(scale * interval_score(freedom)))
    return Spread(
        central=1.0,
        low=1.0 / factor,
        high=factor,
        shape="log-student",
        degrees_of_freedom=freedom,
    )


def run_ends(*, scatter: Spread, share: float, step: tuple[float, float]) -> tuple[float, float]:
    """Ends of the range of a run's time over its centre, from those of its step.

    Errors add up in squares of logarithms; no run is faster than its steps, of which it keeps
    `share` in the middle.
    """
    runs = (max(scatter.low, min(share, 1.0)), scatter.high)
    down, up = (math.hypot(*map(math.log, pair)) for pair in zip(step, runs, strict=True))
    return math.exp(-down), math.exp(up)


def kept_share(*, share: Amount, residual: Amount, goodput: Amount) -> FloatArray:
    """What a whole run keeps of the speed of its steps [1]: no more than faults leave."""
    return np.multiply(goodput, np.minimum(np.multiply(share, residual), 1.0))


def interval_score(degrees_of_freedom: float, probability: float = HIGH_PROBABILITY) -> float:
    """How many scales of a Student residual the end of an interval lies out [1]."""
    return float(student_quantile(np.array([probability]), degrees_of_freedom)[0])
