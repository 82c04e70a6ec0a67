from itertools import pairwise

import numpy as np
import pytest

from costcheck.physics import ladder

RUN = {
    "final_run_usd": 5.576e6,
    "time_ratio": 1.045,
    "other_stages_usd": 0.294e6,
    "experiments_multiplier": 2.2,
}


def test_rungs_rise():
    rungs = ladder.scope_ladder(**RUN, staff_usd=10e6)
    climb = rungs[:5]
    assert all(lower <= upper for lower, upper in pairwise(climb))


def test_what_nobody_knows_is_not_zero():
    rungs = ladder.scope_ladder(**RUN)
    assert rungs.with_staff is None
    assert rungs.fleet_year is None
    assert rungs.fleet_capital is None


def test_the_bare_run_is_multiplied_not_the_sum():
    rungs = ladder.scope_ladder(**RUN)
    assert rungs.with_experiments == pytest.approx(2.2 * 5.576e6)


def test_staff_is_its_share_of_the_development_cost():
    staff = ladder.staff_usd_from_share(compute_usd=68.0, staff_share=0.32)
    assert staff / (68.0 + staff) == pytest.approx(0.32)
    assert ladder.staff_usd_from_share(compute_usd=68.0, staff_share=0.0) == 0.0


def test_a_run_of_the_whole_fleet_for_a_year_is_all_of_it():
    assert ladder.fleet_share(gpu_hours=2_048 * 8_766.0, fleet_gpus=2_048) == 1.0
    # 2.788M hours of 50,000 Hoppers.
    assert ladder.fleet_share(gpu_hours=2.788e6, fleet_gpus=50_000) == pytest.approx(
        0.0064, abs=1e-4
    )


def test_vector_equals_scalar():
    multipliers = np.array([1.0, 2.2, 4.0])
    together = ladder.scope_ladder(**{**RUN, "experiments_multiplier": multipliers}, staff_usd=1e7)
    for index, multiplier in enumerate(multipliers):
        alone = ladder.scope_ladder(**{**RUN, "experiments_multiplier": multiplier}, staff_usd=1e7)
        assert together.with_staff[index] == alone.with_staff
