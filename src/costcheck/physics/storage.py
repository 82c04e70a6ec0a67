"""Lines people forget: checkpoints and data kept, data moved out, terms committed to, support."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costcheck.physics.amount import Amount
from costcheck.units import BYTES_PER_GB, HOURS_PER_MONTH, SECONDS_PER_HOUR


def checkpoint_bytes(
    *, parameters: Amount, bytes_per_parameter: Amount, checkpoints_kept: Amount
) -> Amount:
    """Return the bytes of the checkpoints that are kept at the same time.

    Parameters
    ----------
    parameters : float or array
        Total parameters.
    bytes_per_parameter : float or array
        Weights and optimizer state as written [byte]; 12 to 14 with Adam.
    checkpoints_kept : float or array
        How many are on disk at once.

    Returns
    -------
    float or array
        Size [byte].

    References
    ----------
    .. [1] Llama 3.1 405B checkpoints of 5 to 5.7 TB: arXiv:2407.21783 and public restore logs.
    """
    return parameters * bytes_per_parameter * checkpoints_kept


def storage_usd(*, stored_bytes: Amount, usd_per_gb_month: Amount, kept_seconds: Amount) -> Amount:
    """Return the price of keeping bytes [USD]; the month is a twelfth of a Julian year."""
    months = kept_seconds / (HOURS_PER_MONTH * SECONDS_PER_HOUR)
    return stored_bytes / BYTES_PER_GB * usd_per_gb_month * months


def egress_usd(*, moved_bytes: Amount, usd_per_gb: Amount) -> Amount:
    """Return the price of moving bytes out of a provider [USD]."""
    return moved_bytes / BYTES_PER_GB * usd_per_gb


def idle_reservation_usd(
    *,
    usd_per_gpu_hour: Amount,
    gpus: Amount,
    minimum_term_seconds: Amount,
    used_gpu_hours: Amount,
) -> Amount:
    """Return what a commitment costs beyond the hours used.

    Parameters
    ----------
    usd_per_gpu_hour : float or array
        The committed rate [USD/h].
    gpus : float or array
        GPUs reserved.
    minimum_term_seconds : float or array
        Shortest term the provider signs [s].
    used_gpu_hours : float or array
        GPU-hours the run uses of them [h].

    Returns
    -------
    float or array
        Price of the reserved hours nobody uses [USD]; 0 where the run outlasts the term.
    """
    reserved_hours = gpus * minimum_term_seconds / SECONDS_PER_HOUR
    idle: Amount = np.maximum(reserved_hours - used_gpu_hours, 0.0)
    return usd_per_gpu_hour * idle


def support_usd(
    *,
    monthly_usd: Amount,
    months: Amount,
    bands: Sequence[tuple[float, float]],
    minimum_usd_per_month: Amount = 0.0,
) -> Amount:
    """Return a support plan priced in bands of the monthly bill.

    Parameters
    ----------
    monthly_usd : float or array
        The bill of a month without support [USD].
    months : float or array
        How many months.
    bands : sequence of (from_usd, share)
        Marginal shares [1], in rising order of the bill they start at, as income tax works.
    minimum_usd_per_month : float or array
        What the plan costs at least [USD/month].

    Returns
    -------
    float or array
        Support over all months [USD].
    """
    bill = np.asarray(monthly_usd, dtype=float)
    starts = [start for start, _ in bands]
    ends = [*starts[1:], np.inf]
    total = np.zeros_like(bill)
    for (start, share), end in zip(bands, ends, strict=True):
        total = total + share * np.clip(bill - start, 0.0, end - start)
    support: Amount = np.maximum(total, minimum_usd_per_month) * months
    return support
