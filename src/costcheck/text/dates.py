"""The one rule for dates: a month stands for its first day, a year for the first of January."""

from __future__ import annotations

import datetime as dt


def first_day(text: object) -> dt.date:
    """Day a written date stands for; raises `ValueError` where it is none."""
    if isinstance(text, dt.date):
        return text
    words = str(text).strip()[:10].split("-")
    return dt.date(*[*map(int, words), 1, 1][:3])


def day_number(text: object) -> float:
    """Count the days from the year 1 to the one a written date stands for."""
    return float(first_day(text).toordinal())
