"""Values that are written as one text: quantities, numbers, words, dates."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import cast

from costcheck.diagnostics import Place, did_you_mean
from costcheck.text.dimensions import spec
from costcheck.text.document import Node, Path
from costcheck.text.markers import Limit
from costcheck.text.quantity import Origin, Quantity, QuantityProblem, parse
from costcheck.text.reading import Form, Reading, Value


class ScalarForm(Form):
    """A value written as one text."""

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read the text and keep what it meant."""
        text = cast("str", node.content)
        try:
            value = self.value(text, node.place, reading.origin_of(node))
        except QuantityProblem as problem:
            message = f"{path[-1]}: {problem.message}" if path else problem.message
            return reading.report(problem.code, message, node.place, problem.help)
        return reading.keep(path, node, value)

    @abstractmethod
    def value(self, text: str, place: Place, origin: Origin) -> Value:
        """Return the value of a text, or raise `QuantityProblem`."""


class QuantityForm(ScalarForm):
    """A number with a unit, within limits."""

    def __init__(self, dimension: str, limits: Sequence[Limit]) -> None:
        self.dimension = dimension
        self.limits = tuple(limits)
        spec(dimension)

    def label(self) -> str:
        """Name the dimension."""
        return spec(self.dimension).label

    def advice(self) -> str:
        """Give an example of the dimension."""
        return spec(self.dimension).example.replace("{n}", "3")

    def value(self, text: str, place: Place, origin: Origin) -> Quantity:
        """Read the number and check its limits."""
        found = parse(text, self.dimension, place=place, origin=origin)
        check_limits(found, self.limits)
        return found


def check_limits(found: Quantity, limits: Iterable[Limit]) -> None:
    """Raise `QuantityProblem` where a quantity, or an end of its range, breaks a limit."""
    values = (found.low, found.high) if found.kind == "range" else (found.value,)
    for limit in limits:
        if all(limit.admits(value) for value in values):
            continue
        if found.dimension == "ratio" and "%" not in found.text and 1 < values[-1] <= 100:
            advice = f"{found.text} looks like percent: write {found.text}%"
        else:
            advice = "check the number and its unit"
        raise QuantityProblem("CC105", f"{found.text!r} has to be {limit}", advice)


class TextForm(ScalarForm):
    """Any text."""

    def label(self) -> str:
        """Name the kind."""
        return "a text"

    def value(self, text: str, place: Place, origin: Origin) -> str:
        """Return the text as it is."""
        del place, origin
        return text


class BoolForm(ScalarForm):
    """True or false."""

    def label(self) -> str:
        """Name the kind."""
        return "true or false"

    def value(self, text: str, place: Place, origin: Origin) -> bool:
        """Read the words YAML people use."""
        del place, origin
        word = text.lower()
        if word in {"true", "yes", "on"}:
            return True
        if word in {"false", "no", "off"}:
            return False
        raise QuantityProblem("CC108", f"{text!r} is neither true nor false", self.advice())


class NumberForm(ScalarForm):
    """A plain whole number, or a plain number that may be negative."""

    def __init__(self, kind: type[int] | type[float], limits: Sequence[Limit]) -> None:
        self.kind = kind
        self.limits = tuple(limits)

    def label(self) -> str:
        """Name the kind."""
        return "a whole number" if self.kind is int else "a number"

    def value(self, text: str, place: Place, origin: Origin) -> int | float:
        """Read the digits; limits are checked as for quantities."""
        if self.kind is int:
            found = parse(text, "integer", place=place, origin=origin)
            check_limits(found, self.limits)
            return int(found.value)
        sign, _, digits = text.rpartition("-") if text.startswith("-") else ("", "", text)
        del sign
        found = parse(digits, "ratio", place=place, origin=origin)
        value = -found.value if text.startswith("-") else found.value
        for limit in self.limits:
            if not limit.admits(value):
                raise QuantityProblem("CC105", f"{text!r} has to be {limit}", "check the number")
        return value


class DateForm(ScalarForm):
    """A day."""

    def label(self) -> str:
        """Name the kind."""
        return "a date such as 2024-12-26"

    def value(self, text: str, place: Place, origin: Origin) -> dt.date:
        """Read year, month and day."""
        del place, origin
        try:
            if len(text) == 10:
                return dt.date.fromisoformat(text)
        except ValueError:
            pass
        raise QuantityProblem(
            "CC107", f"{text!r} is not a date", "write year-month-day: 2024-12-26"
        )


class ChoiceForm(ScalarForm):
    """One of a few words; upper and lower case are the same."""

    def __init__(self, choices: tuple[Value, ...]) -> None:
        self.choices = {str(choice).lower(): choice for choice in choices}

    def label(self) -> str:
        """Name the words."""
        words = list(self.choices)
        return words[0] if len(words) == 1 else "one of " + ", ".join(words)

    def value(self, text: str, place: Place, origin: Origin) -> Value:
        """Return the word as the schema spells it."""
        del place, origin
        word = text.strip().lower()
        if word in self.choices:
            return self.choices[word]
        raise QuantityProblem(
            "CC104", f"{text!r} is not {self.label()}", did_you_mean(word, self.choices, "known:")
        )
