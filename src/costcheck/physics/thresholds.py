"""Compute thresholds of regulations: which ones a run crosses on a given day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["crosses", "may cross", "below"]


@dataclass(frozen=True)
class Phase:
    """A stretch of a rule's life; dates are ISO 8601 text, which sorts as time does."""

    start: str
    status: str
    """``proposed``, ``adopted``, ``in force``, ``vetoed``, ``revoked`` or ``rescinded``."""


@dataclass(frozen=True)
class ComputeThreshold:
    """A rule that applies from a quantity of training compute on."""

    name: str
    jurisdiction: str
    title: str
    flops: float
    inclusive: bool
    """Whether a run of exactly ``flops`` is covered ("at least" against "greater than")."""
    applies_to: str
    """``any``, or the kind of model the rule is limited to, such as ``modification``."""
    consequence: str
    phases: tuple[Phase, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdLine:
    """One rule beside the range of a run's compute."""

    name: str
    jurisdiction: str
    title: str
    flops: float
    status: str
    """On the day of the scenario: proposed, adopted, in force, revoked ..."""
    verdict: str
    """``crosses``, ``may cross`` or ``below``."""
    ratio: float
    """Central compute over the threshold."""
    consequence: str
    sources: tuple[str, ...]


def read_thresholds(data: Mapping[str, Any]) -> tuple[ComputeThreshold, ...]:
    """The rules of a parsed data file such as ``configs/thresholds/compute.yaml``."""
    return tuple(
        ComputeThreshold(
            name=str(row["name"]),
            jurisdiction=str(row["jurisdiction"]),
            title=str(row["title"]),
            flops=float(row["flops"]),
            inclusive=str(row.get("inclusive", False)).lower() == "true",
            applies_to=str(row["applies_to"]),
            consequence=str(row["consequence"]),
            phases=tuple(Phase(str(each["start"]), str(each["status"])) for each in row["phases"]),
            sources=tuple(str(key) for key in row["sources"]),
        )
        for row in data["thresholds"]
    )


def status_on(threshold: ComputeThreshold, *, as_of: str) -> str | None:
    """The status of a rule on a day (ISO date), or ``None`` before it existed."""
    begun = [phase.status for phase in threshold.phases if phase.start <= as_of]
    return begun[-1] if begun else None


def crossings(
    thresholds: Iterable[ComputeThreshold],
    *,
    low_flops: float,
    central_flops: float,
    high_flops: float,
    as_of: str,
    kinds: frozenset[str] = frozenset(),
) -> tuple[ThresholdLine, ...]:
    """Every rule known on a day, smallest threshold first, with the verdict on a run's compute.

    A run ``crosses`` when the low end of its range is covered, it ``may cross`` when only the high
    end is. Rules limited to a kind of model that is not among `kinds` are left out.
    """
    found = []
    for threshold in sorted(thresholds, key=lambda rule: rule.flops):
        status = status_on(threshold, as_of=as_of)
        applies = threshold.applies_to == "any" or threshold.applies_to in kinds
        if status is not None and applies:
            verdict = _verdict(threshold, low_flops=low_flops, high_flops=high_flops)
            found.append(
                ThresholdLine(
                    name=threshold.name,
                    jurisdiction=threshold.jurisdiction,
                    title=threshold.title,
                    flops=threshold.flops,
                    status=status,
                    verdict=verdict,
                    ratio=central_flops / threshold.flops,
                    consequence=threshold.consequence,
                    sources=threshold.sources,
                )
            )
    return tuple(found)


def _verdict(threshold: ComputeThreshold, *, low_flops: float, high_flops: float) -> Verdict:
    if _covers(threshold, low_flops):
        return "crosses"
    return "may cross" if _covers(threshold, high_flops) else "below"


def _covers(threshold: ComputeThreshold, flops: float) -> bool:
    return flops >= threshold.flops if threshold.inclusive else flops > threshold.flops
