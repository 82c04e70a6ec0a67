from typing import get_args

import numpy as np

from costcheck.arrays import Amount
from costcheck.physics.energy import chip_kwh


def test_scalars_and_arrays_are_both_amounts():
    assert float in get_args(Amount)
    rated = {"rated_watts": 1500.0, "draw_fraction": 1.0}
    assert chip_kwh(gpu_hours=2.0, **rated) == 3.0
    assert list(chip_kwh(gpu_hours=np.array([2.0, 4.0]), **rated)) == [3.0, 6.0]
