"""The ladder of scopes: what "the cost of training" can mean, from the bare run to the fleet."""

from costcheck.arrays import Amount
from costcheck.units import HOURS_PER_YEAR


def staff_usd_from_share(*, compute_usd: Amount, staff_share: Amount) -> Amount:
    """The staff cost [USD] that is ``staff_share`` of compute and staff together.

    Notes
    -----
    ``c s / (1 - s)``; published shares are of the development cost, experiments included.
    """
    return compute_usd * staff_share / (1.0 - staff_share)


def fleet_share(*, gpu_hours: Amount, fleet_gpus: Amount) -> Amount:
    """The share [1] of a year of the fleet that ``gpu_hours`` [h] use."""
    return gpu_hours / (fleet_gpus * HOURS_PER_YEAR)
