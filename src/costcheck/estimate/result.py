"""What an estimate is when it is done: frozen values that reports, checks and diffs read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from costcheck.codec import left_out
from costcheck.diagnostics import Diagnostic
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node
from costcheck.physics.thresholds import ThresholdLine
from costcheck.scenario.load import Loaded

Verdict = Literal["feasible", "stretch", "over-budget", "infeasible", "not-judged"]
SEVERITY: dict[str, int] = {
    "not-judged": -1, "feasible": 0, "stretch": 1, "over-budget": 2, "infeasible": 3,
}  # fmt: skip

Support = Literal["inside", "near", "far"]
"""Whether measured runs reach what is predicted, or how far from them it is."""

SUPPORT: tuple[Support, ...] = get_args(Support)
"""The same, the farther the later."""


Standing = Literal["fails", "doubtful", "open", "holds"]
CLAIM_VERDICTS: Mapping[str, Standing] = {
    "impossible": "fails",
    "implausible": "fails",
    "unit-garbled": "fails",
    "inconsistent": "fails",
    "contradicts-record": "fails",
    "mis-scoped": "doubtful",
    "under-specified": "doubtful",
    "unverifiable": "open",
    "not checkable": "open",
    "rounded": "holds",
    "consistent": "holds",
}
"""What verdicts on a claim, the worst first, say of it; a doubt is worth a warning."""
CLAIM_WORDS: Mapping[str, str] = {
    "unit-garbled": "wrong unit",
    "inconsistent": "does not hold",
    "contradicts-record": "contradicts the record",
    "mis-scoped": "right of something else",
    "under-specified": "says too little",
    "unverifiable": "nobody can check",
    "rounded": "holds, rounded",
    "consistent": "holds",
}
"""The same as screens say them, where the word alone does not."""
HEADLINES: Mapping[str, str] = {
    "holds": "HOLDS",
    "holds-rounded": "HOLDS, ROUNDED",
    "right-numbers-wrong-thing": "RIGHT NUMBERS, WRONG THING",
    "wrong-by-a-factor": "WRONG BY A FACTOR",
    "contradicts-record": "CONTRADICTS THE RECORD",
    "cannot-all-be-true": "CANNOT ALL BE TRUE",
    "impossible": "IMPOSSIBLE AS PRINTED",
    "cannot-be-checked": "NOBODY CAN CHECK THIS",
}
"""The headlines of the audit as every report prints them."""


def headline_words(headline: str, *, is_unconfirmed: bool = False, is_partial: bool = False) -> str:
    """A headline as reports print it, what bears it out and whether it covers only a part."""
    if not headline.startswith("holds"):
        return HEADLINES.get(headline, "")
    borrowed = ", BUT ONLY AS AN ESTIMATE OF OTHERS" if is_unconfirmed else ""
    joint = " AND" if is_unconfirmed else ", BUT"
    return HEADLINES[headline] + borrowed + (f"{joint} NOT ALL OF IT WAS CHECKED" * is_partial)


ENDORSED = frozenset({"holds", "holds-rounded"})
"""The headlines of what holds."""
UNCHECKED = "cannot-be-checked"
"""The headline beside which no screen prints a probability."""
RARE = 0.01
"""Nearer to 0 or 1 than this, a probability is not told more exactly."""
FAILING = frozenset(word for word, standing in CLAIM_VERDICTS.items() if standing == "fails")


@dataclass(frozen=True, kw_only=True)
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
    assumed : bool
        True where a default that nobody stated moves it.
    support : str
        How far from measured runs the model behind it is used.
    reason : str
        Why it is unknown; empty where it is known.
    at_least : bool
        True where an unknown part is left out.
    """

    low: float | None
    central: float | None
    high: float | None
    unit: str
    basis: str = ""
    assumed: bool = False
    support: Support = "inside"
    reason: str = left_out("")
    at_least: bool = left_out(False)


@dataclass(frozen=True)
class Finding:
    """The outcome of one feasibility check."""

    check: str
    verdict: Verdict
    message: str
    stage: str = ""
    value: float | None = None
    limit: float | None = None
    help: str = ""


def worst_of(found: Iterable[Finding]) -> Finding | None:
    """The first of the worst findings, None where nothing is doubtful."""
    doubts = [finding for finding in found if finding.verdict != "feasible"]
    return max(doubts, key=lambda finding: SEVERITY[finding.verdict], default=None)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimedNumber:
    """One number of a claim beside what the estimate finds; an open end is infinite."""

    field: str
    stated: str
    verdict: str
    why: str
    stated_low: float
    stated_high: float
    found_low: float | None = None
    found_central: float | None = None
    found_high: float | None = None
    unit: str = ""


def chance(probability: float) -> str:
    """A probability as a reader is told it."""
    if probability < RARE:
        return "below 1%"
    return "above 99%" if probability > 1.0 - RARE else f"{probability:.0%}"


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimVerdict:
    """One public statement compared with the estimate."""

    id: str
    text: str
    source: str
    verdict: str
    """The audit's where the claim was audited, else that of the comparison."""
    comparison: str = ""
    """Verdict of the comparison with the estimate, where `verdict` is the audit's."""
    headline: str = ""
    """The audit's verdict as a reader is told it."""
    probability_true: float | None = None
    """That the sentence is true as worded, where the claim was audited."""
    probability_as_stated: float | None = None
    """That the numbers mean what they say, where the claim was audited."""
    reasons: tuple[str, ...] = ()
    numbers: tuple[ClaimedNumber, ...]
    implied: Mapping[str, float | None]
    excludes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    is_unconfirmed: bool = left_out(False)
    """Whether a figure it repeats is known from an outsider or a leak alone."""

    @property
    def said(self) -> str:
        """The headline of the audit as reports print it, else the verdict of the comparison."""
        said = headline_words(self.headline, is_unconfirmed=self.is_unconfirmed)
        return said or self.verdict

    @property
    def chance(self) -> str:
        """How likely the sentence is true as worded; nothing where nobody can say."""
        unsaid = self.probability_true is None or self.headline == UNCHECKED
        return "" if unsaid else chance(self.probability_true or 0.0)

    @property
    def told(self) -> str:
        """The audit in a line: headline, first reason, how likely the sentence is true."""
        why = f": {self.reasons[0]}" if self.reasons else ""
        return f"{self.said}{why}" + (f" (true as worded: {self.chance})" if self.chance else "")

    @property
    def fails(self) -> bool:
        """Whether it does not hold: as the audit tells it, or beside the estimate."""
        is_denied = bool(self.headline) and self.headline not in {*ENDORSED, UNCHECKED}
        return is_denied or not FAILING.isdisjoint({self.verdict, self.comparison})


@dataclass(frozen=True, kw_only=True, eq=False)
class InputLine:
    """One input as the report lists it; `source` says file, set, catalog or default."""

    path: str
    text: str
    value: float
    unit: str
    place: str
    line: int | None
    sources: tuple[str, ...]
    low: float | None
    high: float | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Rung(Figure):
    """One scope that "cost" can mean, with its 90 % interval."""

    rung: str
    label: str
    reason: str = ""
    sources: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    """Claims whose cost is on this rung."""
    stated_usd: float | None = left_out(None)
    """What the file itself says that it adds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LawLine:
    """What one scaling law says of a run."""

    law: str
    source: str
    parameters: Figure
    tokens: Figure
    equivalent_flops: Figure | None = left_out(None)
    excess: Figure | None = left_out(None)
    misallocated_usd: Figure | None = left_out(None)
    """Where the law is a loss: compute of an optimal run as good, the share of the compute that
    another split would save, and its cost."""

    def central(self, name: str) -> float | None:
        """The central value of a figure, None where the law does not say."""
        shown: Figure | None = getattr(self, name)
        return None if shown is None else shown.central


@dataclass(frozen=True, kw_only=True, eq=False)
class Moved:
    """How far an assumption moves a result alone, at the ends of its interval, as shares of it."""

    result: str
    input: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Context:
    """What stands around an estimate and moves no headline figure."""

    ladder: tuple[Rung, ...] = ()
    """Scopes of cost, from the final run to the purchase of the fleet."""
    thresholds: tuple[ThresholdLine, ...] = ()
    """Rules that begin at a quantity of compute and existed on the day."""
    scaling: tuple[LawLine, ...] = ()
    """Compute-optimal size and tokens, law by law."""
    assumptions: tuple[Moved, ...] = ()
    """What nobody stated and moves the answer most."""
    serving: Mapping[str, Figure] = field(default_factory=dict)
    """What serving the trained model takes, where the file asks."""
    nodes: tuple[Node, ...] = ()
    evaluation: Evaluation = field(default_factory=lambda: Evaluation((), {}))
    """The graph behind ladder and laws with its central values; empty for a saved result."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StageEstimate:
    """The figures of one stage."""

    name: str
    kind: str
    gpu: str
    figures: Mapping[str, Figure]
    notes: tuple[str, ...] = ()


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
    context_of: Callable[[], Context] = Context
    """Builds what stands around the estimate; ask `context`, which does so once."""

    @cached_property
    def context(self) -> Context:
        """The ladder of scopes, thresholds and scaling laws, built when first asked for."""
        return self.context_of()

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """Scopes of cost, from the final run to the purchase of the fleet."""
        return self.context.ladder
