"""What the lines around a run cost: storage, egress, support, terms that outlast it, staff."""

from collections.abc import Sequence

import numpy as np

from costcheck.arrays import Amount
from costcheck.units import BYTES_PER_GB, DAYS_PER_MONTH, HOURS_PER_DAY, HOURS_PER_YEAR


def storage_usd(*, stored_bytes: Amount, usd_per_gb_month: Amount, days: Amount) -> Amount:
    """Cost of keeping an amount of data [USD] for some days, at a price per GB and month."""
    return stored_bytes / BYTES_PER_GB * usd_per_gb_month * days / DAYS_PER_MONTH


def egress_usd(*, moved_bytes: Amount, usd_per_gb: Amount) -> Amount:
    """Cost of moving an amount of data out [USD], at a price per GB."""
    return moved_bytes / BYTES_PER_GB * usd_per_gb


def commitment_usd(*, compute_usd: Amount, days: Amount, term_hours: Amount) -> Amount:
    """What of a minimum term outlasts the run [USD], paid at the rate of the run."""
    beyond: Amount = np.maximum(term_hours / (days * HOURS_PER_DAY) - 1.0, 0.0)
    return compute_usd * beyond


def support_usd(
    *,
    compute_usd: Amount,
    days: Amount,
    minimum_usd_per_month: Amount,
    bands: Sequence[tuple[float, float]],
) -> Amount:
    """Support by marginal shares of the monthly bill [USD] over the run, at least a month.

    A band is the monthly amount it begins at [USD] and its share; they come from the lowest up.

    References
    ----------
    .. [1] AWS Support plan pricing, Enterprise.
    """
    months = np.maximum(np.asarray(days) / DAYS_PER_MONTH, 1.0)
    monthly = compute_usd / months
    fee: Amount = np.zeros_like(monthly)
    ends = [low for low, _ in bands[1:]] + [np.inf]
    for (low, share), end in zip(bands, ends, strict=True):
        fee = fee + share * np.clip(monthly - low, 0.0, end - low)
    return np.maximum(fee, minimum_usd_per_month) * months


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
