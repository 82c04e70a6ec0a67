"""What counts as another value of a key."""

import pytest

from tests.diff.cases import BASE, changed, diff


def keys(old, new):
    return [share.keys for share in diff(old, new).inputs]


def test_another_range_around_the_same_value_is_a_change():
    narrow, wide = (changed(pricing={"rent": f"$2/GPU-hour ± {n}%"}) for n in (10, 20))
    found = diff(narrow, wide, shares=True)
    assert [share.keys for share in found.inputs] == [("pricing.rent",)]
    assert found.inputs[0].change == pytest.approx(0.0, abs=1e-6)
    assert found.headline.change == pytest.approx(0.0, abs=1e-6)
    assert not found.unchanged


def test_one_value_in_two_spellings_is_none():
    assert keys(BASE, changed(fleet={"count": "2,048"}, utilization={"mfu": "0.38"})) == []


def test_a_section_that_one_side_lacks_is_one_key():
    assert keys(BASE, changed(reliability=None)) == [("reliability",)]
