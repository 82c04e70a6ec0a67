"""What an audit returns: frozen values with the JSON form of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from costcheck.audit.exact import Closure
from costcheck.audit.hypotheses import Family
from costcheck.audit.matching import Closeness
from costcheck.audit.priors import rules
from costcheck.audit.reasoning import Implied
from costcheck.estimate.result import ENDORSED, FAILING, ClaimedNumber
from costcheck.quantities import IMPLIED, field_words

Label = Literal[
    "consistent", "rounded", "under-specified", "unverifiable", "mis-scoped", "unit-garbled",
    "contradicts-record", "implausible", "impossible", "inconsistent",
]  # fmt: skip
Labels = tuple[Label, *tuple[Closeness, ...]]
"""The verdict on a number first, then how its digits were printed."""
Headline = Literal[
    "holds", "holds-rounded", "right-numbers-wrong-thing", "wrong-by-a-factor",
    "contradicts-record", "cannot-all-be-true", "impossible", "cannot-be-checked",
]  # fmt: skip


_ON_CARDS: Mapping[str, bool] = {"json": False}
"""Fields that only the words of a card follow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFigure:
    """A published figure that a number was held against."""

    subject: str
    scope: str
    """What it covers."""
    field: str
    text: str
    """As published."""
    value: float
    """In base units."""
    gpu: str = ""
    """The accelerator it ran on."""
    standing: str = ""
    """Who says so, in words, where not its maker."""
    asserts: bool = dataclasses.field(default=False, metadata=_ON_CARDS)
    """Whether these words can be the subject of a sentence."""
    confirmed: bool = True
    """Whether its maker stands behind it."""
    sources: tuple[Mapping[str, str], ...] = ()
    """The pages that print it; several give it together."""
    also: str = ""
    """What else is on record of it: another basis, a colon and the figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAudit:
    """One stated number."""

    field: str
    to: str | None = None
    """The other subject that a comparison of `field` is with: a model, homes, cars."""
    text: str
    written: str = dataclasses.field(default="", metadata=_ON_CARDS)
    """What the text has, where `text` also tells what that comes to; `how`, at its end."""
    how: str = dataclasses.field(default="", metadata=_ON_CARDS)
    stated: float
    """The value as written, in base units."""
    unit: str = ""
    found: float | None
    """What the known run says, else what the claim's other numbers say; none: nothing does."""
    factor: float | None
    """`found` holds to within this factor (90 %)."""
    labels: Labels
    probability: float | None
    """That the number means what it says; none of a comparison, which no network weighs."""
    reason: str
    found_field: str | None = None
    """The quantity `found` is of, where not the one the number names."""
    record: RecordFigure | None = None
    """The published figure it was recognised in, or that denies it."""
    own_records: tuple[RecordFigure, ...] = ()
    """What its maker said of the subject, where `record` is not its maker's: one of each stage."""
    estimated: ClaimedNumber | None = dataclasses.field(default=None, metadata=_ON_CARDS)
    """What the file's own estimate finds, where the number is held against it."""

    @property
    def verdict(self) -> Label:
        """The number's verdict."""
        return self.labels[0]

    @property
    def is_comparison(self) -> bool:
        """Whether it compares with another subject."""
        return self.to is not None

    @property
    def name(self) -> str:
        """What it is of, in words."""
        words = field_words(self.field)
        return f"{words}, compared" if self.to else words

    @property
    def is_right(self) -> bool:
        """Whether it holds, as printed or rounded."""
        return self.verdict in {"consistent", "rounded"}

    @property
    def is_wrong(self) -> bool:
        """Whether it does not hold, or is of something else."""
        return self.verdict in FAILING or self.verdict == "mis-scoped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationAudit:
    """One explanation with its posterior."""

    name: str
    family: Family
    field: str | None
    probability: float
    corrected: float | None
    """What the number would be."""
    corrected_field: str | None = None
    """The quantity it would be of."""

    @property
    def words(self) -> str:
        """What happened, and to which figure where the name does not say so."""
        field = field_words(self.field or "")
        return self.name if field.removesuffix("s") in self.name else f"{field}: {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BestMatch:
    """The known run a claim's numbers fit best."""

    id: str
    subject: str
    scope: str
    standing: str
    margin_nats: float | None
    """Over the best run of the subject the text names; none: the subject is the same."""
    sources: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """The one more number that would settle a claim."""

    field: str
    factor: float
    """The stated numbers would then be pinned to within this factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAudit:
    """The report card of one claim."""

    id: str
    about: str | None
    text: str
    source: str
    verdict: Label
    headline: Headline
    """The verdict as a reader is told it."""
    probability_true: float
    """That the sentence is true as worded: by its numbers, the record and what it covers."""
    probability_as_stated: float
    """That the numbers mean what they say, whatever they cover."""
    verdict_without_registry: Label
    numbers: tuple[NumberAudit, ...]
    explanations: tuple[ExplanationAudit, ...]
    implied: Mapping[str, Implied]
    arithmetic: tuple[str, ...]
    """The sums behind the implied values, as a reader can check them."""
    testability_factor: float | None
    conflict: tuple[str, ...]
    best_match: BestMatch | None
    findings: tuple[Closure, ...]
    settle: Settling | None
    scope: Mapping[str, str]
    reasons: tuple[str, ...]
    sources: tuple[Mapping[str, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a reader is told that it holds."""
        return self.headline in ENDORSED

    @property
    def is_flagged(self) -> bool:
        """Whether the numbers do not hold."""
        return self.verdict in FAILING

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a number it repeats is known from an outsider or a leak alone."""
        return any(item.record and not item.record.confirmed for item in self.numbers)

    @property
    def asked(self) -> NumberAudit | None:
        """The number that is wrong: of several, the one that stands for the most."""
        wrong = [item for item in self.numbers if item.is_wrong]
        return next((item for item in wrong if item.field == "cost"), wrong[0] if wrong else None)

    @property
    def mistakes(self) -> tuple[ExplanationAudit, ...]:
        """What may have happened to the numbers, the likeliest first; none where the record denies.

        None either where even the likeliest is not likely enough to be told.
        """
        limits = rules("verdicts")
        if not self.is_flagged or self.headline == "contradicts-record":
            return ()
        likely: dict[tuple[str, str], ExplanationAudit] = {}
        for item in self.explanations:
            is_one = item.family in {"garble", "scope"} and item.field
            if is_one and item.probability > limits["alternative"]:
                likely.setdefault((str(item.field), item.name), item)
        found = tuple(likely.values())
        return found if found and found[0].probability >= limits["likely"] else ()

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons in the order of the card: what is wrong, then what happened to it."""
        wrong = self.asked
        first = [wrong.reason] if wrong is not None and wrong.is_comparison else []
        first += [f"{item.words} ({item.probability:.0%})" for item in self.mistakes[:1]]
        return tuple(dict.fromkeys([*first, *self.reasons]))

    def to_dict(self) -> dict[str, Any]:
        """The audit as the JSON of the ``audit`` command."""
        return {
            **as_plain(self),
            "is_unconfirmed": self.is_unconfirmed,
            "numbers": [{**as_plain(item), "verdict": item.verdict} for item in self.numbers],
            "implied": {
                name: self.implied[name].value if name in self.implied else None
                for name in (figure.name for figure in IMPLIED)
            },
            "implied_factor": {name: item.factor for name, item in self.implied.items()},
            "findings": [item.to_dict() for item in self.findings],
        }


def as_plain(value: Any) -> Any:
    """A frozen value as dictionaries, lists and numbers."""
    if is_dataclass(value):
        told = (item.name for item in fields(value) if item.metadata.get("json", True))
        return {name: as_plain(getattr(value, name)) for name in told}
    if isinstance(value, Mapping):
        return {key: as_plain(item) for key, item in value.items()}
    return [as_plain(item) for item in value] if isinstance(value, tuple) else value
