"""Lost time: failures, checkpoints and restarts of a fleet whose parts fail independently."""

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import Amount
from costcheck.units import SECONDS_PER_HOUR

LEAST_GOODPUT = 1e-15
"""A productive share [1] below this is none: a second of computing would take ages."""
_NEWTON_STEPS = 12
"""Steps of Newton's method; from Daly's start six reach the last digit over 1e-12 to 700."""
_CONVERGED = 1e-15
"""A step below this changes nothing: the next one would be its square."""


def failures_per_second(*, failures_per_gpu_hour: Amount, gpus: Amount) -> Amount:
    """The rate at which a job of GPUs that all have to work is interrupted, whatever the cause.

    References
    ----------
    .. [1] Kokolis et al. (2024). Revisiting Reliability in Large-Scale Machine Learning Research
       Clusters. arXiv:2410.21680, section 3: measured times to failure fall as 1 / GPUs.
    """
    return failures_per_gpu_hour * gpus / SECONDS_PER_HOUR


def expected_time_ratio(
    *,
    interval_seconds: Amount,
    write_seconds: Amount,
    restart_seconds: Amount,
    failures_per_second: Amount,
) -> Amount:
    """The expected wall time over the productive time, exactly; infinite beyond double precision.

    The interval is of computing between two checkpoints, which a write keeps waiting; a restart
    lasts from the interruption to computing again.

    Notes
    -----
    ``(M/tau) exp(R/M) (exp((tau + delta)/M) - 1)``: failures arrive as a Poisson process and may
    also hit a write or a restart. Young's first order ``1 + delta/tau + (tau/2 + R)/M`` is its
    expansion and is 30 % low at 131,072 GPUs with slow restarts.

    References
    ----------
    .. [1] Daly (2006). FGCS 22(3), eq. 20.
    """
    rate = failures_per_second
    with np.errstate(over="ignore", invalid="ignore"):
        exposure = np.where(np.greater(rate, 0.0), (interval_seconds + write_seconds) * rate, 0.0)
        stretch = _expm1_ratio(exposure) * np.exp(restart_seconds * rate)
    ratio: NDArray[np.float64] = (1.0 + np.divide(write_seconds, interval_seconds)) * stretch
    return ratio


def goodput(
    *,
    interval_seconds: Amount,
    write_seconds: Amount,
    restart_seconds: Amount,
    failures_per_second: Amount,
) -> Amount:
    """The productive share of the wall time [1] at a given checkpoint interval.

    See `expected_time_ratio`, of which this is the inverse.
    """
    ratio = expected_time_ratio(
        interval_seconds=interval_seconds,
        write_seconds=write_seconds,
        restart_seconds=restart_seconds,
        failures_per_second=failures_per_second,
    )
    return np.maximum(1.0 / ratio, LEAST_GOODPUT)


def optimal_goodput(
    *, write_seconds: Amount, restart_seconds: Amount, failures_per_second: Amount
) -> Amount:
    """The productive share of the wall time [1] at the best checkpoint interval."""
    rate = failures_per_second
    write = write_seconds * rate
    best = _optimum(write)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        stretch = np.where(np.greater(write, 0.0), np.expm1(best + write) / best, 1.0)
        share = np.exp(-restart_seconds * rate) / stretch
    return np.maximum(share, LEAST_GOODPUT)


def elastic_goodput(
    *,
    stall_seconds: Amount,
    restart_seconds: Amount,
    failures_per_second: Amount,
    gpus: Amount,
    replica_gpus: Amount,
) -> Amount:
    """The productive share of the wall time [1] where a fault takes out its replica alone.

    All wait for `stall_seconds` while the fleet regroups, the replica for `restart_seconds`.

    Notes
    -----
    ``exp(-S/M) / (1 + (g/N) R/M)``: stalls hit everybody as restarts do, and of the rest a replica
    of ``g`` is away ``R`` of every ``M N/g``. Nothing is lost that the other replicas hold.

    References
    ----------
    .. [1] Salpekar et al. (2026). Training LLMs with Fault Tolerant HSDP on 100,000 GPUs.
       arXiv:2602.00277: 80 % effective with stalls of 3 minutes, 44 % when all restart.
    """
    share = np.minimum(np.asarray(replica_gpus) / gpus, 1.0)
    away = share * restart_seconds * failures_per_second
    share = np.exp(-np.asarray(stall_seconds) * failures_per_second) / (1.0 + away)
    return np.maximum(share, LEAST_GOODPUT)


def mixed_goodput(*, synchronous: Amount, elastic: Amount, elastic_share: Amount) -> Amount:
    """The productive share [1] where a share of the faults stops a replica, the rest the fleet."""
    return synchronous + (elastic - synchronous) * elastic_share


def goodput_of_finished_run(
    *, expected: Amount, mfu_end_to_end: Amount, most_mfu: Amount
) -> Amount:
    """The productive share [1] of a run that is known to have got its FLOPs done in its hours.

    No step computes above the peak, so the run was productive for at least the time that the peak
    needs for its FLOPs, whatever is expected of its failures.
    """
    return np.maximum(expected, np.minimum(mfu_end_to_end / most_mfu, 1.0))


def restart_margin(*, restart_seconds: Amount, failures_per_second: Amount) -> Amount:
    """How far restarts are from eating the time between failures: ``1 - 2 R / M`` [1].

    Below 0 a restart takes more than half the mean time between failures: the job spends its life
    restarting, and the exponential model is past its use.
    """
    return 1.0 - 2.0 * restart_seconds * failures_per_second


def _optimum(write: Amount) -> NDArray[np.float64]:
    """Interval and write over the mean time between failures that lose the least time.

    The minimum of ``expm1(x + e) / x`` solves ``(1 - x) exp(x + e) = 1`` for ``x`` in (0, 1):
    Newton's method from Daly's estimate. The restart does not move it.
    """
    root = np.sqrt(2.0 * write)
    x = np.where(np.less(write, 0.5), np.minimum(root * (1.0 + root / 6.0) - write, 0.99), 1.0)
    x = np.maximum(x, np.minimum(root, 1.0) / 2.0)
    for _ in range(_NEWTON_STEPS):
        lost = -np.expm1(-x - write)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (lost - x) / lost
        x = np.where(np.greater(write, 0.0), np.clip(x + step, 0.0, 1.0), 0.0)
        if not np.any(np.abs(step) > _CONVERGED):
            break
    return x


def _expm1_ratio(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """``expm1(x) / x`` with its limit 1 at 0."""
    safe = np.where(x == 0.0, 1.0, x)
    ratio: NDArray[np.float64] = np.where(x == 0.0, 1.0, np.expm1(safe) / safe)
    return ratio
