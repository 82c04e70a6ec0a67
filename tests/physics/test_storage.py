import numpy as np
import pytest

from costcheck.physics import storage
from costcheck.units import SECONDS_PER_DAY

BANDS = [(0.0, 0.10), (150_000.0, 0.07), (500_000.0, 0.05), (1_000_000.0, 0.03)]
YEAR_SECONDS = 365.25 * SECONDS_PER_DAY


def test_storage_is_priced_by_the_month():
    month = YEAR_SECONDS / 12.0
    assert storage.storage_usd(
        stored_bytes=1e12, usd_per_gb_month=0.023, kept_seconds=3.0 * month
    ) == pytest.approx(69.0)


def test_a_run_longer_than_the_term_pays_no_idle_hours():
    idle = storage.idle_reservation_usd(
        usd_per_gpu_hour=2.0,
        gpus=8.0,
        minimum_term_seconds=YEAR_SECONDS,
        used_gpu_hours=np.array([0.0, 8.0 * 8_766.0, 1e9]),
    )
    assert list(idle) == [2.0 * 8.0 * 8_766.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("bill", "expected"),
    [(0.0, 0.0), (150_000.0, 15_000.0), (500_000.0, 39_500.0), (1_000_000.0, 64_500.0)],
)
def test_support_bands_add_up_at_their_edges(bill, expected):
    support = storage.support_usd(monthly_usd=bill, months=1.0, bands=BANDS)
    assert support == pytest.approx(expected)


def test_support_is_a_share_within_the_first_band():
    assert storage.support_usd(monthly_usd=100.0, months=12.0, bands=BANDS) == pytest.approx(120.0)


def test_a_small_bill_pays_the_minimum():
    support = storage.support_usd(
        monthly_usd=1_000.0, months=3.0, bands=BANDS, minimum_usd_per_month=15_000.0
    )
    assert support == 45_000.0


def test_vector_equals_scalar():
    bills = np.array([1e3, 3e5, 7e5, 5e6])
    together = storage.support_usd(monthly_usd=bills, months=2.0, bands=BANDS)
    alone = [storage.support_usd(monthly_usd=bill, months=2.0, bands=BANDS) for bill in bills]
    assert together == pytest.approx(np.array(alone))
    moved = np.array([1e9, 1e15])
    assert storage.egress_usd(moved_bytes=moved, usd_per_gb=0.09) == pytest.approx([0.09, 9e4])
