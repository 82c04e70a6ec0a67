"""Shapley values against games whose values are known."""

import numpy as np
import pytest

from costcheck.graph.slopes import shapley_values


def test_one_left_and_two_right_gloves():
    # Only pairs are worth anything: 2/3 for the left glove and 1/6 for each right one; Osborne and
    # Rubinstein, "A Course in Game Theory" (1994), section 14.4.2.
    pairs = [min(mask & 1, mask.bit_count() - (mask & 1), 1) for mask in range(8)]
    values = shapley_values([np.float64(pair) for pair in pairs])
    assert values == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_runway_that_each_airplane_needs_to_its_own_length():
    # The airport game: each part of the runway is shared equally by those who need it; Littlechild
    # and Owen, Management Science 20 (1973) 370-372.
    lengths = (1.0, 3.0, 4.0)
    costs = [
        np.float64(max((lengths[k] for k in range(3) if mask >> k & 1), default=0.0))
        for mask in range(8)
    ]
    assert shapley_values(costs) == pytest.approx([1 / 3, 1 / 3 + 1, 1 / 3 + 1 + 1])
