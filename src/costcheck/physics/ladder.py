"""The ladder of scopes: what "the cost of training" can mean, from the bare run to the fleet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from costcheck.physics.amount import Amount
from costcheck.units import HOURS_PER_YEAR


class ScopeLadder(NamedTuple):
    """Rungs in USD; the first five build on each other, the last two stand beside them.

    ``None`` marks a rung nobody can compute from what is known; it is never 0.
    """

    final_run: Amount
    """GPU-hours of the final run times the rate."""
    with_lost_time: Amount
    """Plus failures, checkpoints and restarts."""
    with_other_stages: Amount
    """Plus context extension, fine-tuning, RL, synthetic data."""
    with_experiments: Amount
    """The bare run times the experiments multiplier, at least the rung before."""
    with_staff: Amount | None
    """Plus the people."""
    fleet_year: Amount | None
    """A year of the fleet the run belongs to."""
    fleet_capital: Amount | None
    """The purchase of that fleet."""


def scope_ladder(
    *,
    final_run_usd: Amount,
    time_ratio: Amount,
    other_stages_usd: Amount,
    experiments_multiplier: Amount,
    staff_usd: Amount | None = None,
    fleet_year_usd: Amount | None = None,
    fleet_capital_usd: Amount | None = None,
) -> ScopeLadder:
    """Return the cost of a run at every scope people quote.

    Parameters
    ----------
    final_run_usd : float or array
        The bare final run: productive GPU-hours times the rate [USD].
    time_ratio : float or array
        Wall time over productive time of the final run, at least 1 [1].
    other_stages_usd : float or array
        Stages after the final run [USD]; 0 where there are none.
    experiments_multiplier : float or array
        Compute of final run, experiments and failed runs over the final run's [1].
    staff_usd : float or array, optional
        Salaries of the project [USD].
    fleet_year_usd, fleet_capital_usd : float or array, optional
        A year's cost and the capital of the fleet [USD].

    Returns
    -------
    ScopeLadder
        Rungs [USD].

    Notes
    -----
    The published multipliers relate all compute of a project to its final run, so they multiply
    the bare run and already contain failed and shorter runs; where lost time and other stages add
    up to more, the sum stands.

    References
    ----------
    .. [1] Cottier et al. (2024). The rising costs of training frontier AI models.
       arXiv:2405.21015: experiments 1.2 to 4 times the final run, median 2.2.
    """
    with_lost_time = final_run_usd * time_ratio
    with_other_stages = with_lost_time + other_stages_usd
    with_experiments: Amount = np.maximum(with_other_stages, final_run_usd * experiments_multiplier)
    return ScopeLadder(
        final_run=final_run_usd,
        with_lost_time=with_lost_time,
        with_other_stages=with_other_stages,
        with_experiments=with_experiments,
        with_staff=None if staff_usd is None else with_experiments + staff_usd,
        fleet_year=fleet_year_usd,
        fleet_capital=fleet_capital_usd,
    )


def staff_usd_from_share(*, compute_usd: Amount, staff_share: Amount) -> Amount:
    """Return the staff cost [USD] that is ``staff_share`` of compute and staff together.

    Notes
    -----
    ``c s / (1 - s)``; published shares are of the development cost, experiments included.
    """
    return compute_usd * staff_share / (1.0 - staff_share)


def fleet_year_usd(*, fleet_gpus: Amount, usd_per_gpu_hour: Amount) -> Amount:
    """Return a year of a fleet at its owned rate per hour of existence [USD]."""
    return fleet_gpus * usd_per_gpu_hour * HOURS_PER_YEAR


def fleet_share(*, gpu_hours: Amount, fleet_gpus: Amount) -> Amount:
    """Return the share [1] of a year of the fleet that ``gpu_hours`` [h] use."""
    return gpu_hours / (fleet_gpus * HOURS_PER_YEAR)
