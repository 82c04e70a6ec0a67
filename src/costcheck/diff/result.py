"""What a diff is when it is done: frozen values that reports and gates read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from costcheck.codec import SCHEMA_VERSION, encode
from costcheck.diagnostics import Diagnostic
from costcheck.estimate.result import SEVERITY, Figure, Finding

NOISE = 1e-9
"""Share of the larger side below which a difference is rounding of the arithmetic."""

DriverKind = Literal["changed", "added", "removed", "formula", "catalog"]


def beyond_rounding(amount: float, before: float, after: float) -> float:
    """An amount of a change between two values; zero where it is rounding of the arithmetic."""
    return amount if abs(amount) > NOISE * max(abs(before), abs(after)) else 0.0


@dataclass(frozen=True)
class QuantityChange:
    """One result on both sides."""

    before: Figure
    after: Figure
    change_low: float | None = None
    change_high: float | None = None
    """90 % interval of the change, both sides on the same draws; None where it was not asked
    for."""

    @property
    def change(self) -> float | None:
        """After less before, zero where that is rounding; None where either is unknown."""
        before, after = self.before.central, self.after.central
        if before is None or after is None:
            return None
        return beyond_rounding(after - before, before, after)

    @property
    def ratio(self) -> float | None:
        """After over before; None where either is unknown or the first is zero."""
        if self.before.central is None or self.after.central is None or not self.before.central:
            return None
        return self.after.central / self.before.central

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "before": self.before.central,
            "after": self.after.central,
            "change": self.change,
            "ratio": self.ratio,
            "unit": self.after.unit,
            "before_range": [self.before.low, self.before.high],
            "after_range": [self.after.low, self.after.high],
            "change_range": [self.change_low, self.change_high],
        }


@dataclass(frozen=True)
class Driver:
    """One line of the table that says why."""

    name: str
    kind: DriverKind
    before: float | None
    after: float | None
    """Its values; None on a side that has none."""
    unit: str
    before_text: str
    after_text: str
    """The values as they were written or as reports write them."""
    change: float
    """What it contributes to the change of the quantity that is explained."""
    ratio: float | None = None
    """Factor by which it moves the result; None where that is no factor."""
    why: str = ""


@dataclass(frozen=True)
class InputShare:
    """Changed keys of the file and what they do together."""

    keys: tuple[str, ...]
    """Paths in the file; more than one where they only make sense together, or above ten keys."""
    before: tuple[str, ...]
    after: tuple[str, ...]
    """Their texts; empty on a side that does not have the key."""
    change: float | None = None
    """Exact Shapley value; None where it was not asked for."""
    ratio: float | None = None
    """After over before, where one key has a number on both sides."""


@dataclass(frozen=True)
class Carried:
    """A value stated for one part that is used for another now."""

    key: str
    """The key that changed."""
    stated: str
    """The key whose value stayed."""
    value: str
    before: str
    after: str


@dataclass(frozen=True)
class Moved:
    """An input of our data that differs between a saved result and today."""

    name: str
    unit: str
    before: float
    after: float


@dataclass(frozen=True)
class VerdictChange:
    """A difference that is no amount: a verdict, an assumption, a version."""

    kind: Literal["verdict", "feasibility", "budget", "claim", "assumption", "catalog"]
    name: str
    before: str
    after: str
    message: str = ""


@dataclass(frozen=True)
class Diff:
    """What differs between two estimates and why."""

    before: str
    after: str
    quantity: str
    quantities: Mapping[str, QuantityChange]
    drivers: tuple[Driver, ...]
    """Lines that add up to its change."""
    explained: Mapping[str, tuple[Driver, ...]]
    """The same for every other result that both sides know."""
    inputs: tuple[InputShare, ...]
    unexplained: float
    """Change less the sum of the lines: zero but for rounding of the arithmetic."""
    your_change: float | None
    catalog_change: float | None
    """The change apart: from what you wrote, and from our data and formulas."""
    verdicts: tuple[VerdictChange, ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    verdict: str = "feasible"
    failing_claims: tuple[str, ...] = ()
    over_budget: tuple[str, ...] = ()
    budget: tuple[Finding, ...] = ()
    """Limits of the new side."""
    carried: tuple[Carried, ...] = ()
    catalog_moved: tuple[Moved, ...] = ()
    """Our data that changed since the saved result, those that move it."""
    path: str = ""
    """Where it is in each of two folders."""

    @property
    def place(self) -> str:
        """What tells it from the others: its path in the folders, else the name of the new side."""
        return self.path or self.after

    @property
    def headline(self) -> QuantityChange:
        """The result that is explained."""
        return self.quantities[self.quantity]

    @property
    def unchanged(self) -> bool:
        """Whether nothing differs that anybody computed or judged."""
        moved = any(
            (q.before.central, q.before.low, q.before.high)
            != (q.after.central, q.after.low, q.after.high)
            for q in self.quantities.values()
        )
        return not moved and not self.verdicts and not self.inputs

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        document: dict[str, Any] = encode(
            {
                "schema_version": SCHEMA_VERSION,
                "before": self.before,
                "after": self.after,
                "summary": summary_of([self]),
                "quantity": self.quantity,
                "quantities": self.quantities,
                "drivers": self.drivers,
                "drivers_of": self.explained,
                "inputs": self.inputs,
                "unexplained": self.unexplained,
                "your_change": self.your_change,
                "catalog_change": self.catalog_change,
                "verdicts": self.verdicts,
                "notes": self.notes,
                "carried": self.carried,
                "catalog_moved": self.catalog_moved,
            }
        )
        return document


@dataclass(frozen=True)
class Lone:
    """A scenario that only one folder has."""

    figures: Mapping[str, Figure]
    verdict: str
    failing_claims: tuple[str, ...]
    over_budget: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "verdict": self.verdict,
            "results": {name: figure.central for name, figure in self.figures.items()},
        }


@dataclass(frozen=True)
class Diffs:
    """The diff of two files, or those of all scenarios of two folders."""

    diffs: tuple[Diff, ...]
    """Scenarios that both sides have."""
    added: tuple[tuple[str, Lone], ...] = ()
    removed: tuple[tuple[str, Lone], ...] = ()
    """Path and figures of those that only one folder has."""
    others: tuple[str, ...] = ()
    """Files of the folders that are no scenarios."""
    unread: tuple[tuple[str, tuple[Diagnostic, ...]], ...] = ()
    """Path and problems of the scenarios that could not be compared."""
    single: bool = True
    """True where two files were compared, not folders."""

    @property
    def unchanged(self) -> bool:
        """Whether nothing differs at all."""
        return not (self.added or self.removed or self.unread) and all(
            item.unchanged for item in self.diffs
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: that of the diff, or one of all diffs of two folders."""
        if self.single:
            return self.diffs[0].to_dict()
        return {
            "schema_version": SCHEMA_VERSION,
            "summary": summary_of(self.diffs) | self._of_folders(),
            "scenarios": [item.to_dict() for item in self.diffs],
            "added": {path: side.to_dict() for path, side in self.added},
            "removed": {path: side.to_dict() for path, side in self.removed},
            "skipped": list(self.others),
            "unread": {path: [each.message for each in found] for path, found in self.unread},
        }

    def _of_folders(self) -> dict[str, Any]:
        """What a summary says of both folders; what was not read leaves their totals unknown."""
        unknown = {"delta_usd": None, "delta_pct": None} if self.unread else {}
        return {"unchanged": self.unchanged, **unknown}


def summary_of(diffs: Sequence[Diff]) -> dict[str, Any]:
    """What a build server asks for: the change in cost of all diffs, the worst verdict."""
    costs = [item.quantities["cost_usd"] for item in diffs if "cost_usd" in item.quantities]
    known = [(cost.before.central, cost.after.central) for cost in costs if cost.change is not None]
    before, after = (sum(values) for values in zip(*known, strict=True)) if known else (0.0, 0.0)
    return {
        "delta_usd": after - before if known else None,
        "delta_pct": 100.0 * (after - before) / before if before else None,
        "verdict": max((item.verdict for item in diffs), key=SEVERITY.__getitem__, default=None),
        "unchanged": all(item.unchanged for item in diffs),
    }
