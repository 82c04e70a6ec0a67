"""Dates as people write them."""

import datetime as dt

import pytest

from costcheck.scenario.load import load
from costcheck.text.dates import first_day


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-12", dt.date(2024, 12, 1)),
        ("Q3 2025", dt.date(2025, 9, 30)),  # what is told of a quarter is known at its end
        ("2025-Q4", dt.date(2025, 12, 31)),
        ("q1 2024", dt.date(2024, 3, 31)),
    ],
)
def test_a_period_stands_for_a_day(written, day):
    assert first_day(written) == day
    text = f"model: llama-3-8b\nas_of: {written}\nfleet: {{gpu: h100, count: 8}}\n"
    assert load("a.yaml", text=text).scenario.as_of == day
