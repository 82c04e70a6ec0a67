"""Rungs of the ladder as values, and the rung a claimed cost is on."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from costcheck.estimate.result import ClaimedNumber, ClaimVerdict, Rung

LABELS = {
    "final_run": "final run",
    "with_lost_time": "+ lost time",
    "with_other_stages": "+ other stages",
    "with_experiments": "+ experiments, failed runs",
    "with_staff": "+ staff",
    "with_data": "+ data",
    "fleet_year": "a year of the fleet",
    "run_capital": "the run's machines, bought",
    "fleet_capital": "the fleet, bought",
}
"""Rungs in the order of the report, with what they are called there."""


NEAR = 0.03
"""How far outside a rung's range a claim may lie and still be on it: figures are rounded."""

ONE_SIDED = 100.0
"""From this ratio of its ends on, a stated range is a bound (over, under), not a range."""


def claimed_rung(claim: ClaimVerdict, rungs: Iterable[Rung]) -> tuple[Rung, bool] | None:
    """The rung a claimed cost is on, and whether its range covers the claim.

    Of the rungs whose range meets what is stated the nearest counts, else the nearest of all;
    distance is in logarithms. None where the claim states no cost or the final run is unknown.
    """
    cost = next((number for number in claim.numbers if number.field == "cost"), None)
    known = [rung for rung in rungs if rung.central]
    if cost is None or cost.stated_high <= 0.0 or not any(r.rung == "final_run" for r in known):
        return None
    middle = _middle(cost)

    def covers(rung: Rung) -> bool:
        assert rung.low is not None  # noqa: S101 - known rungs only
        assert rung.high is not None  # noqa: S101 - known rungs only
        near = 1.0 + NEAR
        return rung.low <= cost.stated_high * near and cost.stated_low <= rung.high * near

    def distance(rung: Rung) -> float:
        return abs(math.log(middle / (rung.central or middle)))

    covering = [rung for rung in known if covers(rung)]
    return min(covering or known, key=distance), bool(covering)


def _middle(cost: ClaimedNumber) -> float:
    low, high = cost.stated_low, cost.stated_high
    if low <= 0.0:
        return high
    return low if high > ONE_SIDED * low else math.sqrt(low * high)


def with_claims(rungs: Sequence[Rung], claims: Sequence[ClaimVerdict]) -> tuple[Rung, ...]:
    """Rungs, each with the claims that are on it."""
    on: dict[str, list[str]] = {}
    for claim in claims:
        nearest = claimed_rung(claim, rungs)
        if nearest is not None:
            on.setdefault(nearest[0].rung, []).append(claim.id)
    return tuple(replace(rung, claims=tuple(on.get(rung.rung, ()))) for rung in rungs)
