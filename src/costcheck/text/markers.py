"""What a schema adds to its annotations: the dimension of a quantity and the limits of a value.

``mfu: Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)] | None = None``
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple


class Dimension(NamedTuple):
    """How the text of a `Quantity` field is read; a key of `dimensions.PLAIN` or ``RATES``."""

    name: str


class Limit(NamedTuple):
    """A bound on a value."""

    bound: float
    relation: Literal["more than", "at least", "at most"]

    def admits(self, value: float) -> bool:
        """Tell whether a value keeps the limit."""
        if self.relation == "more than":
            return value > self.bound
        return value >= self.bound if self.relation == "at least" else value <= self.bound

    def __str__(self) -> str:
        """Return the limit in words."""
        return f"{self.relation} {self.bound:g}"


def MoreThan(bound: float) -> Limit:  # noqa: N802 - reads as a type inside an annotation
    """Return the limit "larger than a bound"."""
    return Limit(bound, "more than")


def AtLeast(bound: float) -> Limit:  # noqa: N802 - reads as a type inside an annotation
    """Return the limit "a bound or more"."""
    return Limit(bound, "at least")


def AtMost(bound: float) -> Limit:  # noqa: N802 - reads as a type inside an annotation
    """Return the limit "a bound or less"."""
    return Limit(bound, "at most")


Positive: Final = MoreThan(0.0)


class OneOrMany:
    """A single item stands for a list of one; the class itself is the marker."""


class Forms(NamedTuple):
    """Wording for a value that has several forms, used when none of them fits."""

    wording: str
