import pytest

from costcheck.physics import overheads


def test_staff_is_its_share_of_the_development_cost():
    staff = overheads.staff_usd_from_share(compute_usd=68.0, staff_share=0.32)
    assert staff / (68.0 + staff) == pytest.approx(0.32)
    assert overheads.staff_usd_from_share(compute_usd=68.0, staff_share=0.0) == 0.0


def test_a_run_of_the_whole_fleet_for_a_year_is_all_of_it():
    assert overheads.fleet_share(gpu_hours=2_048 * 8_766.0, fleet_gpus=2_048) == 1.0
    # 2.788M hours of 50,000 Hoppers.
    assert overheads.fleet_share(gpu_hours=2.788e6, fleet_gpus=50_000) == pytest.approx(
        0.0064, abs=1e-4
    )
