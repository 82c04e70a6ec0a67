"""What the files of prices hold: dated quotes, parts that lend theirs, the index of the market."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from costcheck.diagnostics import Place, refusal
from costcheck.text.dates import first_day
from costcheck.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcheck.catalog.files import Catalog

STAND_INS_FILE = "prices/stand_ins.csv"
INDEX_FILE = "prices/index.csv"
PROVIDER_KINDS = ("hyperscaler", "neocloud", "marketplace", "china")
TERMS = ("on-demand", "monthly", "reserved-1y", "reserved-3y", "spot")
CONTRACT = "contract"
"""What the source of a price begins with that was agreed: it goes before lists."""
INFINITY = float("inf")
COLUMNS = (
    "gpu", "provider", "provider_kind", "term", "date", "low_usd", "median_usd", "high_usd",
    "rows", "source", "url",
)  # fmt: skip
"""What a price file has to hold; `providers` may be added."""


class Quote(NamedTuple):
    """One row of the price book: what a provider asked for a part in one month."""

    gpu: str
    provider: str
    provider_kind: str
    term: str
    date: str
    low_usd: float
    median_usd: float
    high_usd: float
    rows: int
    source: str
    url: str
    providers: int = 1
    """How many providers a row speaks for: a survey of a market for more than one."""
    overlaid: bool = False
    """Whether the row is the user's own."""

    @property
    def is_contract(self) -> bool:
        """Whether the user has this price in a contract or on a bill."""
        return self.overlaid and self.source.startswith(CONTRACT)


class StandIn(NamedTuple):
    """Another part whose quotes are used, scaled."""

    part: str
    factor: float
    log_sd: float
    reason: str


def belongs(gpu_id: str, family: str) -> bool:
    """Say whether a part is, or is a variant of, the part a name stands for."""
    return gpu_id == family or gpu_id.startswith(f"{family}-")


def price_files(gpu_id: str) -> list[str]:
    """Return the price files a part may have: its own, then those of ever shorter family names."""
    words = gpu_id.split("-")
    return [f"prices/{'-'.join(words[:count])}.csv" for count in range(len(words), 0, -1)]


def quotes(catalog: Catalog, gpu_id: str) -> Iterator[Quote]:
    """Yield the quotes for a part and its siblings in the same price files."""
    for path, overlaid, rows in catalog.layers(price_files(gpu_id)):
        for line, row in enumerate(rows, start=2):
            try:
                quote = _quote(row, overlaid=overlaid)
            except (KeyError, TypeError, ValueError) as problem:
                what = f"no column {problem}" if isinstance(problem, KeyError) else str(problem)
                message = f"this row of the price book cannot be read: {what}"
                advice = f"the columns are {','.join(COLUMNS)}; dates are YYYY-MM-DD"
                raise refusal("CC121", message, Place(path, line), advice) from None
            yield quote


def _quote(row: dict[str, str], *, overlaid: bool) -> Quote:
    quote = Quote(
        gpu=row["gpu"],
        provider=row["provider"],
        provider_kind=row["provider_kind"],
        term=row["term"],
        date=row["date"],
        low_usd=float(row["low_usd"]),
        median_usd=float(row["median_usd"]),
        high_usd=float(row["high_usd"]),
        rows=int(row["rows"]),
        source=row["source"],
        url=row["url"],
        providers=int(row.get("providers") or 1),
        overlaid=overlaid,
    )
    decimal_year(quote.date)
    if not 0 < quote.low_usd <= quote.median_usd <= quote.high_usd < INFINITY:
        raise ValueError("prices must be positive and in order: low, median, high")
    if quote.provider_kind not in PROVIDER_KINDS:
        raise ValueError(f"provider_kind is one of {', '.join(PROVIDER_KINDS)}")
    if quote.term not in TERMS:
        raise ValueError(f"term is one of {', '.join(TERMS)}")
    return quote


def stand_in_for(catalog: Catalog, gpu_id: str) -> StandIn | None:
    """Return the part that lends its quotes, by the longest family name that matches."""
    rows = [r for r in catalog.rows(STAND_INS_FILE) if belongs(gpu_id, r["part"])]
    if not rows:
        return None
    row = max(rows, key=lambda each: len(each["part"]))
    return StandIn(row["stand_in"], float(row["factor"]), float(row["log_sd"]), row["reason"])


def decimal_year(text: str) -> float:
    """Count years of twelve equal months to a date, good to one day."""
    day = first_day(text)
    return day.year + (day.month - 1) / MONTHS_PER_YEAR + day.day / DAYS_PER_YEAR


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
