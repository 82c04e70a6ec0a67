import csv
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import lambertw

from costcheck.physics import reliability
from costcheck.units import SECONDS_PER_HOUR
from tests.shared_data import shared_path

CONFIGS = Path(__file__).parents[2] / "configs"

# GPUs, mean time between failures [h], write [s], restart [s], interval [min].
SIMULATED = [
    (24.7, 60.0, 900.0, 54.0),
    (3.09, 60.0, 600.0, 19.0),
    (1.8, 300.0, 1200.0, 30.0),
    (0.386, 10.0, 300.0, 2.7),
    (0.23, 60.0, 600.0, 4.6),
]


def _simulated_ratio(*, mtbf, write, restart, interval, cycles, seed):
    """Run a job through failures: work is safe once the write that follows it has finished."""
    draws = np.random.default_rng(seed)
    attempt = interval + write
    failure = draws.exponential(mtbf, size=(cycles, 2))
    total = np.zeros(cycles)
    pending = np.ones(cycles, dtype=bool)
    while pending.any():
        failed = pending & (failure[:, 0] < attempt)
        total += np.where(failed, failure[:, 0], np.where(pending, attempt, 0.0))
        pending = failed
        restarting = failed.copy()
        while restarting.any():
            again = restarting & (failure[:, 1] < restart)
            total += np.where(again, failure[:, 1], np.where(restarting, restart, 0.0))
            restarting = again
            failure[:, 1] = np.where(again, draws.exponential(mtbf, cycles), failure[:, 1])
        fresh = draws.exponential(mtbf, size=(cycles, 2))
        failure = np.where(failed[:, None], fresh, failure)
    return total.mean() / interval


@pytest.mark.parametrize(("mtbf_hours", "write", "restart", "minutes"), SIMULATED)
def test_exact_time_agrees_with_a_monte_carlo(mtbf_hours, write, restart, minutes):
    mtbf = mtbf_hours * SECONDS_PER_HOUR
    exact = reliability.expected_time_ratio(
        interval_seconds=minutes * 60.0,
        write_seconds=write,
        restart_seconds=restart,
        failures_per_second=1.0 / mtbf,
    )
    simulated = _simulated_ratio(
        mtbf=mtbf, write=write, restart=restart, interval=minutes * 60.0, cycles=200_000, seed=1
    )
    # The standard error of 200,000 cycles is below 0.4 % in the worst case.
    assert exact == pytest.approx(simulated, rel=0.01)


def test_first_order_is_good_only_while_failures_are_rare():
    # Young's expansion 1 + delta/tau + (tau/2 + R)/M, as the textbooks have it.
    for (mtbf_hours, write, restart, minutes), error in zip(
        SIMULATED, (0.002, 0.02, 0.15, 0.07, 0.35), strict=True
    ):
        mtbf, interval = mtbf_hours * SECONDS_PER_HOUR, minutes * 60.0
        first = 1.0 + write / interval + (interval / 2.0 + restart) / mtbf
        exact = reliability.expected_time_ratio(
            interval_seconds=interval,
            write_seconds=write,
            restart_seconds=restart,
            failures_per_second=1.0 / mtbf,
        )
        assert 0.0 < exact / first - 1.0 < 1.4 * error + 0.001


@pytest.mark.parametrize("write_over_mtbf", [1e-12, 1e-6, 1e-3, 0.1, 1.0, 5.0, 30.0])
def test_the_best_interval_is_the_lambert_w_solution(write_over_mtbf):
    job = {"write_seconds": write_over_mtbf * 1e4, "restart_seconds": 600.0}
    interval = 1e4 * (1.0 + lambertw(-np.exp(-1.0 - write_over_mtbf)).real)
    expected = reliability.goodput(interval_seconds=interval, failures_per_second=1e-4, **job)
    best = reliability.optimal_goodput(failures_per_second=1e-4, **job)
    assert best == pytest.approx(expected, rel=1e-9)


def test_no_interval_beats_the_best_one():
    job = {
        "write_seconds": 300.0,
        "restart_seconds": 1200.0,
        "failures_per_second": 1.0 / (1.8 * 3600),
    }
    found = minimize_scalar(
        lambda interval: reliability.expected_time_ratio(interval_seconds=interval, **job),
        bounds=(60.0, 7200.0),
        method="bounded",
        options={"xatol": 1e-6},
    )
    assert reliability.optimal_goodput(**job) == pytest.approx(1.0 / found.fun, rel=1e-10)


def test_published_intervals_are_close_to_the_optimum():
    job = {
        "write_seconds": 60.0,
        "restart_seconds": 600.0,
        "failures_per_second": 1.0 / (3.09 * 3600),
    }
    write, mtbf = 60.0, 3.09 * 3600
    young = np.sqrt(2.0 * write * mtbf)  # CACM 17 (1974) 530
    share = write / (2.0 * mtbf)
    daly = young * (1.0 + np.sqrt(share) / 3.0 + share / 9.0) - write  # FGCS 22 (2006) eq. 37
    best = reliability.optimal_goodput(**job)
    for interval, loss in ((daly, 1e-8), (young, 1e-4)):
        reached = reliability.goodput(interval_seconds=interval, **job)
        assert best * (1.0 - loss) < reached <= best


@pytest.mark.parametrize(
    ("failures", "write", "restart", "expected"),
    [
        (0.0, 60.0, 600.0, 1.0),  # nothing fails: nothing is lost
        (1e-4, 0.0, 0.0, 1.0),  # free checkpoints and restarts: nothing is lost
        (1e-4, 0.0, 600.0, np.exp(-0.06)),  # free checkpoints: only restarts cost
        (1.0, 3600.0, 3600.0, 0.0),  # a failure a second and hours to restart: no progress
    ],
)
def test_limits(failures, write, restart, expected):
    best = reliability.optimal_goodput(
        write_seconds=write, restart_seconds=restart, failures_per_second=failures
    )
    assert best == pytest.approx(expected, abs=1e-12)


def test_a_job_without_failures_never_needs_a_checkpoint():
    job = {"write_seconds": 60.0, "restart_seconds": 600.0, "failures_per_second": 0.0}
    assert reliability.goodput(interval_seconds=np.inf, **job) == 1.0
    assert reliability.optimal_goodput(**job) == 1.0


def test_failures_outrun_progress_when_a_restart_takes_half_the_time_between_them():
    rate = reliability.failures_per_second(
        failures_per_gpu_hour=2e-5, gpus=np.array([16_384, 131_072, 1_000_000])
    )
    margin = reliability.restart_margin(restart_seconds=600.0, failures_per_second=rate)
    assert list(margin > 0.0) == [True, True, False]
    slow = reliability.restart_margin(restart_seconds=600.0, failures_per_second=1 / (0.23 * 3600))
    assert slow < 0.0


@given(
    failures=st.floats(0.0, 1e-2),
    write=st.floats(0.0, 3600.0),
    restart=st.floats(0.0, 7200.0),
    worse=st.floats(1.0, 10.0),
)
def test_goodput_is_a_share_and_falls_with_the_failure_rate(failures, write, restart, worse):
    def share(rate):
        return float(
            reliability.optimal_goodput(
                write_seconds=write, restart_seconds=restart, failures_per_second=rate
            )
        )

    assert 0.0 <= share(failures * worse) <= share(failures) + 1e-12 <= 1.0 + 1e-12


def test_the_default_interval_holds_the_published_fleets():
    data = yaml.safe_load((CONFIGS / "costs" / "reliability.yaml").read_text(encoding="utf-8"))
    default = data["failures_per_gpu_hour"]["default"]
    with shared_path("facts/failure_rates.csv").open(encoding="utf-8") as text:
        rates = [float(row["lambda_per_gpu_hour"]) for row in csv.DictReader(text)]
    inside = [default["low"] <= rate <= default["high"] for rate in rates]
    assert sum(inside) / len(inside) >= 0.9
    assert min(rates) < default["value"] < max(rates)


def test_vector_equals_scalar():
    rates = np.array([0.0, 1e-6, 1e-4, 1e-3])
    writes = np.array([[10.0], [300.0]])
    together = reliability.optimal_goodput(
        write_seconds=writes, restart_seconds=600.0, failures_per_second=rates
    )
    for row, write in enumerate(writes[:, 0]):
        for column, rate in enumerate(rates):
            alone = reliability.optimal_goodput(
                write_seconds=write, restart_seconds=600.0, failures_per_second=rate
            )
            assert together[row, column] == alone
    ratios = reliability.expected_time_ratio(
        interval_seconds=600.0,
        write_seconds=writes,
        restart_seconds=60.0,
        failures_per_second=rates,
    )
    assert ratios.shape == (2, 4)
    assert ratios[1, 2] == reliability.expected_time_ratio(
        interval_seconds=600.0, write_seconds=300.0, restart_seconds=60.0, failures_per_second=1e-4
    )


def test_a_fault_that_stops_its_replica_alone():
    terms = {"stall_seconds": 180.0, "restart_seconds": 600.0, "failures_per_second": 1 / 1080}
    found = reliability.elastic_goodput(**terms, gpus=100_000, replica_gpus=np.array([0, 1e4, 1e9]))
    # Stalls alone; a tenth of the fleet away for 600 of 1,080 s; a replica that is the whole fleet.
    stalls = np.exp(-180 / 1080)
    assert found == pytest.approx([stalls, stalls / (1 + 60 / 1080), stalls / (1 + 600 / 1080)])
    assert reliability.mixed_goodput(synchronous=0.4, elastic=0.8, elastic_share=0.25) == (
        pytest.approx(0.5)
    )
