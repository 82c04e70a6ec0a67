"""Scenarios side by side: which is best in what, and whether their ranges can tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from costcheck.cash import BreakEven, Plan, break_evens, plans_of
from costcheck.codec import encode
from costcheck.estimate.bill import besides_hours
from costcheck.estimate.result import Estimate, Figure
from costcheck.quantities import HEADLINES, RESULTS, result_named

Overlap = Literal["best", "ranges overlap", "ranges apart", "same", "unknown"]


@dataclass(frozen=True)
class Standing:
    """One scenario against the best one."""

    scenario: str
    times_best: float | None
    """Its central value over the best one's; None where either is unknown."""
    overlap: Overlap
    """Whether the 90 % intervals can tell the two apart."""


BOUGHT = "capex_usd"
"""What only those pay who buy: beside a tenant it is best for nobody."""

PRICES = {"usd_per_gpu_hour": "cost per GPU-hour", "usd_per_billion_tokens": "cost per 1B tokens"}
"""Prices of hours alone, and what they are called with all that a run pays."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Several estimates beside each other."""

    labels: tuple[str, ...]
    """One for each scenario, each different."""
    verdicts: Mapping[str, str]
    """Feasible, stretch or infeasible, by label."""
    figures: Mapping[str, tuple[Figure, ...]]
    """Every result of all scenarios, in the order of the labels."""
    best: Mapping[str, int]
    """Place of the best scenario, by result, where one is better than another. Infeasible scenarios
    are never best."""
    ranked_by: str
    """Result that decides the ranking."""
    standings: tuple[Standing, ...]
    """The ranking, in the order of the labels."""
    plans: tuple[Plan, ...] = ()
    """What each scenario pays when, as far as that is known."""
    estimates: tuple[Estimate, ...] = ()
    """What is compared, in the order of the labels."""
    worth: Mapping[str, Figure] = field(default_factory=dict)
    """Present value of the cost, by label, where owned scenarios stand beside rented ones: it
    decides which cost is best. Its interval is that of the cost, in proportion."""

    def own_or_rent(self) -> tuple[BreakEven, ...]:
        """Return where each owned scenario costs what each rented one does."""
        return tuple(break_evens(self.plans))

    @cached_property
    def besides_hours(self) -> Mapping[str, Mapping[str, float]]:
        """Dollars that each cost holds besides its hours at their price, by line, by label."""
        return {
            label: besides_hours(item.root["cost_usd"], item.evaluation)
            for label, item in zip(self.labels, self.estimates, strict=True)
        }

    def marked(self, name: str) -> int | None:
        """Return the best place of a row; of money none, where another one pays least in all.

        A price per hour names none where bills hold more than the hours, unless it was asked for.
        """
        best, priced = self.best.get(name), name in PRICES
        if best is None or not (priced or name == "cost_usd"):
            return best
        if priced and name != self.ranked_by and any(self.besides_hours.values()):
            return None
        least = min(item.central for item in self.figures[name] if item.central is not None)
        wins = self.best.get("cost_usd") == best and self.figures[name][best].central == least
        return best if wins or not self.worth else None

    def paid(self, name: str) -> tuple[Figure, ...]:
        """What one of `PRICES` is with all that is paid; empty where no bill holds more."""
        if name not in PRICES or not any(self.besides_hours.values()):
            return ()
        rows = (self.figures[each] for each in (name, "cost_usd", "gpu_hours", "usd_per_gpu_hour"))
        return tuple(_with_bills(*row) for row in zip(*rows, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "scenarios": [
                {"name": label, "verdict": self.verdicts[label], **asdict(standing)}
                for label, standing in zip(self.labels, self.standings, strict=True)
            ],
            "ranked_by": self.ranked_by,
            "best": {name: self.labels[place] for name, place in self.best.items()},
            "quantities": {
                name: encode(dict(zip(self.labels, figures, strict=True)))
                for name, figures in self.figures.items()
            },
            "own_or_rent": [asdict(each) for each in self.own_or_rent()],
            "present_value_usd": {label: item.central for label, item in self.worth.items()},
        }


def compare(estimates: Sequence[Estimate], *, by: str | None = None) -> Comparison:
    """Put estimates side by side."""
    labels = _labels(estimates)
    names = list(dict.fromkeys(name for item in estimates for name in item.figures))
    blank = Figure(low=None, central=None, high=None, unit="1", reason="not computed")
    figures = {name: tuple(item.figures.get(name, blank) for item in estimates) for name in names}
    usable = [item.verdict != "infeasible" for item in estimates]
    ranked_by, plans = _ranking(figures, by), plans_of(estimates, labels)
    worth = _worth(labels, figures["cost_usd"], plans)
    rows = {**figures, "cost_usd": worth} if any(break_evens(plans)) else figures
    tenants = len(plans) < len(labels) or not all(plan.owned for plan in plans)
    best = {
        name: place
        for name, row in rows.items()
        if not (tenants and name == BOUGHT != ranked_by)
        if (place := _best(name, row, usable, ranked=name == ranked_by)) is not None
    }
    return Comparison(
        labels=labels,
        verdicts={label: item.verdict for label, item in zip(labels, estimates, strict=True)},
        figures=figures,
        best=best,
        ranked_by=ranked_by,
        standings=_standings(labels, rows[ranked_by], best.get(ranked_by)),
        plans=plans,
        estimates=tuple(estimates),
        worth=dict(zip(labels, worth, strict=True)) if rows is not figures else {},
    )


def _worth(
    labels: Sequence[str], costs: Sequence[Figure], plans: Sequence[Plan]
) -> tuple[Figure, ...]:
    """Present values of costs, each with the interval of the cost in proportion."""
    values = {plan.scenario: plan.value() for plan in plans}
    unknown = Figure(low=None, central=None, high=None, unit="USD", reason="when it is paid")
    return tuple(
        unknown if label not in values else _in_proportion(cost, values[label])
        for label, cost in zip(labels, costs, strict=True)
    )


def _with_bills(price: Figure, cost: Figure, hours: Figure, of_hour: Figure) -> Figure:
    """A price in the proportion of all that is paid to the hours at their price."""
    value, hourly = price.central, of_hour.central
    if value is not None and cost.central is not None and hours.central and hourly:
        value *= cost.central / (hours.central * hourly)
    else:
        value = None
    return replace(price, low=None, central=value, high=None)


def _in_proportion(cost: Figure, usd: float) -> Figure:
    low, central, high = (float(end or 0.0) for end in (cost.low, cost.central, cost.high))
    share = usd / central if central else 1.0
    return replace(cost, low=low * share, central=usd, high=high * share)


def overlap(one: Figure, other: Figure) -> Overlap:
    """Return whether two 90 % intervals have a value in common."""
    ends = (one.low, one.high, other.low, other.high)
    if any(end is None for end in ends):
        return "unknown"
    low, high, other_low, other_high = (float(end) for end in ends if end is not None)
    if (low, high) == (other_low, other_high):
        return "same"
    return "ranges overlap" if low <= other_high and other_low <= high else "ranges apart"


def _labels(estimates: Sequence[Estimate]) -> tuple[str, ...]:
    """Return a name for each scenario: what it calls itself, its file where two say the same."""
    names = [item.name or "scenario" for item in estimates]
    labels: list[str] = []
    for name, item in zip(names, estimates, strict=True):
        label = name if names.count(name) == 1 else (item.path or name)
        same = sum(known.partition(" #")[0] == label for known in labels)
        labels.append(label if not same else f"{label} #{same + 1}")
    return tuple(labels)


def _ranking(figures: Mapping[str, tuple[Figure, ...]], by: str | None) -> str:
    if by is None:
        known = (
            name
            for name in HEADLINES
            if all(figure.central is not None for figure in figures.get(name, ()))
        )
        return next(known, HEADLINES[0])
    return result_named(by, figures)


def _best(name: str, row: Sequence[Figure], usable: Sequence[bool], *, ranked: bool) -> int | None:
    """Return the place of the best figure; None where nothing is better or all are equal."""
    direction = RESULTS[name].direction if name in RESULTS else "neither"
    if direction == "neither" and not ranked:
        return None
    values = {
        place: figure.central
        for place, (figure, may) in enumerate(zip(row, usable, strict=True))
        if may and figure.central is not None and not figure.at_least
    }
    if len(set(values.values())) < 2:
        return None
    pick = max if direction == "more" else min
    return pick(values, key=lambda place: values[place])


def _standings(
    labels: Sequence[str], row: Sequence[Figure], best: int | None
) -> tuple[Standing, ...]:
    # Where none is best, the ranges are held against the first scenario's.
    top = row[best or 0]
    standings = []
    for place, (label, figure) in enumerate(zip(labels, row, strict=True)):
        known = best is not None and figure.central is not None and top.central
        times = float(figure.central or 0.0) / float(top.central or 1.0) if known else None
        standings.append(Standing(label, times, "best" if place == best else overlap(figure, top)))
    return tuple(standings)
