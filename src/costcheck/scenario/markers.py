"""What a schema adds to its annotations: the dimension of a quantity and the limits of a value.

``mfu: Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)] | None = None``
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Dimension(NamedTuple):
    """How the text of a `Quantity` field is read; a key of `dimensions.PLAIN` or ``RATES``."""

    name: str


class MoreThan(NamedTuple):
    """The value has to be larger than a bound."""

    bound: float

    def admits(self, value: float) -> bool:
        """Tell whether a value keeps the limit."""
        return value > self.bound

    def __str__(self) -> str:
        """Return the limit in words."""
        return f"more than {self.bound:g}"


class AtLeast(NamedTuple):
    """The value has to be a bound or more."""

    bound: float

    def admits(self, value: float) -> bool:
        """Tell whether a value keeps the limit."""
        return value >= self.bound

    def __str__(self) -> str:
        """Return the limit in words."""
        return f"at least {self.bound:g}"


class AtMost(NamedTuple):
    """The value has to be a bound or less."""

    bound: float

    def admits(self, value: float) -> bool:
        """Tell whether a value keeps the limit."""
        return value <= self.bound

    def __str__(self) -> str:
        """Return the limit in words."""
        return f"at most {self.bound:g}"


Limit = MoreThan | AtLeast | AtMost
Positive: Final = MoreThan(0.0)


class OneOrMany(NamedTuple):
    """A single item stands for a list of one; the class itself may be used as the marker."""


class Forms(NamedTuple):
    """Wording for a value that has several forms, used when none of them fits."""

    wording: str
