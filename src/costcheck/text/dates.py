"""The one rule for dates: a month and a year stand for their first day, a quarter for its last."""

from __future__ import annotations

import datetime as dt
import re

QUARTER = re.compile(r"Q([1-4])[ /-]?(\d{4})|(\d{4})[ /-]?Q([1-4])", re.IGNORECASE)
"""A quarter of a year, such as Q3 2025 or 2025-Q3: what is told of one is known at its end."""


def first_day(text: object) -> dt.date:
    """Day a written date stands for; raises `ValueError` where it is none."""
    if isinstance(text, dt.date):
        return text
    if quarter := QUARTER.fullmatch(str(text).strip()):
        months = 12 * int(quarter[2] or quarter[3]) + 3 * int(quarter[1] or quarter[4])
        return dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)
    words = str(text).strip()[:10].split("-")
    return dt.date(*[*map(int, words), 1, 1][:3])


def day_number(text: object) -> float:
    """Count the days from the year 1 to the one a written date stands for."""
    return float(first_day(text).toordinal())
