"""What an estimate is when it is done: frozen values that reports, checks and diffs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from costcheck.diagnostics import Diagnostic
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    from costcheck.estimate.context import Context
    from costcheck.estimate.rungs import Rung

Verdict = Literal["feasible", "stretch", "infeasible"]
SEVERITY: dict[str, int] = {"feasible": 0, "stretch": 1, "infeasible": 2}


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """One quantity with its 90 % interval.

    Parameters
    ----------
    low, central, high : float or None
        5 % point, value at the central inputs, 95 % point; None where it cannot be known.
    unit : str
        Unit of the three.
    basis : str
        What the figure rests on, in a few words.
    reason : str
        Why it is unknown; empty where it is known.
    assumed : bool
        True where a default that nobody stated moves it.
    partial : bool
        True where an unknown part is left out: the figure is "at least".
    """

    low: float | None
    central: float | None
    high: float | None
    unit: str
    basis: str = ""
    reason: str = ""
    assumed: bool = False
    partial: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        shown: dict[str, Any] = {
            "low": self.low,
            "central": self.central,
            "high": self.high,
            "unit": self.unit,
            "basis": self.basis,
            "assumed": self.assumed,
        }
        if self.reason:
            shown["reason"] = self.reason
        if self.partial:
            shown["at_least"] = True
        return shown


class Finding(NamedTuple):
    """The outcome of one feasibility check."""

    check: str
    verdict: Verdict
    message: str
    stage: str = ""
    value: float | None = None
    limit: float | None = None
    help: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return dict(self._asdict())


class ClaimedNumber(NamedTuple):
    """One number of a claim beside what the estimate finds."""

    field: str
    stated: str
    found: str
    verdict: str
    why: str
    stated_low: float
    stated_high: float
    found_low: float | None = None
    found_central: float | None = None
    found_high: float | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimVerdict:
    """One public statement compared with the estimate."""

    id: str
    text: str
    source: str
    verdict: str
    numbers: tuple[ClaimedNumber, ...]
    implied: Mapping[str, float | None]
    excludes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    comparison: str = ""
    """Verdict of the comparison with the estimate, where `verdict` is the audit's."""
    probability_as_stated: float | None = None
    """That the numbers mean what they say, where the claim was audited."""
    reasons: tuple[str, ...] = ()
    """Why the audit says so."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "text": self.text,
            "source": self.source,
            "verdict": self.verdict,
            "comparison": self.comparison,
            "probability_as_stated": self.probability_as_stated,
            "reasons": list(self.reasons),
            "numbers": [dict(number._asdict()) for number in self.numbers],
            "implied": dict(self.implied),
            "excludes": list(self.excludes),
            "notes": list(self.notes),
        }


class InputLine(NamedTuple):
    """One input as the report lists it."""

    path: str
    text: str
    value: float
    unit: str
    origin: str
    place: str
    line: int | None
    sources: tuple[str, ...]
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; `source` says file, set, catalog or default."""
        shown = dict(self._asdict())
        shown["source"] = shown.pop("origin")
        shown["sources"] = list(self.sources)
        return shown


@dataclass(frozen=True, kw_only=True, eq=False)
class StageEstimate:
    """The figures of one stage."""

    name: str
    kind: str
    gpu: str
    figures: Mapping[str, Figure]
    notes: tuple[str, ...] = ()


def nothing_around() -> Context:
    """Return an empty context: the estimate was made without one."""
    from costcheck.estimate.context import Context

    return Context()


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """Everything one scenario comes to.

    Parameters
    ----------
    figures : mapping of str to Figure
        The headline results by their JSON names, over all stages.
    stages : tuple of StageEstimate
        The same for each stage.
    root : mapping of str to Node
        The graph behind the figures, by the same names.
    evaluation : Evaluation
        Central values of every node.
    source : Loaded
        The scenario it was computed from.
    """

    name: str
    path: str
    catalog: str
    title: str
    subtitle: str
    verdict: Verdict
    figures: Mapping[str, Figure]
    stages: tuple[StageEstimate, ...]
    feasibility: tuple[Finding, ...]
    claims: tuple[ClaimVerdict, ...]
    budget: tuple[Finding, ...]
    inputs: tuple[InputLine, ...]
    diagnostics: tuple[Diagnostic, ...]
    excludes: tuple[str, ...]
    notes: tuple[str, ...]
    root: Mapping[str, Node]
    evaluation: Evaluation
    source: Loaded
    architecture: Mapping[str, Any] | None = None
    samples: int = 0
    seed: int = 0
    context_of: Callable[[], Context] = nothing_around
    """Builds what stands around the estimate; ask `context`, which does so once."""

    @cached_property
    def context(self) -> Context:
        """The ladder of scopes, thresholds and scaling laws, built when first asked for."""
        return self.context_of()

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """Scopes of cost, from the final run to the purchase of the fleet."""
        return self.context.ladder
