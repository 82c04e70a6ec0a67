"""The rent of a part on the market over time, by term: what carries a quote to another day."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from costcheck.catalog.price_quotes import belongs, decimal_year

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog

INDEX_FILE = "prices/index.csv"


class Index(NamedTuple):
    """Dated levels of the rent of one part by term, as years and logs of dollars."""

    series: dict[str, tuple[tuple[float, float], ...]]

    def level(self, term: str, year: float) -> float | None:
        """Log of the rent at a time, straight between two dates, flat behind the last."""
        points = self.series.get(term, ())
        if not points or year < points[0][0]:
            return None
        for (before, low), (after, high) in pairwise(points):
            if year <= after:
                return low + (high - low) * (year - before) / (after - before)
        return points[-1][1]


def read_index(catalog: Catalog, gpu_id: str) -> Index:
    """Read the index of a part, or of the family it belongs to; empty where there is none."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in catalog.rows(INDEX_FILE):
        if belongs(gpu_id, row["part"]):
            point = (decimal_year(row["date"]), math.log(float(row["usd"])))
            found.setdefault(row["term"], []).append(point)
    return Index({term: tuple(sorted(points)) for term, points in found.items()})
