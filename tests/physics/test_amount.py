from typing import get_args

import numpy as np

from costcheck.physics.amount import Amount
from costcheck.physics.energy import facility_kwh


def test_scalars_and_arrays_are_both_amounts():
    assert float in get_args(Amount)
    assert facility_kwh(it_kwh=2.0, pue=1.5) == 3.0
    assert list(facility_kwh(it_kwh=np.array([2.0, 4.0]), pue=1.5)) == [3.0, 6.0]
